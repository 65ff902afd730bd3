"""A route's path -> the segments that the index files it under.

1. A path is split at its slashes; each piece (a *chunk*) is read once, however many routes share it, by
   Routes' own reader. A path whose braces or brackets hold a slash is read as a whole, then split.
2. A chunk is a *literal*, a *variable* alone, or *mixed* (text and variables, or several variables).
3. A variable whose expression can match a slash, or depends on what surrounds it, ends the plain
   segments: the route is *crossing* from there on and its whole expression decides. So it is for a
   minimized route, whose optional parts come and go.
4. A chunk's requirement stands in the path (``{id:[0-9]+}``), or in ``requirements``, or is Routes'
   default: anything but a slash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import routes

from apirouter.expressions import Traits, traits

#: What ``resource()`` of Routes requires of an id.
MEMBER_ID = "[^\\/]+(?<!\\\\)"

_SPECIAL = re.compile(r"[\\:*{]")
_ONE_BRACED = re.compile(r"\{[^{}]*\}")


class _Reader:
    """What Routes' path reader needs of the route it belongs to."""

    done_chars = routes.route.Route.done_chars
    static = False

    def __init__(self) -> None:
        self.reqs: dict[str, str] = {}


def read(path: str) -> tuple[list[Any], dict[str, str]]:
    """Read a route's path as Routes does.

    :param path: the path, in Routes' syntax.
    :returns: its parts (text, or a dict of ``type`` and ``name``) and the requirements written in it.
    """
    reader = _Reader()
    return routes.route.Route._pathkeys(reader, path), reader.reqs


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a path between slashes.

    :param parts: text and ``(type, name)`` pairs, in order.
    :param literal: the text, when there is no variable; else None.
    :param reqs: the requirements written in it.
    :param names: the names of its variables.
    """

    parts: tuple[str | tuple[str, str], ...]
    literal: str | None
    reqs: dict[str, str]
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Reader:
    """Reads paths, each distinct chunk and requirement once."""

    _chunks: dict[str, Chunk | None] = field(default_factory=dict)
    _traits: dict[str, Traits] = field(default_factory=dict)

    def traits(self, pattern: str) -> Traits:
        """Return what a requirement can match."""
        found = self._traits.get(pattern)
        if found is None:
            found = self._traits[pattern] = traits(pattern)
        return found

    def chunk(self, text: str) -> Chunk | None:
        """Return the chunk that a text without a slash is, or None when that can't be told from it alone."""
        try:
            return self._chunks[text]
        except KeyError:
            found = self._chunks[text] = _closed(text)
            return found

    def chunks(self, path: str) -> list[Chunk]:
        """Return the chunks of a path."""
        found = []
        for text in path.split("/"):
            chunk = self.chunk(text)
            if chunk is None:
                return _whole(path)
            found.append(chunk)
        return found


def _closed(text: str) -> Chunk | None:
    """Read a chunk by itself, or return None when that can't be told from the chunk alone."""
    if not _SPECIAL.search(text):
        return Chunk((text,) if text else (), text, {})
    doubtful = (
        text.endswith(("\\", ":", "*"))
        or text.count("{") != text.count("}")
        or text.count("(") != text.count(")")
        or ("\\" in text and not _ONE_BRACED.fullmatch(text))
    )
    if doubtful:
        return None
    parts, reqs = read(text)
    if any(isinstance(part, dict) and part["type"] == "{" for part in parts):
        return None
    return _chunk(parts, reqs)


def _chunk(parts: list[Any], reqs: dict[str, str]) -> Chunk:
    merged: list[str | tuple[str, str]] = []
    for part in parts:
        if isinstance(part, dict):
            merged.append((part["type"], part["name"]))
        elif merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part:
            merged.append(part)
    names = [part[1] for part in merged if not isinstance(part, str)]
    literal = None if names else "".join(map(str, merged))
    return Chunk(tuple(merged), literal, {name: reqs[name] for name in names if name in reqs}, tuple(names))


def _whole(path: str) -> list[Chunk]:
    parts, reqs = read(path)
    pieces: list[list[Any]] = [[]]
    for part in parts:
        if isinstance(part, dict):
            pieces[-1].append(part)
            continue
        first, *more = part.split("/")
        pieces[-1].append(first)
        pieces.extend([text] for text in more)
    return [_chunk(piece, reqs) for piece in pieces]
