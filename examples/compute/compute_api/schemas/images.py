"""What may be asked of the list of images."""

from __future__ import annotations

from compute_api.schemas import parameter_types as types

query = {
    "type": "object",
    "properties": {
        **types.page_query,
        **types.sort_query,
        **types.text_queries("name", "status", "server"),
    },
    "additionalProperties": True,
}
