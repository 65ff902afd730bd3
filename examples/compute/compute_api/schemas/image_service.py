"""What may be asked of the image service's list of images."""

from __future__ import annotations

from typing import Any

from apirouter.validation import parameter_types
from compute_api.schemas import parameter_types as types

#: Any other parameter asks for a property of an image.
query: dict[str, Any] = {
    "type": "object",
    "properties": {
        **types.page_query,
        **types.sort_query,
        **types.text_queries("sort", "id", "name", "names", "status", "owner"),
        "visibility": parameter_types.single_param(
            {"type": "string", "enum": ["public", "private", "shared", "community", "all"]}
        ),
        "os_hidden": parameter_types.single_param(
            {"type": "string", "enum": ["true", "false", "True", "False"]}
        ),
    },
    "additionalProperties": {"type": "array", "items": {"type": "string", "maxLength": 255}, "maxItems": 1},
}
