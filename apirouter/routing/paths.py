"""A path, or a collection, of a plugin: one that can't be read as it was meant is refused before it makes a route.

One that may be meant, but most likely isn't, is told: a ``?`` or ``#`` in a path is one that a client sends as ``%3F``
or ``%23``, for a URL's path ends at either (RFC 3986, 3.3).

Routes reads all of them somehow: a brace within a variable's requirement ends the variable, and what is left of the
requirement is text of the path, which no request has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from apirouter.errors import PluginError
from apirouter.routing.template import read

if TYPE_CHECKING:
    from apirouter.extensions import ResourceExtension

_BRACES = re.compile(r"[{}]")

#: What ends the path of a URL -> what follows it, how a path has it, and what to do.
_ENDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "?": ("query", "%3F", "leave the query out, a method reads it from req.GET"),
        "#": ("fragment", "%23", "leave it out, no client sends it"),
    }
)


def check_path(route: Any) -> None:
    """Refuse a path whose variables can't be read, or that no request has.

    :param route: the mapper's.
    :raises PluginError: it says what is wrong with it, and how it is written.
    """
    for problem, fix in _mistakes(route.routepath, route.routelist, plain=not route.minimization):
        raise PluginError(f"route {route.routepath} {problem}", fix=fix)


def doubtful(route: Any) -> Iterator[str]:
    """Yield what is doubtful in a path that makes a route.

    :param route: the mapper's.
    """
    marks = (mark for part in route.routelist if isinstance(part, str) for mark in part if mark in _ENDS)
    mark = next(marks, "")
    if mark:
        what, code, fix = _ENDS[mark]
        yield (
            f"route {route.routepath} has a '{mark}', where the path of a URL ends: no {what} leads to it, only a "
            f"'{code}' in the path does; {fix}"
        )


def check_segments(key: str, extension: ResourceExtension) -> None:
    """Refuse a resource whose collection, parent or actions can't be read as the segments of paths that they are.

    :param key: what to call the resource.
    :param extension: what brings it.
    :raises PluginError: it says what is wrong, and how it is written.
    """
    actions = *extension.collection_actions, *extension.member_actions
    said = [
        ("collection", extension.collection),
        ("parent", (extension.parent or {}).get("collection_name", "")),
    ]
    for kind, text in [*said, *(("action", name) for name in actions)]:
        if not _BRACES.search(str(text)):
            continue
        what = f"{kind} '{text}'" + (f" of {key}" if kind != "collection" else "")
        try:
            parts = read(f"/{text}")[0]
        except IndexError:
            raise PluginError(f"{what} has a variable without a name", fix="write '{name}'") from None
        for problem, fix in _mistakes(text, parts, plain=False):
            raise PluginError(f"{what} {problem}", fix=fix)


def _mistakes(path: str, parts: list[Any], *, plain: bool) -> Iterator[tuple[str, str]]:
    if plain and isinstance(parts[0] if parts else None, str) and not path.startswith("/"):
        yield "has no slash in front, as every request has", f"write '/{path}'"
    names: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            if "}" in part and "\\}" not in path:
                yield "has a brace too many, or one within a requirement", r"write '\}' for one within"
            continue
        name = part["name"]
        if part["type"] == "{":
            yield f"has no end of its variable '{name}'", f"write '{{{name}}}'"
        elif not name.isidentifier():
            yield f"has the variable '{name}', which is no name of a parameter", "write '{name}'"
        elif name in names:
            yield f"has the variable '{name}' twice", "give one of the two another name"
        names.add(name)
