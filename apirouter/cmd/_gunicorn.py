"""Several processes: gunicorn serves, each worker loads the application for itself.

1. The master imports nothing of the application: a worker that starts later has what is installed then.
2. At SIGHUP a fresh process loads the application first. Only when it can, new workers take the places of the
   old ones, as gunicorn has it; else the old ones go on, and a line in the log says why.
3. A worker that can't load it, where others could before, says why and ends; another is tried a moment later.
   Gunicorn itself would stop the service then.
"""

from __future__ import annotations

import importlib
import logging
import mmap
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apirouter.cmd import _swap
from apirouter.cmd._fresh import Imported
from apirouter.cmd._hup import tell_differences, told
from apirouter.cmd._listen import addresses

LOG = logging.getLogger(__name__)
#: How long a worker that can't load waits before it ends, in seconds: another is started at once.
_PAUSE = 1.0


def serve(
    load: Callable[[], Any],
    options: Mapping[str, str],
    *,
    workers: int,
    grace: float,
    ready: Callable[[Sequence[str]], None],
    check: Callable[[], object],
    differences: Callable[[], Sequence[str]],
    text: str,
) -> int:
    """Serve until a signal comes.

    :param load: loads the application; called in each worker.
    :param options: the INI's ``[server:...]`` options: address and ``threads``; others are waitress's own.
    :param workers: how many processes.
    :param grace: how long requests in flight may take after a signal, in seconds.
    :param ready: called once with the URLs, before the first request is taken.
    :param check: loads the application in a fresh process; raises when that can't be.
    :param differences: returns what the INI says by now and only the next start heeds, a line each.
    :param text: what is served, for people.
    """
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    binds = [address.replace("*:", "0.0.0.0:") for address in addresses(options)]
    # One byte that all processes share: whether any worker has loaded the application.
    loaded = mmap.mmap(-1, 1)
    checks = _Checks(check, differences, text)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", binds)
            self.cfg.set("workers", workers)
            self.cfg.set("threads", int(options.get("threads", 4)))
            self.cfg.set("graceful_timeout", max(1, round(grace)))
            self.cfg.set("proc_name", "apirouter-serve")
            # gunicorn looks for a header's end from its beginning, each time that a piece of it comes: of the 800 kB
            # that a hundred fields may have, that is 50 ms in which the worker answers nobody.
            self.cfg.set("limit_request_fields", MOST_FIELDS)
            self.cfg.set("worker_exit", _close)
            if "control_socket_disable" in self.cfg.settings:
                # Since gunicorn 25: a socket in the home directory that nobody here asked for.
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            # What was installed since the master began is to be found.
            importlib.invalidate_caches()
            try:
                application = load()
            except (Exception, SystemExit) as error:
                if not loaded[0]:
                    raise
                LOG.error("A worker can't load %s: %s", text, told(error))
                time.sleep(_PAUSE)
                raise SystemExit(1) from error
            loaded[0] = 1
            return application

    class Checked(Arbiter):  # type: ignore[misc]
        def handle_hup(self) -> None:
            if checks.passed():
                super().handle_hup()

    ready([url_of(address) for address in binds])
    Checked(Application()).run()
    return 0


#: The most header fields of a request, each of eight kilobytes at most.
MOST_FIELDS = 64


class _Checks:
    """Lets SIGHUP pass when the application has loaded in a fresh process.

    :param check: loads it there.
    :param differences: returns what only the next start heeds.
    :param text: what is served, for people.
    """

    def __init__(
        self, check: Callable[[], object], differences: Callable[[], Sequence[str]], text: str
    ) -> None:
        self._check, self._differences, self._text = check, differences, text
        self._passed = False
        self._imported = Imported()
        # The handler runs in the master's loop, not within a signal: a plain lock will do.
        self._lock = threading.Lock()
        self._running = self._again = False

    def passed(self) -> bool:
        """Tell whether this signal is the one that a check has sent; else have one made."""
        if self._passed:
            self._passed = False
            return True
        with self._lock:
            self._again = True
            if not self._running:
                # Apart: the master has its workers to look after meanwhile.
                self._running = True
                threading.Thread(target=self._work, name="apirouter-check", daemon=True).start()
        return False

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._again:
                    self._running = False
                    return
                self._again = False
            refusal = self._refusal()
            if refusal:
                LOG.error("Not reloaded: %s. The workers of %s go on", refusal.rstrip("."), self._text)
            elif not self._again:
                tell_differences(self._differences)
                self._passed = True
                os.kill(os.getpid(), signal.SIGHUP)

    def _refusal(self) -> str:
        """Return why the workers may not be replaced, or empty."""
        changed = self._imported.changed()
        if changed:
            return f"{changed} has changed, which the master itself runs; restart it"
        try:
            self._check()
        except Exception as error:
            return told(error)
        return ""


def _close(arbiter: Any, worker: Any) -> None:
    """Close the application of a worker that ends."""
    application = getattr(worker, "wsgi", None)
    if application is not None:
        _swap.close(application)


def url_of(address: str) -> str:
    """Return the URL of one address."""
    return address if address.startswith("unix:") else f"http://{address}"
