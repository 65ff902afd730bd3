"""Microversions and media types, as clients ask for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import errors, wsgi
from apirouter.dispatch.negotiation import KEPT, KEPT_LENGTH, MediaTypes, VersionNegotiator
from apirouter.microversion import Version
from tests.support import LEGACY, MODERN, ask, fault, router_for, settings_of

VENDOR = "application/vnd.openstack.compute+json"
BOTH = f"{MODERN}, {LEGACY}"
M, L = "HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_NOVA_API_VERSION"


def negotiator(**options):
    return VersionNegotiator(settings_of(max_version="3.5", **options))


class Things(wsgi.Controller):
    """Answers its version, and with a code of its own from 2.5 on."""

    @wsgi.api_version("2.1", "2.4")
    def index(self, req):
        return {"version": str(req.api_version)}

    @wsgi.api_version("2.5", "2.8")
    @wsgi.response(202)
    def index(self, req):
        return {"version": str(req.api_version_request)}

    @wsgi.response(201)
    def create(self, req, body):
        return {"body": body, "type": req.get_content_type()}

    def show(self, req, id):
        return {"id": id}

    def delete(self, req, id):
        raise ValueError("bug")


ROUTER = router_for(Things())


# --------------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "2.1"),
        ({M: "compute 2.14"}, "2.14"),
        ({M: "Compute 2.14"}, "2.14"),
        ({M: "compute  2.14"}, "2.14"),
        ({M: "compute\t2.14"}, "2.14"),
        ({L: "2.14"}, "2.14"),
        ({L: " 2.14 "}, "2.14"),
        ({M: "compute 2.14", L: "2.20"}, "2.14"),
        ({M: "compute latest"}, "3.5"),
        ({L: "latest"}, "3.5"),
        ({M: "volume 3.1"}, "2.1"),
        ({M: "volume 9.9, compute 2.14"}, "2.14"),
        ({M: "compute 2.14,volume 3.1"}, "2.14"),
        ({M: "volume 3.1", L: "2.14"}, "2.14"),
        ({M: "volume bad.bad"}, "2.1"),
        ({M: "computer 2.14"}, "2.1"),
        ({M: "2.14"}, "2.1"),
        ({M: ""}, "2.1"),
        ({M: "compute 2.14, compute 2.15"}, "2.15"),
    ],
)
def test_the_version_asked_for_is_read(environ, wanted):
    negotiated = negotiator()(environ)
    assert str(negotiated.version) == wanted
    assert dict(negotiated.headers) == {MODERN: f"compute {wanted}", LEGACY: wanted, "Vary": BOTH}


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "2.1.3",
        "5.03",
        "02.1",
        "2.001",
        "",
        "2. 1",
        "\u0662.1",
        "+2.1",
        "2_0.1",
        "LATEST",
        "Latest",
        "2.1 2.2",
    ],
)
@pytest.mark.parametrize("key", [M, L])
def test_a_malformed_version_is_a_400(key, text):
    with pytest.raises(errors.InvalidAPIVersionString) as caught:
        negotiator()({key: f"compute {text}" if key == M else text})
    assert caught.value.version == text


@pytest.mark.parametrize("text", ["3.7", "2.0", "1.1", "4.0", "999.999"])
def test_a_version_out_of_range_is_a_406(text):
    with pytest.raises(errors.InvalidGlobalAPIVersion) as caught:
        negotiator()({M: f"compute {text}"})
    assert str(caught.value) == (
        f"Version {text} is not supported by the API. Minimum is 2.1 and maximum is 3.5."
    )


def test_a_malformed_version_s_fault_has_the_default_version():
    reply = ask(ROUTER, version="2.1.3")
    assert fault(reply) == (
        "badRequest",
        400,
        "API Version String 2.1.3 is of invalid format. Must be of format MajorNum.MinorNum.",
    )
    assert (reply.headers[MODERN], reply.headers[LEGACY]) == ("compute 2.1", "2.1")
    assert reply.headers["Vary"] == BOTH


def test_a_version_out_of_range_is_named_back():
    reply = ask(ROUTER, version="9.7")
    assert fault(reply)[:2] == ("computeFault", 406)
    assert reply.headers[MODERN] == "compute 9.7"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/things", "GET", 200),
        ("/things", "HEAD", 200),
        ("/things", "OPTIONS", 204),
        ("/things", "POST", 201),
        ("/things", "PATCH", 405),
        ("/things/1", "DELETE", 500),
        ("/things/1/none", "GET", 404),
        ("/none", "GET", 404),
        ("/%FF", "GET", 400),
    ],
)
def test_every_reply_carries_the_version_headers_and_names_them_in_vary(path, method, status):
    reply = ask(ROUTER, path, method, version="2.3")
    assert reply.status_int == status
    assert (reply.headers[MODERN], reply.headers[LEGACY]) == ("compute 2.3", "2.3")
    assert reply.headers["Vary"] == BOTH


@pytest.mark.parametrize(
    ("version", "status"), [("2.1", 200), ("2.4", 200), ("2.5", 202), ("2.8", 202), ("2.9", 404)]
)
def test_the_implementation_of_the_version_runs_with_its_own_code_and_none_is_a_404(version, status):
    reply = ask(ROUTER, version=version)
    assert reply.status_int == status
    if status < 400:
        assert reply.json == {"version": version}
    else:
        assert fault(reply)[0] == "itemNotFound"


def test_another_service_s_names_are_settings():
    router = router_for(
        Things(),
        options={"service_type": "volume", "version_header": "X-Volume-Version", "legacy_version_header": ""},
    )
    reply = ask(router, headers={"X-Volume-Version": "volume 2.5"})
    assert reply.headers["X-Volume-Version"] == "volume 2.5"
    assert reply.headers["Vary"] == "X-Volume-Version"
    assert LEGACY not in reply.headers
    assert fault(ask(router, "/things/1", "DELETE"))[0] == "volumeFault"


def test_a_service_without_versions_ignores_the_headers_and_sends_none():
    class Plain(wsgi.Controller):
        def index(self, req):
            return {"version": req.api_version}

    router = router_for(Plain(), options={"min_version": "", "max_version": ""})
    reply = ask(router, version="nonsense")
    assert reply.json == {"version": None}
    assert MODERN not in reply.headers
    assert "Vary" not in reply.headers


def test_a_legacy_client_gets_the_default_and_no_headers():
    reply = ask(ROUTER, version="2.5", environ={"apirouter.legacy": True})
    assert reply.json == {"version": "2.1"}
    assert not {MODERN, LEGACY, "Vary"} & set(reply.headers)


def test_answers_are_kept_for_few_headers_only():
    negotiate = negotiator()
    for minor in range(KEPT + 100):
        try:
            negotiate({M: f"compute 2.{minor}"})
        except errors.RequestError:
            continue
    for length in range(300):
        negotiate({M: "volume" + "x" * length * 10})
    assert len(negotiate._kept) <= KEPT


def test_hostile_accept_headers_leave_little_behind():
    media = MediaTypes({"application/json": "json"})
    told = media.content_types(frozenset(["application/json"]))
    for number in range(KEPT + 100):
        assert told[f"application/json, a/b{number}"] == ("Content-Type", "application/json")
    assert len(told) <= KEPT
    told = media.content_types(frozenset())
    assert told["x" * KEPT_LENGTH] is None
    assert not told


services = st.sampled_from(["compute", "Compute", "volume", "", "computer", "com pute"])
texts = st.sampled_from(["2.1", "2.14", "3.5", "3.6", "latest", "2.01", "", "x"]) | st.text(max_size=4)


@given(st.lists(st.tuples(services, texts), max_size=4), st.none() | texts)
def test_any_headers_give_a_version_in_range_or_a_client_s_error(named, legacy):
    environ = {M: ", ".join(f"{service} {text}" for service, text in named)} if named else {}
    if legacy is not None:
        environ[L] = legacy
    negotiate = negotiator()
    try:
        found = negotiate(environ)
    except errors.RequestError as error:
        refused = error
        found = negotiate.for_fault(environ, error)
        assert refused.code in {400, 406}
    else:
        assert Version(2, 1) <= found.version <= Version(3, 5)
        assert negotiate(environ) == found
    assert dict(found.headers)[MODERN].startswith("compute ")


# --------------------------------------------------------------------------- media types


@pytest.mark.parametrize(
    ("path", "accept", "wanted"),
    [
        ("/things", None, "application/json"),
        ("/things", "*/*", "application/json"),
        ("/things", "application/*", "application/json"),
        ("/things", VENDOR, VENDOR),
        ("/things", f"{VENDOR};version=2.1", VENDOR),
        ("/things", f"{VENDOR};q=0.5, application/json;q=0.4", VENDOR),
        ("/things", f"{VENDOR};q=0.3, application/json;q=0.4", "application/json"),
        ("/things", f"application/json, {VENDOR}", "application/json"),
        ("/things", f"text/html, {VENDOR};q=0.1", VENDOR),
        ("/things", f"application/json;q=0, {VENDOR};q=0.1", VENDOR),
        ("/things", f"*/*;q=0.1, {VENDOR}", VENDOR),
        ("/things", f"{VENDOR.upper()}", VENDOR),
        ("/things", "text/html", "application/json"),
        ("/things", "application/unsupported1", "application/json"),
        ("/things", "nonsense;;;q=q", "application/json"),
        ("/things", "", "application/json"),
        ("/things.json", VENDOR, "application/json"),
        ("/things.xml", VENDOR, VENDOR),
        ("/things.xml", None, "application/json"),
    ],
)
def test_the_reply_s_type_is_by_suffix_then_accept_by_quality_else_json(path, accept, wanted):
    reply = ask(ROUTER, path, headers={} if accept is None else {"Accept": accept})
    assert reply.content_type == wanted
    assert reply.json == {"version": "2.1"}


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("/things/1.json", "1"),
        ("/things/1.xml", "1"),
        ("/abc/things/1.json", "1"),
        ("/things/a.b", "a.b"),
        ("/things/a.b.json", "a.b"),
        ("/things/1.html", "1.html"),
    ],
)
def test_the_suffix_never_reaches_the_id(path, id_):
    assert ask(ROUTER, path).json == {"id": id_}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 201),
        ("", 201),
        ("text/plain", 201),
        ("text/plain; charset=utf-8", 201),
        ("application/json", 201),
        ("application/json; charset=UTF-8", 201),
        ("Application/JSON", 201),
        (VENDOR, 201),
        ("text/html", 415),
        ("application/xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("json", 415),
    ],
)
def test_a_body_is_read_as_json_or_is_a_415(content_type, status):
    reply = ask(ROUTER, method="POST", body=b'{"a": 1}', content_type=content_type)
    if status == 201:
        assert reply.json["body"] == {"a": 1}
    else:
        assert fault(reply) == ("badMediaType", 415, "Unsupported Content-Type")


def test_the_default_is_json_wherever_it_stands_and_the_first_where_it_does_not():
    assert MediaTypes({VENDOR: "json", "application/json": "json"}).default == "application/json"
    assert MediaTypes({"application/xml": "xml", VENDOR: "json"}).default == "application/xml"


@given(st.text(alphabet='abcdefjnosqv/*+;=,.0 15"\\', max_size=40) | st.text(max_size=20))
def test_any_accept_gives_one_of_the_service_s_types(accept):
    types = MediaTypes({"application/json": "json", VENDOR: "json"})
    assert types.of_reply({"HTTP_ACCEPT": accept}) in types.types


qualities = st.integers(min_value=0, max_value=1000)
ranges = st.sampled_from(["application/json", VENDOR, "application/*", "*/*", "text/html"])


@given(st.dictionaries(ranges, qualities, min_size=1))
def test_accept_is_as_a_naive_reading_has_it(wanted):
    offers = ["application/json", VENDOR]

    def quality(offer):
        for one in (offer, "application/*", "*/*"):
            if one in wanted:
                return wanted[one]
        return 0

    best = max(offers, key=quality)
    header = ", ".join(f"{name};q={q / 1000:.3f}" for name, q in wanted.items())
    found = MediaTypes(dict.fromkeys(offers, "json")).of_reply({"HTTP_ACCEPT": header})
    assert found == (best if quality(best) else "application/json")


@given(
    st.lists(st.sampled_from(["compute", "COMPUTE ", "identity", "2.5", "3", ",", " ", "\t", "x", "\xa0"]))
)
def test_the_service_that_is_named_last_is_found_as_splitting_at_commas_would(pieces):
    header, found = "".join(pieces), None
    for part in header.split(","):
        name, _, version = part.strip(" \t").replace("\t", " ").partition(" ")
        if name.lower() == "compute":
            found = version.strip(" ")
    assert (negotiator()._ours(header) or "").replace("\t", " ") == (found or "")
    assert (negotiator()._ours(header) is None) == (found is None)
