"""Draw a described tree as text."""

from __future__ import annotations

import os
from collections.abc import Iterator

from apirouter.deploy.records import FileTree, Node, Pipeline, Value


def draw(tree: FileTree) -> str:
    """Return the tree as lines of text.

    :param tree: what :func:`apirouter.deploy.tree.describe_file` returned.
    """
    base = os.path.dirname(os.path.abspath(tree.file))
    lines = [tree.file]
    for position, root in enumerate(tree.roots, 1):
        lines += _branch(root, "", position == len(tree.roots), base)
    return "\n".join(lines) + "\n"


def _branch(node: Node, label: str, last: bool, base: str) -> Iterator[str]:
    lead, rest = ("└── ", "    ") if last else ("├── ", "│   ")
    lines = list(_lines(node, base))
    yield f"{lead}{label}{lines[0]}"
    for line in lines[1:]:
        yield f"{rest}{line}"


def _lines(node: Node, base: str) -> Iterator[str]:
    name = f"[{node.section}]" if node.section else node.reference
    made = f" {node.factory}" if node.factory and node.factory != node.reference else ""
    yield f"{name}{made}{_place(node.file, node.line, base)}"
    if node.problem:
        yield f"! {node.problem}"
    for value in node.options:
        if not _is_structure(node, value):
            yield f"  {_value(value, base)}"
    children: list[tuple[str, Node | Pipeline]] = [("filter-with ", child) for child in node.filters]
    children += [(f"{mount.expression} -> ", mount.node) for mount in node.mounts]
    children += [(_strategy(pipeline), pipeline) for pipeline in node.pipelines]
    children += [("", child) for child in node.mentions]
    if len(node.pipelines) == 1 and not node.pipelines[0].strategy:
        (pipeline,) = node.pipelines
        children = [(label, child) for label, child in children if child is not pipeline]
        children += [("", child) for child in (*pipeline.filters, pipeline.application)]
    for position, (label, child) in enumerate(children, 1):
        last = position == len(children)
        if isinstance(child, Node):
            yield from _branch(child, label, last, base)
        else:
            yield from _alternative(child, label, last, base)


def _alternative(pipeline: Pipeline, label: str, last: bool, base: str) -> Iterator[str]:
    lead, rest = ("└── ", "    ") if last else ("├── ", "│   ")
    yield f"{lead}{label}{_place(pipeline.file, pipeline.line, base)}"
    nodes = (*pipeline.filters, pipeline.application)
    for position, node in enumerate(nodes, 1):
        for line in _branch(node, "", position == len(nodes), base):
            yield f"{rest}{line}"


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
