"""A port for a server of a test."""

from __future__ import annotations

import secrets
import socket


def free_port() -> int:
    """Return a port that nobody listens on.

    It is none of those that the system gives to clients: between this and the server's start, one of them might.
    """
    while True:
        port = secrets.choice(range(15000, 32000))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
