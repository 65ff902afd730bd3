"""``apirouter-serve`` and gunicorn as processes, with their logs."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How long anything may take before it has failed, in seconds.
PATIENCE = 60.0


def until(what: Callable[[], object], why: str = "", patience: float = PATIENCE) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, why or "it did not happen"
        time.sleep(0.01)


class Server:
    """A server process; its log goes to a file.

    :param command: how it is started.
    :param home: its working directory, on its module path too; the log comes to lie there.
    :param port: where it listens.
    """

    def __init__(self, command: Sequence[str], home: Path, port: int) -> None:
        path = [str(home), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONWARNINGS", None)
        self.port, self.log_file = port, home / f"server-{port}.log"
        self._log = self.log_file.open("a")
        self.process = subprocess.Popen(
            list(command), cwd=home, env=environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def listening(self) -> bool:
        """Tell whether it takes connections."""
        assert self.process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self) -> str:
        """Return what it has logged."""
        return self.log_file.read_text(errors="replace")

    def hup(self) -> None:
        """Send SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    def await_log(self, text: str, times: int = 1) -> None:
        """Wait until the log has a text so many times."""
        until(lambda: self._alive() and self.log().count(text) >= times, f"{text}: {self.log()[-3000:]}")

    def _alive(self) -> bool:
        assert self.process.poll() is None, self.log()[-3000:]
        return True

    def get(
        self, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    def end(self) -> int:
        """End it as an operator does; return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self._log.close()


@contextlib.contextmanager
def running(command: Sequence[str], home: Path, port: int) -> Iterator[Server]:
    """Start a server, wait until it listens, end it."""
    server = Server(command, home, port)
    try:
        until(server.listening, server.log())
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
            try:
                server.process.wait(20)
            except subprocess.TimeoutExpired:
                server.process.kill()
        server.process.wait()
        server._log.close()


def serve(ini: Path, *arguments: str, port: int) -> list[str]:
    """Return the command line of ``apirouter-serve``."""
    return [sys.executable, "-m", "apirouter", "serve", str(ini), "--bind", f"127.0.0.1:{port}", *arguments]


def resident(pid: int) -> int:
    """Return the memory of a process, in KiB."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found
    return int(found[1])


def descriptors(pid: int | str = "self") -> int:
    """Return how many files a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
