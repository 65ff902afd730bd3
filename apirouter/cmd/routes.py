"""``apirouter-routes``: show what answers which URL."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from apirouter.cmd import _console
from apirouter.errors import ConfigError, suggest

PROG = "apirouter-routes"
FORMATS = ("table", "json", "csv", "markdown", "openapi", "svg")
#: The columns and the orders of :mod:`apirouter.describe.rows`, which is part of the work.
COLUMNS = (
    *("methods", "path", "action", "mount", "controller", "source", "versions"),
    *("schema", "policy", "plugin", "hooks", "extended_by", "filters"),
)
SORTS = ("path", "method", "mount", "plugin", "controller", "match")
#: What is asked instead of a list of routes; what only such a list has; the formats that have no columns.
_QUESTIONS = ("match", "diff", "shadowed")
_OF_LISTS = (
    *("tree", "columns", "expand", "mount", "plugin", "method", "path"),
    *("controller", "action", "unprotected"),
)
_WHOLE = ("json", "openapi", "svg")

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
    _console.add_target(parser)
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    shown.add_argument("--tree", action="store_true", help="as a tree of mounts, filters and paths")
    shown.add_argument(
        "--columns", type=_columns, metavar="A,B,...", help=f"any of {', '.join(COLUMNS)}; or all"
    )
    shown.add_argument("--sort", choices=SORTS, default="path", help="default: path")
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
    return _console.run(build_parser, _work, _joined(sys.argv[1:] if argv is None else argv))


def _joined(argv: Sequence[str]) -> list[str]:
    """Return the arguments with a request that stands unquoted behind ``--match`` as the one argument it is."""
    joined = list(argv)
    for at, (option, method, path) in enumerate(zip(argv, argv[1:], argv[2:], strict=False)):
        if option == "--match" and method.isalpha() and path.startswith("/"):
            joined[at + 1 : at + 3] = [f"{method} {path}"]
            break
    return joined


def _columns(text: str) -> list[str]:
    if text == "all":
        return list(COLUMNS)
    names = [name.strip().replace("-", "_") for name in text.split(",") if name.strip()]
    for name in names:
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(f"there is no column '{name}'; {suggest(name, COLUMNS)}")
    if not names:
        raise argparse.ArgumentTypeError(f"no column is named; known: {', '.join(COLUMNS)}")
    return names


def _work(args: argparse.Namespace) -> int:
    _check(args)
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._routes import show

    return show(args)


def _check(args: argparse.Namespace) -> None:
    """Refuse options that have no say beside the others: who wrote them believes that they have."""
    if args.explain and args.match is None:
        raise ConfigError("--explain explains a --match", fix='add --match "GET /path"')
    if (args.header or args.body) and args.match is None:
        raise ConfigError("--header and --body belong to a --match", fix='add --match "GET /path"')
    if args.diff == "":
        raise ConfigError("--diff names no file", fix="write --diff OLD.json")
    questions = [f"--{name}" for name in _QUESTIONS if getattr(args, name) not in (None, False)]
    if len(questions) > 1:
        raise ConfigError(f"{' and '.join(questions)} are two questions", fix="ask one at a time")
    if questions:
        _check_question(args, questions[0])
    elif args.exit_code and not args.unprotected:
        raise ConfigError("--exit-code is of --unprotected or --shadowed", fix="add one of the two")
    if args.tree and args.format != "table":
        raise ConfigError(f"--tree and --format {args.format} are two forms", fix="leave one of them out")
    if args.columns and (args.tree or args.format in _WHOLE):
        form = "--tree" if args.tree else f"--format {args.format}"
        raise ConfigError(f"{form} has no columns", fix="leave --columns out")


def _check_question(args: argparse.Namespace, question: str) -> None:
    for name in _OF_LISTS:
        if getattr(args, name):
            raise ConfigError(
                f"--{name} is of the list of routes, and {question} prints none", fix=f"leave --{name} out"
            )
    if args.format not in ("table", "json"):
        raise ConfigError(
            f"{question} has no --format {args.format}", fix="write --format json, or leave it out"
        )
