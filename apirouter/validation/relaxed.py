"""What a legacy client sends, less what ``additionalProperties: false`` forbids.

1. Stripping makes a new value; what was given is never changed, and parts that lose nothing are shared.
2. An object loses the keys that neither ``properties`` nor ``patternProperties`` of a schema with
   ``additionalProperties: false`` names; one with ``patternProperties`` loses none, for there the keys
   themselves are the input, and a wrong one is refused.
3. Of alternatives (``anyOf``, ``oneOf``) the first that the value satisfies as it is decides; else the one
   that it satisfies with the fewest keys lost; if there is none, nothing is lost.
4. The stripped value is then checked as strictly as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apirouter.validation.walk import resolve


def strip(value: Any, schema: Any, root: Any, validator: Any) -> Any:
    """Return the value without what a schema forbids as additional.

    :param value: a JSON value.
    :param schema: the schema, or a part of it, that speaks of this value.
    :param root: the whole schema, that references lead into.
    :param validator: the validator of the whole schema.
    """
    if not isinstance(schema, Mapping) or not isinstance(value, (dict, list)):
        return value
    if isinstance(schema.get("$ref"), str):
        value = strip(value, resolve(root, schema["$ref"]), root, validator)
    for inner in schema.get("allOf", ()):
        value = strip(value, inner, root, validator)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            value = _alternative(value, schema[keyword], root, validator)
    value = _condition(value, schema, root, validator)
    if isinstance(value, dict):
        return _object(value, schema, root, validator)
    return _array(value, schema, root, validator)


def _alternative(value: Any, branches: Any, root: Any, validator: Any) -> Any:
    stripped = [(strip(value, branch, root, validator), branch) for branch in branches]
    fitting = [new for new, branch in stripped if validator.evolve(schema=branch).is_valid(new)]
    return max(fitting, key=_size) if fitting else value


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value))
    return 0


def _condition(value: Any, schema: Mapping[str, Any], root: Any, validator: Any) -> Any:
    if "if" in schema:
        chosen = "then" if validator.evolve(schema=schema["if"]).is_valid(value) else "else"
        value = strip(value, schema.get(chosen, True), root, validator)
    if isinstance(value, dict):
        for key, inner in schema.get("dependentSchemas", {}).items():
            if key in value:
                value = strip(value, inner, root, validator)
    return value


def _object(value: dict[str, Any], schema: Mapping[str, Any], root: Any, validator: Any) -> dict[str, Any]:
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    rest = schema.get("additionalProperties", True)
    search = validator.format_checker.patterns
    new: dict[str, Any] = {}
    for key, item in value.items():
        parts = [properties[key]] if key in properties else []
        parts += [inner for text, inner in patterns.items() if search[text].search(key)]
        if not parts:
            if rest is False and not patterns:
                continue
            parts = [rest]
        for inner in parts:
            item = strip(item, inner, root, validator)
        new[key] = item
    return value if len(new) == len(value) and all(new[k] is value[k] for k in new) else new


def _array(value: list[Any], schema: Mapping[str, Any], root: Any, validator: Any) -> list[Any]:
    first, rest = schema.get("prefixItems", ()), schema.get("items", True)
    if isinstance(rest, list):
        first, rest = rest, schema.get("additionalItems", True)
    new = [
        strip(item, first[index] if index < len(first) else rest, root, validator)
        for index, item in enumerate(value)
    ]
    return value if all(a is b for a, b in zip(new, value, strict=True)) else new
