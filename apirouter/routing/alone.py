"""Resources that no other route of a table can meet: what is known of one is known of all that are like it.

1. A block stands alone when its collection is one plain segment, and no other route of the table has this text in
   its path, as a segment or as the start of one: neither a named action, nor what stands above another
   collection, nor a plugin's own route. The same collection elsewhere, with more or fewer segments above it (with
   and without a project), is no other.
2. So no other route can be written like one of the block, and the part of the index under the collection's text
   is the block's own.
3. What a variable takes in the place of that text is another matter: the index sees to that where the text stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from apirouter.routing.resources import Block
from apirouter.routing.template import Reader


class Placed(NamedTuple):
    """A block in a table.

    :param order: the number of its first route.
    :param block: the block; its collection is one plain segment.
    :param alone: whether it stands alone.
    """

    order: int
    block: Block
    alone: bool


_WORDS = re.compile(r"[A-Za-z0-9_-]+").findall


def placed(blocks: Sequence[tuple[int, Block]], table: Sequence[Any]) -> list[Placed]:
    """Return the blocks whose collections are one plain segment, and which of them stand alone.

    :param blocks: the number of its first route, and the block; in order.
    :param table: all routes of the table.
    """
    reader = Reader()
    words: set[str] = set()
    for path in {*_beside(blocks, table), *(f"/{block.prefix}" for _, block in blocks)}:
        words.update(_words(reader, path))
    for kind in {block.kind for _, block in blocks}:
        words.update(kind.labels)
        if not kind.labels:
            words.update(word for row in kind.rows for word in _words(reader, row.path))
    words.update(("new",) if blocks else ())
    places = [(block.name, block.prefix.count("/") if block.prefix else -1) for _, block in blocks]
    count = Counter(places)
    return [
        Placed(order, block, place[0] not in words and count[place] == 1)
        for (order, block), place in zip(blocks, places, strict=True)
        if block.plain
    ]


def _beside(blocks: Sequence[tuple[int, Block]], table: Sequence[Any]) -> Iterator[str]:
    """Yield the paths of the routes that are no block's."""
    at = 0
    for start, block in blocks:
        yield from (route.routepath for route in table[at:start])
        at = start + len(block.routes)
    yield from (route.routepath for route in table[at:])


def _words(reader: Reader, path: str) -> Iterable[str]:
    for chunk in reader.chunks(path):
        for part in chunk.parts:
            if isinstance(part, str):
                yield from _WORDS(part)
