"""Crash: ``python -m tests.reliability.crash [--long]``.

1. The compute example under gunicorn with four workers: clients write servers, each with twenty metadata items
   in the same transaction, while random workers are killed by SIGKILL. Afterwards every acknowledged server is
   there, each with all or, when it was never acknowledged, there is nothing of it.
2. A disk that fills up, one that is mounted read-only, both under the running service: 503 faults, a sound
   file, and writes again, without a restart, when there is space.

The disks are tmpfs of a few hundred KiB. Where mounting is not allowed, SQLite's own limits stand in for them
(``max_page_count``, ``query_only``), and the figures say so.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gunicorn.config
import sqlalchemy as sa

from apirouter import loadapp
from apirouter.cmd._swap import parts
from compute_api.store import Database
from tests.functional.computeapi import IMAGE, write_ini
from tests.ports import free_port
from tests.reliability._server import PATIENCE, Server, running, until
from tests.reliability._table import Report, program
from tests.reliability._wsgi import Reply, call, environ_of

WRITERS, ITEMS = 8, 20


def server_body(name: str, items: int = ITEMS, size: int = 8) -> bytes:
    """Return the body that makes a server with metadata."""
    metadata = {f"key{n}": f"{n:0{size}d}" for n in range(items)}
    server = {"name": name, "imageRef": IMAGE, "flavorRef": "1", "metadata": metadata}
    return json.dumps({"server": server}).encode()


class Writers:
    """Clients that make servers, and take note of what was acknowledged.

    :param server: whom they ask.
    """

    def __init__(self, server: Server) -> None:
        self._server, self._over = server, threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.broken = Counter[str]()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(WRITERS)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _work(self, writer: int) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            name = f"{writer}-{number}"
            try:
                status, _, body = self._server.get(
                    "/v2.1/servers",
                    "POST",
                    server_body(name),
                    **{"Content-Type": "application/json", "X-Auth-Token": "alice:demo"},
                )
            except (OSError, http.client.HTTPException) as error:
                self.broken[type(error).__name__] += 1
                continue
            if status == 202:
                self.acknowledged[json.loads(body)["server"]["id"]] = name
            else:
                self.broken[f"status {status}"] += 1


def _workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children]


def _killed(home: Path, report: Report, *, workers: int, kills: int) -> None:
    port = free_port()
    ini = write_ini(home)
    command = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--threads", "2"]
    if "control_socket_disable" in gunicorn.config.make_settings():
        # Since gunicorn 25: a socket in the home directory that nobody here asked for.
        command.append("--no-control-socket")
    command += ["--bind", f"127.0.0.1:{port}", "compute_api.wsgi:application"]
    os.environ["COMPUTE_API_PASTE_INI"] = str(ini)
    chance = random.Random(20261123)
    try:
        with running(command, home, port) as server:
            until(lambda: len(_workers_of(server)) == workers)
            with Writers(server) as writers:
                until(lambda: len(writers.acknowledged) > WRITERS)
                for number in range(kills):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(chance.choice(_workers_of(server)), signal.SIGKILL)
                    before = len(writers.acknowledged)
                    until(lambda before=before: len(writers.acknowledged) > before + WRITERS)
                    time.sleep(chance.random() * 0.2)
                    if number % 5 == 0:
                        until(lambda: len(_workers_of(server)) == workers)
            status = server.get("/v2.1/servers?limit=1", **{"X-Auth-Token": "alice:demo"})[0]
    finally:
        del os.environ["COMPUTE_API_PASTE_INI"]
    rows, items = _rows(home / "compute.sqlite")
    lost = [name for server_id, name in writers.acknowledged.items() if server_id not in rows]
    torn = [rows[server_id] for server_id, count in items.items() if count != ITEMS]
    report.tell("workers", workers)
    report.tell("workers killed", kills)
    report.tell("servers acknowledged", len(writers.acknowledged))
    report.promise("acknowledged and not there", not lost, len(lost))
    report.promise("servers without all of their metadata", not torn, len(torn))
    report.promise(
        "names made twice", len(set(rows.values())) == len(rows), len(rows) - len(set(rows.values()))
    )
    report.tell("there without acknowledgement", len(rows) - len(writers.acknowledged))
    report.tell("requests that died with their worker", sum(writers.broken.values()))
    answered = [kind for kind in writers.broken if kind.startswith("status")]
    report.promise("requests answered with another status", not answered, ", ".join(answered) or 0)
    report.promise("the service goes on", status == 200, status)
    verdict = sound(home / "compute.sqlite")
    report.promise("integrity after the kills", verdict == "ok", verdict)


def _rows(file: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Return id -> name of all servers, and id -> number of metadata items."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        rows = dict(connection.execute("SELECT id, name FROM servers"))
        query = "SELECT s.id, count(m.key) FROM servers s LEFT JOIN server_metadata m ON m.server_id = s.id"
        return rows, dict(connection.execute(f"{query} GROUP BY s.id"))


def sound(file: Path) -> str:
    """Return SQLite's verdict over a file."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return ", ".join(row[0] for row in connection.execute("PRAGMA integrity_check"))


