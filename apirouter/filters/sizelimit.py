"""Lets no request body be larger than a limit.

1. ``Content-Length`` says over: 413 at once, nothing is read.
2. It is malformed, signed, given twice, or beside a ``Transfer-Encoding``: 400 at once. Two readers of such a
   request may see two different ones (request smuggling, RFC 9112, 6.3).
3. Whatever it says or lacks, at most limit + 1 bytes are read from the server, by ``read``, ``readline``,
   ``readlines`` or iteration; the last of them raises, and the raiser's filter answers 413.
4. Nothing is read before the application asks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from apirouter.errors import BadHeader, RequestError, RequestTooLarge
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.replies import GuardedBody, is_plain, is_unstarted, restarting
from apirouter.fusion import Step
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

#: 112 KiB, as oslo.middleware has it.
DEFAULT_LIMIT = 114688

_READ_ALL = 65536
#: How much of what was read is kept.
_KEPT = 1 << 20


def _size(text: str) -> int:
    word = text.strip().lower()
    unit = {"k": 1024, "m": 1024**2, "g": 1024**3}.get(word[-1:], 1)
    digits = word[:-1] if unit > 1 else word
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("is not a size in bytes (114688, 112k, 5m)")
    return int(digits) * unit


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``sizelimit``.

    :param max_request_body_size: the most bytes of a body that are accepted; ``112k``, ``5m`` too.
    :param oslo_config_project: read by oslo.middleware's filter of this name; no effect here.
    """

    max_request_body_size: int = option(DEFAULT_LIMIT, parse=_size, aliases=("limit",))
    oslo_config_project: str = ""


class LimitedInput:
    """A request's input that raises once more than a limit was read; :meth:`of` makes it.

    Each limit has a class of its own, without a constructor: setting what is the same for all, and calling one,
    would cost a request as much as all the rest. Filters of the default limit share this one, and so what the
    interpreter learns of its attributes.
    """

    __slots__ = ("_left", "_read", "_stream")

    #: The most bytes that are handed on.
    limit: ClassVar[int] = DEFAULT_LIMIT
    _stream: InputStream
    _left: int
    #: What was read; not there before the first time.
    _read: list[bytes]

    @classmethod
    def kind_of(cls, limit: int) -> type[LimitedInput]:
        """Return the class of inputs that are limited to so many bytes."""
        return cls if limit == cls.limit else type(cls.__name__, (cls,), {"__slots__": (), "limit": limit})

    @classmethod
    def of(cls, stream: InputStream, limit: int) -> LimitedInput:
        """Return an input that reads from another.

        :param stream: the server's ``wsgi.input``.
        :param limit: the most bytes that are handed on.
        """
        limited = cls.kind_of(limit)()
        limited._stream, limited._left = stream, limit
        return limited

    def read(self, size: int | None = -1, /) -> bytes:
        """Read ``size`` bytes; all there are when it is negative or None.

        :raises RequestTooLarge: there are more than the limit.
        """
        if size is not None and 0 < size <= self._left:
            # The usual call; _take() would do the same at twice the cost.
            before = self._left
            data: bytes = self._stream.read(size)
            self._left = left = before - len(data)
            if left < 0:
                raise RequestTooLarge(self.limit)
            if before == self.limit:
                self._read = [data]
            else:
                self._keep(data)
            return data
        if size is not None and size >= 0:
            return self._take(self._stream.read, size) if size else b""
        chunks = []
        # A stream that is no buffered one may return less than it was asked for.
        while chunk := self._take(self._stream.read, _READ_ALL):
            chunks.append(chunk)
        return b"".join(chunks)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read up to a line's end, or ``size`` bytes of it.

        :raises RequestTooLarge: there are more than the limit.
        """
        if size == 0:
            return b""
        return self._take(self._stream.readline, self._left + 1 if size is None or size < 0 else size)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Read lines until ``hint`` bytes are reached; all of them when it is absent.

        :raises RequestTooLarge: there are more than the limit.
        """
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go back to the start of an input that a filter outside has read into memory.

        :raises OSError: it is no such input, or another place is asked for.
        """
        rewind = getattr(self._stream, "seek", None)
        if rewind is None or offset or whence:
            raise OSError("a request's input can't be sought")
        # One that can't go back raises here, and no more of it may be read than before.
        place = int(rewind(0))
        self._left = self.limit
        return place

    @property
    def seen(self) -> bytes:
        """What was read so far, for who keeps it out of a log; empty where that was more than 1 MiB."""
        return b"".join(self._read) if 0 < self.limit - self._left <= min(_KEPT, self.limit) else b""

    def __iter__(self) -> LimitedInput:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _take(self, read: Any, size: int) -> bytes:
        left = self._left
        if left < 0:
            raise RequestTooLarge(self.limit)
        data: bytes = read(min(size, left + 1))
        self._left = left = left - len(data)
        if left < 0:
            raise RequestTooLarge(self.limit)
        self._keep(data)
        return data

    def _keep(self, data: bytes) -> None:
        have = self.limit - self._left
        if have == len(data):
            # Nothing was read before.
            self._read = [data]
        elif have <= _KEPT:
            self._read.append(data)
        else:
            # An upload that is handed on in pieces is not to stand in memory whole.
            self._read = []


def declared_length(environ: WSGIEnvironment) -> int | None:
    """Return the length that a request declares, or None.

    :raises BadHeader: it is no length, or contradicts another header.
    """
    text = environ.get("CONTENT_LENGTH") or ""
    if not text:
        return None
    if "HTTP_CONTENT_LENGTH" in environ and environ["HTTP_CONTENT_LENGTH"] != text:
        raise BadHeader("Content-Length", "is given twice")
    if not (text.isascii() and text.isdigit()):
        raise BadHeader("Content-Length", "is not a length")
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise BadHeader("Content-Length", "contradicts Transfer-Encoding")
    if len(text) < 19:
        return int(text)
    # A number of any length is well formed, and int() refuses some thousands of digits.
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < 19 else 10**19


_LINES = """
refusal = None
if "CONTENT_LENGTH" in environ:
    refusal = refuse(environ, START)
