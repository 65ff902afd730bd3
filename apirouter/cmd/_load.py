"""What a command line names -> a loaded application.

1. ``etc/api-paste.ini`` (or ``config:etc/api-paste.ini``) is an INI, ``#name`` behind it one of its
   applications.
2. ``egg:Distribution#name`` is an entry point of ``paste.app_factory``; ``call:package.module:factory`` a
   factory.
3. ``package.module:application`` is a WSGI application, or a class or function without arguments that makes
   one; the working directory is looked at too.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from apirouter.cmd import _told
from apirouter.errors import ApiRouterError, ConfigError, suggest

INI, URI, OBJECT = "ini", "uri", "object"


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a command works on.

    :param kind: ``ini``, ``uri`` (``egg:`` and ``call:``) or ``object``.
    :param location: the file's path, the URI, or ``module:attribute``.
    :param name: the application in it; None for ``main``.
    """

    kind: str
    location: str
    name: str | None = None

    @property
    def text(self) -> str:
        """The target for people."""
        return f"{self.location}#{self.name}" if self.name and self.kind == INI else self.location


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded application, and what its configuration calls things.

    :param application: the application.
    :param name: its own name; empty when nothing says it.
    :param naming: gives the filters in front of an end their names.
    :param title: what was loaded, for people.
    """

    application: Any
    name: str
    naming: Callable[[Any], tuple[str, ...]]
    title: str


def target_of(text: str, app: str | None = None) -> Target:
    """Tell what a text names.

    :param text: the argument.
    :param app: what ``--app`` says.
    :raises ConfigError: it names nothing that could be.
    """
    if not text:
        raise ConfigError("the TARGET is empty", fix="name an INI file, as etc/api-paste.ini")
    scheme, colon, _ = text.partition(":")
    if colon and scheme in ("egg", "call"):
        return Target(URI, text, app)
    location, sharp, name = text.removeprefix("config:").partition("#")
    if text.startswith("config:") or os.path.exists(location) or not _is_object(text):
        return Target(INI, location, app or (name if sharp else None))
    if app:
        raise ConfigError(f"{text} is an object of Python, and has no '{app}'", fix="leave --app out")
    return Target(OBJECT, text)


def _is_object(text: str) -> bool:
    module, colon, attribute = text.partition(":")
    words = (*module.split("."), *attribute.split("."))
    return bool(colon) and all(word.isidentifier() for word in words)


def variables_of(arguments: list[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` arguments.

    :raises ConfigError: one is something else.
    """
    found = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"'{argument}' is no variable", fix="write NAME=VALUE")
        found[name.strip()] = value
    return found


def load(target: Target, variables: Mapping[str, str] | None = None) -> Any:
    """Load an application.

    :param target: what to load.
    :param variables: variables for the INI.
    :raises ApiRouterError: it can't be loaded; it says why.
    """
    if target.kind == OBJECT:
        return _object(target.location)
    from apirouter.deploy import loadapp

    if target.kind == INI:
        check_file(target.location)
        uri = f"config:{_quoted(os.path.abspath(target.location))}"
    else:
        uri = target.location
    return loadapp(uri, name=target.name, relative_to=os.getcwd(), global_conf=dict(variables or {}))


def loaded(prog: str, args: argparse.Namespace) -> Loaded:
    """Load what the arguments of :func:`add_target` name; warnings and progress are told meanwhile.

    :param prog: the command's name.
    :param args: the parsed arguments.
    :raises ApiRouterError: it can't be loaded; it says why.
    """
    # Serving needs none of it.
    from apirouter.describe.naming import naming

    target = target_of(args.target, args.app)
    variables = variables_of(args.variables)
    ini = target.location if target.kind == INI else None
    with _told.warnings_told(prog), _told.progress(f"Loading {target.text}"):
        application = load(target, variables)
    name = target.name or ("main" if ini else "")
    return Loaded(application, name, naming(ini, target.name, variables), target.text)


def check_file(path: str) -> None:
    """Refuse a file that can't be read.

    :raises ConfigError: there is no such file, or it is a directory.
    """
    if os.path.isdir(path):
        raise ConfigError(f"{path} is a directory", fix="name the INI file in it")
    if not os.path.exists(path):
        directory = os.path.dirname(path) or "."
        beside = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        inis = [name for name in beside if name.endswith((".ini", ".conf", ".cfg"))]
        fix = suggest(os.path.basename(path), inis) if inis else "give the path of an INI file"
        raise ConfigError(f"there is no file {path}", fix=fix)


def _quoted(path: str) -> str:
    """Return a path as a URI wants it: the loader undoes percent-encoding, and takes ``#`` for a name."""
    return path.replace("%", "%25").replace("#", "%23")


def _object(text: str) -> Any:
    module_name, _, attribute = text.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigError(
            f"{text}: {module_name} can't be imported: {error}",
            fix="is it installed, or in the working directory?",
        ) from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            known = [n for n in dir(found) if not n.startswith("_")]
            raise ConfigError(f"{text}: {module_name} has no '{name}'", fix=suggest(name, known))
        found = getattr(found, name)
    if isinstance(found, type):
        found = _made(text, found)
    if not callable(found):
        raise ConfigError(f"{text} is no WSGI application but {type(found).__name__}")
    return found


def _made(text: str, kind: type) -> Any:
    try:
        return kind()
    except ApiRouterError:
        raise
    except Exception as error:
        raise ConfigError(
            f"{text} is a class, and calling it without arguments raised {type(error).__name__}: {error}",
            fix="name an application, an instance",
        ) from error
