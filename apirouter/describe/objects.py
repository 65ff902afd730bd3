"""What a tree of objects exposes -> records: the static parts whole, what only a request can tell marked.

A path that ends in ``/...`` is decided by code (``_lookup``, ``_route``): the route's name is ``dynamic``. A ``*``
stands for the rest of a path, brackets for what may be left out.
"""

from __future__ import annotations

from apirouter.describe.places import place_of, schema_name, short_name, type_name
from apirouter.describe.records import NONE, STAMPED, Method, Route, Rule, Schema
from apirouter.describe.table import bounds
from apirouter.describe.walk import first_line
from apirouter.dispatch.resource import Implementation
from apirouter.objectdispatch.app import ObjectApp
from apirouter.objectdispatch.listing import Listed

#: The name of a route that code decides.
DYNAMIC = "dynamic"


def routes_of_tree(app: ObjectApp, mount: str, filters: tuple[str, ...]) -> list[Route]:
    """Return the records of everything that a tree exposes, by path.

    :param app: the application.
    :param mount: its prefix, for people.
    :param filters: names of the filters in front.
    """
    own = tuple(short_name(hook) for hook in app.hooks)
    return [_route(listed, mount, filters, own) for listed in app.listing()]


def _route(listed: Listed, mount: str, filters: tuple[str, ...], own: tuple[str, ...]) -> Route:
    return Route(
        mount=mount,
        methods=listed.methods,
        path=listed.path,
        project=NONE,
        formats=(),
        requirements=(),
        name=DYNAMIC if listed.dynamic else "",
        collection="",
        action=listed.leaf.name,
        plugin="",
        implementations=tuple(_method(impl, (*listed.hooks, *own)) for impl in listed.leaf.impls),
        filters=filters,
    )


def _method(impl: Implementation, hooks: tuple[str, ...]) -> Method:
    stamp = impl.stamp
    file, path, line = place_of(impl.func)
    low, high = bounds(impl.versions)
    return Method(
        controller=type_name(impl.owner),
        name=impl.name,
        file=file,
        line=line,
        min_version=low,
        max_version=high,
        status=stamp.code or 200,
        expected_errors=None if stamp.expected is None else tuple(sorted(stamp.expected)),
        schemas=tuple(
            Schema(s.kind, schema_name(impl.func, s.schema.schema), *bounds(s.versions))
            for s in stamp.schemas
        ),
        rules=tuple(Rule(r.rule, STAMPED, *bounds(r.versions)) for r in stamp.rules),
        hooks=hooks,
        summary=first_line(impl.func.__doc__),
        path=path,
    )
