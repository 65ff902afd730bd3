"""Logging of a served application: what the INI says, else a readable default on stderr."""

from __future__ import annotations

import configparser
import io
import logging
import logging.config
import os
import sys
from typing import NamedTuple

from apirouter.cmd._logmistakes import explain

FORMAT = "%(asctime)s %(levelname)-7s [%(request_id)s] %(name)s: %(message)s"
#: The loggers that ``--debug`` opens: the router's names what answers each request.
OWN = "apirouter"
_SECTIONS = ("loggers", "handlers", "formatters", "logger", "handler", "formatter")


def set_up(ini: str | None, *, level: str | None = None, debug: bool = False) -> None:
    """Set logging up, once, before the application loads.

    :param ini: path of the INI, whose ``[loggers]``, ``[handlers]`` and ``[formatters]`` count when it has
        them; None when there is none.
    :param level: the level of the root logger, over what the INI says.
    :param debug: let apirouter's own loggers speak at DEBUG.
    :raises ConfigError: the INI's logging sections are wrong.
    """
    if ini is None or not _from_ini(ini):
        _default()
    if level:
        logging.getLogger().setLevel(level)
    if debug:
        logging.getLogger(OWN).setLevel(logging.DEBUG)
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.NOTSET)
    _name_requests()


def sections(ini: str | None) -> str:
    """Return the text of an INI's logging sections, to compare; empty when there are none.

    :param ini: its path, or None.
    """
    parser = _parser(ini) if ini is not None else None
    if parser is None or not parser.has_section("loggers"):
        return ""
    named = [name for name in parser.sections() if name.split("_")[0] in _SECTIONS]
    return repr([(name, parser.items(name, raw=True)) for name in named])


def set_up_again(ini: str | None, *, level: str | None = None, debug: bool = False) -> None:
    """Set logging up anew, in place of what there is; when that fails, what there was goes on.

    :param ini: see :func:`set_up`, as for the others.
    :raises ConfigError: the INI's logging sections are wrong.
    """
    before = {logger: _state(logger) for logger in _loggers()}
    for logger in before:
        _put(logger, _State([], logging.NOTSET, True, False))
    try:
        set_up(ini, level=level, debug=debug)
    except Exception:
        for logger in _loggers():
            _put(logger, before.get(logger) or _State([], logging.NOTSET, True, False))
        for state in before.values():
            for handler in state.handlers:
                if isinstance(handler, logging.FileHandler):
                    # It was closed, and opens again at its next record: then it must not begin anew.
                    handler.mode = handler.mode.replace("w", "a")
        raise
    for state in before.values():
        for handler in state.handlers:
            handler.close()


class _State(NamedTuple):
    """What makes a logger speak."""

    handlers: list[logging.Handler]
    level: int
    propagate: bool
    disabled: bool


def _state(logger: logging.Logger) -> _State:
    return _State(list(logger.handlers), logger.level, logger.propagate, logger.disabled)


def _put(logger: logging.Logger, state: _State) -> None:
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    for handler in state.handlers:
        logger.addHandler(handler)
    logger.setLevel(state.level)
    logger.propagate, logger.disabled = state.propagate, state.disabled


def _loggers() -> list[logging.Logger]:
    known = list(logging.Logger.manager.loggerDict.values())
    return [logging.getLogger(), *(one for one in known if isinstance(one, logging.Logger))]


def _default() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _from_ini(ini: str) -> bool:
    """Configure from an INI's sections; tell whether it has them."""
    parser = _parser(ini)
    if parser is None or not parser.has_section("loggers"):
        return False
    try:
        logging.config.fileConfig(parser, disable_existing_loggers=False)
    except Exception as error:
        raise explain(ini, parser, error) from error
    return True


def _parser(ini: str) -> configparser.ConfigParser | None:
    """Read an INI; None when it can't be read: what is wrong with it, loading it says, with the line."""
    absolute = os.path.abspath(ini)
    own = {"here": os.path.dirname(absolute), "__file__": absolute}
    own = {name: value.replace("%", "%%") for name, value in own.items()}
    parser = configparser.ConfigParser(own)
    with open(absolute, encoding="utf-8-sig") as stream:
        try:
            parser.read_file(io.StringIO(stream.read()), ini)
        except (configparser.Error, UnicodeError):
            return None
    return parser


def _name_requests() -> None:
    """Give every record the id of its request, whatever format its handler has."""
    from apirouter.filters.logcontext import annotate_handlers

    annotate_handlers()
