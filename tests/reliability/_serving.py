"""A server in a process of its own, for the programs that talk to one over a socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How long a server may take to start or to end, in seconds.
PATIENCE = 120.0


class Server:
    """A server that listens on 127.0.0.1.

    :param process: it, or the first of its processes.
    :param port: where it listens.
    :param log: the file with what it says.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self._log = process, port, log

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """What it wrote to stdout and stderr until now."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def connect(self, timeout: float = PATIENCE) -> socket.socket:
        """Return a connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def memory(self) -> int:
        """Return the most memory that any of its processes has had resident, in bytes (Linux)."""
        return max(map(_peak, [self.process.pid, *_children(self.process.pid)]))


@contextmanager
def serving(command: Sequence[str], port: int, *, cwd: Path, **environ: str) -> Iterator[Server]:
    """Run a server until the block ends.

    :param command: its command line.
    :param port: where it was told to listen.
    :param cwd: where it runs.
    :param environ: variables of its environment, beside those of this process.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as directory, open(Path(directory, "log"), "wb") as log:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path, **environ},
        )
        server = Server(process, port, Path(directory, "log"))
        try:
            _await(server)
            yield server
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                for child in _children(process.pid):
                    os.kill(child, signal.SIGKILL)
                process.kill()
                process.wait(PATIENCE)


def apirouter_serve(ini: Path, port: int, *more: str) -> list[str]:
    """Return the command line of ``apirouter-serve``."""
    bind = ["--bind", f"127.0.0.1:{port}"]
    return [sys.executable, "-m", "apirouter", "serve", str(ini), *bind, "--grace", "5", *more]


def _await(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with server.connect(5) as probe:
                probe.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if probe.recv(1):
                    return
        except OSError:
            pass
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server does not start: {server.said[-2000:]}")
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
