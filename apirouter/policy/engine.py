"""A service's policy: what answers ``context.can`` and the rules on methods.

1. A rule that nobody defined denies. So does whatever goes wrong while a rule is asked; the log says what.
2. At most twice a second, a request looks whether a policy file changed; the rules are read anew and put in
   place of the old ones at once, whole. A request in another thread is never kept waiting.
3. Rules that can't be used leave the last good ones in place; the log and :meth:`Policy.health` say so until
   the files are good again.
4. A file written less than a fifth of a second ago may be half written: it is read at the next look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from apirouter.context import RequestContext
from apirouter.errors import ApiRouterError, PluginError, clip
from apirouter.policy.source import Rule, RuleSet, Signature, Source, oslo_policy

LOG = logging.getLogger(__name__)

#: Seconds between two looks at the files.
LOOK_EVERY = 0.5
#: Seconds that a file must have been left alone.
SETTLED_AFTER = 0.2

#: What oslo.policy's rules may ask of any credentials.
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("user_id", "user_domain_id", "system_scope", "domain_id", "project_id")),
    **dict.fromkeys(("project_domain_id", "service_user_id", "service_user_domain_id", "service_project_id")),
    "service_project_domain_id": None,
    "is_admin_project": True,
    "is_admin": False,
}


class Policy:
    """The rules of a service, as they stand; made by :meth:`load`.

    :param source: where the rules come from.
    :param enforce_scope: deny a token whose scope a rule's ``scope_types`` doesn't name.
    """

    def __init__(self, source: Source, *, enforce_scope: bool = True) -> None:
        self._source, self._enforce_scope = source, enforce_scope
        self._lock = threading.Lock()
        self._problem = ""
        self._signature: Signature = source.signature()
        self._rule_set: RuleSet = source.read()
        self._due = time.monotonic() + LOOK_EVERY
        for note in self._rule_set.notes:
            LOG.warning("%s", note)

    @classmethod
    def load(
        cls,
        rule_lists: Iterable[tuple[str, Iterable[Any]]],
        policy_file: str | None = None,
        policy_dirs: Sequence[str] = (),
        *,
        enforce_scope: bool = True,
        enforce_new_defaults: bool = True,
        asked: Collection[str] = (),
    ) -> Policy:
        """Read a service's rules.

        :param rule_lists: owner (for messages) and its rules in code, ``RuleDefault`` objects.
        :param policy_file: path of a policy file, YAML or JSON, that must exist.
        :param policy_dirs: paths of directories of policy files.
        :param enforce_scope: deny a token whose scope a rule's ``scope_types`` doesn't name.
        :param enforce_new_defaults: leave deprecated defaults out; else what they accept is accepted too.
        :param asked: names of rules that are asked where a file has them, though no code defines them.
        :raises MissingExtra: oslo.policy isn't installed.
        :raises PluginError: two owners define one rule differently, or something is no rule.
        :raises ConfigError: a policy file can't be used, or the rules don't fit together.
        """
        defaults = _gathered(rule_lists)
        source = Source(
            defaults, policy_file, policy_dirs, enforce_new_defaults=enforce_new_defaults, asked=asked
        )
        return cls(source, enforce_scope=enforce_scope)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules as they stand, by name."""
        self._look()
        return self._rule_set.rules

    def defined(self, rule: str) -> bool:
        """Tell whether anybody defined a rule."""
        return rule in self._rule_set.rules

    def health(self) -> tuple[bool, str]:
        """Return whether the rules are those of the files, and if not, why."""
        self._look()
        return not self._problem, self._problem

    def authorize(
        self, context: RequestContext | None, rule: str, target: Mapping[str, Any] | None = None
    ) -> bool:
        """Tell whether a context may do what a rule guards.

        :param context: who is asking; an oslo.context or a mapping of credentials will do. None has no
            credentials at all.
        :param rule: the rule's name.
        :param target: what it would be done to; None for the context's own project and user.
        """
        if time.monotonic() >= self._due:
            self._look()
        found = self._rule_set.verdicts.get(rule)
        if found is None:
            LOG.error("Policy rule '%s' is defined by nobody: denied", clip(rule))
            return False
        verdict, scopes = found
        try:
            creds = credentials(context)
            if scopes and self._enforce_scope and _scope(creds) not in scopes:
                return False
            if target is None:
                target = {key: creds[key] for key in ("project_id", "user_id") if key in creds}
            names = creds.get("roles")
            roles = frozenset([name.lower() for name in names]) if names is not None else None
            return bool(verdict(target, creds, roles))
        except Exception:
            LOG.exception("Policy rule '%s' can't be asked: denied", clip(rule))
            return False

    def _look(self) -> None:
        """Read the files anew if they changed since the last look."""
        if time.monotonic() < self._due or not self._lock.acquire(blocking=False):
            return
        try:
            self._due = time.monotonic() + LOOK_EVERY
            signature = self._source.signature()
            if signature == self._signature or not _settled(signature):
                return
            self._signature = signature
            self._reload()
        finally:
            self._lock.release()

    def _reload(self) -> None:
        try:
            new = self._source.read()
        except Exception as error:
            self._problem = str(error)
            LOG.error(
                "Policy files can't be used, the last good rules stay: %s", error, exc_info=_surprise(error)
            )
            return
        self._rule_set, self._problem = new, ""
        LOG.info("Policy files were read anew: %d rules", len(new.rules))
        for note in new.notes:
            LOG.warning("%s", note)


