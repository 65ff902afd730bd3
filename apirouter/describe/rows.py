"""Records -> rows of a table: a line for each implementation, each action, each application without routes.

One place says what a column holds and how rows are chosen and ordered; the formats only lay them out.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from apirouter.describe.records import (
    OBJECTS,
    ROUTER,
    SOMETIMES,
    Action,
    Application,
    Description,
    Method,
    Route,
    version_text,
)
from apirouter.describe.table import method_rank


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; every field is text.

    :param methods: HTTP methods, ``GET`` or ``PUT,PATCH``; ``ANY``.
    :param path: below the mount: ``[/{project_id}]/servers/{id}``.
    :param action: the key of the body, for an action.
    :param mount: the prefix of the application.
    :param controller: ``Class.method``, or what else answers.
    :param source: ``file:line``.
    :param versions: ``2.1-2.5``, ``2.6+``; empty for any.
    :param schema: the request's schemas: ``body servers:create``, ``query servers:query``.
    :param policy: the policy rules; in parentheses those that stand in a condition.
    :param plugin: alias of the plugin that brings the method.
    :param hooks: its hooks.
    :param extended_by: what runs after it, ``Class.method``.
    :param filters: the filters in front, outermost first.
    """

    methods: str
    path: str
    action: str
    mount: str
    controller: str
    source: str
    versions: str = ""
    schema: str = ""
    policy: str = ""
    plugin: str = ""
    hooks: str = ""
    extended_by: str = ""
    filters: str = ""


#: The columns, in their order.
COLUMNS = tuple(f.name for f in dataclasses.fields(Row))


def rows_of(description: Description) -> Iterator[Row]:
    """Yield the rows of a description: by application, then in the order of its routes."""
    for application in description.applications:
        if application.kind not in (ROUTER, OBJECTS):
            yield _application_row(application)
        # Two applications may have one mount, for different hosts; their routes carry the mount only.
    for route in description.routes:
        yield from _route_rows(route)


def _application_row(application: Application) -> Row:
    return Row(
        methods="ANY",
        path="/*",
        action="",
        mount=application.host + application.mount,
        controller=application.type.rpartition(":")[2],
        source=f"{application.file}:{application.line}" if application.file else "",
        filters=_filters(f.name for f in application.filters),
    )


def _route_rows(route: Route) -> Iterator[Row]:
    shared = {
        "methods": ",".join(route.methods) or "ANY",
        "path": route.shown,
        "mount": route.mount,
        "filters": _filters(route.filters),
    }
    if route.endpoint:
        yield Row(**shared, action="", controller=route.endpoint, source="", plugin=route.plugin)
    for method in route.implementations:
        yield _method_row(shared, "", method, route.extended_by)
    for action in route.actions:
        for method in action.methods:
            yield _method_row(shared, action.key, method, action.extended_by)


def _method_row(shared: dict[str, str], key: str, method: Method, extended_by: Sequence[Method]) -> Row:
    return Row(
        **shared,
        action=key,
        controller=method.label,
        source=f"{method.file}:{method.line}",
        versions=method.versions,
        schema=", ".join(
            " ".join(filter(None, (s.kind, short(s.name), version_text(s.min_version, s.max_version))))
            for s in method.schemas
            if s.kind != "response"
        ),
        policy=", ".join(
            f"({rule.name})" if rule.source == SOMETIMES else rule.name for rule in method.rules
        ),
        plugin=method.plugin,
        hooks=", ".join(method.hooks),
        extended_by=", ".join(m.label for m in extended_by),
    )


def short(name: str) -> str:
    """Return ``servers:create`` of ``compute.schemas.servers:create``."""
    module, colon, rest = name.rpartition(":")
    return f"{module.rpartition('.')[2]}{colon}{rest}"


def _filters(names: Iterable[str]) -> str:
    return " > ".join(names)


