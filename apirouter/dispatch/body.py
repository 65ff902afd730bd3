"""The body of a request: bytes, as many as it says, then a value."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from apirouter.errors import MalformedRequestBody, RequestError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_CHUNK = 65536


class MalformedLength(RequestError):
    """The Content-Length is no number."""

    def __init__(self) -> None:
        super().__init__("Malformed Content-Length")


def read(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, and leave it to be read again.

    Without a length, a body is read only from a server that ends it itself (``wsgi.input_terminated``).

    :param environ: the request; its ``wsgi.input`` is replaced by the bytes read.
    :raises MalformedLength: the length is no number.
    :raises MalformedRequestBody: the client sent less than it said.
    """
    length = environ.get("CONTENT_LENGTH")
    if length:
        if not (length.isascii() and length.isdigit()):
            raise MalformedLength
        wanted = int(length) if len(length) < 19 else None
        if wanted is None:
            raise MalformedLength
        if wanted == 0:
            return b""
        body: bytes = environ["wsgi.input"].read(wanted)
        if len(body) < wanted:
            body = _rest(environ, body, wanted)
    elif environ.get("wsgi.input_terminated"):
        body = _all(environ)
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        return b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _rest(environ: WSGIEnvironment, body: bytes, wanted: int) -> bytes:
    parts, have = [body], len(body)
    while have < wanted and parts[-1]:
        parts.append(environ["wsgi.input"].read(min(wanted - have, _CHUNK)))
        have += len(parts[-1])
    if have < wanted:
        raise MalformedRequestBody(f"it ends after {have} of {wanted} bytes")
    return b"".join(parts)


def _all(environ: WSGIEnvironment) -> bytes:
    parts = []
    while part := environ["wsgi.input"].read(_CHUNK):
        parts.append(part)
    return b"".join(parts)
