"""Counts requests for Prometheus, and answers ``/metrics``.

1. ``<prefix>_requests_total`` and ``<prefix>_request_duration_seconds`` by route template, method and status:
   nothing a client invents becomes a label, so the number of series is bounded by the routes.
2. The time ends when the reply's iterable is closed: a body that is made lazily counts.
3. With ``PROMETHEUS_MULTIPROC_DIR`` set, ``/metrics`` of any worker tells the sum of all.
4. ``/metrics`` asks nobody for a token: mount it where only the scraper comes, or turn it off with an empty
   ``path`` and scrape elsewhere.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import os
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from apirouter.errors import ConfigError, MissingExtra
from apirouter.faults import header_text
from apirouter.filters.base import Filter, factory_of, problems_of
from apirouter.filters.headers import METHODS
from apirouter.filters.replies import EndedBody, is_plain
from apirouter.options import option

LOG = logging.getLogger(__name__)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LABELS = ("method", "route", "status")


def _path(text: str) -> str:
    path = text.strip().rstrip("/")
    if text.strip() and not path.startswith("/"):
        raise ValueError("is not a path (/metrics)")
    return path


def _prefix(text: str) -> str:
    prefix = text.strip()
    if not (prefix.isascii() and prefix.isidentifier()):
        raise ValueError("is not a metric's name (letters, digits, underscores)")
    return prefix


def _buckets(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise ValueError("holds what is no number") from None
    # The last one, which holds all the rest, prometheus_client adds itself.
    found = found[:-1] if found[-1:] == (math.inf,) else found
    if not found or list(found) != sorted(set(found)) or not all(map(math.isfinite, found)) or found[0] <= 0:
        raise ValueError("is not a rising row of seconds (0.01 0.1 1)")
    return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``metrics``.

    :param path: where the metrics are told; empty tells them nowhere.
    :param prefix: the start of the metrics' names.
    :param buckets: upper bounds of the histogram, in seconds.
    """

    path: str = option("/metrics", parse=_path)
    prefix: str = option("apirouter", parse=_prefix)
    buckets: tuple[float, ...] = option(
        (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0), parse=_buckets
    )


# A process has one registry, where a metric may stand once: filters of one name share it.
@functools.cache
def _instruments(registry: Any, prefix: str, buckets: tuple[float, ...]) -> tuple[Any, Any]:
    import prometheus_client

    count = prometheus_client.Counter(
        f"{prefix}_requests", "Requests answered.", labelnames=_LABELS, registry=registry
    )
    try:
        duration = prometheus_client.Histogram(
            f"{prefix}_request_duration_seconds",
            "Seconds from a request's arrival to the end of its reply.",
            labelnames=_LABELS,
            buckets=buckets,
            registry=registry,
        )
    except ValueError:
        # Both or neither: a second load is to meet what is wrong, not what the first has left.
        registry.unregister(count)
        raise
    return count, duration


def _refuse_missing_directory() -> None:
    """Refuse to count in files of a directory that isn't there: each request would log a failure.

    :raises ConfigError: ``PROMETHEUS_MULTIPROC_DIR`` names none.
    """
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if directory and not os.path.isdir(directory):
        raise ConfigError(
            f"Metrics: PROMETHEUS_MULTIPROC_DIR is '{directory}', which is no directory",
            fix="make it before the service starts, and empty it",
        )


def _library(settings: Options | None = None) -> Any:
    """Return ``prometheus_client``.

    :param settings: whose metrics it is for; any are.
    :raises MissingExtra: it isn't installed.
    """
    try:
        import prometheus_client
    except ImportError as error:
        raise MissingExtra("filter metrics", "prometheus_client", "metrics") from error
    return prometheus_client


class Metrics(Filter):
    """Count and time requests (see the module)."""

    __slots__ = ("_count", "_duration", "_path", "_registry")
    options = Options

    def __init__(
        self, application: WSGIApplication, options: Any = None, *, registry: Any = None, **named: Any
    ) -> None:
        super().__init__(application, options, **named)
        prometheus_client = _library()
        _refuse_missing_directory()
        self._registry: Any = prometheus_client.REGISTRY if registry is None else registry
        self._path: str = self.settings.path
        try:
            made = _instruments(self._registry, self.settings.prefix, self.settings.buckets)
        except ValueError as error:
            raise ConfigError(
                f"Metrics: prefix '{self.settings.prefix}' is taken: {error}",
                fix="give filters with other buckets another prefix",
                option="prefix",
            ) from error
        self._count, self._duration = made

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what is wrong with a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _library, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def metrics(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if self._path and environ.get("PATH_INFO") == self._path:
                return self._tell(environ, start_response)
            began = time.perf_counter()
            status = "500"

            def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                nonlocal status
                status = line[:3]
                if exc_info:
                    return start_response(line, headers, exc_info)
                return start_response(line, headers)

            try:
                body = inner(environ, start)
            except BaseException:
                self._observe(environ, "500", began)
                raise
            if is_plain(body, environ):
                self._observe(environ, status, began)
                return body
            return EndedBody(body, lambda: self._observe(environ, status, began))

        return metrics

    def _observe(self, environ: WSGIEnvironment, status: str, began: float) -> None:
        method = environ.get("REQUEST_METHOD", "")
        route = environ.get("apirouter.route")
        labels = (
            method if method in METHODS else "other",
            route if isinstance(route, str) else "-",
            status,
        )
        try:
            self._count.labels(*labels).inc()
            self._duration.labels(*labels).observe(time.perf_counter() - began)
        except Exception:
            # Several processes count in files, and a disk may be full: that is no fault of the request's.
            LOG.exception("A request could not be counted")

    def _tell(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer the scraper."""
        method = environ.get("REQUEST_METHOD", "GET")
        if method not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
            return []
        from prometheus_client import CollectorRegistry, multiprocess

        registry = self._registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            collect: Any = multiprocess.MultiProcessCollector
            collect(registry)
        encode, kind = _encoder(environ.get("HTTP_ACCEPT", ""))
        body: bytes = encode(registry)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("200 OK", headers)
        return [] if method == "HEAD" else [body]


def _encoder(accept: str) -> tuple[Any, str]:
    """Return what writes the metrics in the form that a scraper accepts, and the form's media type.

    :param accept: anything a client sent.
    """
    from prometheus_client.exposition import choose_encoder

    try:
        encode, kind = choose_encoder(accept)
    except (TypeError, ValueError, LookupError) as error:
        # prometheus_client compares what stands for a version without asking whether it is one.
        LOG.debug("Metrics are told in the usual form, for Accept can't be read: %s", error)
        encode, kind = choose_encoder("")
    return encode, header_text(kind)


filter_factory = factory_of(Metrics)
