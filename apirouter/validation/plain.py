"""Schemas that are plainly schemas of draft 2020-12, told without its metaschema.

Checking a schema against the metaschema costs some fifty milliseconds; a service has hundreds. What is told
here to be a schema is one; what isn't goes to the metaschema, which decides and words what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_type(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and _is_names(value) and _TYPES.issuperset(value)
    return isinstance(value, str) and value in _TYPES


def _is_anything(value: Any) -> bool:
    return True


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(plainly_valid, value))


def _is_schema_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(k, str) and plainly_valid(v) for k, v in value.items())


def plainly_valid(schema: Any) -> bool:
    """Tell whether a value is surely a schema of draft 2020-12.

    :param schema: any value.
    :returns: False says nothing yet.
    """
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, Mapping):
        return False
    return all(keyword in _KEYWORDS and _KEYWORDS[keyword](value) for keyword, value in schema.items())


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "type": _is_type,
        "required": _is_names,
        "enum": _is_list,
        **dict.fromkeys(("const", "default"), _is_anything),
        **dict.fromkeys(("title", "description", "$comment", "format", "pattern"), _is_text),
        **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _is_truth),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
        **dict.fromkeys(
            ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count
        ),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _is_schemas),
        **dict.fromkeys(
            ("not", "if", "then", "else", "items", "contains", "propertyNames", "additionalProperties"),
            plainly_valid,
        ),
        **dict.fromkeys(("properties", "patternProperties", "$defs", "dependentSchemas"), _is_schema_map),
    }
)
