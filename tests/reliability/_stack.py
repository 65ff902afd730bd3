"""What the WSGI program puts together: every filter, applications of every manner, inputs of every kind."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Iterator
from typing import Any

from apirouter.filters import (
    cors,
    faultwrap,
    healthcheck,
    http_proxy_to_wsgi,
    legacy_v2_compatible,
    noauth2,
    profiler,
    request_id,
    request_log,
    sizelimit,
)
from apirouter.fusion import fuse

Wrap = Callable[[Any], Any]


def filters(htpasswd: str) -> dict[str, Wrap]:
    """Return what wraps an application in each filter of the library, by name.

    :param htpasswd: path of a password file.
    """
    found: dict[str, Wrap] = {
        "cors": cors.filter_factory({}, allowed_origin="https://a.example"),
        "healthcheck": healthcheck.filter_factory({}, detailed="yes"),
        "http_proxy_to_wsgi": http_proxy_to_wsgi.filter_factory({}, trusted_proxies="127.0.0.1"),
        "request_id": request_id.filter_factory({}),
        "compute_req_id": request_id.compute_req_id_factory({}),
        "request_log": request_log.filter_factory({}),
        "faultwrap": faultwrap.filter_factory({}),
        "sizelimit": sizelimit.filter_factory({}, max_request_body_size="1000"),
        "profiler": profiler.filter_factory({}, enabled="yes"),
        "noauth2": noauth2.filter_factory({}),
        "legacy_v2_compatible": legacy_v2_compatible.filter_factory({}),
    }
    if importlib.util.find_spec("bcrypt"):
        from apirouter.filters import basic_auth

        found["basic_auth"] = basic_auth.filter_factory({}, htpasswd=htpasswd)
    if importlib.util.find_spec("limits"):
        from apirouter.filters import ratelimit

        found["ratelimit"] = ratelimit.filter_factory({}, limit="100000 per second")
    if importlib.util.find_spec("prometheus_client"):
        from apirouter.filters import metrics

        found["metrics"] = metrics.filter_factory({})
    if importlib.util.find_spec("opentelemetry"):
        from apirouter.filters import tracing

        found["tracing"] = tracing.filter_factory({})
    # All of them at once, in the documented order.
    order = [
        "cors",
        "healthcheck",
        "http_proxy_to_wsgi",
        "compute_req_id",
        "request_log",
        "metrics",
        "tracing",
    ]
    order += ["faultwrap", "sizelimit", "profiler", "ratelimit", "noauth2", "legacy_v2_compatible"]
    inside_out = [found[name] for name in reversed(order) if name in found]

    def stacked(application: Any) -> Any:
        for wrap in inside_out:
            application = wrap(application)
        return application

    found["all of them"] = stacked
    found["all of them, fused"] = lambda application: fuse(stacked(application))
    return found


class Trouble(Exception):
    """What a misbehaving application raises."""


class Body:
    """A reply's iterable that may raise, and knows how often it was closed.

    :param chunks: what it yields.
    :param at: before which chunk it raises; None for never. As many as there are: at the end.
    :param on_close: whether ``close`` raises too.
    """

    def __init__(self, chunks: list[bytes], at: int | None = None, *, on_close: bool = False) -> None:
        self._chunks, self._at, self._on_close = chunks, at, on_close
        self._given = self.closed = 0

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        if self._given == self._at:
            raise Trouble("while iterating")
        if self._given >= len(self._chunks):
            raise StopIteration
        self._given += 1
        return self._chunks[self._given - 1]

    def close(self) -> None:
        """Count."""
        self.closed += 1
        if self._on_close:
            raise Trouble("while closing")


_HEAD = ("200 OK", [("Content-Type", "text/plain")])
CHUNKS = [b"a", b"bb", b"ccc"]


class Manner:
    """An application of some manner.

    :param name: the manner.
    :param conforms: whether PEP 3333 allows it.
    :param answer: called with ``start_response`` and a new body; returns the reply's iterable.
    :param body: the body's arguments.
    """

    def __init__(self, name: str, conforms: bool, answer: Callable[[Any, Body], Any], **body: Any) -> None:
        self.name, self.conforms, self._answer = name, conforms, answer
        self.body = Body(CHUNKS, **body)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(start_response, self.body)


def manners() -> Iterator[Manner]:
    """Yield applications of every manner, each new."""

    def plain(start: Any, body: Body) -> Any:
        start(*_HEAD)
        return body

    def listed(start: Any, body: Body) -> Any:
        start(*_HEAD)
        return list(CHUNKS)

    def lazily(start: Any, body: Body) -> Any:
        def run() -> Iterator[bytes]:
            try:
                start(*_HEAD)
                yield from body
            finally:
                body.close()

        return run()

    def written(start: Any, body: Body) -> Any:
        write = start(*_HEAD)
        write(b"a")
        write(b"bb")
        return [b"ccc"]

    def written_and_raised(start: Any, body: Body) -> Any:
        start(*_HEAD)(b"a")
        raise Trouble("after write")

    def raised(start: Any, body: Body) -> Any:
        raise Trouble("at once")

    def started_and_raised(start: Any, body: Body) -> Any:
        start(*_HEAD)
        raise Trouble("after the start")

    def started_twice(start: Any, body: Body) -> Any:
        start(*_HEAD)
        start("201 Created", [("Content-Type", "text/plain")])
        return body

    def started_anew(start: Any, body: Body) -> Any:
        start("202 Accepted", [("Content-Type", "text/plain")])
        try:
            raise Trouble("on the way")
        except Trouble as error:
            start(*_HEAD, (Trouble, error, error.__traceback__))
        return body

    def started_anew_too_late(start: Any, body: Body) -> Any:
        def run() -> Iterator[bytes]:
            start(*_HEAD)
            yield b"a"
            error = Trouble("on the way")
            start("500 Oops", [("Content-Type", "text/plain")], (Trouble, error, None))
            yield b"not this"

        return run()

    def never_started(start: Any, body: Body) -> Any:
        return body

    yield Manner("a list", True, listed)
    yield Manner("an iterable", True, plain)
    yield Manner("a generator that starts the reply", True, lazily)
    yield Manner("write()", True, written)
    yield Manner("a start that replaces the first", True, started_anew)
    yield Manner("raises at once", False, raised)
    yield Manner("raises after the start", False, started_and_raised)
    yield Manner("raises after write()", False, written_and_raised)
    yield Manner("raises at the first chunk", False, plain, at=0)
    yield Manner("raises at the middle chunk", False, plain, at=1)
    yield Manner("raises at the end", False, plain, at=3)
    yield Manner("raises in close", False, plain, on_close=True)
    yield Manner("raises in the middle and in close", False, plain, at=1, on_close=True)
    yield Manner("raises lazily at the first chunk", False, lazily, at=0)
    yield Manner("starts twice", False, started_twice)
    yield Manner("starts anew when it is too late", False, started_anew_too_late)
    yield Manner("never starts", False, never_started)


class Outcome:
    """What a server saw of one request; :meth:`serve` is that server, as strict as PEP 3333."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []
        self.error: BaseException | None = None
        self._sent = False

    def serve(self, application: Any, environ: dict[str, Any]) -> Outcome:
        """Serve one request."""
        try:
            result = application(environ, self._start)
            try:
                for chunk in result:
                    self._write(chunk)
                if not self.status:
                    raise AssertionError("the reply was never started")
            finally:
                if hasattr(result, "close"):
                    result.close()
        except Exception as error:
            self.error = error
        return self

    @property
    def body(self) -> bytes:
        """What was sent."""
        return b"".join(self.chunks)

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if exc_info:
            if self._sent:
                raise exc_info[1].with_traceback(exc_info[2])
        elif self.status:
            raise AssertionError("the reply was started twice")
        self.status, self.headers = status, list(headers)
        return self._write

    def _write(self, chunk: bytes) -> None:
        if not self.status:
            raise AssertionError("the body came before the status")
        if chunk:
            self._sent = True
        self.chunks.append(chunk)


