"""What is told on stderr while a command works: warnings, and what takes long."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sys
import threading
from collections.abc import Iterator

from apirouter.cmd._console import is_terminal
from apirouter.errors import one_line

#: How long work may take before a terminal is told what is going on, in seconds.
PATIENCE = 0.4


class _Warnings(logging.Handler):
    """Tells warnings on stderr, each once, one line each."""

    def __init__(self, prog: str) -> None:
        super().__init__(logging.WARNING)
        self._prog = prog
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = one_line(record.getMessage())
        if text not in self._told:
            self._told.add(text)
            if is_terminal(sys.stderr):
                # What progress shows on this line goes first.
                sys.stderr.write(f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r")
            print(f"{self._prog}: {record.levelname.lower()}: {text}", file=sys.stderr)


class _Kept(logging.Handler):
    """Keeps warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.levelname.lower()}: {one_line(record.getMessage())}")


@contextlib.contextmanager
def warnings_told(prog: str) -> Iterator[None]:
    """Tell on stderr what is logged meanwhile at WARNING and above, each once.

    :param prog: the command's name.
    """
    handler, root = _Warnings(prog), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


@contextlib.contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """Keep what is logged meanwhile at WARNING and above, each in one line, instead of telling it."""
    handler, root = _Kept(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.texts
    finally:
        root.removeHandler(handler)


@contextlib.contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on stderr what takes long, while it does; on a terminal only.

    :param what: what is being done, as ``Loading etc/api-paste.ini``.
    """
    if not is_terminal(sys.stderr):
        yield
        return
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(what, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def _tick(what: str, done: threading.Event) -> None:
    waited, shown = PATIENCE, 0
    while not done.wait(waited):
        text = f"{what} {'.' * (shown % 3 + 1):3}"
        sys.stderr.write(f"\r{text}")
        sys.stderr.flush()
        waited, shown = 0.5, shown + 1
    if shown:
        sys.stderr.write(f"\r{' ' * (len(what) + 4)}\r")
        sys.stderr.flush()
