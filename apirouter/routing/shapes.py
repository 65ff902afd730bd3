"""What a route's path says: for people, for URLs, for comparing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apirouter.routing.template import MEMBER_ID, Reader

#: A text, or a variable: its name and the requirement written with it.
Part = str | tuple[str, str | None]


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What a route's path says.

    :param template: the path for people, ``/servers/{id}``, without requirements and format.
    :param parts: the path in order, without format: texts, and variables, each a name and the requirement
        written in the path (None where there is none).
    :param names: the variables.
    """

    template: str
    parts: tuple[Part, ...]
    names: frozenset[str]

    def path(self, values: Mapping[str, Any]) -> str:
        """Return the path with its variables filled in, percent-encoded (RFC 3986).

        A value never adds to the path, and never climbs in it.

        :raises KeyError: a variable has no value.
        """
        return "".join(p if isinstance(p, str) else _segment(values[p[0]]) for p in self.parts)


def _segment(value: Any) -> str:
    """Return a variable's value percent-encoded (RFC 3986); it never adds to the path, nor climbs in it."""
    text = quote(str(value), safe="~", errors="replace")
    return text.replace(".", "%2E") if text in (".", "..") else text


class Shapes:
    """Reads routes' paths; the pieces between slashes, which most routes share, once each."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._pieces: dict[int, tuple[Any, str, tuple[Part, ...], tuple[str, ...]]] = {}

    def of(self, route: Any) -> Shape:
        """Return the shape of a route."""
        templates: list[str] = []
        parts: list[Part] = []
        names: list[str] = []
        for chunk in self._reader.chunks(route.routepath.lstrip("/")):
            known = self._pieces.get(id(chunk))
            if known is None or known[0] is not chunk:
                known = self._pieces[id(chunk)] = self._read(chunk)
            templates.append(known[1])
            parts.append("/")
            parts += known[2]
            names += known[3]
        return Shape("/" + "/".join(templates), tuple(parts), frozenset(names))

    @staticmethod
    def _read(chunk: Any) -> tuple[Any, str, tuple[Part, ...], tuple[str, ...]]:
        parts: list[Part] = []
        for part in chunk.parts:
            if isinstance(part, str):
                parts.append(part)
            elif part[1] != "format":
                parts.append((str(part[1]), chunk.reqs.get(part[1])))
            elif parts and isinstance(parts[-1], str):
                parts[-1] = parts[-1].removesuffix(".")
        text = "".join(p if isinstance(p, str) else f"{{{p[0]}}}" for p in parts)
        return chunk, text, tuple(parts), tuple(map(str, chunk.names))


def methods_of(route: Any) -> tuple[str, ...]:
    """Return the HTTP methods of a route, sorted; empty for any."""
    wanted = (route.conditions or {}).get("method")
    if not wanted:
        return ()
    return tuple(sorted({wanted.upper()} if isinstance(wanted, str) else {m.upper() for m in wanted}))


def pattern_of(route: Any, shape: Shape) -> tuple[Any, ...]:
    """Return what two routes share that match the same paths: their variables' names are left out."""
    # Not the route's own reqs: they would make it set itself up, which most routes never need.
    requirements = route._kargs.get("requirements") or {}
    parts = (
        part if isinstance(part, str) else (part[1] or requirements.get(part[0], MEMBER_ID),)
        for part in shape.parts
    )
    return ("format" in shape.names, *parts)
