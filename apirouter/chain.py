"""From an application to the one behind it, whoever wrote the filter between them.

1. A filter keeps the application behind it as ``application``, ``app`` or the like; a filter that is a function
   has it in its closure, or as an attribute of the function.
2. Asking must do nothing: an attribute that is computed is not asked for.
3. ``functools.wraps`` copies the attributes of the application that a filter wraps: they say nothing of the filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any

#: What filters call the application behind them.
INNER = ("application", "app", "_application", "_app", "wrapped_app", "wsgi_app", "wrap_app")


def chain(application: Any) -> Iterator[Any]:
    """Yield an application and what it wraps, outermost first; with a filter's function, the filter itself.

    :param application: the outermost; None is none.
    """
    seen: set[int] = set()
    while application is not None and id(application) not in seen:
        seen.add(id(application))
        yield application
        if isinstance(application, FunctionType):
            owner = own(application).get("filter")
        elif isinstance(application, MethodType):
            owner = application.__self__
        else:
            owner = _attribute(application, "filter")
        if owner is not None:
            yield owner
        application = inner_application(application)


def inner_application(application: Any) -> Any:
    """Return the application behind a filter, or None for what is no filter."""
    if isinstance(application, MethodType):
        return inner_application(application.__self__)
    names: Mapping[str, Any] = {}
    if isinstance(application, FunctionType):
        cells = zip(application.__code__.co_freevars, application.__closure__ or (), strict=True)
        names = {**_contents(cells), **own(application)}
        if passes_for_another(application):
            # Whatever its closure calls it.
            names.setdefault(INNER[-1], names["__wrapped__"])
    for name in INNER:
        found = names.get(name)
        if found is None and not isinstance(application, (FunctionType, type)):
            found = _attribute(application, name)
        if callable(found) and found is not application and not isinstance(found, type):
            return found
    return None


def passes_for_another(function: FunctionType) -> bool:
    """Tell whether a function says of itself what a filter says that it wraps: name, module, what is behind."""
    return not (vars(function).keys() - own(function).keys()).isdisjoint(INNER)


def own(function: FunctionType) -> Mapping[str, Any]:
    """Return the attributes of a function, without those that it has of the one it wraps."""
    names = vars(function)
    theirs = getattr(names.get("__wrapped__"), "__dict__", {})
    return {name: value for name, value in names.items() if name not in theirs or theirs[name] is not value}


def _contents(cells: Any) -> dict[str, Any]:
    found = {}
    for name, cell in cells:
        try:
            found[name] = cell.cell_contents
        except ValueError:
            # A variable of the enclosing function that was never set.
            continue
    return found


def _attribute(thing: Any, name: str) -> Any:
    """Return an attribute that is kept, not one that is computed."""
    kept = getattr(thing, "__dict__", {})
    if name in kept:
        return kept[name]
    for kind in type(thing).__mro__:
        if name in kind.__dict__.get("__slots__", ()):
            return getattr(thing, name, None)
    return None
