"""Who may do what, one module for each noun; an operator's policy file may say otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from compute_api.policies import (
    base,
    extended_status,
    flavor_extra_specs,
    flavors,
    images,
    server_metadata,
    servers,
)


def list_rules() -> Iterable[Any]:
    """Return every rule of this service, for the entry point ``oslo.policy.policies``."""
    return itertools.chain(
        base.list_rules(),
        extended_status.list_rules(),
        flavor_extra_specs.list_rules(),
        flavors.list_rules(),
        images.list_rules(),
        server_metadata.list_rules(),
        servers.list_rules(),
    )
