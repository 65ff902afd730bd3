"""What the schemas of this service share."""

from __future__ import annotations

from typing import Any

from apirouter.validation import parameter_types

#: A URL or id as ``imageRef`` and ``flavorRef`` take it; the last segment is the id.
ref: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
flavor_ref: dict[str, Any] = {"type": ["string", "integer"], "minLength": 1, "maxLength": 255}
description: dict[str, Any] = {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
disk_config: dict[str, Any] = {"type": "string", "enum": ["AUTO", "MANUAL"]}
admin_password: dict[str, Any] = {"type": "string", "maxLength": 255}
access_ip_v4: dict[str, Any] = {"type": "string", "oneOf": [{"enum": [""]}, {"format": "ipv4"}]}
access_ip_v6: dict[str, Any] = {"type": "string", "oneOf": [{"enum": [""]}, {"format": "ipv6"}]}

#: ``{"os-stop": null}``: an action without arguments; ``{}`` is the same.
nothing: dict[str, Any] = {"type": ["null", "object"], "maxProperties": 0}

#: What every list takes.
page_query: dict[str, Any] = {
    "limit": parameter_types.multi_params(parameter_types.non_negative_integer),
    "marker": parameter_types.multi_params({"type": "string"}),
}
sort_query: dict[str, Any] = {
    "sort_key": parameter_types.multi_params({"type": "string"}),
    "sort_dir": parameter_types.multi_params({"type": "string", "enum": ["asc", "desc"]}),
}


def text_queries(*names: str) -> dict[str, Any]:
    """Return the schema of query parameters that are any text, and may be repeated."""
    return {name: parameter_types.multi_params({"type": "string"}) for name in names}


def action(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an action's body: the key alone, with what it takes."""
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}
