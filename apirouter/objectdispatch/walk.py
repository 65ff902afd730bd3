"""Finds what answers a path, object by object.

1. An exposed method named by a segment takes the rest of the path as arguments. An empty segment (a slash at
   the end) is the controller's ``index``; so is the end of the path, after a redirect to the slash.
2. Where a segment leads nowhere, the nearest controller on the way that has a ``_lookup`` is asked, or the
   nearest ``_default`` answers, whichever is nearer. ``_lookup(*remainder)`` returns a controller and what
   is left of the path, or nothing; it is not called with a path that its parameters don't fit.
3. ``_route(args, request)`` of a controller decides alone; what it returns must be exposed.
4. ``index``, where it is generic, also takes segments that lead nowhere, for HTTP methods it has a handler
   for.
5. What a controller's own code raises on the way is not a miss: a bug there is a 500.
6. Guards are asked on the way: a class's when the path leaves it for another controller or arrives at a
   method without a guard of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import webob.exc

from apirouter.errors import ApiRouterError, MethodNotAllowed, RouteNotFound
from apirouter.objectdispatch.call import Call
from apirouter.objectdispatch.expose import exposure_of
from apirouter.objectdispatch.rest import allowed, resolve, takes
from apirouter.objectdispatch.secure import Mounted
from apirouter.objectdispatch.signature import MissingSegment, Signature
from apirouter.objectdispatch.tables import CLASS, Leaf, Node
from apirouter.objectdispatch.tree import Tree

#: How many controllers a path may lead through.
MAX_DEPTH = 500


class BrokenLookup(ApiRouterError, TypeError):
    """A ``_lookup`` or ``_route`` returned something it must not: a 500."""


class _RouteGaveUp(Exception):
    """A ``_route`` raised a 404 or a 405: others on the way may have an answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class AnswerOptions(Exception):
    """Only Allow can be answered.

    :param allow: the HTTP methods there are.
    """

    def __init__(self, allow: Sequence[str]) -> None:
        super().__init__()
        self.allow = allow


class Noncanonical(Exception):
    """The path lacks the slash at its end.

    :param leaf: the ``index`` that would answer.
    """

    def __init__(self, leaf: Leaf, instance: Any, hooks: tuple[Any, ...]) -> None:
        super().__init__()
        self.leaf, self.instance, self.hooks = leaf, instance, hooks


class Place(NamedTuple):
    """Where a walk is: a controller, what is left of the path, and what was gathered on the way.

    :param node: the controller.
    :param rest: the path's segments from here.
    :param routing: arguments that parents took.
    :param hooks: hooks of the classes on the way.
    """

    node: Node
    rest: Sequence[str]
    routing: Sequence[str] = ()
    hooks: tuple[Any, ...] = ()


class Arrival(NamedTuple):
    """What a walk found.

    :param leaf: the method.
    :param instance: its controller.
    :param path: the segments that are its arguments.
    :param hooks: hooks of the classes on the way.
    :param plain: whether the path alone decided: it leads here for every request.
    """

    leaf: Leaf
    instance: Any
    path: Sequence[str]
    hooks: tuple[Any, ...] = ()
    plain: bool = False


