"""The index over path segments: what ``routes.Mapper`` would answer, at flat cost.

1. *Order.* Of the routes that match a request, the one with the longest static prefix wins (the text
   before its first variable, without slashes at its end), then the one connected first. Both make one
   number, the rank; lower wins. Conditions on method, sub-domain and function are part of matching: a
   route that fails one is passed by.
2. *Segments.* A path is split at its slashes and walked down a trie: per node a dict of literal
   segments, then variables by their expression, then segments of text and variables mixed. So a lookup
   costs the length of the path, not the number of routes. A variable that can't match a slash is its
   whole segment, so that its expression is all there is to check; expressions are shared by all routes
   that write them alike.
3. *Crossing routes.* A route whose expression may match a slash or looks around, and a minimized one,
   hangs at the last node that all its paths pass; its whole expression decides, compiled when it is
   first needed.
4. *The walk* (:meth:`Index.find`) takes the literal child where there is one, else the only variable.
   Each node knows since the load whether anything that the walk passed by could match too, and with
   which rank; where nothing could win, the walk's answer or its miss is sure.
5. *The search* does the rest: where a path could go two ways, where a node has several variables, where
   a segment has a dot and ends as a ``format`` may, where an answer depends on the environ. It tries the
   routes that the segments leave possible in the order of their ranks, and reads no further than the first
   that matches.
6. *Methods.* A node has a dict from method to route. What it has for a method of our own are the methods
   of the path: :meth:`Index.methods` is a walk like any other.
7. *Frozen.* Built once, then only read: there is no lock and no cache, but for expressions compiled on
   first use, which any number of threads may do at once. Each answer is a dict of its own.
8. *Hostile paths.* A path with a control character matches nothing. Expressions that could try many ways
   on a long text are matched another way (see :mod:`apirouter.routing.matching`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, cast

import routes

from apirouter.routing.alone import Placed
from apirouter.routing.graft import Grafter
from apirouter.routing.grow import Grower
from apirouter.routing.matching import CONTROL
from apirouter.routing.settle import METHODS, Settler, accepts, methods_of
from apirouter.routing.template import Reader
from apirouter.routing.trie import CHECKED, MEMBER, PLAIN, RUN, Leaf, Mix, Node

_Groups = tuple[dict[str, Any], ...]
_Candidate = tuple[Leaf, _Groups]
_STATIC = ("controller", "action")


@dataclass(frozen=True, slots=True)
class SubDomains:
    """How the sub-domain of a request is told, as ``routes.Mapper`` tells it.

    :param ignore: sub-domains that count as none.
    :param match: the expression of the domain.
    """

    ignore: tuple[str | None, ...] = ()
    match: str = r"[^\.\/]+?\.[^\.\/]+"

    def of(self, environ: Mapping[str, Any] | None) -> str | None:
        """Return the sub-domain of a request, or None."""
        if not environ or "HTTP_HOST" not in environ:
            return None
        host = environ["HTTP_HOST"].split(":")[0]
        found = re.sub(rf"^(.+?)\.{self.match}$", r"\1", host)
        return None if found in self.ignore or found == host else found


#: The walk of :meth:`Index.find` once more, for a function that filters are part of: ``path`` (ASCII) and ``method``
#: give ``route`` and ``args``. Where it is not sure it leaves ``route`` as it was, and find() is asked from the start.
WALK = """
node = root
segments = path.split("/", deep)
for segment in segments:
    lit = node.lit
    child = lit.get(segment) if lit else None
    if child is None:
        kind = node.kind
        if kind == RUN:
            if not segment or segment.encode().translate(None, node.chars):
                break
        elif kind == PLAIN:
            if not segment or not segment.isprintable():
                break
        elif kind == MEMBER:
            if not segment or segment[-1] == "\\\\" or not segment.isprintable():
                break
        elif kind != CHECKED or node.check(segment) is None:
            break
        if node.dots and "." in segment and segment.endswith(node.dots):
            break
        child = node.var
    node = child
else:
    entry = node.ends.get(method, node.other)
    if entry:
        count = entry.count
        if count == 2:
            args = {entry.a: segments[entry.i], entry.b: segments[entry.j]}
        elif count == 1:
            args = {entry.a: segments[entry.i]}
        else:
            args = entry.build(segments)
        route = entry.route
