"""Who may see the extra specs of flavors."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import RULE_ANY, rule

POLICY_ROOT = "os_compute_api:os-flavor-extra-specs:%s"

_COLLECTION = "/flavors/{flavor_id}/os-extra_specs"

_RULES = [
    rule(POLICY_ROOT % "index", RULE_ANY, "List extra specs.", ("GET", _COLLECTION)),
    rule(POLICY_ROOT % "show", RULE_ANY, "Show an extra spec.", ("GET", _COLLECTION + "/{key}")),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