class Walker:
    """Walks one application's tree.

    :param tree: the tree.
    :param names: tells the query's names of a call.
    """

    def __init__(self, tree: Tree, names: Callable[[Call], set[str]]) -> None:
        self._tree, self._names = tree, names

    def walk(self, call: Call, node: Node, segments: Sequence[str], verb: str) -> Arrival:
        """Return what answers.

        :param call: the request.
        :param node: where to start.
        :param segments: the path from there.
        :param verb: the HTTP method to route by.
        :raises RouteNotFound, MethodNotAllowed: nothing does.
        :raises Noncanonical: something does, with a slash at the end.
        """
        # Controllers that have nothing but methods and children need no more than these look-ups.
        at, count = 0, len(segments)
        while at < count and node.table.plain:
            segment = segments[at]
            leaf = node.table.leaves.get(segment)
            if leaf is not None:
                path = segments[at + 1 :]
                whole = len(path) < 2
                return Arrival(
                    leaf, node.controller, [p for p in path if p] if "" in path else path, (), whole
                )
            child = node.children.get(segment)
            if child is None or child.guard is not None or node.lazy:
                index = node.table.index
                if child is None and not node.lazy and (index is None or (segment and not index.methods)):
                    raise RouteNotFound
                break
            node = child.node
            at += 1
        fallbacks: list[tuple[Leaf, Place]] = []
        place = Place(node, segments[at:], (), node.table.hooks)
        for _ in range(MAX_DEPTH):
            try:
                found = self._step(call, place, verb, fallbacks)
            except (RouteNotFound, MethodNotAllowed, MissingSegment):
                other = self._fall_back(fallbacks)
                if other is None:
                    raise
                found = other
            except _RouteGaveUp as gave_up:
                other = self._fall_back(fallbacks)
                if other is None:
                    raise gave_up.error from None
                found = other
            if isinstance(found, Arrival):
                return found
            place = found
        raise RouteNotFound

    def _step(
        self, call: Call, place: Place, verb: str, fallbacks: list[tuple[Leaf, Place]]
    ) -> Arrival | Place:
        """Go one controller further."""
        node, rest = place.node, place.rest
        table = node.table
        if rest:
            leaf = table.leaves.get(rest[0]) if not table.rest else None
            if leaf is not None:
                return self._arrive(place, leaf, rest[1:])
            if rest[0] == "" and table.index is not None and not table.rest:
                return self._arrive(place, table.index, rest[1:])
        elif table.index is not None and not table.rest:
            raise Noncanonical(table.index, node.controller, place.hooks)
        if table.default is not None:
            fallbacks.append((table.default, place))
        if table.lookup is not None:
            fallbacks.append((table.lookup, place))
        if table.rest:
            return self._rest(call, place, verb)
        if table.route is not None:
            return self._route(call, place, table.route)
        if not rest:
            raise RouteNotFound
        child = self._tree.find(node, rest[0])
        if child is None:
            index = table.index
            if index is not None and verb in index.methods and not fallbacks:
                return self._arrive(place, index, rest)
            raise RouteNotFound
        return self._enter(place, child.node, rest[1:], place.routing, child.guard, child.guarded)

    def _enter(
        self, place: Place, node: Node, rest: Sequence[str], routing: Sequence[str], guard: Any, guarded: bool
    ) -> Place:
        """Go from one controller to another, past the guards."""
        table = place.node.table
        if guarded and table.guard is not None:
            table.guard.ask(place.node.controller)
        if guard is not None:
            guard.ask(place.node.controller)
        hooks = place.hooks + node.table.hooks if node.table.hooks else place.hooks
        return Place(node, rest, routing, hooks)

    def _arrive(self, place: Place, leaf: Leaf, path: Sequence[str]) -> Arrival:
        args = [part for part in path if part] if "" in path else path
        if place.routing:
            args = [*place.routing, *args]
        return Arrival(leaf, place.node.controller, args, place.hooks)

    # ------------------------------------------------------------------ ways of their own

    def _rest(self, call: Call, place: Place, verb: str) -> Arrival | Place:
        node = place.node
        found = resolve(node, verb, place.rest, place.routing, self._tree.find, lambda: self._names(call))
        if found is None:
            raise AnswerOptions(allowed(node, place.rest, place.routing, self._tree.find))
        if len(found) == 3:
            child, rest, routing = found
            return self._enter(place, child.node, rest, routing, child.guard, child.guarded)
        leaf, path = found
        if node.table.lookup is not None and not takes(leaf, path):
            parts = [part for part in place.rest if part]
            found_by = self._look_up(node.table.lookup, place, parts) if parts else None
            if found_by is not None:
                return found_by
        return Arrival(leaf, node.controller, path, place.hooks)

    def _route(self, call: Call, place: Place, route: Leaf) -> Arrival | Place:
        """Let a controller's own ``_route`` decide."""
        func, controller = route.func, place.node.controller
        self_ = () if route.kind == "static" else (controller if route.kind != CLASS else type(controller),)
        args = list(place.rest)
        both = (*self_, args, call.request)
        fits = Signature(func, 0)
        try:
            answer = func(*both) if fits.varargs or fits.count >= len(both) else func(*self_, args)
        except (webob.exc.HTTPNotFound, webob.exc.HTTPMethodNotAllowed) as error:
            raise _RouteGaveUp(error) from error
        if not answer:
            raise RouteNotFound
        target, rest = _pair(answer, route)
        if route.guard is not None:
            route.guard.ask(controller)
        func = getattr(target, "__func__", target)
        if exposure_of(func).exposed:
            owner = getattr(target, "__self__", controller)
            node = self._tree.node_of(owner) if not isinstance(owner, type) else None
            leaf = _leaf_of(node, func)
            if node is None or leaf is None:
                raise BrokenLookup(f"{route.where} returned {target!r}, which is no method of a controller")
            path = [part for part in rest if part]
            return Arrival(leaf, owner, [*place.routing, *path], place.hooks)
        return self._target(target, rest, place, route, False)

    def _look_up(self, lookup: Leaf, place: Place, segments: Sequence[str]) -> Place | None:
        """Ask a ``_lookup``; None where it has nothing, or its parameters don't fit."""
        if not lookup.signature.fits(segments):
            return None
        controller = place.node.controller
        self_ = () if lookup.kind == "static" else (controller if lookup.kind != CLASS else type(controller),)
        answer = lookup.func(*self_, *segments)
        if not answer:
            return None
        target, rest = _pair(answer, lookup)
        if place.rest and place.rest[-1] == "" and (not rest or rest[-1] != "") and segments[-1] != "":
            # The slash at the end is the path's, not an argument: what was found has its index there.
            rest = [*rest, ""]
        if lookup.guard is not None:
            lookup.guard.ask(controller)
        return self._target(target, rest, place, lookup, False)

    def _target(self, target: Any, rest: Sequence[str], place: Place, by: Leaf, guarded: bool) -> Place:
        guard = None
        if isinstance(target, Mounted):
            target, guard = target.controller, target.guard
        if isinstance(target, type):
            raise BrokenLookup(f"{by.where} returned the class {target.__qualname__}: return an instance")
        node = self._tree.node_of(target)
        if node is None:
            raise RouteNotFound
        return self._enter(place, node, rest, place.routing, guard, guarded)

    def _fall_back(self, fallbacks: list[tuple[Leaf, Place]]) -> Arrival | Place | None:
        """Ask the controllers on the way, the nearest first; None where none has an answer."""
        while fallbacks:
            leaf, place = fallbacks.pop()
            if leaf is place.node.table.default:
                return self._arrive(place, leaf, place.rest)
            rest = place.rest
            if place.node.table.rest:
                rest = [part for part in rest if part]
            # A slash alone is no id.
            if not rest or (len(rest) == 1 and not rest[0] and leaf.signature.required):
                continue
            found = self._look_up(leaf, place, rest)
            if found is not None:
                return found
        return None


def _pair(answer: Any, by: Leaf) -> tuple[Any, Sequence[str]]:
    try:
        target, rest = answer
        return target, list(rest)
    except (TypeError, ValueError):
        raise BrokenLookup(
            f"{by.where} returned {answer!r}: return a controller and the rest of the path"
        ) from None


def _leaf_of(node: Node | None, func: Any) -> Leaf | None:
    if node is None:
        return None
    for leaf in node.table.named.values():
        if any(impl.func is func for impl in leaf.impls):
            return leaf
    return None


__all__ = ["AnswerOptions", "Arrival", "BrokenLookup", "Noncanonical", "Place", "Walker"]
