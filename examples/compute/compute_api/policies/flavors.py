"""Who may see flavors."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import RULE_ANY, rule

POLICY_ROOT = "os_compute_api:flavors:%s"

_RULES = [
    rule(POLICY_ROOT % "index", RULE_ANY, "List flavors.", ("GET", "/flavors")),
    rule(POLICY_ROOT % "detail", RULE_ANY, "List flavors in detail.", ("GET", "/flavors/detail")),
    rule(POLICY_ROOT % "show", RULE_ANY, "Show a flavor.", ("GET", "/flavors/{id}")),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
