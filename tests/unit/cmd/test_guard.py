"""Clients that say two things at once, say too much, or say nothing at all."""

from __future__ import annotations

import types
from typing import Any

import pytest

pytest.importorskip("waitress")

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

from apirouter.cmd import _guard


def parsed(data: bytes, kind: type[HTTPRequestParser] = _guard.Parser) -> Any:
    parser = kind(Adjustments())
    parser.received(data)
    return parser


def test_a_length_beside_chunks_is_a_400() -> None:
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert parsed(data).error.code == 400
    assert parsed(data, HTTPRequestParser).error is None, "waitress does it by itself now: drop ours"


@pytest.mark.parametrize("head", ["Content-Length: 0", "Transfer-Encoding: chunked"])
def test_one_end_is_read(head: str) -> None:
    assert parsed(f"POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n".encode()).error is None


@pytest.mark.parametrize(("fields", "code"), [(99, None), (101, 431), (9000, 431)])
def test_more_fields_than_anybody_sends_are_a_431(fields: int, code: int | None) -> None:
    lines = "".join(f"X-{n}: a\r\n" for n in range(fields))
    assert getattr(parsed(f"GET / HTTP/1.1\r\n{lines}\r\n".encode()).error, "code", None) == code


class FakeSocket:
    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)


def connection(since: float, **state: Any) -> Any:
    closed: list[bool] = []
    return types.SimpleNamespace(
        **{"requests": [], "request": None, "total_outbufs_len": 0, **state},
        waits_since=since,
        socket=FakeSocket(),
        closed=closed,
        handle_close=lambda: closed.append(True),
    )


def server_of(*channels: Any, limit: int = 12) -> Any:
    adj = types.SimpleNamespace(connection_limit=limit)
    return types.SimpleNamespace(active_channels=dict(enumerate(channels)), adj=adj)


def test_the_slowest_client_makes_room_and_is_told() -> None:
    slow, slower = connection(5.0, request=object()), connection(2.0, request=object())
    working, fresh = connection(1.0, requests=[object()]), connection(9.0)
    _guard.make_room(server_of(slow, slower, working, fresh))
    assert [bool(c.closed) for c in (slow, slower, working, fresh)] == [False, True, False, False]
    assert slower.socket.sent.startswith(b"HTTP/1.1 408 ")


def test_nobody_goes_while_there_is_room_or_everybody_is_being_served() -> None:
    waiting = [connection(float(n)) for n in range(3)]
    _guard.make_room(server_of(*waiting))
    busy = [connection(float(n), requests=[object()]) for n in range(20)]
    _guard.make_room(server_of(*busy))
    assert not any(c.closed for c in (*waiting, *busy))


def test_a_connection_that_idles_between_requests_is_closed_without_a_word() -> None:
    idle = [connection(float(n)) for n in range(4)]
    _guard.make_room(server_of(*idle))
    assert [bool(c.closed) for c in idle] == [True, False, False, False]
    assert idle[0].socket.sent == b""
