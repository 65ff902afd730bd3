"""A loaded application in a few lines: its mounts and the extensions behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apirouter.describe.records import Application, Plugin
from apirouter.describe.walk import application_of, ends


def summary(application: Any, name: str = "") -> Iterator[str]:
    """Yield a line for each mount, then one for each different set of extensions, and what is amiss.

    :param application: a WSGI application.
    :param name: what its configuration calls it.
    """
    found = [application_of(end, ("",) * len(end.filters), placed=False) for end in ends(application, name)]
    mounts = [f"{one.host}{one.mount}" for one in found]
    width = max(map(len, mounts), default=0)
    names = max((len(one.name) for one in found), default=0)
    for mount, one in zip(mounts, found, strict=True):
        yield f"{mount:{width}}  {one.name:{names}}  {one.type}".rstrip()
    for alike, plugins in _extensions(found).items():
        loaded = sorted(p.alias for p in plugins if p.state == "loaded")
        yield f"extensions of {alike}: {', '.join(loaded) or 'none'}"
        for plugin in plugins:
            if plugin.state == "failed":
                yield f"left out: {plugin.alias}: {plugin.reason}"


def _extensions(found: list[Application]) -> dict[str, tuple[Plugin, ...]]:
    """Return the mounts that have the same plugins, joined -> those plugins."""
    groups: dict[tuple[Plugin, ...], list[str]] = {}
    for one in found:
        if one.kind == "router":
            groups.setdefault(one.plugins, []).append(one.mount)
    return {", ".join(mounts): plugins for plugins, mounts in groups.items()}
