"""The root controller and the class of requests, made of what settings say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apirouter import options
from apirouter.errors import ConfigError
from apirouter.objectdispatch.call import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def request_maker(kind: Any) -> Callable[[WSGIEnvironment], Any]:
    """Return what makes requests of a class, without webob's checks of options that are not given."""
    if kind.__init__ is not Request.__init__:
        return lambda environ: kind(environ)

    def make(environ: WSGIEnvironment) -> Any:
        made = kind.__new__(kind)
        made.__dict__["environ"] = environ
        return made

    return make


def found_root(root: Any) -> Any:
    """Return the root controller, or what makes it: nothing is called.

    :param root: an instance, a class, or ``package.module:Class`` (``package.module.Class`` too).
    :raises ConfigError: there is none, or it can't be found.
    """
    if root is None or (isinstance(root, str) and not root.strip()):
        raise ConfigError("there is no root controller", fix="set root = package.module:Class", option="root")
    if not isinstance(root, str):
        return root
    named = root.strip()
    module, dot, name = named.rpartition(".")
    try:
        return options.dotted(named if ":" in named or not dot else f"{module}:{name}")
    except ValueError as error:
        raise ConfigError(f"option 'root': '{named}' {error}", option="root") from error


def made_root(root: Any) -> Any:
    """Return the root controller.

    :param root: see :func:`found_root`.
    :raises ConfigError: it can't be found or made.
    """
    named = root.strip() if isinstance(root, str) else ""
    found = found_root(root)
    if isinstance(found, type) or (named and callable(found)):
        try:
            return found()
        except TypeError as error:
            raise ConfigError(
                f"the root controller {named or found.__qualname__} can't be made: {error}",
                fix="it is called without arguments",
                option="root",
            ) from error
    return found
