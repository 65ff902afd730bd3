"""Load WSGI applications, filters and servers from INI files: PasteDeploy's meaning, better errors.

The classes are PasteDeploy's, subclassed. What they add:

1. Reading: UTF-8, and ``%(ENV_NAME)s`` (see :mod:`apirouter.deploy.environment`).
2. A trail: every loader knows the sections that led to it, so an error can tell them, and a section that
   leads back to itself is an error instead of a RecursionError.
3. Diagnosis, on failure only: a file that loads pays next to nothing for it.

No state outlives a call: a file that failed can be loaded again, and threads may load at once; they take turns
(see :mod:`apirouter.deploy.turns`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.files import ConfigLoader
from apirouter.deploy.makers import Makers
from apirouter.deploy.packages import EggLoader, FuncLoader
from apirouter.deploy.turns import turn
from apirouter.deploy.urlmap import tell_composed
from apirouter.fusion import fused

_MAKERS = Makers(ConfigLoader, EggLoader, FuncLoader)


def open_file(path: str) -> ConfigLoader:
    """Return the loader of one file, for tools that look at its sections before they load any.

    :param path: the file's.
    :raises ConfigError: it can't be read.
    """
    return ConfigLoader(path, (), _MAKERS)


def loadapp(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a WSGI application.

    :param uri: ``config:path.ini``, ``config:path.ini#name``, ``egg:Distribution#name`` or
        ``call:package.module:factory``.
    :param name: the section's or the entry point's name; before the one in the URI, ``main`` when neither is.
    :param relative_to: the directory that a relative path starts from.
    :param global_conf: name -> text: what factories get as ``global_conf`` beside ``[DEFAULT]``.
    :returns: the application.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    with turn():
        begun = time.perf_counter()
        application = _MAKERS.context(loadwsgi.APP, uri, name, relative_to, global_conf).create()
    tell_composed(application, time.perf_counter() - begun)
    return fused(application)


def loadfilter(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a filter: a function that takes an application and returns one.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    with turn():
        return _MAKERS.context(loadwsgi.FILTER, uri, name, relative_to, global_conf).create()


def loadserver(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a server: a function that takes an application and serves it.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    with turn():
        return _MAKERS.context(loadwsgi.SERVER, uri, name, relative_to, global_conf).create()


def appconfig(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Return the configuration of an application without building it.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :returns: a dict of all options, with the attributes ``global_conf``, ``local_conf`` and ``context``.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    with turn():
        return _MAKERS.context(loadwsgi.APP, uri, name, relative_to, global_conf).config()
