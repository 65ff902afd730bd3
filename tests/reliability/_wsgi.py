"""Requests as a server hands them to the application, without a server."""

from __future__ import annotations

import io
import sys
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What came back; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Gone:
    """A request body whose client goes away in the middle.

    :param data: what still arrives.
    :param error: what the server raises then; None when it just ends.
    """

    def __init__(self, data: bytes, error: OSError | None = None) -> None:
        self._data, self._error = io.BytesIO(data), error

    def read(self, size: int = -1) -> bytes:
        found = self._data.read(size)
        if not found and self._error is not None:
            raise self._error
        return found

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)

    def __iter__(self) -> Gone:
        return self

    def __next__(self) -> bytes:
        line = self.read(4096)
        if not line:
            raise StopIteration
        return line


def environ_of(method: str, path: str, body: Any = b"", *, length: int = -1, **more: str) -> dict[str, Any]:
    """Return the environ of a request.

    :param body: bytes, or something to read from.
    :param length: its Content-Length, when it can't be counted.
    """
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8774",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body) if isinstance(body, bytes) else length),
        "CONTENT_TYPE": "application/json",
        "HTTP_X_AUTH_TOKEN": "alice:demo",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": stream,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }


def call(application: Any, environ: dict[str, Any], *, leave: bool = False) -> Reply:
    """Send a request.

    :param leave: go away when the reply has begun: what there is of its body is not read.
    """
    seen: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        seen.append((status, headers))
        return lambda data: None

    body = application(environ, start)
    try:
        data = b"" if leave else b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    status, headers = seen[-1]
    return Reply(int(status[:3]), {name.lower(): value for name, value in headers}, data)
