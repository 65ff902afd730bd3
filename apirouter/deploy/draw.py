"""Draw a described tree as text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from apirouter.deploy.records import FileTree, Node, Pipeline, Value
from apirouter.errors import escaped


class Lines(NamedTuple):
    """What the lines of a tree are made of.

    :param branch: what leads to a node.
    :param last: what leads to the last one.
    :param trunk: what goes past it to the nodes that follow.
    :param nothing: what stands there behind the last one.
    """

    branch: str
    last: str
    trunk: str
    nothing: str


UNICODE = Lines("├── ", "└── ", "│   ", "    ")
ASCII = Lines("|-- ", "`-- ", "|   ", "    ")


def draw(tree: FileTree, lines: Lines = UNICODE) -> str:
    """Return the tree as lines of text.

    :param tree: what :func:`apirouter.deploy.tree.describe_file` returned.
    :param lines: what to draw it with.
    """
    drawing = _Drawing(os.path.dirname(os.path.abspath(tree.file)), lines)
    text = [tree.file]
    for position, root in enumerate(tree.roots, 1):
        text += drawing.branch(root, "", position == len(tree.roots))
    return "".join(f"{escaped(line)}\n" for line in text)


class _Drawing:
    def __init__(self, base: str, lines: Lines) -> None:
        self._base, self._lines = base, lines

    def branch(self, node: Node, label: str, last: bool) -> Iterator[str]:
        """Yield the lines of a node and of what stands below it."""
        lead, rest = self._leads(last)
        for number, line in enumerate(self._of(node)):
            yield f"{rest}{line}" if number else f"{lead}{label}{line}"

    def _leads(self, last: bool) -> tuple[str, str]:
        lines = self._lines
        return (lines.last, lines.nothing) if last else (lines.branch, lines.trunk)

    def _of(self, node: Node) -> Iterator[str]:
        name = f"[{node.section}]" if node.section else node.reference
        made = f" {node.factory}" if node.factory and node.factory != node.reference else ""
        yield f"{name}{made}{_place(node.file, node.line, self._base)}"
        if node.problem:
            yield f"! {node.problem}"
        for value in node.options:
            if not _is_structure(node, value):
                yield f"  {_value(value, self._base)}"
        children = _children(node)
        for position, (label, child) in enumerate(children, 1):
            last = position == len(children)
            if isinstance(child, Node):
                yield from self.branch(child, label, last)
            else:
                yield from self._alternative(child, label, last)

    def _alternative(self, pipeline: Pipeline, label: str, last: bool) -> Iterator[str]:
        lead, rest = self._leads(last)
        yield f"{lead}{label}{_place(pipeline.file, pipeline.line, self._base)}"
        nodes = (*pipeline.filters, pipeline.application)
        for position, node in enumerate(nodes, 1):
            for line in self.branch(node, "", position == len(nodes)):
                yield f"{rest}{line}"


def _children(node: Node) -> list[tuple[str, Node | Pipeline]]:
    children: list[tuple[str, Node | Pipeline]] = [("filter-with ", child) for child in node.filters]
    children += [(f"{mount.expression} -> ", mount.node) for mount in node.mounts]
    children += [(_strategy(pipeline), pipeline) for pipeline in node.pipelines]
    children += [("", child) for child in node.mentions]
    if len(node.pipelines) == 1 and not node.pipelines[0].strategy:
        (pipeline,) = node.pipelines
        children = [(label, child) for label, child in children if child is not pipeline]
        children += [("", child) for child in (*pipeline.filters, pipeline.application)]
    return children


def _strategy(pipeline: Pipeline) -> str:
    return f"{pipeline.strategy}{' (chosen)' if pipeline.chosen else ''}"


def _is_structure(node: Node, value: Value) -> bool:
    """Tell whether the tree below shows this option already."""
    shown = {mount.expression for mount in node.mounts} | {p.strategy for p in node.pipelines}
    return value.name in shown


def _value(value: Value, base: str) -> str:
    text = " ".join(value.value.split())
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{value.name} = {text}{_place(value.file, value.line, base)}"


def _place(file: str, line: int, base: str) -> str:
    return f"  ({os.path.relpath(file, base)}:{line})" if file else ""
