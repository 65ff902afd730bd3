"""Attributes of classes and objects, out of ``__dict__``, never asked for: looking runs nobody's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

from apirouter.controller import VersionedMethod
from apirouter.objectdispatch.secure import Mounted
from apirouter.objectdispatch.tables import CLASS, INSTANCE, STATIC

_HEAP_TYPE = 1 << 9


def belongs(func: Callable[..., Any], generic: Callable[..., Any], kind: type) -> bool:
    """Tell whether a handler of a generic method is one for this class, not only for some subclass.

    It is, when both were written in one class body, or the class (or a base) has it.
    """
    prefix = generic.__qualname__.rpartition(".")[0]
    if func.__qualname__.rpartition(".")[0] == prefix and func.__module__ == generic.__module__:
        return True
    return any(func is value for klass in kind.__mro__ for value in vars(klass).values())


def function(value: Any) -> tuple[Any, str]:
    if isinstance(value, staticmethod):
        return value.__func__, STATIC
    if isinstance(value, classmethod):
        return value.__func__, CLASS
    return value, INSTANCE


def implementations(value: Any) -> tuple[list[Any], str]:
    """Return the plain functions of a class attribute, and how they are called; none for anything else."""
    if isinstance(value, VersionedMethod):
        return list(value.functions), INSTANCE
    func, how = function(value)
    return ([func], how) if isinstance(func, FunctionType) else ([], how)


def class_attributes(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a class and its bases, each name once, as they stand in the classes."""
    seen: set[str] = set()
    for klass in kind.__mro__[:-1]:
        for name, value in list(vars(klass).items()):
            if name not in seen:
                seen.add(name)
                if not (name.startswith("__") and name.endswith("__")):
                    yield name, value


def own(thing: Any) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield an instance's own public attributes."""
    for name, value in list(own(thing).items()):
        if isinstance(name, str) and not name.startswith("_"):
            yield name, value


def may_be(value: Any) -> bool:
    """Tell whether a value can be a controller at all: an instance of a class written in Python."""
    kind = type(value)
    return bool(kind.__flags__ & _HEAP_TYPE) and not isinstance(
        value, (type, ModuleType, FunctionType, MethodType, staticmethod, classmethod, property, Mounted)
    )
