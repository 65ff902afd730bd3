"""Records -> an OpenAPI 3.1 document.

1. A route is a path and an operation; the project that may stand in front of a path is left out, one that must
   stays.
2. Body-keyed actions are one operation, its body one of the actions' (``oneOf``): each requires its own key
   and, so that tools tell them apart, takes no other.
3. Without a cut, a schema that stands for some versions says which (``x-min-version``, ``x-max-version``),
   and a body is any of them. A cut at a version has only what serves it.
4. What a method does not say, nothing invents: a reply without a schema is any JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from apirouter.describe.records import (
    REQUIRED,
    ROUTER,
    Action,
    Application,
    Description,
    Method,
    Route,
    Schema,
)
from apirouter.dispatch.call import BODY_METHODS
from apirouter.errors import InvalidGlobalAPIVersion
from apirouter.microversion import Version, VersionRange
from apirouter.openapi.bodies import Bodies
from apirouter.openapi.cut import Cut
from apirouter.openapi.replies import FAULT, Replies, fault
from apirouter.openapi.schemas import Components, modern
from apirouter.openapi.versions import pattern_of

VERSION = "3.1.0"

_ANY = ("get", "post", "put", "patch", "delete")
_VARIABLE = re.compile(r"\{(\w+)\}")


def document(
    description: Description, *, title: str = "", version: str = "", microversion: str = ""
) -> dict[str, Any]:
    """Return the document of an API.

    :param description: its applications and routes; filter them first for a part of it.
    :param title: its title; the types of its services when empty.
    :param version: the version of the document itself; the services' highest microversion when empty.
    :param microversion: cut it at this microversion; empty for all versions at once.
    :raises InvalidAPIVersionString: ``microversion`` is none.
    :raises InvalidGlobalAPIVersion: no service has it.
    """
    return _Writer(description, microversion).document(title, version)


class _Writer:
    def __init__(self, description: Description, microversion: str) -> None:
        self._routers = [a for a in description.applications if a.kind == ROUTER]
        self._description = description
        version = Version.parse(microversion) if microversion else None
        ranges = [(a.min_version, a.max_version) for a in self._routers if a.max_version]
        if version and ranges and not any(version in VersionRange.of(*r) for r in ranges):
            raise InvalidGlobalAPIVersion(microversion, *ranges[0])
        self._cut = Cut(version, {low for low, _ in ranges})
        self._components = Components()
        self._bodies = Bodies(self._components, self._cut)
        self._replies = Replies(self._bodies, self._cut)
        self._operations: set[str] = set()

    def document(self, title: str, version: str) -> dict[str, Any]:
        types = list(dict.fromkeys(a.service_type for a in self._routers if a.service_type))
        highest = max(
            (a.max_version for a in self._routers if a.max_version), key=Version.parse, default="1.0"
        )
        paths = self._paths()
        made: dict[str, Any] = {
            "openapi": VERSION,
            "info": {
                "title": title or f"{', '.join(types) or 'An'} API",
                "version": version or (str(self._cut.version or highest)),
            },
            "paths": paths,
            "components": {
                "schemas": {"Fault": FAULT, **dict(sorted(self._components.schemas.items()))},
                "responses": {"Fault": fault("A fault.")},
            },
            "tags": list(self._tags(paths)),
        }
        if self._replies.schemes:
            made["components"]["securitySchemes"] = self._replies.schemes
        if any(a.max_version for a in self._routers):
            made["info"]["x-microversions"] = [
                {
                    "mount": a.mount,
                    "header": a.version_header,
                    "service": a.service_type,
                    "min": a.min_version,
                    "max": a.max_version,
                    "default": a.default_version,
                }
                for a in self._routers
                if a.max_version
            ]
        return made

    def _tags(self, paths: dict[str, Any]) -> Iterator[dict[str, str]]:
        used = {t for path in paths.values() for o in path.values() for t in o.get("tags", ())}
        plugins = {p.alias: p for a in self._routers for p in a.plugins}
        for name in sorted(used):
            plugin = plugins.get(name)
            yield {"name": name, **({"description": plugin.description} if plugin else {})}

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        shapes: dict[str, str] = {}
        for application in self._routers:
            for route in self._description.routes:
                if route.mount != application.mount:
                    continue
                for path in _spelled(route):
                    # Two paths that differ in their variables' names only are one path.
                    shape = _VARIABLE.sub("{}", path)
                    known = shapes.setdefault(shape, path)
                    methods = [m.lower() for m in route.methods] or list(_ANY)
                    for method in methods:
                        operation = self._operation(application, route, method, path, known)
                        if operation is not None:
                            paths.setdefault(known, {}).setdefault(method, operation)
        return paths

    # ------------------------------------------------------------------ an operation

    def _operation(
        self, application: Application, route: Route, method: str, path: str, known: str
    ) -> dict[str, Any] | None:
        methods = self._cut.served(route.implementations)
        actions = [(a, self._cut.served(a.methods)) for a in route.actions]
        actions = [(a, served) for a, served in actions if served]
        if not methods and not actions and not route.endpoint:
            return None
        answering = [("", m) for m in methods] + [(a.key, m) for a, served in actions for m in served]
        every = [method for _, method in answering]
        operation: dict[str, Any] = {
            "operationId": self._id(application, route, method),
            "tags": list(dict.fromkeys([route.plugin, *(m.plugin for m in every)]))[:1],
            **self._texts(route, methods, actions),
            "parameters": list(self._parameters(application, route, known, path, methods)),
            "responses": self._replies.responses(application, answering),
        }
        if method.upper() in BODY_METHODS:
            body = self._bodies.body(application, methods, actions)
            if body is not None:
                operation["requestBody"] = body
        security = self._replies.security(application)
        if security is not None:
            operation["security"] = security
        operation.update(self._cut.extent(methods))
        rules = list(dict.fromkeys(r.name for m in every for r in m.rules))
        if rules:
            operation["x-policy"] = rules
        if actions:
            operation["x-actions"] = {a.key: [self._action(m) for m in served] for a, served in actions}
        return operation

    def _action(self, method: Method) -> dict[str, Any]:
        """Return what answers an action for one range of versions: a document has no place for it."""
        found: dict[str, Any] = {"summary": method.summary or method.label, "status": method.status}
        return {**found, **self._cut.extent([method])}

    def _id(self, application: Application, route: Route, method: str) -> str:
        words = [route.collection or route.path.strip("/"), route.action or route.endpoint or method]
        if len(self._routers) > 1:
            words.insert(0, application.mount)
        if not route.methods:
            words.append(method)
        wanted = re.sub(r"[^A-Za-z0-9_.-]+", "_", "_".join(w.strip("/") for w in words)).strip("_")
        name, number = wanted, 1
        while name in self._operations:
            number += 1
            name = f"{wanted}_{number}"
        self._operations.add(name)
        return name

    def _texts(
        self, route: Route, methods: Sequence[Method], actions: Sequence[tuple[Action, list[Method]]]
    ) -> dict[str, str]:
        texts: dict[str, str] = {}
        latest = methods[-1] if methods else None
        if latest is not None:
            texts["summary"] = latest.summary or latest.label
            if latest.description:
                texts["description"] = latest.description
        elif actions:
            texts["summary"] = f"One of {len(actions)} actions, by the key of the body"
            texts["description"] = "\n".join(
                f"- `{action.key}`: {served[-1].summary or served[-1].label}" for action, served in actions
            )
        else:
            texts["summary"] = route.endpoint
        return texts

    def _parameters(
        self, application: Application, route: Route, known: str, path: str, methods: Sequence[Method]
    ) -> Iterator[dict[str, Any]]:
        requirements = dict(route.requirements)
        names = zip(_VARIABLE.findall(known), _VARIABLE.findall(path), strict=True)
        for shown, name in names:
            schema: dict[str, Any] = {"type": "string", "minLength": 1}
            if name in requirements:
                schema["pattern"] = f"^(?:{requirements[name]})$"
            yield {"name": shown, "in": "path", "required": True, "schema": schema}
        yield from self._query(methods)
        if application.version_header and application.max_version:
            yield {
                "name": application.version_header,
                "in": "header",
                "description": f"Asks for a microversion, {application.min_version} to "
                f"{application.max_version}; {application.default_version} without it.",
                "schema": {
                    "type": "string",
                    "pattern": pattern_of(
                        application.service_type, application.min_version, application.max_version
                    ),
                },
                "example": f"{application.service_type} {self._cut.version or application.max_version}",
            }

    def _query(self, methods: Sequence[Method]) -> Iterator[dict[str, Any]]:
        known: dict[str, dict[str, Any]] = {}
        saying: dict[str, list[Schema]] = {}
        for schema in self._cut.schemas(methods, "query"):
            definition = schema.definition if isinstance(schema.definition, dict) else {}
            required = definition.get("required", ())
            for name, wanted in definition.get("properties", {}).items():
                saying.setdefault(name, []).append(schema)
                if name in known:
                    continue
                once = wanted.get("maxItems") == 1
                inner = _on_the_wire(wanted, once)
                known[name] = {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "schema": modern(inner),
                }
                if not once and wanted.get("type") == "array":
                    known[name] |= {"style": "form", "explode": True}
        for name, parameter in known.items():
            yield {**parameter, **self._cut.extent(saying[name])}


def _spelled(route: Route) -> list[str]:
    prefix = route.mount.removesuffix("/+").removesuffix("/")
    return [prefix + path for path in route.paths if route.project == REQUIRED or path == route.path]


def _on_the_wire(wanted: Any, once: bool) -> Any:
    """Return the schema of a query's parameter as tools take it: every value there is a text.

    :param wanted: its schema, of an array of texts.
    :param once: whether it may stand but once: then the schema is that of the one.
    """
    if not isinstance(wanted, dict):
        return wanted
    if wanted.get("type") == "array" and isinstance(wanted.get("items"), dict):
        item = _on_the_wire(wanted["items"], False)
        return item if once else {**wanted, "items": item}
    kinds = wanted.get("type")
    if isinstance(kinds, (list, tuple)):
        chosen = next((k for k in ("integer", "number", "boolean", "string") if k in kinds), "string")
        textual = ("pattern", "minLength", "maxLength") if chosen != "string" else ()
        return {**{k: v for k, v in wanted.items() if k not in textual}, "type": chosen}
    return wanted
