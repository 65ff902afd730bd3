"""``apirouter``: runs each command by its name."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from apirouter.cmd import _console
from apirouter.errors import ConfigError, suggest

PROG = "apirouter"

#: Command -> its module and what it does.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("apirouter.cmd.serve", "serve an application over HTTP"),
        "routes": ("apirouter.cmd.routes", "show what answers which URL"),
        "check": ("apirouter.cmd.check", "find what is wrong with an INI, without serving it"),
        "extensions": ("apirouter.cmd.extensions", "show the plugins, and what became of each"),
        "policy": ("apirouter.cmd.policy", "show the policy rules, and who passes them"),
        "openapi": ("apirouter.cmd.openapi", "print the OpenAPI document of an API"),
        "new": ("apirouter.cmd.new", "write a new plugin, or a new service"),
        "completion": ("apirouter.cmd.completion", "print completions for a shell"),
    }
)

_EXAMPLE = """
apirouter serve etc/api-paste.ini
apirouter routes etc/api-paste.ini --match "GET /v2.1/servers/detail"
apirouter routes --help
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {what}" for name, (_, what) in COMMANDS.items())
    parser = _console.parser(PROG, f"Run a command of apirouter.\n\ncommands:\n{listed}", _EXAMPLE)
    parser.usage = "apirouter COMMAND [ARGUMENT ...]"
    parser.add_argument("command", metavar="COMMAND", help="one of these; COMMAND --help tells more")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    :param argv: its name and its arguments; None for those of the process.
    :returns: the exit status.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        module: Any = importlib.import_module(COMMANDS[arguments[0]][0])
        status: int = module.main(arguments[1:])
        return status
    if arguments and not arguments[0].startswith("-"):
        # What stands behind a name that is none is nobody's.
        arguments = arguments[:1]
    return _console.run(build_parser, _refuse, arguments or ["--help"])


def _refuse(args: argparse.Namespace) -> int:
    name = args.command
    if name in COMMANDS:
        raise ConfigError(f"'{name}' is not the first argument", fix=f"write {PROG} {name} ...")
    raise ConfigError(f"there is no command '{name}'", fix=suggest(name, COMMANDS))
