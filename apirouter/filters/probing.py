"""Running the checks of somebody else's, which may raise, hang, or return anything.

1. A check runs in a thread of its own, and is given so long to answer: a load balancer's question comes back,
   and no thread of the server stays with a check that doesn't.
2. Who asks while a check runs, and is not late, waits for that answer; who asks of one that is late starts
   another, :data:`AT_ONCE` at most: what hangs on a dead connection must not hide that a new one works.
3. A check that raises, or ends its thread, is not well; nor is one that returns something else than None.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from apirouter.errors import clip

LOG = logging.getLogger(__name__)

#: None, or what is wrong.
Check = Callable[[], "str | None"]

#: How many threads one check may keep that doesn't come back.
AT_ONCE = 4

FAILED = "the check itself failed"


class Probe:
    """A check that is given so long to answer (see the module).

    :param name: the check's.
    :param check: what is run.
    :param seconds: how long.
    """

    __slots__ = ("_check", "_lock", "_runs", "_seconds", "name")

    def __init__(self, name: str, check: Check, seconds: float) -> None:
        #: The check's name.
        self.name = name
        self._check, self._seconds = check, seconds
        self._lock = threading.Lock()
        self._runs: list[_Run] = []

    def start(self) -> Callable[[], str | None]:
        """Run the check, or join who runs it.

        :returns: what waits for the finding: None, or what is wrong.
        """
        with self._lock:
            # Of a process that forked, no thread but the forking one lives on.
            self._runs = [run for run in self._runs if run.thread.is_alive()]
            late = bool(self._runs) and self._runs[-1].left() <= 0
            if not self._runs or (late and len(self._runs) < AT_ONCE):
                self._runs.append(_Run(self.name, self._check, self._seconds))
            run = self._runs[-1]
        return lambda: run.finding(self._seconds)


class _Run:
    """One run of a check, in a thread."""

    __slots__ = ("_deadline", "_found", "thread")

    def __init__(self, name: str, check: Check, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        # What holds unless the check comes back: it may end its thread as well as raise.
        self._found: str | None = FAILED

        def run() -> None:
            try:
                self._found = _told(check())
            except Exception:
                LOG.exception("Health check %s raised", name)

        # In the context of who asks, so that what it logs has the request's id.
        context = contextvars.copy_context()
        self.thread = threading.Thread(
            target=lambda: context.run(run), name=f"healthcheck {name}", daemon=True
        )
        self.thread.start()

    def left(self) -> float:
        """Return how many seconds it has left."""
        return self._deadline - time.monotonic()

    def finding(self, seconds: float) -> str | None:
        """Wait for what the check finds, as long as it has left."""
        self.thread.join(max(0.0, self.left()))
        return f"no answer within {seconds:g} s" if self.thread.is_alive() else self._found


def findings(probes: Iterable[Probe]) -> dict[str, str | None]:
    """Run checks beside one another; return name -> what is wrong, None where all is well.

    :param probes: the checks.
    """
    waiting = [(probe.name, probe.start()) for probe in probes]
    return {name: wait() for name, wait in waiting}


def _told(found: Any) -> str | None:
    if found is None:
        return None
    if isinstance(found, str) and found.strip():
        return clip(found, 1024)
    return f"the check returned {clip(repr(found), 80)} rather than None or what is wrong"
