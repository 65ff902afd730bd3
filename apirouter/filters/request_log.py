"""One log record a request, when its reply has gone out.

1. The route is the template that was matched (``/v2.1/servers/{id}``), never the path: a path holds ids, a
   query may hold secrets, and either may hold line ends.
2. A list is logged when it is returned; anything else when the server closes it, with the bytes that went out
   by then, also when the client went away halfway. What was sent by ``write()`` (PEP 3333) counts.
3. With its logger off it costs one question.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from collections.abc import Callable, Iterable
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal

from apirouter.errors import clip
from apirouter.faults import tell_unlogged
from apirouter.filters.base import Filter, factory_of
from apirouter.filters.headers import METHODS
from apirouter.filters.logrecord import record_maker
from apirouter.filters.replies import EndedBody, close, is_plain
from apirouter.fusion import Step

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


_LINES = """
if enabled(info):
    body = PLAIN(environ, START)
else:
    INSIDE
"""


class RequestLog(Filter):
    """Log each request (see the module)."""

    __slots__ = ("_log", "_logger")
    options = Options

    def prepare(self) -> None:
        """Find the logger."""
        self._logger = logging.getLogger(self.settings.logger)
        self._log = _log_of(self._logger, self.settings)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        enabled, info, log, now = self._logger.isEnabledFor, logging.INFO, self._log, time.perf_counter
        bind = MethodType

        # Apart, for what a function's inner functions close over is paid for by each of its calls.
        def logged(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            began = now()
            seen: list[Any] = ["-", 0]
            try:
                body = inner(environ, bind(_start_noting, (start_response, seen)))
            except BaseException:
                log(environ, "500", seen[1], now() - began)
                raise
            if type(body) is list or type(body) is tuple:
                length = len(body[0]) if len(body) == 1 else sum(map(len, body))
                log(environ, seen[0][:3], length + seen[1], now() - began)
                return body
            if is_plain(body, environ):
                try:
                    log(environ, seen[0][:3], None, now() - began)
                except BaseException:
                    # The server's file wrapper: nobody else will close what it reads.
                    close(body)
                    raise
                return body
            return _counted(body, environ, seen, began)

        def _counted(
            body: Iterable[bytes], environ: WSGIEnvironment, seen: list[Any], began: float
        ) -> Iterable[bytes]:
            return _CountedBody(body, lambda sent: log(environ, seen[0][:3], sent + seen[1], now() - began))

        def request_log(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return logged(environ, start_response) if enabled(info) else inner(environ, start_response)

        return request_log

    def fusion_step(self) -> Step:
        """Return what it does with a request that is not logged."""
        return Step(lines=_LINES, names={"enabled": self._logger.isEnabledFor, "info": logging.INFO})


def _start_noting(
    bound: tuple[StartResponse, list[Any]], line: str, headers: list[tuple[str, str]], exc_info: Any = None
) -> Any:
    """Start a reply, and keep its status line; bound to both, as in :mod:`.replies`."""
    start_response, seen = bound
    seen[0] = line
    if exc_info:
        return MethodType(_write_noting, (start_response(line, headers, exc_info), seen))
    return MethodType(_write_noting, (start_response(line, headers), seen))


def _write_noting(bound: tuple[Callable[[bytes], object], list[Any]], data: bytes) -> None:
    """Send a part of a reply, and keep how many bytes of it went out."""
    write, seen = bound
    write(data)
    seen[1] += len(data)


def _log_of(
    logger: logging.Logger, settings: Options
) -> Callable[[WSGIEnvironment, str, int | None, float], None]:
    """Return what logs a request: called with its environ, status, length (or None), and seconds."""
    as_json, show_path, handle = settings.format == "json", settings.path, logger.handle
    # Not logger.info(): that would walk the stack for a caller, which is always this function.
    record = record_maker(
        logger, logging.INFO, "%s" if as_json else _LINE, path=__file__, function="request_log"
    )

    # A quote would end the place in the line where a client's text stands; JSON has quotes of its own.
    shown = clip if as_json else _quoted

    def log(environ: WSGIEnvironment, status: str, length: int | None, spent: float) -> None:
        route = environ.get("apirouter.route")
        if not isinstance(route, str):
            route = (
                shown(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), 256)
                if show_path
                else "-"
            )
        elif not route.isprintable():
            route = clip(route)
        method = environ.get("REQUEST_METHOD", "-")
        address = environ.get("REMOTE_ADDR") or "-"
        fields: tuple[Any, ...] = (
            address if address.isprintable() else clip(address, 64),
            method if method in METHODS else shown(method, 32),
            route,
            status,
            "-" if length is None else length,
            environ.get("apirouter.version") or "-",
            spent,
            environ.get("openstack.request_id") or "-",
        )
        try:
            handle(record((_json_line(fields),) if as_json else fields))
        except Exception as problem:
            tell_unlogged(problem)

    return log


def _quoted(text: str, limit: int) -> str:
    return clip(text, limit).replace('"', '\\"')


_LINE = '%s "%s %s" status: %s len: %s microversion: %s time: %.6f request_id: %s'
_NAMES = ("address", "method", "route", "status", "length", "microversion", "time", "request_id")


def _json_line(fields: tuple[Any, ...]) -> str:
    record = {name: None if value == "-" else value for name, value in zip(_NAMES, fields, strict=True)}
    if record["microversion"] is not None:
        record["microversion"] = str(record["microversion"])
    record["status"] = int(fields[3]) if fields[3].isdecimal() else None
    record["time"] = round(fields[6], 6)
    return json.dumps(record)


class _CountedBody(EndedBody):
    """A reply's iterable that tells, when it is closed, how many bytes it gave."""

    __slots__ = ("_sent",)

    def __init__(self, source: Iterable[bytes], done: Callable[[int], None]) -> None:
        super().__init__(source, lambda: done(self._sent))
        self._sent = 0

    def __next__(self) -> bytes:
        chunk = super().__next__()
        self._sent += len(chunk)
        return chunk


filter_factory = factory_of(RequestLog)
