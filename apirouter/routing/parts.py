"""What installed distributions give a service beside its plugins: serializers and policy rules."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from typing import Any

from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, PluginError
from apirouter.faults import safe_text
from apirouter.routing.plugins import LOADED, Plugin, label_of


def serializer_names(settings: Settings) -> set[str]:
    """Return the serializers that the media types name, without the one that is built in."""
    return set(settings.media_types.values()) - {"json"}


def serializers_of(settings: Settings, entry_points: importlib.metadata.EntryPoints) -> dict[str, Any]:
    """Return the serializers that the media types name, from entry points ``apirouter.serializers``."""
    wanted = serializer_names(settings)
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for ep in entry_points.select(group="apirouter.serializers") if wanted else ():
        if ep.name not in wanted:
            continue
        label = label_of(ep)
        if owners.setdefault(ep.name, label) != label:
            raise ConfigError(
                f"serializer '{ep.name}' is given twice: by {owners[ep.name]} and by {label}",
                fix="uninstall one of the distributions",
                option="media_types",
            )
        try:
            made = ep.load()
            found[ep.name] = made() if isinstance(made, type) else made
        except (Exception, SystemExit) as error:
            raise ConfigError(
                f"serializer {label} can't be made: {type(error).__name__}: {safe_text(error)}",
                option="media_types",
            ) from error
        if not callable(getattr(found[ep.name], "serialize", None)):
            raise ConfigError(f"serializer {label} has no method serialize", option="media_types")
    return found


def authority_of(
    settings: Settings, plugins: Sequence[Plugin], entry_points: importlib.metadata.EntryPoints
) -> Any:
    """Return the policy of a service whose plugins, or settings, bring rules; else None."""
    distributions = {p.distribution for p in plugins if p.state == LOADED and p.distribution}
    chosen = [
        ep
        for ep in entry_points.select(group="oslo.policy.policies")
        if ep.name in settings.policies or (ep.dist is not None and ep.dist.name in distributions)
    ]
    if not chosen and not settings.policy_file and not settings.policy_dirs:
        return None
    from apirouter.policy import Policy

    return Policy.load(
        [(label_of(ep), _rules(ep)) for ep in chosen],
        policy_file=settings.policy_file or None,
        policy_dirs=settings.policy_dirs,
        enforce_scope=settings.enforce_scope,
    )


def _rules(entry_point: importlib.metadata.EntryPoint) -> Any:
    try:
        return entry_point.load()()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"its policy rules can't be had: {type(error).__name__}: {safe_text(error)}",
            plugin=label_of(entry_point),
        ) from error
