"""What a method returned -> a WSGI reply.

==================  =====================================================================
dict, list, tuple   serialized, with the stamped status or 200
None                the status with an empty body
ResponseObject      its data serialized; its own status and Content-Type beat the others
str, bytes          as they are
webob.Response      as it is, with the version headers added; so is any WSGI application
file, iterator      its bytes as they come, closed by the server
==================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from apirouter.dispatch.negotiation import Headers
from apirouter.faults import header_text, status_line
from apirouter.request import ResponseObject
from apirouter.serialization import Serializer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: Statuses whose replies have neither body nor type (RFC 9110).
BODILESS = frozenset((204, 304))
_CHUNK = 65536


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
    elif callable(result):
        return forward(result, environ, start_response, (*extra, *version_headers))
    elif hasattr(result, "read") or hasattr(result, "__next__"):
        typed = typed or "application/octet-stream"
        return _stream(result, code, environ, start_response, (*extra, *version_headers), typed)
    else:
        made = serializer.serialize(result)
        body = made.encode("utf-8") if isinstance(made, str) else made
    if code in BODILESS or code < 200:
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
    for name, value in result.headers.items():
        text = header_text(value)
        if name == "content-length":
            continue
        if name == "content-type":
            typed = text
        elif name == "vary":
            version_headers = merge_vary(version_headers, text)
        else:
            extra.append((header_name(name), text))
    return typed, extra, version_headers


def header_name(name: str) -> str:
    """Return a header's name, words capitalized, nothing in it that could end the line."""
    return header_text(name).replace(":", "").replace(" ", "").title()


def merge_vary(headers: Iterable[tuple[str, str]], more: str) -> Headers:
    """Return headers with the names in ``more`` added to their Vary."""
    names: list[str] = []
    others = []
    for name, value in headers:
        if name.lower() == "vary":
            names += [n.strip() for n in value.split(",")]
        else:
            others.append((name, value))
    known = {n.lower() for n in names}
    names = [n for n in (m.strip() for m in more.split(",")) if n and n.lower() not in known] + names
    if "*" in names:
        names = ["*"]
    return (*others, ("Vary", ", ".join(names))) if names else tuple(others)


def forward(
    application: Callable[..., Iterable[bytes]],
    environ: WSGIEnvironment,
    start_response: StartResponse,
    version_headers: Headers,
) -> Iterable[bytes]:
    """Let a WSGI application answer (a ``webob.Response`` is one), and add the version headers to its reply.

    The application is not changed: a Response that a controller keeps may be returned again.
    """

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        own = {name.lower() for name, _ in version_headers if name.lower() != "vary"}
        kept = [(n, v) for n, v in headers if n.lower() not in own]
        vary = [v for n, v in version_headers if n.lower() == "vary"]
        if vary:
            present = ", ".join(v for n, v in kept if n.lower() == "vary")
            kept = [(n, v) for n, v in kept if n.lower() != "vary"]
            kept += merge_vary((("Vary", present),) if present else (), ", ".join(vary))
        kept += [(n, v) for n, v in version_headers if n.lower() != "vary"]
        return start_response(status, kept, exc_info) if exc_info else start_response(status, kept)

    body = application(environ, start)
    if environ["REQUEST_METHOD"] == "HEAD":
        close(body)
        return []
    return body


def close(body: Any) -> None:
    """Close an iterable that has a ``close``, as PEP 3333 wants of whoever drops it."""
    closer = getattr(body, "close", None)
    if closer is not None:
        closer()


class _Chunks:
    """A file's bytes, chunk by chunk, closed with the reply."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(_CHUNK):
            yield chunk.encode("utf-8") if isinstance(chunk, str) else chunk

    def close(self) -> None:
        close(self._file)


class _Encoded:
    """An iterator's texts as bytes, closed with the reply."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __iter__(self) -> Iterator[bytes]:
        for item in self._items:
            yield item.encode("utf-8") if isinstance(item, str) else item

    def close(self) -> None:
        close(self._items)


def _stream(
    result: Any,
    code: int,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    headers: Headers,
    media_type: str,
) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "HEAD" or code in BODILESS:
        close(result)
        body: Iterable[bytes] = []
    else:
        body = _Chunks(result) if hasattr(result, "read") else _Encoded(result)
    own = [("Content-Type", media_type)] if code not in BODILESS else []
    start_response(status_line(code), [*own, *headers])
    return body
