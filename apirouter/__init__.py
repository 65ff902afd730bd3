"""apirouter: the API layer of Python services that grow by plugins.

The names below are the ones a service's own code uses; a plugin's author imports :mod:`apirouter.wsgi`,
:mod:`apirouter.extensions`, :mod:`apirouter.validation` and :mod:`apirouter.policy`. Each is imported when
first used: a WSGI script that loads an INI pays for what the INI names, nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from apirouter._version import __version__

if TYPE_CHECKING:
    from apirouter.context import RequestContext
    from apirouter.deploy import appconfig, loadapp, loadfilter, loadserver
    from apirouter.dispatch.settings import Settings
    from apirouter.errors import ApiRouterError, ConfigError, PluginError
    from apirouter.routing.router import APIRouter

__all__ = [
    "APIRouter",
    "ApiRouterError",
    "ConfigError",
    "PluginError",
    "RequestContext",
    "Settings",
    "__version__",
    "appconfig",
    "loadapp",
    "loadfilter",
    "loadserver",
]


def __getattr__(name: str) -> Any:
    if name in ("appconfig", "loadapp", "loadfilter", "loadserver"):
        home = "apirouter.deploy"
    elif name in ("ApiRouterError", "ConfigError", "PluginError"):
        home = "apirouter.errors"
    elif name == "APIRouter":
        home = "apirouter.routing.router"
    elif name == "Settings":
        home = "apirouter.dispatch.settings"
    elif name == "RequestContext":
        home = "apirouter.context"
    else:
        raise AttributeError(f"module 'apirouter' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
