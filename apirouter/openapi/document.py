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
from collections.abc import Iterable, Iterator, Sequence
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
from apirouter.faults import FAULT_NAMES, STATUS_LINES
from apirouter.microversion import Version, VersionRange
from apirouter.openapi.schemas import Components, example, modern

VERSION = "3.1.0"

_ANY = ("get", "post", "put", "patch", "delete")
_EMPTY = frozenset((204, 205, 304))
_VARIABLE = re.compile(r"\{(\w+)\}")
#: What filters say of how a client shows who it is: a part of their type -> the security scheme.
_SECURITY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "basic_auth",
        "basic",
        {"type": "http", "scheme": "basic"},
    ),
    (
        "noauth2",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "user:project"},
    ),
    (
        "auth_token",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A Keystone token"},
    ),
    (
        "authtoken",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A Keystone token"},
    ),
)
_FAULT = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    },
}


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
        self._cut = Version.parse(microversion) if microversion else None
        self._components = Components()
        self._operations: set[str] = set()
        self._schemes: dict[str, Any] = {}
        ranges = [(a.min_version, a.max_version) for a in self._routers if a.max_version]
        if self._cut and ranges and not any(self._cut in VersionRange.of(*r) for r in ranges):
            raise InvalidGlobalAPIVersion(microversion, *ranges[0])

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
                "version": version or (str(self._cut) if self._cut else highest),
            },
            "paths": paths,
            "components": {
                "schemas": {"Fault": _FAULT, **dict(sorted(self._components.schemas.items()))},
                "responses": {"Fault": self._fault("A fault.")},
            },
            "tags": list(self._tags(paths)),
        }
        if self._schemes:
            made["components"]["securitySchemes"] = self._schemes
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
        methods = self._served(route.implementations)
        actions = [(a, self._served(a.methods)) for a in route.actions]
        actions = [(a, served) for a, served in actions if served]
        if not methods and not actions and not route.endpoint:
            return None
        every = [*methods, *(m for _, served in actions for m in served)]
        operation: dict[str, Any] = {
            "operationId": self._id(application, route, method),
            "tags": list(dict.fromkeys([route.plugin, *(m.plugin for m in every)]))[:1],
            **self._texts(route, methods, actions),
            "parameters": list(self._parameters(application, route, known, path, methods)),
            "responses": self._responses(application, route, every),
        }
        if method.upper() in BODY_METHODS:
            body = self._body(application, methods, actions)
            if body is not None:
                operation["requestBody"] = body
        security = self._security(application)
        if security is not None:
            operation["security"] = security
        operation.update(self._versions(methods))
        rules = list(dict.fromkeys(r.name for m in every for r in m.rules))
        if rules:
            operation["x-policy"] = rules
        return operation

    def _served(self, methods: Iterable[Method]) -> list[Method]:
        return [m for m in methods if self._in(m)]

    def _in(self, record: Method | Schema) -> bool:
        if self._cut is None:
            return True
        return self._cut in VersionRange.of(record.min_version or None, record.max_version or None)

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
                    "pattern": f"^{re.escape(application.service_type)} "
                    r"([1-9][0-9]*\.(0|[1-9][0-9]*)|latest)$",
                },
                "example": f"{application.service_type} {self._cut or application.max_version}",
            }

    def _query(self, methods: Sequence[Method]) -> Iterator[dict[str, Any]]:
        known: dict[str, dict[str, Any]] = {}
        saying: dict[str, list[Schema]] = {}
        for schema in self._schemas(methods, "query"):
            definition = schema.definition if isinstance(schema.definition, dict) else {}
            required = definition.get("required", ())
            for name, wanted in definition.get("properties", {}).items():
                saying.setdefault(name, []).append(schema)
                if name in known:
                    continue
                once = wanted.get("maxItems") == 1
                inner = wanted.get("items", wanted) if once or wanted.get("type") != "array" else wanted
                known[name] = {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "schema": modern(inner),
                }
                if not once and wanted.get("type") == "array":
                    known[name] |= {"style": "form", "explode": True}
        for name, parameter in known.items():
            yield {**parameter, **self._versions(saying[name])}

    def _versions(self, records: Sequence[Method | Schema]) -> dict[str, Any]:
        """Return what versions a record is for, unless they are all or cut already."""
        if self._cut is not None or not records:
            return {}
        low = min((r.min_version or "0.0" for r in records), key=_number)
        if low in {a.min_version for a in self._routers}:
            low = "0.0"
        tops = [r.max_version for r in records]
        high = "" if "" in tops else max(tops, key=_number)
        found = {} if low == "0.0" else {"x-min-version": low}
        return {**found, **({"x-max-version": high} if high else {})}

    # ------------------------------------------------------------------ bodies

    def _body(
        self,
        application: Application,
        methods: Sequence[Method],
        actions: Sequence[tuple[Action, list[Method]]],
    ) -> dict[str, Any] | None:
        if actions:
            alternatives = [self._action(action, served) for action, served in actions]
            schema: Any = {
                "oneOf": alternatives,
                # No `discriminator`: that is by a property's value, this by which property there is.
                "x-openstack": {"discriminator": "action", "keys": [a.key for a, _ in actions]},
            }
            examples = {a.key: {"value": self._action_example(a, served)} for a, served in actions}
            return self._content(application, schema, required=True, examples=examples)
        found = list(self._schemas(methods, "body"))
        if not found:
            return None
        schema = self._either(found)
        value = example(found[-1].definition)
        examples = {} if value is None else {"example": {"value": value}}
        return self._content(application, schema, required=_needs_body(found), examples=examples)

    def _content(
        self, application: Application, schema: Any, *, required: bool, examples: dict[str, Any]
    ) -> dict[str, Any]:
        kinds = [t for t in application.media_types if t.endswith("json")] or ["application/json"]
        said: dict[str, Any] = {"schema": schema, **({"examples": examples} if examples else {})}
        return {
            "required": required,
            "content": {kinds[0]: said, **{k: {"schema": schema} for k in kinds[1:]}},
        }

    def _action(self, action: Action, served: Sequence[Method]) -> dict[str, Any]:
        found = list(self._schemas(served, "body"))
        summary = served[-1].summary
        if found and all(_requires_only(s.definition, action.key) for s in found):
            schema = self._either(found)
            return schema if "$ref" in schema else {"title": action.key, **schema}
        inner = {"properties": {action.key: {}}, "required": [action.key], "additionalProperties": False}
        wrapped: dict[str, Any] = {"title": action.key, "type": "object", **inner}
        if summary:
            wrapped["description"] = summary
        if found:
            wrapped["allOf"] = [self._either(found)]
        return {**wrapped, **self._versions(served)}

    def _action_example(self, action: Action, served: Sequence[Method]) -> Any:
        for schema in reversed(list(self._schemas(served, "body"))):
            value = example(schema.definition)
            if isinstance(value, dict) and set(value) == {action.key}:
                return value
        return {action.key: None}

    def _schemas(self, methods: Iterable[Method], kind: str) -> Iterator[Schema]:
        for method in methods:
            for schema in method.schemas:
                if schema.kind == kind and self._in(schema):
                    yield schema

    def _either(self, schemas: Sequence[Schema]) -> dict[str, Any]:
        unique = {(s.name, s.min_version, s.max_version): s for s in schemas}
        found = []
        for one in unique.values():
            reference = self._components.reference(one.definition, one.name)
            versions = self._versions([one])
            # 2020-12 lets other keywords stand beside a reference.
            found.append({**reference, **versions})
        return found[0] if len(found) == 1 else {"anyOf": found}

    # ------------------------------------------------------------------ replies

    def _responses(self, application: Application, route: Route, methods: Sequence[Method]) -> dict[str, Any]:
        responses: dict[str, Any] = {}
        for method in methods:
            schemas = list(self._schemas([method], "response"))
            reply: dict[str, Any] = {
                "description": STATUS_LINES.get(method.status, "").partition(" ")[2] or "OK"
            }
            if method.status not in _EMPTY:
                schema = self._either(schemas) if schemas else {}
                kinds = application.media_types or ("application/json",)
                reply["content"] = {kind: {"schema": schema} for kind in kinds}
            if application.version_header and application.max_version:
                reply["headers"] = {
                    application.version_header: {
                        "description": "The microversion of the reply.",
                        "schema": {"type": "string"},
                    }
                }
            responses.setdefault(str(method.status), reply)
        faults = {code for m in methods for code in m.expected_errors or ()}
        if any(s.kind in ("body", "query") for m in methods for s in m.schemas):
            faults.add(400)
        if any(m.rules for m in methods):
            faults.add(403)
        if self._security(application):
            faults.add(401)
        for code in sorted(faults):
            name = FAULT_NAMES.get(code, "")
            responses.setdefault(
                str(code), self._fault(f"{STATUS_LINES.get(code, str(code))} {name}".strip())
            )
        responses["default"] = {"$ref": "#/components/responses/Fault"}
        return responses

    @staticmethod
    def _fault(text: str) -> dict[str, Any]:
        schema = {"$ref": "#/components/schemas/Fault"}
        return {"description": text, "content": {"application/json": {"schema": schema}}}

    def _security(self, application: Application) -> list[dict[str, list[str]]] | None:
        for one in application.filters:
            for part, name, scheme in _SECURITY:
                if part in one.type.lower():
                    self._schemes.setdefault(name, scheme)
                    return [{name: []}]
        return None


def _spelled(route: Route) -> list[str]:
    prefix = route.mount.removesuffix("/+").removesuffix("/")
    return [prefix + path for path in route.paths if route.project == REQUIRED or path == route.path]


def _number(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _requires_only(schema: Any, key: str) -> bool:
    """Tell whether a schema takes nothing but an object with this one key."""
    return (
        isinstance(schema, dict)
        and schema.get("type") == "object"
        and set(schema.get("properties", ())) == {key}
        and list(schema.get("required", ())) == [key]
        and schema.get("additionalProperties") is False
    )


def _needs_body(schemas: Sequence[Schema]) -> bool:
    def takes_null(definition: Any) -> bool:
        kinds = definition.get("type", ()) if isinstance(definition, dict) else ()
        return "null" in ((kinds,) if isinstance(kinds, str) else kinds)

    return not any(takes_null(s.definition) for s in schemas)
