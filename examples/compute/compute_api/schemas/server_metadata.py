"""What may be said of a server's metadata."""

from __future__ import annotations

from compute_api.schemas import parameter_types as types

create = types.action("metadata", types.metadata)
update_all = create
update = types.action("meta", {**types.metadata, "minProperties": 1, "maxProperties": 1})
