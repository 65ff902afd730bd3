"""Exception -> response; the only status table.

1. An exception of apirouter's own, or one that the service's settings map to a status, shows its message.
2. A ``webob.exc.HTTPException`` (or a :class:`Fault` around one) shows its explanation.
3. Any other exception that says ``safe = True`` and has a 4xx or 5xx ``code`` shows its class and message.
4. Everything else is a 500 that shows nothing but the request id; the log has the rest.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import webob.exc

from apirouter.errors import RequestError, UnexpectedError, clip, safe_text
from apirouter.redaction import format_error
from apirouter.serialization import encode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: Returns the version headers of the fault of an error, called with the request and the error.
VersionHeaders = Callable[["WSGIEnvironment", BaseException], Iterable[tuple[str, str]]]

#: The field's names of faults; any other status has the service's own (``computeFault``).
FAULT_NAMES: Mapping[int, str] = MappingProxyType(
    {
        400: "badRequest",
        401: "unauthorized",
        403: "forbidden",
        404: "itemNotFound",
        405: "badMethod",
        409: "conflictingRequest",
        413: "overLimit",
        415: "badMediaType",
        429: "overLimit",
        501: "notImplemented",
        503: "serviceUnavailable",
    }
)

#: Where the request's id stands in the environ (oslo.middleware's name).
REQUEST_ID = "openstack.request_id"

#: status -> ``"404 Not Found"``
STATUS_LINES: Mapping[int, str] = MappingProxyType(
    {s.value: f"{s.value} {s.phrase}" for s in http.HTTPStatus}
)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

#: The fault's own; an exception's headers never set them.
_OWN_HEADERS = frozenset(("content-type", "content-length"))
_JSON = ("Content-Type", "application/json")


def status_line(code: int) -> str:
    """Return ``"404 Not Found"`` for 404; an unknown code is named ``Unknown``."""
    return STATUS_LINES.get(code) or f"{code} Unknown"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def header_text(value: object) -> str:
    """Return a header's value as text that can't end the header.

    Control characters become spaces; what latin-1 lacks is sent as its UTF-8 bytes (PEP 3333).
    """
    text = _text(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("latin-1")
        # UTF-8's continuation bytes 0x80-0x9f read as C1 controls in latin-1; they are no line ends.
    return text


def same_origin(location: object) -> str:
    """Return a ``Location`` that leaves this origin only if it names another by scheme.

    A browser reads ``//e``, ``/\\e`` and either with blanks or tabs in it as another host; here they stay
    paths. An absolute URL (``https://e/``) is somebody's intent and kept.

    :param location: an absolute URL or a reference to one of this origin, as a person writes it; what is not
        ASCII is sent percent-encoded (RFC 3987, 3.1).
    """
    # Browsers drop tabs and line ends anywhere, blanks and controls at both ends, before they look.
    text = "".join(c for c in _text(location) if c >= " " and c != "\x7f").strip()
    if not text.isascii():
        text = quote(text, safe="".join(map(chr, range(0x20, 0x7F))), errors="surrogatepass")
    if _SCHEME.match(text):
        return text
    path, mark, query = text.partition("?")
    path = path.replace("\\", "/")
    if path.startswith("/"):
        path = "/" + path.lstrip("/ ")
    return path + mark + query


class Failure(NamedTuple):
    """What a client is told of an exception.

    :param code: the status.
    :param message: the text.
    :param headers: further headers of the reply.
    :param log: whether the exception is the server's fault and must be logged with its traceback.
    """

    code: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    log: bool = False


@dataclasses.dataclass(frozen=True)
class FaultFormat:
    """How a service words its faults.

    :param default_fault: the name for statuses that have none (``computeFault``).
    :param names: status -> name.
    :param exceptions: the service's own exception classes -> status, the most derived class first.
    :param versions: tells the version headers of a fault; None where whoever answers gives them.
    """

    default_fault: str = "apiFault"
    names: Mapping[int, str] = dataclasses.field(default_factory=lambda: FAULT_NAMES)
    exceptions: tuple[tuple[type[BaseException], int], ...] = ()
    versions: VersionHeaders | None = dataclasses.field(default=None, compare=False)

    def failure(self, error: BaseException, request_id: str | None = None) -> Failure:
        """Tell what a client is told of ``error``.

        :param error: what was raised.
        :param request_id: shown when nothing else may be.
        """
        if isinstance(error, RequestError):
            return Failure(error.code, _message(error), _headers(error.headers))
        if isinstance(error, UnexpectedError):
            # Even where the service's own classes have a base of all exceptions among them.
            return Failure(500, generic_message(request_id), (), True)
        while isinstance(error, Fault):
            error = error.wrapped_exc
        if isinstance(error, webob.exc.HTTPException):
            return _http_failure(error)
        for kind, code in self.exceptions:
            if isinstance(error, kind):
                return Failure(code, _message(error), _headers(getattr(error, "headers", None)), code >= 500)
        declared: Any = getattr(error, "code", None)
        if getattr(error, "safe", False) is True and _is_status(declared):
            message = f"{type(error).__name__}: {_message(error)}"
            return Failure(declared, message, _headers(getattr(error, "headers", None)), declared >= 500)
        return Failure(500, generic_message(request_id), (), True)

    def body(self, failure: Failure) -> bytes:
        """Return the JSON document of a fault."""
        name = self.names.get(failure.code) or self.default_fault
        fault: dict[str, Any] = {"code": failure.code, "message": failure.message}
        if failure.code in (413, 429):
            for key, value in failure.headers:
                if key.lower() == "retry-after":
                    fault["retryAfter"] = value
        return encode({name: fault})

    def reply(
        self,
        error: BaseException,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        extra: Iterable[tuple[str, str]] = (),
    ) -> list[bytes]:
        """Answer a request with the fault of ``error``, as a WSGI application does.

        The server's own mistakes are logged here, once, with their traceback and request id.

        :param error: what was raised.
        :param environ: the request.
        :param start_response: called once.
        :param extra: headers beside the fault's own (version headers).
        """
        request_id = environ.get(REQUEST_ID)
        try:
            failure = self.failure(error, request_id)
        except Exception as problem:
            # Even an exception's attributes can be code that raises: then there is nothing to tell.
            LOG.debug("%s can't be told: %s", type(error).__name__, type(problem).__name__)
            failure = Failure(500, generic_message(request_id), (), True)
        if failure.log:
            log_failure(error, environ)
        if self.versions is not None:
            extra = (*extra, *self.versions(environ, error))
        return self.send(failure, environ, start_response, extra)

    def send(
        self,
        failure: Failure,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        extra: Iterable[tuple[str, str]] = (),
    ) -> list[bytes]:
        """Answer a request with a failure already told."""
        headers: Sequence[tuple[str, str]] = ()
        if failure.headers:
            headers, extra = _apart(failure.headers, extra)
        if failure.code < 400:
            # A redirection or a 204 that was raised: its headers say it all.
            if failure.code not in (204, 304):
                headers = [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", "0"), *headers]
            start_response(status_line(failure.code), [*headers, *extra])
            return []
        body = self.body(failure)
        start_response(
            status_line(failure.code), [_JSON, ("Content-Length", str(len(body))), *headers, *extra]
        )
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def _apart(
    headers: Iterable[tuple[str, str]], extra: Iterable[tuple[str, str]]
) -> tuple[list[tuple[str, str]], Iterable[tuple[str, str]]]:
    """Return a fault's headers without those that stand in ``extra``, and ``extra`` with what Vary both say."""
    extra = tuple(extra)
    own = {name.lower() for name, _ in extra if name.lower() != "vary"}
    vary = ", ".join(value for name, value in headers if name.lower() == "vary")
    if vary:
        own.add("vary")
        extra = merge_vary(extra, vary)
    return [(name, value) for name, value in headers if name.lower() not in own], extra


def generic_message(request_id: str | None) -> str:
    """Return all that a client is told of a server's mistake."""
    text = "The server has either erred or is incapable of performing the requested operation."
    return f"{text} (Request-ID: {request_id})" if request_id else text


def log_failure(error: BaseException, environ: WSGIEnvironment, logger: logging.Logger = LOG) -> None:
    """Log an exception with its traceback, the request's id, method and route; no query, header or body.

    Secrets of the request that stand in an exception's text are masked. Then the traceback is part of the
    message and the record has no ``exc_info``: a handler that formats it again would show them.

    :param error: what was raised.
    :param environ: the request.
    :param logger: where to.
    """
    route = environ.get("apirouter.route")
    try:
        trace, masked = format_error(error, environ)
    except Exception as problem:
        # What can't be masked is not shown; the client is answered all the same.
        trace, masked = f"its traceback can't be masked: {type(problem).__name__}", True
    try:
        logger.error(
            "Unexpected %s in %s %s (request id %s)%s",
            type(error.error if isinstance(error, UnexpectedError) else error).__name__,
            clip(environ.get("REQUEST_METHOD", "-"), 32),
            route if isinstance(route, str) else "-",
            environ.get(REQUEST_ID) or "-",
            f"\n{trace}" if masked else "",
            exc_info=None if masked else (type(error), error, error.__traceback__),
        )
    except Exception as problem:
        tell_unlogged(problem)


def tell_unlogged(problem: Exception) -> None:
    """Tell standard error why a record was not logged, as logging's own handlers do.

    A handler of somebody's may raise, and no request is to fail for that.

    :param problem: what it raised; not what it was raised over, which may hold secrets of a request.
    """
    if logging.raiseExceptions and sys.stderr is not None:
        # Nobody may read it any more.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write("A record could not be logged:\n")
            traceback.print_exception(type(problem), problem, problem.__traceback__, chain=False)


def _is_status(code: object) -> bool:
    return isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599


def _message(error: BaseException) -> str:
    writer = getattr(error, "format_message", None)
    if callable(writer):
        try:
            return str(writer())
        except Exception as problem:
            LOG.debug("format_message of %s raised %r", type(error).__name__, problem)
    return safe_text(error)


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    if not headers:
        return ()
    pairs = headers.items() if hasattr(headers, "items") else headers
    kept = []
    for key, value in pairs:
        name = str(key)
        if name.lower() in _OWN_HEADERS or not _HEADER_NAME.fullmatch(name):
            continue
        kept.append((name, same_origin(value) if name.lower() == "location" else header_text(value)))
    return tuple(kept)


def _http_failure(error: webob.exc.HTTPException) -> Failure:
    """Tell of an HTTP error: what its author said, else what its class says."""
    # An HTTPException that is no response itself has one.
    response = error if hasattr(error, "headers") else getattr(error, "wsgi_response", error)
    code = getattr(response, "status_int", None) or getattr(response, "code", None)
    if not isinstance(code, int) or not 200 <= code <= 599:
        return Failure(500, generic_message(None), (), True)
    said = vars(error).get("explanation") or getattr(error, "detail", None)
    if said is None or said == "":
        said = getattr(error, "explanation", "") or getattr(error, "title", "") or status_line(code)[4:]
        said = " ".join(safe_text(said).split())
    return Failure(code, safe_text(said), _headers(getattr(response, "headers", None)), code == 500)


def merge_vary(headers: Iterable[tuple[str, str]], more: str) -> tuple[tuple[str, str], ...]:
    """Return headers with the names in ``more`` added to their Vary."""
    names: list[str] = []
    others = []
    for name, value in headers:
        if name.lower() == "vary":
            names += [n.strip() for n in value.split(",")]
        else:
            others.append((name, value))
    known = {n.lower() for n in names}
    names = [n for n in (m.strip() for m in more.split(",")) if n and n.lower() not in known] + names
    if "*" in names:
        names = ["*"]
    return (*others, ("Vary", ", ".join(names))) if names else tuple(others)


class Fault(webob.exc.HTTPException):  # type: ignore[misc]
    """A ``webob.exc`` exception that is answered as a JSON fault.

    May be raised, or used as the WSGI application it is.

    :param exception: the exception it wraps.
    """

    def __init__(self, exception: webob.exc.HTTPException) -> None:
        self.wrapped_exc = exception
        self.status_int: int = exception.status_int
        Exception.__init__(self, safe_text(exception))

    @property
    def code(self) -> int:
        """The status."""
        return self.status_int

    @property
    def headers(self) -> Any:
        """The wrapped exception's headers."""
        return self.wrapped_exc.headers

    @property
    def explanation(self) -> str:
        """The message."""
        return safe_text(self.wrapped_exc.explanation)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer, worded as the router that serves this request words its faults."""
        form = environ.get("apirouter.faults")
        if not isinstance(form, FaultFormat):
            form = FaultFormat()
        return form.reply(self, environ, start_response)

    def __str__(self) -> str:
        return safe_text(self.wrapped_exc)
