"""Waitress, guarded against greedy clients (see :mod:`._guard`) and ended in order.

1. Until a signal comes, waitress runs as it always does.
2. At the first SIGINT or SIGTERM it stops listening. Requests that were received, and those that are being
   received, are answered; connections without one are closed.
3. That may take as long as the grace period. A second signal, or its end, cuts off what is left.
4. At SIGHUP it goes on; somebody else decides what is served from then on. When that takes a fresh process,
   requests are finished as for 2, but the listening sockets stay open: who connects meanwhile waits there, and
   who has a connection open is given a moment to send a last request over it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from apirouter.cmd._guard import Channel
from apirouter.cmd._listen import addresses, listen_error
from apirouter.cmd._swap import Swappable
from apirouter.describe.walk import ends
from apirouter.errors import ConfigError, suggest
from apirouter.filters.http_proxy_to_wsgi import HTTPProxyToWSGI

LOG = logging.getLogger(__name__)

#: How often waiting looks around while it drains, in seconds.
_PACE = 0.05
#: How long idle connections are kept when a fresh process takes over, in seconds.
_LINGER = 1.0
#: The options that say where to listen.
_ADDRESS = ("host", "port", "listen", "unix_socket", "unix_socket_perms", "sockets")


class _Task(WSGITask):  # type: ignore[misc]
    """A request; while the server leaves, its reply ends the connection, and tells the client so."""

    def build_response_header(self) -> Any:
        if self.channel.leaving:
            # An application may not say so itself (PEP 3333); what a client can ask for, a server can.
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()


class _Channel(Channel):
    """A connection."""

    task_class = _Task
    leaving = False


class Server:
    """A waitress server that finishes what it began.

    :param application: the WSGI application.
    :param options: waitress's own (``listen``, ``threads``, ...), as the INI has them.
    :param grace: how long requests in flight may take after a signal, in seconds.
    :param sockets: listening sockets, in the place of the options' addresses.
    :raises ConfigError: an option is unknown, or its address can't be listened on.
    """

    def __init__(
        self,
        application: Any,
        options: Mapping[str, Any],
        *,
        grace: float,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        self._map: dict[int, Any] = {}
        self._grace, self._signals = grace, 0
        self._leaving = 0.0
        if sockets:
            options = {name: value for name, value in options.items() if name not in _ADDRESS}
            options["sockets"] = list(sockets)
        try:
            self._server = create_server(application, map=self._map, **options)
        except OSError as error:
            raise listen_error(error, ", ".join(addresses(options))) from error
        except (ValueError, TypeError) as error:
            raise self._option_error(error, options) from error
        for server in self._listening:
            server.channel_class = _Channel
        if removes_what_proxies_say(application, options):
            LOG.warning(
                "http_proxy_to_wsgi trusts proxies, but waitress removes what they say: write "
                "clear_untrusted_proxy_headers = no in its [server:...] section"
            )

    @staticmethod
    def _option_error(error: Exception, options: Mapping[str, Any]) -> ConfigError:
        """Return the error of an option that waitress refuses; it names the option where it can be told."""
        known = [name for name, _ in Adjustments._params]
        unknown = next((name for name in options if name not in known), "")
        if unknown:
            return ConfigError(
                f"waitress has no option '{unknown}'", fix=suggest(unknown, known), option=unknown
            )
        guilty = next((name for name, value in options.items() if str(value) in str(error)), "")
        return ConfigError(f"waitress: {error}", option=guilty or next(iter(options), ""))

    @property
    def _listening(self) -> list[Any]:
        return [one for one in self._map.values() if isinstance(one, BaseWSGIServer)]

    @property
    def urls(self) -> list[str]:
        """Where it listens: ``http://127.0.0.1:8774``, or ``unix:/run/api.sock``."""
        return [url_of(server) for server in self._listening]

    def run(
        self, on_hup: Callable[[], bool] | None = None, deserted: Callable[[], bool] = bool
    ) -> list[socket.socket]:
        """Serve until a signal comes, then finish. To be called in the main thread.

        :param on_hup: called in the handler of SIGHUP; false ends the server like the other signals.
        :param deserted: tells whether such a SIGHUP has come already. The exception that one raises before
            anything is served is lost where Python can't raise any: in the callback of a weak reference, say.
        :returns: the listening sockets, still open, after :meth:`leave`; else none.
        """
        servers = self._listening

        def stop(number: int, frame: FrameType | None) -> None:
            self._signals += 1
            # Waitress waits in poll(); a byte in its pipe ends that.
            servers[0].pull_trigger()

        def hang_up(number: int, frame: FrameType | None) -> None:
            if on_hup is not None and not on_hup():
                stop(number, frame)

        handlers: dict[int, Any] = {signal.SIGINT: stop, signal.SIGTERM: stop}
        if on_hup is not None and hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = hang_up
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        if deserted():
            self._signals += 1
        try:
            adjustments = servers[0].adj
            timeout, poll = adjustments.asyncore_loop_timeout, adjustments.asyncore_use_poll
            self._loop(lambda: self._signals == 0 and not self._leaving, timeout, poll)
            return self._drain(servers, poll)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def leave(self) -> None:
        """Finish, from another thread, and leave the listening sockets open."""
        self._leaving = time.monotonic() + _LINGER
        self._listening[0].pull_trigger()

    def _loop(self, go_on: Callable[[], bool], timeout: float, poll: bool) -> None:
        while go_on() and self._map:
            wasyncore.loop(timeout=timeout, use_poll=poll, map=self._map, count=1)

    def _drain(self, servers: list[Any], poll: bool) -> list[socket.socket]:
        deadline = time.monotonic() + self._grace
        # Connections that the system accepted before the signal are ours to answer.
        wasyncore.loop(timeout=0, use_poll=poll, map=self._map, count=1)
        kept = [_taken_off(server, self._map) for server in servers] if self._leaving else []
        for server in servers if not kept else ():
            _close(server)

        def busy() -> bool:
            channels = [one for one in list(self._map.values()) if isinstance(one, HTTPChannel)]
            now = time.monotonic()
            lingering = now < self._leaving and not self._signals
            for channel in channels:
                channel.leaving = bool(self._leaving)
                if not lingering and not in_flight(channel):
                    channel.handle_close()
            left = lingering and bool(channels)
            left = left or any(in_flight(channel) for channel in channels)
            return left and self._signals < 2 and now < deadline

        self._loop(busy, _PACE, poll)
        left = [o for o in self._map.values() if isinstance(o, HTTPChannel) and in_flight(o)]
        if left:
            LOG.warning("Cutting off %d request(s) still in flight", len(left))
        servers[0].task_dispatcher.shutdown(timeout=0 if left else 1)
        wasyncore.close_all(self._map)
        if kept and self._signals:
            # Whoever stops the service counts more than who reloads it.
            for server in servers:
                _close(server)
            return []
        return kept


