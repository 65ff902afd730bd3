"""The plugins of descriptions, each once, with what it brings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from apirouter.describe.records import Description, Plugin


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """A plugin with the resources that it brings.

    :param plugin: the plugin.
    :param resources: the collections whose routes it brings, by name.
    :param mounts: the mounts of the routers that it is a plugin of.
    """

    plugin: Plugin
    resources: tuple[str, ...]
    mounts: tuple[str, ...]


def listed(descriptions: Iterable[Description]) -> list[Listed]:
    """Return the plugins of descriptions, by alias, each once however many routers it is a plugin of.

    :param descriptions: descriptions of applications.
    """
    found: dict[tuple[str, str], Listed] = {}
    for description in descriptions:
        brought: dict[str, dict[str, None]] = {}
        for route in description.routes:
            if route.collection:
                brought.setdefault(route.plugin, {})[route.collection] = None
        for application in description.applications:
            for plugin in application.plugins:
                key = (plugin.entry_point, plugin.state)
                known = found.get(key)
                mounts = (*(known.mounts if known else ()), application.mount)
                resources = tuple(sorted(brought.get(plugin.alias, ())))
                found[key] = Listed(plugin, resources, tuple(dict.fromkeys(mounts)))
    return sorted(found.values(), key=lambda one: (one.plugin.alias, one.plugin.entry_point))
