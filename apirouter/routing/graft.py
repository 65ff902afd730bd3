"""Parts of the trie that are alike: grown once, then copied.

1. The part of the trie under a collection follows from the pattern of the resource's kind and from what stands
   above it: its *form*; but for the names of actions, which stand in the same places and are as long. The second
   of a form is grown apart, in a trie of its own; it and all that follow are copied from there, with routes and
   names of their own. What can't be copied is filed route by route.
2. A copy's ranks are the first's, moved by as much as its routes come later and its collection's text is longer:
   so all that hangs on the order of ranks is the same in both.
3. What is copied is settled, for a place that nothing else reaches. It is left so where the block stands alone
   (see :mod:`.alone`) and no variable beside the collection's text takes it too; elsewhere the settler settles it
   as it settles any part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import routes

from apirouter.routing.alone import Placed
from apirouter.routing.grow import PREFIX_STEP, Grower, lower, under
from apirouter.routing.place import OpenChunkError, Place
from apirouter.routing.resources import Block
from apirouter.routing.route import given
from apirouter.routing.settle import Settler
from apirouter.routing.trie import Entry, Leaf, Mix, Node

#: The pattern of a kind, and what stands above.
Form = tuple[int, str]


class _Copy(NamedTuple):
    """What is a copy's own.

    :param routes: its routes.
    :param later: by how much its ranks differ.
    :param names: the names of actions, those of what was grown -> the copy's, where they differ.
    """

    routes: Sequence[routes.route.Route]
    later: int
    names: Mapping[str, str]


class Grafter:
    """Files blocks in a trie.

    :param grower: files single routes in the same trie.
    :param settler: settles it.

    :ivar grafted: the nodes at the top of what was copied and stands alone -> the node that each is a copy of.
    """

    def __init__(self, grower: Grower, settler: Settler) -> None:
        self._grower, self._settler = grower, settler
        self.grafted: dict[Node, Node] = {}
        self._places: dict[Form, list[Place]] = {}
        self._scions: dict[Form, _Scion | None] = {}

    def add(self, placed: Placed) -> None:
        """File the routes of a block.

        :param placed: the block, and where in the table it is.
        :raises re.error: an expression can't be compiled.
        """
        order, block, alone = placed
        form = block.kind.pattern, block.prefix
        scion = None
        if form not in self._places:
            self._places[form] = self._standing(block)
        elif form not in self._scions:
            scion = self._scions[form] = self._scion(self._places[form], block)
        else:
            scion = self._scions[form]
        if scion is not None and not _tops(scion.place.node, block.name):
            made = scion.copied(block, order)
            if alone:
                self.grafted.update(made)
            return
        for place in self._places[form]:
            for node in _tops(place.node, block.name):
                # The same place, written in another way: what stands there is not alone.
                self.grafted.pop(node, None)
        for number, route in enumerate(block.routes, order):
            self._grower.add(route, number)

    def _standing(self, block: Block) -> list[Place]:
        """Return where the collections of a form stand: in several places when their requirements differ."""
        path = f"/{block.prefix}" if block.prefix else ""
        try:
            found = [
                self._grower.place(route, path) for route in {id(given(r)): r for r in block.routes}.values()
            ]
        except OpenChunkError:
            return []
        return [] if any(place.crossing or place.dead for place in found) else found

    def _scion(self, places: list[Place], block: Block) -> _Scion | None:
        """Return what a block grows, to be copied; None when it can't be."""
        if len({place.node for place in places}) != 1:
            return None
        apart = self._grower.apart()
        for number, route in enumerate(block.routes):
            apart.add(route, number)
        above = apart.place(block.routes[0], f"/{block.prefix}" if block.prefix else "").node
        rows = {route: row for row, route in enumerate(block.routes)}
        node, mix = above.lit.get(block.name), (above.mixes or {}).get(f"{block.name}.")
        if node is not None:
            self._settler.settle(node)
        try:
            top, mixed = (None if each is None else _Part(each, rows) for each in (node, mix))
        except _SingularError:
            return None
        return None if rows else _Scion(places[0], block, top, mixed)


def _tops(above: Node, name: str) -> list[Node]:
    """Return the nodes at the top of a collection: of its text, and of its text with a format."""
    found = [above.lit.get(name), (above.mixes or {}).get(f"{name}.")]
    return [node for node in found if node is not None]


