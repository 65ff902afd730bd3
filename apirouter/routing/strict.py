"""What a table of routes should not have: routes that nothing reaches, routes that nothing guards.

Both are reported; ``strict`` refuses them. Guarded means that ``@policy.authorize`` stands on the method, or on
each action that the body's key can choose: what a method asks in its own code, nobody can promise at load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apirouter.dispatch.implementation import Implementation
from apirouter.errors import PluginError
from apirouter.routing.build import Mounted
from apirouter.routing.index import Index
from apirouter.routing.plugins import Plugin
from apirouter.routing.shadows import shadowed

Finding = tuple[Plugin, PluginError]


def unreachable(mounted: Iterable[Mounted], index: Index) -> Iterator[Finding]:
    """Yield the routes that no request can reach, each with both owners.

    :param mounted: the live routes.
    :param index: an index of just these.
    """
    known = {one.route: one for one in mounted}
    told: set[tuple[str, str]] = set()
    for shadow in shadowed((), index=index):
        route, by = known[shadow.route], known[shadow.by]
        names = _shown(route), _shown(by)
        if names in told:
            # The same route with and without a format.
            continue
        told.add(names)
        yield (
            route.plugin,
            PluginError(
                f"route {names[0]} ({route.endpoint.where}) is never reached: {names[1]} "
                f"({by.endpoint.where}) of plugin {by.plugin.label} takes its requests",
                fix="connect it before the other, or give it another path",
                plugin=route.plugin.label,
            ),
        )


def unguarded(mounted: Iterable[Mounted]) -> Iterator[Finding]:
    """Yield the routes that a request may use without passing a rule of policy.

    :param mounted: the live routes; those of no controller, and the built-in list of plugins, are left out.
    """
    told: set[int] = set()
    for one in mounted:
        for impl in one.endpoint.reached:
            if id(impl.func) in told or impl.stamp.rules or _built_in(impl):
                continue
            told.add(id(impl.func))
            yield (
                one.plugin,
                PluginError(
                    f"route {_shown(one)} has no policy rule",
                    fix="stamp the method @policy.authorize('service:resource:action')",
                    plugin=impl.plugin,
                    where=impl.where,
                ),
            )


def _shown(one: Mounted) -> str:
    return f"{'|'.join(one.methods) or 'ANY'} {one.template}"


def _built_in(impl: Implementation) -> bool:
    return type(impl.controller).__module__ == "apirouter.routing.listing"
