"""The redirect to a path with a slash at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import webob.exc

from apirouter.errors import BadHeader
from apirouter.filters.headers import valid_host
from apirouter.objectdispatch.call import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


#: What a query can't hold as it is; a header least of all.
_UNSAFE = re.compile(r"[^!-~]|[\"<>\\]")


def slash(environ: WSGIEnvironment) -> webob.exc.HTTPException:
    """Return the redirect to a path with a slash at its end; it keeps method and body of other than GET.

    :raises BadHeader: ``Host``, which stands in the redirect, is none.
    """
    if not valid_host(environ.get("HTTP_HOST") or "localhost"):
        raise BadHeader("Host", "is not a host name or address with an optional port")
    request = Request(environ)
    path = quote(
        environ.get("SCRIPT_NAME", "").encode("latin-1") + environ.get("PATH_INFO", "").encode("latin-1")
    )
    query = _UNSAFE.sub(lambda c: quote(c[0], encoding="latin-1"), environ.get("QUERY_STRING", ""))
    location = f"{request.host_url}{path}/" + (f"?{query}" if query else "")
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return webob.exc.HTTPFound(location=location)
    if environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH", "DELETE"):
        return webob.exc.HTTPTemporaryRedirect(location=location)
    return webob.exc.HTTPFound(location=location)
