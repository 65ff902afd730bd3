"""Soak: ``python -m tests.reliability.soak [--long]``.

The whole of ``etc/api-paste.ini``, every filter of it and a database file, under sixteen threads at once.

1. In this process, called as a server calls it: a million requests in the long run, of sixteen kinds.
2. Over HTTP, through ``apirouter-serve`` and waitress: sixty thousand, over connections that are kept.

Each reply must be the one to its own request: its host, its id, its text stand in it. The memory's slope is that
of a straight line through what is resident between two rounds, when nothing is on its way and what was freed is
given back; the first two fifths (over HTTP, the first half) are for warming up. Warm is also the C library: for
each thread it keeps some freed blocks of each size, and a thread that meets another size now and then has them all
only after a million requests. So each of the sixteen fills them first.

What is resident also holds what the C library's allocator can't give back, for a block in use stands on the same
page: so it tells as well how much of its memory is in use, to the byte.
"""

from __future__ import annotations

import ctypes
import gc
import http.client
import json
import logging
import os
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from apirouter import loadapp
from apirouter.cmd._swap import close
from tests.functional.computeapi import IMAGE, write_ini
from tests.ports import free_port
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
from tests.reliability._wsgi import Gone, Reply, call, environ_of

THREADS = 16
_SERVER = json.dumps({"server": {"name": "soaked", "imageRef": IMAGE, "flavorRef": "1"}}).encode()
#: More than the size limit of the INI lets pass.
_LARGE = b'{"server": "' + b"x" * 150_000 + b'"}'
_HALF = b'{"server": "' + b"x" * 50_000

Send = Callable[..., Reply]


class Kinds:
    """The requests, by their number; each says what its own reply must show.

    :param send: sends one: method, path, body, and ``leave``, ``gone``, ``host``, ``version``.
    :param servers: an id of a server for each thread.
    """

    #: How many of a hundred are of which kind.
    shares = (
        ("show", 3),
        ("flavor", 3),
        ("metadata", 1),
        ("unknown_server", 3),
        ("plugins", 12),
        ("miss", 14),
        ("method", 10),
        ("schema", 7),
        ("json", 8),
        ("action", 8),
        ("version", 10),
        ("versions", 4),
        ("upload", 6),
        ("gone", 4),
        ("broken_off", 2),
        ("leave", 5),
    )

    def __init__(self, send: Send, servers: Sequence[str]) -> None:
        self._send, self._servers = send, servers
        names = [name for name, share in self.shares for _ in range(share)]
        assert len(names) == 100
        # A fixed order in which the kinds are mixed.
        self._order = [names[(37 * n) % 100] for n in range(100)]

    def __call__(self, number: int) -> tuple[str, Reply]:
        """Send the request of a number; return its kind and its reply.

        :raises AssertionError: the reply is not its own.
        """
        kind = self._order[number % 100]
        reply: Reply = getattr(self, f"_{kind}")(number)
        return kind, reply

    def _fault(self, reply: Reply, status: int, text: str) -> Reply:
        assert reply.status == status, reply
        ((_, fault),) = json.loads(reply.body).items()
        assert fault["code"] == status, reply
        assert text in fault["message"], (text, reply)
        return reply

    def _show(self, number: int) -> Reply:
        mine = self._servers[number % len(self._servers)]
        reply = self._send("GET", f"/v2.1/servers/{mine}", host=f"h{number}.example")
        assert (reply.status, json.loads(reply.body)["server"]["id"]) == (200, mine), reply
        assert f"http://h{number}.example/".encode() in reply.body, reply
        return reply

    def _flavor(self, number: int) -> Reply:
        reply = self._send("GET", f"/v2.1/flavors/{number % 5 + 1}", host=f"h{number}.example")
        assert (reply.status, json.loads(reply.body)["flavor"]["id"]) == (200, str(number % 5 + 1)), reply
        assert f"http://h{number}.example/".encode() in reply.body, reply
        return reply

    def _metadata(self, number: int) -> Reply:
        mine = self._servers[number % len(self._servers)]
        body = json.dumps({"metadata": {"number": str(number)}}).encode()
        reply = self._send("PUT", f"/v2.1/servers/{mine}/metadata", body)
        assert (reply.status, json.loads(reply.body)) == (200, {"metadata": {"number": str(number)}}), reply
        return reply

    def _unknown_server(self, number: int) -> Reply:
        reply = self._send("GET", f"/v2.1/servers/s{number}")
        return self._fault(reply, 404, f"Instance s{number} could not be found")

    def _plugins(self, number: int) -> Reply:
        minor = number % 10 + 1
        reply = self._send("GET", "/v2.1/extensions", version=f"2.{minor}")
        assert (reply.status, reply.headers["openstack-api-version"]) == (200, f"compute 2.{minor}"), reply
        return reply

    def _miss(self, number: int) -> Reply:
        return self._fault(self._send("GET", f"/v2.1/nothing/{number}"), 404, "could not be found")

    def _method(self, number: int) -> Reply:
        reply = self._fault(self._send("PATCH", "/v2.1/servers"), 405, "not allowed")
        assert reply.headers["allow"].split(", ")[0] in ("GET", "HEAD"), reply
        return reply

    def _schema(self, number: int) -> Reply:
        body = json.dumps({"server": {"name": number, "imageRef": IMAGE, "flavorRef": "1"}}).encode()
        return self._fault(self._send("POST", "/v2.1/servers", body), 400, f"Value: {number}.")

    def _json(self, number: int) -> Reply:
        return self._fault(self._send("POST", "/v2.1/servers", b'{"server": ' + b"[" * 9), 400, "Malformed")

    def _action(self, number: int) -> Reply:
        mine = self._servers[number % len(self._servers)]
        reply = self._send("POST", f"/v2.1/servers/{mine}/action", b'{"act%d": null}' % number)
        return self._fault(reply, 400, f"There is no such action: act{number}")

    def _version(self, number: int) -> Reply:
        reply = self._send("GET", "/v2.1/", host=f"h{number}.example")
        assert reply.status == 200, reply
        assert f"http://h{number}.example/".encode() in reply.body, reply
        return reply

    def _versions(self, number: int) -> Reply:
        reply = self._send("GET", "/v2.1/extensions", version=f"3.{number}")
        return self._fault(reply, 406, f"Version 3.{number} is not supported")

    def _upload(self, number: int) -> Reply:
        return self._fault(self._send("POST", "/v2.1/servers", _LARGE), 413, "too large")

    def _gone(self, number: int) -> Reply:
        reply = self._send("POST", "/v2.1/servers", _HALF, gone="ends")
        assert reply.status in (0, 400), reply
        return reply

    def _broken_off(self, number: int) -> Reply:
        reply = self._send("POST", "/v2.1/servers", _HALF, gone="raises")
        assert reply.status in (0, 400), reply
        return reply

    def _leave(self, number: int) -> Reply:
        reply = self._send("GET", "/v2.1/servers?limit=2", leave=True)
        assert reply.status in (0, 200), reply
        return reply


