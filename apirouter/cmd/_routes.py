"""What ``apirouter-routes`` does once its arguments are read."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Any

from apirouter.cmd import _console, _layout, _load, _told, _tree
from apirouter.cmd.routes import PROG
from apirouter.describe import Description, as_data, describe
from apirouter.describe.rows import COLUMNS, Choice, ordered, rows_of
from apirouter.errors import ConfigError

if TYPE_CHECKING:
    from apirouter.describe.changes import Change

# What only some questions need is imported where they are asked: the first line is not to wait for it.


def show(args: argparse.Namespace) -> int:
    """Load the application and print what was asked for.

    :param args: the parsed arguments.
    """
    loaded = _load.loaded(PROG, args)
    if args.match is not None:
        return _show_match(args, loaded)
    if args.shadowed:
        return _show_hidden(args, loaded.application)
    with _told.progress("Describing it"):
        described = describe(loaded.application, name=loaded.name, naming=loaded.naming)
    if args.diff:
        return _show_diff(args, described)
    choice = Choice(
        args.mount, args.plugin, args.method, args.path, args.controller, args.action, args.unprotected
    )
    described = ordered(choice.of(described), args.sort)
    if args.expand:
        described = expanded(described)
    _print(args, described, loaded.title)
    found = args.unprotected and described.routes
    return _console.FOUND if args.exit_code and found else _console.OK


def expanded(description: Description) -> Description:
    """Return a description with a record for each spelling of a route's path."""
    routes = []
    for route in description.routes:
        for path in route.paths:
            routes.append(dataclasses.replace(route, path=path, project="none"))
    return dataclasses.replace(description, routes=tuple(routes))


def _print(args: argparse.Namespace, description: Description, title: str) -> None:
    out = sys.stdout
    unicode = _console.shows_unicode(out)
    if args.tree:
        out.write(_tree.tree_text(description, title, _console.Style(out), unicode))
        return
    if args.format == "json":
        out.write(_console.as_json(as_data(description), out))
        return
    if args.format == "openapi":
        from apirouter.openapi.document import document

        out.write(_console.as_json(document(description), out))
        return
    if args.format == "svg":
        from apirouter.describe.route_picture import route_picture

        out.write(_console.as_markup(route_picture(description, title), out))
        return
    rows = list(rows_of(description))
    if args.format == "csv":
        out.write(_layout.as_csv(rows, args.columns or COLUMNS))
        return
    columns = _layout.chosen_columns(rows, args.columns)
    if args.format == "markdown":
        out.write(_layout.as_markdown(rows, columns))
        return
    width = None if args.wide else _console.terminal_width(out)
    lines, left_out = _layout.table(rows, columns, _console.Style(out), width, unicode)
    if not rows:
        print(f"{PROG}: no route is like that", file=sys.stderr)
        return
    for line in lines:
        out.write(line + "\n")
    if left_out:
        out.flush()
        print(f"not shown, to fit: {', '.join(left_out)} (--wide shows all)", file=sys.stderr)


def _show_match(args: argparse.Namespace, loaded: _load.Loaded) -> int:
    from apirouter.cmd import _match
    from apirouter.describe.matching import Question, match

    question = Question.parse(args.match, args.header, args.body)
    answer = match(loaded.application, question, name=loaded.name, naming=loaded.naming, explain=args.explain)
    if args.format == "json":
        sys.stdout.write(_console.as_json(as_data(answer), sys.stdout))
    else:
        sys.stdout.write(_match.match_text(answer, _console.Style(sys.stdout), explain=args.explain))
    return _console.FOUND if answer.status else _console.OK


def _show_hidden(args: argparse.Namespace, application: Any) -> int:
    from apirouter.describe.hidden import hidden

    found = hidden(application)
    if args.format == "json":
        sys.stdout.write(_console.as_json(as_data(found), sys.stdout))
    else:
        style = _console.Style(sys.stdout)
        for one in found:
            sys.stdout.write(
                f"{one.mount}  {style(one.route, 'yellow')}  {one.controller} of {one.plugin}\n"
                f"    is never reached: {style(one.by, 'cyan')}, {one.by_controller} of {one.by_plugin}, "
                "takes its requests\n"
            )
        if not found:
            print(f"{PROG}: every route can be reached", file=sys.stderr)
    return _console.FOUND if args.exit_code and found else _console.OK


def _show_diff(args: argparse.Namespace, description: Description) -> int:
    from apirouter.describe.changes import changes

    try:
        with open(args.diff, encoding="utf-8") as stream:
            old = json.load(stream)
    except ValueError as error:
        fix = "make one with apirouter-routes --format json"
        raise ConfigError(f"it is no JSON: {error}", fix=fix, file=args.diff) from error
    try:
        found = changes(old, as_data(description))
    except ConfigError as error:
        raise error.located(file=args.diff) from error.__cause__
    if args.format == "json":
        sys.stdout.write(_console.as_json([dataclasses.asdict(c) for c in found], sys.stdout))
    else:
        style = _console.Style(sys.stdout)
        for change in found:
            sys.stdout.write(_change_text(change, style) + "\n")
    return _console.FOUND if any(change.lossy for change in found) else _console.OK


def _change_text(change: Change, style: _console.Style) -> str:
    sign, colour = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}[change.kind]
    text = style(f"{sign} {change.operation}", colour)
    lost = "  (versions are lost)" if change.kind == "changed" and change.lossy else ""
    return "\n".join([text + lost, *(f"    {detail}" for detail in change.details)])
