"""The request that is being answered, wherever the code is: ``request``, ``response``, ``context``, ``conf``.

They stand for the objects of the request that this thread or task answers (PEP 567), and for the innermost
one where an application is called from inside another.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import webob.exc

from apirouter.errors import ApiRouterError
from apirouter.objectdispatch.call import CONTEXT, Call
from apirouter.objectdispatch.errordocs import InternalRedirect

#: The call that this thread or task is in.
CURRENT: ContextVar[Call] = ContextVar("apirouter.objectdispatch.call")


class NoRequest(ApiRouterError, AttributeError):
    """A proxy was used where no request is answered.

    :param name: the proxy.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no {name}: no request is being answered in this thread or task")


def current(name: str = "request") -> Call:
    """Return the call that this thread or task is in.

    :param name: what it is wanted for, for the error.
    :raises NoRequest: there is none.
    """
    try:
        return CURRENT.get()
    except LookupError:
        raise NoRequest(name) from None


class Proxy:
    """Stands for an object of the request that is being answered.

    :param name: the attribute of the call.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _object(self) -> Any:
        name = object.__getattribute__(self, "_name")
        return getattr(current(name), name)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        call = CURRENT.get(None)
        return Proxy if call is None else type(self._object())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._object(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._object(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._object(), name)

    def __dir__(self) -> list[str]:
        return dir(self._object())

    def __getitem__(self, key: Any) -> Any:
        return self._object()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._object()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._object()[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._object()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._object())

    def __len__(self) -> int:
        return len(self._object())

    def __bool__(self) -> bool:
        return bool(self._object())

    def __eq__(self, other: object) -> bool:
        return bool(self._object() == (other._object() if isinstance(other, Proxy) else other))

    def __hash__(self) -> int:
        return hash(self._object())

    def __repr__(self) -> str:
        name = object.__getattribute__(self, "_name")
        call = CURRENT.get(None)
        return f"<{name} of no request>" if call is None else repr(getattr(call, name))


#: The request.
request: Any = Proxy("request")
#: The reply in the making.
response: Any = Proxy("response")
#: Who is asking, where an authentication filter said it; else a dict of this request's own.
context: Any = Proxy("context")
#: The configuration of the application that answers.
conf: Any = Proxy("conf")


def abort(
    status_code: int,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    comment: str | None = None,
    **more: Any,
) -> None:
    """End the request with an HTTP status.

    Called while an exception is handled, it keeps that exception's traceback.

    :param status_code: a status that ``webob.exc`` knows.
    :param detail: the message for the client.
    :param headers: further headers.
    :param comment: shown in HTML documents.
    :param more: what the status's class takes besides.
    :raises ValueError: there is no such status.
    """
    kind = webob.exc.status_map.get(status_code)
    if kind is None:
        raise ValueError(f"abort takes an HTTP status that webob.exc has; it got {status_code!r}")
    error = kind(detail=detail, headers=headers, comment=comment, **more)
    raise error.with_traceback(sys.exc_info()[2])


def redirect(
    location: str | None = None,
    internal: bool = False,
    code: int | None = None,
    headers: Mapping[str, str] | None = None,
    add_slash: bool = False,
    request: Any = None,
) -> None:
    """End the request with a redirect.

    :param location: where to; internally a path below the application, which may have a query.
    :param internal: answer with what is there, without the client.
    :param code: the status; 302 unless given.
    :param headers: further headers.
    :param add_slash: redirect to ``location`` (or the request's own URL) with a slash at its end.
    :param request: the request, where no proxy knows it (explicit mode).
    :raises ValueError: an internal redirect has a code, or leads elsewhere.
    """
    if add_slash:
        parts = urlsplit(location if location is not None else (request or current().request).url)
        location = urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/"))
    if location is None:
        raise ValueError("redirect takes a location, or add_slash=True")
    if internal:
        if code is not None:
            raise ValueError("an internal redirect has no code: the client never hears of it")
        raise InternalRedirect(location)
    status = 302 if code is None else code
    kind = webob.exc.status_map.get(status)
    if kind is None or not 300 <= status < 400:
        raise ValueError(f"redirect takes a status from 300 to 399; it got {status!r}")
    raise kind(location=location, headers=headers)


def render(template: str, namespace: Mapping[str, Any], app: Any = None) -> str:
    """Render a template of the application that answers.

    :param template: as for ``@expose``.
    :param namespace: what the template sees.
    :param app: the application, where no proxy knows it.
    """
    rendered: str = (app or current("application").app).render(template, namespace)
    return rendered


def override_template(template: str | None, content_type: str | None = None) -> None:
    """Render the result of this call otherwise than ``@expose`` says.

    :param template: the template; None for none.
    :param content_type: the media type of the reply, where it is another one.
    """
    current("template").override = (template, content_type)


__all__ = [
    "CONTEXT",
    "abort",
    "conf",
    "context",
    "override_template",
    "redirect",
    "render",
    "request",
    "response",
]
