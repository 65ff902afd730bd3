"""The policy rules of a loaded application, and what each guards."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from apirouter.describe.records import Description, Method, Route
from apirouter.describe.walk import ends
from apirouter.policy import Rule
from apirouter.routing.router import APIRouter


@dataclasses.dataclass(frozen=True, slots=True)
class Guarded:
    """A rule with what it guards.

    :param rule: the rule.
    :param routes: ``METHOD /mount/path`` of each route, with the action's key where one decides.
    """

    rule: Rule
    routes: tuple[str, ...]


def rules_of(application: Any) -> dict[str, Rule]:
    """Return the rules of all routers behind an application, as they stand now, by name.

    :param application: a WSGI application.
    """
    found: dict[str, Rule] = {}
    for end in ends(application):
        if isinstance(end.application, APIRouter):
            found.update(rules_of_router(end.application))
    return found


def rules_of_router(router: APIRouter) -> Mapping[str, Rule]:
    """Return the rules of one router, as they stand now, by name."""
    # An authority of somebody's own need not tell its rules.
    rules: Mapping[str, Rule] = getattr(router.service.authority, "rules", {})
    return rules


def guarded(rules: Mapping[str, Rule], description: Description) -> list[Guarded]:
    """Return rules, by name, with the routes they guard.

    :param rules: rule name -> rule.
    :param description: the routes.
    """
    matching: dict[str, list[str]] = {}
    routes: dict[str, dict[str, None]] = {}
    for route in description.routes:
        for key, method in _methods(route):
            for rule in method.rules:
                if not rule.name.strip("*:"):
                    # Which one it is, only a request tells.
                    continue
                names = matching.get(rule.name)
                if names is None:
                    names = matching[rule.name] = fnmatch.filter(rules, rule.name) or [rule.name]
                for name in names:
                    routes.setdefault(name, {})[_spelled(route, key)] = None
    return [Guarded(rules[name], tuple(routes.get(name, ()))) for name in sorted(rules)]


def _methods(route: Route) -> Iterator[tuple[str, Method]]:
    for method in (*route.implementations, *route.extended_by):
        yield "", method
    for action in route.actions:
        for method in (*action.methods, *action.extended_by):
            yield action.key, method


def _spelled(route: Route, key: str) -> str:
    mount = route.mount.removesuffix("/+").rstrip("/")
    return f"{','.join(route.methods) or 'ANY'} {mount}{route.path}{f' {key}' if key else ''}"
