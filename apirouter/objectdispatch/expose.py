"""What ``@expose`` leaves on a function, and the decorators that leave it.

1. A function that no ``@expose`` stands on can't be reached by any request.
2. Stacked, each ``@expose`` adds one representation; the outermost is the default.
3. A generic function answers by HTTP method: ``@index.when(method="POST")``. What has no handler of its own
   is answered by the generic function itself; HEAD by GET's.
4. A function may be exposed under a path segment that is no Python name: ``@expose(route="some-path")``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: The attribute that holds a function's :class:`Exposure`.
ATTRIBUTE = "__apirouter_exposed__"
#: The class attribute that holds what :func:`route` gave it, segment -> controller.
ROUTES = "__apirouter_routes__"
#: Methods that find controllers; no path segment names them.
SPECIAL = ("_lookup", "_default", "_route")

_SEGMENT = re.compile(r"[0-9a-zA-Z_$().~!,;:*+@=-]+")
_UNSET: Any = object()


class Generic:
    """The handlers of one generic function, HTTP method -> function; complete when its class is."""

    __slots__ = ("handlers",)

    def __init__(self) -> None:
        self.handlers: tuple[tuple[str, Callable[..., Any]], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Exposure:
    """Everything that decorators said of one exposed function.

    :param exposed: whether it is exposed at all: other decorators may run first.
    :param representations: media type (None for any) and template, innermost decorator first.
    :param default: the media type of a reply when the client has no wish.
    :param explicit: whether the outermost decorator named its media type.
    :param generic: its handlers by HTTP method, if it is generic.
    :param handler: whether it is such a handler, which has no path of its own.
    :param route: the path segment it is found under instead of its name.
    :param noncanonical: whether it answers without the trailing slash too.
    :param guard: who may call it: None leaves it to the class, else see :mod:`.secure`.
    """

    exposed: bool = False
    representations: tuple[tuple[str | None, str | None], ...] = ()
    default: str | None = None
    explicit: bool = False
    generic: Generic | None = None
    handler: bool = False
    route: str | None = None
    noncanonical: bool = False
    guard: Any = None


EMPTY = Exposure()


def exposure_of(func: Any) -> Exposure:
    """Return what was said of a function; :data:`EMPTY` when nothing was."""
    found = getattr(func, ATTRIBUTE, EMPTY)
    return found if isinstance(found, Exposure) else EMPTY


def say(func: F, **said: Any) -> F:
    """Replace what was said of a function by a copy that says more.

    :raises TypeError: it can't be decorated.
    """
    try:
        setattr(func, ATTRIBUTE, dataclasses.replace(exposure_of(func), **said))
    except (AttributeError, TypeError) as error:
        raise TypeError(
            f"{func!r} can't be decorated: put the decorator on a plain function of the class body"
        ) from error
    return func


def expose(
    template: str | None = None,
    generic: bool = False,
    route: str | None = None,
    *,
    content_type: str | None = _UNSET,
) -> Callable[[F], F]:
    """Let requests reach a method.

    :param template: how its result becomes a reply: ``json``, ``engine:file``, a file for the default engine;
        None for text, bytes, or data as JSON.
    :param generic: whether it answers by HTTP method (see ``when``).
    :param route: the path segment it is found under, where that is not its name.
    :param content_type: the media type of this representation; ``application/json`` for ``json``, else
        ``text/html``. None serves any.
    :raises TypeError: it is written without parentheses, or stands on what is no function.
    :raises ValueError: the route is no path segment, or stands on a special method or a handler.
    """
    if callable(template):
        raise TypeError("@expose takes arguments: write @expose()")
    explicit = content_type is not _UNSET
    media_type = content_type if explicit else ("application/json" if template == "json" else "text/html")

    def mark(func: F) -> F:
        now, name = exposure_of(func), getattr(func, "__name__", "")
        if name in SPECIAL and (generic or route is not None):
            raise ValueError(f"{name} finds controllers: it can't be generic, nor have a route of its own")
        if route is not None:
            _check_segment(route)
            if now.handler:
                raise ValueError(f"{name} is a handler of a generic method: the route is that method's")
        kept = tuple(r for r in now.representations if r[0] != media_type)
        said: dict[str, Any] = {
            "exposed": True,
            "representations": (*kept, (media_type, template)),
            "default": media_type,
            "explicit": explicit,
        }
        if route is not None:
            said["route"] = route
        if generic and now.generic is None:
            said["generic"] = Generic()
        say(func, **said)
        if generic:
            func.when = _when(exposure_of(func).generic)  # type: ignore[attr-defined]
        return func

    return mark


def _when(handlers: Generic | None) -> Callable[..., Any]:
    def when(method: str | Iterable[str], template: str | None = None, **more: Any) -> Callable[[F], F]:
        """Answer an HTTP method, or several, of a generic method.

        :param method: ``POST``, or a list.
        :param template: as for :func:`expose`; so are the others.
        """
        methods = [method] if isinstance(method, str) else list(method)

        def mark(func: F) -> F:
            say(func, handler=True)
            expose(template, **more)(func)
            if handlers is None:
                raise AssertionError("a generic function has its handlers")
            handlers.handlers += tuple((m.upper(), func) for m in methods)
            return func

        return mark

    return when


def accept_noncanonical(func: F) -> F:
    """Let an ``index`` answer without the trailing slash too, instead of redirecting."""
    return say(func, noncanonical=True)


def _check_segment(segment: Any) -> None:
    if not isinstance(segment, str):
        raise TypeError(f"{segment!r} is no path segment: it must be a text")
    if segment in (".", "..") or not _SEGMENT.fullmatch(segment):
        raise ValueError(f"{segment!r} is no path segment: it has no slash, percent sign or question mark")


def route(*args: Any) -> None:
    """Name a path segment that is no Python name: ``route(Root, "with-dashes", Sub())``.

    Written ``route("with-dashes", method)`` it names an exposed method, as ``expose(route=...)`` does. To be
    called before the application is made.

    :raises TypeError: the arguments are others, or the method is not exposed.
    :raises ValueError: the segment can't be one.
    :raises RuntimeError: the class has an attribute of this name.
    """
    if len(args) == 2:
        segment, method = args
        func = getattr(method, "__func__", method)
        if not exposure_of(func).exposed:
            raise TypeError(f"{method!r} is not exposed: put @expose() on it")
        _check_segment(segment)
        if func.__name__ in SPECIAL:
            raise ValueError(f"{func.__name__} finds controllers: it can't have a route of its own")
        say(func, route=segment)
        return
    if len(args) != 3:
        raise TypeError("route is called as route(ParentController, 'path-segment', controller)")
    parent, segment, controller = args
    _check_segment(segment)
    if hasattr(parent, segment):
        owner = parent if isinstance(parent, type) else type(parent)
        raise RuntimeError(f"{owner.__module__}.{owner.__qualname__} has an attribute '{segment}' already")
    routes = {**vars(parent).get(ROUTES, {}), segment: controller}
    setattr(parent, ROUTES, MappingProxyType(routes))
    setattr(parent, segment, controller)
