"""What a route's path says: for people, for URLs, for comparing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apirouter.routing.template import MEMBER_ID, Chunk, Reader

#: A text, or a variable: its name and the requirement written with it.
Part = str | tuple[str, str | None]


class Piece:
    """What stands between two slashes of a path; routes share them.

    :param chunk: the piece as the mapper's reader reads it.
    """

    __slots__ = ("chunk", "names", "parts", "skeleton", "template", "unwritten")

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        parts: list[Part] = []
        for part in chunk.parts:
            if isinstance(part, str):
                parts.append(part)
            elif part[1] != "format":
                parts.append((str(part[1]), chunk.reqs.get(part[1])))
            elif parts and isinstance(parts[-1], str):
                parts[-1] = parts[-1].removesuffix(".")
        self.parts = tuple(parts)
        self.names = tuple(map(str, chunk.names))
        self.template = "".join(p if isinstance(p, str) else f"{{{p[0]}}}" for p in parts)
        #: The piece without its variables' names, and the variables whose requirement stands elsewhere.
        self.skeleton = "".join(p if isinstance(p, str) else f"\0{p[1] or ''}\0" for p in parts)
        self.unwritten = tuple(p[0] for p in parts if not isinstance(p, str) and not p[1])


class Shape:
    """What a route's path says: most of it is worked out when it is asked for.

    :param pieces: what stands between its slashes.
    :param names: its variables.
    """

    __slots__ = ("_pieces", "names")

    def __init__(self, pieces: tuple[Piece, ...], names: frozenset[str]) -> None:
        self._pieces, self.names = pieces, names

    @property
    def template(self) -> str:
        """The path for people, ``/servers/{id}``, without requirements and format."""
        return "/" + "/".join([piece.template for piece in self._pieces])

    @property
    def parts(self) -> tuple[Part, ...]:
        """The path in order, without format: texts, and variables with their written requirements."""
        return tuple(part for piece in self._pieces for part in ("/", *piece.parts))

    def pattern(self, requirements: Mapping[str, str]) -> tuple[Any, ...]:
        """Return what two routes share that match the same paths: their variables' names are left out.

        :param requirements: those of the route that do not stand in its path.
        """
        skeleton = "/".join([piece.skeleton for piece in self._pieces])
        wanted = [requirements.get(name, MEMBER_ID) for piece in self._pieces for name in piece.unwritten]
        return ("format" in self.names, skeleton, *wanted)

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
        self._pieces: dict[int, Piece] = {}
        self._names: dict[tuple[str, ...], frozenset[str]] = {}

    def of(self, route: Any) -> Shape:
        """Return the shape of a route."""
        known, found = self._pieces, []
        names: tuple[str, ...] = ()
        for chunk in self._reader.chunks(route.routepath.lstrip("/")):
            piece = known.get(id(chunk))
            if piece is None or piece.chunk is not chunk:
                piece = known[id(chunk)] = Piece(chunk)
            found.append(piece)
            names += piece.names
        same = self._names.get(names)
        if same is None:
            same = self._names[names] = frozenset(names)
        return Shape(tuple(found), same)


def methods_of(route: Any) -> tuple[str, ...]:
    """Return the HTTP methods of a route, sorted; empty for any."""
    wanted = (route.conditions or {}).get("method")
    if not wanted:
        return ()
    return tuple(sorted({wanted.upper()} if isinstance(wanted, str) else {m.upper() for m in wanted}))