class Input(io.RawIOBase):
    """A request's input as some servers have it.

    :param data: what the client sends.
    :param piece: the most that one read gives.
    :param seekable: whether it can go back.
    :param terminated: whether it ends by itself; another hangs for who reads past the end: here it raises.
    :param breaks: whether the connection breaks at the end.
    """

    def __init__(
        self,
        data: bytes,
        *,
        piece: int = 1 << 20,
        seekable: bool = False,
        terminated: bool = True,
        breaks: bool = False,
    ) -> None:
        super().__init__()
        self._inner, self._piece, self._seekable = io.BytesIO(data), piece, seekable
        self._left, self._terminated, self._breaks = len(data), terminated, breaks

    def read(self, size: int | None = -1) -> bytes:
        """Read some."""
        if size is None or size < 0:
            size = 1 << 20
        return self._give(self._inner.read(min(size, self._piece)), size)

    def readline(self, size: int | None = -1) -> bytes:
        """Read a line."""
        limit = self._piece if size is None or size < 0 else min(size, self._piece)
        return self._give(self._inner.readline(limit), limit)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back, if it can."""
        if not self._seekable:
            raise OSError("not seekable")
        return self._inner.seek(offset, whence)

    def _give(self, data: bytes, size: int) -> bytes:
        if not data and size:
            if self._breaks:
                raise ConnectionResetError("the client went away")
            if not self._terminated:
                raise AssertionError("read past the end: a server's socket would hang here")
        return data
