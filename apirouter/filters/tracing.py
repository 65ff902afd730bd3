"""One OpenTelemetry span a request, in the place of the ancestors' profiler.

1. The parent is the caller's, by W3C Trace Context (``traceparent``), or by whatever propagators
   OpenTelemetry is configured with. Where a span is current already, of a filter or an instrumentation outside or
   of a request that this one is made for, it is that one: who made it has read the caller's.
2. The span is named by method and route template (``GET /v2.1/servers/{id}``), its attributes are those of
   OpenTelemetry's HTTP conventions; no query, header, body or exception's text is recorded.
3. It is current while the application runs and while its reply is iterated; it ends when that is closed.
4. Where spans go is OpenTelemetry's own configuration (``OTEL_*``, or the process's own code).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from apirouter.errors import MissingExtra
from apirouter.filters.base import Filter, factory_of, problems_of
from apirouter.filters.headers import METHODS
from apirouter.filters.replies import Body, close, is_plain

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``tracing``.

    :param trust_parent: whether a request's ``traceparent`` is believed; without, every request starts a
        trace of its own, as befits a service that anybody can reach.
    :param tracer: the instrumentation scope that spans are recorded under.
    """

    trust_parent: bool = True
    tracer: str = "apirouter"


def _library(settings: Options | None = None) -> tuple[Any, Any, Any]:
    """Return OpenTelemetry's modules ``trace``, ``context`` and ``propagate``.

    :param settings: whose spans they are for; any are.
    :raises MissingExtra: they aren't installed.
    """
    try:
        from opentelemetry import context, propagate, trace
    except ImportError as error:
        raise MissingExtra("filter tracing", "opentelemetry-api", "tracing") from error
    return trace, context, propagate


class Tracing(Filter):
    """Record a span for each request (see the module).

    :param tracer_provider: where spans are made; OpenTelemetry's global provider when None.
    """

    __slots__ = ("_api", "_extract", "_tracer")
    options = Options

    def __init__(
        self, application: WSGIApplication, options: Any = None, *, tracer_provider: Any = None, **named: Any
    ) -> None:
        super().__init__(application, options, **named)
        trace, context, propagate = _library()
        self._api = (trace, context)
        self._extract = propagate.extract
        self._tracer = trace.get_tracer(self.settings.tracer, tracer_provider=tracer_provider)

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what is wrong with a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _library, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def tracing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            trace, context = self._api
            outside = trace.get_current_span().get_span_context().is_valid
            parent = context.get_current() if outside else self._parent(environ)
            method = environ.get("REQUEST_METHOD", "")
            method = method if method in METHODS else "HTTP"
            span = self._tracer.start_span(
                method,
                context=parent,
                kind=trace.SpanKind.INTERNAL if outside else trace.SpanKind.SERVER,
                attributes=_attributes(environ),
            )
            current = trace.set_span_in_context(span, parent)
            finish = _Finish(span, trace, environ, method)

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                finish.status = int(status[:3]) if status[:3].isdecimal() else 0
                if exc_info:
                    return start_response(status, headers, exc_info)
                return start_response(status, headers)

            token = context.attach(current)
            try:
                body = inner(environ, start)
            except BaseException as error:
                finish(error)
                raise
            finally:
                context.detach(token)
            if is_plain(body, environ):
                try:
                    finish()
                except BaseException:
                    close(body)
                    raise
                return body
            return _SpannedBody(body, context, current, finish)

        return tracing

    def _parent(self, environ: WSGIEnvironment) -> Any:
        """Return what a request's headers say of its caller, if they are believed."""
        if self.settings.trust_parent:
            try:
                return self._extract(_carrier(environ))
            except Exception as error:
                # A client wrote them, and not every propagator reads whatever it is given.
                LOG.debug("The caller's trace can't be read: %s", type(error).__name__)
        return self._api[1].Context()


class _Finish:
    """Ends a span, with what is known of the request by then."""

    __slots__ = ("_environ", "_method", "_span", "_trace", "status")

    def __init__(self, span: Any, trace: Any, environ: WSGIEnvironment, method: str) -> None:
        self._span, self._trace, self._environ, self._method = span, trace, environ, method
        self.status = 0

    def __call__(self, error: BaseException | None = None) -> None:
        span, trace = self._span, self._trace
        route = self._environ.get("apirouter.route")
        if isinstance(route, str):
            span.update_name(f"{self._method} {route}")
            span.set_attribute("http.route", route)
        version = self._environ.get("apirouter.version")
        if version is not None:
            span.set_attribute("apirouter.microversion", str(version))
        request_id = self._environ.get("openstack.request_id")
        if request_id:
            span.set_attribute("openstack.request_id", request_id)
        if error is not None:
            # The class alone: an exception's text may hold what the client sent.
            span.set_attribute("error.type", type(error).__qualname__)
        if self.status:
            span.set_attribute("http.response.status_code", self.status)
        if error is not None or self.status >= 500:
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end()


class _SpannedBody(Body):
    """A reply's iterable that runs in its request's span and ends it."""

    __slots__ = ("_context", "_current", "_finish")

    def __init__(self, source: Iterable[bytes], context: Any, current: Any, finish: _Finish) -> None:
        super().__init__(source)
        self._context, self._current = context, current
        self._finish: _Finish | None = finish

    def __next__(self) -> bytes:
        token = self._context.attach(self._current)
        try:
            return super().__next__()
        except StopIteration:
            raise
        except BaseException as error:
            self._end(error)
            raise
        finally:
            self._context.detach(token)

    def close(self) -> None:
        """Close the iterable inside, then end the span."""
        token = self._context.attach(self._current)
        try:
            super().close()
        finally:
            self._context.detach(token)
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        finish, self._finish = self._finish, None
        if finish is not None:
            finish(error)


def _carrier(environ: WSGIEnvironment) -> dict[str, str]:
    """Return a request's headers as propagators look for them, lower case with dashes."""
    return {
        key[5:].lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    }


def _attributes(environ: WSGIEnvironment) -> dict[str, Any]:
    get = environ.get
    found = {
        "http.request.method": get("REQUEST_METHOD") if get("REQUEST_METHOD") in METHODS else "_OTHER",
        "url.scheme": get("wsgi.url_scheme"),
        "server.address": get("SERVER_NAME"),
        "client.address": get("REMOTE_ADDR"),
        "user_agent.original": get("HTTP_USER_AGENT"),
        "network.protocol.version": (get("SERVER_PROTOCOL") or "").removeprefix("HTTP/"),
    }
    return {key: value for key, value in found.items() if value}


filter_factory = factory_of(Tracing)
