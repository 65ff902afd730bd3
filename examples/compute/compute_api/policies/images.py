"""Who may see images."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import RULE_ADMIN_OR_OWNER, rule

POLICY_ROOT = "os_compute_api:images:%s"

_RULES = [
    rule(POLICY_ROOT % "index", RULE_ADMIN_OR_OWNER, "List images.", ("GET", "/images")),
    rule(POLICY_ROOT % "detail", RULE_ADMIN_OR_OWNER, "List images in detail.", ("GET", "/images/detail")),
    rule(POLICY_ROOT % "show", RULE_ADMIN_OR_OWNER, "Show an image.", ("GET", "/images/{id}")),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
