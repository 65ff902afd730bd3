"""Routes -> the trie that the index walks."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import routes

from apirouter.expressions import ascii_run, endings
from apirouter.routing import trie
from apirouter.routing.matching import CONTROL, STEPS, Expression, limit
from apirouter.routing.place import OpenChunkError, Place, Segment
from apirouter.routing.route import given
from apirouter.routing.template import MEMBER_ID, Chunk, Reader
from apirouter.routing.trie import Leaf, Mix, Node, Rest, method_names

#: Rank: the longer the static prefix the earlier, then in the order of connection.
PREFIX_STEP = 1 << 32

#: What Routes takes for a variable that has no requirement.
_DEFAULTS = {":": "[^/]+?", ".": "[^/.]+?", "*": ".+?"}

#: Expressions that say no more than the default does.
_PLAIN = frozenset(("[^/]+", "[^/]+?", "[^\\/]+", "[^\\/]+?"))

_NO_CONTROL = "(?=[^\\x00-\\x1f\\x7f-\\x9f]*\\Z)"

#: What a connected route is given that is no default of its variables.
_UNANSWERED = frozenset(("controller", "action", "requirements"))

_Variable = tuple[str, str]

_NO_CHUNK = Chunk((), "", {})


class Grower:
    """Files routes in a trie, one after the other.

    :param controllers: the names that ``{controller}`` stands for.
    :param reader: reads the paths.
    """

    def __init__(self, controllers: Sequence[str] = (), reader: Reader | None = None) -> None:
        self.root = Node()
        self._reader = reader or Reader()
        self._controllers = list(controllers)
        self._controller = "|".join(map(re.escape, self._controllers)) or "(?:)"
        self._checks: dict[str, tuple[int, trie.Check]] = {"": (trie.PLAIN, bool)}
        self._matchers: dict[str, tuple[Expression, tuple[str, ...]]] = {}
        self._methods: dict[Any, frozenset[str]] = {}
        self._shapes: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
        #: (path, requirements) -> place: most routes share all but their last segment with others.
        self._places: dict[tuple[str, int], Place] = {}
        self._segments: dict[tuple[int, int], Segment] = {}
        self._numbers: dict[tuple[tuple[str, str], ...], int] = {}
        #: The same by identity, for the routes that share one dict.
        self._requirements: dict[int, tuple[Mapping[str, str], int]] = {}

    def apart(self) -> Grower:
        """Return what grows another trie, and shares all that was compiled."""
        other = copy.copy(self)
        other.root, other._places = Node(), {}
        return other

    def add(self, route: routes.route.Route, order: int) -> None:
        """File one route.

        :param route: a route that matches (a static one only generates).
        :param order: its place in the order of connection.
        :raises re.error: its expression can't be compiled.
        """
        if route.minimization:
            self._add_minimized(route, order)
            return
        path = route.routepath
        key = self._key(given(route))
        try:
            if path.endswith("}") and "{." in path:
                above, slash, text = path.rpartition("/")
                chunk = self._closed(text)
                if _has_suffix(chunk):
                    start = self.place(route, above, key) if slash else self._top()
                    self._suffixed(route, order, start, chunk, key)
                    return
            place = self.place(route, path, key)
        except OpenChunkError:
            place = self._top()
            chunks = self._reader.chunks(path)
            for chunk in chunks[:-1]:
                place = self._step(route, place, chunk, key)
            if _has_suffix(chunks[-1]):
                self._suffixed(route, order, place, chunks[-1], key)
                return
            place = self._step(route, place, chunks[-1], key)
        if place.dead:
            return
        prefix = place.prefix if place.text is None else place.text.rstrip("/")
        leaf = self._leaf(route, order, len(prefix), place.names)
        if place.crossing:
            _cross(place, leaf, _full(route, self._controllers))
            return
        leaf.careful, leaf.captures = place.careful, place.captures
        _end(place, leaf)

    def _key(self, requirements: Mapping[str, str]) -> int:
        """Return a number that routes with the same requirements share."""
        known = self._requirements.get(id(requirements))
        if known is None or known[0] is not requirements:
            number = self._numbers.setdefault(tuple(requirements.items()), len(self._numbers))
            known = self._requirements[id(requirements)] = requirements, number
        return known[1]

    # -- filing

    def _top(self) -> Place:
        return Place(self.root)

    def _closed(self, text: str) -> Chunk:
        chunk = self._reader.chunk(text)
        if chunk is None:
            raise OpenChunkError
        return chunk

    def place(self, route: routes.route.Route, path: str, key: int | None = None) -> Place:
        """Return where a path leads.

        :param route: the route it is of, or starts.
        :param path: the path.
        :param key: the number of the route's requirements; looked up when None.
        :raises OpenChunkError: it can't be read segment by segment.
        """
        if key is None:
            key = self._key(given(route))
        found = self._places.get((path, key))
        if found is None:
            above, slash, text = path.rpartition("/")
            chunk = self._closed(text)
            start = self.place(route, above, key) if slash else self._top()
            found = self._places[path, key] = self._step(route, start, chunk, key)
        return found

    def _step(
        self, route: routes.route.Route, place: Place, chunk: Chunk, key: int, *, grow: bool = True
    ) -> Place:
        """Return the place one segment further.

        :param grow: whether the trie gets a node for it; else the place has the node of the one before.
        """
        node, depth, captures, names = place.node, place.depth, place.captures, place.names
        text, prefix, careful, crossing = place.text, place.prefix, place.careful, place.crossing
        dead = place.dead
        literal = chunk.literal
        if literal is not None:
            if text is not None:
                text = f"{text}/{literal}" if depth else literal
            dead = dead or _unreachable(literal)
            if grow and not crossing:
                node = under(node, literal)
            return Place(node, place, depth + 1, captures, names, text, prefix, careful, crossing, dead)
        if text is not None:
            head = chunk.parts[0] if isinstance(chunk.parts[0], str) else ""
            prefix, text = (f"{text}/{head}" if depth else head).rstrip("/"), None
        names = (*names, *chunk.names)
        if len(set(names)) != len(names) or not all(map(str.isidentifier, names)):
            re.compile(_full(route, self._controllers))  # raises what Routes would
        segment = self._segment(route, chunk, key)
        crossing = crossing or segment.crossing
        if segment.refers:
            re.compile(_full(route, self._controllers))  # likewise: the groups of all its variables count
        if crossing or not grow:
            return Place(node, place, depth + 1, captures, names, text, prefix, careful, crossing, dead)
        if segment.pattern is not None:
            node, empty = self._variable(node, segment.pattern)
            careful = careful or empty
            captures = self._shape((*captures, (chunk.names[0], depth)))
        else:
            node, careful = self._mix(node, segment, segment.dot), True
        return Place(node, place, depth + 1, captures, names, text, prefix, careful, crossing, dead)

    def _suffixed(self, route: routes.route.Route, order: int, place: Place, chunk: Chunk, key: int) -> None:
        """File twice a last segment that is text or a variable, then a suffix that may be absent.

        Without the suffix it is a plain segment; with it, it is a mixed one that has a dot.
        """
        first, suffix = chunk.parts[0], cast(_Variable, chunk.parts[1])
        name = suffix[1]
        # The whole segment as it stands says where the suffix is; without it there is a plain segment less.
        whole = self._step(route, place, chunk, key, grow=False)
        if whole.dead:
            return
        leaf = self._leaf(route, order, len(whole.prefix), whole.names)
        if whole.crossing:
            _cross(whole, leaf, _full(route, self._controllers))
            return
        node = place.node
        captures, careful = place.captures, place.careful
        other = Leaf(route, leaf.rank)
        other.methods, other.special, other.fixed = leaf.methods, leaf.special, leaf.fixed
        other.captures, other.careful = captures, True
        if isinstance(first, str):
            if _unreachable(first):
                return
            plain = under(node, first)
            expression = self._group(route, chunk, ":", name, ".")
            segment = Segment(chunk, False, False, None, first + ".", expression)
        else:
            plain, empty = self._variable(node, self._pattern(route, chunk, *first))
            careful = careful or empty
            captures = self._shape((*captures, (first[1], place.depth)))
            segment = self._segment(route, chunk, key)
            leaf.dotless = True
        mixed = self._mix(node, segment, True)
        default = route._kargs.get(name)
        leaf.captures = captures
        leaf.fixed = {**leaf.fixed, name: route.make_unicode(default) if default else None}
        leaf.careful = careful or name == "action"
        _end(Place(plain, place), leaf)
        _end(Place(mixed, place), other)

    def _add_minimized(self, route: routes.route.Route, order: int) -> None:
        parts = route.routelist
        prefix = "".join(itertools.takewhile(lambda part: isinstance(part, str), parts))
        if not prefix.startswith("/"):
            prefix = "/" + prefix
        whole = prefix.rstrip("/")
        names = [part["name"] for part in parts if isinstance(part, dict)]
        leaf = self._leaf(route, order, len(whole), names)
        complete = prefix.endswith("/") or not names
        place = self._top()
        for text in whole.split("/") if complete else whole.split("/")[:-1]:
            place = Place(under(place.node, text), place)
        expression = route.buildnextreg(parts, self._controllers, True)[0] or "/"
        expression += "/?"
        _cross(place, leaf, expression if expression.startswith("/") else "/" + expression, whole)

    # -- reading

    def _leaf(self, route: routes.route.Route, order: int, prefix: int, names: Sequence[str]) -> Leaf:
        leaf = Leaf(route, order - prefix * PREFIX_STEP)
        conditions = route.conditions
        if conditions:
            if "method" in conditions:
                leaf.methods = self._method_names(conditions["method"])
            leaf.special = "function" in conditions or "sub_domain" in conditions
        if not route._kargs.keys() <= _UNANSWERED:
            fixed: dict[str, Any] = {}
            for name, value in route._kargs.items():
                if name not in _UNANSWERED and name not in names:
                    fixed[name] = None if value is None else route.make_unicode(value)
            if fixed:
                leaf.fixed = fixed
        return leaf

    def _method_names(self, condition: Any) -> frozenset[str]:
        key = condition if isinstance(condition, str) else tuple(condition)
        found = self._methods.get(key)
        if found is None:
            found = self._methods[key] = method_names(condition)
        return found

    def _shape(self, captures: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        return self._shapes.setdefault(captures, captures)

    def _pattern(self, route: routes.route.Route, chunk: Chunk, kind: str, name: str) -> str:
        """Return the expression of a variable; the empty text for the default of ``{name}``."""
        if name == "controller":
            return self._controller
        return chunk.reqs.get(name) or given(route).get(name) or ("" if kind == ":" else _DEFAULTS[kind])

    def _segment(self, route: routes.route.Route, chunk: Chunk, key: int) -> Segment:
        found = self._segments.get((id(chunk), key))
        if found is None or found.chunk is not chunk:
            found = self._segments[id(chunk), key] = self._read_segment(route, chunk)
        return found

    def _read_segment(self, route: routes.route.Route, chunk: Chunk) -> Segment:
        variables = [part for part in chunk.parts if not isinstance(part, str)]
        patterns = [self._pattern(route, chunk, *variable) for variable in variables]
        known = [self._reader.traits(pattern) for pattern in patterns if pattern]
        found = Segment(
            chunk,
            crossing=any(each.slash or not each.local for each in known),
            refers=any(each.named or each.refers for each in known),
        )
        parts = chunk.parts
        if len(parts) == 1 and variables[0][0] == ":":
            found.pattern = patterns[0]
            return found
        if isinstance(parts[0], str):
            found.head, parts = parts[0], parts[1:]
        found.expression = "".join(
            re.escape(part) if isinstance(part, str) else self._group(route, chunk, *part) for part in parts
        )
        found.dot = any("." in part for part in chunk.parts if isinstance(part, str))
        found.texts = tuple({part for part in parts if isinstance(part, str)})
        return found

    def _variable(self, node: Node, pattern: str) -> tuple[Node, bool]:
        if pattern and self._reader.traits(pattern).named:
            return self._mix(node, Segment(_NO_CHUNK, False, True, None, "", pattern), False), True
        if node.vars is None:
            node.vars = {}
        found = node.vars.get(pattern)
        if found is None:
            found = node.vars[pattern] = (*self._check(pattern), Node())
        return found[2], bool(pattern) and self._reader.traits(pattern).empty

    def _check(self, pattern: str) -> tuple[int, trie.Check]:
        found = self._checks.get(pattern)
        if found is None:
            if pattern in _PLAIN:
                found = trie.PLAIN, bool
            elif pattern == MEMBER_ID:
                found = trie.MEMBER, bool
            else:
                guard = _NO_CONTROL if self._reader.traits(pattern).control else ""
                check: trie.Check = re.compile(f"{guard}(?:{pattern})").fullmatch
                if limit(pattern) < STEPS:
                    check = Expression(pattern).check
                found = trie.RUN if ascii_run(pattern) else trie.CHECKED, check
            self._checks[pattern] = found
        return found

    def _group(self, route: routes.route.Route, chunk: Chunk, kind: str, name: str, default: str = "") -> str:
        group = f"(?P<{name}>{self._pattern(route, chunk, kind, name) or _DEFAULTS[default or kind]})"
        return rf"(?:\.{group})??" if kind == "." else group

    def _mix(self, node: Node, segment: Segment, dot: bool) -> Node:
        head, expression = segment.head, segment.expression
        known = self._matchers.get(expression)
        if known is None:
            known = self._matchers[expression] = Expression(expression), endings(expression)
        if node.mixes is None:
            node.mixes = {}
        key = trie.filed_under(head)
        if not key.endswith(".") and len(key) not in node.lengths:
            node.lengths = (*node.lengths, len(key))
        first = mix = node.mixes.get(key)
        while mix is not None:
            if mix.head == head and mix.expression == expression and mix.dot == dot:
                return mix
            mix = mix.next
        made = node.mixes[key] = Mix(head, expression, segment.texts, dot, *known)
        made.next = first
        return made


def _has_suffix(chunk: Chunk) -> bool:
    if len(chunk.parts) != 2 or chunk.parts[1][0] != "." or isinstance(chunk.parts[1], str):
        return False
    return isinstance(chunk.parts[0], str) or chunk.parts[0][0] == ":"


def _unreachable(text: str) -> bool:
    return not text.isprintable() and CONTROL.search(text) is not None


def under(node: Node, text: str) -> Node:
    """Return the node under a literal segment, made where there is none."""
    if node.lit is trie.NO_NODES:
        node.lit = {}
    nodes = cast("dict[str, Node]", node.lit)
    found = nodes.get(text)
    if found is None:
        found = nodes[text] = Node()
    return found


def _full(route: routes.route.Route, controllers: list[str]) -> str:
    return cast(str, route.buildfullreg(controllers))


def _end(place: Place, leaf: Leaf) -> None:
    leaf.next, place.node.leaf = place.node.leaf, leaf
    lower(place, leaf.rank)


def _cross(place: Place, leaf: Leaf, expression: str, prefix: str = "") -> None:
    node = place.node
    if node.rests is None:
        node.rests = []
    node.rests.append(Rest(leaf, Expression(expression), prefix))
    lower(place, leaf.rank)


def lower(place: Place | None, rank: int) -> None:
    """Let a place and those above it know of a rank below them."""
    node = None
    while place is not None and (place.node is node or place.node.low > rank):
        # Past its first crossing segment, a route's places share one node.
        node = place.node
        node.low = rank
        place = place.above
