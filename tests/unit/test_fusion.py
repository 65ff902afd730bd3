"""A fused function and the plain ones that it was made of: the same, request for request."""

from __future__ import annotations

import contextvars
import copy
import functools
import gc
import io
import logging
import re
from collections.abc import Callable
from types import MethodType
from typing import Any
from unittest import mock

import pytest
import webob.exc
from hypothesis import given, settings
from hypothesis import strategies as st

from apirouter import extensions, validation, wsgi
from apirouter.chain import chain
from apirouter.deploy.mounts import Address, Mount
from apirouter.deploy.urlmap import URLMap
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
from apirouter.fusion import Step, fuse, fused, source_of, start_adding
from apirouter.hooks import Hook
from apirouter.routing.router import APIRouter
from apirouter.serving import Serving, callable_of
from tests.reliability import _stack
from tests.support import plugin, router_for, settings_of
from tests.unit.filters.wsgi import call, make_environ, ok


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


@pytest.fixture(scope="module")
def ends() -> dict[str, Any]:
    """What may stand at the end of a pipeline."""
    things = plugin("things", extensions.ResourceExtension("things", Things(), member_name="thing"))
    more = plugin("more", extends={"things": More()})
    return {
        "router": APIRouter(settings_of(), plugins=[things, more], services={"database": 1}),
        "bare router": router_for(Things()),
        "hooked router": router_for(Things(), options={"hooks": f"{__name__}:Counts"}),
        "reads all": _reads_all,
        "answers a generator": _answers_a_generator,
    }


class Counts(Hook):
    """A hook of an application."""

    def before(self, state):
        state.environ["test.hook"] = True


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


def _named(text: str, seen: dict[str, str]) -> str:
    """Name random ids by the order in which they came, and leave times out."""
    text = re.sub(r"req-[0-9a-f-]{36}", lambda m: seen.setdefault(m[0], f"req-{len(seen)}"), text)
    return re.sub(r"0x[0-9a-f]+|time: [0-9.]+", "-", text)


def _told(application: Any, environ: dict[str, Any], records: Records) -> dict[str, Any]:
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
        "headers": [(name, _named(value, names)) for name, value in seen.headers],
        "body": _named(seen.body.decode("latin-1"), names),
        "chunks": len(seen.chunks),
        "error": repr(seen.error),
        "log": [_named(line, names) for line in records.lines],
        "context": None if context is None else _named(repr(sorted(vars(context).items())), names),
        "ids": own.get(IDS),
        "environ": {
            key: _named(value, names) if isinstance(value, str) else type(value).__name__
            for key, value in sorted(environ.items())
        },
    }


@pytest.fixture(scope="module")
def records() -> Any:
    """The log of all that is served."""
    handler = Records()
    loggers = [logging.getLogger(name) for name in (LOG, "apirouter")]
    logging.getLogger(LOG).setLevel(logging.INFO)
    logging.getLogger(f"{LOG}.off").setLevel(logging.WARNING)
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def debugging(records: Any) -> Any:
    """The log of all that is served, at DEBUG."""
    logger = logging.getLogger("apirouter")
    for one in (logger, records):
        one.setLevel(logging.DEBUG)
    yield records
    logger.setLevel(logging.NOTSET)
    records.setLevel(logging.INFO)


