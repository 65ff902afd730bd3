"""Applications whose work is one function, made at load.

A function that closes over what it needs is called at a third of the cost of an object that looks it up. Such an
application has the function as ``serve``; whoever calls it for each request calls that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


#: An attribute of a function that only passes on: itself, and what it calls.
_PASSED_BY = "_apirouter_passed_by"


def passing(inner: WSGIApplication) -> WSGIApplication:
    """Return a function that passes requests on, for who must have one of its own; :func:`callable_of` passes it by.

    :param inner: what it calls.
    """

    def passing_on(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return inner(environ, start_response)

    vars(passing_on)[_PASSED_BY] = passing_on, inner
    return passing_on


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
    if type(application) is FunctionType:
        found = vars(application).get(_PASSED_BY)
        # What wraps the function may have taken its attributes over (functools.wraps).
        return callable_of(found[1]) if found and found[0] is application else application
    if not isinstance(application, Serving):
        return application
    if type(application).__call__ is Serving.__call__:
        return callable_of(application.serve)
    # A bound method is called at half the cost of the object that it is bound to.
    return application.__call__
