"""What may be asked of the list of flavors."""

from __future__ import annotations

from apirouter.validation import parameter_types
from compute_api.schemas import parameter_types as types

query = {
    "type": "object",
    "properties": {
        **types.page_query,
        **types.sort_query,
        "minRam": parameter_types.multi_params(parameter_types.non_negative_integer),
        "minDisk": parameter_types.multi_params(parameter_types.non_negative_integer),
    },
    "additionalProperties": True,
}
