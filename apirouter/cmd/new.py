"""``apirouter new``: write a plugin's distribution, or a whole service's, ready to install."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from apirouter.cmd import _console

PROG = "apirouter new"

_EXAMPLE = """
apirouter new widgets --namespace compute_api.v21.extensions
apirouter new library --service --noun books
cd library && pip install -e '.[test]' && pytest && apirouter-serve etc/api-paste.ini
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Write a plugin's distribution, ready to install: controller, schema, policy, tests that pass, entry "
        "points. With --service a whole service, with its INI and its WSGI script.",
        _EXAMPLE,
    )
    parser.add_argument("name", metavar="NAME", help="the distribution's name, my-widgets")
    parser.add_argument("--service", action="store_true", help="a whole service, with INI and WSGI script")
    parser.add_argument(
        "--noun", default="", metavar="PLURAL", help="what its collection is called (default: the name)"
    )
    parser.add_argument(
        "--namespace",
        default="",
        metavar="GROUP",
        help="the entry-point group of the service's plugins, its router's 'namespace' "
        "(default: NAME.extensions)",
    )
    parser.add_argument("--directory", metavar="DIR", help="where to write it (default: NAME)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status.
    """
    return _console.run(build_parser, _work, argv)


def _work(args: argparse.Namespace) -> int:
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._new import create

    return create(args)
