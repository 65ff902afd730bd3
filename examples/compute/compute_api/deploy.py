"""Where the service's INI is, and the application that it describes.

The INI is the file that the environment variable ``COMPUTE_API_PASTE_INI`` names, else the first of
``etc/api-paste.ini`` below the working directory and ``/etc/compute-api/api-paste.ini``; a ``#name`` after
the file's name chooses another of its applications than ``main``. Its ``[loggers]`` are set up when it has
them.
"""

from __future__ import annotations

import configparser
import logging.config
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paste.deploy import loadapp

from apirouter.deploy import environment_conf

#: The variable that names the INI.
VARIABLE = "COMPUTE_API_PASTE_INI"
#: Where the INI may be when the variable does not say.
PLACES = ("etc/api-paste.ini", "/etc/compute-api/api-paste.ini")


def find_ini(environment: Mapping[str, str]) -> tuple[Path, str | None]:
    """Return the path of the INI, and the name of the application in it; None for ``main``.

    :param environment: the process's environment.
    :raises FileNotFoundError: there is none; it says where it was looked for.
    """
    said = environment.get(VARIABLE)
    if said:
        name, _, app = said.partition("#")
        if not Path(name).is_file():
            raise FileNotFoundError(f"{VARIABLE} names {name}, which is no file")
        return Path(name).absolute(), app or None
    for place in PLACES:
        if Path(place).is_file():
            return Path(place).absolute(), None
    raise FileNotFoundError(f"there is no {' and no '.join(PLACES)}; let {VARIABLE} name the INI")


def make_application(environment: Mapping[str, str]) -> Any:
    """Load the application that the environment names.

    :param environment: the process's environment.
    :raises FileNotFoundError: there is no INI.
    """
    path, name = find_ini(environment)
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    if parser.has_section("loggers"):
        logging.config.fileConfig(
            path, {"here": str(path.parent), "__file__": str(path)}, disable_existing_loggers=False
        )
    return loadapp(f"config:{path}", name=name, global_conf=environment_conf(path))
