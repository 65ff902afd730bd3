"""Routes that no request can reach, because one before them takes all that they would.

1. A route is shadowed when, for each method it takes, a route of a lower rank (see the index) matches
   every path that it matches. Routes with conditions on functions or sub-domains shadow nothing.
2. All routes are compared in one walk down the trie: with each node goes the set of nodes whose paths
   contain its paths. A node's set is made of its parent's; the cost grows with the routes, not with
   their pairs.
3. A segment contains another when it is the same text or expression; when it is a variable that takes
   any text; when it is an expression that matches the other's text, or each of its alternatives
   (``json|xml``); when both are runs of characters (``[0-9]+``, ``[0-9a-f]+``) and the one's characters
   and counts contain the other's.
4. What is copied (see :mod:`.graft`) hides as much as the first of its form does: where nothing else contains a
   copy, only the first is walked.
5. A last variable that takes any rest of a path (``{path:.*}``, ``*path``) contains what is below it.
6. Whatever can't be decided so (two expressions of other forms, minimized routes, look-around) is not
   reported: what is reported is certain, what is not may still be shadowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import routes

from apirouter.expressions import BEYOND, REPEATS, SINGLE, characters, parse
from apirouter.routing import trie
from apirouter.routing.index import Index
from apirouter.routing.route import given
from apirouter.routing.settle import accepts
from apirouter.routing.template import Reader
from apirouter.routing.trie import Leaf, Mix, Node

_NAMED = re.compile(r"\(\?P<\w+>")
_ALTERNATIVES = re.compile(r"[\w-]+(?:\|[\w-]+)*")
_ANY_REST = frozenset((".*", ".*?"))
_SOME_REST = frozenset((".+", ".+?"))
_NO_VARS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shadow:
    """A route that can't be reached, and the one before it that takes its requests.

    :param route: the route that no request reaches.
    :param by: the route that takes them (of several, that of its first method).
    """

    route: routes.route.Route
    by: routes.route.Route

    def __str__(self) -> str:
        return f"{_named(self.route)} is never reached: {_named(self.by)} takes its requests"


def _named(route: routes.route.Route) -> str:
    condition = (route.conditions or {}).get("method", ())
    methods = condition if isinstance(condition, str) else ",".join(condition)
    name = f" ({route.name})" if route.name else ""
    return f"{methods or 'any method'} {route.routepath}{name}"


def shadowed(
    table: Iterable[routes.route.Route],
    *,
    controllers: Sequence[str] = (),
    index: Index | None = None,
) -> tuple[Shadow, ...]:
    """Return the routes that no request can reach.

    :param table: routes in the order of their connection.
    :param controllers: the names that ``{controller}`` stands for.
    :param index: an index of just these routes, when there is one.
    :returns: in the order of connection.
    """
    index = Index(table, controllers=controllers) if index is None else index
    found = _Walk(index).run()
    return tuple(found[route] for route in index.routes if route in found)


def _within_literal(node: Node, text: str) -> list[Node]:
    """Return the nodes below a node whose segment contains a text."""
    same = node.lit.get(text)
    found = [] if same is None else [same]
    if node.vars is not None:
        found += [child for kind, check, child in node.vars.values() if accepts(kind, check, text)]
    if node.mixes is not None:
        found += [mix for mix in node.mixed(text) if mix.read(text) is not None]
    return found


def _within_variable(node: Node, pattern: str) -> list[Node]:
    """Return the nodes below a node whose segment contains all that an expression matches."""
    return [
        child
        for other, (kind, check, child) in (node.vars or _NO_VARS).items()
        if other == pattern or _contains(other, kind, check, pattern)
    ]


def _within_mixed(node: Node, mix: Mix, full: bool) -> list[Node]:
    """Return the nodes below a node whose segment contains a mixed one."""
    found: list[Node] = []
    if full and node.vars is not None:
        found += [child for kind, _, child in node.vars.values() if kind == trie.PLAIN]
    found += [
        other
        for other in node.mixes_at(mix.head)
        if other.head == mix.head and _alike(other.expression, mix.expression)
    ]
    return found


def _all(found: Iterable[list[Node]]) -> tuple[Node, ...]:
    first, *more = found
    return (
        tuple({id(each): each for nodes in (first, *more) for each in nodes}.values())
        if more
        else tuple(first)
    )


def _apart(leaf: Leaf) -> bool:
    """Tell whether the routes of a node take different methods."""
    taken: set[str] = set()
    one: Leaf | None = leaf
    while one is not None:
        if one.methods is None or not taken.isdisjoint(one.methods):
            return False
        taken |= one.methods
        one = one.next
    return True


def _alike(one: str, other: str) -> bool:
    """Tell whether two expressions are the same but for the names of their groups."""
    return one == other or _NAMED.sub("(", one) == _NAMED.sub("(", other)


class _Walk:
    """One walk down the trie of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        #: Whether no route of what was copied is shadowed by another of it.
        self._clear: dict[Node, bool] = {}
        self._reader = Reader()
        self._full: dict[str, bool] = {}
        self._found: dict[routes.route.Route, Shadow] = {}
        #: A route filed in two places is shadowed when it is in both.
        self._open: set[routes.route.Route] = set()

    def run(self, root: Node | None = None) -> dict[routes.route.Route, Shadow]:
        """Return the shadowed routes.

        :param root: the node to start at; that of the index when None.
        """
        todo: list[tuple[Node, tuple[Node, ...], tuple[tuple[Leaf, int], ...], int, bool]] = []
        root = root or self._index.root
        todo.append((root, (root,), (), 0, False))
        grafted = self._index.grafted
        while todo:
            node, cover, rests, depth, full = todo.pop()
            tails = rests
            for other in cover:
                if other.rests is not None:
                    tails += tuple((leaf, depth) for leaf in other.rests if self._is_tail(leaf, depth))
            if node.leaf is not None or node.rests is not None:
                # What is left of a path that ends here is not empty when it is several segments, or a full one.
                ending = [leaf for leaf, at in rests if full or at < depth - 1 or self._takes_nothing(leaf)]
                passing = [leaf for leaf, at in tails if at < depth or self._takes_nothing(leaf)]
                self._judge(node, cover, ending, passing)
            for child, wider, filled in self._below(node, cover):
                if child in grafted and not tails and wider == (child,) and self._is_clear(grafted[child]):
                    continue
                todo.append((child, wider, tails, depth + 1, filled))
        return {route: shadow for route, shadow in self._found.items() if route not in self._open}

    def _is_clear(self, first: Node) -> bool:
        found = self._clear.get(first)
        if found is None:
            found = self._clear[first] = not _Walk(self._index).run(first)
        return found

    def _below(self, node: Node, cover: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...], bool]]:
        """Yield the nodes below one, each with what contains it and whether its segment is never empty."""
        alone = cover == (node,)
        for text, child in node.lit.items():
            if alone and node.vars is None and node.mixes is None:
                yield child, (child,), bool(text)
            else:
                yield child, _all([_within_literal(other, text) for other in cover]), bool(text)
        if node.vars is not None:
            for pattern, (_, _, child) in node.vars.items():
                filled = not pattern or self._never_empty(pattern)
                if alone and len(node.vars) == 1:
                    yield child, (child,), filled
                else:
                    yield child, _all([_within_variable(other, pattern) for other in cover]), filled
        if node.mixes is not None:
            for mix in node.all_mixes():
                filled = bool(mix.head) or self._never_empty(mix.expression)
                yield mix, _all([_within_mixed(other, mix, filled) for other in cover]), filled

    def _never_empty(self, pattern: str) -> bool:
        found = self._full.get(pattern)
        if found is None:
            found = self._full[pattern] = _never_empty(pattern)
        return found

    def _judge(self, node: Node, cover: tuple[Node, ...], ending: list[Leaf], passing: list[Leaf]) -> None:
        """Settle the routes that end at a node, and the crossing ones that start there."""
        if node.leaf is not None:
            if not ending and cover == (node,) and node.rests is None and _apart(node.leaf):
                self._open.update([leaf.route for leaf in node.leaves()])  # nothing else has its paths
                return
            rivals = [leaf for other in cover for leaf in other.leaves()] + ending
            for leaf in node.leaves():
                self._settle(leaf, rivals)
        if node.rests is not None:
            expressions: dict[str, list[Leaf]] = {}
            for other in cover:
                for rest in other.rests or ():
                    expressions.setdefault(_expression(rest), []).append(rest)
            for leaf in node.rests:
                plain = not leaf.route.minimization
                self._settle(leaf, expressions[_expression(leaf)] + (passing if plain else []))

    def _settle(self, leaf: Leaf, rivals: list[Leaf]) -> None:
        """Say whether the rivals leave a leaf anything."""
        route = leaf.route
        earlier = [
            rival
            for rival in rivals
            if rival.rank < leaf.rank and not rival.special and rival.route is not route
        ]
        if not earlier:
            self._open.add(route)
            return
        earlier.sort(key=lambda rival: rival.rank)
        by = None
        for method in sorted(leaf.methods) if leaf.methods is not None else [None]:
            taker = next((rival for rival in earlier if _takes(rival, method)), None)
            if taker is None:
                self._open.add(route)
                return
            by = by or taker.route
        if by is not None:
            self._found.setdefault(route, Shadow(route, by))

    def _is_tail(self, leaf: Leaf, depth: int) -> bool:
        return self._tail(leaf, depth) is not None

    def _takes_nothing(self, leaf: Leaf) -> bool:
        chunks = self._reader.chunks(leaf.route.routepath)
        return self._tail(leaf, len(chunks) - 1) in _ANY_REST

    def _tail(self, leaf: Leaf, depth: int) -> str | None:
        """Return the expression of the variable that takes the rest of a path from ``depth``, or None."""
        route = leaf.route
        if route.minimization:
            return None
        chunks = self._reader.chunks(route.routepath)
        last = chunks[-1]
        if len(chunks) != depth + 1 or len(last.parts) != 1 or isinstance(last.parts[0], str):
            return None
        kind, name = last.parts[0]
        pattern = last.reqs.get(name) or given(route).get(name) or (".+?" if kind == "*" else "")
        return pattern if pattern in _ANY_REST | _SOME_REST and name != "controller" else None


