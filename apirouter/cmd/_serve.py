"""What ``apirouter-serve`` does once its arguments are read."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from apirouter.cmd import _console, _fresh, _hup, _load, _logs, _reload, _server, _told
from apirouter.cmd._fresh import Fresh, Imported
from apirouter.cmd._listen import addresses, check
from apirouter.cmd._swap import Swappable
from apirouter.cmd.serve import PROG
from apirouter.errors import ConfigError, MissingExtra

LOG = logging.getLogger(__name__)


def serve(args: argparse.Namespace, given: Sequence[str] = ()) -> int:
    """Serve until a signal comes.

    :param args: the parsed arguments.
    :param given: the arguments as they were given, for the process that is started again and again.
    """
    errand = _fresh.errand()
    if args.bind:
        _server.parse_bind(args.bind)
    target = _load.target_of(args.target, args.app)
    variables = _load.variables_of(args.variables)
    ini = target.location if target.kind == _load.INI else None
    if ini is not None:
        _load.check_file(ini)
    if errand.mark:
        _fresh.answer(errand.mark, _summary(_load.load(target, variables), target))
    if args.reload:
        if not _reload.is_worker():
            return _reload.start(given)
        _reload.watch(ini)
    fresh, signals, reloading = Fresh(given), _hup.Signals(), None
    heeds_hup = not (args.reload or args.workers)
    if heeds_hup:
        signals.listen()
    _logs.set_up(ini, level=args.log_level, debug=args.debug)
    section = _section(args, ini, variables, errand)
    if args.workers:
        return _serve_workers(args, target, variables, ini, section, fresh)
    with _told.progress(f"Loading {target.text}"):
        swappable = Swappable(_load.load(target, variables))
    if args.reload:
        _reload.watch(ini)
    if heeds_hup:
        source = _source(args, target, variables, ini, section)
        reloading = Reloading(fresh, signals, source, Imported())
    if section.is_waitress:
        return _serve_waitress(swappable, target, section, args.grace, errand, reloading)
    return _serve_other(swappable, target, section, reloading)


@dataclasses.dataclass(frozen=True, slots=True)
class Reloading:
    """What SIGHUP needs.

    :param fresh: starts this command again.
    :param signals: what asks for a reload.
    :param source: where the next application comes from.
    :param imported: what this process has imported.
    """

    fresh: Fresh
    signals: _hup.Signals
    source: _hup.Source
    imported: Imported

    def reloader(self, swappable: Swappable, hand_over: Callable[[], None] | None) -> _hup.Reloader:
        """Return what works on the signals.

        :param swappable: what is served.
        :param hand_over: see :class:`._hup.Reloader`.
        """
        return _hup.Reloader(
            swappable,
            self.source,
            signals=self.signals,
            fresh=self.fresh,
            imported=self.imported,
            hand_over=hand_over,
        )


def _section(
    args: argparse.Namespace, ini: str | None, variables: Mapping[str, str], errand: _fresh.Errand
) -> _server.ServerSection:
    """Return how to serve; what can't be is refused before anything is loaded."""
    if errand.sockets:
        # It goes on as it was started: what the INI says by now counts from the next start on.
        return _server.ServerSection(errand.options)
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
    return section


def _source(
    args: argparse.Namespace,
    target: _load.Target,
    variables: Mapping[str, str],
    ini: str | None,
    section: _server.ServerSection,
) -> _hup.Source:
    """Return where the applications come from that SIGHUP asks for."""
    logging_of_now = [_logs.sections(ini)]

    def set_up_logging() -> None:
        wanted = _logs.sections(ini)
        if wanted != logging_of_now[0]:
            _logs.set_up_again(ini, level=args.log_level, debug=args.debug)
            logging_of_now[0] = wanted

    return _hup.Source(
        target.text,
        load=lambda: _load.load(target, variables),
        tell=lambda application: _summary(application, target),
        set_up_logging=set_up_logging,
        differences=_differences(args, variables, ini, section),
    )


