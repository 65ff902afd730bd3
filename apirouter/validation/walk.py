"""The subschemas of a schema, whatever its draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Keywords whose value is one schema that says something of the same value.
IN_PLACE_ONE = ("not", "if", "then", "else")
#: Keywords whose value is a list of such schemas.
IN_PLACE_LIST = ("allOf", "anyOf", "oneOf")
#: Keywords whose value maps a key to such a schema.
IN_PLACE_MAP = ("dependentSchemas", "dependencies")
#: Keywords whose value is a schema of the value's parts.
PART_ONE = (
    "additionalProperties",
    "items",
    "additionalItems",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
)
#: Keywords whose value is a list of such schemas.
PART_LIST = ("prefixItems", "items")
#: Keywords whose value maps to such schemas, or to schemas that are referred to.
PART_MAP = ("properties", "patternProperties")
DEFINITIONS = ("$defs", "definitions")

_ONE = frozenset((*IN_PLACE_ONE, *PART_ONE))
_LIST = frozenset((*IN_PLACE_LIST, *PART_LIST))
_MAP = frozenset((*IN_PLACE_MAP, *PART_MAP, *DEFINITIONS))


def children(schema: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield keyword, place below the schema (``.properties.name``) and subschema for each subschema."""
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in _MAP and isinstance(value, Mapping):
            for name, inner in value.items():
                if isinstance(inner, (Mapping, bool)):
                    yield keyword, f".{keyword}.{name}", inner
        elif keyword in _LIST and isinstance(value, (list, tuple)):
            for index, inner in enumerate(value):
                if isinstance(inner, (Mapping, bool)):
                    yield keyword, f".{keyword}[{index}]", inner
        elif keyword in _ONE and isinstance(value, (Mapping, bool)):
            yield keyword, f".{keyword}", value


def walk(schema: Any, place: str = "$") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield place and subschema for a schema and all below it, booleans left out.

    :param schema: a schema as its author wrote it; no deeper than Python's recursion allows.
    :param place: what to call its own place.
    """
    if isinstance(schema, Mapping):
        yield place, schema
    for _, suffix, inner in children(schema):
        yield from walk(inner, place + suffix)


class UnknownReference(LookupError):
    """A ``$ref`` leads nowhere inside its schema.

    :param ref: the reference.
    """

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(ref)


def resolve(root: Any, ref: str) -> Any:
    """Return what a reference inside a schema points to.

    :param root: the whole schema.
    :param ref: ``#``, ``#/$defs/name``, ``#anchor``, or the ``$id`` of the schema with any of these.
    :raises UnknownReference: it leads nowhere in this schema.
    """
    own = root.get("$id", root.get("id", "")) if isinstance(root, Mapping) else ""
    base, _, fragment = ref.partition("#")
    if base and base != str(own).rstrip("#"):
        return _by_name(root, ref, base, fragment)
    return _by_fragment(root, ref, fragment)


def _by_fragment(root: Any, ref: str, fragment: str) -> Any:
    if not fragment:
        return root
    if not fragment.startswith("/"):
        for _, schema in walk(root):
            if fragment in (schema.get("$anchor"), schema.get("$dynamicAnchor")):
                return schema
        raise UnknownReference(ref)
    found = root
    for part in fragment[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~").replace("%25", "%").replace("%22", '"')
        try:
            found = found[int(key)] if isinstance(found, (list, tuple)) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise UnknownReference(ref) from None
    return found


def _by_name(root: Any, ref: str, base: str, fragment: str) -> Any:
    for _, schema in walk(root):
        name = schema.get("$id", schema.get("id"))
        if isinstance(name, str) and (name == base or name.endswith("/" + base)):
            return _by_fragment(schema, ref, fragment)
    raise UnknownReference(ref)
