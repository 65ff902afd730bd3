"""What applications with a page for a browser share: headers, files beside the page, replies that may be kept.

1. A page loads from its own origin only, and runs nothing that stands in it: a Content-Security-Policy says so
   (https://www.w3.org/TR/CSP3/), and nothing may be taken for another type than it is sent as.
2. What is the same at each request has an ETag and is asked for again each time (RFC 9110, 8.8.3 and 13.1.2);
   what tells of this moment is kept by nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


def type_of(name: str) -> str:
    """Return the media type of a file, by the end of its name.

    :raises KeyError: none is known.
    """
    return _TYPES[name.rpartition(".")[2]]


def etag_of(body: bytes) -> str:
    """Return the entity tag of a body, without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def send(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    body: bytes,
    content_type: str,
    *,
    policy: str,
    etag: str = "",
    status: str = "200 OK",
) -> list[bytes]:
    """Answer a request with a body, or with 304 when the client has it already.

    :param environ: the request; of HEAD only the headers are sent.
    :param start_response: called once.
    :param body: what to send.
    :param content_type: its media type.
    :param policy: the Content-Security-Policy.
    :param etag: the body's, without quotes; empty for what is not to be kept at all.
    :param status: the status of the reply.
    """
    headers = [
        ("Cache-Control", "no-cache" if etag else "no-store"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    if etag:
        headers.append(("ETag", f'"{etag}"'))
        if _has(environ.get("HTTP_IF_NONE_MATCH", ""), etag):
            start_response("304 Not Modified", headers)
            return []
    headers += [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def to_directory(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Send a browser from ``/docs`` to ``/docs/``, so that what the page names is looked for below it.

    The location is relative: whatever a proxy has taken from the front of the path is still there.

    :param environ: the request, for the mount itself.
    :param start_response: called once.
    """
    mount = environ.get("SCRIPT_NAME", "").encode("latin-1").rpartition(b"/")[2]
    query = quote(environ.get("QUERY_STRING", ""), safe="%&=+;:/?@!$'()*,-._~", encoding="latin-1")
    location = f"./{quote(mount)}/{f'?{query}' if query else ''}"
    # Empty as it is, the standard library's validator wants a type of it.
    headers = [("Location", location), ("Content-Type", "text/plain"), ("Content-Length", "0")]
    start_response("308 Permanent Redirect", headers)
    return []


def _has(header: str, etag: str) -> bool:
    """Tell whether an If-None-Match names an entity tag; the comparison is the weak one."""
    return any(one.strip().removeprefix("W/") in ("*", f'"{etag}"') for one in header.split(","))
