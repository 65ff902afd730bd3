"""A description as a tree: mounts, what stands in front of each, and its paths segment by segment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from apirouter.cmd._console import Style
from apirouter.deploy.draw import ASCII, UNICODE, Lines
from apirouter.describe.records import OBJECTS, ROUTER, Application, Description, Route, version_text


@dataclasses.dataclass
class _Segment:
    """One segment of the paths: what ends there, and what goes on."""

    routes: list[Route] = dataclasses.field(default_factory=list)
    below: dict[str, _Segment] = dataclasses.field(default_factory=dict)


def tree_text(description: Description, title: str, style: Style, unicode: bool) -> str:
    """Return a description as a tree.

    :param description: the description.
    :param title: what stands at the root.
    :param style: colours it.
    :param unicode: whether the output can show more than ASCII.
    """
    drawn = _Drawing(style, UNICODE if unicode else ASCII)
    lines = [style(title, "bold")]
    lines += drawn.branches([drawn.application(a, description) for a in description.applications])
    return "\n".join(lines) + "\n"


class _Drawing:
    def __init__(self, style: Style, lines: Lines) -> None:
        self._style = style
        self._lines = lines

    def branches(self, blocks: list[list[str]]) -> Iterator[str]:
        """Yield blocks of lines as the branches of one node."""
        for number, block in enumerate(blocks):
            last = number == len(blocks) - 1
            yield (self._lines.last if last else self._lines.branch) + block[0]
            yield from ((self._lines.nothing if last else self._lines.trunk) + line for line in block[1:])

    def application(self, application: Application, description: Description) -> list[str]:
        versions = version_text(application.min_version, application.max_version)
        head = self._style(f"{application.host}{application.mount}", "bold", "green")
        head += f"  {application.name}" if application.name else ""
        blocks = [[f"{one.name}  {self._style(one.type, 'dim')}"] for one in application.filters]
        end = [f"{application.type}{f'  versions {versions}' if versions else ''}"]
        if application.kind in (ROUTER, OBJECTS):
            root = _Segment()
            for route in description.routes:
                if route.mount == application.mount:
                    node = root
                    for segment in route.path.strip("/").split("/"):
                        node = node.below.setdefault(segment, _Segment())
                    node.routes.append(route)
            end += self.branches([self._segment(name, node) for name, node in root.below.items()])
        return [head, *self.branches([*blocks, end])]

    def _segment(self, name: str, node: _Segment) -> list[str]:
        while not node.routes and len(node.below) == 1:
            ((more, node),) = node.below.items()
            name += f"/{more}"
        lines = [f"/{name}"]
        blocks = [block for route in node.routes for block in self._route(route)]
        blocks += [self._segment(below, inner) for below, inner in node.below.items()]
        return [*lines, *self.branches(blocks)]

    def _route(self, route: Route) -> Iterator[list[str]]:
        methods = self._style(",".join(route.methods) or "ANY", "yellow")
        if route.endpoint:
            yield [f"{methods}  {route.endpoint}"]
        for method in route.implementations:
            yield [f"{methods}  {method.label}{f'  {method.versions}' if method.versions else ''}"]
        if route.actions:
            blocks = [
                [f"{self._style(a.key, 'cyan')}  {m.label}{f'  {m.versions}' if m.versions else ''}"]
                for a in route.actions
                for m in a.methods
            ]
            yield [f"{methods}  by the key of the body", *self.branches(blocks)]
