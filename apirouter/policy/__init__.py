"""Who may do what: oslo.policy's language and files, asked at a fraction of its cost.

On a method or action::

    @policy.authorize("compute:servers:reboot")
    def reboot(self, req, id, body): ...

in code: ``req.context.can("compute:servers:show", target)``. Rules come from the lists that distributions
name under the entry points ``oslo.policy.policies``::

    def list_rules():
        return [policy.RuleDefault("compute:servers:reboot", "role:admin or project_id:%(project_id)s")]

``RuleDefault``, ``DocumentedRuleDefault`` and ``DeprecatedRule`` are oslo.policy's own, found here when it is
installed (the extra ``policy``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apirouter import stamps
from apirouter.errors import PolicyNotAuthorized
from apirouter.microversion import Version, VersionRange
from apirouter.policy.engine import Policy, credentials, rule_lists
from apirouter.policy.source import PolicyFileError, Rule, oslo_policy
from apirouter.stamps import F

__all__ = [
    "Policy",
    "PolicyFileError",
    "PolicyNotAuthorized",
    "Rule",
    "authorize",
    "credentials",
    "rule_lists",
    "target_of",
]

_OSLO_NAMES = frozenset(("DeprecatedRule", "DocumentedRuleDefault", "RuleDefault"))


def authorize(
    rule: str,
    target: Mapping[str, Any] | Callable[..., Mapping[str, Any]] | None = None,
    min_version: str | Version | None = None,
    max_version: str | Version | None = None,
) -> Callable[[F], F]:
    """Ask a policy rule before a method or action is called; a 403 if it denies.

    May stand several times: all rules whose versions hold the request's are asked, from the top down.

    :param rule: the rule's name; one that nobody defined refuses the boot.
    :param target: what the call is done to: a mapping, or a function called with the keywords of the call
        (``req``, the route's variables, ``body``) that returns one; None for the context's project and user.
    :param min_version: the first version of requests that it guards; None for no bound.
    :param max_version: the last, included; None for no bound.
    :raises TypeError: the rule is no text, or the target neither mapping nor function.
    :raises InvalidAPIVersionString: a bound is no version.
    :raises ValueError: the range is empty.
    """
    if not isinstance(rule, str) or not rule:
        raise TypeError(f"policy.authorize takes the name of a rule, a text; it got {rule!r}")
    if target is not None and not isinstance(target, Mapping) and not callable(target):
        raise TypeError(f"the target of policy rule '{rule}' is neither a mapping nor a function: {target!r}")
    return stamps.rule(rule, target, VersionRange.of(min_version, max_version))


def target_of(target: Any, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the target of a rule on a method, for one call.

    :param target: what :func:`authorize` was given.
    :param arguments: the keywords of the call.
    :returns: a mapping, or None for the context's project and user.
    """
    if callable(target):
        made: Mapping[str, Any] = target(**arguments)
        return made
    given: Mapping[str, Any] | None = target
    return given


def __getattr__(name: str) -> Any:
    if name in _OSLO_NAMES:
        return getattr(oslo_policy(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
