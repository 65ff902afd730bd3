"""JSON Schemas as authors write them -> components of an OpenAPI 3.1 document.

1. A schema that has a name becomes a component of this name, once; the same name for another schema gets a
   number.
2. A local reference (``#/definitions/x``) is made to point into the component.
3. What draft 4 to 7 say in another way than 2020-12, the dialect of OpenAPI 3.1, is said in the new way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from apirouter.describe.rows import short

_REFERENCE = "#/components/schemas/"
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
#: Keywords whose values are data, not schemas.
_DATA = frozenset(("const", "default", "enum", "example", "examples"))
#: Keywords whose values are schemas by name.
_BY_NAME = frozenset(("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"))


class Components:
    """The schemas of a document, each under one name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self._names: dict[str, str] = {}

    def reference(self, schema: Any, name: str) -> dict[str, Any]:
        """Return a reference to a schema, which becomes a component.

        :param schema: the schema.
        :param name: what to call it, as ``compute.schemas.servers:create``.
        """
        wanted = _NOT_A_NAME.sub(".", short(name)).strip(".") or "schema"
        text = f"{wanted} {json.dumps(schema, sort_keys=True, default=str)}"
        if text not in self._names:
            chosen, number = wanted, 1
            while chosen in self.schemas:
                number += 1
                chosen = f"{wanted}.{number}"
            self._names[text] = chosen
            self.schemas[chosen] = modern(schema, f"{_REFERENCE}{chosen}")
        return {"$ref": _REFERENCE + self._names[text]}


def modern(schema: Any, root: str = "") -> Any:
    """Return a schema in the words of 2020-12, its local references below ``root``.

    :param schema: a JSON Schema of any draft.
    :param root: the reference of the schema in the document.
    """
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("$schema", "id", "$id") and isinstance(value, str):
            continue
        if key == "$ref" and isinstance(value, str):
            found[key] = root + value[1:] if value.startswith("#") else value
        elif key in _DATA:
            found[key] = _plain(value)
        elif key in _BY_NAME and isinstance(value, Mapping):
            found[key] = {name: modern(one, root) for name, one in value.items()}
        elif isinstance(value, Mapping):
            found[key] = modern(value, root)
        elif isinstance(value, (list, tuple)):
            found[key] = [modern(one, root) for one in value]
        else:
            found[key] = value
    return _renewed(found)


def _plain(value: Any) -> Any:
    """Return data as JSON has it: dicts, lists and values."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return value


def _renewed(schema: dict[str, Any]) -> dict[str, Any]:
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(strict) is True and bound in schema:
            schema[strict] = schema.pop(bound)
        elif isinstance(schema.get(strict), bool):
            del schema[strict]
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema.pop("additionalItems")
    if "example" in schema:
        schema.setdefault("examples", [schema.pop("example")])
    dependencies = schema.pop("dependencies", None)
    if isinstance(dependencies, dict):
        for name, needed in dependencies.items():
            kind = "dependentRequired" if isinstance(needed, list) else "dependentSchemas"
            schema.setdefault(kind, {})[name] = needed
    return schema


def example(schema: Any, depth: int = 6) -> Any:
    """Return a value that a schema takes, made of what it says; None when it says too little.

    :param schema: a JSON Schema.
    :param depth: how deep to look.
    """
    if not isinstance(schema, Mapping) or depth == 0:
        return None
    if schema.get("examples"):
        return _plain(schema["examples"][0])
    for key in ("example", "default", "const"):
        if key in schema:
            return _plain(schema[key])
    if schema.get("enum"):
        return _plain(schema["enum"][0])
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            inner = example({**{k: v for k, v in schema.items() if k != key}, **schema[key][0]}, depth - 1)
            if inner is not None:
                return inner
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = kinds if isinstance(kinds, str) else next((k for k in kinds or () if k != "null"), "null")
    return _example_of(kind, schema, depth)


def _example_of(kind: str, schema: Mapping[str, Any], depth: int) -> Any:
    if kind == "object":
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        return {name: example(properties.get(name, {}), depth - 1) for name in required}
    if kind == "array":
        items = schema.get("items", {})
        return [example(items, depth - 1)] if schema.get("minItems") or isinstance(items, Mapping) else []
    if kind == "integer" or kind == "number":
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "string":
        return _TEXTS.get(schema.get("format", ""), "text"[: schema.get("maxLength", 4)])
    return None


_TEXTS = {
    "uuid": "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01",
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "email": "somebody@example.com",
    "hostname": "host.example.com",
    "cidr": "192.0.2.0/24",
    "mac-address": "02:00:00:00:00:01",
    "base64": "dGV4dA==",
}
