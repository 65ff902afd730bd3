"""A fault that a filter answers with carries the version headers of the router behind it."""

import pytest
import webtest

from apirouter import wsgi
from apirouter.deploy.mounts import Mount, parse_mount
from apirouter.deploy.urlmap import URLMap
from apirouter.filters import faultwrap, keystonecontext, noauth2, sizelimit
from apirouter.filters.http_proxy_to_wsgi import filter_factory as http_proxy
from apirouter.filters.legacy_v2_compatible import filter_factory as legacy
from apirouter.filters.request_id import filter_factory as request_id
from apirouter.fusion import fuse
from apirouter.objectdispatch import make_app
from tests.support import LEGACY, MODERN, client, router_for


class Things(wsgi.Controller):
    def index(self, req):
        return {"things": []}


def router():
    return router_for(Things())


def raising(application):
    """A filter of somebody else's that fails on the way back."""

    def failing(environ, start_response):
        b"".join(application(environ, lambda *head: print))
        raise ValueError

    failing.application = application
    return failing


REFUSALS = {
    "sizelimit": (sizelimit.filter_factory({}, max_request_body_size="2"), {"CONTENT_LENGTH": "9"}, 413),
    "sizelimit of a length that is none": (sizelimit.filter_factory({}), {"CONTENT_LENGTH": "+9"}, 400),
    "noauth2": (noauth2.filter_factory({}), {}, 401),
    "keystonecontext": (keystonecontext.filter_factory({}), {}, 401),
    "http_proxy_to_wsgi": (
        http_proxy({}, trusted_proxies="10.0.0.0/8"),
        {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_HOST": "a/b"},
        400,
    ),
    "faultwrap": (lambda app: faultwrap.filter_factory({})(raising(app)), {}, 500),
}


def refused(application, environ, status, **headers):
    reply = client(application, **environ).get("/things", headers=headers, status=status)
    assert reply.content_type == "application/json"
    return {name: reply.headers.get(name) for name in (MODERN, LEGACY, "Vary")}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("around", [lambda app: app, request_id({}), lambda app: fuse(request_id({})(app))])
def test_a_filter_s_fault_carries_the_version_headers_of_the_router_behind_it(name, around):
    make, environ, status = REFUSALS[name]
    application = around(make(request_id({})(router())))
    vary = f"{MODERN}, {LEGACY}"
    told = refused(application, environ, status)
    assert told == {MODERN: "compute 2.1", LEGACY: "2.1", "Vary": vary}
    told = refused(application, environ, status, **{MODERN: "compute 2.14"})
    assert told == {MODERN: "compute 2.14", LEGACY: "2.14", "Vary": vary}
    # What is no version, or none of the service's, is not what the filter refused.
    for asked in ("compute 2.1.4", "compute 9.9"):
        assert refused(application, environ, status, **{MODERN: asked})[MODERN] == "compute 2.1"


@pytest.mark.parametrize("name", REFUSALS)
def test_a_filter_s_fault_tells_a_legacy_client_no_version(name):
    make, environ, status = REFUSALS[name]
    nothing = {MODERN: None, LEGACY: None, "Vary": None}
    for application in (make(legacy({})(router())), legacy({})(make(router()))):
        assert refused(application, environ, status, **{MODERN: "compute 2.14"}) == nothing


def test_what_fails_behind_mounts_carries_the_version_headers_of_the_router_that_was_reached():
    mount = Mount.at(parse_mount("/v2.1", "things"), raising(router()))
    application = webtest.TestApp(faultwrap.filter_factory({})(URLMap((mount,))))
    reply = application.get("/v2.1/things", headers={MODERN: "compute 2.14"}, status=500)
    assert reply.headers[MODERN] == "compute 2.14"
    assert MODERN not in application.get("/v3", status=404).headers


def test_a_filter_in_front_of_exposed_objects_tells_their_versions():
    application = make_app(
        type("Root", (), {})(), min_version="2.1", max_version="2.9", service_type="compute"
    )
    assert refused(noauth2.filter_factory({})(application), {}, 401)[MODERN] == "compute 2.1"
