"""Bytes on a socket, to the compute example behind waitress and behind gunicorn."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.functional.computeapi import IMAGE, write_ini
from tests.ports import free_port
from tests.reliability._serving import Server, apirouter_serve, serving
from tests.reliability._table import Figure

_BODY = json.dumps({"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}).encode()
_TOKEN = "X-Auth-Token: alice:demo\r\nHost: a.example\r\n"
#: The example's limit, in bytes, and one more.
_OVER = 114688 + 1


class Connection:
    """One connection.

    :param server: to what.
    """

    def __init__(self, server: Server) -> None:
        self._socket = server.connect()
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc: Any) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, head: str, body: bytes = b"") -> Connection:
        """Send a request's first line and headers, and a body."""
        self._socket.sendall(head.encode("latin-1") + _TOKEN.encode() + b"\r\n" + body)
        return self

    def raw(self, data: bytes) -> Connection:
        """Send bytes."""
        self._socket.sendall(data)
        return self

    def reply(self, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Read one reply: status, headers by lower-case name, body.

        :param head: whether it answers HEAD.
        """
        line = self._reader.readline()
        if not line:
            raise ConnectionError("closed without a reply")
        status = int(line.split()[1])
        headers = {}
        while line := self._reader.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if head or status in (100, 204, 304):
            return status, headers, b""
        if "content-length" in headers:
            return status, headers, self._reader.read(int(headers["content-length"]))
        return status, headers, self._reader.read()

    def closed(self) -> bool:
        """Tell whether the server closes the connection; wait for it."""
        try:
            return self._reader.read(1) == b""
        except ConnectionResetError:
            return True

    def end(self) -> None:
        """Say that nothing more is going to be sent."""
        self._socket.shutdown(socket.SHUT_WR)


def http_1_0(server: Server) -> None:
    """HTTP/1.0: one reply, then the end."""
    with Connection(server) as one:
        status, _, body = one.send("GET /v2.1/flavors/1 HTTP/1.0\r\n").reply()
        assert (status, b"m1.tiny" in body) == (200, True)
        assert one.closed()


def http_1_0_keep_alive(server: Server) -> None:
    """HTTP/1.0 with keep-alive: a length, or the end."""
    with Connection(server) as one:
        status, headers, _ = one.send("GET /v2.1/flavors/1 HTTP/1.0\r\nConnection: keep-alive\r\n").reply()
        assert status == 200
        if headers.get("connection", "").lower() == "keep-alive":
            assert one.send("GET /v2.1/flavors/2 HTTP/1.0\r\n").reply()[0] == 200
        assert one.closed()


def keep_alive(server: Server) -> None:
    """HTTP/1.1: many requests on one connection, HEAD and 404 among them."""
    with Connection(server) as one:
        for _ in range(3):
            assert one.send("GET /v2.1/flavors/1 HTTP/1.1\r\n").reply()[0] == 200
            assert one.send("HEAD /v2.1/flavors/1 HTTP/1.1\r\n").reply(head=True)[0] == 200
            assert one.send("GET /v2.1/nope HTTP/1.1\r\n").reply()[0] == 404
            assert one.send("DELETE /v2.1/flavors HTTP/1.1\r\n").reply()[0] == 405


def pipelining(server: Server) -> None:
    """Requests sent at once are answered in order."""
    wanted = ["1", "2", "nope", "3"]
    requests = b"".join(f"GET /v2.1/flavors/{n} HTTP/1.1\r\n{_TOKEN}\r\n".encode() for n in wanted)
    with Connection(server) as one:
        one.raw(requests)
        replies = [one.reply() for _ in wanted]
        assert [status for status, _, _ in replies] == [200, 200, 404, 200]
        assert [json.loads(body)["flavor"]["id"] for s, _, body in replies if s == 200] == ["1", "2", "3"]


def pipelining_behind_a_body(server: Server) -> None:
    """A body that nobody wanted is not the next request."""
    hidden = f"GET /v2.1/flavors/2 HTTP/1.1\r\n{_TOKEN}\r\n".encode()
    with Connection(server) as one:
        one.send(f"POST /v2.1/nope HTTP/1.1\r\nContent-Length: {len(hidden)}\r\n", hidden)
        assert one.reply()[0] == 404
        try:
            status, _, body = one.send("GET /v2.1/flavors/3 HTTP/1.1\r\n").reply()
        except (ConnectionError, BrokenPipeError):
            return
        assert (status, json.loads(body)["flavor"]["id"]) == (200, "3")


def expect_continue(server: Server) -> None:
    """``Expect: 100-continue``: leave to go on, then the reply."""
    head = (
        f"POST /v2.1/servers HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n"
    )
    with Connection(server) as one:
        one.send(f"{head}Expect: 100-continue\r\n")
        assert one.reply()[0] == 100
        assert one.raw(_BODY).reply()[0] == 202


def expect_too_much(server: Server) -> None:
    """``Expect: 100-continue`` of a body over the limit: 413, sent or not."""
    with Connection(server) as one:
        one.send(f"POST /v2.1/servers HTTP/1.1\r\nContent-Length: {_OVER}\r\nExpect: 100-continue\r\n")
        status = one.reply()[0]
        if status == 100:
            status = one.raw(b"x" * _OVER).reply()[0]
        assert status == 413


def chunked(server: Server) -> None:
    """A chunked body is the same body."""
    head = "POST /v2.1/servers HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    pieces = [_BODY[at : at + 10] for at in range(0, len(_BODY), 10)]
    data = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    with Connection(server) as one:
        assert one.send(head, data + b"0\r\n\r\n").reply()[0] == 202
        assert one.send("GET /v2.1/flavors/1 HTTP/1.1\r\n").reply()[0] == 200


def chunked_too_much(server: Server) -> None:
    """A chunked body over the limit is 413."""
    head = "POST /v2.1/servers HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    data = b"%x\r\n%s\r\n0\r\n\r\n" % (_OVER, b"[" + b" " * (_OVER - 1))
    with Connection(server) as one:
        assert one.send(head, data).reply()[0] == 413


def two_ends(server: Server) -> None:
    """A length and chunks: a 400, or the chunks alone and then the end; never a second request."""
    data = b"0\r\n\r\nGET /v2.1/flavors/2 HTTP/1.1\r\n" + _TOKEN.encode() + b"\r\n"
    head = f"POST /v2.1/servers HTTP/1.1\r\nContent-Length: {len(data)}\r\nTransfer-Encoding: chunked\r\n"
    with Connection(server) as one:
        assert one.send(head, data).reply()[0] in (400, 501)
        assert one.closed()


def gone_midway(server: Server) -> None:
    """A client that goes away in the middle of its body leaves the server as it was."""
    with Connection(server) as one:
        one.send("POST /v2.1/servers HTTP/1.1\r\nContent-Length: 1000\r\n", b"{")
    keep_alive(server)


def malformed(server: Server) -> None:
    """What is no HTTP is refused, or the connection ends; the server goes on."""
    for data in (
        b"\r\n\r\n\0\0\0",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / \xff\r\n\r\n",
    ):
        with Connection(server) as one:
            one.raw(data).end()
            try:
                assert one.reply()[0] in (200, 300, 400, 404, 414, 431, 501, 505)
            except (ConnectionError, ValueError, IndexError):
                continue
    keep_alive(server)


CASES: tuple[Callable[[Server], None], ...] = (
    http_1_0, http_1_0_keep_alive, keep_alive, pipelining, pipelining_behind_a_body, expect_continue,
    expect_too_much, chunked, chunked_too_much, two_ends, gone_midway, malformed,
)  # fmt: skip


def over_sockets(rounds: int) -> list[Figure]:
    """Try every case, against each server that is installed.

    :param rounds: how often.
    """
    figures = []
    for name, more in (("waitress", ()), ("gunicorn", ("--workers", "1"))):
        if importlib.util.find_spec(name) is None:
            figures.append(Figure(f"{name}, cases over sockets", "not tried: it is not installed"))
            continue
        with tempfile.TemporaryDirectory() as directory:
            port = free_port()
            ini = write_ini(Path(directory))
            with serving(apirouter_serve(ini, port, *more), port, cwd=Path(directory)) as server:
                figures.append(_tried(name, server, rounds))
    return figures


def _tried(name: str, server: Server, rounds: int) -> Figure:
    broken: dict[str, str] = {}
    for _ in range(rounds):
        for case in CASES:
            try:
                case(server)
            except (AssertionError, OSError, ValueError) as error:
                broken.setdefault(case.__name__, f"{type(error).__name__}: {error}")
    for case_name, problem in broken.items():
        sys.stdout.write(f"{name}, {case_name}: {problem}\n")
    if "Traceback" in server.said:
        broken["log"] = "a traceback"
        sys.stdout.write(server.said[-4000:])
    count = f"{rounds * len(CASES)} ({', '.join(broken)} broken)" if broken else str(rounds * len(CASES))
    return Figure(f"{name}, cases over sockets", count, "as RFC 9112 has it", not broken)
