"""Answering a request with another path's reply: internal redirects, and documents for error statuses.

1. A path is below the application's mount; its query, if it has one, replaces the request's.
2. A forward keeps method and body. An error document is asked for with GET (HEAD stays HEAD), without a body.
3. No path is visited twice for one request.
4. An error document keeps the status of the error. Where it can't be had (it raised, or is an error itself)
   the error's own reply is sent.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from apirouter.dispatch.hooking import Captured, started
from apirouter.dispatch.reply import close
from apirouter.errors import ApiRouterError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: Set where error documents are in front: they may want to know what was raised.
WANTED = "apirouter.objectdispatch.errordocs"
#: Paths that were visited for one request.
VISITED = "apirouter.objectdispatch.visited"


class RecursionLoop(ApiRouterError, AssertionError):
    """A path is visited twice for one request.

    :param path: the path.
    :param visited: those before it.
    """

    def __init__(self, path: str, visited: Iterable[str]) -> None:
        super().__init__(
            f"Forwarding loop detected; {path!r} visited twice (internal redirect path: {list(visited)})"
        )


class InternalRedirect(ApiRouterError):
    """Answer with what is at another path, without the client.

    :param url: the path, below the application's mount; may have a query.
    :param environ: or the request to answer instead.
    :param factory: or what makes, of the application, the one to ask.
    :param path_info: or the path alone, taken word for word.
    :raises ValueError: the URL is none of the application's own.
    """

    def __init__(
        self,
        url: str | None = None,
        environ: WSGIEnvironment | None = None,
        factory: Callable[[WSGIApplication], WSGIApplication] | None = None,
        path_info: str | None = None,
    ) -> None:
        given = [x for x in (url, environ, factory, path_info) if x is not None]
        if len(given) != 1:
            raise TypeError(
                "an internal redirect has a url, an environ, a factory or a path_info: one of them"
            )
        if url is not None and not urlsplit(url).path.startswith("/"):
            raise ValueError(f"an internal redirect leads to a path, as /error?code=404; it got {url!r}")
        if url is not None and (urlsplit(url).scheme or urlsplit(url).netloc):
            raise ValueError(f"an internal redirect leads nowhere else: {url!r}")
        self.url, self.environ, self.factory, self.path_info = url, environ, factory, path_info
        super().__init__(f"internal redirect to {url or path_info or 'another application'}")

    def request(self, environ: WSGIEnvironment) -> WSGIEnvironment:
        """Return the request that is to be answered instead."""
        if self.environ is not None:
            return self.environ
        new = dict(environ)
        if self.path_info is not None:
            new["PATH_INFO"] = self.path_info
        elif self.url is not None:
            aim(new, self.url)
        return new


def aim(environ: WSGIEnvironment, url: str) -> None:
    """Change a request's path, and its query where the URL has one."""
    parts = urlsplit(url)
    environ["PATH_INFO"] = unquote_to_bytes(parts.path).decode("latin-1")
    if parts.query:
        environ["QUERY_STRING"] = parts.query
    for kept in ("apirouter.state", "webob._parsed_query_vars"):
        environ.pop(kept, None)


def forward(
    application: WSGIApplication,
    redirected: InternalRedirect,
    environ: WSGIEnvironment,
    start_response: StartResponse,
) -> Iterable[bytes]:
    """Answer an internal redirect.

    :raises RecursionLoop: it leads where the request has been.
    """
    new = redirected.request(environ)
    visited = [*environ.get(VISITED, ()), environ.get("PATH_INFO", "")]
    path = new.get("PATH_INFO", "")
    if redirected.factory is None and path in visited and new is not environ:
        raise RecursionLoop(path, visited)
    if new is environ and visited.count(path) > 1:
        raise RecursionLoop(path, visited)
    new[VISITED] = visited
    target = redirected.factory(application) if redirected.factory is not None else application
    return target(new, start_response)


class Recursive:
    """A filter that answers internal redirects raised inside.

    :param application: the application.
    """

    def __init__(self, application: WSGIApplication, global_conf: Any = None) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        try:
            return self.application(environ, start_response)
        except InternalRedirect as redirected:
            return forward(self, redirected, environ, start_response)


class ErrorDocuments:
    """A filter that answers some statuses with the document at a path of the application.

    :param application: the application.
    :param errors: status -> path, which may have a query.
    :param propagate: whether what a document raises passes to whoever called; else it is logged, and the
        error's own reply is sent.
    """

    def __init__(
        self, application: WSGIApplication, errors: Mapping[int, str], propagate: bool = False
    ) -> None:
        self.application, self.errors, self.propagate = application, dict(errors), propagate

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        captured = Captured()
        environ[WANTED] = True
        body = started(self.application(environ, captured), captured)
        url = self.errors.get(int(captured.status[:3]))
        if url is not None and VISITED not in environ:
            document = self._document(environ, url, captured)
            if document is not None:
                close(body)
                made, headers = document
                start_response(captured.status, headers)
                return made
        start_response(captured.status, captured.headers)
        return body

    def _document(
        self, environ: WSGIEnvironment, url: str, failed: Captured
    ) -> tuple[Iterable[bytes], list[tuple[str, str]]] | None:
        """Return body and headers of a document; None where it can't be had."""
        new = dict(environ)
        method = "HEAD" if environ["REQUEST_METHOD"] == "HEAD" else "GET"
        new.update({"REQUEST_METHOD": method, "QUERY_STRING": "", VISITED: [environ.get("PATH_INFO", "")]})
        new.update({"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
        for name in ("CONTENT_TYPE", "apirouter.json"):
            new.pop(name, None)
        aim(new, url)
        captured = Captured()
        try:
            body = started(self.application(new, captured), captured)
        except Exception as error:
            if self.propagate and not isinstance(error, (InternalRedirect, RecursionLoop)):
                raise
            LOG.error("The document %s for %s can't be had", url, failed.status, exc_info=error)
            return None
        if int(captured.status[:3]) >= 400:
            LOG.error("The document %s for %s is a %s itself", url, failed.status, captured.status)
            close(body)
            return None
        names = {name.lower() for name, _ in captured.headers}
        kept = [(n, v) for n, v in failed.headers if n.lower() not in names and n.lower() in _KEPT]
        return body, [*captured.headers, *kept]


#: What an error says in its headers that its document must not lose.
_KEPT = frozenset(("allow", "retry-after", "www-authenticate", "vary", "set-cookie"))
