"""What ``repr`` says of a value, written no further than a message may echo.

jsonschema writes the whole value into each of its messages, of which a client is shown some characters: writing
the tens of thousands of items of a large body takes longer than checking them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from apirouter.errors import ECHO_LIMIT


def brief(value: Any) -> str:
    """Return what ``repr`` returns; where that is longer than may be echoed, more of its beginning than may be.

    :param value: a JSON value.
    """
    written, size = [], 0
    for piece in _pieces(value):
        written.append(piece)
        size += len(piece)
        if size > ECHO_LIMIT:
            break
    return "".join(written)


def briefly(keyword: Callable[..., Any]) -> Callable[..., Any]:
    """Return a keyword of jsonschema's whose messages write arrays and objects briefly.

    :param keyword: one that says something of the value itself, not of its parts.
    """

    def check(validator: Any, rule: Any, instance: Any, schema: Any) -> Any:
        if isinstance(instance, list):
            instance = _Array(instance)
        elif isinstance(instance, dict):
            instance = _Object(instance)
        return keyword(validator, rule, instance, schema)

    return check


class _Array(list[Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return brief(self)


class _Object(dict[str, Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return brief(self)


def _pieces(value: Any) -> Iterator[str]:
    between = ""
    if isinstance(value, list):
        yield "["
        for item in value:
            yield between
            yield from _pieces(item)
            between = ", "
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for key, item in value.items():
            yield f"{between}{key!r}: "
            yield from _pieces(item)
            between = ", "
        yield "}"
    else:
        yield repr(value)
