"""Routes that are written alike: the second is never reached.

1. Two routes are written alike when their paths are the same but for the names of variables, their requirements
   are, and they take the same method. Routes with conditions beside the method are left alone.
2. A resource that stands alone is compared with nothing but itself, and of its kind one resource is.
3. The paths of a resource are compared in two pieces, the collection's and what follows it: the second is its
   kind's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apirouter.routing.mounted import Mounted, Table
from apirouter.routing.resources import Kind
from apirouter.routing.shapes import Shapes

#: The conditions of a route that any request with its path and method meets.
_METHOD_ALONE = {"method"}

#: A path without its variables' names, and whether it has a format.
_Skeleton = tuple[str, bool]


def duplicates(table: Table, shapes: Shapes) -> Iterator[tuple[str, Mounted, Mounted]]:
    """Yield a method, a route, and the one before it that is written alike; in the order of the table.

    :param table: the table.
    :param shapes: reads its paths.
    """
    seen: dict[tuple[_Skeleton, str], Mounted | dict[Any, Mounted]] = {}
    for mounted, skeleton in _comparable(table, shapes):
        conditions = mounted.route.conditions
        if conditions and conditions.keys() != _METHOD_ALONE:
            continue
        for method in mounted.methods or ("ANY",):
            key = skeleton, method
            first = seen.setdefault(key, mounted)
            if first is mounted:
                continue
            # Routes of one skeleton are few, and only they are looked at closely.
            if isinstance(first, Mounted):
                first = seen[key] = {_pattern(first): first}
            other = first.setdefault(_pattern(mounted), mounted)
            if other is not mounted:
                yield method, mounted, other


def _comparable(table: Table, shapes: Shapes) -> Iterator[tuple[Mounted, _Skeleton]]:
    """Yield the routes that another one may be written like."""
    at = 0
    for order, block, alone in table.placed:
        kind = block.kind
        end = order + len(block.routes)
        if not kind.plain:
            continue
        for one in table.mounted[at:order]:
            yield one, _skeleton(one)
        at = end
        if alone and kind.different:
            continue
        above = shapes.at(f"{block.prefix}/{block.name}")
        formatted = "format" in above.names
        for one, (tail, has_format) in zip(table.mounted[order:end], _tails(kind, shapes), strict=True):
            yield one, (above.skeleton + tail, has_format or formatted)
    for one in table.mounted[at:]:
        yield one, _skeleton(one)


def _tails(kind: Kind, shapes: Shapes) -> Iterator[_Skeleton]:
    for row in kind.rows:
        tail = shapes.at(row.path)
        yield f"/{tail.skeleton}" if row.path.startswith("/") else "", "format" in tail.names


def _skeleton(mounted: Mounted) -> _Skeleton:
    shape = mounted.shape
    return shape.skeleton, "format" in shape.names


def _pattern(mounted: Mounted) -> tuple[Any, ...]:
    # Not the route's own reqs: they would make it set itself up, which most routes never need.
    return mounted.shape.pattern(mounted.route._kargs.get("requirements") or {})
