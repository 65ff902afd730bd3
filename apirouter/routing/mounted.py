"""What a table is made of: live routes, resources, and what keeps a plugin out of it."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from apirouter.dispatch.resource import Endpoint, Resource
from apirouter.errors import PluginError
from apirouter.routing.alone import Placed
from apirouter.routing.plugins import Plugin
from apirouter.routing.shapes import Shape, Shapes


class Mounted(NamedTuple):
    """One live route: what it looks like, whose it is, what answers it.

    :param route: the mapper's.
    :param shapes: reads what its path says, when that is asked for.
    :param methods: HTTP methods, sorted; empty for any.
    :param endpoint: what answers.
    :param collection: the collection's key, ``servers`` or ``servers/metadata``; empty for a plugin's own.
    :param plugin: the plugin that brings it.
    """

    route: Any
    shapes: Shapes
    methods: tuple[str, ...]
    endpoint: Endpoint
    collection: str
    plugin: Plugin

    @property
    def shape(self) -> Shape:
        """What its path says."""
        return self.shapes.of(self.route)

    @property
    def template(self) -> str:
        """Its path for people, ``/{project_id}/servers/{id}``."""
        return self.shape.template


@dataclasses.dataclass
class Table:
    """The outcome: routes with endpoints, and the resources behind them.

    :ivar placed: the resources among the mounted.
    """

    mapper: Any
    resources: dict[str, Resource] = dataclasses.field(default_factory=dict)
    mounted: list[Mounted] = dataclasses.field(default_factory=list)
    placed: list[Placed] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


class Rejected(Exception):
    """A plugin can't be used with the others.

    :param plugin: which.
    :param error: why.
    """

    def __init__(self, plugin: Plugin, error: PluginError) -> None:
        super().__init__(str(error))
        self.plugin, self.error = plugin, error
