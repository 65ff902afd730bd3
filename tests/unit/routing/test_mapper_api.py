"""The mappers of an API, and what a mapper reports at load."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import routes

from apirouter.errors import ConfigError
from apirouter.routing.mapper import APIMapper, Mapper, PlainMapper, ProjectMapper

GET = {"REQUEST_METHOD": "GET"}
PARENT = {"member_name": "server", "collection_name": "servers"}


def ready(mapper: Any) -> Any:
    mapper.create_regs([])
    return mapper


def paths(mapper: Any) -> set[str]:
    return {route.routepath for route in mapper.matchlist}


def test_a_format_is_json_or_xml_unless_required_otherwise() -> None:
    mapper = APIMapper(register=False)
    mapper.connect("/a.{format}", action="x")
    mapper.connect("/b.{format}", action="x", requirements={"format": "csv", "id": "1"})
    mapper.connect("/c/{id}.{format}", action="x", requirements={"id": "[0-9]"})
    ready(mapper)
    assert mapper.match("/a.json", GET) == {"format": "json", "action": "x"}
    assert mapper.match("/a.xml", GET) is not None
    assert mapper.match("/a.csv", GET) is None
    assert mapper.match("/b.csv", GET) is not None
    assert mapper.match("/b.json", GET) is None
    assert mapper.match("/c/1.json", GET) is not None
    assert mapper.match("/c/x.json", GET) is None


def test_the_empty_path_is_matched_as_any_other() -> None:
    mapper = APIMapper(register=False)
    mapper.connect("root", "", action="x")
    mapper.redirect("/old", "/")
    ready(mapper)
    assert mapper.match("", GET) == {"action": "x"}
    found, route = mapper.routematch("", GET)
    assert found == {"action": "x"}
    assert route.name == "root"
    assert mapper.routematch(environ={"REQUEST_METHOD": "GET", "PATH_INFO": ""})[1].name == "root"
    assert ready(APIMapper(register=False)).routematch("", GET) is None


@pytest.mark.parametrize("kind", [Mapper, APIMapper, PlainMapper, ProjectMapper])
def test_every_mapper_takes_what_that_of_routes_takes(kind: Any) -> None:
    mapper = kind(lambda directory=None: ["c"], None, False, False, False)
    assert isinstance(mapper, routes.Mapper)
    assert not mapper.explicit
    mapper.connect("/{controller}/{action}")
    assert mapper.match("/c/x", GET) == {"controller": "c", "action": "x"}
    assert kind(
        controller_scan=None, directory=None, always_scan=False, register=False, explicit=True
    ).explicit


def test_registering_makes_it_the_mapper_of_url_for() -> None:
    mapper = ProjectMapper()
    try:
        mapper.resource("server", "servers", controller="c")
        assert routes.url_for("server", id=3) == "/servers/3"
    finally:
        del routes.request_config().mapper


def test_a_resource_is_there_with_and_without_a_project() -> None:
    mapper = ProjectMapper(register=False)
    mapper.resource(
        "server", "servers", controller="c", collection={"detail": "GET"}, member={"action": "POST"}
    )
    ready(mapper)
    for start, project in (("", {}), ("/0af-1", {"project_id": "0af-1"})):
        for path, method, action, more in (
            ("/servers", "GET", "index", {}),
            ("/servers.json", "POST", "create", {"format": "json"}),
            ("/servers/detail", "GET", "detail", {}),
            ("/servers/7/action", "POST", "action", {"id": "7"}),
            ("/servers/7", "DELETE", "delete", {"id": "7"}),
        ):
            found = mapper.match(start + path, {"REQUEST_METHOD": method})
            assert found == {"controller": "c", "action": action, **project, **more}
    assert mapper.match("/XYZ/servers", GET) is None


def test_a_parent_resource_gives_the_path_with_and_without_a_project() -> None:
    mapper = ProjectMapper(register=False)
    mapper.resource("tag", "tags", controller="c", parent_resource=PARENT)
    assert "/servers/:server_id/tags/:(id)" in paths(mapper)
    assert r"/{project_id:[0-9a-f\-]+}/servers/:server_id/tags/:(id)" in paths(mapper)
    ready(mapper)
    expected = {"controller": "c", "action": "show", "server_id": "1", "id": "2"}
    assert mapper.match("/servers/1/tags/2", GET) == expected
    assert mapper.match("/af/servers/1/tags/2", GET) == {**expected, "project_id": "af"}


def test_no_parent_is_the_same_as_none_given() -> None:
    one, other = PlainMapper(register=False), PlainMapper(register=False)
    one.resource("tag", "tags", controller="c")
    other.resource("tag", "tags", controller="c", parent_resource=None)
    assert str(one) == str(other)


def test_a_plain_mapper_has_no_project() -> None:
    mapper = PlainMapper(register=False)
    mapper.resource("server", "servers", controller="c")
    mapper.resource("tag", "tags", controller="c", parent_resource=PARENT)
    assert not any("project_id" in path for path in paths(mapper))
    assert ready(mapper).match("/servers/1/tags", GET) == {
        "controller": "c",
        "action": "index",
        "server_id": "1",
    }


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[0-9]{3}", "123", "12"),
        ("(?:a|b):[0-9]", "a:1", "a-1"),
        (r"\d+", "42", "af"),
        (r"(?:[a-f]{2}\*\{\})+", "ab*{}", "ab"),
        (r"a\\:b", "a\\:b", "a:b"),
        ("", "af", "xyz"),
    ],
)
def test_what_a_project_id_looks_like_may_be_said(pattern: str, good: str, bad: str) -> None:
    mapper = ProjectMapper(project_id_regex=pattern, register=False)
    mapper.resource("server", "servers", controller="c")
    ready(mapper)
    assert mapper.match(f"/{good}/servers", GET)["project_id"] == good
    assert mapper.match(f"/{bad}/servers", GET) is None


def test_one_path_is_connected_twice() -> None:
    mapper = ProjectMapper(register=False)
    mapper.create_route("/limits", "GET", "c", "index")
    ready(mapper)
    assert mapper.match("/limits", GET) == {"controller": "c", "action": "index"}
    assert mapper.match("/af/limits", GET) == {"controller": "c", "action": "index", "project_id": "af"}
    assert mapper.match("/limits", {"REQUEST_METHOD": "PUT"}) is None


def test_a_function_of_a_plugin_may_connect_routes_of_its_own() -> None:
    def custom(mapper: Any, resource: Any) -> None:
        mapper.connect(
            "networks",
            "/{project_id}/os-networks/{id}/add",
            controller=resource,
            action="add",
            conditions={"method": ["POST"]},
        )

    resource = object()
    mapper = ProjectMapper(register=False)
    custom(mapper, resource)
    assert ready(mapper).match("/p/os-networks/1/add", {"REQUEST_METHOD": "POST"})["action"] == "add"


def test_a_requirement_that_hangs_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    mapper = Mapper(register=False)
    with caplog.at_level(logging.WARNING, logger="apirouter.routing.mapper"):
        mapper.connect("bad", "/a/{id}", requirements={"id": "(a+)+$"})
        mapper.connect("again", "/b/{id}", requirements={"id": "(a+)+$"})
        mapper.connect("/c/{name:(x*)*}", action="y")
        mapper.connect("/d/{name:[0-9a-f-]+}", action="y")
    assert [(problem.route.routepath, problem.name, problem.pattern) for problem in mapper.problems] == [
        ("/a/{id}", "id", "(a+)+$"),
        ("/c/{name:(x*)*}", "name", "(x*)*"),
    ]
    assert len(caplog.records) == 2
    assert "/a/{id} (bad)" in caplog.text
    assert "'(a+)+$' of 'id'" in caplog.text


def test_a_strict_mapper_refuses_a_requirement_that_hangs() -> None:
    with pytest.raises(ConfigError, match=r"/a/\{id\} \(bad\)"):
        Mapper(register=False, strict=True).connect("bad", "/a/{id}", requirements={"id": "(a+)+$"})
    with pytest.raises(ConfigError):
        ProjectMapper(register=False, strict=True, project_id_regex="([a-f]+)*").resource(
            "a", "as", controller="c"
        )


def test_a_requirement_that_hangs_does_not_hang_here() -> None:
    mapper = Mapper(register=False)
    mapper.connect("/{id:(a+)+}", action="x")
    mapper.connect("/{id:(a|ab|b)+}{.format}", action="x")
    ready(mapper)
    assert mapper.match("/" + "a" * 5000 + "!", GET) is None
    assert mapper.match("/" + "ab" * 60 + ".json", GET) is not None
    # To match this would take a hundred milliseconds: a difference that the module's head tells.
    assert mapper.match("/" + "ab" * 2000 + ".json", GET) is None
    assert mapper.match("/" + "a" * 5000, GET) is not None
