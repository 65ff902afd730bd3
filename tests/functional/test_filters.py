"""The filters together, as an INI puts them, under wsgiref's validator inside and outside."""

import gc
import io
import logging
import sys
import tracemalloc
from wsgiref.validate import validator

import pytest
import webob
import webob.exc
from paste.deploy import loadapp

from apirouter.errors import RouteNotFound
from apirouter.filters.faultwrap import FaultWrapper
from apirouter.filters.identity import IDENTITY
from apirouter.filters.request_id import RequestId
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok

INI = """
[DEFAULT]
service_type = compute

[pipeline:main]
pipeline = cors http_proxy_to_wsgi compute_req_id faultwrap sizelimit osprofiler noauth2 {more} request_log app

[filter:cors]
paste.filter_factory = apirouter.filters.cors:filter_factory
allowed_origin = https://horizon.example
oslo_config_project = nova

[filter:http_proxy_to_wsgi]
paste.filter_factory = apirouter.filters.http_proxy_to_wsgi:HTTPProxyToWSGI.factory

[filter:compute_req_id]
paste.filter_factory = apirouter.filters.request_id:ComputeReqIdMiddleware.factory

[filter:faultwrap]
paste.filter_factory = apirouter.filters.faultwrap:FaultWrapper.factory

[filter:sizelimit]
paste.filter_factory = apirouter.filters.sizelimit:RequestBodySizeLimiter.factory
max_request_body_size = 100

[filter:osprofiler]
paste.filter_factory = apirouter.filters.profiler:filter_factory

[filter:noauth2]
paste.filter_factory = apirouter.filters.noauth2:NoAuthMiddleware.factory

[filter:legacy_v2_compatible]
paste.filter_factory = apirouter.filters.legacy_v2_compatible:LegacyV2CompatibleWrapper.factory

[filter:request_log]
paste.filter_factory = apirouter.filters.request_log:filter_factory

[app:app]
paste.app_factory = tests.functional.test_filters:app_factory
"""

HEADERS = {"X-Auth-Token": "user:project"}

#: What the innermost application does, and the environ that it saw; set by each test.
INSIDE = {}


def app_factory(global_conf, **local_conf):
    def application(environ, start_response):
        INSIDE["environ"] = environ
        return INSIDE["application"](environ, start_response)

    return validator(application)


@pytest.fixture
def pipeline(tmp_path):
    path = tmp_path / "api-paste.ini"
    path.write_text(INI.format(more="legacy_v2_compatible"))
    INSIDE.clear()
    INSIDE["application"] = ok
    return loadapp(f"config:{path}")


def test_the_ancestor_s_pipeline_loads_and_answers(pipeline):
    reply = call(pipeline, headers=HEADERS)
    assert (reply.status, reply.body) == (200, b"ok")
    assert reply.header("X-Compute-Request-Id") == reply.header("X-Openstack-Request-Id")
    assert reply.header("Vary") == "Origin"
    assert INSIDE["environ"]["apirouter.context"].user_id == "user"


def test_the_applications_inside_are_a_chain(pipeline):
    names = []
    app = pipeline
    while hasattr(app, "application"):
        names.append(type(app.filter).__name__)
        app = app.application
    assert names == [
        *("CORS", "HTTPProxyToWSGI", "ComputeReqIdMiddleware", "FaultWrapper", "RequestBodySizeLimiter"),
        *("NoAuthMiddleware", "LegacyV2CompatibleWrapper", "RequestLog"),
    ]


def test_a_preflight_needs_no_token(pipeline):
    headers = {"Origin": "https://horizon.example", "Access-Control-Request-Method": "GET"}
    reply = call(pipeline, method="OPTIONS", headers=headers)
    assert reply.status == 204
    assert reply.header("Access-Control-Allow-Origin") == "https://horizon.example"


def test_every_refusal_is_a_fault_with_the_request_s_id(pipeline):
    refused = {
        401: call(pipeline),
        413: call(pipeline, method="POST", body=b"x" * 101, headers=HEADERS),
        500: _with(pipeline, _raises),
    }
    for status, reply in refused.items():
        assert reply.status == status
        assert reply.header("X-Openstack-Request-Id").startswith("req-")
        assert reply.fault[1]["code"] == status
        assert reply.header("Vary") == "Origin"
    assert refused[500].fault[0] == "computeFault"


