"""One log record a request, when its reply has gone out.

1. The route is the template that was matched (``/v2.1/servers/{id}``), never the path: a path holds ids, a
   query may hold secrets, and either may hold line ends.
2. A list is logged when it is returned; anything else when the server closes it, with the bytes that went out
   by then, also when the client went away halfway.
3. With its logger off it costs one question.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from apirouter.errors import clip
from apirouter.filters.base import Body, Filter, factory_of, is_plain

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``request_log``.

    :param logger: the logger's name; its level INFO turns the records on.
    :param format: ``line``, or ``json`` for an object a line.
    :param path: whether a request that no route matched shows its path, escaped and cut.
    """

    logger: str = "apirouter.request"
    format: Literal["line", "json"] = "line"
    path: bool = False


class RequestLog(Filter):
    """Log each request (see the module)."""

    __slots__ = ("_enabled", "_json", "_logger", "_path")
    options = Options

    def __init__(self, application: WSGIApplication, options: Any = None, **named: Any) -> None:
        super().__init__(application, options, **named)
        self._logger = logging.getLogger(self.settings.logger)
        self._enabled: Callable[[int], bool] = self._logger.isEnabledFor
        self._json = self.settings.format == "json"
        self._path: bool = self.settings.path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not self._enabled(logging.INFO):
            return self._call(environ, start_response)
        began = time.perf_counter()
        status = "-"

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, *((exc_info,) if exc_info else ()))

        try:
            body = self._call(environ, start)
        except BaseException:
            self._log(environ, "500", 0, began)
            raise
        kind = type(body)
        if kind is list or kind is tuple:
            self._log(environ, status, sum(map(len, body)), began)
            return body
        if is_plain(body, environ):
            self._log(environ, status, None, began)
            return body
        return _CountedBody(body, lambda sent: self._log(environ, status, sent, began))

    def _log(self, environ: WSGIEnvironment, status: str, length: int | None, began: float) -> None:
        spent = time.perf_counter() - began
        get = environ.get
        route = get("apirouter.route")
        if not isinstance(route, str):
            route = clip(get("SCRIPT_NAME", "") + get("PATH_INFO", "")) if self._path else "-"
        method = get("REQUEST_METHOD", "-")
        if not method.isalpha():
            method = clip(method, 32)
        version = get("apirouter.version")
        fields: tuple[Any, ...] = (
            get("REMOTE_ADDR") or "-",
            method,
            route,
            status,
            "-" if length is None else length,
            "-" if version is None else version,
            spent,
            get("openstack.request_id") or "-",
        )
        if self._json:
            self._logger.info("%s", _json_line(fields))
        else:
            self._logger.info(
                '%s "%s %s" status: %s len: %s microversion: %s time: %.6f request_id: %s', *fields
            )


_NAMES = ("address", "method", "route", "status", "length", "microversion", "time", "request_id")


def _json_line(fields: tuple[Any, ...]) -> str:
    record = {name: None if value == "-" else value for name, value in zip(_NAMES, fields, strict=True)}
    if record["microversion"] is not None:
        record["microversion"] = str(record["microversion"])
    if record["status"] is not None:
        record["status"] = int(record["status"])
    record["time"] = round(fields[6], 6)
    return json.dumps(record)


class _CountedBody(Body):
    """A reply's iterable that tells, when it is closed, how many bytes it gave."""

    __slots__ = ("_done", "_sent")

    def __init__(self, source: Iterable[bytes], done: Callable[[int], None]) -> None:
        super().__init__(source)
        self._done: Callable[[int], None] | None = done
        self._sent = 0

    def __next__(self) -> bytes:
        chunk = super().__next__()
        self._sent += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the iterable inside, then tell."""
        try:
            super().close()
        finally:
            done, self._done = self._done, None
            if done is not None:
                done(self._sent)


filter_factory = factory_of(RequestLog)
