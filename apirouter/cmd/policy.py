"""``apirouter-policy``: show the policy rules and what they guard, and who may do what."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from apirouter.cmd import _console
from apirouter.errors import ConfigError

PROG = "apirouter-policy"

_EXAMPLE = """
apirouter-policy etc/api-paste.ini
apirouter-policy etc/api-paste.ini --rule "*:servers:*" --format json
apirouter-policy etc/api-paste.ini --as member,p1 --can GET /v2.1/servers
apirouter-policy etc/api-paste.ini --as admin,reader,p1 --can POST /v2.1/servers/1/action --body '{"reboot": {}}'
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Show the policy rules with the routes they guard; or tell whether somebody may do something.",
        _EXAMPLE,
    )
    _console.add_target(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--rule", default="*", metavar="PATTERN", help="only these rules (* ? [abc])")
    asked = parser.add_argument_group("questions")
    asked.add_argument(
        "--as",
        dest="who",
        metavar="ROLES,PROJECT",
        help="who asks: roles, then the project; or NAME=VALUE of a context, as user_id=u or system_scope=all",
    )
    asked.add_argument("--can", nargs=2, metavar=("METHOD", "URL"), help="may they do this?")
    asked.add_argument(
        "--body", default="", metavar="JSON", help="the request's body: its key chooses an action"
    )
    asked.add_argument(
        "-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", help="a header of it"
    )
    asked.add_argument(
        "--target",
        dest="given",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what it is done to, instead of what the method's decorator says",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status: 1 when what ``--can`` asks is denied, or not known.
    """
    return _console.run(build_parser, _work, argv)


def _work(args: argparse.Namespace) -> int:
    if (args.can is None) != (args.who is None):
        raise ConfigError("--as and --can go together", fix="write --as member,p1 --can GET /v2.1/servers")
    if args.can is None and (args.body or args.header or args.given):
        fix = "add --as member,p1 --can POST /v2.1/servers"
        raise ConfigError("--body, --header and --target belong to a --can", fix=fix)
    if args.can is not None and args.rule != "*":
        raise ConfigError("--rule is of the list of rules, and --can prints none", fix="leave --rule out")
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._policy import show

    return show(args)
