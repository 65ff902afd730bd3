"""The methods of a controller, each version of each: found in its classes, never on the instance."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any, TypeVar

from apirouter.controller import VersionedMethod
from apirouter.errors import PluginError, clip
from apirouter.microversion import ANY, VersionRange
from apirouter.stamps import Stamp, stamp_of

M = TypeVar("M", bound="Implementation")


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """One function that serves one name for a range of versions.

    :param controller: the instance it is a method of.
    :param name: the attribute's name.
    :param func: the plain function.
    :param versions: the versions it serves.
    :param plugin: whose it is, for errors and listings.
    :param stamp: what decorators said of it.
    """

    controller: Any
    name: str
    func: Callable[..., Any]
    versions: VersionRange
    plugin: str
    stamp: Stamp

    @classmethod
    def of(cls: type[M], controller: Any, name: str, func: Callable[..., Any], plugin: str) -> M:
        """Read a function's stamp.

        :param controller: as for the class; likewise the others.
        """
        stamp = stamp_of(func)
        return cls(controller, name, func, stamp.versions or ANY, plugin, stamp)

    @property
    def bound(self) -> Callable[..., Any]:
        """The method to call."""
        return MethodType(self.func, self.controller)

    @property
    def owner(self) -> type:
        """The controller's class."""
        return type(self.controller)

    @property
    def qualname(self) -> str:
        """``module.Class.method``."""
        kind = self.owner
        return f"{kind.__module__}.{kind.__qualname__}.{self.name}"

    @property
    def place(self) -> tuple[str, int]:
        """File and line where it is defined."""
        code = getattr(inspect.unwrap(self.func), "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code else ("?", 0)

    @property
    def where(self) -> str:
        """``Class.method at file:line``, for errors."""
        file, line = self.place
        return f"{self.owner.__qualname__}.{self.name} at {file}:{line}"


def implementations(controller: Any, plugin: str = "") -> Iterator[Implementation]:
    """Yield every method of a controller's class, each version of it.

    :param controller: an instance of any class.
    :param plugin: whose it is.
    :raises PluginError: the controller is a class, or a value that can't be one.
    """
    for name, func in functions(controller, plugin):
        yield Implementation.of(controller, name, func, plugin)


def functions(controller: Any, plugin: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the name and the function of every method of a controller's class, each version of it.

    Looks at the classes' own dictionaries only: no attribute of the instance, no property is touched.

    :param controller: an instance of any class.
    :param plugin: whose it is.
    :raises PluginError: the controller is a class, or a value that can't be one.
    """
    if isinstance(controller, type):
        raise PluginError(
            f"the controller is the class {controller.__qualname__}",
            fix=f"give an instance: {controller.__qualname__}()",
            plugin=plugin,
        )
    if type(controller).__module__ == "builtins":
        raise PluginError(
            f"the controller is the {type(controller).__name__} {clip(repr(controller), 50)}",
            fix="give an instance of a class derived from wsgi.Controller",
            plugin=plugin,
        )
    seen: set[str] = set()
    for klass in type(controller).__mro__[:-1]:
        for name, value in vars(klass).items():
            if name in seen:
                continue
            seen.add(name)
            if isinstance(value, FunctionType):
                yield name, value
            elif isinstance(value, VersionedMethod):
                for func in value.functions:
                    yield name, func


_VARIABLE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_ASYNCHRONOUS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Parameters:
    """The parameters of a method, as far as a call by keywords is concerned.

    :param func: the plain function; its first parameter is the instance.

    :ivar first: the name of its first parameter, the instance's; empty when it has none.
    :ivar anything: whether it takes any keyword.
    :ivar names: its parameters that may be given by keyword.
    :ivar required: those without a default.
    :ivar positional_only: those that can't be given by keyword.
    :ivar asynchronous: whether a call makes a coroutine, or an asynchronous iterator.
    :ivar order: its parameters in order, where it takes just these, each by position or keyword and none of
        them with a default; else None.
    """

    __slots__ = ("anything", "asynchronous", "first", "names", "order", "positional_only", "required")

    def __init__(self, func: Callable[..., Any]) -> None:
        if type(func) is FunctionType and not func.__dict__.keys() & {"__wrapped__", "__signature__"}:
            self._of_code(func)
            return
        self.asynchronous = inspect.iscoroutinefunction(func) or inspect.isasyncgenfunction(func)
        every = list(inspect.signature(func).parameters.values())
        own = every[1:]
        self.first = every[0].name if every else ""
        self.anything = any(p.kind is p.VAR_KEYWORD for p in own)
        named = [p for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        self.names = frozenset(p.name for p in named)
        self.required = frozenset(p.name for p in named if p.default is p.empty)
        self.positional_only = [p.name for p in own if p.kind is p.POSITIONAL_ONLY and p.default is p.empty]
        # What wraps another may do anything with what it is given.
        self.order: tuple[str, ...] | None = None

    def _of_code(self, func: FunctionType) -> None:
        """Read a plain function's code: a tenth of what inspect.signature takes, for thousands of methods."""
        code = func.__code__
        count, only, keyword_only = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        positional, keywords = code.co_varnames[:count], code.co_varnames[count : count + keyword_only]
        without = positional[: count - len(func.__defaults__ or ())]
        needed = [name for name in keywords if name not in (func.__kwdefaults__ or ())]
        first = max(only, 1)
        self.first = positional[0] if positional else ""
        self.anything = bool(code.co_flags & inspect.CO_VARKEYWORDS)
        self.asynchronous = bool(code.co_flags & _ASYNCHRONOUS)
        self.names = frozenset((*positional[first:], *keywords))
        self.required = frozenset((*without[first:], *needed))
        self.positional_only = list(without[1:only])
        plain = not (only or keywords or len(without) < count or code.co_flags & _VARIABLE)
        self.order = positional[1:] if plain else None

    def takes(self, name: str) -> bool:
        """Tell whether a keyword may be given."""
        return self.anything or name in self.names
