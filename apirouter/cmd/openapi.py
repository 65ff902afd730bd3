"""``apirouter-openapi``: print the OpenAPI 3.1 document of an API."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from apirouter.cmd import _console

PROG = "apirouter-openapi"

_EXAMPLE = """
apirouter-openapi etc/api-paste.ini > openapi.json
apirouter-openapi etc/api-paste.ini --mount /v2.1 --microversion 2.5
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG, "Print the OpenAPI 3.1 document of an API, made of its routes and schemas alone.", _EXAMPLE
    )
    _console.add_target(parser)
    parser.add_argument("--mount", default="", metavar="PATTERN", help="only what is mounted there")
    parser.add_argument("--plugin", default="", metavar="PATTERN", help="only what this plugin brings")
    parser.add_argument("--microversion", default="", metavar="X.Y", help="only what serves this version")
    parser.add_argument("--title", default="", help="the API's title (default: the services' types)")
    parser.add_argument(
        "--api-version", default="", metavar="V", help="the version of the document (default: the highest)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status.
    """
    return _console.run(build_parser, _work, argv)


def _work(args: argparse.Namespace) -> int:
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._openapi import show

    return show(args)
