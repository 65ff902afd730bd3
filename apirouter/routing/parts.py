"""What installed distributions give a service beside its plugins: serializers."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, safe_text
from apirouter.routing.entries import label_of


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
