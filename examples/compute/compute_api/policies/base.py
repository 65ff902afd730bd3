"""The rules that the others are made of."""

from __future__ import annotations

from typing import Any

from oslo_policy import policy

COMPUTE_API = "os_compute_api"

RULE_ADMIN_OR_OWNER = "rule:admin_or_owner"
RULE_ADMIN_API = "rule:admin_api"
RULE_ANY = "@"

_RULES = [
    policy.RuleDefault("context_is_admin", "role:admin", description="Who is an administrator."),
    policy.RuleDefault(
        "admin_or_owner",
        "is_admin:True or project_id:%(project_id)s",
        description="An administrator, or a member of the project whose it is.",
    ),
    policy.RuleDefault("admin_api", "is_admin:True", description="An administrator."),
]


def rule(name: str, check_str: str, description: str, *operations: tuple[str, str]) -> Any:
    """Return a documented default.

    :param name: the rule's name.
    :param check_str: who passes.
    :param description: what it guards, one sentence.
    :param operations: method and path of what it guards.
    """
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check_str,
        description=description,
        operations=[{"method": method, "path": path} for method, path in operations],
    )


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
