"""An INI section's strings -> one frozen dataclass, coerced and checked.

The dataclass is the specification: its field names are the options, its annotations say how each string is
read, its defaults are the defaults, its docstring's ``:param name:`` lines are the help. A field's metadata
may hold ``parse`` (a function of the string) and ``aliases`` (former names, still read).
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import importlib
import math
import os
import re
import types
import typing
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Set,
)
from typing import Any, TypeVar

from apirouter.errors import ConfigError, suggest

T = TypeVar("T")

_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "f", "0"))
#: What stands for several values, and what they are made into.
_SEVERAL: Mapping[Any, Callable[[Iterable[Any]], Any]] = types.MappingProxyType(
    {
        **{kind: kind for kind in (tuple, list, set, frozenset)},
        **dict.fromkeys((Sequence, Collection, Iterable), tuple),
        Set: frozenset,
        MutableSequence: list,
        MutableSet: set,
    }
)


def boolean(text: str) -> bool:
    """Read a truth value as Paste Deploy's ``asbool`` does.

    :raises ValueError: for any other word.
    """
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("is not a boolean (true/false, yes/no, on/off, 1/0)")


def words(text: str) -> tuple[str, ...]:
    """Split at commas, blanks and line ends."""
    return tuple(text.replace(",", " ").split())


def dotted(text: str) -> Any:
    """Import ``package.module:attribute.attribute``.

    :raises ValueError: when a part of it can't be found; it says which.
    """
    module_name, _, attributes = text.strip().partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(f"can't be imported: {error}") from error
    for name in attributes.split(".") if attributes else ():
        try:
            found = getattr(found, name)
        except AttributeError:
            raise ValueError(f"names '{name}', which {module_name} does not have") from None
    return found


def option(default: Any, *, parse: Callable[[str], Any] | None = None, aliases: tuple[str, ...] = ()) -> Any:
    """Declare a field with a reader of its own or former names.

    :param default: the value when the option is absent.
    :param parse: reads the string; raises ValueError with the rest of a sentence that starts at the value.
    :param aliases: former names of the option.
    """
    metadata = {"parse": parse, "aliases": aliases}
    if isinstance(default, types.MappingProxyType):
        # A dataclass takes it for mutable: before Python 3.12 it has no hash.
        return dataclasses.field(default_factory=lambda: default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _reader(annotation: Any) -> Callable[[str], Any]:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [_reader(a) for a in args if a is not type(None)]
        return functools.partial(_first, inner, len(inner) < len(args))
    if origin is typing.Literal:
        return functools.partial(_choice, args)
    several = _SEVERAL.get(origin or annotation)
    if several is tuple and len(args) > 1 and args[-1] is not ...:
        return functools.partial(_each, tuple(_reader(a) for a in args))
    if several is not None:
        item = _reader(args[0]) if args else str.strip
        return lambda text: several(item(word) for word in words(text))
    if annotation is bool:
        return boolean
    if annotation in (int, float):
        return functools.partial(_number, annotation)
    if annotation is re.Pattern or origin is re.Pattern:
        return _pattern
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return lambda text: annotation(_choice(tuple(e.value for e in annotation), text))
    if isinstance(annotation, type) and issubclass(annotation, os.PathLike):
        return lambda text: typing.cast("Callable[[str], Any]", annotation)(text.strip())
    if hasattr(annotation, "parse"):
        return typing.cast("Callable[[str], Any]", annotation.parse)
    return str.strip


def _first(readers: list[Callable[[str], Any]], optional: bool, text: str) -> Any:
    """Read a text as the first of several kinds that it is."""
    if optional and not text.strip():
        return None
    for reader in readers[:-1]:
        with contextlib.suppress(ValueError, LookupError, ImportError):
            return reader(text)
    return readers[-1](text)


def _each(readers: tuple[Callable[[str], Any], ...], text: str) -> tuple[Any, ...]:
    """Read as many words as there are kinds, each as its own."""
    given = words(text)
    if len(given) != len(readers):
        raise ValueError(f"is not {len(readers)} values")
    return tuple(read_one(word) for read_one, word in zip(readers, given, strict=True))


def _choice(known: tuple[Any, ...], text: str) -> Any:
    word = text.strip()
    for one in known:
        if str(one) == word:
            return one
    raise ValueError(f"is not one of {', '.join(map(str, known))}")


def _number(kind: type, text: str) -> Any:
    word = text.strip()
    if kind is int:
        # int() takes "1_000" and any alphabet's digits: nobody means that.
        if not _WHOLE.fullmatch(word):
            raise ValueError("is not a whole number")
        return int(word)
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("is not a number")
    return number


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None


def read(spec: type[T], conf: Mapping[str, Any], *, section: str = "") -> T:
    """Build ``spec`` (a dataclass) from an INI section.

    :param spec: the frozen dataclass that says which options there are.
    :param conf: option -> string, as a Paste factory's ``local_conf``; a value that is no string is taken as
        it is, so that code may call the same factory.
    :param section: what to call the section in an error.
    :raises ConfigError: an option is unknown (the nearest known one is named) or its value can't be read.
    """
    try:
        hints = typing.get_type_hints(spec)
    except NameError as error:
        raise ConfigError(
            f"the annotations of {spec.__qualname__} can't be read: {error}",
            fix="import what they name also where the program runs, not under TYPE_CHECKING alone",
            section=section,
        ) from error
    fields = {f.name: f for f in dataclasses.fields(typing.cast(Any, spec)) if f.init}
    former = {alias: name for name, f in fields.items() for alias in f.metadata.get("aliases", ())}
    values: dict[str, Any] = {}
    for key, raw in conf.items():
        name = former.get(key, key)
        if name not in fields:
            raise ConfigError(
                f"unknown option '{key}'", fix=suggest(key, fields), option=key, section=section
            )
        if name in values:
            raise ConfigError(f"option '{key}' says again what '{name}' said", option=key, section=section)
        if not isinstance(raw, str):
            values[name] = raw
            continue
        values[name] = _value(key, raw, fields[name], hints, section)
    nothing = dataclasses.MISSING
    missing = [
        name
        for name, f in fields.items()
        if name not in values and f.default is nothing and f.default_factory is nothing
    ]
    if missing:
        problem = f"option '{missing[0]}' is required"
        raise ConfigError(problem, fix=f"add '{missing[0]} = ...'", option=missing[0], section=section)
    return spec(**values)


def reread(made: Any) -> None:
    """Read what code gave as text for an option of another kind, as :func:`read` reads the INI's.

    So that ``policies="books"`` is not a list of five letters, and ``debug="no"`` is no yes. For a dataclass's
    ``__post_init__``.

    :param made: an instance; frozen or not.
    :raises ConfigError: a value can't be read.
    """
    hints: dict[str, Any] = {}
    for field in dataclasses.fields(made):
        raw = getattr(made, field.name)
        if not isinstance(raw, str) or raw == field.default:
            continue
        if not field.metadata.get("parse"):
            if field.type in ("str", str):
                continue
            hints = hints or typing.get_type_hints(type(made))
        object.__setattr__(made, field.name, _value(field.name, raw, field, hints, ""))


def _value(key: str, raw: str, field: dataclasses.Field[Any], hints: Mapping[str, Any], section: str) -> Any:
    read_one = field.metadata.get("parse") or _reader(hints[field.name])
    try:
        return read_one(raw)
    except (ValueError, LookupError, ImportError) as error:
        raise ConfigError(f"option '{key}': '{raw}' {error}", option=key, section=section) from error