def _taken_off(server: Any, map: dict[int, Any]) -> socket.socket:
    """Return the listening socket of a server that accepts no more connections."""
    map.pop(server._fileno, None)
    listening: socket.socket = server.socket
    return listening


def _close(server: Any) -> None:
    """Stop listening."""
    path = server.socket.getsockname() if getattr(socket, "AF_UNIX", None) == server.family else None
    # Not its own close(): that closes the pipe too, by which threads say that a reply is there.
    wasyncore.dispatcher.close(server)
    if path and os.path.exists(path):
        os.unlink(path)


def in_flight(channel: Any) -> bool:
    """Tell whether a connection has a request received, or being received, or a reply not yet sent."""
    # In this order: a thread puts its reply into the buffer before it takes the request off the list.
    return bool(channel.requests or channel.request is not None or channel.total_outbufs_len) and bool(
        channel.connected
    )


def removes_what_proxies_say(application: Any, options: Mapping[str, Any]) -> bool:
    """Tell whether waitress takes away the headers that the application's filter would read.

    Unless told otherwise it removes ``Forwarded`` and ``X-Forwarded-*``: the filter ``http_proxy_to_wsgi``,
    which knows whom to believe, would never see them.

    :param application: the WSGI application.
    :param options: waitress's own.
    """
    if set(options) & {"clear_untrusted_proxy_headers", "trusted_proxy"}:
        return False
    # What SIGHUP can put another in the place of is behind a property, which a walk does not touch.
    served = application.application if isinstance(application, Swappable) else application
    filters = (getattr(one, "filter", one) for end in ends(served) for one in end.filters)
    return any(isinstance(one, HTTPProxyToWSGI) and one.settings.trusted_proxies for one in filters)


def url_of(server: Any) -> str:
    """Return the URL of one listening socket of waitress."""
    if getattr(socket, "AF_UNIX", None) == server.family:
        return f"unix:{server.adj.unix_socket or server.effective_host}"
    host, port = server.effective_host, server.effective_port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
