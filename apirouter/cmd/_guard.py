"""What waitress leaves to a server in front: clients that are slow, greedy, or say two things at once.

1. A request has one end: ``Content-Length`` beside ``Transfer-Encoding`` is a 400 and the end of the connection
   (RFC 9112, 6.3), and so is a length that is said twice.
2. A request has at most :data:`MOST_FIELDS` header fields, or 431.
3. Waitress stops accepting at its limit of connections: who opens as many and sends a byte now and then keeps
   everybody out. Here the connection that has waited longest without a whole request makes room instead: 408.
"""

from __future__ import annotations

import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import RequestHeaderFieldsTooLarge

#: As many header fields as gunicorn and Apache take.
MOST_FIELDS = 100
#: So many connections below waitress's own limit, which counts its sockets and pipes too, room is made.
_SPARE = 8

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; refuses one with two ends or with too many fields."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the header fields.

        :raises ParsingError: they are malformed.
        """
        # The first line and the empty one at the end are none.
        if header_plus.count(b"\n") > MOST_FIELDS + 2:
            super().parse_header(b"GET / HTTP/1.0\r\n")
            self.error = RequestHeaderFieldsTooLarge(f"there are more than {MOST_FIELDS} header fields")
            return
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length contradicts Transfer-Encoding")


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection; makes room for itself where there is none.

    :param server: the server that accepted it.
    """

    parser_class = Parser

    def __init__(self, server: Any, *args: Any, **kwargs: Any) -> None:
        #: Since when it waits for a whole request.
        self.waits_since = time.monotonic()
        make_room(server)
        super().__init__(server, *args, **kwargs)

    def service(self) -> None:
        """Answer the requests that are there."""
        super().service()
        self.waits_since = time.monotonic()


def make_room(server: Any) -> None:
    """Close the connection that waits longest for a whole request, where there are nearly too many.

    :param server: a waitress server.
    """
    # At most the limit's number of connections are looked at, and only when that many are there.
    channels = server.active_channels
    if len(channels) < max(1, server.adj.connection_limit - _SPARE):
        return
    idle = [c for c in list(channels.values()) if not c.requests and not c.total_outbufs_len]
    if not idle:
        return
    victim = min(idle, key=lambda channel: channel.waits_since)
    if victim.request is not None:
        try:
            victim.socket.send(_TIMEOUT)
        except OSError:
            # It takes nothing, or is gone: then it needs no word either.
            server.logger.debug("A slow client could not be told that it is")
    victim.handle_close()
