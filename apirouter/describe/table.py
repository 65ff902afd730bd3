"""A router's live routes -> records.

Routes connects each route of a resource up to four times: with and without a format, with and without a
project. The records bring these together again: same methods, same endpoint, same path otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from apirouter.describe.places import place_of, schema_name, short_name, type_name
from apirouter.describe.records import (
    NONE,
    OPTIONAL,
    REQUIRED,
    STAMPED,
    Action,
    Method,
    Route,
    Rule,
    Schema,
)
from apirouter.describe.rules import RuleReader
from apirouter.describe.walk import first_line, rest_of
from apirouter.dispatch.hooking import phases_of
from apirouter.dispatch.resource import Implementation, Resource
from apirouter.routing.build import Mounted
from apirouter.routing.route import given
from apirouter.routing.router import APIRouter
from apirouter.routing.template import read

_PROJECT = "/{project_id}"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: What Routes itself requires of the id of a resource's member.
_ANY_SEGMENT = r"[^\/]+(?<!\\)"
_ALTERNATIVES = re.compile(r"\w+(\|\w+)*", re.ASCII)


def routes_of(router: APIRouter, mount: str, filters: tuple[str, ...]) -> list[Route]:
    """Return the records of a router's routes, in the order in which they are tried.

    :param router: the router.
    :param mount: its prefix, for people.
    :param filters: names of the filters in front.
    """
    maker = RecordMaker(router)
    return [maker.route(group, mount, filters) for group in grouped(router.mounted)]


def grouped(mounted: Iterable[Mounted]) -> list[list[Mounted]]:
    """Return the routes of a router, those together that are one for people."""
    groups: dict[tuple[Any, ...], list[Mounted]] = {}
    for one in mounted:
        path = bare_path(one.template)
        groups.setdefault((one.methods, path, id(one.endpoint), one.plugin.label), []).append(one)
    return list(groups.values())


def bare_path(template: str) -> str:
    """Return a path without the project in front of it."""
    return template.removeprefix(_PROJECT) if template.startswith(_PROJECT + "/") else template


class RecordMaker:
    """Makes the records of one router.

    :param router: the router.
    """

    def __init__(self, router: APIRouter) -> None:
        self._aliases = {p.label: p.alias for p in (*router.plugins, *(m.plugin for m in router.mounted))}
        self._hooks = router.hooks
        self._reader = RuleReader()
        self._made: dict[tuple[int, Any], Method] = {}

    def route(self, group: list[Mounted], mount: str, filters: tuple[str, ...]) -> Route:
        """Return the record of routes that are one for people.

        :param group: the routes.
        :param mount: their router's prefix.
        :param filters: names of the filters in front.
        """
        first = group[0]
        # The spelling without a format says least: its name is the one an author gave.
        plain = next((m for m in group if "format" not in m.shape.names), first)
        endpoint, route = first.endpoint, plain.route
        controller = _default(route, "controller")
        resource = controller if isinstance(controller, Resource) else None
        action = str(_default(route, "action") or "")
        with_project = {m.template.startswith(_PROJECT + "/") for m in group}
        own = resource is not None and action in resource.methods
        return Route(
            mount=mount,
            methods=tuple(sorted(first.methods, key=method_rank)),
            path=bare_path(plain.template),
            project=OPTIONAL if len(with_project) == 2 else REQUIRED if True in with_project else NONE,
            formats=_formats(group),
            requirements=_requirements(group),
            name=str(route.name or ""),
            collection=first.collection,
            action=action,
            plugin=self._alias(first.plugin.label),
            endpoint="" if endpoint.reached else endpoint.name,
            implementations=self._methods(endpoint.methods),
            extended_by=self._chain(resource, action, own) if endpoint.methods else (),
            actions=tuple(
                Action(key, self._methods(impls), self._chain(resource, key, False))
                for key, impls in sorted(endpoint.actions.items())
            ),
            filters=filters,
        )

    def _chain(self, resource: Resource | None, name: str, own: bool) -> tuple[Method, ...]:
        if resource is None:
            return ()
        return self._methods(resource.chain(name, None) if own else resource.chain(None, name))

    def _methods(self, impls: Iterable[Implementation]) -> tuple[Method, ...]:
        return tuple(self.method(impl) for impl in impls)

    def method(self, impl: Implementation) -> Method:
        """Return the record of an implementation; the routes that share it share the record."""
        made = self._made.get((id(impl.controller), impl.func))
        if made is None:
            made = self._made[id(impl.controller), impl.func] = self._method(impl)
        return made

    def _method(self, impl: Implementation) -> Method:
        stamp = impl.stamp
        file, path, line = place_of(impl.func)
        low, high = bounds(impl.versions)
        stamped = tuple(Rule(r.rule, STAMPED, *bounds(r.versions)) for r in stamp.rules)
        phases = phases_of(impl.func, impl.owner, self._hooks)
        asked = self._reader.rules(impl.func, type(impl.controller))
        return Method(
            controller=type_name(impl.controller),
            name=impl.name,
            file=file,
            line=line,
            plugin=self._alias(impl.plugin),
            min_version=low,
            max_version=high,
            status=0 if stamp.extends else stamp.code or 200,
            expected_errors=None if stamp.expected is None else tuple(sorted(stamp.expected)),
            schemas=tuple(
                Schema(s.kind, schema_name(impl.func, s.schema.schema), *bounds(s.versions), s.schema.schema)
                # Decorators run from the lowest up; people read versions upwards.
                for s in sorted(stamp.schemas, key=lambda s: (s.kind, s.versions.min or (0, 0)))
            ),
            rules=stamped + tuple(r for r in asked if r.name not in {s.name for s in stamped}),
            hooks=tuple(short_name(hook) for hook in phases.hooks) if phases else (),
            summary=first_line(impl.func.__doc__),
            description=rest_of(impl.func.__doc__),
            path=path,
            bodiless=getattr(impl.func, "__annotations__", {}).get("return", "") in (None, "None"),
        )

    def _alias(self, label: str) -> str:
        return self._aliases.get(label, label)


def method_rank(method: str) -> tuple[int, str]:
    """Return where an HTTP method comes in a list."""
    return (_METHODS.index(method) if method in _METHODS else len(_METHODS), method)


def bounds(versions: Any) -> tuple[str, str]:
    """Return the texts of a range's first and last version; empty for no bound."""
    return str(versions.min or ""), str(versions.max or "")


