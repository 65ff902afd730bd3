"""What answers a request, laid out for people."""

from __future__ import annotations

from collections.abc import Iterator

from apirouter.cmd._console import Style
from apirouter.describe.matching import Answer
from apirouter.describe.records import SOMETIMES, Method, version_text


def match_text(answer: Answer, style: Style, *, explain: bool) -> str:
    """Return an answer as lines, each with what it tells in front.

    :param answer: the answer.
    :param style: colours them.
    :param explain: whether near misses were asked for.
    """
    facts = list(_facts(answer))
    width = max((len(name) for name, _ in facts), default=0)
    head = style(answer.request, "bold")
    if answer.status:
        head += f"  {style(str(answer.status), 'red', 'bold')}"
    lines = [head]
    before = None
    for name, text in facts:
        shown = name if name != before else ""
        lines.append(f"  {style(f'{shown:{width}}', 'cyan')}  {text}".rstrip())
        before = name
    if explain:
        lines += _misses(answer, style)
    return "\n".join(lines) + "\n"


def _facts(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.problem:
        yield "answer", answer.problem
    application = answer.application
    if application is None:
        return
    named = f" ({application.name})" if application.name else ""
    yield "mount", f"{application.host}{application.mount}{named}"
    for number, one in enumerate(application.filters, 1):
        yield (
            "filters",
            f"{number}. {one.name}  {one.type if one.name not in one.type.split(':') else ''}".rstrip(),
        )
    yield "application", application.type
    route = answer.route
    if route is not None:
        yield "route", f"{','.join(route.methods) or 'ANY'} {route.shown}"
        if not answer.method and route.endpoint:
            yield "endpoint", route.endpoint
    if answer.action:
        yield "action", answer.action
    if answer.actions:
        yield "actions", f"the body's key decides: {', '.join(answer.actions)}"
    if answer.method is not None:
        yield from _method(answer.method)
    if application.max_version:
        supported = f"{application.min_version} to {application.max_version}"
        default = " (the default)" if answer.version == application.default_version else ""
        # What no route took was answered before its version was looked at.
        yield "version", f"{answer.version}{default} of {supported}" if answer.version else supported
    if route is not None:
        arguments = ", ".join(f"{name}={value!r}" for name, value in answer.arguments)
        yield "arguments", arguments or "none"
        if answer.format:
            yield "format", answer.format
    if answer.project_id:
        yield "project", answer.project_id
    for method in answer.extended_by:
        yield "then", f"{method.controller}.{method.name}  {method.file}:{method.line}"


def _method(method: Method) -> Iterator[tuple[str, str]]:
    yield "controller", f"{method.controller}.{method.name}"
    yield "file", f"{method.file}:{method.line}"
    yield "plugin", method.plugin
    if method.versions:
        yield "serves", method.versions
    for schema in method.schemas:
        text = version_text(schema.min_version, schema.max_version)
        yield "schema", f"{schema.kind} {schema.name} {text}".rstrip()
    for rule in method.rules:
        yield "policy", f"{rule.name}{' (sometimes)' if rule.source == SOMETIMES else ''}"
    if method.hooks:
        yield "hooks", ", ".join(method.hooks)


def _misses(answer: Answer, style: Style) -> Iterator[str]:
    yield ""
    if not answer.near_misses:
        yield "No other route comes near."
        return
    yield style("Near misses", "bold")
    routes = [f"{miss.route}  {miss.controller}" for miss in answer.near_misses]
    width = max(map(len, routes))
    for text, miss in zip(routes, answer.near_misses, strict=True):
        yield f"  {style(f'{miss.kind:11}', 'yellow')}  {text:{width}}  {miss.reason}"
