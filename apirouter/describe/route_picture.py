"""A description as a picture: each application, the filters in front, and its routes with what answers them."""

from __future__ import annotations

from collections.abc import Iterator

from apirouter.describe.records import ROUTER, Application, Description, Route, version_text
from apirouter.describe.svg import LINE, SMALL, Picture, width_of

_BADGE, _INDENT = 56, 18
_KINDS = {"GET": "get", "HEAD": "get", "POST": "post", "PUT": "put", "PATCH": "put", "DELETE": "delete"}

#: methods, path, what answers, an aside; how far the path is indented.
_Line = tuple[str, str, str, str, int]


def route_picture(description: Description, title: str) -> str:
    """Return a description as an SVG document.

    :param description: the description.
    :param title: what stands on top.
    """
    picture = Picture(title, "Each application with its filters, and its routes with what answers them.")
    picture.text(0, 12, title, "title")
    y = 24.0
    described = [(one, list(_lines(one, description))) for one in description.applications]
    lines = [line for _, found in described for line in found]
    second = _BADGE + 12 + max((_INDENT * line[4] + width_of(line[1]) for line in lines), default=0.0) + 24
    third = second + max((width_of(line[2]) for line in lines), default=0.0) + 24
    right = third + max((width_of(line[3], SMALL) for line in lines), default=0.0)
    for application, found in described:
        y = _heading(picture, application, y + 10, right)
        for line in found:
            y = _line(picture, line, y, second, third)
        y += 14
    return picture.render()


def _heading(picture: Picture, application: Application, y: float, right: float) -> float:
    picture.path(f"M0 {y:g}H{right:.0f}", "rule")
    x = picture.text(0, y + 22, f"{application.host}{application.mount}", "mount")
    versions = version_text(application.min_version, application.max_version)
    if application.name:
        x = picture.text(x + 12, y + 22, application.name)
    if versions:
        picture.text(x + 12, y + 22, f"versions {versions}", "faint", small=True)
    y += 30
    x = 0.0
    for filter_ in application.filters:
        width = width_of(filter_.name, SMALL) + 12
        if x and x + width > max(right, 600):
            x, y = 0.0, y + 24
        picture.box(x, y, width, 19, "filter", hint=filter_.type)
        picture.text(x + 6, y + 13, filter_.name, small=True)
        x += width + 6
    return y + (32 if application.filters else 8)


def _line(picture: Picture, line: _Line, y: float, second: float, third: float) -> float:
    methods, path, answer, aside, depth = line
    if methods:
        kind = _KINDS.get(methods.partition(",")[0], "any")
        picture.box(0, y, _BADGE, LINE - 3, kind, hint=methods)
        shown = methods if len(methods) < 8 else f"{methods.partition(',')[0]},…"
        picture.text((_BADGE - width_of(shown, SMALL)) / 2, y + 11.5, shown, "badge", small=True)
    picture.text(_BADGE + 12 + _INDENT * depth, y + 12, path, "faint" if depth else "name")
    picture.text(second, y + 12, answer, "name")
    if aside:
        picture.text(third, y + 12, aside, "faint", small=True)
    return y + LINE + 3


def _lines(application: Application, description: Description) -> Iterator[_Line]:
    if application.kind != ROUTER:
        yield "ANY", "/*", application.type.rpartition(":")[2], "", 0
        return
    for route in description.routes:
        if route.mount == application.mount:
            yield from _route(route)


def _route(route: Route) -> Iterator[_Line]:
    methods = ",".join(route.methods) or "ANY"
    path = route.shown
    if route.endpoint:
        yield methods, path, route.endpoint, route.plugin, 0
    for number, method in enumerate(route.implementations):
        shown = ("", "") if number else (methods, path)
        yield *shown, method.label, _aside(method.versions, method.plugin or route.plugin), 0
    if route.actions:
        if not route.implementations:
            yield methods, path, "by the key of the body", "", 0
        for action in route.actions:
            for number, method in enumerate(action.methods):
                key = "" if number else f'{{"{action.key}": …}}'
                yield "", key, method.label, _aside(method.versions, method.plugin), 1


def _aside(versions: str, plugin: str) -> str:
    return "  ".join(filter(None, (f"v {versions}" if versions else "", plugin)))