class Disk:
    """A place for the database, whose space and rights can be taken away.

    :param home: an empty directory.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._pragmas: list[str] = []
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home)]
        try:
            self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            self.mounted = False
        if not self.mounted:
            sa.event.listen(sa.Engine, "connect", self._limit)

    @property
    def kind(self) -> str:
        """What stands for the disk."""
        return "tmpfs" if self.mounted else "SQLite's limits (mounting is not allowed)"

    def close(self) -> None:
        """Take it away."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.home)], check=True)
        else:
            sa.event.remove(sa.Engine, "connect", self._limit)

    def _limit(self, connection: Any, _record: Any) -> None:
        for pragma in self._pragmas:
            connection.execute(pragma)

    def fill(self) -> None:
        """Leave no space."""
        if not self.mounted:
            self._pragmas = ["PRAGMA max_page_count = 1"]
            return
        with contextlib.suppress(OSError), (self.home / "ballast").open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                continue

    def empty(self) -> None:
        """Give the space back."""
        self._pragmas = []
        (self.home / "ballast").unlink(missing_ok=True)

    def protect(self, *, on: bool) -> None:
        """Let nobody write, or everybody again."""
        if not self.mounted:
            self._pragmas = ["PRAGMA query_only = ON"] if on else []
            return
        how = "remount,ro" if on else "remount,rw"
        subprocess.run(["mount", "-o", how, str(self.home)], check=True, capture_output=True)


@contextlib.contextmanager
def disk(home: Path) -> Iterator[Disk]:
    """Yield a disk, and take it away."""
    made = Disk(home)
    try:
        yield made
    finally:
        made.close()


class Service:
    """The example in this process, its database on a disk of its own."""

    def __init__(self, home: Path, database: Path) -> None:
        ini = write_ini(home)
        text = re.sub(r"(?m)^database = .*$", f"database = sqlite:///{database}", ini.read_text())
        ini.write_text(text)
        self.application = loadapp(f"config:{ini}")
        self.databases = [one for one in parts(self.application) if isinstance(one, Database)]

    def send(self, method: str, path: str, body: bytes = b"") -> Reply:
        """Send a request."""
        return call(self.application, environ_of(method, path, body))

    def close(self) -> None:
        """Close the files; the next request opens them."""
        for database in self.databases:
            database.close()


def _disks(home: Path, report: Report, *, rounds: int) -> None:
    place, ini = home / "disk", home / "ini"
    place.mkdir()
    ini.mkdir()
    with disk(place) as under:
        report.tell("the disk", under.kind)
        service = Service(ini, place / "compute.sqlite")
        kept: dict[str, str] = {}
        statuses, again = Counter[str](), 0
        try:
            for number in range(rounds):
                _write(service, kept, f"before-{number}")
                again += _while(service, under.fill, under.empty, statuses, kept, f"full-{number}")
                again += _while(
                    service,
                    lambda: (service.close(), under.protect(on=True))[1],
                    lambda: under.protect(on=False),
                    statuses,
                    kept,
                    f"readonly-{number}",
                )
            service.close()
            verdict = sound(place / "compute.sqlite")
            rows, items = _rows(place / "compute.sqlite")
        finally:
            service.close()
    others = {status: n for status, n in statuses.items() if status not in ("503 serviceUnavailable", "202")}
    report.tell("times full, and times read-only", rounds)
    report.promise(
        "writes answered by a 503 fault",
        statuses["503 serviceUnavailable"] > 0,
        statuses["503 serviceUnavailable"],
    )
    report.promise("writes answered otherwise", not others, dict(others) or 0)
    report.tell("small writes that still found space", statuses["202"])
    report.promise("writes again without a restart", again == 2 * rounds, again)
    lost = [name for server_id, name in kept.items() if server_id not in rows]
    report.promise("acknowledged and not there, on the disk", not lost, len(lost))
    torn = [server_id for server_id, count in items.items() if count != ITEMS]
    report.promise("servers torn by the disk", not torn, len(torn))
    report.promise(
        "there without acknowledgement, on the disk", set(rows) <= set(kept), len(set(rows) - set(kept))
    )
    report.promise("integrity after the disk", verdict == "ok", verdict)


def _write(service: Service, kept: dict[str, str], name: str, size: int = 8) -> str:
    reply = service.send("POST", "/v2.1/servers", server_body(name, size=size))
    if reply.status == 202:
        kept[json.loads(reply.body)["server"]["id"]] = name
        return "202"
    ((fault, told),) = json.loads(reply.body).items()
    assert told["code"] == reply.status, reply
    if reply.status == 503:
        assert "retry-after" in reply.headers, reply
    return f"{reply.status} {fault}"


def _while(
    service: Service,
    begin: Callable[[], None],
    end: Callable[[], None],
    statuses: Counter[str],
    kept: dict[str, str],
    name: str,
) -> int:
    """Write while something is amiss, and when it is not; return 1 when the latter did."""
    begin()
    try:
        # Pages that the log has already may take a few more rows.
        for number in range(10):
            statuses[_write(service, kept, f"{name}-{number}", size=200)] += 1
        read = service.send("GET", "/v2.1/servers?limit=1")
        if read.status not in (200, 503):
            statuses[f"read {read.status}"] += 1
    finally:
        end()
    return int(_write(service, kept, f"{name}-after") == "202")


def run(long: bool) -> Report:
    """Crash it.

    :param long: the figures for the document, instead of a few seconds.
    """
    report = Report()
    with tempfile.TemporaryDirectory() as home:
        _killed(Path(home), report, workers=4 if long else 2, kills=100 if long else 2)
    with tempfile.TemporaryDirectory() as home:
        _disks(Path(home), report, rounds=20 if long else 1)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


if __name__ == "__main__":
    sys.exit(main())