class _Scion:
    """What the blocks of a form grow.

    :param place: where they stand.
    :param grown: the block that was grown apart, its first route with the number 0.
    :param top: the node of its text; None when none of its routes has it.
    :param mixed: the node of its text with a format; likewise.
    """

    def __init__(self, place: Place, grown: Block, top: _Part | None, mixed: _Part | None) -> None:
        self.place, self._grown = place, grown
        self._top, self._mixed = top, mixed

    def copied(self, block: Block, order: int) -> list[tuple[Node, Node]]:
        """Grow the same for another block; return its nodes at the top, each with the one that it is a copy of."""
        above, made = self.place.node, []
        longer = len(block.name) - len(self._grown.name) if self.place.text is not None else 0
        own, others = self._grown.kind.labels, block.kind.labels
        names = {} if own == others else dict(zip(own, others, strict=True))
        copy = _Copy(block.routes, order - longer * PREFIX_STEP, names)
        if self._top is not None:
            node = under(above, block.name)
            self._top.fill(node, copy)
            made.append((node, self._top.node))
        if self._mixed is not None:
            mix = self._mixed.mix(copy, f"{block.name}.")
            if above.mixes is None:
                above.mixes = {}
            above.mixes[mix.head] = mix
            made.append((mix, self._mixed.node))
        for node, _ in made:
            lower(self.place, node.low)
        return made


class _SingularError(Exception):
    """A route is filed in several places, or its whole expression decides: it is no copy's."""


class _Part:
    """A node of what was grown apart, as the copies have it.

    :param node: the node.
    :param rows: route -> its number in the block; those found here are taken out.
    :raises _SingularError: a route is not filed as the others are.
    """

    __slots__ = ("_ends", "_leaves", "_lit", "_mixes", "_other", "_vars", "node")

    def __init__(self, node: Node, rows: dict[routes.route.Route, int]) -> None:
        # In the order of filing: each links to the one before it.
        leaves = [*node.leaves()][::-1]
        if node.rests is not None or not rows.keys() >= {leaf.route for leaf in leaves}:
            raise _SingularError
        self.node = node
        self._leaves = [(rows.pop(leaf.route), leaf, hasattr(leaf, "count")) for leaf in leaves]
        self._ends = [(method, _number(entry, leaves), entry) for method, entry in node.ends.items()]
        self._other = _number(node.other, leaves)
        self._lit = [(text, _Part(child, rows)) for text, child in node.lit.items()]
        variables = (node.vars or {}).items()
        self._vars = [(text, kind, check, _Part(child, rows)) for text, (kind, check, child) in variables]
        self._mixes = [(key, _chain(mix, rows)) for key, mix in (node.mixes or {}).items()]

    def fill(self, node: Node, copy: _Copy) -> None:
        """Make a new node a copy of this one.

        :param node: the new one.
        :param copy: what is its own.
        """
        first, names = self.node, copy.names
        node.kind, node.check, node.chars = first.kind, first.check, first.chars
        node.dots, node.final, node.alone, node.lengths = first.dots, first.final, first.alone, first.lengths
        node.low, node.other = first.low + copy.later, first.other
        if self._leaves:
            self._end(node, copy)
        if self._lit:
            node.lit = {names.get(text, text): part._node(copy) for text, part in self._lit}
        if self._vars:
            node.vars = {text: (kind, check, part._node(copy)) for text, kind, check, part in self._vars}
            if first.var is not None:
                ((_, _, node.var),) = node.vars.values()
        if self._mixes:
            node.mixes = {}
            for key, chain in self._mixes:
                name = names.get(key[:-1])
                linked: Mix | None = None
                for part in chain:
                    mix = part.mix(copy, None if name is None else f"{name}.")
                    mix.next, linked = linked, mix
                node.mixes[key if name is None else f"{name}."] = cast(Mix, linked)

    def _end(self, node: Node, copy: _Copy) -> None:
        """Copy the routes that end here, and what the walk answers for each method."""
        leaves: list[Leaf] = []
        before = None
        for row, first, settled in self._leaves:
            leaf = first.copied(copy.routes[row], first.rank + copy.later, settled=settled)
            leaf.next, before = before, leaf
            leaves.append(leaf)
        node.leaf = before
        if self._ends:
            node.ends = {m: entry if at is None else leaves[at] for m, at, entry in self._ends}
        if self._other is not None:
            node.other = leaves[self._other]

    def _node(self, copy: _Copy) -> Node:
        made = Node()
        self.fill(made, copy)
        return made

    def mix(self, copy: _Copy, head: str | None = None) -> Mix:
        """Return a copy of a mixed segment.

        :param copy: what is its own.
        :param head: the text it starts with, where that is another.
        """
        first = cast(Mix, self.node)
        made = Mix(
            first.head if head is None else head,
            first.expression,
            first.texts,
            first.dot,
            first.match,
            first.endings,
        )
        self.fill(made, copy)
        return made


def _chain(mix: Mix | None, rows: dict[routes.route.Route, int]) -> list[_Part]:
    """Return the mixed segments of one start, the last linked first."""
    found: list[_Part] = []
    while mix is not None:
        found.insert(0, _Part(mix, rows))
        mix = mix.next
    return found


def _number(entry: Entry, leaves: Sequence[Leaf]) -> int | None:
    """Return which of a node's routes an entry is; None when it is none of them."""
    return next((number for number, leaf in enumerate(leaves) if leaf is entry), None)
