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
    for word in args.files:
        _refuse_others_word(word)
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._check import check

    return check(args)


def _refuse_others_word(word: str) -> None:
    """Refuse what the other commands take for an application in a file, or for a variable.

    :param word: what stands where a file should be.
    """
    file, sharp, name = word.partition("#")
    variable, equals, _ = word.partition("=")
    if os.path.exists(word):
        return
    if sharp and name and os.path.exists(file):
        raise ConfigError(f"'{word}' is no file", fix=f"write {file} --name {name}")
    if equals and variable.isidentifier():
        raise ConfigError(f"'{word}' is no file", fix=f"write --set {word}")


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=TEXT")
    return name, value
