"""What may be said of a server's status."""

from __future__ import annotations

from compute_api.schemas import parameter_types as types

reset_state = types.action(
    "os-resetState",
    {
        "type": "object",
        "properties": {"state": {"type": "string", "enum": ["active", "error"]}},
        "required": ["state"],
        "additionalProperties": False,
    },
)
