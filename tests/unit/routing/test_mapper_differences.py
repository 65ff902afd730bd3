"""What differs from ``routes.Mapper``, numbered as at the head of ``apirouter.routing.mapper``."""

from __future__ import annotations

import copy
import unicodedata
from typing import Any

import pytest
import routes
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import MalformedRequestUrl
from apirouter.routing.mapper import APIMapper, Mapper, ProjectMapper, path_info

GET = {"REQUEST_METHOD": "GET"}


def mapper(*paths: str, **options: Any) -> Mapper:
    made = Mapper(register=False)
    for path in paths:
        made.connect(path, controller="c", action="a", **options)
    made.create_regs([])
    return made


CONTROLS = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) == "Cc"]


@pytest.mark.parametrize("control", CONTROLS, ids=[f"U+{ord(c):04X}" for c in CONTROLS])
@pytest.mark.parametrize(
    "path", ["/{id}", "/{id:.*}", "/{id:[^/]+}", "/{id:[^x]+}{.format}", "/{p}-{q}", "/*id", "/s"]
)
def test_1_a_control_character_matches_nothing(control: str, path: str) -> None:
    made = mapper(path)
    for url in (f"/a{control}-b", f"/{control}", f"/s{control}", f"{control}/s", f"/a.j{control}"):
        assert made.match(url) is None
        assert made.index().find(url, "GET", {}) is None
        assert made.index().methods(url) == frozenset()


def test_1_a_route_of_control_characters_matches_nothing() -> None:
    assert mapper("/a\tb", "/a\tb{.format}").match("/a\tb") is None
    assert mapper("/a\tb", _minimize=True).match("/a\tb") is None


@pytest.mark.parametrize("url", ["/é", "/日本", "/a b", "/a\u200bb", "/a\u3000b", "/\ue000"])
def test_1_no_other_character_is_refused(url: str) -> None:
    assert mapper("/{id}").match(url) == {"id": url[1:], "controller": "c", "action": "a"}


def environ(path: bytes) -> dict[str, str]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path.decode("latin-1")}


def test_2_path_info_is_utf_8() -> None:
    made = mapper("/é/{id}")
    assert made.match(environ=environ("/é/ü".encode())) == {"id": "ü", "controller": "c", "action": "a"}
    assert made.routematch(environ=environ("/é/日".encode()))[0]["id"] == "日"


@pytest.mark.parametrize("path", [b"/\xff", b"/\xc3", b"/\xed\xa0\x80", b"/\xc0\xaf"])
def test_2_bad_utf_8_is_a_400(path: bytes) -> None:
    with pytest.raises(MalformedRequestUrl) as caught:
        mapper("/{id}").match(environ=environ(path))
    assert caught.value.code == 400


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_2_any_text_comes_back_from_its_bytes(text: str) -> None:
    assert path_info(environ(text.encode())) == text


def test_2_a_text_that_is_no_wsgi_path_is_a_400() -> None:
    with pytest.raises(MalformedRequestUrl):
        path_info({"PATH_INFO": "/日"})


def test_2_the_path_that_request_config_hands_over_is_decoded_too() -> None:
    made = mapper("/é/{id}")
    config = routes.request_config()
    config.mapper = made
    config.environ = {**environ("/é/ü".encode()), "HTTP_HOST": "h", "wsgi.url_scheme": "http"}
    try:
        assert config.mapper_dict == {"id": "ü", "controller": "c", "action": "a"}
    finally:
        del config.mapper


