"""Described INI files as a picture: what is mounted where, and which filters a request meets on its way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from apirouter.deploy.records import FileTree, Node, Pipeline
from apirouter.describe.svg import SMALL, Picture, width_of

_BOX, _GAP, _PAD, _STEP = 26, 16, 9, 38
#: Where a row of filters is broken: a page has no room for more at a size that can be read.
_RIGHT = 860


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    """One way from a mount to an application.

    :param mount: the path it starts at.
    :param strategy: what it is called, where there are several.
    :param chosen: whether it would be built.
    :param filters: the filters, outermost first.
    :param end: what stands behind them.
    """

    mount: str
    strategy: str
    chosen: bool
    filters: tuple[Node, ...]
    end: Node


def pipeline_picture(trees: Iterable[FileTree]) -> str:
    """Return described files as an SVG document.

    :param trees: what :func:`apirouter.deploy.tree.describe_file` returned, one for each file.
    """
    trees = list(trees)
    names = ", ".join(tree.file for tree in trees)
    picture = Picture(f"The applications of {names}", "Each mount, the filters in front, the application.")
    y = 12.0
    for tree in trees:
        picture.text(0, y, tree.file, "title")
        y += 14
        for root in tree.roots:
            if root.kind == "server":
                continue
            rows = list(_rows(root, "", True, ()))
            picture.text(0, y + 14, f"[{root.section}]" if root.section else root.reference, "faint")
            y = _draw(picture, rows, y + 28)
        y += 20
    return picture.render()


def _rows(
    node: Node, mount: str, chosen: bool, before: tuple[Node, ...], strategy: str = ""
) -> Iterator[_Row]:
    before = (*before, *node.filters)
    if node.mounts:
        for one in node.mounts:
            host = f"{one.host}{f':{one.port}' if one.port else ''}"
            shown = f"{host}{mount}{one.path}{'/+' if one.wildcard else ''}" or "/"
            yield from _rows(
                one.node, shown if shown != "/" or not mount else mount, chosen, before, strategy
            )
        return
    if not node.pipelines:
        yield _Row(mount or "/", strategy, chosen, before, node)
        return
    for pipeline in node.pipelines:
        yield from _pipeline(pipeline, mount, chosen, before, strategy)


def _pipeline(
    pipeline: Pipeline, mount: str, chosen: bool, before: tuple[Node, ...], strategy: str
) -> Iterator[_Row]:
    taken = chosen and (pipeline.chosen or not pipeline.strategy)
    filters = [one for front in pipeline.filters for one in (*front.filters, front)]
    yield from _rows(pipeline.application, mount, taken, (*before, *filters), pipeline.strategy or strategy)


def _draw(picture: Picture, rows: list[_Row], y: float) -> float:
    left = max((width_of(row.mount) for row in rows), default=0.0) + _GAP
    strategies = max((width_of(row.strategy, SMALL) for row in rows), default=0.0)
    left += strategies + _GAP if strategies else 0
    above = ""
    for row in rows:
        middle = y + _BOX / 2
        if row.mount != above:
            picture.text(0, middle + 4, row.mount, "mount")
        above = row.mount
        if row.strategy:
            picture.text(left - _GAP - strategies, middle + 4, row.strategy, "faint", small=True)
        x = left
        for node in (*row.filters, row.end):
            if x > left and x + _GAP + width_of(node.reference) + 2 * _PAD > _RIGHT:
                x, y = left, y + _BOX + 6
            kind = "filter" if row.chosen else "off"
            x = _node(picture, x, y, node, _kind(row) if node is row.end else kind)
        y += _STEP
    return y


def _kind(row: _Row) -> str:
    if row.end.problem:
        return "other"
    return "app" if row.chosen else "off"


def _node(picture: Picture, x: float, y: float, node: Node, kind: str) -> float:
    """Draw an arrow and the box that it leads to; return where the box ends."""
    picture.arrow(x, x + _GAP, y + _BOX / 2)
    x += _GAP
    width = width_of(node.reference) + 2 * _PAD
    picture.box(x, y, width, _BOX, kind, hint=node.problem or node.target or node.factory)
    picture.text(x + _PAD, y + _BOX / 2 + 4, node.reference, "faint" if kind == "off" else "name")
    return x + width