if refusal is not None:
    body = refusal
else:
    limited = kind()
    limited._stream = environ["wsgi.input"]
    limited._left = limit
    environ["wsgi.input"] = limited
    try:
        INSIDE
        body = guarded(body, environ, START)
    except RequestTooLarge as error:
        body = answer(error, environ, START)
"""


class RequestBodySizeLimiter(Filter):
    """Refuse bodies over a limit (see the module)."""

    __slots__ = ("_faults", "_kind", "_limit")
    options = Options

    def prepare(self) -> None:
        """Take the limit and the names of faults."""
        self._limit: int = self.settings.max_request_body_size
        self._faults: FaultFormat = self.settings.fault_format(self.application)
        self._kind = LimitedInput.kind_of(self._limit)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        limit, kind = self._limit, self._kind

        def sizelimit(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if "CONTENT_LENGTH" in environ:
                refusal = self._refusal(environ, start_response)
                if refusal is not None:
                    return refusal
            limited = kind()
            limited._stream = environ["wsgi.input"]
            limited._left = limit
            environ["wsgi.input"] = limited
            try:
                body = inner(environ, start_response)
            except RequestTooLarge as error:
                return self._answer(error, environ, start_response)
            return body if type(body) is list else self._guarded(body, environ, start_response)

        return sizelimit

    def fusion_step(self) -> Step:
        """Return what it does with any request."""
        return Step(
            lines=_LINES,
            names={
                "limit": self._limit,
                "kind": self._kind,
                "refuse": self._refusal,
                "guarded": self._guarded,
                "answer": self._answer,
                "RequestTooLarge": RequestTooLarge,
            },
        )

    def _refusal(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer a request whose length says that it is not to be read; None for any other."""
        try:
            length = declared_length(environ)
            if length is not None and length > self._limit:
                raise RequestTooLarge(self._limit)
        except RequestError as error:
            return self._faults.reply(error, environ, start_response)
        return None

    def _guarded(
        self, body: Iterable[bytes], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if is_plain(body, environ):
            return body
        # A lambda among the lines above would make each request pay for what it closes over.
        taken = not is_unstarted(body)
        return GuardedBody(
            body, lambda error: self._answer(error, environ, start_response, taken), kinds=RequestTooLarge
        )

    def _answer(
        self,
        error: BaseException,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        taken: bool = False,
    ) -> Iterable[bytes]:
        return self._faults.reply(error, environ, restarting(start_response, error, taken=taken))


filter_factory = factory_of(RequestBodySizeLimiter)
