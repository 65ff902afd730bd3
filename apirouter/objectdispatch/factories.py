"""Ways to make an application: from the INI, from code, from a Python file."""

from __future__ import annotations

import dataclasses
import importlib
import logging.config
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apirouter.errors import ConfigError
from apirouter.objectdispatch import conf as configuration
from apirouter.objectdispatch.app import ObjectApp
from apirouter.objectdispatch.roots import found_root
from apirouter.objectdispatch.settings import ObjectSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def app_factory(global_conf: Mapping[str, Any] | None, **local_conf: Any) -> ObjectApp:
    """Make the application that a section of an INI describes (``paste.app_factory``).

    :param global_conf: ``[DEFAULT]``.
    :param local_conf: the section's options (:class:`.ObjectSettings`); ``root`` names the root controller.
    :raises ConfigError: an option is unknown, or makes no sense.
    """
    return ObjectApp.from_conf(global_conf or {}, local_conf)


def _check(global_conf: Mapping[str, Any], **local_conf: Any) -> list[Exception]:
    """Return what is wrong with a section; no controller is made.

    :param global_conf: ``[DEFAULT]``.
    :param local_conf: the section's options.
    """
    path = local_conf.get("config")
    if path:
        # What it says, the root among it, only running it tells.
        file = Path(path).expanduser().absolute()
        return [] if file.is_file() else [configuration.no_section_file(file)]
    try:
        found_root(ObjectSettings.from_conf(local_conf, inherited=global_conf).root)  # type: ignore[attr-defined]
    except ConfigError as error:
        return [error]
    return []


# What apirouter-check reads.
app_factory.options = ObjectSettings  # type: ignore[attr-defined]
app_factory.check = _check  # type: ignore[attr-defined]


def make_app(root: Any, **more: Any) -> Any:
    """Make an application from code.

    :param root: the root controller: an instance, its class, or ``package.module.Class``.
    :param more: options by name; ``hooks``; ``logging``, a dict for ``logging.config``; ``wrap_app``, called
        with the application, whose answer is returned.
    :raises ConfigError: an option is unknown, or makes no sense.
    """
    log, wrap = more.pop("logging", None), more.pop("wrap_app", None)
    if log:
        log = log.to_dict() if isinstance(log, configuration.Config) else dict(log)
        # Loggers that exist already, those of this library included, are not switched off unless it says so.
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **log})
    errors = more.get("errors")
    if isinstance(errors, (Mapping, configuration.Config)):
        more["errors"] = {int(k): v for k, v in dict(errors).items()}
    app = ObjectApp(root, **more)
    return wrap(app) if wrap is not None else app


def load_app(config: Any, **more: Any) -> WSGIApplication:
    """Make the application that a configuration describes.

    A package in ``app.modules`` that has ``app.setup_app(config)`` makes it; else it is made of ``app.root``.

    :param config: the name of a Python file, a dict, or a :class:`.Config`.
    :param more: given to ``setup_app``, or to :func:`make_app`.
    :raises ConfigError: there is neither.
    """
    conf = configuration.read(config)
    for name in conf.app.get("modules") or ():
        try:
            module = importlib.import_module(f"{name}.app")
        except ModuleNotFoundError as error:
            if error.name not in (f"{name}.app", name):
                raise
            continue
        setup = getattr(module, "setup_app", None)
        if setup is not None:
            app: Any = setup(conf, **more)
            if isinstance(app, ObjectApp):
                app.config = conf
            return app  # type: ignore[no-any-return]
    if not conf.app.get("root"):
        raise ConfigError(
            "No app.setup_app found in any of the configured app.modules", fix="or set app.root"
        )
    known = {f.name for f in dataclasses.fields(ObjectSettings)} | {"hooks", "wrap_app"}
    options = {k: v for k, v in conf.app if k in known and k != "root"}
    logs = conf.get("logging")
    return make_app(conf.app.root, **{**options, "logging": logs, "config": conf, **more})  # type: ignore[no-any-return]


#: The name a WSGI script knows it by.
deploy = load_app