def _raises(environ, start_response):
    raise RuntimeError("a bug")


def _with(pipeline, application, **more):
    INSIDE["application"] = application
    return call(pipeline, headers={**HEADERS, **more.pop("headers", {})}, **more)


def test_forged_identity_never_arrives(pipeline):
    forged = {"X-Roles": "admin", "X-User-Id": "root", "X-User_Id": "root", "X-Is-Admin-Project": "True"}
    call(pipeline, headers={**forged, **HEADERS})
    assert not IDENTITY & set(INSIDE["environ"])
    assert call(pipeline, headers={**HEADERS, "Connection": "X-Roles"}).status == 401


def test_a_host_that_is_none_is_400(pipeline):
    for host in ("h/abc?x=", "user@h", "h\x01h"):
        assert call(pipeline, headers={**HEADERS, "Host": host}).status == 400
    assert "environ" not in INSIDE


def test_what_an_untrusted_peer_forwards_is_ignored(pipeline):
    headers = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6;proto=https;host=evil.example"}
    call(pipeline, headers={**HEADERS, **headers})
    seen = INSIDE["environ"]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("192.0.2.1", "http")
    assert webob.Request(seen).client_addr == "192.0.2.1"


@pytest.mark.parametrize(
    "location", ["//e", "/\t/e", " //e", "/\\e", "\x0b//e", "/\r\n/e", "\\\\e", "/\\\t/e"]
)
def test_a_location_stays_on_this_origin(pipeline, location):
    def raises(environ, start_response):
        raise webob.exc.HTTPFound(headers=[("Location", location)])

    def answers(environ, start_response):
        return webob.exc.HTTPFound(location=location)(environ, start_response)

    # WebOb itself refuses line ends, and leaves a control character behind the origin.
    for application in (raises, answers) if location.replace("\t", "").isprintable() else (raises,):
        reply = _with(pipeline, application)
        assert reply.status == 302
        assert _leaves(reply.header("Location")) is False


def _leaves(location):
    """Tell whether a browser at http://127.0.0.1/ would go elsewhere, as the URL standard reads a Location."""
    text = location.strip("".join(map(chr, range(0x21))))
    text = "".join(c for c in text if c not in "\t\r\n").replace("\\", "/")
    if text.startswith("//"):
        return True
    return text.startswith("http") and not text.startswith("http://127.0.0.1/")