def test_3_no_query_and_no_body_changes_the_method() -> None:
    made = Mapper(register=False)
    made.resource("server", "servers", controller="c")
    made.create_regs([])
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/servers/1", "QUERY_STRING": "_method=DELETE"}
    assert made.match(environ=request)["action"] == "show"
    request = {**request, "REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    assert made.match(environ=request) is None


@pytest.mark.parametrize(
    "path", ["//evil.example/", "///evil.example", "/\\evil.example", "/", "//", "/a//b"]
)
@pytest.mark.parametrize("destination", ["/{url}", "{url}x", "//{url}", "/\\{url}", "/"])
def test_4_no_redirect_is_scheme_relative(path: str, destination: str) -> None:
    made = Mapper(register=False)
    made.redirect("/{url:.*}", destination)
    made.create_regs([])
    found, route = made.routematch(path, GET)
    location = made.location(route, found, {"SCRIPT_NAME": "", "HTTP_HOST": "h"})
    assert location[:2] not in ("//", "/\\")
    assert location[:1] == "/" or "://" not in location


@pytest.mark.filterwarnings("ignore:'cgi' is deprecated:DeprecationWarning")
def test_4_the_middleware_of_routes_redirects_at_home_too() -> None:
    from routes.middleware import RoutesMiddleware

    made = Mapper(register=False)
    made.redirect("/{url:.*}", "/{url}")
    made.create_regs([])
    app = RoutesMiddleware(lambda environ, start: [], made, singleton=False)
    replies: list[Any] = []
    app(
        {
            **environ(b"//evil.example/"),
            "SCRIPT_NAME": "",
            "HTTP_HOST": "h",
            "QUERY_STRING": "",
            "wsgi.url_scheme": "http",
        },
        lambda status, headers: replies.append((status, dict(headers))),
    )
    assert replies[0][0].startswith("302")
    assert replies[0][1]["Location"] == "/evil.example/"


def test_4_a_redirect_elsewhere_stays_what_it_is() -> None:
    made = Mapper(register=False)
    made.redirect("/go/{page}", "https://example.com/{page}", _redirect_code="301 Moved Permanently")
    made.create_regs([])
    found, route = made.routematch("/go/there", GET)
    assert route.redirect_status == "301 Moved Permanently"
    assert made.location(route, found, {"SCRIPT_NAME": "/s", "HTTP_HOST": "h"}) == "https://example.com/there"


@pytest.mark.parametrize("kind", [Mapper, APIMapper, ProjectMapper])
def test_5_no_dict_of_the_caller_is_changed_by_connecting(kind: type[Mapper]) -> None:
    given_dicts = {
        "collection": {"detail": "GET"},
        "member": {"action": "POST"},
        "new": {"preview": "POST"},
        "requirements": {"x": "[0-9]+"},
        "parent_resource": {"member_name": "a", "collection_name": "as"},
    }
    before = copy.deepcopy(given_dicts)
    made = kind(register=False)
    made.resource("server", "servers", controller="c", **given_dicts)
    made.connect("/{p:[a-z]+}/q", controller="c", action="a", requirements=given_dicts["requirements"])
    made.create_regs([])
    made.match("/as/1/servers", GET)
    assert given_dicts == before


def test_5_a_requirement_in_a_path_does_not_reach_other_routes() -> None:
    shared: dict[str, str] = {}
    made = Mapper(register=False)
    made.connect("/a/{id:[0-9]+}", controller="c", action="a", requirements=shared)
    made.connect("/b/{id}", controller="c", action="b", requirements=shared)
    made.create_regs([])
    assert made.match("/b/x") == {"id": "x", "controller": "c", "action": "b"}
    assert made.match("/a/x") is None


def test_5_matching_changes_neither_environ_nor_an_earlier_answer() -> None:
    def function(environ: Any, found: dict[str, Any]) -> bool:
        found["added"] = 1
        return True

    made = mapper("/{id}", conditions={"function": function}, extra="e")
    request = {**environ(b"/x"), "SCRIPT_NAME": ""}
    before = copy.deepcopy(request)
    first = made.match(environ=request)
    assert request == before
    first["id"] = "changed"
    first["extra"] = "changed"
    assert made.match(environ=request) == {
        "id": "x",
        "extra": "e",
        "added": 1,
        "controller": "c",
        "action": "a",
    }
    assert made.matchlist[0].defaults == {"extra": "e", "controller": "c", "action": "a"}


def test_6_a_route_connected_later_is_found() -> None:
    made = mapper("/a")
    assert made.match("/b") is None
    made.connect("/b", controller="c", action="b")
    assert made.match("/b") == {"controller": "c", "action": "b"}


def test_7_a_method_condition_of_text_is_names() -> None:
    made = mapper("/a", conditions={"method": "GET, PUT"})
    for method, hit in (("GET", True), ("PUT", True), ("GE", False), ("T, P", False), ("POST", False)):
        assert (made.match("/a", {"REQUEST_METHOD": method}) is not None) is hit
    assert made.index().methods("/a") == {"GET", "PUT"}


def test_7_a_request_without_a_method_meets_any() -> None:
    assert mapper("/a", conditions={"method": ["PUT"]}).match("/a", {"PATH_INFO": "/a"}) is not None


def test_8_a_reference_counts_the_groups_of_its_route() -> None:
    made = mapper("/z/{z}", "/{id}", requirements={"id": r"(a)(b)(c)\2"})
    # The first group is the variable itself.
    assert made.match("/abca") == {"id": "abca", "controller": "c", "action": "a"}
    assert made.match("/abcb") is None


def test_9_what_is_not_regular_and_ambiguous_matches_no_long_text() -> None:
    made = mapper("/{id:(?!x)[a-z-]+-[a-z-]+-[a-z-]+}")
    assert made.match("/a-b-c") is not None
    assert made.match("/" + "a-" * 1000 + "!") is None


def test_10_expressions_are_made_when_they_are_read() -> None:
    made = mapper("/a/{id}")
    route = made.matchlist[0]
    made.match("/a/1")
    assert "regexp" not in vars(route)
    assert route.regexp == r"^/a/(?P<id>[^/]+?)$"
    assert route.match("/a/1") == {"id": "1", "controller": "c", "action": "a"}


def test_10_debug_logs_what_the_path_matches() -> None:
    made = mapper("/{a}", "/{b}", "/c/{d}", conditions={"method": ["GET"]})
    made.debug = True
    found, route, tried = made.routematch("/x", {"REQUEST_METHOD": "GET"})
    assert route is made.matchlist[0]
    assert [entry["route"] for entry in tried] == [route]
    found, route, tried = made.match("/x", {"REQUEST_METHOD": "PUT"})
    assert found is None
    assert route is None
    assert [entry["regexp"] for entry in tried] == [False, False]
