"""A request -> the arguments of one call, and the hooks just before it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from apirouter.dispatch.call import UNREAD
from apirouter.dispatch.hooking import STATE
from apirouter.dispatch.service import Service
from apirouter.errors import MethodNotAllowed
from apirouter.objectdispatch.call import Call
from apirouter.objectdispatch.signature import Signature
from apirouter.objectdispatch.tables import CLASS, INSTANCE, STATIC
from apirouter.objectdispatch.values import BODILESS_METHODS, form, json_body, query, values
from apirouter.request import keep_json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Bind = Callable[[Any, dict[str, Any], Any], tuple[Sequence[Any], dict[str, Any]]]

#: HTTP methods that a GET must not stand for.
_CHANGING = frozenset(("PUT", "DELETE", "POST", "PATCH"))


def make_bind(
    signature: Signature, kind: str, explicit: bool, strict: bool, service: Service, checked: bool
) -> Bind:
    """Return what makes a method's arguments.

    :param signature: its parameters.
    :param kind: whether it is called with its instance, its class, or neither.
    :param explicit: whether it is called with request and response in front.
    :param strict: whether an unknown parameter is refused.
    :param service: reads JSON bodies.
    :param checked: whether a schema checks its body; then a parameter ``body`` takes the whole of it.
    """
    whole = checked and ("body" in signature.names or "body" in signature.keywords)
    bind_values = signature.bind
    # Nothing to fill: a GET of such a method needs no look at query or path.
    nothing = not (signature.count or signature.varargs or signature.needs_values or strict or explicit)
    nothing = nothing and kind is INSTANCE

    def bind(request: Any, args: dict[str, Any], body: Any) -> tuple[Sequence[Any], dict[str, Any]]:
        environ = request.environ
        call: Call = environ[STATE]
        if nothing and not call.path and call.phases is None and environ["REQUEST_METHOD"] == "GET":
            return (call.instance,), {}
        if checked and body is not UNREAD:
            keep_json(environ, body)
        elif environ["REQUEST_METHOD"] not in BODILESS_METHODS:
            body = json_body(environ, service)
        else:
            body = None

        def given() -> dict[str, Any]:
            found = values(environ, lambda: call.request, body)
            if whole:
                found["body"] = body
            return found

        positional, rest, keywords = bind_values(call.path, given, strict)
        if explicit:
            positional[:0] = [call.request, call.response]
        if call.phases is not None:
            call.arguments = inspect.Arguments(positional, rest, keywords)  # type: ignore[arg-type]
            for before in call.phases.before:
                before(call)
        if kind is STATIC:
            return [*positional, *rest], keywords
        owner = type(call.instance) if kind is CLASS else call.instance
        return [owner, *positional, *rest], keywords

    return bind


def names_given(call: Call) -> set[str]:
    """Return the names in the query of a request."""
    return {name for name, _ in query(call.environ)}


def verb_of(environ: WSGIEnvironment, call: Call) -> str:
    """Return the HTTP method to route by, where a parameter ``_method`` stands for it.

    :param environ: the request.
    :param call: the request's call.
    :raises MethodNotAllowed: a GET would change something.
    """
    method: str = environ["REQUEST_METHOD"]
    pairs = [*query(environ), *form(environ, lambda: call.request)]
    asked = [value for name, value in pairs if name == "_method"]
    if not asked or not isinstance(asked[0], str):
        return method
    verb = asked[0].upper()
    if method in ("GET", "HEAD") and verb in _CHANGING:
        raise MethodNotAllowed(("GET", "HEAD"))
    return verb