"""


class Index:
    """A frozen index over routes; any number of threads may ask it, without a lock.

    :param table: routes in the order of their connection; static ones (they only generate) are left out.
    :param controllers: the names that a ``{controller}`` in a path stands for.
    :param sub_domains: how sub-domains are told, when the mapper minds them.
    :param reader: a reader to share with other indexes of the same routes.
    :param placed: the resources among these routes, in order.
    :raises re.error: the expression of a route can't be compiled.

    :ivar grafted: nodes of which all that is below was copied from another, or is what was copied -> that other.
    """

    __slots__ = ("_deep", "_sub_domains", "grafted", "root", "routes")

    def __init__(
        self,
        table: Iterable[routes.route.Route],
        *,
        controllers: Sequence[str] = (),
        sub_domains: SubDomains | None = None,
        reader: Reader | None = None,
        placed: Iterable[Placed] = (),
    ) -> None:
        self.routes = tuple(route for route in table if not route.static)
        self._sub_domains = sub_domains
        # No segment past the deepest route's is looked at: what is left there stays one piece. A minimized route's
        # path has no slash in front, and any may have one behind.
        self._deep = 1 + max(
            (path.count("/") + (path[:1] != "/") for path in (route.routepath for route in self.routes)),
            default=0,
        )
        grower, settler = Grower(controllers, reader), Settler(special=sub_domains is not None)
        grafter = Grafter(grower, settler)
        at = 0
        for one in placed:
            for order in range(at, one.order):
                grower.add(self.routes[order], order)
            grafter.add(one)
            at = one.order + len(one.block.routes)
        for order in range(at, len(self.routes)):
            grower.add(self.routes[order], order)
        self.root, self.grafted = grower.root, grafter.grafted
        settler.settle(self.root, self.grafted)

    def find(
        self, path: str, method: str, environ: Mapping[str, Any] | None = None
    ) -> tuple[routes.route.Route, dict[str, Any]] | None:
        """Return the route of a request and the variables of its path.

        :param path: the path, decoded.
        :param method: the request's method.
        :param environ: the WSGI environ; only conditions on functions and sub-domains read it.
        :returns: the route, and a fresh dict of variables and defaults (with ``controller`` and
            ``action`` only when they are variables of the path); None when no route matches.
        """
        segments = path.split("/", self._deep)
        node = self.root
        try:
            for segment in segments:
                lit = node.lit
                # Without literals there is nothing to hash an id for.
                child = lit.get(segment) if lit else None
                if child is None:
                    kind = node.kind
                    if kind == RUN:
                        # Of the ways to check a run of ASCII, the one with the least to do for a character.
                        if not segment or segment.encode().translate(None, node.chars):
                            break
                    elif kind == PLAIN:
                        if not segment or not segment.isprintable():
                            break
                    elif kind == MEMBER:
                        if not segment or segment[-1] == "\\" or not segment.isprintable():
                            break
                    elif kind != CHECKED or node.check(segment) is None:
                        break
                    if node.dots and "." in segment and segment.endswith(node.dots):
                        break
                    child = node.var
                node = child  # type: ignore[assignment]
            else:
                entry: Any = node.ends.get(method, node.other)
                if not entry:
                    return None if entry is False else self._search(path, segments, method, environ)
                count = entry.count
                if count == 2:
                    return entry.route, {entry.a: segments[entry.i], entry.b: segments[entry.j]}
                if count == 1:
                    return entry.route, {entry.a: segments[entry.i]}
                return entry.route, entry.build(segments)
        except UnicodeEncodeError:  # a lone surrogate: no path that came as UTF-8
            return self._search(path, segments, method, environ)
        if node.final and not (node.dots and "." in segment and segment.endswith(node.dots)):
            return None
        return self._search(path, segments, method, environ)

    def walk_names(self) -> dict[str, Any]:
        """Return what the names in :data:`WALK` stand for."""
        kinds = {"RUN": RUN, "PLAIN": PLAIN, "MEMBER": MEMBER, "CHECKED": CHECKED}
        return {**kinds, "root": self.root, "deep": self._deep}

    def methods(self, path: str, environ: Mapping[str, Any] | None = None) -> frozenset[str]:
        """Return the methods with which a path matches: empty when no route has the path.

        :param path: the path, decoded.
        :param environ: the WSGI environ, as for :meth:`find`.
        """
        found = self.find(path, METHODS, environ)
        return frozenset() if found is None else found[0]

    def match(
        self, path: str, method: str | None, environ: Mapping[str, Any] | None
    ) -> tuple[routes.route.Route, dict[str, Any]] | None:
        """Return what ``routes.Mapper.routematch`` does: as :meth:`find`, with controller and action.

        :param method: the request's method; None matches routes of any.
        """
        if method is None:
            found = self._search(path, path.split("/", self._deep), None, environ)
        else:
            found = self.find(path, method, environ)
        if found is not None:
            _complete(*found)
        return found

    def candidates(self, path: str) -> list[routes.route.Route]:
        """Return the routes whose expressions match a path, in the order of trial; conditions aside.

        :param path: the path, decoded.
        """
        if not path.isprintable() and CONTROL.search(path):
            return []
        return [
            leaf.route
            for leaf, _ in self._candidates(path.split("/", self._deep))
            if leaf.match is None or (path.startswith(leaf.prefix) and leaf.match(path, 0) is not None)
        ]

    def _search(
        self,
        path: str,
        segments: list[str],
        method: str | None,
        environ: Mapping[str, Any] | None,
    ) -> tuple[Any, dict[str, Any]] | None:
        """Try all routes that the segments leave possible, in the order of their ranks."""
        if not path.isprintable() and CONTROL.search(path):
            return None
        domains = self._sub_domains
        sub_domain = None if domains is None else domains.of(environ)
        met: list[Leaf] = []
        for leaf, groups in self._candidates(segments):
            if method is not METHODS and not leaf.admits(method):
                continue
            if leaf.match is None:
                found = leaf.answer(segments, groups)
            else:
                matched = leaf.match(path, 0) if path.startswith(leaf.prefix) else None
                if matched is None:
                    continue
                found = leaf.answer(segments, (matched,))
            if domains is not None:
                found["sub_domain"] = sub_domain
            if leaf.special and not _conditions_hold(leaf, found, sub_domain, environ):
                continue
            if method is not METHODS:
                return leaf.route, found
            met.append(leaf)
        return (methods_of(met), {}) if met else None

    def _candidates(self, segments: list[str]) -> Iterator[_Candidate]:
        """Yield the routes that the segments leave possible, in the order of their ranks.

        What lies under a node waits until it may come next by the lowest of its ranks, a mixed segment with its
        expression unread: on a long segment that is what costs.
        """
        last = len(segments)
        counter = itertools.count()  # tells entries of one rank apart
        todo: list[tuple[int, int, Node | Leaf, int, _Groups, str | None]]
        todo = [(self.root.low, next(counter), self.root, 0, (), None)]
        while todo:
            _, _, node, at, groups, unread = heappop(todo)
            if isinstance(node, Leaf):
                yield node, groups
                continue
            if unread is not None:
                read = cast(Mix, node).read(unread)
                if read is None:
                    continue
                groups = (*groups, read)
            if node.rests is not None:
                for leaf in node.rests:
                    heappush(todo, (leaf.rank, next(counter), leaf, at, (), None))
            if at == last:
                dotted = "." in segments[-1]
                for leaf in node.leaves():
                    if not (dotted and leaf.dotless):
                        heappush(todo, (leaf.rank, next(counter), leaf, at, groups, None))
                continue
            segment = segments[at]
            at += 1
            child = node.lit.get(segment)
            if child is not None:
                heappush(todo, (child.low, next(counter), child, at, groups, None))
            if node.vars is not None:
                for kind, check, child in node.vars.values():
                    if accepts(kind, check, segment):
                        heappush(todo, (child.low, next(counter), child, at, groups, None))
            if node.mixes is not None:
                for mix in node.mixed(segment):
                    heappush(todo, (mix.low, next(counter), mix, at, groups, segment))


def _complete(route: routes.route.Route, found: dict[str, Any]) -> None:
    defaults = route.defaults
    for name in _STATIC:
        if name not in found and name in defaults:
            found[name] = defaults[name]


def _conditions_hold(
    leaf: Leaf, found: dict[str, Any], sub_domain: str | None, environ: Mapping[str, Any] | None
) -> bool:
    conditions = leaf.route.conditions
    if "sub_domain" in conditions:
        wanted = conditions["sub_domain"]
        if bool(wanted) != bool(sub_domain):
            return False
        if isinstance(wanted, list) and sub_domain not in wanted:
            return False
    if "function" not in conditions:
        return True
    own = {name for name in _STATIC if name not in found}
    _complete(leaf.route, found)
    if not conditions["function"](environ, found):
        return False
    for name in own:
        if name in found and found[name] == leaf.route.defaults.get(name):
            del found[name]
    return True


__all__ = ["WALK", "Index", "SubDomains"]
