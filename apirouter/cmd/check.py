"""``apirouter-check``: say all that is wrong or doubtful in INI files, or draw what they describe."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from apirouter.cmd import _console
from apirouter.errors import ConfigError

PROG = "apirouter-check"

_EXAMPLE = """
apirouter-check etc/api-paste.ini
apirouter-check --format json --set auth_strategy=noauth2 etc/*.ini
apirouter-check --tree etc/api-paste.ini
apirouter-check --tree --format svg etc/api-paste.ini > pipelines.svg
"""
_STATUSES = """

exit status:
  0  nothing was found      1  warnings only      2  errors
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Say all that is wrong or doubtful in INI files. Builds nothing, opens no database.",
        _EXAMPLE,
    )
    parser.epilog = f"{parser.epilog}{_STATUSES}"
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="an INI file; what it includes is checked too"
    )
    parser.add_argument("--name", help="the application to start from (default: main, else all)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=TEXT",
        help="what global_conf has",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "svg"), default="text", help="how to print; svg draws the --tree"
    )
    parser.add_argument("--tree", action="store_true", help="draw what the files describe instead")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named on the command line.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status: 0, 1 (warnings only) or 2 (errors).
    """
    return _console.run(build_parser, _work, argv)


def _work(args: argparse.Namespace) -> int:
    if args.format == "svg" and not args.tree:
        raise ConfigError("--format svg draws a --tree", fix="add --tree")
    if args.name == "":
        raise ConfigError("--name names no application", fix="leave it out to start from main")
    for file in args.files:
        _check_file(file)
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._check import check

    return check(args)


def _check_file(text: str) -> None:
    """Refuse what other commands read beside a file, and this one takes for the name of another."""
    if os.path.exists(text):
        return
    if not text:
        raise ConfigError("a FILE is empty", fix="name an INI file")
    file, sharp, name = text.partition("#")
    if sharp and os.path.isfile(file):
        raise ConfigError(f"'{text}' is no FILE", fix=f"write {file} --name {name}")
    if text.startswith("config:"):
        raise ConfigError(f"'{text}' is no FILE", fix=f"write {text.removeprefix('config:')}")
    if "=" in text and not text.endswith(".ini"):
        raise ConfigError(f"'{text}' is no FILE", fix=f"write --set {text}")


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=TEXT")
    return name, value
