import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import ConfigError
from apirouter.filters.cors import filter_factory
from tests.unit.filters.wsgi import Tracked, answering, call, ok

HOME, PARTNER, OTHER = "https://home.example", "https://partner.example:8443", "https://other.example"


def make(application=ok, **conf):
    return filter_factory({}, **{"allowed_origin": HOME, **conf})(application)


def preflight(app, origin=HOME, method="PUT", headers=None, **more):
    sent = {"Origin": origin, "Access-Control-Request-Method": method, **more}
    if headers is not None:
        sent["Access-Control-Request-Headers"] = headers
    return call(app, method="OPTIONS", headers=sent)


def cors_headers(reply):
    return {k.lower(): v for k, v in reply.headerlist if k.lower().startswith("access-control-")}


def vary(reply):
    return [word.strip() for value in reply.all("Vary") for word in value.split(",")]


def refuses(environ, start_response):
    raise AssertionError("a preflight went inside")


def test_an_allowed_origin_is_told_so():
    found = cors_headers(call(make(), headers={"Origin": HOME}))
    assert found["access-control-allow-origin"] == HOME
    assert "x-openstack-request-id" in found["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in found


@pytest.mark.parametrize(
    "origin", [OTHER, "null", HOME + ".evil.example", "http://home.example", HOME + ":444", HOME.upper()]
)
def test_another_origin_is_told_nothing(origin):
    reply = call(make(), headers={"Origin": origin})
    assert (reply.status, reply.body) == (200, b"ok")
    assert cors_headers(reply) == {}


@pytest.mark.parametrize("headers", [{}, {"Origin": HOME}, {"Origin": OTHER}])
def test_every_reply_varies_by_origin(headers):
    assert vary(call(make(), headers=headers)) == ["Origin"]
    with_own = answering([b""], [("Vary", "OpenStack-API-Version")])
    reply = call(make(with_own), headers=headers)
    assert reply.header("Vary") == "OpenStack-API-Version, Origin"
    assert "Origin" in vary(preflight(make(), headers.get("Origin", OTHER)))


def test_without_any_origin_configured_nothing_varies():
    assert call(filter_factory({})(ok), headers={"Origin": HOME}).headerlist == call(ok).headerlist


def test_a_preflight_is_answered_before_anything_inside():
    reply = preflight(make(refuses, max_age="600"), headers="X-Auth-Token, Content-Type")
    assert (reply.status, reply.body) == (204, b"")
    found = cors_headers(reply)
    assert found["access-control-allow-origin"] == HOME
    assert "PUT" in found["access-control-allow-methods"].split(", ")
    assert "x-auth-token" in found["access-control-allow-headers"].split(", ")
    assert found["access-control-max-age"] == "600"


@pytest.mark.parametrize(
    "asked",
    [
        {"origin": OTHER},
        {"method": "TRACE"},
        {"method": "put"},
        {"method": "PUT\x00"},
        {"headers": "X-Not-Allowed"},
        {"headers": "X-Auth-Token, X-Not-Allowed"},
    ],
)
def test_a_preflight_that_is_not_allowed_gets_no_cors_header_and_stays_outside(asked):
    reply = preflight(make(refuses), **asked)
    assert reply.status == 204
    assert cors_headers(reply) == {}
    assert "Origin" in vary(reply)


def test_an_options_that_is_no_preflight_goes_inside():
    assert call(make(), method="OPTIONS", headers={"Origin": HOME}).body == b"ok"
    assert call(make(), method="OPTIONS").body == b"ok"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_simple_methods_need_no_leave(method):
    assert "access-control-allow-origin" in cors_headers(
        preflight(make(allow_methods="DELETE"), method=method)
    )


ORIGINS = f"""
    {PARTNER} allow_credentials=yes max_age=60 allow_methods=DELETE expose_headers=X-Own
    {OTHER}/ allow_headers=X-Special allow_private_network
"""


def test_each_origin_has_its_own_options_and_the_section_s_for_the_rest():
    app = make(origins=ORIGINS, max_age="5", allow_methods="PATCH")
    partner = cors_headers(preflight(app, PARTNER, "DELETE"))
    assert partner["access-control-allow-credentials"] == "true"
    assert partner["access-control-max-age"] == "60"
    assert cors_headers(preflight(app, PARTNER, "PATCH")) == {}
    assert cors_headers(call(app, headers={"Origin": PARTNER}))["access-control-expose-headers"] == "X-Own"
    other = cors_headers(preflight(app, OTHER, "PATCH", "x-special"))
    assert other["access-control-max-age"] == "5"
    assert "access-control-allow-credentials" not in other
    assert cors_headers(preflight(app, HOME, "PATCH", "x-special")) == {}


def test_any_origin_is_a_star_and_never_an_echo():
    app = make(allowed_origin="*")
    assert cors_headers(call(app, headers={"Origin": OTHER}))["access-control-allow-origin"] == "*"
    assert "Origin" in vary(call(app))


@pytest.mark.parametrize(
    "conf",
    [
        {"allowed_origin": "*", "allow_credentials": "yes"},
        {"origins": "* allow_credentials=yes"},
        {"allowed_origin": f"{HOME} *", "allow_credentials": "true"},
        {"allowed_origin": "null", "allow_credentials": "yes"},
    ],
)
def test_credentials_never_go_with_a_star(conf):
    with pytest.raises(ConfigError, match="credentials are never allowed"):
        make(**conf)


def test_a_named_origin_may_send_credentials_beside_a_star_without():
    app = make(allowed_origin="*", origins=f"{PARTNER} allow_credentials=yes")
    assert cors_headers(call(app, headers={"Origin": PARTNER}))["access-control-allow-credentials"] == "true"
    assert "access-control-allow-credentials" not in cors_headers(call(app, headers={"Origin": OTHER}))


def test_a_private_network_is_reached_only_by_leave():
    asked = {"Access-Control-Request-Private-Network": "true"}
    name = "access-control-allow-private-network"
    assert name not in cors_headers(preflight(make(), **asked))
    app = make(allow_private_network="yes")
    assert cors_headers(preflight(app, **asked))[name] == "true"
    assert name not in cors_headers(preflight(app))
    assert "Access-Control-Request-Private-Network" in vary(preflight(app, **asked))


def test_any_header_and_method_are_named_never_starred():
    app = make(allow_headers="*", allow_methods="*", allow_credentials="yes")
    found = cors_headers(preflight(app, method="PURGE", headers="X-Any, Authorization"))
    assert "PURGE" in found["access-control-allow-methods"]
    assert {"x-any", "authorization"} <= set(found["access-control-allow-headers"].split(", "))
    assert "*" not in "".join(found.values())
    assert cors_headers(preflight(app, headers="X-Any\x01, X: y")) == {}


def test_an_application_that_answers_for_cors_itself_is_left_to_it():
    own = answering([b""], [("access-control-allow-origin", "https://own.example")])
    found = cors_headers(call(make(own), headers={"Origin": HOME}))
    assert found == {"access-control-allow-origin": "https://own.example"}


def test_an_application_s_list_of_headers_is_left_alone():
    headers = [("Content-Type", "text/plain"), ("Vary", "Accept")]

    def application(environ, start_response):
        start_response("200 OK", headers)
        return [b""]

    for sent in ({}, {"Origin": HOME}):
        call(make(application), headers=sent)
    assert headers == [("Content-Type", "text/plain"), ("Vary", "Accept")]


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"allowed_origin": "home.example"}, "is no origin"),
        ({"allowed_origin": "https://home.example/path"}, "is no origin"),
        ({"origins": f"{PARTNER} alow_credentials=yes"}, "did you mean 'allow_credentials'"),
        ({"origins": f"{PARTNER} max_age=x"}, "option 'max_age'"),
        ({"origins": HOME}, "is given twice"),
        ({"expose_headers": "X-A\r\nX-B: 1"}, "is not a header's name"),
        ({"max_age": "soon"}, "is not a whole number"),
        ({"alowed_origin": HOME}, "did you mean 'allowed_origin'"),
    ],
)
def test_mistakes_are_found_at_load(conf, message):
    with pytest.raises(ConfigError, match=message):
        make(**conf)


def test_origins_are_written_as_browsers_write_them():
    app = make(allowed_origin="HTTPS://Home.Example:443/ http://plain.example:80")
    for origin in (HOME, "http://plain.example"):
        assert cors_headers(call(app, headers={"Origin": origin}))["access-control-allow-origin"] == origin


def test_a_lazy_body_is_handed_on_as_it_is():
    body = Tracked()
    assert make(answering(body))({"REQUEST_METHOD": "GET"}, lambda *a: None) is body


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=40))
def test_nothing_a_client_sends_ends_a_line(origin, method, headers):
    app = make(allowed_origin="*", allow_headers="*", allow_methods="*")
    preflight(app, origin, method, headers)
    call(app, headers={"Origin": origin})


@pytest.mark.parametrize("conf", [{"max_age": "-5"}, {"origins": "https://own.example max_age=-5"}])
def test_a_negative_max_age_is_refused_at_load(conf):
    with pytest.raises(ConfigError, match="'max_age'.*seconds"):
        make(**conf)


def test_max_age_none_leaves_the_header_out():
    assert "access-control-max-age" not in cors_headers(preflight(make(max_age="none")))
