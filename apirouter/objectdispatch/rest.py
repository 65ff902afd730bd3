"""REST: which method of a controller answers, told from the HTTP method and the path's arity.

==========================  ===========================================================
GET /                       ``get_all``, else ``get``
GET /1                      ``get_one``, else ``get``
GET /new                    ``new``
GET /1/edit                 ``edit``
GET /1/delete               ``get_delete``
POST /, PUT /1, PATCH /1    ``post``, ``put``, ``patch``
DELETE /1                   ``post_delete``, else ``delete``
HEAD                        ``head``, else as GET
OPTIONS, TRACE, any other   ``post_options``, ``options`` ...; OPTIONS else answers Allow
==========================  ===========================================================

1. Sub-controllers first: after as many segments as ``get_one`` (or ``get``) takes, which become the first
   arguments of whatever answers below; or right here, by their name.
2. Custom actions (``_custom_actions``: name -> HTTP methods): the last segment names one, or the first for
   PUT and DELETE; for PATCH either. The method ``<http method>_<name>`` answers, else ``<name>``.
3. A method that can't take all segments gives way to ``_lookup``; so does a 404 or 405.
4. An id that the path lacks, on GET, is a 404; what is lacking elsewhere is a 400 (see :mod:`.signature`).
5. A 405 lists the methods that would be answered at this very path; where there are none, the controller's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from apirouter.errors import MethodNotAllowed
from apirouter.objectdispatch.expose import expose
from apirouter.objectdispatch.signature import MissingSegment
from apirouter.objectdispatch.tables import Child, Leaf, Node, Table

#: A method with its arguments, or a controller with what is left of the path and the arguments so far.
Found = tuple[Leaf, Sequence[str]]
Descent = tuple[Child, Sequence[str], Sequence[str]]

_GET_NAMES = ("get", "get_one", "get_all", "new", "edit", "get_delete")
_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")


class RestController:
    """The base of a controller whose methods answer HTTP methods."""

    #: Name -> the HTTP methods it answers.
    _custom_actions: dict[str, Any] = {}

    @expose()
    def _route(self, args: Sequence[str], request: Any) -> Any:
        """Route by REST's rules; a subclass that routes otherwise may call it.

        :param args: the path's segments.
        :param request: the request.
        :returns: the method, bound, and its path arguments.
        """
        return request.environ["apirouter.router"].rest(self, args, request)


def is_rest(kind: type) -> bool:
    """Tell whether a class goes by the rules of this module: it does not route otherwise."""
    if not issubclass(kind, RestController):
        return False
    return next(k for k in kind.__mro__ if "_route" in vars(k)) is RestController


def resolve(
    node: Node,
    verb: str,
    rest: Sequence[str],
    routing: Sequence[str],
    find: Callable[[Node, str], Child | None],
    given: Callable[[], Collection[str]],
) -> Found | Descent | None:
    """Return what a path leads to.

    :param node: the controller.
    :param verb: the HTTP method.
    :param rest: the path's segments from here; an empty last one is a slash at the end.
    :param routing: the arguments that parents took.
    :param find: finds a sub-controller.
    :param given: the query's names, which may stand in for ids.
    :returns: None where only Allow can be answered (OPTIONS).
    :raises MethodNotAllowed: nothing answers this HTTP method.
    :raises MissingSegment: the path lacks an id.
    """
    below = _below(node, rest, routing, find)
    if below is not None:
        return below
    parts = [part for part in rest if part]
    found = _answer(node, verb, rest, parts, find)
    if found is None and verb == "OPTIONS":
        return None
    if found is None:
        raise MethodNotAllowed(allowed(node, rest, routing, find))
    if isinstance(found[0], Child):
        return found[0], found[1], routing
    leaf, args = found
    path = [*routing, *args]
    if verb in ("GET", "HEAD"):
        missing = leaf.signature.required[len(path) :]
        if missing and not set(missing) <= set(given()):
            raise MissingSegment(missing[0])
    return leaf, path


def takes(leaf: Leaf, path: Sequence[str]) -> bool:
    """Tell whether a method takes all segments by name: else ``_lookup`` goes first."""
    return len(path) <= leaf.signature.count


def allowed(
    node: Node, rest: Sequence[str], routing: Sequence[str], find: Callable[[Node, str], Child | None]
) -> list[str]:
    """Return the HTTP methods that are answered at a path of a controller, sorted."""
    table, parts = node.table, [part for part in rest if part]
    verbs = set(_VERBS) | {m for methods in table.actions.values() for m in methods}
    fitting = set()
    for verb in verbs:
        found = _answer(node, verb, rest, parts, find)
        if found is not None and isinstance(found[0], Leaf):
            leaf, path = found[0], [*routing, *found[1]]
            if leaf.signature.varargs or len(path) <= leaf.signature.count:
                fitting.add(verb)
    if not fitting:
        fitting = _class_verbs(table)
    return sorted(fitting | {"OPTIONS"})


def _class_verbs(table: Table) -> set[str]:
    """Return the HTTP methods that a controller answers at some path."""
    verbs = {verb for verb in _VERBS if verb.lower() in table.named}
    if any(name in table.named for name in _GET_NAMES):
        verbs |= {"GET", "HEAD"}
    if "post_delete" in table.named:
        verbs.add("DELETE")
    return verbs


def _below(
    node: Node, rest: Sequence[str], routing: Sequence[str], find: Callable[[Node, str], Child | None]
) -> Descent | None:
    """Return the sub-controller after this controller's own ids."""
    own = node.table.named.get("get_one") or node.table.named.get("get")
    if own is None:
        return None
    if own.signature.varargs:
        for at, segment in enumerate(rest):
            child = find(node, segment)
            if child is not None:
                return child, rest[at + 1 :], [*routing, *rest[:at]]
        return None
    at = own.signature.count - len(routing)
    if 0 <= at < len(rest):
        child = find(node, rest[at])
        if child is not None:
            return child, rest[at + 1 :], [*routing, *rest[:at]]
    return None