def _default(route: Any, name: str) -> Any:
    """Return what a route gives a variable that its path doesn't."""
    # What Routes makes of a path costs more than all else that is asked here: what was given often says it.
    kept = vars(route).get("_kargs", {})
    return kept[name] if name in kept else route.defaults.get(name)


def _formats(group: list[Mounted]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in group:
        if "format" not in one.shape.names:
            continue
        expression = given(one.route).get("format") or _written_format(one.route.routepath)
        words = expression.split("|") if _ALTERNATIVES.fullmatch(expression) else [expression or "*"]
        found.update(dict.fromkeys(words))
    return tuple(found)


def _written_format(path: str) -> str:
    """Return the requirement that a path itself has for its format."""
    return read(path)[1].get("format", "") if "format:" in path else ""


def requirements_of(route: Any) -> dict[str, str]:
    """Return variable -> regular expression of a route, whether written in its path or beside it."""
    return {**read(route.routepath)[1], **(route.reqs or {})}


def _requirements(group: list[Mounted]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for one in group:
        written = {part[0]: part[1] for part in one.shape.parts if not isinstance(part, str) and part[1]}
        known = {**written, **given(one.route)}
        names = one.shape.names - {"format"}
        found.update({k: v for k, v in known.items() if k in names and v != _ANY_SEGMENT})
    return tuple(sorted(found.items()))
