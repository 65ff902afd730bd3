"""Slow and greedy clients, each an attack on a server that goes on until it is told to stop."""

from __future__ import annotations

import collections
import gzip
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.reliability._serving import PATIENCE, Server

SLOWLORIS = "Slowloris of 300"
#: As many connections as that one holds: three times what waitress takes.
CONNECTIONS = 300

_TOKEN = b"X-Auth-Token: alice:demo\r\nHost: a.example\r\n"
_POST = b"POST /v2.1/servers HTTP/1.1\r\n" + _TOKEN + b"Content-Type: application/json\r\n"


@contextmanager
def attacking(server: Server, name: str) -> Iterator[collections.Counter[int]]:
    """Attack in a process of its own until the block ends; then the counter has what the attacker was told.

    :param server: whom.
    :param name: one of :func:`requests`, or :data:`SLOWLORIS`.
    """
    # Forked processes would have this one's sockets.
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    process = context.Process(target=_attack, args=(server.port, name, stop, results))
    told: collections.Counter[int] = collections.Counter()
    process.start()
    try:
        # The attacker says when it begins.
        results.get(timeout=PATIENCE)
        yield told
    finally:
        stop.set()
        told.update(results.get(timeout=PATIENCE))
        process.join(PATIENCE)


def _attack(port: int, name: str, stop: Any, results: Any) -> None:
    told: collections.Counter[int] = collections.Counter()
    if name == SLOWLORIS:
        _hold(port, stop, told, results)
    else:
        data = requests()[name]
        results.put(None)
        while not stop.wait(0.05):
            told[once(port, data)] += 1
    results.put(told)


def _hold(port: int, stop: Any, told: collections.Counter[int], results: Any) -> None:
    """Hold connections whose headers never end, a line a second; open a hundred a second where they are closed."""
    held: list[socket.socket] = []
    turn = 0
    while not stop.wait(0.1 if held else 0.0):
        turn += 1
        for one in held[turn % 10 :: 10]:
            try:
                one.sendall(b"X-a: b\r\n")
            except OSError:
                held.remove(one)
                told[_status(one)] += 1
        most = CONNECTIONS if results is not None else min(CONNECTIONS, len(held) + 10)
        while len(held) < most and not stop.is_set():
            try:
                one = socket.create_connection(("127.0.0.1", port), timeout=5)
                one.sendall(b"GET /v2.1/servers HTTP/1.1\r\n" + _TOKEN)
                held.append(one)
            except OSError:
                break
        if results is not None:
            results.put(None)
            results = None
    for one in held:
        one.close()


def once(port: int, data: bytes) -> int:
    """Send a request on a connection of its own; return the reply's status, 0 for none."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
        try:
            one.sendall(data)
        except OSError:
            # The server has refused it before its end; what it said is still there to be read.
            return _status(one)
        return _status(one)


def requests() -> dict[str, bytes]:
    """Return the greedy requests, by name."""
    body = b'{"server": {"name": "' + b"x" * (50 << 20) + b'"}}'
    bomb = gzip.compress(b'{"server": "' + b"0" * (64 << 20) + b'"}', 9)
    chunks = b"".join(b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20)) for _ in range(50)) + b"0\r\n\r\n"
    million = b"&".join(b"k%d=" % n for n in range(1_000_000))
    get = b"GET /v2.1/servers HTTP/1.1\r\n" + _TOKEN
    return {
        "10,000 headers": get + b"".join(b"X-H-%d: value\r\n" % n for n in range(10_000)) + b"\r\n",
        "a header of 1 MB": get + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n",
        "a body of 50 MB": _POST + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        "50 MB in chunks": _POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
        "a million parameters": b"GET /v2.1/servers?" + million + b" HTTP/1.1\r\n" + _TOKEN + b"\r\n",
        "a zip bomb": _POST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb,
    }


def _status(one: socket.socket) -> int:
    try:
        head = one.recv(64)
        while head.startswith(b"HTTP/1.1 100"):
            head = one.recv(64)
    except OSError:
        return 0
    return int(head[9:12]) if head[:5] == b"HTTP/" and head[9:12].isdigit() else 0
