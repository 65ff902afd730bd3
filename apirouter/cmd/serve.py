"""``apirouter-serve``: serve the application of an INI over HTTP."""

from __future__ import annotations

import argparse
import functools
import math
import sys
from collections.abc import Sequence

from apirouter.cmd import _console
from apirouter.errors import ConfigError

PROG = "apirouter-serve"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
#: How long requests in flight may take after a signal, in seconds.
GRACE = 30.0

_EXAMPLE = """
apirouter-serve etc/api-paste.ini
apirouter-serve etc/api-paste.ini --bind 0.0.0.0:8080
apirouter-serve etc/api-paste.ini --reload --debug
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(
        PROG,
        "Serve an application over HTTP: with the server that the INI's [server:main] names, else with "
        "waitress. Ctrl-C and SIGTERM end it after the requests in flight; SIGHUP loads the INI and the plugins anew.",
        _EXAMPLE,
    )
    _console.add_target(parser)
    parser.add_argument("--server", metavar="NAME", help="the [server:NAME] section (default: main)")
    parser.add_argument(
        "--bind", metavar="HOST:PORT", help="listen here, whatever the INI says ([IPV6]:PORT, unix:PATH)"
    )
    parser.add_argument(
        "--log-level", choices=LEVELS, type=str.upper, help="level of the root logger, over the INI's"
    )
    parser.add_argument(
        "--grace",
        type=_seconds,
        default=GRACE,
        metavar="SECONDS",
        help=f"how long requests in flight may take after a signal (default: {GRACE:g})",
    )
    parser.add_argument(
        "--reload", action="store_true", help="start again when the INI, a plugin or a module changes"
    )
    parser.add_argument("--workers", type=_count, metavar="N", help="serve with gunicorn, in N processes")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    return _console.run(build_parser, functools.partial(_work, given=given), given)


def _work(args: argparse.Namespace, given: Sequence[str]) -> int:
    if args.reload and args.workers:
        raise ConfigError("--reload and --workers don't go together", fix="leave one of them out")
    # A daemon's manager may have closed it; what is served is none of its business.
    _console.let_stdout_be_closed()
    # Rule 2 of apirouter.cmd.
    from apirouter.cmd._serve import serve

    return serve(args, given)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        # NaN is in no range either.
        value = math.nan
    if not 0 <= value < 86400:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds up to a day")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is no number of processes")
    return int(text)
