"""SIGHUP: load the configuration and the plugins anew, and serve what came of it.

1. The new application is loaded beside the old one, which goes on meanwhile. Only when it has loaded, and its
   logging is set up, does it take the old one's place, between two requests.
2. Whatever fails leaves everything as it was; one line in the log says why, and what goes on.
3. Code that was imported is not imported again. When its files have changed, or when this process can't load
   what a fresh one can, a fresh one takes this one's place: same process id, same sockets.
4. A signal that comes while one is worked on is worked on after it; several are worked on as one.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from apirouter.cmd import _console, _swap
from apirouter.cmd._fresh import Fresh, Imported
from apirouter.cmd._swap import Swappable
from apirouter.errors import ApiRouterError, one_line

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where an application comes from.

    :param text: the target, for people.
    :param load: loads it.
    :param tell: lines about an application, for people.
    :param set_up_logging: sets logging up as the INI says now; raises when that can't be, and leaves it alone.
    :param differences: what the INI says now that only the next start can heed, a line each.
    """

    text: str
    load: Callable[[], Any]
    tell: Callable[[Any], Sequence[str]]
    set_up_logging: Callable[[], None]
    differences: Callable[[], Sequence[str]]


class Signals:
    """SIGHUP as it comes, from the start of the process on.

    1. One that comes while the application loads for the first time waits until it has.
    2. When the terminal is gone that the process was started in, nobody asked for a reload: it ends.
    """

    def __init__(self) -> None:
        # The only queue that a signal's handler may use: it takes no lock.
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._terminals = [number for number in (0, 1, 2) if _is_terminal(number)]
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
            # Whoever started it (nohup) wants it to outlive the terminal.
            self._terminals = []

    def listen(self) -> None:
        """Take SIGHUP from now on. To be called in the main thread."""

        def hang_up(number: int, frame: FrameType | None) -> None:
            if not self.ask():
                raise KeyboardInterrupt

        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, hang_up)
            # The process before this one has held it back, if it was there before.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    def ask(self) -> bool:
        """Ask for a reload, from a signal's handler; return whether there is to be one."""
        if self.deserted():
            return False
        self._asked.put(True)
        return True

    def deserted(self) -> bool:
        """Tell whether the terminal is gone that the process was started in."""
        return bool(self._terminals) and not any(map(_is_terminal, self._terminals))

    def wait(self) -> None:
        """Wait until a reload is asked for."""
        self._asked.get()
        while not self._asked.empty():
            self._asked.get()


class Reloader:
    """Works on SIGHUP, in a thread of its own.

    :param swappable: what is served.
    :param source: where the next application comes from.
    :param signals: what asks for it.
    :param fresh: starts fresh processes.
    :param imported: what this process has imported.
    :param hand_over: asks the server to end, and lets a fresh process go on; None where that can't be.
    """

    def __init__(
        self,
        swappable: Swappable,
        source: Source,
        *,
        signals: Signals,
        fresh: Fresh,
        imported: Imported,
        hand_over: Callable[[], None] | None,
    ) -> None:
        self._swappable, self._source = swappable, source
        self._fresh, self._hand_over = fresh, hand_over
        self._imported = imported
        self._current = self._name()
        self._signals = signals
        self._stopped = threading.Lock()
        self._over = False

    def start(self) -> None:
        """Begin to wait for signals."""
        threading.Thread(target=self._work, name="apirouter-reload", daemon=True).start()

    def stop(self) -> None:
        """Swap nothing from now on."""
        with self._stopped:
            self._over = True

    def _work(self) -> None:
        while True:
            self._signals.wait()
            try:
                self._reload()
            except Exception:
                LOG.exception("Not reloaded; %s goes on", self._current)

    def _reload(self) -> None:
        began, clock = time.monotonic(), time.time_ns()
        importlib.invalidate_caches()
        changed = self._imported.changed()
        if changed:
            self._in_a_fresh_process(f"{changed} has changed since it was imported")
            return
        try:
            application = self._source.load()
        except (Exception, SystemExit) as error:
            # What this process has imported may stand in the way of what is installed now.
            self._in_a_fresh_process(f"this process can't load it ({told(error)})")
            return
        self._imported.remember(clock)
        try:
            self._source.set_up_logging()
        except (ApiRouterError, OSError) as error:
            _swap.close(application, beside=self._swappable.application)
            self._refuse(told(error))
            return
        before = set(self._source.tell(self._swappable.application))
        now = [line for line in self._source.tell(application) if line not in before]
        with self._stopped:
            if self._over:
                return
            self._swappable.replace(application)
        self._current = self._name()
        LOG.info(
            "Reloaded %s in %.2f s%s", self._source.text, time.monotonic() - began, _listed("; new: ", now)
        )
        tell_differences(self._source.differences)

    def _in_a_fresh_process(self, why: str) -> None:
        """Let a fresh process go on, if the application loads there."""
        try:
            self._fresh.ask()
        except (ApiRouterError, OSError) as error:
            self._refuse(told(error))
            return
        if self._hand_over is None:
            self._refuse(f"{why}, and this server can't hand its sockets over; restart it")
            return
        try:
            self._source.set_up_logging()
        except (ApiRouterError, OSError) as error:
            self._refuse(told(error))
            return
        tell_differences(self._source.differences)
        LOG.info("A fresh process takes over: %s", why)
        self._hand_over()

    def _refuse(self, why: str) -> None:
        end = "" if why.endswith("?") else "."
        LOG.error("Not reloaded: %s%s %s goes on", why.rstrip("."), end, self._current)

    def _name(self) -> str:
        return f"{self._source.text} as loaded at {time.strftime('%H:%M:%S')}"


def tell_differences(differences: Callable[[], Sequence[str]]) -> None:
    """Log what the INI says by now and only the next start heeds.

    :param differences: returns it, a line each.
    """
    try:
        lines = differences()
    except (ApiRouterError, OSError) as error:
        lines = [f"The server goes on as it was started; at the next start it could not: {told(error)}"]
    for line in lines:
        LOG.warning("%s", line)


def told(error: BaseException) -> str:
    """Return what a reload failed with, in one line."""
    if isinstance(error, ApiRouterError):
        return one_line(str(error))
    if isinstance(error, OSError):
        return one_line(_console.os_error_text(error))
    return one_line(f"{type(error).__name__}: {error}")


def _listed(head: str, lines: Sequence[str]) -> str:
    return head + "; ".join(map(one_line, lines)) if lines else ""


def _is_terminal(number: int) -> bool:
    try:
        return os.isatty(number)
    except OSError:
        return False
