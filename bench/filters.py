"""What each filter adds around a trivial application, beside its peers', in one run.

Every figure is a multiple of what serving the trivial application itself costs: the machine cancels out. A
request is served as a server does it: a new environ with an input of its own, a ``start_response`` that keeps
the head, the body joined and closed. Peers that aren't installed are left out.

Run with ``python -m bench.filters``; ``--check`` exits with 1 when a goal is missed.
"""

from __future__ import annotations

import importlib
import io
import logging
import platform
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

from apirouter.fusion import fuse
from bench.harness import Goal, arguments, finish

#: The goals, in µs where the trivial application costs 0.6 µs: as multiples of it.
TRIVIAL = 0.6
GOALS = {
    "request_id": 1.2,
    "faultwrap": 0.2,
    "sizelimit": 0.3,
    "cors, no origin configured": 0.2,
    "cors": 0.2,
    "http_proxy_to_wsgi": 0.2,
    "noauth2": 1.2,
    "request_log off": 0.3,
    "request_log on": 5.0,
    "the eight of noauth2": 4.0,
}


def trivial(environ: Any, start_response: Any) -> list[bytes]:
    """Answer ``ok``."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def make_environ() -> dict[str, Any]:
    """Return the environ of a client's GET, as large as a server makes it."""
    environ: dict[str, Any] = {
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "50000",
        "QUERY_STRING": "",
        "SERVER_SOFTWARE": "bench",
        "HTTP_ACCEPT": "application/json",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "HTTP_CONNECTION": "keep-alive",
        "HTTP_USER_AGENT": "python-novaclient",
        "HTTP_X_AUTH_TOKEN": "user:project",
    }
    setup_testing_defaults(environ)
    environ["PATH_INFO"] = "/v2.1/servers"
    return environ


ENVIRON = make_environ()


def serve(application: Any, count: int) -> float:
    """Serve ``count`` requests; return seconds for one."""
    head: list[Any] = [None]

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        head[0] = (status, headers)
        return None

    copy, stream, join = ENVIRON.copy, io.BytesIO, b"".join
    began = time.perf_counter()
    for _ in range(count):
        environ = copy()
        environ["wsgi.input"] = stream()
        body = application(environ, start_response)
        join(body)
        if hasattr(body, "close"):
            body.close()
    return (time.perf_counter() - began) / count


def _factory(path: str, **conf: str) -> Callable[[], Any]:
    def make() -> Any:
        module, _, name = path.partition(":")
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found({}, **conf)(trivial)

    return make