def _answer(
    node: Node,
    verb: str,
    rest: Sequence[str],
    parts: Sequence[str],
    find: Callable[[Node, str], Child | None],
) -> tuple[Leaf, Sequence[str]] | tuple[Child, Sequence[str]] | None:
    named = node.table.named
    if verb == "HEAD":
        own = _first(named, "head")
        action = _action(node.table, "HEAD", parts)
        if action is not None:
            return action
        if own is not None and (own.signature.varargs or len(parts) <= own.signature.count):
            return own, parts
        verb = "GET"
    if verb == "GET":
        return _get(node, rest, parts, find)
    action = _action(node.table, verb, parts)
    if action is not None:
        return action
    standard = verb in ("POST", "PUT", "PATCH", "DELETE")
    if parts and standard:
        child = find(node, rest[0])
        if child is not None:
            return child, rest[1:]
    name = verb.lower()
    leaf = _first(named, name) if verb in ("POST", "PUT") else _first(named, f"post_{name}", name)
    if leaf is not None:
        return leaf, parts
    if parts and not standard and parts[0] not in node.table.leaves:
        child = find(node, rest[0])
        if child is not None:
            return child, rest[1:]
    return None


def _get(
    node: Node, rest: Sequence[str], parts: Sequence[str], find: Callable[[Node, str], Child | None]
) -> tuple[Leaf, Sequence[str]] | tuple[Child, Sequence[str]] | None:
    named = node.table.named
    if not parts:
        leaf = _first(named, "get_all", "get")
        return (leaf, ()) if leaf is not None else None
    last = parts[-1]
    if last in ("new", "edit", "delete"):
        leaf = named.get("get_delete" if last == "delete" else last)
        if leaf is not None:
            return leaf, parts[:-1]
    action = _action(node.table, "GET", parts)
    if action is not None:
        return action
    child = find(node, rest[0])
    if child is not None:
        return child, rest[1:]
    leaf = _first(named, "get_one", "get")
    return (leaf, parts) if leaf is not None else None


def _first(named: dict[str, Leaf], *names: str) -> Leaf | None:
    for name in names:
        if name in named:
            return named[name]
    return None


def _action(table: Table, verb: str, parts: Sequence[str]) -> tuple[Leaf, Sequence[str]] | None:
    """Return the custom action that a path names, with the segments around its name."""
    if not parts or not table.actions:
        return None
    ends = {"PUT": (0,), "DELETE": (0,), "PATCH": (-1, 0)}.get(verb, (-1,))
    for end in ends:
        name = parts[end]
        if verb in table.actions.get(name, ()):
            leaf = _first(table.named, f"{verb.lower()}_{name}", name)
            if leaf is not None:
                return leaf, parts[1:] if end == 0 else parts[:-1]
    return None
