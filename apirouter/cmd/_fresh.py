"""A fresh process: asked whether the application loads there, or put in this one's place.

1. One process never holds two versions of a module. Whether the files of the modules that were imported are
   still the same is looked up; when they are not, what is new takes a fresh process.
2. A fresh process is the same command line again; the environment variable ``APIROUTER_SERVE`` tells it what
   it is for. Asked, it loads the application and says so between two marks, opens no address and sets up no
   logging. Put in place, it has the same process id and goes on with the listening sockets.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import signal
import socket
import subprocess  # nosec B404
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apirouter.errors import ConfigError

VARIABLE = "APIROUTER_SERVE"
#: How long a fresh process may take to load the application, in seconds.
PATIENCE = 300.0


@dataclasses.dataclass(frozen=True, slots=True)
class Errand:
    """What a process was started for.

    :param mark: it is asked whether the application loads; empty when it serves.
    :param sockets: the file descriptors of listening sockets that it takes over.
    :param options: the server's options at the first start.
    """

    mark: str = ""
    sockets: tuple[int, ...] = ()
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def listening(self) -> list[socket.socket]:
        """Return the sockets that are taken over."""
        return [socket.socket(fileno=number) for number in self.sockets]


def errand() -> Errand:
    """Return what this process was started for, and take the variable out of the environment."""
    text = os.environ.pop(VARIABLE, "")
    if not text:
        return Errand()
    said = json.loads(text)
    if said.get("pid") not in (None, os.getpid()):
        # It was meant for the process that started this one.
        return Errand()
    return Errand(said.get("mark", ""), tuple(said.get("sockets", ())), said.get("options", {}))


def answer(mark: str, lines: Sequence[str]) -> None:
    """Say, in a process that was asked, that the application loads, and what it is; the process ends.

    :param mark: what it was asked with.
    :param lines: what is to be told of the application.
    """
    print("\n".join(("", mark, *lines, mark)), flush=True)
    # Threads that a plugin has started must not keep this process.
    os._exit(0)


@dataclasses.dataclass(frozen=True, slots=True)
class Fresh:
    """Starts this command again.

    :param given: the command's arguments.
    """

    given: Sequence[str]

    @property
    def command(self) -> list[str]:
        """The command line; with the interpreter's own options when this process was started so."""
        said = list(sys.orig_argv)
        if self.given and said[-len(self.given) :] == list(self.given):
            return [sys.executable, *said[1:]]
        return [sys.executable, "-m", "apirouter", "serve", *self.given]

    def ask(self, *, debug: bool = False) -> list[str]:
        """Load the application in a fresh process; return what it says of it.

        :param debug: let through what it writes on stderr.
        :raises ConfigError: it doesn't load; it says why.
        """
        mark = secrets.token_hex(16)
        environ = {**os.environ, VARIABLE: json.dumps({"mark": mark})}
        # Its exit status is not looked at: where gunicorn reaps every child, it is lost.
        # The command line of this very process, without a shell.
        with subprocess.Popen(  # nosec B603
            self.command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # A signal to this process's group is not meant for it.
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                raise ConfigError(f"loading took more than {PATIENCE:g} seconds") from None
        if debug:
            sys.stderr.write(err)
        _, found, rest = out.partition(f"\n{mark}\n")
        told, ended, _ = rest.rpartition(mark)
        if not found or not ended:
            lines = err.strip().splitlines() or [f"a fresh process says nothing ({process.returncode})"]
            raise ConfigError(lines[-1].removeprefix("apirouter-serve: "))
        return told.splitlines()

    def take_over(self, sockets: Sequence[socket.socket], options: Mapping[str, Any]) -> None:
        """Put a fresh process in the place of this one; does not return.

        :param sockets: the listening sockets, which it takes over.
        :param options: the server's.
        """
        numbers = []
        for one in sockets:
            os.set_inheritable(one.fileno(), True)
            numbers.append(one.fileno())
        said = {"pid": os.getpid(), "sockets": numbers, "options": dict(options)}
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the new process is ready waits for it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        environ = {**os.environ, VARIABLE: json.dumps(said)}
        os.execve(sys.executable, self.command, environ)  # nosec B606


class Imported:
    """The files that this process's modules came from, as they were then."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int] | None] = {}
        self._since = 0
        self.remember(0)

    def changed(self) -> str:
        """Return a file that is no longer what was imported, or empty."""
        for path, was in list(self._seen.items()):
            if _stamp(path) != was:
                return path
        for path in _files():
            stamp = _stamp(path)
            if path not in self._seen and stamp is not None and stamp[0] > self._since:
                # Imported, or written, since: which came first nobody can tell.
                return path
        return ""

    def remember(self, since: int) -> None:
        """Take note of the files of now.

        :param since: when the imports may have begun, in ns of the clock of files; 0 for ever.
        """
        now = time.time_ns()
        for path in _files():
            if path not in self._seen:
                stamp = _stamp(path)
                unsure = stamp is not None and since and stamp[0] > since
                # What was written while it was imported counts as changed from the start.
                self._seen[path] = None if unsure else stamp
        self._since = now


def _files() -> Iterator[str]:
    for module in list(sys.modules.values()):
        path = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(path, str):
            yield path
    # What a .pth file adds, only a process that starts sees.
    for directory in sys.path:
        if directory.endswith(("site-packages", "dist-packages")):
            with contextlib.suppress(OSError):
                yield from (entry.path for entry in os.scandir(directory) if entry.name.endswith(".pth"))


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
