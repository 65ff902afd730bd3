"""Why an address can't be listened on, for people."""

from __future__ import annotations

import errno
import socket

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
