"""What an INI calls the filters of a loaded application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from apirouter.deploy.records import Node
from apirouter.deploy.tree import describe_file
from apirouter.describe import class_names
from apirouter.describe.places import type_name
from apirouter.describe.walk import End
from apirouter.errors import ConfigError

#: A filter in the file: its name, and the dotted name of its factory.
_Named = tuple[str, str]


def naming(
    ini: str | None, name: str | None = None, variables: Mapping[str, str] | None = None
) -> Callable[[End], tuple[str, ...]]:
    """Return what gives the filters in front of an application the names that they have in its INI.

    A filter that its factory left out (one that is switched off) has no object, so no name.

    :param ini: path of the INI; None when there is none.
    :param name: the application in it; None for ``main``.
    :param variables: variables for the INI.
    """
    if ini is None:
        return class_names
    try:
        tree = describe_file(ini, name or "main", variables or {})
    except ConfigError:
        # What loads and can't be described keeps the names of its classes.
        return class_names
    return naming_of(root for root in tree.roots if root.kind == "application")


def naming_of(nodes: Iterable[Node]) -> Callable[[End], tuple[str, ...]]:
    """Return what gives the filters in front of an application the names that a described INI has for them.

    :param nodes: the nodes that the application was made of; of two that have a mount the first counts.
    """
    known: dict[tuple[str, str], list[_Named]] = {}
    for node in nodes:
        for mount, host, filters in _ends(node, "", "", []):
            known.setdefault((mount or "/", host), filters)

    def names(end: End) -> tuple[str, ...]:
        return aligned(
            class_names(end), [type_name(f) for f in end.filters], known.get((end.mount, end.host), [])
        )

    return names


def _ends(
    node: Node, prefix: str, host: str, filters: list[_Named]
) -> Iterator[tuple[str, str, list[_Named]]]:
    """Yield mount, host and filters of every application at the end of a pipeline, as the walk of objects does."""
    filters = [*filters, *map(_named, node.filters)]
    if node.mounts:
        for mount in node.mounts:
            own = f"{mount.host}:{mount.port}" if mount.host and mount.port else mount.host
            path = prefix + mount.path
            yield from _ends(mount.node, path + ("/+" if mount.wildcard else ""), own or host, filters)
        return
    chosen = [p for p in node.pipelines if p.chosen]
    if not chosen:
        yield prefix, host, filters
        return
    for front in chosen[0].filters:
        filters += [*map(_named, front.filters), _named(front)]
    yield from _ends(chosen[0].application, prefix, host, filters)


def _named(node: Node) -> _Named:
    return node.reference, node.target or node.factory


def aligned(classes: Sequence[str], types: Sequence[str], named: Sequence[_Named]) -> tuple[str, ...]:
    """Return a name for each filter object, in their order.

    :param classes: what to call one that the file does not name.
    :param types: ``module:Class`` of each.
    :param named: what the file names, in the same order; some of it may have no object.
    """
    if len(types) == len(named):
        return tuple(name for name, _ in named)
    found = []
    rest = list(named)
    for label, kind in zip(classes, types, strict=True):
        module = kind.partition(":")[0]
        at = next((i for i, (_, target) in enumerate(rest) if _module(target) == module), None)
        if at is None:
            found.append(label)
        else:
            found.append(rest[at][0])
            del rest[: at + 1]
    return tuple(found)


def _module(target: str) -> str:
    return target.partition(":")[0]
