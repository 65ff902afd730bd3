"""What a route's path says: for people, for URLs, for comparing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from apirouter.routing.template import MEMBER_ID, Chunk, Reader

_NO_NAMES: frozenset[str] = frozenset()

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
    """What a route's path says.

    :param above: what stands before the last slash; None at the root.
    :param piece: what stands after it.
    :param names: its variables.

    :ivar template: the path for people, ``/servers/{id}``, without requirements and format.
    :ivar skeleton: the path without its variables' names, nor the requirements that stand elsewhere.
    """

    __slots__ = ("_above", "_piece", "_unwritten", "names", "skeleton", "template")

    def __init__(self, above: Shape | None, piece: Piece, names: frozenset[str]) -> None:
        self._above, self._piece, self.names = above, piece, names
        if above is None:
            self.template, self.skeleton = f"/{piece.template}", piece.skeleton
            self._unwritten = piece.unwritten
        else:
            slash = "" if above.template == "/" else "/"
            self.template = f"{above.template}{slash}{piece.template}"
            self.skeleton = f"{above.skeleton}/{piece.skeleton}"
            self._unwritten = above._unwritten + piece.unwritten if piece.unwritten else above._unwritten

    @property
    def parts(self) -> tuple[Part, ...]:
        """The path in order, without format: texts, and variables with their written requirements."""
        return (*(self._above.parts if self._above is not None else ()), "/", *self._piece.parts)

    def pattern(self, requirements: Mapping[str, str]) -> tuple[Any, ...]:
        """Return what two routes share that match the same paths: their variables' names are left out.

        :param requirements: those of the route that do not stand in its path.
        """
        wanted = [requirements.get(name, MEMBER_ID) for name in self._unwritten]
        return ("format" in self.names, self.skeleton, *wanted)

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
    """Reads routes' paths; what many of them share, all but the last piece, once."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._pieces: dict[int, Piece] = {}
        self._names: dict[tuple[frozenset[str], tuple[str, ...]], frozenset[str]] = {}
        self._shapes: dict[str, Shape] = {}

    def of(self, route: Any) -> Shape:
        """Return the shape of a route."""
        return self.at(route.routepath)

    def at(self, path: str) -> Shape:
        """Return the shape of a path, or of a piece of one.

        :param path: the path, in Routes' syntax.
        """
        path = path.lstrip("/")
        shape = self._of(path)
        if shape is None:
            for chunk in self._reader.chunks(path):
                shape = self._below(shape, chunk)
        return cast(Shape, shape)

    def _of(self, path: str) -> Shape | None:
        """Return the shape of a path, or None when it can't be read piece by piece."""
        found = self._shapes.get(path)
        if found is None:
            above, slash, text = path.rpartition("/")
            chunk, start = self._reader.chunk(text), self._of(above) if slash else None
            if chunk is not None and (start is not None or not slash):
                found = self._shapes[path] = self._below(start, chunk)
        return found

    def _below(self, above: Shape | None, chunk: Chunk) -> Shape:
        piece = self._pieces.get(id(chunk))
        if piece is None or piece.chunk is not chunk:
            piece = self._pieces[id(chunk)] = Piece(chunk)
        key = _NO_NAMES if above is None else above.names, piece.names
        names = self._names.get(key)
        if names is None:
            names = self._names[key] = frozenset((*key[0], *key[1]))
        return Shape(above, piece, names)


def methods_of(route: Any) -> tuple[str, ...]:
    """Return the HTTP methods of a route, sorted; empty for any."""
    wanted = (route.conditions or {}).get("method")
    if not wanted:
        return ()
    return tuple(sorted({wanted.upper()} if isinstance(wanted, str) else {m.upper() for m in wanted}))
