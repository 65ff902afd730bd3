"""Who may do what to groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from groups_api.policies import groups


def list_rules() -> Iterable[Any]:
    """Return every rule of this plugin, for the entry point ``oslo.policy.policies``."""
    return itertools.chain(groups.list_rules())
