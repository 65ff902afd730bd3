"""Routes -> the trie that the index walks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, cast

import routes

from apirouter.routing import trie
from apirouter.routing.matching import CONTROL, Expression
from apirouter.routing.template import MEMBER_ID, Chunk, Reader
from apirouter.routing.trie import Leaf, Mix, Node, method_names

#: Rank: the longer the static prefix the earlier, then in the order of connection.
_PREFIX_STEP = 1 << 32

#: What Routes takes for a variable that has no requirement.
_DEFAULTS = {":": "[^/]+?", ".": "[^/.]+?", "*": ".+?"}

#: Expressions that say no more than the default does.
_PLAIN = frozenset(("[^/]+", "[^/]+?", "[^\\/]+", "[^\\/]+?"))

_NO_CONTROL = "(?=[^\\x00-\\x1f\\x7f-\\x9f]*\\Z)"

_Variable = tuple[str, str]


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
        self._matchers: dict[str, Expression] = {}
        self._methods: dict[Any, frozenset[str]] = {}
        self._shapes: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}

    def add(self, route: routes.route.Route, order: int) -> None:
        """File one route.

        :param route: a route that matches (a static one only generates).
        :param order: its place in the order of connection.
        :raises re.error: its expression can't be compiled.
        """
        if route.minimization:
            self._add_minimized(route, order)
        else:
            self._add_plain(route, order, self._reader.chunks(route.routepath))

    # -- filing

    def _add_plain(self, route: routes.route.Route, order: int, chunks: list[Chunk]) -> None:
        names = [name for chunk in chunks for name in chunk.names]
        if len(set(names)) != len(names) or not all(map(str.isidentifier, names)):
            re.compile(_full(route, self._controllers))  # raises what Routes would
        leaf = self._leaf(route, order, len(_prefix(chunks)), names)
        crossing = self._crossing(route, chunks)
        path = [self.root]
        captures: list[tuple[str, int]] = []
        last = len(chunks) - 1
        for at, chunk in enumerate(chunks if crossing < 0 else chunks[:crossing]):
            node = path[-1]
            if chunk.literal is not None:
                if _unreachable(chunk.literal):
                    return
                node = _literal(node, chunk.literal)
            elif len(chunk.parts) == 1 and chunk.parts[0][0] == ":":
                node, empty = self._variable(node, self._pattern(route, chunk, *chunk.parts[0]))
                captures.append((chunk.parts[0][1], at))
                leaf.careful = leaf.careful or empty
            elif crossing >= 0:
                break
            elif at == last and _has_suffix(chunk):
                self._suffixed(route, leaf, chunk, path, captures)
                return
            else:
                node = self._mixed(route, chunk, node)
                leaf.careful = True
            path.append(node)
        if crossing >= 0:
            _cross(path, leaf, _full(route, self._controllers))
            return
        leaf.captures = self._shape(captures)
        _end(path, leaf)

    def _suffixed(
        self,
        route: routes.route.Route,
        leaf: Leaf,
        chunk: Chunk,
        path: list[Node],
        captures: list[tuple[str, int]],
    ) -> None:
        """File twice a last segment that is text or a variable, then a suffix that may be absent.

        Without the suffix it is a plain segment; with it, it is a mixed one that has a dot.
        """
        first, suffix = chunk.parts[0], cast(_Variable, chunk.parts[1])
        name, node = suffix[1], path[-1]
        other = Leaf(route, leaf.rank)
        other.methods, other.special, other.fixed = leaf.methods, leaf.special, leaf.fixed
        other.captures, other.careful = self._shape(captures), True
        if isinstance(first, str):
            if _unreachable(first):
                return
            plain = _literal(node, first)
            mixed = self._mix(node, first + ".", self._group(route, chunk, ":", name, "."), True)
        else:
            plain, empty = self._variable(node, self._pattern(route, chunk, *first))
            leaf.careful = leaf.careful or empty
            captures.append((first[1], len(path) - 1))
            mixed = self._mixed(route, chunk, node, dot=True)
            leaf.dotless = True
        leaf.captures = self._shape(captures)
        default = route._kargs.get(name)
        leaf.fixed = {**leaf.fixed, name: route.make_unicode(default) if default else None}
        leaf.careful = leaf.careful or name == "action"
        _end([*path, plain], leaf)
        _end([*path, mixed], other)

    def _add_minimized(self, route: routes.route.Route, order: int) -> None:
        parts = route.routelist
        prefix = "".join(itertools.takewhile(lambda part: isinstance(part, str), parts))
        if not prefix.startswith("/"):
            prefix = "/" + prefix
        whole = prefix.rstrip("/")
        names = [part["name"] for part in parts if isinstance(part, dict)]
        leaf = self._leaf(route, order, len(whole), names)
        leaf.prefix = whole
        complete = prefix.endswith("/") or not names
        path = [self.root]
        for text in whole.split("/") if complete else whole.split("/")[:-1]:
            path.append(_literal(path[-1], text))
        expression = route.buildnextreg(parts, self._controllers, True)[0] or "/"
        expression += "/?"
        _cross(path, leaf, expression if expression.startswith("/") else "/" + expression)

    # -- reading

    def _leaf(self, route: routes.route.Route, order: int, prefix: int, names: list[str]) -> Leaf:
        leaf = Leaf(route, order - prefix * _PREFIX_STEP)
        conditions = route.conditions
        if conditions:
            if "method" in conditions:
                leaf.methods = self._method_names(conditions["method"])
            leaf.special = "function" in conditions or "sub_domain" in conditions
        fixed = {
            name: None if value is None else route.make_unicode(value)
            for name, value in route._kargs.items()
            if name not in ("controller", "action", "requirements") and name not in names
        }
        if fixed:
            leaf.fixed = fixed
        return leaf

    def _method_names(self, condition: Any) -> frozenset[str]:
        key = condition if isinstance(condition, str) else tuple(condition)
        found = self._methods.get(key)
        if found is None:
            found = self._methods[key] = method_names(condition)
        return found

    def _shape(self, captures: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        shape = tuple(captures)
        return self._shapes.setdefault(shape, shape)

    def _pattern(self, route: routes.route.Route, chunk: Chunk, kind: str, name: str) -> str:
        """Return the expression of a variable; the empty text for the default of ``{name}``."""
        if name == "controller":
            return self._controller
        return chunk.reqs.get(name) or route.reqs.get(name) or ("" if kind == ":" else _DEFAULTS[kind])

    def _crossing(self, route: routes.route.Route, chunks: list[Chunk]) -> int:
        """Return the number of the first chunk that is no plain segment, or -1."""
        for at, chunk in enumerate(chunks):
            if chunk.literal is not None:
                continue
            for part in chunk.parts:
                pattern = "" if isinstance(part, str) else self._pattern(route, chunk, *part)
                if pattern:
                    known = self._reader.traits(pattern)
                    if known.slash or not known.local:
                        return at
        return -1

    def _variable(self, node: Node, pattern: str) -> tuple[Node, bool]:
        if pattern and self._reader.traits(pattern).named:
            return self._mix(node, "", pattern, False), True
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
                found = trie.CHECKED, re.compile(f"{guard}(?:{pattern})").fullmatch
            self._checks[pattern] = found
        return found

    def _mixed(self, route: routes.route.Route, chunk: Chunk, node: Node, *, dot: bool = False) -> Node:
        head, parts = "", chunk.parts
        if isinstance(parts[0], str):
            head, parts = parts[0], parts[1:]
        expression = "".join(
            re.escape(part) if isinstance(part, str) else self._group(route, chunk, *part) for part in parts
        )
        dot = dot or any("." in part for part in chunk.parts if isinstance(part, str))
        return self._mix(node, head, expression, dot)

    def _group(self, route: routes.route.Route, chunk: Chunk, kind: str, name: str, default: str = "") -> str:
        group = f"(?P<{name}>{self._pattern(route, chunk, kind, name) or _DEFAULTS[default or kind]})"
        return rf"(?:\.{group})??" if kind == "." else group

    def _mix(self, node: Node, head: str, expression: str, dot: bool) -> Node:
        match = self._matchers.get(expression)
        if match is None:
            match = self._matchers[expression] = Expression(expression)
        if node.mixes is None:
            node.mixes = {}
        cut = head.find(".") + 1
        key = head[:cut] if cut else head
        if not cut and len(key) not in node.lengths:
            node.lengths = (*node.lengths, len(key))
        mixes = node.mixes.setdefault(key, [])
        for mix in mixes:
            if mix.head == head and mix.expression == expression and mix.dot == dot:
                return mix.node
        mixes.append(Mix(head, expression, dot, match, Node()))
        return mixes[-1].node


def _has_suffix(chunk: Chunk) -> bool:
    if len(chunk.parts) != 2 or chunk.parts[1][0] != "." or isinstance(chunk.parts[1], str):
        return False
    return isinstance(chunk.parts[0], str) or chunk.parts[0][0] == ":"


def _unreachable(text: str) -> bool:
    return not text.isprintable() and CONTROL.search(text) is not None


def _literal(node: Node, text: str) -> Node:
    if node.lit is trie.NO_NODES:
        node.lit = {}
    nodes = cast("dict[str, Node]", node.lit)
    found = nodes.get(text)
    if found is None:
        found = nodes[text] = Node()
    return found


def _prefix(chunks: list[Chunk]) -> str:
    """Return the text before the first variable, without slashes at its end."""
    texts = []
    for chunk in chunks:
        if chunk.literal is None:
            texts.append(chunk.parts[0] if isinstance(chunk.parts[0], str) else "")
            break
        texts.append(chunk.literal)
    return "/".join(texts).rstrip("/")


def _full(route: routes.route.Route, controllers: list[str]) -> str:
    return cast(str, route.buildfullreg(controllers))


def _end(path: list[Node], leaf: Leaf) -> None:
    node = path[-1]
    if node.leaves is None:
        node.leaves = []
    node.leaves.append(leaf)
    _lower(path, leaf.rank)


def _cross(path: list[Node], leaf: Leaf, expression: str) -> None:
    node = path[-1]
    leaf.match = Expression(expression)
    leaf.careful = True
    leaf.captures = ()
    if node.rests is None:
        node.rests = []
    node.rests.append(leaf)
    _lower(path, leaf.rank)


def _lower(path: list[Node], rank: int) -> None:
    for node in path:
        if rank < node.low:
            node.low = rank
