"""When two JSON values are equal: ``1`` is ``1.0``, neither is ``true``, and the order of keys says nothing."""

from __future__ import annotations

from typing import Any


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and all(k in other and same(v, other[k]) for k, v in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def unique(items: list[Any]) -> bool:
    """Tell whether no two items are equal.

    :param items: JSON values; what it takes grows with their length only.
    """
    return len(set(map(_identity, items))) == len(items)


def _identity(value: Any) -> Any:
    """Return what is equal of equal values, and whose hash no client can foretell."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return "array", tuple(map(_identity, value))
    if isinstance(value, dict):
        return "object", frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, float):
        return "number", hex(int(value)) if value.is_integer() else value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        # A number's own hash is no secret: thousands that share one would be compared pairwise.
        return "number", hex(value)
    return "constant", value
