"""The policy of a service, from entry points and files."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterable
from typing import Any

from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, PluginError, safe_text, suggest

#: The entry-point group of lists of policy rules.
GROUP = "oslo.policy.policies"


def authority_of(
    settings: Settings,
    distributions: Collection[str] = (),
    entry_points: Iterable[importlib.metadata.EntryPoint] | None = None,
    asked: Collection[str] = (),
) -> Any:
    """Return the policy of a service whose plugins, or settings, bring rules; else None.

    :param settings: the service's.
    :param distributions: the distributions whose rules are taken.
    :param entry_points: what a scan found; None scans.
    :param asked: names of rules that are asked where a file has them, though no code defines them.
    :raises ConfigError: the setting ``policies`` names an entry point that is not there.
    """
    if entry_points is None:
        entry_points = importlib.metadata.entry_points(group=GROUP) if settings.policies else ()
    chosen = [
        ep
        for ep in entry_points
        if ep.group == GROUP
        and (ep.name in settings.policies or (ep.dist is not None and ep.dist.name in distributions))
    ]
    for name in settings.policies:
        if name not in {ep.name for ep in chosen}:
            raise ConfigError(
                f"there is no list of rules '{name}' among the entry points of group '{GROUP}'",
                fix=suggest(name, {ep.name for ep in entry_points if ep.group == GROUP}),
                option="policies",
            )
    if not chosen and not settings.policy_file and not settings.policy_dirs:
        return None
    from apirouter.policy import Policy

    return Policy.load(
        [(_label(ep), _rules(ep)) for ep in chosen],
        policy_file=settings.policy_file or None,
        policy_dirs=settings.policy_dirs,
        enforce_scope=settings.enforce_scope,
        enforce_new_defaults=settings.enforce_new_defaults,
        asked=asked,
    )


def _rules(entry_point: importlib.metadata.EntryPoint) -> Any:
    try:
        return entry_point.load()()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"its policy rules can't be had: {type(error).__name__}: {safe_text(error)}",
            plugin=_label(entry_point),
        ) from error


def _label(entry_point: importlib.metadata.EntryPoint) -> str:
    dist = entry_point.dist
    return f"{entry_point.name} = {entry_point.value}" + (f" ({dist.name} {dist.version})" if dist else "")