def _differences(
    args: argparse.Namespace,
    variables: Mapping[str, str],
    ini: str | None,
    section: _server.ServerSection,
) -> Callable[[], list[str]]:
    """Return what tells what the INI says by now and only the next start heeds, a line each."""
    logging_of_start = _logs.sections(ini)

    def differences() -> list[str]:
        now = _server.read_section(ini, args.server, variables).bound(args.bind)
        if section.is_waitress or args.workers:
            now = now.with_address()
        names = sorted(
            n for n in {*now.options, *section.options} if now.options.get(n) != section.options.get(n)
        )
        head = f"[server:{args.server or 'main'}]"

        def said(options: Mapping[str, str], name: str) -> str:
            return f"'{options[name]}'" if name in options else "not set"

        told = [
            f"{head} {name} = {now.options[name]} counts from the next start on; it is "
            f"{said(section.options, name)} until then"
            if name in now.options
            else f"{head} {name} is gone from the next start on; it is {said(section.options, name)} until then"
            for name in names
        ]
        # The workers have their logging from the master.
        if args.workers and _logs.sections(ini) != logging_of_start:
            told.append("[loggers], [handlers] and [formatters] count from the next start on")
        return told

    return differences


def _serve_waitress(
    swappable: Swappable,
    target: _load.Target,
    section: _server.ServerSection,
    grace: float,
    errand: _fresh.Errand,
    reloading: Reloading | None,
) -> int:
    from apirouter.cmd._waitress import Server

    try:
        server = Server(swappable, section.options, grace=grace, sockets=errand.listening())
    except ConfigError as error:
        raise (section.located(error) if error.option else error) from error.__cause__
    if errand.sockets:
        LOG.info("Reloaded %s in a fresh process", target.text)
    else:
        announce(swappable.application, target, server.urls)
    if reloading is None:
        server.run()
        swappable.close()
        return _console.OK
    reloader = reloading.reloader(swappable, server.leave)
    reloader.start()
    listening = server.run(reloading.signals.ask, reloading.signals.deserted)
    reloader.stop()
    swappable.close()
    if listening:
        logging.shutdown()
        reloading.fresh.take_over(listening, section.options)
    return _console.OK


def _serve_workers(
    args: argparse.Namespace,
    target: _load.Target,
    variables: Mapping[str, str],
    ini: str | None,
    section: _server.ServerSection,
    fresh: Fresh,
) -> int:
    from apirouter.cmd import _gunicorn

    # Not in this process: what it imports, every worker would have, whatever is installed by then.
    with _told.progress(f"Loading {target.text}"):
        lines = fresh.ask(debug=args.debug)
    return _gunicorn.serve(
        lambda: _load.load(target, variables),
        section.options,
        workers=args.workers,
        grace=args.grace,
        ready=lambda urls: _announce(target, urls, lines),
        check=fresh.ask,
        differences=_differences(args, variables, ini, section),
        text=target.text,
    )


def _serve_other(
    swappable: Swappable,
    target: _load.Target,
    section: _server.ServerSection,
    reloading: Reloading | None,
) -> int:
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
    if reloading is not None:
        reloading.reloader(swappable, None).start()
    server = context.create()
    options = section.options
    host, port = options.get("host"), options.get("port")
    announce(swappable.application, target, [f"http://{host}:{port}"] if host and port else [])
    try:
        # See Server.run(): a terminal's end may have come, and its exception been lost.
        if reloading is None or not reloading.signals.deserted():
            server(swappable)
    except KeyboardInterrupt:
        return _console.OK
    finally:
        swappable.close()
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
    _announce(target, urls, _summary(application, target))


def _announce(target: _load.Target, urls: Sequence[str], lines: Sequence[str]) -> None:
    style = _console.Style(sys.stdout)
    where = ", ".join(style(url, "bold", "green") for url in urls) or "the address its server says"
    print(f"Serving {target.text} at {where}")
    for line in lines:
        print(f"  {line}")
    sys.stdout.flush()


def _summary(application: Any, target: _load.Target) -> list[str]:
    from apirouter.describe.summary import summary

    return list(summary(application, target.name or "main"))