def _takes(leaf: Leaf, method: str | None) -> bool:
    return leaf.methods is None or (method is not None and method in leaf.methods)


def _expression(leaf: Leaf) -> str:
    return _NAMED.sub("(", str(getattr(leaf.match, "pattern", ""))) + "\n" + leaf.prefix


def _never_empty(pattern: str) -> bool:
    return bool(parse(pattern)[0].getwidth()[0])


def _contains(pattern: str, kind: int, check: trie.Check, other: str) -> bool:
    """Tell whether a variable's expression matches all that another's does."""
    if kind == trie.PLAIN:
        return not other or _never_empty(other)
    if _ALTERNATIVES.fullmatch(other):
        return all(accepts(kind, check, text) for text in other.split("|"))
    two = _run(other) if other else None
    if kind == trie.MEMBER:
        return two is not None and two[1] > 0 and not two[0] >> ord("\\") & 1
    one = _run(pattern)
    return (
        one is not None
        and two is not None
        and not two[0] & (BEYOND | ~one[0])
        and one[1] <= two[1]
        and two[2] <= one[2]
    )


def _run(pattern: str) -> tuple[int, int, int] | None:
    """Return the characters and counts of an expression that is one run of one class, or None."""
    tree, flags = parse(pattern)
    if len(tree) != 1:
        return None
    op, value = str(tree[0][0]), tree[0][1]
    if op in SINGLE:
        return characters(op, value, flags), 1, 1
    if op not in REPEATS or len(value[2]) != 1 or str(value[2][0][0]) not in SINGLE:
        return None
    return characters(str(value[2][0][0]), value[2][0][1], flags), int(value[0]), int(value[1])


__all__ = ["Shadow", "shadowed"]
