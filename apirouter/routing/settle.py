"""What the walk may decide without the search: settled once, when the trie is whole."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Any, Final

from apirouter.expressions import ascii_run
from apirouter.routing import trie
from apirouter.routing.trie import NO_RANK, Answer, Entry, Leaf, Node

#: A method of our own: what is filed for it are the methods of the path.
METHODS: Final[Any] = object()

#: What a route without a method condition takes (RFC 9110, section 9, but for CONNECT and TRACE; RFC 5789).
EVERY_METHOD = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))


class Settler:
    """Gives each node that the walk can reach its kind and its sure entries.

    :param special: whether every answer needs the environ.
    """

    def __init__(self, *, special: bool = False) -> None:
        self._special = special
        self._methods: dict[frozenset[str], Answer] = {}

    def settle(self, root: Node, settled: Container[Node] = ()) -> None:
        """Settle all nodes from ``root`` down.

        :param root: the node.
        :param settled: nodes that are settled already for a place that nothing else reaches, as all below them.
        """
        todo = [(root, NO_RANK)]
        while todo:
            node, guard = todo.pop()
            for rest in node.rests or ():
                guard = min(guard, rest.rank)
            self._entries(node, guard)
            _kind(node)
            for text, child in node.lit.items():
                below = min(guard, _rival(node, text))
                if below != NO_RANK or child not in settled:
                    todo.append((child, below))
            if node.var is not None:
                todo.append((node.var, guard))

    def _entries(self, node: Node, guard: int) -> None:
        """Say for each method what the walk answers that ends here.

        :param guard: the lowest rank of a route elsewhere that might match too.
        """
        node.alone = guard == NO_RANK
        sure_miss: Entry = False if guard == NO_RANK else None
        if node.leaf is None:
            node.other = sure_miss
            return
        leaves = sorted(node.leaves(), key=_rank)
        listed: set[str] = set()
        for leaf in leaves:
            listed |= leaf.methods or frozenset()
        ends: dict[Any, Entry] = {method: self._entry(leaves, method, guard, sure_miss) for method in listed}
        node.other = self._entry(leaves, "", guard, sure_miss)
        if guard == NO_RANK and not self._special and not any(leaf.special for leaf in leaves):
            ends[METHODS] = self._methods_answer(leaves)
        else:
            ends[METHODS] = None
        node.ends = ends

    def _entry(self, leaves: list[Leaf], method: str, guard: int, sure_miss: Entry) -> Entry:
        for leaf in leaves:
            if leaf.admits(method):
                if leaf.special or self._special or leaf.rank > guard:
                    return None
                return settle_leaf(leaf)
        return sure_miss

    def _methods_answer(self, leaves: list[Leaf]) -> Answer:
        allowed = methods_of(leaves)
        found = self._methods.get(allowed)
        if found is None:
            found = self._methods[allowed] = Answer()
            found.route = allowed
            found.settle(())
        return found


def settle_leaf(leaf: Leaf) -> Answer:
    """Make a route an answer of the walk."""
    if leaf.careful or leaf.fixed:
        leaf.settle_careful()
    else:
        leaf.settle(leaf.captures)
    return leaf


def methods_of(leaves: list[Leaf]) -> frozenset[str]:
    """Return the methods that routes take between them."""
    found: set[str] = set()
    for leaf in leaves:
        found |= EVERY_METHOD if leaf.methods is None else leaf.methods
    return frozenset(found)


def accepts(kind: int, check: trie.Check, segment: str) -> bool:
    """Tell whether a variable takes a segment that holds no control character."""
    if kind in (trie.RUN, trie.CHECKED):
        return check(segment) is not None
    return bool(segment) and (kind == trie.PLAIN or not segment.endswith("\\"))


def _rival(node: Node, text: str) -> int:
    """Return the lowest rank of a route below another child that takes a literal segment too."""
    low = NO_RANK
    for kind, check, child in (node.vars or _NO_VARS).values():
        if child.low < low and accepts(kind, check, text):
            low = child.low
    for mix in node.mixed(text):
        if mix.low < low and mix.read(text) is not None:
            low = mix.low
    return low


_NO_VARS: Mapping[str, Any] = MappingProxyType({})


def _rank(leaf: Leaf) -> int:
    return leaf.rank


def _kind(node: Node) -> None:
    several = node.vars is not None and len(node.vars) > 1
    if several or not all(mix.dot for mix in node.all_mixes()):
        # A copy may have been settled when it was less.
        node.kind, node.var, node.final, node.dots = trie.SEARCH, None, False, ()
        return
    if node.vars is not None:
        ((pattern, (node.kind, node.check, node.var)),) = node.vars.items()
        if node.kind == trie.RUN:
            node.chars = ascii_run(pattern)
    # Ids have dots too (m1.small): only one that ends as a mixed segment does is the search's.
    node.dots = tuple(sorted({ending for mix in node.all_mixes() for ending in mix.endings}))
    # An unusual character is no reason to miss: for printable text the search looks closer.
    node.final = node.alone and node.kind in (trie.NONE, trie.RUN, trie.CHECKED)
