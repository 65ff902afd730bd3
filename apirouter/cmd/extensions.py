"""``apirouter-extensions``: show the plugins of a service, loaded or not, and why."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from apirouter.cmd import _console

PROG = "apirouter-extensions"

_EXAMPLE = """
apirouter-extensions etc/api-paste.ini
apirouter-extensions etc/api-paste.ini --state failed --exit-code
apirouter-extensions etc/api-paste.ini --format json
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Show the plugins of a service: what each is called, who installs it, which resources it brings, and "
        "whether it is loaded, disabled or failed, and why.",
        _EXAMPLE,
    )
    _console.add_target(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    parser.add_argument("--state", choices=("loaded", "disabled", "failed"), help="only these")
    parser.add_argument("--plugin", default="*", metavar="PATTERN", help="only these aliases (* ? [abc])")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 when a plugin failed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status: 1 with ``--exit-code`` when a plugin failed.
    """
    return _console.run(build_parser, _work, argv)


def _work(args: argparse.Namespace) -> int:
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._extensions import show

    return show(args)
