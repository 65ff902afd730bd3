"""``apirouter-routes``: show what answers which URL."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apirouter.cmd import _console, _layout, _load, _tree
from apirouter.describe import Description, as_data, describe
from apirouter.describe.rows import COLUMNS, SORTS, Choice, ordered, rows_of
from apirouter.errors import ConfigError, suggest

if TYPE_CHECKING:
    from apirouter.describe.changes import Change

# What only some questions need is imported where they are asked: the first line is not to wait for it.

PROG = "apirouter-routes"
FORMATS = ("table", "json", "csv", "markdown", "openapi", "svg")

_EXAMPLE = """
apirouter-routes etc/api-paste.ini
apirouter-routes etc/api-paste.ini --mount /v2.1 --plugin servers --method POST
apirouter-routes etc/api-paste.ini --match "GET /v2.1/servers/detail" --explain
apirouter-routes etc/api-paste.ini --format json > routes.json
apirouter-routes etc/api-paste.ini --format svg > routes.svg
apirouter-routes etc/api-paste.ini --diff routes.json
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Show what answers which URL: the mounts, the routes behind them with their controllers, the actions "
        "that a body's key chooses, and the plugins they come from.",
        _EXAMPLE,
    )
    _load.add_target(parser)
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    shown.add_argument("--tree", action="store_true", help="as a tree of mounts, filters and paths")
    shown.add_argument(
        "--columns", type=_columns, metavar="A,B,...", help=f"any of {', '.join(COLUMNS)}; or all"
    )
    shown.add_argument("--sort", choices=tuple(SORTS), default="path", help="default: path")
    shown.add_argument("--wide", action="store_true", help="cut nothing to fit the terminal")
    shown.add_argument(
        "--expand", action="store_true", help="a line for each spelling: with and without project"
    )
    chosen = parser.add_argument_group("which routes", "patterns are those of a shell: * ? [abc]")
    chosen.add_argument("--mount", default="", metavar="PATTERN", help="of this mount")
    chosen.add_argument("--plugin", default="", metavar="PATTERN", help="of this plugin, by its alias")
    chosen.add_argument("--method", default="", metavar="METHOD", help="that take this HTTP method")
    chosen.add_argument(
        "--path", default="", metavar="PATTERN", help="of this path, with or without its mount"
    )
    chosen.add_argument("--controller", default="", metavar="PATTERN", help="of this Class or Class.method")
    chosen.add_argument("--action", default="", metavar="PATTERN", help="with this key in the body")
    chosen.add_argument("--unprotected", action="store_true", help="that no policy rule always guards")
    asked = parser.add_argument_group("questions")
    asked.add_argument("--match", metavar='"METHOD /PATH"', help="tell what answers this request")
    asked.add_argument(
        "--explain", action="store_true", help="with --match: why the near misses did not match"
    )
    asked.add_argument(
        "-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", help="with --match: a header"
    )
    asked.add_argument(
        "--shadowed", action="store_true", help="which routes can't be reached, and what takes their requests"
    )
    asked.add_argument("--body", default="", metavar="JSON", help="with --match: the request's body")
    asked.add_argument(
        "--diff", metavar="OLD.json", help="what was added, removed, changed since --format json"
    )
    asked.add_argument(
        "--exit-code", action="store_true", help="exit with 1 when --unprotected or --shadowed finds any"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status: 1 when ``--diff`` finds something removed.
    """
    return _console.run(build_parser, show, argv)


def _columns(text: str) -> list[str]:
    if text == "all":
        return list(COLUMNS)
    names = [name.strip().replace("-", "_") for name in text.split(",") if name.strip()]
    for name in names:
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(f"there is no column '{name}'; {suggest(name, COLUMNS)}")
    return names


def show(args: argparse.Namespace) -> int:
    """Load the application and print what was asked for.

    :param args: the parsed arguments.
    """
    _check(args)
    loaded = _load.loaded(PROG, args)
    if args.match:
        return _show_match(args, loaded)
    if args.shadowed:
        return _show_hidden(args, loaded.application)
    with _console.progress("Describing it"):
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


def _check(args: argparse.Namespace) -> None:
    if args.explain and not args.match:
        raise ConfigError("--explain explains a --match", fix='add --match "GET /path"')
    if (args.header or args.body) and not args.match:
        raise ConfigError("--header and --body belong to a --match", fix='add --match "GET /path"')
    questions = [f"--{name}" for name in ("match", "diff", "shadowed") if getattr(args, name)]
    if len(questions) > 1:
        raise ConfigError(f"{' and '.join(questions)} are two questions", fix="ask one at a time")


def expanded(description: Description) -> Description:
    """Return a description with a record for each spelling of a route's path."""
    routes = []
    for route in description.routes:
        for path in route.paths:
            routes.append(dataclasses.replace(route, path=path, project="none"))
    return dataclasses.replace(description, routes=tuple(routes))


def _print(args: argparse.Namespace, description: Description, title: str) -> None:
    out = sys.stdout
    unicode = "utf" in (out.encoding or "").lower()
    if args.tree:
        out.write(_tree.tree_text(description, title, _console.Style(out), unicode))
        return
    if args.format == "json":
        out.write(json.dumps(as_data(description), indent=2, ensure_ascii=False) + "\n")
        return
    if args.format == "openapi":
        from apirouter.openapi.document import document

        out.write(json.dumps(document(description), indent=2, ensure_ascii=False) + "\n")
        return
    if args.format == "svg":
        from apirouter.describe.route_picture import route_picture

        out.write(route_picture(description, title))
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
        sys.stdout.write(json.dumps(as_data(answer), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_match.match_text(answer, _console.Style(sys.stdout), explain=args.explain))
    return _console.FOUND if answer.status else _console.OK


def _show_hidden(args: argparse.Namespace, application: Any) -> int:
    from apirouter.describe.hidden import hidden

    found = hidden(application)
    if args.format == "json":
        sys.stdout.write(json.dumps(as_data(found), indent=2, ensure_ascii=False) + "\n")
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
        sys.stdout.write(json.dumps([dataclasses.asdict(c) for c in found], indent=2) + "\n")
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
