"""Sends requests to an application in this process, and holds each to what is promised of any request.

1. No exception leaves the application, and no status is 5xx.
2. What a server needs is right: one status, headers that are text without line ends, a body of the length that
   is declared, none for HEAD, 204 and 304.
3. A 4xx is at most 64 KiB, headers included.
4. A request takes at most 50 ms of the processor. One that took longer is sent again, a few times: the least
   counts, since the machine's and the collector's own work is none of the request's.
"""

from __future__ import annotations

import io
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

SMALL, MILLISECONDS = 64 * 1024, 50.0
_STATUS = re.compile(r"[1-5][0-9]{2} [ -~]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")


class Broken(AssertionError):
    """A promise was broken."""


@dataclass(slots=True)
class Seen:
    """What was seen of many requests.

    :param requests: how many were sent.
    :param statuses: how many replies had which status.
    :param slowest: the most that one took of the processor, in milliseconds.
    :param largest: the largest 4xx, in bytes.
    """

    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    slowest: float = 0.0
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    milliseconds: float

    def header(self, name: str) -> str | None:
        """Return a header's value, the last one; None without."""
        return {k.lower(): v for k, v in self.headers}.get(name.lower())


class Judge:
    """Judges the replies of one application.

    :param application: it.
    :param seen: where the counts go.
    :param milliseconds: the most of the processor that a request may take.
    """

    def __init__(
        self, application: Any, seen: Seen | None = None, *, milliseconds: float = MILLISECONDS
    ) -> None:
        self.application, self.seen, self._most = application, seen or Seen(), milliseconds

    def __call__(self, request: dict[str, Any], body: bytes = b"") -> Reply:
        """Send a request.

        :param request: what stands in the environ beside what every server puts there.
        :param body: the body.
        :raises Broken: the reply breaks a promise.
        """
        reply = send(self.application, request, body)
        for _ in range(4):
            if reply.milliseconds > self._most:
                reply = min(reply, send(self.application, request, body), key=lambda r: r.milliseconds)
        seen, status = self.seen, reply.status
        seen.requests += 1
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        seen.slowest = max(seen.slowest, reply.milliseconds)
        size = len(reply.body) + sum(len(k) + len(v) + 4 for k, v in reply.headers)
        if status >= 500:
            raise Broken(f"{status}: {reply.body[:300]!r}")
        if status >= 400:
            seen.largest = max(seen.largest, size)
            if size > SMALL:
                raise Broken(f"a {status} of {size} bytes")
        if reply.milliseconds > self._most:
            raise Broken(f"{reply.milliseconds:.0f} ms of the processor for a {status}")
        return reply


def send(application: Any, request: dict[str, Any], body: bytes = b"") -> Reply:
    """Send one request, and check that the reply is one.

    :raises Broken: it isn't, or an exception came instead.
    """
    environ = environ_of(request, body)
    started: list[Any] = []
    chunks: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if started and not exc_info:
            raise Broken("the reply was started twice")
        started[:] = [status, list(headers)]
        return chunks.append

    begun = time.thread_time_ns()
    try:
        result = application(environ, start_response)
        try:
            chunks.extend(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
    except Broken:
        raise
    except BaseException as error:
        raise Broken(f"{type(error).__name__} left the application: {error}") from error
    taken = (time.thread_time_ns() - begun) / 1e6
    if not started:
        raise Broken("no reply was started")
    _check(started[0], started[1], chunks, environ["REQUEST_METHOD"])
    return Reply(int(started[0][:3]), started[1], b"".join(chunks), taken)


def environ_of(request: dict[str, Any], body: bytes = b"") -> dict[str, Any]:
    """Return the environ of a request, as a server makes it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    environ.update(request)
    return {key: value for key, value in environ.items() if value is not None}


def _check(status: Any, headers: list[tuple[Any, Any]], chunks: list[Any], method: str) -> None:
    if type(status) is not str or not _STATUS.fullmatch(status):
        raise Broken(f"the status is {status!r}")
    for name, value in headers:
        if type(name) is not str or not _NAME.fullmatch(name):
            raise Broken(f"a header's name is {name!r}")
        if type(value) is not str or not _VALUE.fullmatch(value):
            raise Broken(f"the header {name} is {value!r}")
    if not all(type(chunk) is bytes for chunk in chunks):
        raise Broken("the body is no bytes")
    size = sum(map(len, chunks))
    lengths = [v for k, v in headers if k.lower() == "content-length"]
    if len(lengths) > 1:
        raise Broken("there are two lengths")
    if method == "HEAD" or status[:3] in ("204", "304"):
        if size:
            raise Broken(f"a body of {size} bytes where none may be")
    elif lengths and lengths[0] != str(size):
        raise Broken(f"the length says {lengths[0]}, the body has {size}")
