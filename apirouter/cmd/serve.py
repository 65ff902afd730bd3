"""``apirouter-serve``: serve the application of an INI over HTTP."""

from __future__ import annotations

import argparse
import functools
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from apirouter.cmd import _console, _load, _logs, _reload, _server
from apirouter.cmd._listen import addresses, check
from apirouter.errors import ConfigError, MissingExtra

PROG = "apirouter-serve"
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
        "waitress. Ctrl-C and SIGTERM end it after the requests in flight.",
        _EXAMPLE,
    )
    _load.add_target(parser)
    parser.add_argument("--server", metavar="NAME", help="the [server:NAME] section (default: main)")
    parser.add_argument(
        "--bind", metavar="HOST:PORT", help="listen here, whatever the INI says ([IPV6]:PORT, unix:PATH)"
    )
    parser.add_argument(
        "--log-level", choices=_logs.LEVELS, type=str.upper, help="level of the root logger, over the INI's"
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
    return _console.run(build_parser, functools.partial(serve, given=given), given)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 86400:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds up to a day")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is no number of processes")
    return int(text)


def serve(args: argparse.Namespace, given: Sequence[str] = ()) -> int:
    """Serve until a signal comes.

    :param args: the parsed arguments.
    :param given: the arguments as they were given, for the process that is started again and again.
    """
    if args.reload and args.workers:
        raise ConfigError("--reload and --workers don't go together", fix="leave one of them out")
    if args.bind:
        _server.parse_bind(args.bind)
    target = _load.target_of(args.target, args.app)
    variables = _load.variables_of(args.variables)
    ini = target.location if target.kind == _load.INI else None
    if ini is not None:
        _load.check_file(ini)
    if args.reload:
        if not _reload.is_worker():
            return _reload.start(given)
        _reload.watch(ini)
    _logs.set_up(ini, level=args.log_level, debug=args.debug)
    section = _server.read_section(ini, args.server, variables).bound(args.bind)
    if section.is_waitress and not args.workers and not _server.installed("waitress"):
        raise MissingExtra(PROG, "waitress", "serve")
    if args.workers and not _server.installed("gunicorn"):
        raise MissingExtra("--workers", "gunicorn", "workers")
    if section.is_waitress or args.workers:
        section = section.with_address()
        try:
            for address in addresses(section.options):
                check(address, "listen" if "listen" in section.options else "port")
        except ConfigError as error:
            raise (section.located(error) if error.option else error) from error.__cause__
    with _console.progress(f"Loading {target.text}"):
        application = _load.load(target, variables)
    if args.reload:
        _reload.watch(ini)
    if args.workers:
        from apirouter.cmd import _gunicorn

        return _gunicorn.serve(
            lambda: _load.load(target, variables),
            section.options,
            workers=args.workers,
            grace=args.grace,
            ready=lambda urls: announce(application, target, urls),
        )
    if section.is_waitress:
        return _serve_waitress(application, target, section, args.grace)
    return _serve_other(application, target, section)


def _serve_waitress(
    application: Any, target: _load.Target, section: _server.ServerSection, grace: float
) -> int:
    from apirouter.cmd._waitress import Server

    try:
        server = Server(application, section.options, grace=grace)
    except ConfigError as error:
        raise (section.located(error) if error.option else error) from error.__cause__
    announce(application, target, server.urls)
    server.run()
    return _console.OK


def _serve_other(application: Any, target: _load.Target, section: _server.ServerSection) -> int:
    """Serve with a server of somebody else's, called as PasteDeploy does; SIGTERM ends it as Ctrl-C does."""
    context = section.context
    context.local_conf.clear()
    context.local_conf.update(section.options)

    def stop(number: int, frame: FrameType | None) -> None:
        # Some servers take an exception for an application's, and go on.
        again = threading.Timer(1.0, _interrupt_main, (number,))
        again.daemon = True
        again.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    server = context.create()
    options = section.options
    host, port = options.get("host"), options.get("port")
    announce(application, target, [f"http://{host}:{port}"] if host and port else [])
    try:
        server(application)
    except KeyboardInterrupt:
        return _console.OK
    return _console.OK


def _interrupt_main(number: int) -> None:
    main_thread = threading.main_thread().ident
    if main_thread is not None:
        signal.pthread_kill(main_thread, number)


def announce(application: Any, target: _load.Target, urls: Sequence[str]) -> None:
    """Print on stdout where an application is served, its mounts, and its extensions.

    :param application: the application.
    :param target: what it was loaded from.
    :param urls: where it is served.
    """
    from apirouter.describe.summary import summary

    style = _console.Style(sys.stdout)
    where = ", ".join(style(url, "bold", "green") for url in urls) or "the address its server says"
    print(f"Serving {target.text} at {where}")
    for line in summary(application, target.name or "main"):
        print(f"  {line}")
    sys.stdout.flush()
