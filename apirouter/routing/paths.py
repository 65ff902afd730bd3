"""A path that a plugin connects itself: one that can't be read as it was meant is refused before it makes a route.

Routes reads all of them somehow: a brace within a variable's requirement ends the variable, and what is left of the
requirement is text of the path, which no request has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apirouter.errors import PluginError


def check_path(route: Any) -> None:
    """Refuse a path whose variables can't be read, or that no request has.

    :param route: the mapper's.
    :raises PluginError: it says what is wrong with it, and how it is written.
    """
    for problem, fix in _mistakes(route.routepath, route.routelist, plain=not route.minimization):
        raise PluginError(f"route {route.routepath} {problem}", fix=fix)


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
