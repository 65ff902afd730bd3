"""The nested schema of a server's creation, and a body that it accepts: what the benchmarks check and send."""

from __future__ import annotations

from typing import Any

from apirouter.validation import parameter_types

UUID = "70a599e0-31e7-49b7-b260-868f441e862b"

NETWORK = {
    "type": "object",
    "properties": {
        "fixed_ip": parameter_types.ipv4,
        "port": {"type": ["string", "null"], "format": "uuid"},
        "uuid": parameter_types.uuid,
        "tag": parameter_types.tag,
    },
    "additionalProperties": False,
}
CREATE = {
    "type": "object",
    "properties": {
        "server": {
            "type": "object",
            "properties": {
                "name": parameter_types.name,
                "imageRef": parameter_types.image_id_or_empty_string,
                "flavorRef": parameter_types.flavor_ref,
                "adminPass": parameter_types.admin_password,
                "metadata": parameter_types.metadata,
                "networks": {
                    "oneOf": [
                        {"type": "array", "items": NETWORK},
                        {"type": "string", "enum": ["none", "auto"]},
                    ]
                },
                "availability_zone": parameter_types.name,
                "config_drive": parameter_types.boolean,
                "key_name": parameter_types.name,
                "min_count": parameter_types.positive_integer,
                "max_count": parameter_types.positive_integer,
                "user_data": {"type": "string", "format": "base64", "maxLength": 65535},
                "security_groups": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": parameter_types.name},
                        "additionalProperties": False,
                    },
                },
                "tags": parameter_types.tags,
            },
            "required": ["name", "flavorRef", "networks"],
            "additionalProperties": False,
        },
        "os:scheduler_hints": {"type": "object", "additionalProperties": True},
    },
    "required": ["server"],
    "additionalProperties": False,
}
VALID: dict[str, Any] = {
    "server": {
        "name": "web-1",
        "imageRef": UUID,
        "flavorRef": "1",
        "metadata": {"role": "web", "owner": "me"},
        "networks": [{"uuid": UUID}],
        "availability_zone": "nova",
        "key_name": "mine",
        "min_count": 1,
        "security_groups": [{"name": "default"}],
    }
}
