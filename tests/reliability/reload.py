"""Reload under load: ``python -m tests.reliability.reload [--long]``.

1. ``apirouter-serve``, in one process: sixteen clients ask all the time, half of them over connections that
   they keep, a quarter for replies that are made lazily, while the INI's mark changes and SIGHUP comes. Each
   seventh INI is broken; plugins come and go.
2. The same with changed code: each reload takes a fresh process.
3. ``apirouter-serve --workers``: each reload takes new worker processes.

Each reply tells its mark twice, by a filter and by the application: they must be the same, never older than
one that the same client has seen, and the reply's own.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.ports import free_port
from tests.reliability import _marked
from tests.reliability._server import (
    PATIENCE,
    Server,
    descriptors,
    resident,
    running,
    serve,
    until,
)
from tests.reliability._table import Report, program

CLIENTS = 16


@dataclasses.dataclass
class Load:
    """Clients that ask all the time.

    :param server: whom.
    :param pause: how long each waits between two requests, in seconds.
    :param ordered: whether a client must never see an older mark than before: not with several processes.
    """

    server: Server
    pause: float = 0.0
    ordered: bool = True
    requests: int = 0
    failed: list[str] = dataclasses.field(default_factory=list)
    mixed: list[str] = dataclasses.field(default_factory=list)
    older: list[str] = dataclasses.field(default_factory=list)
    worst: float = 0.0

    def __post_init__(self) -> None:
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _work(self, client: int) -> None:
        keeps, path = client % 2 == 0, "/lazy" if client % 4 == 1 else "/"
        connection, last, number = None, -1, 0
        while not self._over.is_set():
            number += 1
            asked, began = f"{client}-{number}", time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self.server.port, timeout=PATIENCE
                )
                connection.request("GET", f"{path}?{asked}", headers={} if keeps else {"Connection": "close"})
                reply = connection.getresponse()
                told = json.loads(reply.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self._lock:
                    self.failed.append(f"{asked}: {type(error).__name__}: {error}")
                connection = None
                continue
            took = time.monotonic() - began
            if not keeps:
                connection.close()
                connection = None
            mark = int(told.get("mark", -1))
            with self._lock:
                self.requests += 1
                self.worst = max(self.worst, took)
                if reply.status != 200:
                    self.failed.append(f"{asked}: {reply.status}")
                if reply.headers["X-Mark"] != told.get("mark") or told.get("asked") != asked:
                    self.mixed.append(f"{asked}: {reply.headers['X-Mark']} {told}")
                if self.ordered and mark < last:
                    self.older.append(f"{asked}: {mark} after {last}")
            last = mark
            if self.pause:
                time.sleep(self.pause)
        if connection is not None:
            connection.close()

    def report(self, report: Report, name: str) -> None:
        """Tell what came of it."""
        report.tell(f"{name}: requests", self.requests)
        report.promise(f"{name}: failed", not self.failed, len(self.failed))
        report.examples("failed", self.failed)
        report.promise(f"{name}: old and new in one reply", not self.mixed, len(self.mixed))
        report.examples("mixed", self.mixed)
        if self.ordered:
            report.promise(f"{name}: an older reply after a newer", not self.older, len(self.older))
            report.examples("older", self.older)
        report.tell(f"{name}: longest request", f"{self.worst * 1000:.0f} ms")


def _one_process(home: Path, report: Report, *, reloads: int, requests: int) -> None:
    port = free_port()
    broken = 0
    with running(serve(_marked.write(home), port=port), home, port) as server:
        memory: list[int] = []
        files = descriptors(server.process.pid)
        with Load(server) as load:
            for number in range(1, reloads + 1):
                if number % 7 == 0:
                    broken += 1
                    _marked.mark(home, str(number), **{"[filter:mark]": "[filter:mrk]"})
                    server.hup()
                    server.await_log("Not reloaded", broken)
                if number % 20 == 10:
                    _marked.add_plugin(home, f"plugin{number}")
                _marked.mark(home, str(number))
                server.hup()
                server.await_log("Reloaded", number)
                _served(server, number, report)
                enough = requests * number // reloads
                until(lambda enough=enough: load.requests + len(load.failed) >= enough)
                memory.append(resident(server.process.pid))
        load.report(report, "one process")
        report.tell("one process: reloads", reloads)
        report.promise("one process: broken INIs told", server.log().count("Not reloaded") == broken, broken)
        report.promise("one process: same process", "fresh process" not in server.log())
        half = memory[len(memory) // 2 :]
        report.tell(
            "one process: memory a reload, second half", f"{(half[-1] - half[0]) / len(half):.0f} KiB"
        )
        left = descriptors(server.process.pid) - files
        report.promise("one process: descriptors left over", left <= CLIENTS, left)
        report.promise("one process: plugins found", server.get("/api/first")[0] == 200)
        status = server.end()
        report.promise("one process: exit status", status == 0, status)
    closed = (home / "closed").read_text().splitlines()
    expected = {f"{part} {n}" for part in ("app", "filter") for n in range(reloads + 1)}
    told = [line for line in closed if not line.startswith("plugin")]
    report.promise("one process: applications closed, each once", sorted(told) == sorted(expected), len(told))


def _served(server: Server, number: int, report: Report) -> None:
    mark = json.loads(server.get()[2])["mark"]
    if mark != str(number):
        report.promise(f"reload {number} is served when the log says so", False, mark)


def _fresh_processes(home: Path, report: Report, *, reloads: int) -> None:
    port = free_port()
    with running(serve(_marked.write(home), port=port), home, port) as server:
        # A client that thinks longer than idle connections are kept could meet one that is being closed.
        with Load(server, pause=0.02) as load:
            for number in range(1, reloads + 1):
                code = _marked.APP.replace('CODE = "1"', f'CODE = "{number + 1}"')
                _marked.put(home / "marked_api.py", code)
                _marked.mark(home, str(number))
                server.hup()
                server.await_log("in a fresh process", number)
                _served(server, number, report)
                time.sleep(0.5)
        load.report(report, "changed code")
        told = json.loads(server.get()[2])
        report.tell("changed code: reloads", reloads)
        report.promise("changed code: the new code", told["code"] == str(reloads + 1), told["code"])
        report.promise("changed code: the same process id", told["pid"] == server.process.pid)
        status = server.end()
        report.promise("changed code: exit status", status == 0, status)


def _workers(home: Path, report: Report, *, reloads: int) -> None:
    port = free_port()
    with running(serve(_marked.write(home), "--workers", "4", port=port), home, port) as server:
        server.await_log("Loaded extensions", 4)
        with Load(server, pause=0.02, ordered=False) as load:
            for number in range(1, reloads + 1):
                _marked.mark(home, str(number), **{"[filter:mark]": "[filter:mrk]"})
                server.hup()
                server.await_log("Not reloaded", number)
                _marked.mark(home, str(number))
                server.hup()

                def new(number: int = number) -> bool:
                    return json.loads(server.get()[2])["mark"] == str(number)

                until(lambda: all(new() for _ in range(12)))
                server.await_log("Worker exiting", 4 * number)
        load.report(report, "workers")
        report.tell("workers: reloads, and broken INIs", reloads)
        status = server.end()
        report.promise("workers: exit status", status == 0, status)


def run(long: bool) -> Report:
    """Reload under load.

    :param long: the figures for the document, instead of a few seconds.
    """
    report = Report()
    parts: list[Callable[[Path], None]] = [
        lambda home: _one_process(home, report, reloads=100 if long else 8, requests=10_000 if long else 500)
    ]
    if long:
        parts.append(lambda home: _fresh_processes(home, report, reloads=20))
        parts.append(lambda home: _workers(home, report, reloads=10))
    for part in parts:
        with tempfile.TemporaryDirectory() as home:
            part(Path(home))
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


if __name__ == "__main__":
    sys.exit(main())
