"""Who may do what to servers."""

from __future__ import annotations

from typing import Any

from compute_api.policies.base import RULE_ADMIN_API, RULE_ADMIN_OR_OWNER, rule

SERVERS = "os_compute_api:servers:%s"

_ACTION = ("POST", "/servers/{id}/action")

_RULES = [
    rule(SERVERS % "index", RULE_ADMIN_OR_OWNER, "List servers.", ("GET", "/servers")),
    rule(SERVERS % "detail", RULE_ADMIN_OR_OWNER, "List servers in detail.", ("GET", "/servers/detail")),
    rule(SERVERS % "index:get_all_tenants", RULE_ADMIN_API, "List all servers.", ("GET", "/servers")),
    rule(
        SERVERS % "detail:get_all_tenants",
        RULE_ADMIN_API,
        "List all projects' servers in detail.",
        ("GET", "/servers/detail"),
    ),
    rule(SERVERS % "show", RULE_ADMIN_OR_OWNER, "Show a server.", ("GET", "/servers/{id}")),
    rule(SERVERS % "create", RULE_ADMIN_OR_OWNER, "Make a server.", ("POST", "/servers")),
    rule(SERVERS % "update", RULE_ADMIN_OR_OWNER, "Change a server.", ("PUT", "/servers/{id}")),
    rule(SERVERS % "delete", RULE_ADMIN_OR_OWNER, "Delete a server.", ("DELETE", "/servers/{id}")),
    rule(
        SERVERS % "diagnostics", RULE_ADMIN_OR_OWNER, "See its uptime.", ("GET", "/servers/{id}/diagnostics")
    ),
    rule(
        SERVERS % "create_snapshot_test",
        RULE_ADMIN_OR_OWNER,
        "Make a snapshot with a name of its own.",
        ("POST", "/servers/{id}/create_snapshot_test"),
    ),
    rule(SERVERS % "reboot", RULE_ADMIN_OR_OWNER, "Reboot a server.", _ACTION),
    rule(SERVERS % "resize", RULE_ADMIN_OR_OWNER, "Give a server another flavor.", _ACTION),
    rule(SERVERS % "confirm_resize", RULE_ADMIN_OR_OWNER, "Keep the new flavor.", _ACTION),
    rule(SERVERS % "revert_resize", RULE_ADMIN_OR_OWNER, "Go back to the old flavor.", _ACTION),
    rule(SERVERS % "create_image", RULE_ADMIN_OR_OWNER, "Make an image of a server.", _ACTION),
    rule(SERVERS % "rollback_snapshot", RULE_ADMIN_OR_OWNER, "Put a server back to a snapshot.", _ACTION),
    rule(SERVERS % "start", RULE_ADMIN_OR_OWNER, "Start a server.", _ACTION),
    rule(SERVERS % "stop", RULE_ADMIN_OR_OWNER, "Stop a server.", _ACTION),
    rule(SERVERS % "lock", RULE_ADMIN_OR_OWNER, "Lock a server.", _ACTION),
    rule(SERVERS % "unlock", RULE_ADMIN_OR_OWNER, "Unlock a server.", _ACTION),
]


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
