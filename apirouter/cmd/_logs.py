"""Logging of a served application: what the INI says, else a readable default on stderr."""

from __future__ import annotations

import configparser
import io
import logging
import logging.config
import os
import sys

from apirouter.errors import ConfigError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMAT = "%(asctime)s %(levelname)-7s [%(request_id)s] %(name)s: %(message)s"
#: The loggers that ``--debug`` opens: the router's names what answers each request.
OWN = "apirouter"


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


def _default() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _from_ini(ini: str) -> bool:
    """Configure from an INI's sections; tell whether it has them."""
    absolute = os.path.abspath(ini)
    own = {"here": os.path.dirname(absolute), "__file__": absolute}
    own = {name: value.replace("%", "%%") for name, value in own.items()}
    parser = configparser.ConfigParser(own)
    with open(absolute, encoding="utf-8-sig") as stream:
        try:
            parser.read_file(io.StringIO(stream.read()), ini)
        except (configparser.Error, UnicodeError):
            # What is wrong with the file, loading it says, with the line.
            return False
    if not parser.has_section("loggers"):
        return False
    try:
        logging.config.fileConfig(parser, disable_existing_loggers=False)
    except Exception as error:
        raise ConfigError(
            f"logging can't be set up: {type(error).__name__}: {error}",
            fix="see its [loggers], [handlers] and [formatters]",
            section="loggers",
            file=ini,
        ) from error
    return True


def _name_requests() -> None:
    """Give every record the id of its request, whatever format its handler has."""
    from apirouter.filters.logcontext import annotate_handlers

    annotate_handlers()
