"""What may be said of a server, and asked of the list of them."""

from __future__ import annotations

from typing import Any

from apirouter.validation import parameter_types
from compute_api.schemas import parameter_types as types

_WRITABLE: dict[str, Any] = {
    "name": parameter_types.name,
    "accessIPv4": types.access_ip_v4,
    "accessIPv6": types.access_ip_v6,
    "OS-DCF:diskConfig": types.disk_config,
}

_CREATE: dict[str, Any] = {
    **_WRITABLE,
    "imageRef": types.ref,
    "flavorRef": types.flavor_ref,
    "metadata": types.metadata,
    "adminPass": types.admin_password,
    "min_count": parameter_types.positive_integer,
    "max_count": parameter_types.positive_integer,
    "networks": types.no_networks,
    "block_device_mapping_v2": types.image_on_local_disk,
}


def _server(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    server = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return types.action("server", server)


_REQUIRED = ["name", "imageRef", "flavorRef"]

create = _server(_CREATE, _REQUIRED)
create_v22 = _server({**_CREATE, "description": types.description}, _REQUIRED)
update = _server(_WRITABLE, [])
update_v22 = _server({**_WRITABLE, "description": types.description}, [])

query = {
    "type": "object",
    "properties": {
        **types.page_query,
        **types.sort_query,
        **types.text_queries(
            "name",
            "status",
            "flavor",
            "image",
            "access_ip_v4",
            "access_ip_v6",
            "user_id",
            "project_id",
            "tenant_id",
            "all_tenants",
        ),
    },
    "additionalProperties": True,
}
query_v25 = {
    **query,
    "properties": {
        **query["properties"],  # type: ignore[dict-item]
        "changes-since": parameter_types.multi_params({"type": "string", "format": "date-time"}),
    },
}

reboot = types.action(
    "reboot",
    {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}},
        "required": ["type"],
        "additionalProperties": False,
    },
)

resize = types.action(
    "resize",
    {
        "type": "object",
        "properties": {"flavorRef": types.flavor_ref, "OS-DCF:diskConfig": types.disk_config},
        "required": ["flavorRef"],
        "additionalProperties": False,
    },
)

create_image = types.action(
    "createImage",
    {
        "type": "object",
        "properties": {"name": parameter_types.name, "metadata": types.metadata},
        "required": ["name"],
        "additionalProperties": False,
    },
)

rollback_snapshot = types.action(
    "rollbackSnapshot",
    {
        "type": ["object", "null"],
        "properties": {"snapshot_id": {"type": "string", "format": "uuid"}},
        "additionalProperties": False,
    },
)

#: A member action's body is its own: here all of it may be left out.
create_snapshot_test = {
    "type": ["object", "null"],
    "properties": {
        "create_snapshot_test": {
            "type": ["object", "null"],
            "properties": {"name": parameter_types.name, "metadata": types.metadata},
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}

confirm_resize = types.action("confirmResize", types.nothing)
revert_resize = types.action("revertResize", types.nothing)
start = types.action("os-start", types.nothing)
stop = types.action("os-stop", types.nothing)
lock = types.action("lock", types.nothing)
lock_v29 = types.action(
    "lock",
    {
        "type": ["object", "null"],
        "properties": {"locked_reason": types.text},
        "additionalProperties": False,
    },
)
unlock = types.action("unlock", types.nothing)
