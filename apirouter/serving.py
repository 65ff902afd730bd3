"""Applications whose work is one function, made at load.

A function that closes over what it needs is called at a third of the cost of an object that looks it up. Such an
application has the function as ``serve``; whoever calls it for each request calls that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Serving:
    """A WSGI application (PEP 3333) that hands each request to its function ``serve``."""

    __slots__ = ("serve",)

    #: Answers requests; set once, at load.
    serve: WSGIApplication

    @property
    def is_as_made(self) -> bool:
        """Tell whether ``serve`` is what its class made; a subclass may put another function in its place."""
        return True

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        return self.serve(environ, start_response)


def callable_of(application: WSGIApplication) -> WSGIApplication:
    """Return what does the same as an application and is cheapest to call.

    :param application: any WSGI application; one with a ``__call__`` of its own is called by that.
    """
    if not isinstance(application, Serving):
        return application
    if type(application).__call__ is Serving.__call__:
        return application.serve
    # A bound method is called at half the cost of the object that it is bound to.
    return application.__call__
