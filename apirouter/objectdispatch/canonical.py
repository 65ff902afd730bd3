"""The redirect to a path with a slash at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import webob.exc

from apirouter.objectdispatch.call import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def slash(environ: WSGIEnvironment) -> webob.exc.HTTPException:
    """Return the redirect to a path with a slash at its end; it keeps method and body of other than GET."""
    request = Request(environ)
    path = quote(
        environ.get("SCRIPT_NAME", "").encode("latin-1") + environ.get("PATH_INFO", "").encode("latin-1")
    )
    query = environ.get("QUERY_STRING", "")
    location = f"{request.host_url}{path}/" + (f"?{query}" if query else "")
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return webob.exc.HTTPFound(location=location)
    if environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH", "DELETE"):
        return webob.exc.HTTPTemporaryRedirect(location=location)
    return webob.exc.HTTPFound(location=location)
