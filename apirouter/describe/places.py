"""Where things stand: names and files of objects, the same on every machine."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import Any

from apirouter.chain import own, passes_for_another
from apirouter.describe.parsing import steadily


def type_name(thing: Any) -> str:
    """Return ``module:Class`` of an instance, ``module:name`` of a function or a class."""
    if isinstance(thing, functools.partial):
        return type_name(thing.func)
    if isinstance(thing, FunctionType) and "filter" in own(thing):
        # What a filter serves through closes over the filter.
        return type_name(own(thing)["filter"])
    if isinstance(thing, MethodType):
        return f"{type_name(thing.__self__)}.{thing.__func__.__name__}"
    if isinstance(thing, FunctionType) and passes_for_another(thing):
        code = thing.__code__
        # Before Python 3.11 a code knows the last of its names.
        name = getattr(code, "co_qualname", code.co_name)
        return f"{thing.__globals__.get('__name__')}:{name.replace('.<locals>', '')}"
    named = thing if isinstance(thing, (type, FunctionType)) else type(thing)
    return f"{named.__module__}:{named.__qualname__.replace('.<locals>', '')}"


def short_name(thing: Any) -> str:
    """Return the name of an object's class, or of a function, without its module."""
    return type_name(thing).rpartition(":")[2]


def portable(file: str, module: str) -> str:
    """Return a file's path from the directory of its top package on.

    :param file: its path.
    :param module: the module it is, as ``compute.controllers.servers``.
    :returns: ``compute/controllers/servers.py``; the last of the path where the module says nothing else.
    """
    parts = PurePath(file).parts
    names = module.split(".")
    wanted = len(names) + (PurePath(file).stem == "__init__")
    tail = parts[-wanted:]
    if [PurePath(p).stem for p in tail[: len(names)]] == names:
        return "/".join(tail)
    return parts[-1] if parts else file


def place_of(func: Any) -> tuple[str, str, int]:
    """Return portable file, full path and line of a function; ``("?", "", 0)`` when it has none."""
    plain = inspect.unwrap(func)
    code = getattr(plain, "__code__", None)
    if code is None:
        return "?", "", 0
    return portable(code.co_filename, plain.__module__ or ""), code.co_filename, code.co_firstlineno


def definition_of(thing: Any) -> tuple[str, int]:
    """Return portable file and line of the function that a thing is, or of its class; ``("", 0)`` if unknown."""
    if isinstance(thing, functools.partial):
        return definition_of(thing.func)
    if isinstance(thing, (FunctionType, MethodType)):
        file, _, line = place_of(thing)
        return file, line
    kind = thing if isinstance(thing, type) else type(thing)
    try:
        file, (_, line) = inspect.getfile(kind), steadily(lambda: inspect.getsourcelines(kind))
    except (OSError, TypeError):
        # Written in C, or without a source.
        return "", 0
    return portable(file, kind.__module__), line


def schema_name(func: Any, schema: Any) -> str:
    """Return what the module of a method calls a schema: ``compute.schemas.servers:create``.

    :param func: the method that has it.
    :param schema: the schema, as its author wrote it.
    :returns: the name under which it is found, else its ``$id`` or ``title``, else an empty text.
    """
    names = getattr(inspect.unwrap(func), "__globals__", {})
    for home, name, value in _reachable(names):
        if value is schema:
            return f"{home}:{name}"
    if not isinstance(schema, Mapping):
        return ""
    return str(schema.get("$id") or schema.get("title") or "")


def _reachable(names: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield module, name and value of all globals, then of all globals of the modules among them."""
    for name, value in names.items():
        if isinstance(value, dict):
            yield str(names.get("__name__", "")), name, value
    for module in list(names.values()):
        if isinstance(module, ModuleType) and module.__name__ in sys.modules:
            for name, value in list(vars(module).items()):
                if isinstance(value, dict) and not name.startswith("__"):
                    yield module.__name__, name, value
