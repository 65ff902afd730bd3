"""Who may do what to the metadata of servers."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import RULE_ADMIN_OR_OWNER, rule

POLICY_ROOT = "os_compute_api:server-metadata:%s"

_COLLECTION, _ITEM = "/servers/{server_id}/metadata", "/servers/{server_id}/metadata/{key}"

_RULES = [
    rule(POLICY_ROOT % "index", RULE_ADMIN_OR_OWNER, "List metadata.", ("GET", _COLLECTION)),
    rule(POLICY_ROOT % "create", RULE_ADMIN_OR_OWNER, "Add metadata.", ("POST", _COLLECTION)),
    rule(POLICY_ROOT % "update_all", RULE_ADMIN_OR_OWNER, "Replace metadata.", ("PUT", _COLLECTION)),
    rule(POLICY_ROOT % "show", RULE_ADMIN_OR_OWNER, "Show an item.", ("GET", _ITEM)),
    rule(POLICY_ROOT % "update", RULE_ADMIN_OR_OWNER, "Set an item.", ("PUT", _ITEM)),
    rule(POLICY_ROOT % "delete", RULE_ADMIN_OR_OWNER, "Remove an item.", ("DELETE", _ITEM)),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
