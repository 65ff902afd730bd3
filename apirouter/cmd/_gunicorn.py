"""Several processes: gunicorn serves, each worker loads the application for itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apirouter.cmd._listen import listen_error
from apirouter.errors import ConfigError, MissingExtra


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
    :raises MissingExtra: gunicorn is not installed.
    :raises ConfigError: the address can't be listened on.
    """
    try:
        from gunicorn.app.base import BaseApplication
    except ImportError as error:
        raise MissingExtra("--workers", "gunicorn", "workers") from error
    addresses = binds(options)
    for address in addresses:
        check(address)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", addresses)
            self.cfg.set("workers", workers)
            self.cfg.set("threads", int(options.get("threads", 4)))
            self.cfg.set("graceful_timeout", max(1, round(grace)))
            self.cfg.set("proc_name", "apirouter-serve")
            if "control_socket_disable" in self.cfg.settings:
                # Since gunicorn 25: a socket in the home directory that nobody here asked for.
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            return load()

    ready([url_of(address) for address in addresses])
    Application().run()
    return 0


def binds(options: Mapping[str, str]) -> list[str]:
    """Return gunicorn's addresses for waitress's options.

    :param options: ``host`` and ``port``, ``listen``, or ``unix_socket``.
    """
    if options.get("unix_socket"):
        return [f"unix:{options['unix_socket']}"]
    if options.get("listen"):
        return [word.replace("*:", "0.0.0.0:") for word in options["listen"].split()]
    host = options["host"]
    return [f"{f'[{host}]' if ':' in host else host}:{options['port']}"]


def url_of(address: str) -> str:
    """Return the URL of one address."""
    return address if address.startswith("unix:") else f"http://{address}"


def check(address: str) -> None:
    """Refuse an address that can't be listened on: gunicorn itself would try again for seconds.

    :raises ConfigError: it says why.
    """
    if address.startswith("unix:"):
        return
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except ValueError as error:
        raise ConfigError(f"{address} is no address: {error}", fix="write HOST:PORT") from error
    except OSError as error:
        raise listen_error(error, address) from error