def test_what_answers_is_told_at_debug(ends, debugging):
    plain, whole = _plain(USUAL, ends["router"]), fuse(_piped(USUAL, ends["router"]))
    environ = make_environ("/things/1", headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
    told = _told(whole, environ, debugging)
    assert told == _told(plain, environ, debugging)
    assert any(line.endswith("Things.show") for line in told["log"]), told["log"]


def _piped(names: list[str], end: Any) -> Any:
    for name in reversed(names):
        end = FILTERS[name](end)
    return end


def _plain(names: list[str], end: Any) -> Any:
    """A pipeline of which nothing is fused, neither what is behind a filter that has no step."""
    with mock.patch("apirouter.filters.base.fuse", callable_of):
        return callable_of(_piped(names, end))


pipelines = st.lists(st.sampled_from(sorted(FILTERS)), max_size=9)


@settings(max_examples=150)
@given(pipelines, st.sampled_from(ENDS), st.lists(requests(), max_size=6))
def test_a_fused_pipeline_does_what_its_filters_do_one_by_one(ends, records, names, end, asked):
    # Each has filters of its own: they know hosts and tokens that came before.
    plain, whole = _plain(names, ends[end]), fuse(_piped(names, ends[end]))
    for environ in asked:
        assert _told(whole, environ, records) == _told(plain, environ, records)


@settings(max_examples=60)
@given(pipelines, requests())
def test_whatever_the_application_s_manner(records, names, environ):
    for first, second in zip(_stack.manners(), _stack.manners(), strict=True):
        plain, whole = _plain(names, first), fuse(_piped(names, second))
        assert _told(whole, environ, records) == _told(plain, environ, records), first.name
        assert first.body.closed == second.body.closed, first.name


@pytest.mark.parametrize("end", ENDS)
def test_each_header_alone_does_the_same(ends, records, end):
    every = [name for name in FILTERS if name not in ("foreign", "stepless", "middleware", "request_id")]
    for names in (USUAL, every, ["mounted proxy", *USUAL], ["small sizelimit"], ["renamed noauth2"]):
        plain, whole = _plain(names, ends[end]), fuse(_piped(names, ends[end]))
        for key, value in ((key, value) for key, values in HEADERS.items() for value in values):
            for path, method, body in (
                ("/things/1", "GET", b""),
                ("/demo/things/1", "GET", b"x" * 30),
                ("/things", "POST", b'{"thing": {}}'),
                ("/things/1", "OPTIONS", b""),
            ):
                environ = make_environ(path, method, headers={"X-Auth-Token": "alice:demo"})
                environ |= {"test.body": body, "CONTENT_TYPE": "application/json", key: value}
                assert _told(whole, environ, records) == _told(plain, environ, records), (names, key, value)
        for path in PATHS:
            environ = make_environ(path, headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
            assert _told(whole, environ, records) == _told(plain, environ, records), (names, path)


USUAL = ["cors", "proxy", "compute_req_id", "request_log, off", "faultwrap", "sizelimit", "noauth2"]


@pytest.mark.parametrize("end", ENDS)
def test_no_request_is_left_to_the_garbage_collector(ends, end):
    applications = fuse(_piped(USUAL, ends[end])), _plain(USUAL, ends[end])
    asked = [(path, method) for path in PATHS for method in ("GET", "OPTIONS", "PATCH")]

    def served(application, path, method):
        environ = make_environ(path, method, headers={"X-Auth-Token": "alice:demo"})
        contextvars.Context().run(_stack.Outcome().serve, application, environ)

    for application in applications:
        for path, method in asked:
            served(application, path, method)
    gc.collect()
    # What was there before is not looked at.
    gc.freeze()
    gc.disable()
    try:
        for application in applications:
            for path, method in asked:
                served(application, path, method)
                assert gc.collect() == 0, (path, method)
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_usual_pipeline_is_one_function_down_to_the_router(ends):
    text = source_of(fuse(_piped(USUAL, ends["router"])))
    assert text.count("def ") == 1
    assert "last(" not in text
    # Its filters' headers are handed to who answers: no start_response is made for them on the usual way.
    assert re.search(r"body = handle_7\(environ, bind\(start_varying_0, start_response\), .*, more_2\)", text)


def test_what_has_no_step_parts_it_and_what_is_behind_is_fused_again(ends):
    application = _piped(["proxy", "stepless", "noauth2"], ends["router"])
    outer = fuse(application)
    assert "last(" in source_of(outer)
    inner = outer.__globals__["last"]
    assert source_of(dict(zip(inner.__code__.co_freevars, inner.__closure__))["inner"].cell_contents)  # noqa: B905


def test_what_is_behind_a_middleware_is_fused_too(ends):
    middleware = FILTERS["middleware"](_piped(USUAL, ends["router"]))
    assert source_of(middleware.serve)
    assert middleware.wsgi is middleware


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"foreign", "profiler, off"}))
def test_a_long_pipeline_is_parted(ends, records, name):
    # Python nests no more than 20 blocks in one another, and indents no more than a hundredfold.
    for count in (9, 30):
        names = [name] * count
        whole, plain = fuse(_piped(names, ends["router"])), _plain(names, ends["router"])
        environ = make_environ("/things/1", headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
        assert _told(whole, environ, records) == _told(plain, environ, records)
    assert "last(" in source_of(whole) or name in ("middleware", "stepless", "legacy", "limits", "stricter")


def test_a_filter_that_counts_counts_each_request_by_whatever_way_it_comes(ends, records):
    Limits.asked = 0
    application = FILTERS["cors"](FILTERS["request_log"](Limits(_piped(["noauth2"], ends["router"]))))
    for path, whole in (
        ("/things", fused(application)),
        ("/v2/things", URLMap((Mount.at(Address(path="/v2"), application),)).wsgi),
    ):
        statuses = [
            call(whole, path, headers={"X-Auth-Token": "a:b"} | headers).status
            for headers in ({"Origin": "https://a.example"}, {}, {"Origin": "https://b.example"})
        ]
    # The same filter, in two functions: its count is one.
    assert statuses == [429, 429, 429]
    assert Limits.asked == 1


def test_a_subclass_that_serves_in_another_way_keeps_its_way():
    class Refuses(sizelimit.RequestBodySizeLimiter):
        def serving(self, inner):
            def refuses(environ, start_response):
                start_response("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"no"]

            return refuses

    class Calls(noauth2.NoAuthMiddleware):
        def __call__(self, environ, start_response):
            environ["REMOTE_ADDR"] = "called"
            return super().__call__(environ, start_response)

    for kind, status in ((Refuses, 403), (Calls, 200)):
        whole = fuse(FILTERS["proxy"](kind(ok)))
        reply = call(whole, headers={"X-Auth-Token": "a:b"})
        assert reply.status == status
    assert reply.environ["apirouter.context"].remote_address == "called"


class Closed(APIRouter):
    """A router that does so."""

    def __init__(self, settings):
        super().__init__(settings, plugins=[])
        self.serve = _says_closed


def _says_closed(environ, start_response):
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"closed"]


def test_what_a_subclass_puts_in_the_place_of_its_function_is_called():
    whole = fuse(FILTERS["proxy"](Stricter.factory({})(ok)))
    assert call(whole, headers={"X-Auth-Token": "eve:demo"}).status == 403
    assert call(whole, headers={"X-Auth-Token": "alice:demo"}).status == 200
    assert call(fuse(FILTERS["proxy"](Closed(settings_of())))).status == 503


def test_the_application_that_a_filter_was_made_with_is_called():
    inside = noauth2.NoAuthMiddleware(ok)
    inside.application = _says_closed
    whole = fuse(FILTERS["proxy"](inside))
    assert call(whole, headers={"X-Auth-Token": "a:b"}).status == 200


def test_a_subclass_may_make_itself():
    class Own(noauth2.NoAuthMiddleware):
        def __init__(self, application):
            self.application, self.settings = application, self.read_options(None, {})
            self.prepare()
            self.serve = self.serving(callable_of(application))

    application = Own(ok).wsgi
    assert application.filter.application is ok
    assert call(fuse(FILTERS["proxy"](application)), headers={"X-Auth-Token": "a:b"}).status == 200


def test_a_subclass_may_want_no_step():
    class Apart(noauth2.NoAuthMiddleware):
        fusion_step = None

    whole = fuse(FILTERS["proxy"](Apart(ok)))
    assert "last(" in source_of(whole)
    assert call(whole, headers={"X-Auth-Token": "a:b"}).status == 200


def test_what_a_router_calls_its_application_is_not_behind_it():
    class Named(APIRouter):
        def __init__(self, settings):
            super().__init__(settings, plugins=[])
            self.application = self

    router = Named(settings_of())
    assert call(fuse(FILTERS["proxy"](router)), "/extensions").status == 200
    assert fused(router) is router


def test_a_filter_attribute_that_can_t_be_asked_says_nothing():
    class Unbound:
        def __getattr__(self, name):
            raise RuntimeError("working outside of a request")

    def application(environ, start_response):
        return ok(environ, start_response)

    application.filter = Unbound()
    assert fuse(application) is application


def test_a_function_that_wraps_a_filter_s_is_not_taken_for_it():
    inner = FILTERS["noauth2"](ok)

    @functools.wraps(inner)
    def lets_in(environ, start_response):
        return ok(environ, start_response)

    assert fuse(lets_in) is lets_in
    lets_in.filter = "of somebody's"
    assert fuse(lets_in) is lets_in
    assert call(fuse(FILTERS["proxy"](lets_in))).status == 200


def test_what_is_no_filter_is_called_as_it_is():
    class Plain(Serving):
        def __init__(self):
            self.serve = ok

    assert fuse(ok) is ok
    assert fuse(Plain()) is ok
    assert source_of(ok) == ""
    assert fused(ok) is ok


def test_the_whole_is_described_like_the_filter_outside():
    application = _piped(["proxy", "sizelimit"], ok)
    whole = fused(application)
    assert source_of(whole)
    assert [type(one).__name__ for one in chain(whole)] == [type(one).__name__ for one in chain(application)]


def test_a_url_map_calls_what_is_fused_by_path_and_by_host(ends):
    application = _piped(USUAL, ends["router"])
    for address in (Address(path="/v2"), Address(path="/v2", host="a.example")):
        urls = URLMap((Mount.at(address, application),))
        reply = call(urls.wsgi, "/v2/things", headers={"Host": "a.example", "X-Auth-Token": "a:b"})
        assert reply.status == 200
        assert all(source_of(one) for one in urls._serves.values())


def test_a_traceback_names_the_filters_that_were_fused():
    def raises(environ, start_response):
        raise RuntimeError("here")

    whole = fuse(_piped(["proxy", "sizelimit"], raises))
    with pytest.raises(RuntimeError) as caught:
        call(whole, checked=False)
    entry = caught.traceback[-2]
    assert entry.frame.code.raw.co_filename == "<fused: HTTPProxyToWSGI, RequestBodySizeLimiter>"
    line = source_of(whole).splitlines()[entry.lineno]
    assert line.strip().startswith("body = last(environ,")


def test_names_of_a_step_are_its_own():
    class Twice(Serving):
        def __init__(self, application, mark):
            self.application, self.mark = application, mark
            self.serve = self.serving(callable_of(application))

        def serving(self, inner):
            return inner

        def fusion_step(self):
            lines = "kept = mark\ntry:\n    INSIDE\nexcept ValueError as error:\n    body = [str(error).encode(), kept]"
            return Step(lines=lines, names={"mark": self.mark})

    def raises(environ, start_response):
        raise ValueError("x")

    assert list(fuse(Twice(Twice(ok, b"inner"), b"outer"))(make_environ(), lambda *a: None)) == [b"ok"]
    assert list(fuse(Twice(Twice(raises, b"inner"), b"outer"))({}, None)) == [b"x", b"inner"]


def test_headers_are_added_to_a_list_of_its_own():
    told = []
    start = MethodType(start_adding, (lambda *reply: told.append(reply), [("X-More", "1")]))
    headers = [("X", "0")]
    start("200 OK", headers)
    start("500 Oops", headers, exc_info=("kind", "error", None))
    assert told == [
        ("200 OK", [("X", "0"), ("X-More", "1")]),
        ("500 Oops", [("X", "0"), ("X-More", "1")], ("kind", "error", None)),
    ]
    assert headers == [("X", "0")]
