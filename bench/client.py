"""A client that asks one thing over and over, for servers on this machine, where wrk is not installed.

    python -m bench.client PORT PATH [--seconds 2] [--connections 8]

It prints a line of JSON: replies, seconds, and how much of these it had the processor itself (``busy``); near 1
it is the bottleneck, and not the server. A connection is kept as long as the server keeps it.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time

from bench.peers import work


class Connection:
    """One connection: sends the request, counts the replies.

    :param port: the server's.
    :param request: the bytes of a request.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._port, self._request = port, request
        self.done, self.wrong = 0, 0
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received, self._wanted, self._closes = bytearray(), -1, False
        made.sendall(self._request)
        return made

    def ready(self) -> bool:
        """Read what is there; return whether the socket is another one from now on."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionError:
            data = b""
        self._received += data
        if self._wanted < 0:
            head, end, _ = self._received.partition(b"\r\n\r\n")
            if end:
                self._wanted = len(head) + 4 + _length(head)
                self._closes = b"\r\nconnection: close" in head.lower()
                self.wrong += head[9:12] != b"200"
        if 0 <= self._wanted <= len(self._received):
            self.done += 1
            if data and not self._closes:
                self._received, self._wanted = bytearray(), -1
                self.socket.sendall(self._request)
                return False
        elif data:
            return False
        else:
            self.wrong += bool(self._received)
        self.socket.close()
        self.socket = self._connected()
        return True


def _length(head: bytes | bytearray) -> int:
    for line in bytes(head).lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise ValueError("a reply has no Content-Length")


def run(port: int, path: str, seconds: float, connections: int) -> dict[str, float]:
    """Ask for so long; return what came of it.

    :param port: where, on this machine.
    :param path: what.
    :param seconds: how long.
    :param connections: how many at once.
    """
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"X-Auth-Token: {work.TOKEN}",
        "Accept: application/json",
    )
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    with selectors.DefaultSelector() as selector:
        every = [Connection(port, request) for _ in range(connections)]
        for one in every:
            selector.register(one.socket, selectors.EVENT_READ, one)
        began, cpu = time.perf_counter(), time.process_time()
        while (spent := time.perf_counter() - began) < seconds:
            for key, _ in selector.select(timeout=1):
                old = key.fileobj
                if key.data.ready():
                    selector.unregister(old)
                    selector.register(key.data.socket, selectors.EVENT_READ, key.data)
        cpu = time.process_time() - cpu
        for one in every:
            one.socket.close()
    done, wrong = sum(one.done for one in every), sum(one.wrong for one in every)
    return {"done": done, "wrong": wrong, "seconds": spent, "busy": cpu / spent}


def main() -> int:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    print(json.dumps(run(options.port, options.path, options.seconds, options.connections)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