def in_process(application: Any) -> Send:
    """Return what sends requests to an application of this process."""

    def send(
        method: str,
        path: str,
        body: bytes = b"",
        *,
        gone: str = "",
        leave: bool = False,
        host: str = "",
        version: str = "",
    ) -> Reply:
        more = {"HTTP_HOST": host} if host else {}
        if version:
            more["HTTP_OPENSTACK_API_VERSION"] = f"compute {version}"
        stream: Any = body
        if gone:
            stream = Gone(body, ConnectionResetError("the client is gone") if gone == "raises" else None)
        return call(application, environ_of(method, path, stream, length=2 * len(body), **more), leave=leave)

    return send


class OverHTTP:
    """Sends requests to a server, each thread over a connection that it keeps.

    :param port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._port, self._own = port, threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        gone: str = "",
        leave: bool = False,
        host: str = "",
        version: str = "",
    ) -> Reply:
        """Send one."""
        headers = {"X-Auth-Token": "alice:demo", "Content-Type": "application/json"}
        if version:
            headers["OpenStack-API-Version"] = f"compute {version}"
        if gone or leave:
            self._and_go(
                method, path, headers, body, length=2 * len(body) if gone else 0, reset=gone == "raises"
            )
            return Reply(0, {}, b"")
        if host:
            headers["Host"] = host
        kept = getattr(self._own, "connection", None)
        if kept is None:
            kept = self._own.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=PATIENCE
            )
            self._connections.append(kept)
        try:
            kept.request(method, path, body or None, headers)
            reply = kept.getresponse()
            data = reply.read()
        except (OSError, http.client.HTTPException):
            # It connects anew when it is used again.
            kept.close()
            raise
        return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, data)

    def _and_go(
        self, method: str, path: str, headers: dict[str, str], body: bytes, *, length: int, reset: bool
    ) -> None:
        """Send a request, or some of it, and go away."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + b"\r\n" + body)
            if reset:
                # A reset instead of an end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()


