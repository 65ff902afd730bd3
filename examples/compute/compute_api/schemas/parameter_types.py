"""What the schemas of this service share."""

from __future__ import annotations

from typing import Any

from apirouter.validation import parameter_types

#: A URL or id as ``imageRef`` and ``flavorRef`` take it; the last segment is the id.
ref: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
flavor_ref: dict[str, Any] = {"type": ["string", "integer"], "minLength": 1, "maxLength": 255}
#: Any text of so many characters but NUL, which not every database can keep.
text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\x00]*$"}
description: dict[str, Any] = {**text, "type": ["string", "null"], "minLength": 0}
metadata: dict[str, Any] = {
    **parameter_types.metadata,
    "patternProperties": {
        key: {**text, "minLength": 0} for key in parameter_types.metadata["patternProperties"]
    },
}
disk_config: dict[str, Any] = {"type": "string", "enum": ["AUTO", "MANUAL"]}
admin_password: dict[str, Any] = {"type": "string", "maxLength": 255}
access_ip_v4: dict[str, Any] = {"type": "string", "oneOf": [{"enum": [""]}, {"format": "ipv4"}]}
access_ip_v6: dict[str, Any] = {"type": "string", "oneOf": [{"enum": [""]}, {"format": "ipv6"}]}

#: Clients say it even of a server without any; there is no network service here that could give it one.
no_networks: dict[str, Any] = {"type": "array", "maxItems": 0}

#: What clients say beside ``imageRef``: the server's one disk, made of the image.
image_on_local_disk: dict[str, Any] = {
    "type": "array",
    "maxItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "uuid": {"type": "string", "minLength": 1, "maxLength": 255},
            "boot_index": {"type": ["integer", "string"], "enum": [0, "0"]},
            "source_type": {"type": "string", "enum": ["image"]},
            "destination_type": {"type": "string", "enum": ["local"]},
            "delete_on_termination": parameter_types.boolean,
        },
        "required": ["uuid", "source_type"],
        "additionalProperties": False,
    },
}

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
    """Return the schema of query parameters that are any text, and may be repeated, though not for ever."""
    return {name: {**parameter_types.multi_params({"type": "string"}), "maxItems": 100} for name in names}


def action(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an action's body: the key alone, with what it takes."""
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}