def test_a_crash_at_debug_logs_no_secret(pipeline, caplog):
    caplog.set_level(logging.DEBUG)

    def crashes(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        raise RuntimeError(f"{environ} {body}")

    secrets = {
        "X-Auth-Token": "user:gAAAAtoken",
        "Cookie": "sid=c00kie-value",
        "Authorization": "Bearer b34rer-value",
    }
    body = b'{"adminPass": "hunter22", "password":"hunter33"}'
    reply = _with(pipeline, crashes, method="POST", body=body, headers=secrets)
    assert reply.status == 500
    seen = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert "Traceback" in seen
    assert reply.header("X-Openstack-Request-Id") in seen
    for secret in ("user:gAAAAtoken", "c00kie-value", "b34rer-value", "hunter22", "hunter33"):
        assert secret not in seen


def test_a_form_is_never_parsed_unasked(pipeline):
    class Unread(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the form was read")

        readline = read

    environ = make_environ(method="POST", headers=HEADERS, CONTENT_LENGTH="50")
    environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    environ["wsgi.input"] = Unread(b"a=1&" * 10)
    assert call(pipeline, environ=environ).status == 200


def test_a_hundred_thousand_distinct_404s_leave_memory_flat(pipeline):
    inner = _unvalidated(pipeline)

    def ask(count, start):
        for number in range(start, start + count):
            environ = {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": f"/nothing/{number}",
                "HTTP_HOST": f"h{number}.example",
                "HTTP_X_AUTH_TOKEN": f"u{number}:p",
                "HTTP_X_FORWARDED_FOR": f"10.0.{number % 256}.1",
                "REMOTE_ADDR": "192.0.2.1",
                "wsgi.url_scheme": "http",
                "wsgi.input": None,
            }
            for _ in inner(environ, lambda *a: None):
                pass

    ask(1000, 0)
    gc.collect()
    before = sum(1 for _ in gc.get_objects())
    ask(98_000, 1000)
    tracemalloc.start()
    try:
        ask(500, 99_000)
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
        ask(500, 99_500)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - used
    finally:
        tracemalloc.stop()
    assert sum(1 for _ in gc.get_objects()) - before < 200
    assert grown < 20_000


def _unvalidated(app):
    """The same chain of filters around the same application, without the validator's cost."""

    def misses(environ, start_response):
        raise RouteNotFound

    chain = []
    while hasattr(app, "application"):
        chain.append(app.filter)
        app = app.application
    rebuilt = misses
    for one in reversed(chain):
        rebuilt = type(one)(rebuilt, one.settings).wsgi
    return rebuilt


@pytest.mark.parametrize("name", ["start", "body", "close"])
def test_an_exception_in_any_filter_closes_what_is_inside(pipeline, name):
    """Whatever breaks between server and application, the innermost iterable is closed once."""
    body = Tracked([b"a", b"b"])
    INSIDE["application"] = answering(body)

    def start(status, headers, exc_info=None):
        if exc_info:
            raise exc_info[1].with_traceback(exc_info[2])

    environ = make_environ(headers=HEADERS)
    result = pipeline(environ, start)
    iterator = iter(result)
    next(iterator)
    if name == "body":
        body.error, body.after = RuntimeError("halfway"), 1
        with pytest.raises(RuntimeError):
            next(iterator)
    if name == "close":
        body.close = _raise_once(body)
        with pytest.raises(RuntimeError):
            result.close()
    else:
        result.close()
    assert body.closed == 1


def _raise_once(body):
    def close():
        body.closed += 1
        raise RuntimeError("while closing")

    return close


def test_a_start_response_that_fails_closes_what_is_inside():
    body = Tracked([b"a"])

    def application(environ, start_response):
        def run():
            try:
                start_response("200 OK", [("Content-Type", "text/plain")])
                yield from body
            finally:
                body.close()

        return run()

    def fails(*args):
        raise OSError("the client is gone")

    app = RequestId(FaultWrapper(application))
    result = app(make_environ(), fails)
    with pytest.raises(OSError, match="the client is gone"):
        next(iter(result))
    result.close()
    assert body.closed == 1


def test_a_client_that_goes_away_leaves_nothing_open(pipeline):
    state = []

    def streams(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def body():
            state.append("open")
            try:
                while True:
                    yield b"x" * 100
            finally:
                state.append("closed")

        return body()

    INSIDE["application"] = streams
    result = pipeline(make_environ(headers=HEADERS), lambda *a: None)
    iterator = iter(result)
    for _ in range(3):
        next(iterator)
    result.close()
    assert state == ["open", "closed"]


def test_a_generator_stays_lazy_through_the_whole_pipeline(pipeline):
    body = Tracked([b"1", b"2", b"3"])
    INSIDE["application"] = answering(body)
    result = pipeline(make_environ(headers=HEADERS), lambda *a: None)
    assert body.given == 0
    iterator = iter(result)
    next(iterator)
    assert body.given == 1
    result.close()


def test_every_filter_is_loaded_by_its_short_name(pytestconfig):
    import configparser

    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(pytestconfig.rootpath / "setup.cfg")
    text = parser["options.entry_points"]["paste.filter_factory"]
    points = dict(line.split(" = ") for line in text.strip().splitlines())
    assert len(points) == 17
    for name, target in points.items():
        module, _, attribute = target.partition(":")
        factory = getattr(__import__(module, fromlist=[attribute]), attribute)
        assert callable(factory), name
        assert name == "authtoken" or factory.options


def test_nothing_of_an_extra_is_imported_with_a_filter():
    import subprocess

    script = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from apirouter.filters import basic_auth, metrics, ratelimit, tracing, authtoken\n"
        "found = {'bcrypt', 'prometheus_client', 'limits', 'opentelemetry', 'keystonemiddleware', 'redis'}\n"
        "print(sorted(found & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
