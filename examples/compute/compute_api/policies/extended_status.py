"""Who may see and set what a server's status is made of."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import OF_ANY, RULE_ADMIN_API, RULE_ADMIN_OR_OWNER, rule

BASE_POLICY_NAME = "os_compute_api:os-extended-status"
POLICY_ROOT = BASE_POLICY_NAME + ":%s"

_RULES = [
    rule(
        BASE_POLICY_NAME,
        RULE_ADMIN_OR_OWNER,
        "See the extended status.",
        ("GET", "/servers/{id}"),
        ("GET", "/servers/detail"),
    ),
    rule(
        POLICY_ROOT % "reset_state",
        RULE_ADMIN_API,
        "Set its status.",
        ("POST", "/servers/{id}/action"),
        scopes=OF_ANY,
    ),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
