"""The routes that ``resource()`` of Routes makes, worked out once for all resources that are alike.

1. What a resource's routes are, but for its names, follows from its named actions alone: which paths, in which
   order, with which methods. :func:`plan` tells it as Routes 2.5.1 has it, its oddities too: the first action
   named for a method that is neither GET (nor POST, of a member) stands at the path itself, without a name; a
   member's routes have no requirement but the id's. So resources are of few *kinds*; the routes of one resource
   are a *block*, and what can be said of a kind is said once for all its blocks.
2. Each route has a twin with a format, connected before it.
3. Routes share their dicts: those of one action of one controller their defaults, all with one method their
   conditions, all that are given the same their requirements. Nothing writes to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


class Row(NamedTuple):
    """One route of a kind of resource.

    :param path: what its path has after the collection's.
    :param action: the action.
    :param given: the number of its dict among the kind's.
    :param conditions: its conditions.
    :param word: what its name starts with; None when it has no name.
    :param name: what its name has before the collection's or the member's.
    :param of_member: whether its name is the member's.
    """

    path: str
    action: str
    given: int
    conditions: Mapping[str, Any]
    word: str | None
    name: str
    of_member: bool


class Kind:
    """What resources share that differ in their names and controllers only.

    :param rows: the routes, in the order of their connection.
    :param given: what each dict of their routes holds beside the controller: an action, requirements or None.
    :param pattern: what it shares with kinds that have other names for as many actions, and names as long.
    :param labels: those names, as far as they stand in paths.

    :ivar plain: whether all its actions are plain text.
    :ivar different: whether no two routes have the same path and method. An action that is named as one that every
        resource has may stand where that one does.
    """

    __slots__ = ("different", "given", "labels", "pattern", "plain", "rows")

    def __init__(
        self,
        rows: tuple[Row, ...],
        given: tuple[tuple[str, Mapping[str, str] | None], ...],
        pattern: int,
        labels: tuple[str, ...],
    ) -> None:
        self.rows, self.given, self.pattern, self.labels = rows, given, pattern, labels
        self.plain = all(_PLAIN(action) for action, _ in given)
        self.different = len({(row.path, row.conditions["method"][0]) for row in rows}) == len(rows)


class Block(NamedTuple):
    """The routes of one resource, as they are connected one after the other.

    :param kind: what they share with other blocks.
    :param prefix: the path above the collection, without slashes around it.
    :param name: the collection's own path, likewise.
    :param routes: one for each row of the kind.
    """

    kind: Kind
    prefix: str
    name: str
    routes: list[Route]

    @property
    def plain(self) -> bool:
        """Tell whether the collection's path is one segment of letters, digits and dashes."""
        return _PLAIN(self.name) is not None


_PLAIN = re.compile(r"[A-Za-z0-9_-]+").fullmatch


