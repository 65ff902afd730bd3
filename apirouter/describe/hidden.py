"""Routes that no request can reach, because others that are tried before them take all of theirs."""

from __future__ import annotations

import dataclasses
from typing import Any

from apirouter.describe.table import bare_path
from apirouter.describe.walk import ends
from apirouter.routing.build import Mounted
from apirouter.routing.router import APIRouter
from apirouter.routing.shadows import shadowed


@dataclasses.dataclass(frozen=True, slots=True)
class Hidden:
    """A route that no request reaches, and the one that takes its requests.

    :param mount: the mount of both.
    :param route: its methods and path, ``GET /servers/{id}``.
    :param controller: what would answer, ``module.Class.method``.
    :param plugin: alias of the plugin that brings it.
    :param by: the other's methods and path.
    :param by_controller: what answers instead.
    :param by_plugin: alias of the plugin that brings the other.
    """

    mount: str
    route: str
    controller: str
    plugin: str
    by: str
    by_controller: str
    by_plugin: str


def hidden(application: Any) -> tuple[Hidden, ...]:
    """Return the routes of all routers that no request can reach, each once, whatever its spellings.

    :param application: a WSGI application.
    """
    found: dict[Hidden, None] = {}
    for end in ends(application):
        router = end.application
        if isinstance(router, APIRouter):
            known = {one.route: one for one in router.mounted}
            for shadow in shadowed([one.route for one in router.mounted]):
                found[_record(end.mount, known[shadow.route], known[shadow.by])] = None
    return tuple(found)


def _record(mount: str, one: Mounted, other: Mounted) -> Hidden:
    return Hidden(
        mount,
        _shown(one),
        one.endpoint.where,
        one.plugin.alias,
        _shown(other),
        other.endpoint.where,
        other.plugin.alias,
    )


def _shown(one: Mounted) -> str:
    return f"{','.join(one.methods) or 'ANY'} {bare_path(one.template)}"
