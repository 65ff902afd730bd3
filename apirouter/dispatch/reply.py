"""What a method returned -> a WSGI reply.

==================  =====================================================================
dict, list, tuple   serialized, with the stamped status or 200
None                the status with an empty body
ResponseObject      its data serialized; its own status and Content-Type beat the others
str, bytes          as they are
webob.Response      as it is, with the version headers added; so is any WSGI application
webob.exc error     one without a body of its own: the fault that it is when it is raised
file, iterator      its bytes as they come, closed by the server
==================  =====================================================================

Nothing is sent before the first bytes are there: what fails until then still ends in one clean fault.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import webob.exc

from apirouter.dispatch.negotiation import Headers
from apirouter.faults import header_text, merge_vary, same_origin, status_line
from apirouter.request import ResponseObject
from apirouter.serialization import Serializer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
#: Statuses whose replies have neither body nor type (RFC 9110).
BODILESS = frozenset((204, 304))
_CHUNK = 65536
#: Lengths up to here are kept as headers.
_KEPT_LENGTHS = 4096


class Lengths(dict[int, tuple[str, str]]):
    """Length of a body -> its Content-Length header; those of small bodies are made once."""

    def __missing__(self, length: int) -> tuple[str, str]:
        header = ("Content-Length", str(length))
        if length < _KEPT_LENGTHS:
            self[length] = header
        return header


def send(
    result: Any,
    code: int,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    version_headers: Headers,
    media_type: str,
    serializer: Serializer,
) -> Iterable[bytes]:
    """Answer a request with what a method returned.

    :param result: what it returned.
    :param code: the status, unless ``result`` has one of its own.
    :param environ: the request.
    :param start_response: called once, when nothing can fail any more.
    :param version_headers: version headers and Vary.
    :param media_type: the reply's media type.
    :param serializer: makes it.
    """
    extra: list[tuple[str, str]] = []
    typed, wrapped = None, isinstance(result, ResponseObject)
    if wrapped:
        code = result.code
        serializer = result.serializers.get(media_type.rpartition("/")[2], serializer)
        typed, extra, version_headers = _headers(result, version_headers)
        result = result.obj
    if result is None:
        body = b""
    elif isinstance(result, bytes):
        body, media_type = result, "application/octet-stream"
    elif isinstance(result, str) and (typed or not wrapped):
        body, media_type = result.encode("utf-8"), "text/plain; charset=UTF-8"
    elif isinstance(result, webob.exc.WSGIHTTPException) and result.status_int >= 400 and not result.body:
        raise result
    elif callable(result):
        return forward(result, environ, start_response, (*extra, *version_headers))
    elif hasattr(result, "read") or hasattr(result, "__next__"):
        typed = typed or "application/octet-stream"
        return _stream(result, code, environ, start_response, (*extra, *version_headers), typed)
    else:
        made = serializer.serialize(result)
        body = made.encode("utf-8") if isinstance(made, str) else made
    check_status(code)
    if code in BODILESS:
        start_response(status_line(code), [*extra, *version_headers])
        return []
    start_response(
        status_line(code),
        [
            ("Content-Type", typed or media_type),
            ("Content-Length", str(len(body))),
            *extra,
            *version_headers,
        ],
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _headers(
    result: ResponseObject, version_headers: Headers
) -> tuple[str | None, list[tuple[str, str]], Headers]:
    typed, extra = None, []
    own = {"content-length", *(n.lower() for n, _ in version_headers if n.lower() != "vary")}
    for name, value in result.headers.items():
        if name in own:
            continue
        # A location is percent-encoded: as its UTF-8 bytes, one by one, it would name another path.
        text = same_origin(value) if name == "location" else header_text(value)
        if name == "content-type":
            typed = text
        elif name == "vary":
            version_headers = merge_vary(version_headers, text)
        else:
            extra.append((header_name(name), text))
    return typed, extra, version_headers


def check_status(code: Any) -> None:
    """Refuse a status that no final reply has.

    :raises ValueError: it is no whole number from 200 to 599.
    """
    if isinstance(code, bool) or not isinstance(code, int) or not 200 <= code <= 599:
        raise ValueError(f"{code!r} is no status of a reply: it must be 200 to 599")


def header_name(name: object) -> str:
    """Return a header's name, words capitalized, nothing in it that could end the line.

    :raises ValueError: nothing is left.
    """
    found = "".join(_TOKEN.findall(str(name))).title()
    if not found:
        raise ValueError(f"{name!r} is no name of a header")
    return found


def forward(
    application: Callable[..., Iterable[bytes]],
    environ: WSGIEnvironment,
    start_response: StartResponse,
    version_headers: Headers,
) -> Iterable[bytes]:
    """Let a WSGI application answer (a ``webob.Response`` is one), and add the version headers to its reply.

    The application is not changed: a Response that a controller keeps may be returned again. Its reply is
    started when it has returned, or has its first bytes: what it raises until then ends in a fault.
    """
    told = _Told()
    body = application(environ, told.start)
    if not told.status:
        # An application may start its reply as late as with its first bytes.
        body = _Stream(body)
    try:
        if not told.status:
            raise RuntimeError("the application gave bytes and did not start its reply")
        start_response(told.status, _with_version(told.headers, version_headers))
    except BaseException:
        close(body)
        raise
    if environ["REQUEST_METHOD"] == "HEAD":
        close(body)
        return []
    return _Written(told.written, body) if told.written else body


class _Told:
    """What an application says to ``start_response``, kept until it is known to be its last word."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, Any]] = []
        self.written: list[bytes] = []

    def start(
        self, status: str, headers: list[tuple[str, Any]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return self.written.append


class _Written:
    """What an application wrote, then its body, closed with the reply."""

    def __init__(self, written: list[bytes], body: Iterable[bytes]) -> None:
        self._written, self._body = written, body

    def __iter__(self) -> Iterator[bytes]:
        yield from self._written
        yield from self._body

    def close(self) -> None:
        """Close the body."""
        close(self._body)


def _with_version(headers: Iterable[tuple[str, Any]], version_headers: Headers) -> list[tuple[str, str]]:
    own = {name.lower() for name, _ in version_headers if name.lower() != "vary"}
    kept = [(n, _wire_text(v)) for n, v in headers if n.lower() not in own]
    vary = [v for n, v in version_headers if n.lower() == "vary"]
    if vary:
        present = ", ".join(v for n, v in kept if n.lower() == "vary")
        kept = [(n, v) for n, v in kept if n.lower() != "vary"]
        kept += merge_vary((("Vary", present),) if present else (), ", ".join(vary))
    return [*kept, *((n, v) for n, v in version_headers if n.lower() != "vary")]


def _wire_text(value: Any) -> str:
    """Return a header's value that is already as WSGI has it, unless it is not."""
    if type(value) is str and value.isprintable() and value.isascii():
        return value
    if isinstance(value, str) and not _CONTROL.search(value):
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            return header_text(value)
        return value
    return header_text(value)


def close(body: Any) -> None:
    """Close an iterable that has a ``close``, as PEP 3333 wants of whoever drops it."""
    closer = getattr(body, "close", None)
    if closer is not None:
        closer()


class _Stream:
    """A reply's bytes as they come, the source closed with them.

    :param source: a file or an iterator, of bytes or texts; its first bytes are read here.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        items = iter(lambda: source.read(_CHUNK) or None, None) if hasattr(source, "read") else iter(source)
        try:
            first = list(itertools.islice(items, 1))
        except BaseException:
            close(source)
            raise
        self._items = itertools.chain(first, items)

    def __iter__(self) -> Iterator[bytes]:
        for item in self._items:
            yield item.encode("utf-8") if isinstance(item, str) else item

    def close(self) -> None:
        """Close the source."""
        close(self._source)


def _stream(
    result: Any,
    code: int,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    headers: Headers,
    media_type: str,
) -> Iterable[bytes]:
    bodiless = code in BODILESS
    body: Any = []
    if bodiless or environ["REQUEST_METHOD"] == "HEAD":
        close(result)
    else:
        body = _Stream(result)
    try:
        check_status(code)
        start_response(status_line(code), [*([] if bodiless else [("Content-Type", media_type)]), *headers])
    except BaseException:
        close(body)
        raise
    return body  # type: ignore[no-any-return]


def drop(result: Any) -> None:
    """Close what a method returned and nobody is going to send."""
    if isinstance(result, ResponseObject):
        result = result.obj
    if hasattr(result, "read") or hasattr(result, "__next__") or isinstance(result, webob.Response):
        close(result)
