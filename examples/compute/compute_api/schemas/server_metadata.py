"""What may be said of a server's metadata."""

from __future__ import annotations

from apirouter.validation import parameter_types
from compute_api.schemas import parameter_types as types

create = types.action("metadata", parameter_types.metadata)
update_all = create
update = types.action("meta", {**parameter_types.metadata, "minProperties": 1, "maxProperties": 1})
