"""The body of a request: bytes, as many as it says, then a value."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from apirouter.errors import BadHeader, LengthRequired, MalformedRequestBody

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: The most that is asked for at once: some inputs set aside as much as they are asked for, sent or not.
_MOST = 1 << 20


def read(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, and leave it to be read again.

    Without a length, a body is read only from a server that ends it itself (``wsgi.input_terminated``).

    :param environ: the request; its ``wsgi.input`` is replaced by the bytes read.
    :raises LengthRequired: a body was sent without a length, which the server can't read.
    :raises BadHeader: the length is no number, or the body has another end too.
    :raises MalformedRequestBody: the client sent less than it said, or went away.
    """
    length = environ.get("CONTENT_LENGTH")
    if length:
        if not (length.isascii() and length.isdigit()):
            raise BadHeader("Content-Length", "is not a length")
        if environ.get("HTTP_TRANSFER_ENCODING"):
            # Two ends of one body (RFC 9112, 6.1): what is between them is somebody's next request.
            raise BadHeader("Content-Length", "contradicts Transfer-Encoding")
        # int() refuses some thousands of digits, and no client sends so much.
        wanted = int(length) if len(length) < 19 else 10**18
        if wanted == 0:
            return b""
        body = _read(environ, wanted if wanted < _MOST else _MOST)
        if len(body) < wanted:
            body = _rest(environ, body, wanted)
    elif environ.get("wsgi.input_terminated"):
        body = _all(environ)
    else:
        if environ.get("HTTP_TRANSFER_ENCODING"):
            # There is a body, and the server doesn't hand it on: to take it for none would be a lie.
            raise LengthRequired()
        return b""
    environ["wsgi.input"] = io.BytesIO(body)
    # Otherwise webob would put a copy in its place.
    environ["webob.is_body_seekable"] = True
    return body


def _read(environ: WSGIEnvironment, size: int) -> bytes:
    try:
        data: bytes = environ["wsgi.input"].read(size)
    except OSError as error:
        raise MalformedRequestBody("the connection ended") from error
    except Exception as error:
        if not _says_malformed(error):
            raise
        raise MalformedRequestBody(f"the server can't read it: {type(error).__name__}") from error
    return data


def _says_malformed(error: Exception) -> bool:
    """Tell whether a server says that what the client sent can't be read: the size of a chunk that is none.

    gunicorn does so by a ``ParseException``, known by its name, for gunicorn may not be there.
    """
    return any(
        kind.__name__ == "ParseException" and kind.__module__.startswith("gunicorn.")
        for kind in type(error).__mro__
    )


def _rest(environ: WSGIEnvironment, body: bytes, wanted: int) -> bytes:
    parts, have = [body], len(body)
    while have < wanted and parts[-1]:
        parts.append(_read(environ, min(wanted - have, _MOST)))
        have += len(parts[-1])
    if have < wanted:
        raise MalformedRequestBody(f"it ends after {have} of {wanted} bytes")
    return b"".join(parts)


def _all(environ: WSGIEnvironment) -> bytes:
    parts = []
    while part := _read(environ, _MOST):
        parts.append(part)
    return b"".join(parts)
