"""The rules that the others are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oslo_policy import policy

COMPUTE_API = "os_compute_api"

RULE_ADMIN_OR_OWNER = "rule:admin_or_owner"
RULE_ADMIN_API = "rule:admin_api"
RULE_ANY = "@"

#: What is done to a project's things needs a token of a project; what is only seen, a token of any.
OF_A_PROJECT = ("project",)
OF_ANY = ("system", "project")

_RULES = [
    policy.RuleDefault("context_is_admin", "role:admin", description="Who is an administrator."),
    policy.RuleDefault(
        "admin_or_owner",
        "is_admin:True or project_id:%(project_id)s",
        description="An administrator, or a member of the project whose it is.",
    ),
    policy.RuleDefault("admin_api", "is_admin:True", description="An administrator."),
]


def rule(
    name: str,
    check_str: str,
    description: str,
    *operations: tuple[str, str],
    scopes: Sequence[str] | None = None,
) -> Any:
    """Return a documented default.

    :param name: the rule's name.
    :param check_str: who passes.
    :param description: what it guards, one sentence.
    :param operations: method and path of what it guards.
    :param scopes: the scopes of tokens that it takes; found in the methods unless said.
    """
    if scopes is None:
        scopes = OF_ANY if all(method == "GET" for method, _ in operations) else OF_A_PROJECT
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check_str,
        description=description,
        operations=[{"method": method, "path": path} for method, path in operations],
        scope_types=list(scopes),
    )


def list_rules() -> list[Any]:
    """Return the rules of this module."""
    return _RULES
