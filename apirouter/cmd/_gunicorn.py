"""Several processes: gunicorn serves, each worker loads the application for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apirouter.cmd._listen import addresses


def serve(
    load: Callable[[], Any],
    options: Mapping[str, str],
    *,
    workers: int,
    grace: float,
    ready: Callable[[Sequence[str]], None],
) -> int:
    """Serve until a signal comes.

    :param load: loads the application; called in each worker.
    :param options: the INI's ``[server:...]`` options: address and ``threads``; others are waitress's own.
    :param workers: how many processes.
    :param grace: how long requests in flight may take after a signal, in seconds.
    :param ready: called once with the URLs, before the first request is taken.
    """
    from gunicorn.app.base import BaseApplication

    binds = [address.replace("*:", "0.0.0.0:") for address in addresses(options)]

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", binds)
            self.cfg.set("workers", workers)
            self.cfg.set("threads", int(options.get("threads", 4)))
            self.cfg.set("graceful_timeout", max(1, round(grace)))
            self.cfg.set("proc_name", "apirouter-serve")
            if "control_socket_disable" in self.cfg.settings:
                # Since gunicorn 25: a socket in the home directory that nobody here asked for.
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            return load()

    ready([url_of(address) for address in binds])
    Application().run()
    return 0


def url_of(address: str) -> str:
    """Return the URL of one address."""
    return address if address.startswith("unix:") else f"http://{address}"
