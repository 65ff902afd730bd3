"""Every pipeline of a service: the live one of each mount, and those that another strategy would choose.

1. What is in use is told by the objects that serve: their filters, in the order in which a request meets them.
2. What an INI names besides (the strategies that were not chosen, the names of filters) is told by the file,
   as long as it is the one that was loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apirouter.deploy.records import FileTree, Node
from apirouter.deploy.tree import describe_file
from apirouter.describe import class_names
from apirouter.describe.naming import naming_of
from apirouter.describe.records import Application, Filter
from apirouter.describe.walk import End
from apirouter.errors import ConfigError
from apirouter.page.configuration import Configuration

#: What the factories of this room are called in an INI.
_OWN = "apirouter.page"


@dataclass(frozen=True, slots=True)
class Line:
    """One pipeline.

    :param mount: the mount it serves.
    :param host: the host it serves; empty for any.
    :param strategy: what chooses it; empty where there is only one.
    :param in_use: whether it is the one that serves.
    :param filters: its filters, outermost first.
    :param application: what stands behind them: its name in the INI, else its type.
    :param source: ``file:line`` of the INI; empty when it is not known.
    """

    mount: str
    host: str
    strategy: str
    in_use: bool
    filters: tuple[Filter, ...]
    application: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What an INI adds to the objects.

    :param node: what the application was made of; None when no file tells.
    :param note: why not.
    """

    node: Node | None = None
    note: str = ""

    @property
    def naming(self) -> Callable[[End], tuple[str, ...]]:
        """What gives filters their names."""
        return naming_of([self.node]) if self.node is not None else class_names


def changed(configuration: Configuration | None) -> str:
    """Say that the INI is no longer what serves; empty while it is, or where there is none.

    :param configuration: the file; None when there is none.
    """
    if configuration is None or configuration.unchanged:
        return ""
    file = os.path.basename(configuration.path)
    return f"{file} has changed since the service was loaded; what follows is what serves."


def named(configuration: Configuration | None, ends: Iterable[End]) -> Named:
    """Return what the INI says of a running application.

    :param configuration: the file; None when there is none.
    :param ends: the ends of the application's pipelines.
    """
    if configuration is None:
        return Named()
    file = os.path.basename(configuration.path)
    if not configuration.unchanged:
        return Named(note=changed(configuration))
    try:
        tree = describe_file(configuration.path, None, configuration.variables)
    except ConfigError as error:
        return Named(note=f"{file} can't be described: {error.problem}")
    live = {(end.mount, end.host): len(end.filters) for end in ends}
    nodes = [node for node in _applications(tree) if _holds_page(node)]
    unlike = {number: _unlike(node, live) for number, node in enumerate(nodes)}
    fitting = [number for number, value in unlike.items() if value is not None]
    if not fitting:
        return Named(note=f"{file} doesn't say how this application was composed.")
    return Named(nodes[min(fitting, key=lambda number: unlike[number] or 0)])


def _unlike(node: Node, live: Mapping[tuple[str, str], int]) -> int | None:
    """Return how many filters more or less a node has than what serves; None when its mounts are others.

    A filter that is switched off has no object: the fewest need not be none.
    """
    stated = {(line.mount, line.host): len(line.filters) for line in _lines(node) if line.in_use}
    if stated.keys() != live.keys():
        return None
    return sum(abs(number - live[place]) for place, number in stated.items())


def _applications(tree: FileTree) -> Iterator[Node]:
    for root in (*tree.roots, *tree.others):
        if root.kind == "application":
            yield from (node for node in root.walk() if node.kind == "application")


def _holds_page(node: Node) -> bool:
    return any(one.target.partition(":")[0].startswith(_OWN) for one in node.walk())


def lines(applications: Iterable[Application], known: Named) -> tuple[Line, ...]:
    """Return the pipelines of a service: for each mount the live one first, then those of other strategies.

    :param applications: the records of the live applications.
    :param known: what the INI says.
    """
    stated = list(_lines(known.node)) if known.node is not None else []
    found: list[Line] = []
    for one in applications:
        alike = [line for line in stated if (line.mount, line.host) == (one.mount, one.host)]
        chosen = next((line for line in alike if line.in_use), None)
        live = Line(one.mount, one.host, "", True, one.filters, one.name or one.type)
        if chosen is not None:
            live = replace(
                live, strategy=chosen.strategy, source=chosen.source, application=chosen.application
            )
        found.append(live)
        found += [line for line in alike if not line.in_use]
    return tuple(found)


def _lines(node: Node) -> Iterator[Line]:
    yield from _below(node, Line("", "", "", True, (), ""))


def _below(node: Node, so_far: Line) -> Iterator[Line]:
    """Yield the pipelines that a node leads to, with what was passed on the way there."""
    so_far = replace(so_far, filters=(*so_far.filters, *map(_filter, node.filters)))
    if node.mounts:
        for mount in node.mounts:
            host = f"{mount.host}:{mount.port}" if mount.host and mount.port else mount.host
            path = so_far.mount + mount.path + ("/+" if mount.wildcard else "")
            here = replace(so_far, mount=path, host=host or so_far.host, source=_source(mount))
            yield from _below(mount.node, here)
        return
    if not node.pipelines:
        yield replace(so_far, mount=so_far.mount or "/", application=node.reference)
        return
    for pipeline in node.pipelines:
        passed = [one for front in pipeline.filters for one in (*front.filters, front)]
        strategy = ", ".join(filter(None, (so_far.strategy, pipeline.strategy)))
        yield from _below(
            pipeline.application,
            replace(
                so_far,
                strategy=strategy,
                in_use=so_far.in_use and pipeline.chosen,
                filters=(*so_far.filters, *map(_filter, passed)),
                source=_source(pipeline),
            ),
        )


def _filter(node: Node) -> Filter:
    return Filter(node.reference, node.target or node.factory)


def _source(place: Any) -> str:
    return f"{os.path.basename(place.file)}:{place.line}" if place.file else ""