def _plain(path: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
    def make() -> Any:
        module, _, name = path.partition(":")
        return getattr(importlib.import_module(module), name)(trivial, *args, **kwargs)

    return make


def _eight(**cors: str) -> Any:
    names = (
        *("cors", "http_proxy_to_wsgi", "request_id", "faultwrap", "sizelimit", "profiler", "noauth2"),
        "request_log",
    )
    application: Any = trivial
    for name in reversed(names):
        module = importlib.import_module(f"apirouter.filters.{name}")
        factory = getattr(module, "compute_req_id_factory", module.filter_factory)
        application = factory({}, **(cors if name == "cors" else {}))(application)
    return application


def _adding() -> Any:
    """Return the least that adds a header to each reply: what anything that does so costs in Python at least."""
    vary = [("Vary", "Origin")]

    def adding(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            return start_response(status, headers + vary, exc_info)

        return trivial(environ, start)

    return adding


def _limiting() -> Any:
    """Return the least that puts an object of its own before each input."""

    class Input:
        __slots__ = ("left", "stream")

    def limiting(environ: Any, start_response: Any) -> Any:
        limited = Input()
        limited.stream, limited.left = environ["wsgi.input"], 114688
        environ["wsgi.input"] = limited
        return trivial(environ, start_response)

    return limiting


def _werkzeug_limit() -> Any:
    from werkzeug.wrappers import Request

    def application(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        request.max_content_length = 114688
        environ["wsgi.input"] = request.stream
        return trivial(environ, start_response)

    return application


OURS: dict[str, Callable[[], Any]] = {
    "request_id": _factory("apirouter.filters.request_id:filter_factory"),
    "faultwrap": _factory("apirouter.filters.faultwrap:filter_factory"),
    "sizelimit": _factory("apirouter.filters.sizelimit:filter_factory"),
    "cors": _factory("apirouter.filters.cors:filter_factory", allowed_origin="https://example.org"),
    "cors, no origin configured": _factory("apirouter.filters.cors:filter_factory"),
    "http_proxy_to_wsgi": _factory("apirouter.filters.http_proxy_to_wsgi:filter_factory"),
    "noauth2": _factory("apirouter.filters.noauth2:filter_factory"),
    "legacy_v2_compatible": _factory("apirouter.filters.legacy_v2_compatible:filter_factory"),
    "healthcheck": _factory("apirouter.filters.healthcheck:filter_factory"),
    "request_log off": _factory("apirouter.filters.request_log:filter_factory", logger="bench.off"),
    "request_log on": _factory("apirouter.filters.request_log:filter_factory", logger="bench.on"),
    "request_log json": _factory(
        "apirouter.filters.request_log:filter_factory", logger="bench.on", format="json"
    ),
    "metrics": _factory("apirouter.filters.metrics:filter_factory"),
    "tracing": _factory("apirouter.filters.tracing:filter_factory"),
    "ratelimit": _factory("apirouter.filters.ratelimit:filter_factory", limit="100000000/minute"),
    # As the ancestor's INI has them: its cors names no origin.
    "the eight of noauth2": _eight,
    "the eight, fused": lambda: fuse(_eight()),
    "the eight, cors with an origin": lambda: _eight(allowed_origin="https://example.org"),
}

#: By hand, no more than the work that there is no way around: what is above these a filter could save.
LEAST = {"sizelimit": _limiting, "cors": _adding}

PEERS: dict[str, dict[str, Callable[[], Any]]] = {
    "request_id": {"oslo.middleware": _factory("oslo_middleware:RequestId.factory")},
    "faultwrap": {
        "oslo.middleware": _factory("oslo_middleware:CatchErrors.factory"),
        "Paste": _plain("paste.exceptions.errormiddleware:ErrorMiddleware", {}, debug=False),
    },
    "sizelimit": {
        "oslo.middleware": _factory("oslo_middleware:RequestBodySizeLimiter.factory"),
        "werkzeug": _werkzeug_limit,
    },
    "cors": {
        "oslo.middleware": _factory(
            "oslo_middleware.cors:filter_factory", allowed_origin="https://example.org"
        )
    },
    "http_proxy_to_wsgi": {
        "oslo.middleware": _factory("oslo_middleware:HTTPProxyToWSGI.factory"),
        "werkzeug": _plain("werkzeug.middleware.proxy_fix:ProxyFix"),
        "PasteDeploy": _plain("paste.deploy.config:PrefixMiddleware"),
    },
    "request_log on": {"Paste": _plain("paste.translogger:TransLogger", setup_console_handler=False)},
}


def measure(applications: dict[str, Any], *, rounds: int = 60, count: int = 800) -> dict[str, float]:
    """Return, for each application, the multiple of the trivial one's time that it adds.

    Rounds are interleaved, so that a busy moment of the machine hits all alike, in an order that turns, so that none
    comes behind the same one always; the least of each counts.

    :param applications: name -> WSGI application around the trivial one.
    :param rounds: how often each is measured.
    :param count: requests in a round.
    """
    every = {"": trivial, **applications}
    best = dict.fromkeys(every, float("inf"))
    for application in every.values():
        serve(application, 50)
    names = list(every)
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            application = every[name]
            slow = best[name] > 2e-5 and best[name] != float("inf")
            best[name] = min(best[name], serve(application, count // 10 if slow else count))
    base = best[""]
    figures = {name: (spent - base) / base for name, spent in best.items() if name}
    figures[""] = base
    return figures


def collect() -> dict[str, Any]:
    """Return every application that can be made here, peers as ``filter / peer``."""
    logging.getLogger("bench.off").setLevel(logging.WARNING)
    logging.getLogger("apirouter.request").setLevel(logging.WARNING)
    for name in ("bench.on", "wsgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
        logger.setLevel(logging.INFO)
    made: dict[str, Any] = {}
    for name, make in OURS.items():
        beside = {f"{name} / {peer}": peers for peer, peers in PEERS.get(name, {}).items()}
        if name in LEAST:
            beside[f"{name} / the least by hand"] = LEAST[name]
        for label, maker in ((name, make), *beside.items()):
            try:
                made[label] = maker()
            except ImportError as error:
                print(f"left out: {label}: {error}", file=sys.stderr)
    return made


def report(figures: dict[str, float]) -> Iterable[str]:
    """Yield the table."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield f"{python}; trivial application: {figures[''] * 1e6:.2f} µs; what a filter adds, as multiples of it:"
    yield f"{'filter':44}{'added':>8}{'goal':>8}"
    for name, figure in figures.items():
        if name:
            goal = GOALS.get(name)
            limit = f"{goal / TRIVIAL:8.2f}" if goal else f"{'':8}"
            yield f"{name:44}{figure:8.2f}{limit}{'  missed' if goal and figure > goal / TRIVIAL else ''}"


def main() -> int:
    """Run the benchmark."""
    parser = arguments("What each filter adds around a trivial application, beside its peers'.")
    parser.set_defaults(rounds=60)
    options = parser.parse_args()
    figures = measure(collect(), rounds=options.rounds)
    for line in report(figures):
        print(line)
    goals = [Goal(name, figures[name], goal / TRIVIAL) for name, goal in GOALS.items()]
    return finish(options, {"added": figures}, goals)


if __name__ == "__main__":
    raise SystemExit(main())
