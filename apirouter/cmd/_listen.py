"""Addresses to listen on, and why one can't be."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from typing import Any

from apirouter.errors import ConfigError


def listen_error(error: OSError, address: str) -> ConfigError:
    """Return the error of an address that can't be listened on.

    :param error: what the system said.
    :param address: the address.
    """
    another = "choose another with --bind HOST:PORT"
    if error.errno == errno.EADDRINUSE:
        return ConfigError(f"{address} is in use already", fix=f"stop what listens there, or {another}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return ConfigError(
            f"{address} may not be listened on", fix=f"a port below 1024 needs privileges; {another}"
        )
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return ConfigError(f"{address} is no address of this machine", fix=another)
    return ConfigError(f"{address} can't be listened on: {error.strerror or error}", fix=another)


def addresses(options: Mapping[str, Any]) -> list[str]:
    """Return what waitress's options say is listened on: ``127.0.0.1:8080``, ``[::1]:8080``, ``unix:PATH``.

    :param options: ``host`` and ``port``, ``listen``, or ``unix_socket``.
    """
    if options.get("unix_socket"):
        return [f"unix:{options['unix_socket']}"]
    if options.get("listen"):
        return str(options["listen"]).split()
    # Waitress's own default, so that the address that is told is the one that is taken.
    host = str(options.get("host", "0.0.0.0"))  # nosec B104
    return [f"{f'[{host}]' if ':' in host else host}:{options.get('port', 8080)}"]


def check(address: str, option: str = "") -> None:
    """Refuse an address that can't be listened on, before anything is loaded.

    :param address: as :func:`addresses` returns it.
    :param option: where it was written, for the error.
    :raises ConfigError: it says why.
    """
    if address.startswith("unix:"):
        return
    host, _, port = address.rpartition(":")
    host = "" if host == "*" else host.strip("[]")
    if not (port.isascii() and port.isdigit()):
        raise ConfigError(
            f"{address} is no address: '{port}' is no port", fix="write HOST:PORT", option=option
        )
    if int(port) > 65535:
        # Given to the system, its lower sixteen bits would count: another port, without a word.
        raise ConfigError(f"{address} is no address: a port is at most 65535", option=option)
    try:
        found = socket.getaddrinfo(host or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, where in found if host else found[:1]:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{address} is no address: {error}", fix="write HOST:PORT", option=option
        ) from error
    except OSError as error:
        raise listen_error(error, address) from error
