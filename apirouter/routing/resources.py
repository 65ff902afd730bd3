"""The routes that ``resource()`` of Routes makes, worked out once for all resources that are alike.

1. What a resource's routes are, but for its names, follows from its named actions alone: which paths, in which
   order, with which methods. :func:`plan` tells it as Routes 2.5.1 has it, its oddities too: the first action
   named for a method that is neither GET (nor POST, of a member) stands at the path itself, without a name; a
   member's routes have no requirement but the id's.
2. Each route has a twin with a format, connected before it.
3. Routes share their dicts: those of one action of one controller their defaults, all with one method their
   conditions, all that are given the same their requirements. Nothing writes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from routes.mapper import strip_slashes

from apirouter.routing.route import Route
from apirouter.routing.template import MEMBER_ID

COLLECTION, NEW, MEMBER = "", "/new", "/:(id)"

Actions = tuple[tuple[str, str], ...]


class Step(NamedTuple):
    """One route of a resource, and its twin with a format.

    :param below: where it stands: the collection, ``/new`` or a member.
    :param path: what follows that.
    :param action: the action.
    :param method: the HTTP method.
    :param name: what its name has before the collection's or the member's; None when it has no name.
    """

    below: str
    path: str
    action: str
    method: str
    name: str | None


def plan(collection: Actions, member: Actions, new: Actions) -> tuple[Step, ...]:
    """Return the routes of a resource, in the order of their connection.

    :param collection: the named actions of the collection, ``(action, method)``, methods in capitals.
    :param member: those of a member.
    :param new: those of a member to be.
    """
    return (
        *_collection(collection),
        Step(COLLECTION, "", "index", "GET", ""),
        *_new(new),
        *_member(member),
        Step(MEMBER, "", "show", "GET", ""),
    )


def _collection(actions: Actions) -> Iterator[Step]:
    for method, names in _by_method(actions, {"POST": "create"}).items():
        primary = names.pop(0) if method != "GET" else None
        for action in names:
            yield Step(COLLECTION, f"/{action}", action, method, f"{action}_")
        if primary:
            yield Step(COLLECTION, "", primary, method, None)


def _new(actions: Actions) -> Iterator[Step]:
    named = {**dict(actions), "new": "GET"}
    for method, names in _by_method(named.items(), {}).items():
        for action in names:
            path, name = ("", "new_") if action == "new" else (f"/{action}", f"{action}_new_")
            yield Step(NEW, path, action, method, name)


def _member(actions: Actions) -> Iterator[Step]:
    named = {**dict(actions), "edit": "GET"}
    for method, names in _by_method(named.items(), {"PUT": "update", "DELETE": "delete"}).items():
        primary = names.pop(0) if method not in ("GET", "POST") else None
        for action in names:
            yield Step(MEMBER, f"/{action}", action, method, f"{action}_")
        if primary:
            yield Step(MEMBER, "", primary, method, None)


def _by_method(actions: Iterable[tuple[str, str]], first: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the actions of each method; what the standard has for a method comes first."""
    found: dict[str, list[str]] = {}
    for action, method in actions:
        found.setdefault(method, []).append(action)
    for method, action in first.items():
        found.setdefault(method, []).insert(0, action)
    return found


class Resources:
    """Makes the routes of resources.

    :param requirements: makes the requirements of a route out of those given (None: none were), once for all
        the routes of a resource that share them.
    """

    def __init__(self, requirements: Callable[[Any], Mapping[str, str] | None]) -> None:
        self._requirements = requirements
        self._of_any, self._of_member = requirements(None), requirements({"id": MEMBER_ID})
        self._conditions: dict[str, Mapping[str, Any]] = {}
        #: The controller, the action and whether it is a member's -> what its routes are given.
        self._given: dict[tuple[int, str, bool], dict[str, Any]] = {}
        self._plans: dict[tuple[Actions, Actions, Actions], tuple[Step, ...]] = {}

    def routes(
        self,
        member_name: str,
        collection_name: str,
        options: Mapping[str, Any],
        *,
        explicit: bool,
        answered: Callable[[str], bool] | None,
    ) -> Iterator[Route]:
        """Yield the routes of a resource, in the order of their connection.

        :param member_name: its singular name.
        :param collection_name: its plural name.
        :param options: as ``routes.Mapper.resource`` takes.
        :param explicit: whether controller and action have no default.
        :param answered: tells whether an action is answered; the routes of others are left out.
        """
        parent = options.get("parent_resource")
        path_prefix, name_prefix = options.get("path_prefix"), options.get("name_prefix")
        if parent is not None:
            if path_prefix is None:
                path_prefix = f"{parent['collection_name']}/:{parent['member_name']}_id"
            if name_prefix is None:
                name_prefix = f"{parent['member_name']}_"
        name_prefix = name_prefix or ""
        start, last = strip_slashes(path_prefix or ""), strip_slashes(collection_name)
        path = f"/{start}/{last}" if start else f"/{last}"
        controller = options.get("controller", last)
        names = (member_name, collection_name, parent)
        wanted = options.get("requirements")
        above = self._requirements(wanted) if wanted else self._of_any
        conditions = self._conditions
        for below, further, action, method, name in self._plan(options):
            if answered is not None and not answered(action):
                continue
            kargs = self._defaults(controller, action, self._of_member if below == MEMBER else above)
            if method not in conditions:
                conditions[method] = {"method": [method]}
            full, called = f"{path}{below}{further}", None
            if name is not None:
                called = f"{name_prefix}{name}{member_name if below else collection_name}"
            for suffix, word in ((".:(format)", "formatted_"), ("", "")):
                own = None if called is None else word + called
                yield Route.alike(own, full + suffix, kargs, conditions[method], names, explicit)

    def _defaults(
        self, controller: Any, action: str, requirements: Mapping[str, str] | None
    ) -> dict[str, Any]:
        # An id tells controllers apart while they live, and what is kept here keeps them alive.
        key = id(controller), action, requirements is self._of_member
        found = self._given.get(key)
        if found is None or found.get("requirements") is not requirements:
            found = self._given[key] = {"controller": controller, "action": action}
            if requirements is not None:
                found["requirements"] = requirements
        return found

    def _plan(self, options: Mapping[str, Any]) -> tuple[Step, ...]:
        collection, member, new = (
            tuple((name, method.upper()) for name, method in (options.get(kind) or {}).items())
            for kind in ("collection", "member", "new")
        )
        found = self._plans.get((collection, member, new))
        if found is None:
            found = self._plans[collection, member, new] = plan(collection, member, new)
        return found
