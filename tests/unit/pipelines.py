"""Pipelines, requests, and all that can be seen of one: for who compares fused functions with plain ones."""

from __future__ import annotations

import contextvars
import copy
import io
import logging
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import webob.exc
from hypothesis import strategies as st

from apirouter import extensions, validation, wsgi
from apirouter.filters import (
    cors,
    faultwrap,
    http_proxy_to_wsgi,
    legacy_v2_compatible,
    noauth2,
    profiler,
    request_id,
    request_log,
    sizelimit,
)
from apirouter.filters.base import Filter, Middleware
from apirouter.filters.logcontext import IDS
from apirouter.hooks import Hook
from apirouter.routing.router import APIRouter
from apirouter.serving import callable_of
from tests.reliability import _stack
from tests.support import plugin, router_for, settings_of
from tests.unit.filters.wsgi import make_environ


class Things(wsgi.Controller):
    """Serves."""

    @wsgi.expected_errors(404)
    def show(self, req, id):
        if id == "none":
            raise webob.exc.HTTPNotFound(f"no thing {id}")
        if id == "exit":
            raise SystemExit(3)
        if id == "bug":
            raise RuntimeError("a bug")
        return {"thing": {"id": id, "who": req.context.user_id if req.context else None}}

    def index(self, req):
        return {"things": [], "request_id": req.environ.get("openstack.request_id")}

    @wsgi.response(202)
    @validation.schema({"type": "object", "required": ["thing"], "additionalProperties": False})
    def create(self, req, body):
        return wsgi.ResponseObject({"made": body}, headers={"X-Made": "1"})

    def delete(self, req, id):
        return None

    @wsgi.api_version("2.1", "2.4")
    def update(self, req, id, body):
        return {"old": body}

    @wsgi.api_version("2.7")
    def update(self, req, id, body):
        return {"new": body}

    @wsgi.action("reboot")
    def _reboot(self, req, id, body):
        return {"rebooted": id}


class More(wsgi.Controller):
    """Extends."""

    @wsgi.extends
    def show(self, req, resp_obj, id):
        resp_obj.obj["thing"]["more"] = True


