"""A loaded application -> plain records of its mounts, filters, routes, actions and plugins.

Nothing here prints; what prints (the commands, the OpenAPI document, the page for people) does it from these
records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apirouter.describe.places import short_name
from apirouter.describe.records import (
    Action,
    Application,
    Description,
    Filter,
    Method,
    Plugin,
    Route,
    Rule,
    Schema,
    as_data,
)
from apirouter.describe.table import routes_of
from apirouter.describe.walk import End, application_of, ends, is_tree
from apirouter.routing.router import APIRouter

__all__ = [
    "Action",
    "Application",
    "Description",
    "Filter",
    "Method",
    "Plugin",
    "Route",
    "Rule",
    "Schema",
    "as_data",
    "describe",
    "ends",
]

#: Gives the filters of an end the names that its configuration has for them.
Naming = Callable[[End], tuple[str, ...]]


def class_names(end: End) -> tuple[str, ...]:
    """Return the filters' classes: what to call them when no configuration is at hand."""
    return tuple(short_name(one) for one in end.filters)


def describe(application: Any, *, name: str = "", naming: Naming = class_names) -> Description:
    """Return everything there is to say of a loaded application.

    :param application: any WSGI application; of one that is not apirouter's, little more than its type is
        known.
    :param name: what its configuration calls it.
    :param naming: gives filters their names.
    """
    applications, routes = [], []
    for end in ends(application, name):
        names = naming(end)
        applications.append(application_of(end, names))
        if isinstance(end.application, APIRouter):
            routes.extend(routes_of(end.application, end.mount, names))
        elif is_tree(end.application):
            from apirouter.describe.objects import routes_of_tree

            routes.extend(routes_of_tree(end.application, end.mount, names))
    return Description(tuple(applications), tuple(routes))