def credentials(context: Any) -> MutableMapping[str, Any]:
    """Return what rules may ask of a context, as oslo.policy does: ``role:``, ``project_id:``, ...

    :param context: a :class:`.RequestContext`, an oslo.context, a mapping of credentials, or None.
    """
    if isinstance(context, RequestContext):
        creds = {**_BLANK, **context.__dict__}
        creds.pop("auth_token", None)
        creds.pop("authority", None)
    elif context is None:
        return {}
    elif hasattr(context, "to_policy_values"):
        creds = dict(context.to_policy_values())
    elif isinstance(context, Mapping):
        creds = dict(context)
    else:
        creds = dict(context.to_dict())
        creds.pop("auth_token", None)
    if creds.get("system_scope"):
        creds["system"] = creds["system_scope"]
    return creds


def rule_lists(
    entry_points: Iterable[Any], distributions: Collection[str] | None = None
) -> Iterator[tuple[str, list[Any]]]:
    """Yield owner and rules for each entry point of the group ``oslo.policy.policies``.

    :param entry_points: ``importlib.metadata.EntryPoint`` objects, each naming a function that returns rules.
    :param distributions: names of the distributions whose rules count; None for all.
    :raises PluginError: an entry point can't be loaded, or gives no rules.
    """
    wanted = None if distributions is None else {_normal(name) for name in distributions}
    for point in sorted(entry_points, key=lambda p: (p.name, p.value)):
        owner = f"{point.name} = {point.value}"
        if point.dist is not None:
            owner += f" ({point.dist.name} {point.dist.version})"
            if wanted is not None and _normal(point.dist.name) not in wanted:
                continue
        elif wanted is not None:
            continue
        try:
            yield owner, list(point.load()())
        except ApiRouterError:
            raise
        except Exception as error:
            problem = f"its list of policy rules can't be had: {type(error).__name__}: {error}"
            raise PluginError(problem, plugin=owner) from error


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _gathered(rule_lists: Iterable[tuple[str, Iterable[Any]]]) -> dict[str, tuple[Any, str]]:
    policy = oslo_policy()
    found: dict[str, tuple[Any, str]] = {}
    for owner, rules in rule_lists:
        for rule in rules:
            if not isinstance(rule, policy.RuleDefault):
                raise PluginError(
                    f"{rule!r} is no policy rule", fix="give policy.RuleDefault objects", plugin=owner
                )
            known = found.get(rule.name)
            if known is None:
                found[rule.name] = (rule, owner)
            elif known[0] != rule or known[0].scope_types != rule.scope_types:
                raise PluginError(
                    f"it defines policy rule '{rule.name}' as '{rule.check_str}', "
                    f"which {known[1]} defines as '{known[0].check_str}'",
                    fix="give one of the two another name",
                    plugin=owner,
                )
    return found


def _scope(creds: Mapping[str, Any]) -> str:
    if creds.get("system"):
        return "system"
    return "domain" if creds.get("domain_id") else "project"


def _settled(signature: Signature) -> bool:
    now = time.time()
    return not any(state and 0 <= now - state[0] / 1e9 < SETTLED_AFTER for _, state in signature)


def _surprise(error: Exception) -> Exception | None:
    """Return the error if its traceback would tell more than its message does."""
    return None if isinstance(error, ApiRouterError) else error
