"""Where the path of a route leads in the trie, segment by segment, while the trie grows."""

from __future__ import annotations

from dataclasses import dataclass

from apirouter.routing.template import Chunk
from apirouter.routing.trie import Node


@dataclass(slots=True)
class Place:
    """Where a path leads.

    :ivar node: the node there.
    :ivar above: the place a segment before.
    :ivar depth: how many segments it has so far.
    :ivar captures: the variables that are segments, with their numbers.
    :ivar names: all variables.
    :ivar text: the text before the first variable, while there is none.
    :ivar prefix: that text, without slashes at its end, once there is one.
    :ivar careful: whether a variable may be empty.
    :ivar crossing: whether a segment does not end where it should.
    :ivar dead: whether no path of a request can get there.
    """

    node: Node
    above: Place | None = None
    depth: int = 0
    captures: tuple[tuple[str, int], ...] = ()
    names: tuple[str, ...] = ()
    text: str | None = ""
    prefix: str = ""
    careful: bool = False
    crossing: bool = False
    dead: bool = False


@dataclass(slots=True)
class Segment:
    """A chunk with its requirements.

    :ivar chunk: the chunk.
    :ivar crossing: whether it may match beyond its slashes.
    :ivar refers: whether it has groups with names, or refers to groups.
    :ivar pattern: the expression of its only variable; None when it is mixed.
    :ivar head: the text a mixed one starts with.
    :ivar expression: the expression of what follows.
    :ivar texts: text that must be in it.
    :ivar dot: whether a dot must be.
    """

    chunk: Chunk
    crossing: bool
    refers: bool
    pattern: str | None = None
    head: str = ""
    expression: str = ""
    texts: tuple[str, ...] = ()
    dot: bool = False


class OpenChunkError(Exception):
    """A chunk of the path can't be read by itself."""
