"""The INI's ``[server:...]`` section: which server, and its options."""

from __future__ import annotations

import configparser
import dataclasses
import importlib.util
import os
from collections.abc import Mapping
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.files import ConfigLoader
from apirouter.deploy.loader import open_file
from apirouter.errors import ConfigError, MissingExtra

#: Where a server listens when nobody says.
HOST, PORT = "127.0.0.1", 8080
_LISTEN = ("host", "port", "listen", "unix_socket", "unix_socket_perms", "bind")


@dataclasses.dataclass(frozen=True, slots=True)
class ServerSection:
    """How to serve.

    :param options: the section's options.
    :param context: PasteDeploy's context of the section; None when there is none: waitress serves then.
    """

    options: Mapping[str, str]
    context: Any = None

    @property
    def is_waitress(self) -> bool:
        """Whether the server is waitress, as its own entry point would start it."""
        factory = getattr(self.context, "object", None)
        if factory is None:
            return True
        return getattr(factory, "__module__", "") == "waitress" and factory.__name__ == "serve_paste"

    def located(self, error: ConfigError) -> ConfigError:
        """Return an error at the section, at the line of its option."""
        if self.context is None:
            return error
        placed: ConfigError = self.context.error(error.problem, error.fix, error.option)
        return placed

    def bound(self, bind: str | None) -> ServerSection:
        """Return the section with the address that ``--bind`` gives.

        :param bind: ``HOST:PORT``, ``[IPV6]:PORT`` or ``unix:PATH``; None changes nothing.
        :raises ConfigError: it is no address.
        """
        if bind is None:
            return self
        options = {k: v for k, v in self.options.items() if k not in _LISTEN}
        host, port = parse_bind(bind)
        if not port:
            options["unix_socket"] = host
        elif self.is_waitress:
            options["listen"] = f"{host}:{port}"
        else:
            options.update(host=host.strip("[]"), port=port)
        return dataclasses.replace(self, options=options)

    def with_address(self) -> ServerSection:
        """Return the section with an address, the default one if it has none."""
        if set(self.options) & {"listen", "unix_socket", "sockets"}:
            return self
        options = {"host": HOST, "port": str(PORT), **self.options}
        return dataclasses.replace(self, options=options)


def parse_bind(text: str) -> tuple[str, str]:
    """Read an address to listen on.

    :param text: ``HOST:PORT``, ``[IPV6]:PORT`` or ``unix:PATH``.
    :returns: host (an IPv6 one in brackets) and port; for a path, the path and an empty port.
    :raises ConfigError: it is none of these.
    """
    if text.startswith("unix:") and len(text) > 5:
        return text[5:], ""
    host, colon, port = text.rpartition(":")
    right = host and (":" not in host or (host.startswith("[") and host.endswith("]")))
    if not (colon and right and port.isascii() and port.isdigit() and int(port) < 65536):
        raise ConfigError(
            f"--bind {text}: no address", fix="write HOST:PORT, as 127.0.0.1:8774; [::1]:8774; unix:PATH"
        )
    return host, port


def read_section(ini: str | None, name: str | None, variables: Mapping[str, str]) -> ServerSection:
    """Read the section of a server.

    :param ini: path of the INI; None when there is none.
    :param name: the server's name; None takes ``main``, and waitress if there is none.
    :param variables: variables for the INI.
    :raises ConfigError: the section is wrong, or it is not there.
    :raises MissingExtra: it wants waitress, which is not installed.
    """
    if ini is None:
        return ServerSection({})
    loader = open_file(os.path.abspath(ini))
    if variables:
        loader.update_defaults(dict(variables), overwrite=False)
    if name is None and "main" not in loader.sections(loadwsgi.SERVER):
        return ServerSection({})
    section = loader.find_config_section(loadwsgi.SERVER, name or "main")
    package = _use(loader, section).removeprefix("egg:").partition("#")[0]
    if package == "waitress" and not installed(package):
        raise MissingExtra(f"{os.path.basename(ini)} [{section}]", "waitress", "serve")
    context = loader.get_context(loadwsgi.SERVER, name or "main")
    return ServerSection(dict(context.local_conf), context)


def installed(package: str) -> bool:
    """Tell whether a package can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def _use(loader: ConfigLoader, section: str) -> str:
    try:
        return str(loader.parser.get(section, "use", fallback=""))
    except configparser.InterpolationError:
        # Loading the section is going to say what is wrong with it.
        return ""