# ------------------------------------------------------------------ choosing


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """Which routes to show; an empty field asks for nothing. Patterns are those of a shell: ``*``, ``?``, ``[]``.

    :param mount: a pattern of the mount.
    :param plugin: a pattern of the plugin that brings the route, an action, or an extension.
    :param method: an HTTP method.
    :param path: a pattern of the path, with or without the mount in front.
    :param controller: a pattern of ``module:Class.method``, ``Class.method``, ``Class`` or ``method``.
    :param action: a pattern of the body's key.
    :param unprotected: only what no policy rule always guards.
    """

    mount: str = ""
    plugin: str = ""
    method: str = ""
    path: str = ""
    controller: str = ""
    action: str = ""
    unprotected: bool = False

    def of(self, description: Description) -> Description:
        """Return the part of a description that is chosen."""
        routes = (self._route(route) for route in description.routes)
        return Description(
            tuple(a for a in description.applications if self._application(a)),
            tuple(route for route in routes if route is not None),
        )

    def _application(self, application: Application) -> bool:
        mount = application.host + application.mount
        if self.mount and not (_mount_like(application.mount, self.mount) or _mount_like(mount, self.mount)):
            return False
        if application.kind in (ROUTER, OBJECTS):
            return True
        if self.plugin or self.action or self.unprotected:
            return False
        if self.path and not any(_like(p, self.path) for p in ("/*", _joined(application.mount, "/*"))):
            return False
        return not self.controller or _controller_like(application.type, "", self.controller)

    def _route(self, route: Route) -> Route | None:
        if self.mount and not _mount_like(route.mount, self.mount):
            return None
        if self.method and route.methods and self.method.upper() not in route.methods:
            return None
        if self.path and not self._path(route):
            return None
        if not (self.plugin or self.controller or self.action or self.unprotected):
            return route
        if route.endpoint:
            fits = not (self.controller or self.action) and (
                not self.plugin or _like(route.plugin, self.plugin)
            )
            return route if fits else None
        own = () if self.action else tuple(self._kept(route.implementations, route.extended_by))
        actions = []
        for action in route.actions:
            if not self.action or _like(action.key, self.action):
                kept = tuple(self._kept(action.methods, action.extended_by))
                if kept:
                    actions.append(Action(action.key, kept, action.extended_by))
        if not own and not actions:
            return None
        return dataclasses.replace(route, implementations=own, actions=tuple(actions))

    def _path(self, route: Route) -> bool:
        spelled = (route.shown, *route.paths)
        return any(_like(p, self.path) or _like(_joined(route.mount, p), self.path) for p in spelled)

    def _kept(self, methods: Sequence[Method], extended_by: Sequence[Method]) -> Iterator[Method]:
        for method in methods:
            plugins = (method.plugin, *(m.plugin for m in extended_by))
            if self.plugin and not any(_like(plugin, self.plugin) for plugin in plugins):
                continue
            if self.controller and not _controller_like(method.controller, method.name, self.controller):
                continue
            if self.unprotected and method.protected:
                continue
            yield method


def _joined(mount: str, path: str) -> str:
    return mount.removesuffix("/+").removesuffix("/") + path


def _mount_like(mount: str, pattern: str) -> bool:
    # /v2.1/+ is what lies below /v2.1.
    return _like(mount, pattern) or _like(mount.removesuffix("/+"), pattern.removesuffix("/"))


def _like(text: str, pattern: str) -> bool:
    # A brace or a bracket in a template is no class of characters.
    return text == pattern or fnmatch.fnmatchcase(text, pattern)


def _controller_like(controller: str, name: str, pattern: str) -> bool:
    kind = controller.rpartition(":")[2]
    spelled = (controller, kind, name, f"{controller}.{name}", f"{kind}.{name}")
    return any(_like(text, pattern) for text in spelled)


# ------------------------------------------------------------------ ordering

_Key = Callable[[Route], Any]

#: What routes can be sorted by; ``match`` is the order in which the router tries them.
SORTS: dict[str, tuple[str, ...]] = {
    "path": ("mount", "path", "method"),
    "method": ("method", "mount", "path"),
    "mount": ("mount",),
    "plugin": ("plugin", "mount", "path", "method"),
    "controller": ("controller", "mount", "path", "method"),
    "match": (),
}


def ordered(description: Description, by: str) -> Description:
    """Return a description with its routes in an order.

    :param description: the description.
    :param by: a key of :data:`SORTS`.
    """
    mounts = {a.mount: number for number, a in reversed(list(enumerate(description.applications)))}
    keys: dict[str, _Key] = {
        "mount": lambda route: (mounts.get(route.mount, len(mounts)), route.mount),
        "path": lambda route: route.path,
        "method": lambda route: [method_rank(m) for m in route.methods],
        "plugin": lambda route: route.plugin,
        "controller": lambda route: [m.label for m in route.implementations] or [route.endpoint],
    }
    chosen = [keys[name] for name in SORTS[by]]
    if not chosen:
        return description
    routes = sorted(description.routes, key=lambda route: [key(route) for key in chosen])
    return dataclasses.replace(description, routes=tuple(routes))