def _answers_a_generator(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Vary", "Accept")])
    yield b"a"
    yield environ["wsgi.input"].read()


def _reads_all(environ, start_response):
    data = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
    return [data]


class Shouts(Middleware):
    """A filter of a user's."""

    def process_response(self, environ, status, headers):
        return status, [*headers, ("X-Shouts", environ.get("openstack.request_id", "-")[:4])]


class Quiet(Filter):
    """A filter of a user's, in plain WSGI, without a step."""

    def serving(self, inner):
        def quiet(environ, start_response):
            environ["test.quiet"] = environ.get("test.quiet", 0) + 1
            return inner(environ, start_response)

        return quiet


class Limits(Filter):
    """A filter of a user's whose function keeps a count, and that takes note of being asked for it."""

    __slots__ = ()
    asked = 0

    def serving(self, inner):
        type(self).asked += 1
        served = []

        def limits(environ, start_response):
            served.append(1)
            if len(served) > 2:
                start_response("429 Too Many Requests", [("Content-Type", "text/plain")])
                return [b"no more"]
            return inner(environ, start_response)

        return limits


class Stricter(noauth2.NoAuthMiddleware):
    """A subclass that puts a function of its own in the place of its class's."""

    def __init__(self, application, options=None, **named):
        super().__init__(application, options, **named)
        inner = self.serve

        def stricter(environ, start_response):
            if environ.get("HTTP_X_AUTH_TOKEN") != "alice:demo":
                start_response("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"only alice"]
            return inner(environ, start_response)

        self.serve = stricter


def foreign(inner):
    """A filter that is a function, of nobody's."""

    def application(environ, start_response):
        if environ["PATH_INFO"].endswith("/teapot"):
            raise LookupError("foreign")
        return inner(environ, start_response)

    return application


LOG = "tests.fusion"
ENDS = ("router", "bare router", "hooked router", "reads all", "answers a generator")
FILTERS: dict[str, Callable[[Any], Any]] = {
    "cors": cors.filter_factory({}, allowed_origin="https://a.example", allow_credentials="yes"),
    "cors of nobody": cors.filter_factory({}),
    "proxy": http_proxy_to_wsgi.filter_factory({}),
    "trusting proxy": http_proxy_to_wsgi.filter_factory({}, trusted_proxies="192.0.2.0/24"),
    "mounted proxy": http_proxy_to_wsgi.filter_factory({}, trusted_proxies="192.0.2.1", prefix="/outside"),
    "request_id": request_id.filter_factory({}),
    "named request_id": request_id.filter_factory({}, header="X-Id", extra_headers="X-Id-2 X-Id-3"),
    "compute_req_id": request_id.compute_req_id_factory({}),
    "request_log": request_log.filter_factory({}, logger=LOG),
    "request_log, off": request_log.filter_factory({}, logger=f"{LOG}.off"),
    "faultwrap": faultwrap.filter_factory({}, service_type="compute"),
    "sizelimit": sizelimit.filter_factory({}, max_request_body_size="1000"),
    "small sizelimit": sizelimit.filter_factory({}, max_request_body_size="20"),
    "noauth2": noauth2.filter_factory({}),
    "renamed noauth2": noauth2.filter_factory({}, context_key="nova.context", always_admin="yes"),
    "legacy": legacy_v2_compatible.filter_factory({}),
    "profiler, off": profiler.filter_factory({}, enabled="no"),
    "middleware": Shouts.factory({}),
    "stepless": Quiet.factory({}),
    "limits": Limits.factory({}),
    "stricter": Stricter.factory({}),
    "foreign": foreign,
}


class Counts(Hook):
    """A hook of an application."""

    def before(self, state):
        state.environ["test.hook"] = True


def ends() -> dict[str, Any]:
    """Return what may stand at the end of a pipeline, by name (``ENDS``)."""
    things = plugin("things", extensions.ResourceExtension("things", Things(), member_name="thing"))
    more = plugin("more", extends={"things": More()})
    return {
        "router": APIRouter(settings_of(), plugins=[things, more], services={"database": 1}),
        "bare router": router_for(Things()),
        "hooked router": router_for(Things(), options={"hooks": f"{__name__}:Counts"}),
        "reads all": _reads_all,
        "answers a generator": _answers_a_generator,
    }


USUAL = ["cors", "proxy", "compute_req_id", "request_log, off", "faultwrap", "sizelimit", "noauth2"]


HEADERS = {
    "HTTP_X_AUTH_TOKEN": ["alice:demo", "admin:demo", ":", "a\tb:c", ""],
    "HTTP_ORIGIN": ["https://a.example", "https://b.example", "null"],
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": ["PUT"],
    "HTTP_HOST": ["h", "h:80", "h/abc?x=", "u@h"],
    "HTTP_X_FORWARDED_FOR": ["10.0.0.1", "10.0.0.1, 10.0.0.2", "x"],
    "HTTP_X_FORWARDED_PROTO": ["https", "gopher"],
    "HTTP_X_FORWARDED_PREFIX": ["/p", "//p"],
    "HTTP_FORWARDED": ["for=10.0.0.9;proto=https", "for"],
    "HTTP_X_OPENSTACK_REQUEST_ID": [f"req-{'0' * 8}-0000-0000-0000-{'0' * 12}", "forged"],
    "HTTP_X_ROLES": ["admin"],
    "HTTP_X_USER_ID": ["root"],
    "HTTP_CONNECTION": ["keep-alive", "X-Roles"],
    "HTTP_OPENSTACK_API_VERSION": ["compute 2.5", "compute 2.7", "compute 9.9", "compute x", "volume 1.0"],
    "HTTP_ACCEPT": ["application/json", "text/html", "*/*"],
    "HTTP_TRANSFER_ENCODING": ["chunked"],
    "CONTENT_TYPE": ["application/json", "application/xml"],
    "openstack.request_id": ["req-given-by-who-came-before"],
    "apirouter.legacy": [True],
}
PATHS = (
    "/things", "/outside/things", "/things/1", "/things/none", "/things/bug", "/things/exit",
    "/things/1/action", "/nothing", "/things/a%20b",
    "/things/\xe9", "/things/\xc3\xa9", "/abc/things/1", "/demo/things/1", "/things/1.json", "", "/teapot",
    "/things/1/", "/extensions",
)  # fmt: skip
BODIES = (
    b"", b'{"thing": {}}', b'{"thing": {}, "x": 1}', b'{"reboot": null}', b'{"x": 1}', b"[", b"x" * 50,
    b'"' + b"x" * 2000 + b'"',
)  # fmt: skip


@st.composite
def requests(draw: Any) -> dict[str, Any]:
    """The environ of a request, as a server makes it."""
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), unique=True, max_size=4))
    if draw(st.booleans()) and "HTTP_X_AUTH_TOKEN" not in names:
        names.append("HTTP_X_AUTH_TOKEN")
    body = draw(st.sampled_from(BODIES))
    length = draw(st.sampled_from((str(len(body)), None, "", "-1", "+5", "99999", "x")))
    environ = make_environ(
        draw(st.sampled_from(PATHS)),
        draw(st.sampled_from(("GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"))),
    )
    environ.update({name: draw(st.sampled_from(HEADERS[name])) for name in names})
    environ["test.body"] = body
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    if draw(st.booleans()):
        # Not every server has all keys.
        environ.pop(draw(st.sampled_from(("PATH_INFO", "SCRIPT_NAME", "REMOTE_ADDR", "HTTP_HOST"))), None)
    return environ


