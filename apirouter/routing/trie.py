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
#: From how many variables on a function makes the match dict.
MANY = 3

#: How the variable of a node is checked: there is none; a run of ASCII; printable text; the same but
#: for a backslash at its end; an expression; or only the search can tell.
NONE, RUN, PLAIN, MEMBER, CHECKED, SEARCH = range(6)

Check = Callable[[str], object]
#: Text and where to start in it -> named groups, or None.
Matcher = Callable[[str, int], dict[str, Any] | None]


class Node:
    """The routes that share their first segments.

    :ivar lit: literal segment -> node.
    :ivar kind: how the only variable here is checked.
    :ivar check: its expression's ``fullmatch``, for the kinds that have one.
    :ivar chars: the characters of a run.
    :ivar dots: with one of these ends a segment with a dot that may be a mixed one; empty where there are none.
    :ivar final: whether a segment that the variable refuses is a miss.
    :ivar var: the node under it.
    :ivar vars: all variables here: expression -> (kind, check, node).
    :ivar mixes: mixed segments, by the text they start with (up to its first dot, that one too); those of one
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
        self.dots: tuple[str, ...] = ()
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

    def mixes_at(self, head: str) -> Iterator[Mix]:
        """Yield the mixed segments filed where one that starts with a text is."""
        mix = None if self.mixes is None else self.mixes.get(filed_under(head))
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


def filed_under(head: str) -> str:
    """Return the text under which a node has the mixed segments that start with ``head``."""
    return head[: head.find(".") + 1] or head


NO_NODES: Mapping[str, Node] = MappingProxyType({})
NO_ENDS: Mapping[Any, Entry] = MappingProxyType({})


class Mix(Node):
    """A segment of text and variables, and the node under it.

    :ivar head: the text it starts with.
    :ivar texts: text that must be somewhere in it.
    :ivar dot: whether only a segment with a dot can match.
    :ivar match: finds the variables of a segment, after the head; None when it does not match.
    :ivar endings: with one of these ends every segment that matches.
    :ivar next: another one with the same start.
    """

    __slots__ = ("dot", "endings", "expression", "head", "match", "next", "texts")

    def __init__(
        self,
        head: str,
        expression: str,
        texts: tuple[str, ...],
        dot: bool,
        match: Matcher,
        endings: tuple[str, ...],
    ) -> None:
        super().__init__()
        self.head, self.expression, self.texts, self.dot = head, expression, texts, dot
        self.match, self.endings = match, endings
        self.next: Mix | None = None

    def read(self, segment: str) -> dict[str, Any] | None:
        """Return the variables of a segment, or None when it does not match."""
        if (self.dot and "." not in segment) or not segment.startswith(self.head):
            return None
        for text in self.texts:
            if text not in segment:
                return None
        return self.match(segment, len(self.head))


class Answer:
    """What a walk answers: a route, and how its match dict is made.

    The usual one or two variables stand here: calling a function for them would cost more than the dict that
    it makes.

    :ivar route: the route.
    :ivar count: how many variables there are; MANY when ``build`` makes the dict.
    :ivar a: the first variable.
    :ivar i: the number of its segment.
    :ivar b: the second variable.
    :ivar j: the number of its segment.
    :ivar build: makes the dict when there are none, or many.
    """

    __slots__ = ("a", "b", "build", "count", "i", "j", "route")

    route: Any
    count: int
    a: str
    b: str
    i: int
    j: int
    build: Build

    def settle(self, captures: tuple[tuple[str, int], ...]) -> None:
        """Answer with variables that are segments."""
        self.count = min(len(captures), MANY)
        if not captures:
            self.build = _none
        elif self.count == MANY:
            self.build = _many(captures)
        else:
            (self.a, self.i), (self.b, self.j) = captures[0], captures[-1]


#: A sure answer, or False for a sure miss, or None when only the search can tell.
Entry = Answer | bool | None


class Leaf(Answer):
    """One route, as the index files it.

    :ivar rank: its place in the order of trial; lower is tried first.
    :ivar captures: its variables and the segments they are.
    :ivar fixed: what it answers besides, but for controller and action.
    :ivar methods: the methods it takes; None for all.
    :ivar special: whether it has conditions that depend on more than path and method.
    :ivar dotless: whether it is filed elsewhere for a last segment with a dot.
    :ivar careful: whether a variable of it may be empty, so that its default counts.
    :ivar next: another one at the same node.
    """

    __slots__ = ("captures", "careful", "dotless", "fixed", "methods", "next", "rank", "special")

    #: The whole expression's match, for a crossing route.
    match: Matcher | None = None
    #: What the path must start with, for a crossing route.
    prefix = ""

    def __init__(self, route: routes.route.Route, rank: int) -> None:
        self.route = route
        self.rank = rank
        self.captures: tuple[tuple[str, int], ...] = ()
        self.fixed = NOTHING
        self.methods: frozenset[str] | None = None
        self.special = self.dotless = self.careful = False
        self.next: Leaf | None = None

    def copied(self, route: routes.route.Route, rank: int, *, settled: bool) -> Leaf:
        """Return the same for another route.

        :param route: the other route.
        :param rank: its rank.
        :param settled: whether this one was made an answer of the walk: then the copy is one too.
        """
        # A table has thousands of these: what the constructor sets is set once.
        leaf = Leaf.__new__(Leaf)
        leaf.route, leaf.rank = route, rank
        leaf.captures, leaf.fixed, leaf.methods = self.captures, self.fixed, self.methods
        leaf.special, leaf.dotless, leaf.careful = self.special, self.dotless, self.careful
        if settled:
            leaf.count = count = self.count
            if leaf.careful or leaf.fixed:
                leaf.settle_careful()
            elif 0 < count < MANY:
                leaf.a, leaf.i, leaf.b, leaf.j = self.a, self.i, self.b, self.j
            else:
                leaf.build = self.build
        return leaf

    def settle_careful(self) -> None:
        """Answer with defaults in the place of what is empty, and with what is fixed."""
        self.count, self.build = MANY, lambda segments: self.answer(segments, ())

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


class Rest(Leaf):
    """A crossing route.

    :ivar match: its whole expression's match.
    :ivar prefix: what the path must start with.
    """

    __slots__ = ("match", "prefix")

    def __init__(self, leaf: Leaf, match: Matcher, prefix: str) -> None:
        super().__init__(leaf.route, leaf.rank)
        self.fixed, self.methods, self.special, self.careful = leaf.fixed, leaf.methods, leaf.special, True
        self.match: Matcher = match
        self.prefix = prefix


NOTHING: Mapping[str, Any] = MappingProxyType({})

_TOKEN = re.compile(r"[^\s,;|/()\[\]'\"]+")


def method_names(condition: Any) -> frozenset[str]:
    """Read a ``method`` condition: a list of names, or a text of one or several."""
    if isinstance(condition, str):
        return frozenset(_TOKEN.findall(condition))
    return frozenset(condition)


def _none(segments: list[str]) -> dict[str, Any]:
    return {}


def _many(captures: tuple[tuple[str, int], ...]) -> Build:
    if len(captures) == 3:
        (a, i), (b, j), (c, k) = captures
        return lambda segments: {a: segments[i], b: segments[j], c: segments[k]}
    return lambda segments: {name: segments[at] for name, at in captures}