class Soak:
    """Sixteen threads that send requests.

    :param kinds: makes and checks each.
    :param requests: how many.
    :param memory: what is resident now, and what of it is in use, in bytes.
    :param warm: how many of them are for warming up.
    """

    def __init__(
        self, kinds: Kinds, requests: int, memory: Callable[[], tuple[int, int]], *, warm: int
    ) -> None:
        self._kinds, self.requests, self._memory, self._warm = kinds, requests, memory, warm
        self.wrong: list[str] = []
        self.statuses: Counter[str] = Counter()
        # Written to before it begins: it must not grow meanwhile.
        self._ids = bytearray(b"\xff" * 16 * requests)
        self._lock = threading.Lock()
        #: Requests sent, what is resident, and what of the C library's memory is in use, in bytes.
        self.samples: list[tuple[int, int, int]] = []

    def run(self) -> None:
        """Send them all; take samples between two rounds, when nothing is on its way."""
        rounds = min(125, max(2, self.requests // 100))
        ends = [self.requests * (n + 1) // rounds for n in range(rounds)]
        passed = iter(ends)

        def sample() -> None:
            done = next(passed)
            if done >= self._warm:
                self.samples.append((done, *self._memory()))

        barrier = threading.Barrier(THREADS, action=sample)
        threads = [threading.Thread(target=self._work, args=(n, ends, barrier)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, first: int, ends: Sequence[int], barrier: threading.Barrier) -> None:
        fill_caches()
        statuses: Counter[str] = Counter()
        number = first
        for end in ends:
            while number < end:
                self._ask(number, statuses)
                number += THREADS
            barrier.wait()
        with self._lock:
            self.statuses.update(statuses)

    def _ask(self, number: int, statuses: Counter[str]) -> None:
        try:
            kind, reply = self._kinds(number)
        except Exception as error:
            self.wrong.append(f"{number}: {type(error).__name__}: {error}"[:500])
            return
        statuses[f"{kind} {reply.status}"] += 1
        told = reply.headers.get("x-compute-request-id", "")
        if told:
            self._ids[16 * number : 16 * number + 16] = uuid.UUID(told.removeprefix("req-")).bytes

    def slope(self, what: int) -> float:
        """By how many bytes the memory grew with each request.

        :param what: 1 for what is resident, 2 for what is in use.
        """
        count = len(self.samples)
        middle = sum(sample[0] for sample in self.samples) / count
        level = sum(sample[what] for sample in self.samples) / count
        spread = sum((sample[0] - middle) ** 2 for sample in self.samples)
        rise = sum((sample[0] - middle) * (sample[what] - level) for sample in self.samples)
        return rise / spread if spread else 0.0

    def ids(self) -> tuple[int, int]:
        """Return how many request ids there were, and how many different ones."""
        none = b"\xff" * 16
        rows = (bytes(self._ids[at : at + 16]) for at in range(0, len(self._ids), 16))
        found = [row for row in rows if row != none]
        return len(found), len(set(found))

    def report(self, report: Report, name: str) -> None:
        """Tell what came of it."""
        given, different = self.ids()
        report.tell(f"{name}: requests", self.requests)
        report.promise(f"{name}: wrong or crossed replies", not self.wrong, len(self.wrong))
        report.examples("wrong", self.wrong)
        report.promise(f"{name}: request ids that were given twice", given == different, given - different)
        report.tell(f"{name}: request ids", given)

    def report_memory(self, report: Report, name: str, *, most: float) -> None:
        """Tell how the memory grew.

        :param most: the bytes a request that may be.
        """
        for what, which in ((1, "resident"), (2, "in use")):
            slope = self.slope(what)
            report.promise(f"{name}: {which}, bytes a request", slope <= most, f"{slope:.2f}")
            first, last = (f"{sample[what] / 2**20:.1f}" for sample in (self.samples[0], self.samples[-1]))
            report.tell(f"{name}: {which} warm, at the end", f"{first}, {last} MiB")


class _Ids(logging.Handler):
    """Formats each record as a deployment's handler does, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(request_id)s %(message)s", defaults={"request_id": "-"}))
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.format(record)
        self.count += 1


class _MallInfo(ctypes.Structure):
    """What glibc's ``mallinfo2`` tells."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    ]


def fill_caches() -> None:
    """Let this thread's cache of freed blocks be full, where the C library is glibc: seven of each size."""
    library = _glibc()
    if library is None:
        return
    blocks = [library.malloc(size) for size in range(24, 1033, 16) for _ in range(7)]
    for block in blocks:
        library.free(block)


def memory() -> tuple[int, int]:
    """Return the memory of this process, in bytes: what is resident, without what it has freed and keeps for
    later; and what of the C library's is in use, 0 where it doesn't tell.
    """
    gc.collect()
    library = _glibc()
    if library is None:
        return resident(os.getpid()) * 1024, 0
    library.malloc_trim(0)
    told = library.mallinfo2()
    return resident(os.getpid()) * 1024, told.uordblks + told.hblkhd


def _glibc() -> Any:
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return None
    library.mallinfo2.restype = _MallInfo
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    return library


def _in_process(home: Path, report: Report, requests: int, *, steady: bool) -> None:
    root, handler = logging.getLogger(), _Ids()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        application = loadapp(f"config:{write_ini(home)}")
        send = in_process(application)
        servers = [_made(send) for _ in range(THREADS)]
        soak = Soak(Kinds(send, servers), requests, memory, warm=2 * requests // 5)
        files, began = descriptors(), time.monotonic()
        soak.run()
        took = time.monotonic() - began
        left = descriptors() - files
        close(application)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    soak.report(report, "in process")
    report.tell("in process: requests a second", round(requests / took))
    report.tell("in process: log records", handler.count)
    if steady:
        soak.report_memory(report, "in process", most=1)
    # One database file and its log for each connection of the pools.
    report.promise("in process: descriptors more than at first", left <= 2 * 3 * THREADS, left)
    for status, count in sorted(soak.statuses.items()) if steady else ():
        report.tell(f"  {status}", count)


def _made(send: Send) -> str:
    reply = send("POST", "/v2.1/servers", _SERVER)
    assert reply.status == 202, reply
    server_id: str = json.loads(reply.body)["server"]["id"]
    return server_id


_PROBE = """
import threading

from tests.reliability.soak import THREADS, fill_caches, memory

def factory(global_conf):
    fill_caches()
    # Each of the server's threads has one of these requests, and none of them two.
    all_of_them = threading.Barrier(THREADS)

    def probe(environ, start_response):
        if environ["QUERY_STRING"] == "fill":
            fill_caches()
            all_of_them.wait(30)
        body = " ".join(map(str, memory())).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return probe
"""


def _over_http(home: Path, report: Report, requests: int, *, steady: bool) -> None:
    port = free_port()
    ini = write_ini(home)
    # What the server itself says of its memory, when it has given back what it has freed.
    (home / "probe.py").write_text(_PROBE)
    text = ini.read_text().replace("port = 8774", "port = 8774\nthreads = 16")
    text = text.replace("/: oscomputeversions\n", "/: oscomputeversions\n/probe: probe\n", 1)
    ini.write_text(text + "\n[app:probe]\npaste.app_factory = probe:factory\n")
    with running(serve(ini, "--log-level", "WARNING", port=port), home, port) as server:
        send = OverHTTP(port)
        servers = [_made(send) for _ in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as clients:
            assert {told[0] for told in clients.map(server.get, ["/probe?fill"] * THREADS)} == {200}
        files = descriptors(server.process.pid)
        soak = Soak(Kinds(send, servers), requests, lambda: _told(server), warm=requests // 2)
        began = time.monotonic()
        soak.run()
        took = time.monotonic() - began
        send.close()
        soak.report(report, "over HTTP")
        report.tell("over HTTP: requests a second", round(requests / took))
        if steady:
            # So few requests end before all is warm; an object that is kept of each would be more.
            soak.report_memory(report, "over HTTP", most=32)
        _descriptors_settle(server, report, files)
        report.promise("over HTTP: no traceback in the log", "Traceback" not in server.log())


def _told(server: Server) -> tuple[int, int]:
    resident_now, in_use = server.get("/probe")[2].split()
    return int(resident_now), int(in_use)


def _descriptors_settle(server: Server, report: Report, before: int) -> None:
    """The clients have closed their connections; the pools of the databases stay open."""
    allowed = before + 2 * 3 * THREADS
    until(lambda: descriptors(server.process.pid) <= allowed, "descriptors are left open")
    left = descriptors(server.process.pid) - before
    report.promise("over HTTP: descriptors more than at first", left <= 2 * 3 * THREADS, left)


def run(long: bool) -> Report:
    """Soak the service.

    :param long: a million requests, instead of a few thousand.
    """
    report = Report()
    with tempfile.TemporaryDirectory() as home:
        _in_process(Path(home), report, 1_000_000 if long else 800, steady=long)
    with tempfile.TemporaryDirectory() as home:
        _over_http(Path(home), report, 60_000 if long else 200, steady=long)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


if __name__ == "__main__":
    sys.exit(main())