class Records(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname} {record.getMessage()}")


def named(text: str, seen: dict[str, str]) -> str:
    """Name random ids by the order in which they came, and leave times out."""
    text = re.sub(r"req-[0-9a-f-]{36}", lambda m: seen.setdefault(m[0], f"req-{len(seen)}"), text)
    return re.sub(r"0x[0-9a-f]+|time: [0-9.]+", "-", text)


def seen_of(application: Any, environ: dict[str, Any], records: Records) -> dict[str, Any]:
    """Serve a request, and tell all that can be seen of it."""
    environ = copy.copy(environ)
    environ["wsgi.input"] = io.BytesIO(environ.pop("test.body"))
    del records.lines[:]
    # In a context of its own: what a filter forgets to reset would be there for the next request too.
    own = contextvars.Context()
    seen = own.run(_stack.Outcome().serve, application, environ)
    names: dict[str, str] = {}
    context = environ.get("apirouter.context")
    return {
        "status": seen.status,
        "headers": [(name, named(value, names)) for name, value in seen.headers],
        "body": named(seen.body.decode("latin-1"), names),
        "chunks": len(seen.chunks),
        "error": repr(seen.error),
        "log": [named(line, names) for line in records.lines],
        "context": None if context is None else named(repr(sorted(vars(context).items())), names),
        "ids": own.get(IDS),
        "environ": {
            key: named(value, names) if isinstance(value, str) else type(value).__name__
            for key, value in sorted(environ.items())
        },
    }


def piped(names: list[str], end: Any) -> Any:
    for name in reversed(names):
        end = FILTERS[name](end)
    return end


def unfused(names: list[str], end: Any) -> Any:
    """A pipeline of which nothing is fused, neither what is behind a filter that has no step."""
    with mock.patch("apirouter.filters.base.fuse", callable_of):
        return callable_of(piped(names, end))


NAMES = st.lists(st.sampled_from(sorted(FILTERS)), max_size=9)