class Resources:
    """Makes the routes of resources.

    :param requirements: makes the requirements of a route out of those given (None: none were), once for all
        the routes of a kind that share them.
    """

    def __init__(self, requirements: Callable[[Any], Mapping[str, str] | None]) -> None:
        self._requirements = requirements
        self._of_any, self._of_member = requirements(None), requirements({"id": MEMBER_ID})
        self._conditions: dict[str, Mapping[str, Any]] = {}
        #: The controller and the kind -> what its routes are given.
        self._given: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self._plans: dict[tuple[Actions, Actions, Actions], tuple[Step, ...]] = {}
        self._kinds: dict[tuple[Any, ...], Kind] = {}
        self._patterns: dict[tuple[Any, ...], int] = {}

    def block(
        self,
        member_name: str,
        collection_name: str,
        options: Mapping[str, Any],
        *,
        explicit: bool,
        answered: Callable[[str], bool] | None,
    ) -> Block:
        """Return the routes of a resource, in the order of their connection.

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
        prefix, last = strip_slashes(path_prefix or ""), strip_slashes(collection_name)
        start = f"/{prefix}/{last}" if prefix else f"/{last}"
        kind = self._kind(self._plan(options), answered, options.get("requirements"))
        given = self._defaults(kind, options.get("controller", last))
        names = (member_name, collection_name, parent)
        made, alike = [], Route.alike
        for path, _, number, conditions, word, name, of_member in kind.rows:
            called = None
            if word is not None:
                called = f"{word}{name_prefix}{name}{member_name if of_member else collection_name}"
            made.append(alike(called, start + path, given[number], conditions, names, explicit))
        return Block(kind, prefix, last, made)

    def _kind(
        self,
        steps: tuple[Step, ...],
        answered: Callable[[str], bool] | None,
        wanted: Mapping[str, str] | None,
    ) -> Kind:
        chosen = None if answered is None else tuple([answered(step.action) for step in steps])
        # An id tells plans apart: they are kept.
        key = id(steps), chosen, tuple(wanted.items()) if wanted else ()
        found = self._kinds.get(key)
        if found is None:
            above = self._requirements(wanted) if wanted else self._of_any
            found = self._kinds[key] = self._of_steps(
                [step for step, wants in zip(steps, chosen or steps, strict=True) if wants], above
            )
        return found

    def _of_steps(self, steps: Sequence[Step], above: Mapping[str, str] | None) -> Kind:
        rows: list[Row] = []
        given: dict[tuple[str, bool], tuple[str, Mapping[str, str] | None]] = {}
        for below, further, action, method, name in steps:
            member = below == MEMBER
            given.setdefault((action, member), (action, self._of_member if member else above))
            number = list(given).index((action, member))
            conditions = self._conditions.setdefault(method, {"method": [method]})
            for suffix, word in ((".:(format)", "formatted_"), ("", "")):
                rows.append(
                    Row(
                        f"{below}{further}{suffix}",
                        action,
                        number,
                        conditions,
                        None if name is None else word,
                        name or "",
                        bool(below),
                    )
                )
        # Requirements are told apart by their ids: they are kept.
        limits = tuple(id(requirements) for _, requirements in given.values())
        pattern, labels = self._pattern(steps, tuple(row.given for row in rows), limits)
        return Kind(tuple(rows), tuple(given.values()), pattern, labels)

    def _pattern(self, steps: Sequence[Step], *more: tuple[int, ...]) -> tuple[int, tuple[str, ...]]:
        """Return the number of the steps' pattern, and the names of actions that it leaves open.

        Names are left open that are plain, and no other segment of a resource's path.

        :param steps: the steps.
        :param more: what else the pattern has.
        """
        labels = {step.path: step.path[1:] for step in steps if step.path}
        key: tuple[Any, ...] = *steps, *more
        if all(map(_PLAIN, labels.values())) and NEW not in labels:
            numbers = {path: number for number, path in enumerate(labels)}
            open_steps = [(step.below, numbers.get(step.path), step.method) for step in steps]
            key = *open_steps, *map(len, labels), *more
        else:
            labels = {}
        return self._patterns.setdefault(key, len(self._patterns)), tuple(labels.values())

    def _defaults(self, kind: Kind, controller: Any) -> list[dict[str, Any]]:
        # An id tells controllers apart while they live, and what is kept here keeps them alive.
        key = id(controller), id(kind)
        found = self._given.get(key)
        if found is None:
            found = self._given[key] = []
            for action, requirements in kind.given:
                one = {"controller": controller, "action": action}
                if requirements is not None:
                    one["requirements"] = requirements
                found.append(one)
        return found

    def _plan(self, options: Mapping[str, Any]) -> tuple[Step, ...]:
        collection, member, new = (
            tuple([(name, method.upper()) for name, method in (options.get(kind) or {}).items()])
            for kind in ("collection", "member", "new")
        )
        found = self._plans.get((collection, member, new))
        if found is None:
            found = self._plans[collection, member, new] = plan(collection, member, new)
        return found
