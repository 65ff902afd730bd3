"""The parts that an index is made of: nodes, leaves, and how a leaf makes its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import routes

#: Higher than any rank.
NO_RANK = 1 << 62

Build = Callable[[list[str]], dict[str, Any]]
#: A sure answer: how many variables, the route, the first two variables and their segments, and what makes
#: the dict when there are more (the count is then MANY).
Answer = tuple[int, Any, str, int, str, int, Build]
MANY = 3

#: How the variable of a node is checked: there is none; a run of ASCII; printable text; the same but
#: for a backslash at its end; an expression; or only the search can tell.
NONE, RUN, PLAIN, MEMBER, CHECKED, SEARCH = range(6)

#: A sure answer, or False for a sure miss, or None when only the search can tell.
Entry = Answer | bool | None
Check = Callable[[str], object]
#: Text and where to start in it -> named groups, or None.
Matcher = Callable[[str, int], dict[str, Any] | None]


class Node:
    """The routes that share their first segments.

    :ivar lit: literal segment -> node.
    :ivar kind: how the only variable here is checked.
    :ivar check: its expression's ``fullmatch``, for the kinds that have one.
    :ivar chars: the characters of a run.
    :ivar dots: whether a segment with a dot may be a mixed one.
    :ivar final: whether a segment that the variable refuses is a miss.
    :ivar var: the node under it.
    :ivar vars: all variables here: expression -> (kind, check, node).
    :ivar mixes: mixed segments, by the text they start with (up to its first dot, that included); those of one
        text are linked.
    :ivar lengths: the lengths of those of the texts that have no dot.
    :ivar rests: crossing routes: their whole expression decides.
    :ivar leaf: the last filed of the routes that end here; each links to the one before it.
    :ivar ends: method -> entry, for the walk.
    :ivar other: the entry for a method that is not in ``ends``.
    :ivar alone: whether nothing but what lies below can match what the walk has passed.
    :ivar low: the lowest rank of a route here or below.
    """

    __slots__ = (
        "alone",
        "chars",
        "check",
        "dots",
        "ends",
        "final",
        "kind",
        "leaf",
        "lengths",
        "lit",
        "low",
        "mixes",
        "other",
        "rests",
        "var",
        "vars",
    )

    def __init__(self) -> None:
        self.lit: Mapping[str, Node] = NO_NODES
        self.kind = NONE
        self.check: Check = bool
        self.chars = b""
        self.dots = False
        self.final = False
        self.var: Node | None = None
        self.vars: dict[str, tuple[int, Check, Node]] | None = None
        self.mixes: dict[str, Mix] | None = None
        self.lengths: tuple[int, ...] = ()
        self.rests: list[Leaf] | None = None
        self.leaf: Leaf | None = None
        self.ends: Mapping[Any, Entry] = NO_ENDS
        self.other: Entry = None
        self.alone = False
        self.low = NO_RANK

    def mixed(self, segment: str) -> Iterator[Mix]:
        """Yield the mixed segments that may match."""
        if self.mixes is None:
            return
        dot = segment.find(".") + 1
        for length in (dot, *self.lengths) if dot else self.lengths:
            mix = self.mixes.get(segment[:length])
            while mix is not None:
                yield mix
                mix = mix.next

    def all_mixes(self) -> Iterator[Mix]:
        """Yield the mixed segments."""
        for first in (self.mixes or {}).values():
            mix: Mix | None = first
            while mix is not None:
                yield mix
                mix = mix.next

    def leaves(self) -> Iterator[Leaf]:
        """Yield the routes that end here."""
        leaf = self.leaf
        while leaf is not None:
            yield leaf
            leaf = leaf.next


NO_NODES: Mapping[str, Node] = MappingProxyType({})
NO_ENDS: Mapping[Any, Entry] = MappingProxyType({})


class Mix:
    """A segment of text and variables.

    :ivar head: the text it starts with.
    :ivar texts: text that must be somewhere in it.
    :ivar dot: whether only a segment with a dot can match.
    :ivar match: finds the variables of a segment, after the head; None when it does not match.
    :ivar node: the node under it.
    :ivar next: another one with the same start.
    """

    __slots__ = ("dot", "expression", "head", "match", "next", "node", "texts")

    def __init__(
        self, head: str, expression: str, texts: tuple[str, ...], dot: bool, match: Matcher, node: Node
    ) -> None:
        self.head, self.expression, self.texts, self.dot = head, expression, texts, dot
        self.match, self.node = match, node
        self.next: Mix | None = None

    def read(self, segment: str) -> dict[str, Any] | None:
        """Return the variables of a segment, or None when it does not match."""
        if (self.dot and "." not in segment) or not segment.startswith(self.head):
            return None
        for text in self.texts:
            if text not in segment:
                return None
        return self.match(segment, len(self.head))


class Leaf:
    """One route, as the index files it.

    :ivar rank: its place in the order of trial; lower is tried first.
    :ivar captures: its variables and the segments they are.
    :ivar fixed: what it answers besides, but for controller and action.
    :ivar methods: the methods it takes; None for all.
    :ivar special: whether it has conditions that depend on more than path and method.
    :ivar dotless: whether it is filed elsewhere for a last segment with a dot.
    :ivar careful: whether a variable of it may be empty, so that its default counts.
    :ivar match: the whole expression's match, for a crossing route.
    :ivar prefix: what the path must start with, for a crossing route.
    :ivar next: another one at the same node.
    """

    __slots__ = (
        "captures",
        "careful",
        "dotless",
        "fixed",
        "match",
        "methods",
        "next",
        "prefix",
        "rank",
        "route",
        "special",
    )

    def __init__(self, route: routes.route.Route, rank: int) -> None:
        self.route = route
        self.rank = rank
        self.captures: tuple[tuple[str, int], ...] = ()
        self.fixed = NOTHING
        self.methods: frozenset[str] | None = None
        self.special = False
        self.dotless = False
        self.careful = False
        self.match: Matcher | None = None
        self.prefix = ""
        self.next: Leaf | None = None

    def admits(self, method: str | None) -> bool:
        """Tell whether the route takes the method; no method is one that isn't asked about."""
        return self.methods is None or method is None or method in self.methods

    def answer(self, segments: list[str], groups: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        """Make the match dict (but for controller and action that are no variables)."""
        found = dict(self.fixed)
        for name, at in self.captures:
            found[name] = segments[at]
        for group in groups:
            found.update(group)
        if self.careful or groups:
            defaults = self.route.defaults
            for name, value in found.items():
                if not value and defaults.get(name):
                    found[name] = defaults[name]
        return found


NOTHING: Mapping[str, Any] = MappingProxyType({})

_TOKEN = re.compile(r"[^\s,;|/()\[\]'\"]+")


def method_names(condition: Any) -> frozenset[str]:
    """Read a ``method`` condition: a list of names, or a text of one or several."""
    if isinstance(condition, str):
        return frozenset(_TOKEN.findall(condition))
    return frozenset(condition)


def answer(route: Any, captures: tuple[tuple[str, int], ...], build: Build | None = None) -> Answer:
    """Return the entry of a sure answer.

    The usual one or two variables stand in the entry itself: calling a function for them would cost more
    than the dict that it makes.

    :param route: the route.
    :param captures: its variables and the segments they are.
    :param build: what makes the dict when it is more than those.
    """
    if build is None:
        padded = (*captures, ("", 0), ("", 0))
        (a, i), (b, j) = padded[:2]
        if len(captures) < MANY:
            return len(captures), route, a, i, b, j, _none
        build = _many(captures)
    return MANY, route, "", 0, "", 0, build


def _none(segments: list[str]) -> dict[str, Any]:
    return {}


def _many(captures: tuple[tuple[str, int], ...]) -> Build:
    if len(captures) == 3:
        (a, i), (b, j), (c, k) = captures
        return lambda segments: {a: segments[i], b: segments[j], c: segments[k]}
    return lambda segments: {name: segments[at] for name, at in captures}
