"""The index: lookups, methods, hostile paths, threads."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
import routes

from apirouter.routing.index import Index
from apirouter.routing.mapper import Mapper, ProjectMapper

PROJECT = "0123456789abcdef0123456789abcdef"
UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def table(*rows: tuple[str, Any] | str) -> list[Any]:
    made = Mapper(register=False)
    for row in rows:
        path, method = (row, None) if isinstance(row, str) else row
        options = {} if method is None else {"conditions": {"method": method}}
        made.connect(path, path, controller="c", action="a", **options)
    return list(made.matchlist)


def servers() -> Index:
    made = ProjectMapper(register=False)
    made.resource(
        "server", "servers", controller="s", collection={"detail": "GET"}, member={"action": "POST"}
    )
    made.resource(
        "tag", "tags", controller="t", parent_resource={"member_name": "server", "collection_name": "servers"}
    )
    return made.index()


@pytest.mark.parametrize(
    ("path", "method", "action", "found"),
    [
        (f"/{PROJECT}/servers", "GET", "index", {"project_id": PROJECT}),
        ("/servers", "POST", "create", {}),
        ("/servers/detail", "GET", "detail", {}),
        (f"/{PROJECT}/servers/{UUID}", "GET", "show", {"project_id": PROJECT, "id": UUID}),
        (f"/servers/{UUID}.json", "GET", "show", {"id": UUID, "format": "json"}),
        ("/servers/a.b", "DELETE", "delete", {"id": "a.b"}),
        ("/servers.xml", "GET", "index", {"format": "xml"}),
        ("/servers/detail.json", "GET", "detail", {"format": "json"}),
        ("/servers/detail", "DELETE", "delete", {"id": "detail"}),
        ("/servers/1/action", "POST", "action", {"id": "1"}),
        ("/servers/detail/action", "POST", "action", {"id": "detail"}),
        ("/servers/1/tags/2", "PUT", "update", {"server_id": "1", "id": "2"}),
        (f"/{PROJECT}/servers/1/tags", "GET", "index", {"project_id": PROJECT, "server_id": "1"}),
    ],
)
def test_a_lookup_gives_the_route_and_its_variables_alone(
    path: str, method: str, action: str, found: dict[str, str]
) -> None:
    hit = servers().find(path, method, {})
    assert hit is not None
    assert hit[0].defaults["action"] == action
    assert hit[1] == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nope",
        "servers",
        "//servers",
        "/servers/",
        "/servers//",
        "/servers.yaml",
        "/XYZ/servers",
        "/servers/1/nope",
    ],
)
def test_an_unknown_path_has_no_route_and_no_methods(path: str) -> None:
    assert servers().find(path, "GET", {}) is None
    assert servers().methods(path) == frozenset()


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/servers", {"GET", "POST"}),
        ("/servers.json", {"GET", "POST"}),
        (f"/{PROJECT}/servers/1", {"GET", "PUT", "DELETE"}),
        ("/servers/detail", {"GET", "PUT", "DELETE"}),
        ("/servers/1/action", {"POST"}),
        ("/servers/1.json", {"GET", "PUT", "DELETE"}),
    ],
)
def test_the_methods_of_a_path_are_those_that_find_a_route(path: str, methods: set[str]) -> None:
    index = servers()
    assert index.methods(path) == methods
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"):
        assert (index.find(path, method, {}) is not None) is (method in methods)


def test_a_route_without_a_method_condition_takes_every_method() -> None:
    index = Index(table("/a", ("/a/b", ["GET"])))
    assert index.find("/a", "FOO", {}) is not None
    assert index.methods("/a") == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
    assert index.methods("/a/b") == {"GET"}


def test_conditions_on_functions_count_for_methods_too() -> None:
    made = Mapper(register=False)
    made.connect("/a", action="x", conditions={"method": ["GET"], "function": lambda e, m: e.get("ok")})
    made.connect("/a", action="y", conditions={"method": ["PUT"]})
    index = made.index()
    assert index.methods("/a", {"ok": True}) == {"GET", "PUT"}
    assert index.methods("/a", {"ok": False}) == {"PUT"}
    assert index.find("/a", "GET", {"ok": False}) is None


def test_a_function_sees_controller_and_action_and_what_it_adds_is_answered() -> None:
    seen: list[dict[str, Any]] = []

    def function(environ: Any, found: dict[str, Any]) -> bool:
        seen.append(dict(found))
        found["more"] = 1
        return True

    made = Mapper(register=False)
    made.connect("/{id}", controller="c", action="x", conditions={"function": function})
    hit = made.index().find("/1", "GET", {})
    assert seen == [{"id": "1", "controller": "c", "action": "x"}]
    assert hit is not None
    assert hit[1] == {"id": "1", "more": 1}


def test_controller_and_action_are_answered_when_they_are_variables() -> None:
    made = Mapper(register=False)
    made.connect("/{controller}/{action}/{id}", id="7")
    made.create_regs(["blog", "admin/blog"])
    hit = made.index().find("/admin/blog/view/1", "GET", {})
    assert hit is not None
    assert hit[1] == {"controller": "admin/blog", "action": "view", "id": "1"}


def test_each_answer_is_a_dict_of_its_own() -> None:
    index = Index(table("/a", "/{id}/b"))
    for path in ("/a", "/1/b"):
        first = index.find(path, "GET", {})
        assert first is not None
        first[1]["x"] = "y"
        assert index.find(path, "GET", {}) == (first[0], {} if path == "/a" else {"id": "1"})


def test_only_the_given_routes_are_found() -> None:
    made = Mapper(register=False)
    made.connect("/a", action="x")
    made.connect("/b", action="x")
    index = made.index([route for route in made.matchlist if route.routepath == "/b"])
    assert index.find("/a", "GET", {}) is None
    assert index.find("/b", "GET", {}) is not None


def test_routes_of_routes_itself_are_taken_too() -> None:
    index = Index(
        [routes.route.Route("n", "/{id}/x", controller="c"), routes.route.Route("s", "/s", _static=True)]
    )
    assert index.find("/1/x", "GET", {}) is not None
    assert index.find("/s", "GET", {}) is None


@pytest.mark.parametrize("path", ["/{id}/{id}", "/{a b}", "/{1}", "/{id:(?P<id>a)}"])
def test_a_path_that_is_no_expression_is_refused_at_load(path: str) -> None:
    with pytest.raises(re.error):
        Index(table(path)).find("/a/b", "GET", {})


@pytest.mark.parametrize("requirement", ["(", "[a", "a)(b", "*"])
def test_a_requirement_that_is_no_expression_is_refused_when_connected(requirement: str) -> None:
    with pytest.raises(re.error):
        Mapper(register=False).connect("/{id}", requirements={"id": requirement})


HOSTILE_TABLES = (
    ["/{a}-{b}-{c}-{d}"],
    ["/{a:.+}-{b:.+}-{c:.+}-{d:[0-9]+}"],
    ["/{a}-{b}-{c}-{d}/x", "/x/{a}-{b}-{c}-{d}!"],
    ["/{a:.*}/{b:.*}/{c:.*}/{d:.*}/x"],
    ["*a/*b/*c/x"],
    ["/{id}.{format}", "/{id}{.format}", "/{id}"],
    ["/{a:[a-]+}{b:[a-]+}{c:[a-]+}x"],
    [f"/{{project_id:[0-9a-f-]+}}/r{n}/{{id}}" for n in range(350)],
)
HOSTILE_PATHS = (
    "/" + "-" * 400,
    "/" + "-" * 400 + "/",
    "/" + "-" * 400 + "\x7f",
    "/" + "-" * 100_000,
    "/" * 100_000,
    "/" + "a" * 100_000,
    "/" + "a.b" * 33_000,
    "/" + "a-" * 50_000 + "!",
    "/x" * 50_000,
)


@pytest.mark.parametrize("paths", HOSTILE_TABLES, ids=range(len(HOSTILE_TABLES)))
def test_no_path_takes_long(paths: list[str]) -> None:
    index = Index(table(*paths))
    for path in HOSTILE_PATHS:
        times = []
        for _ in range(12):
            start = time.process_time()
            index.find(path, "GET", {})
            times.append(time.process_time() - start)
        assert min(times) < 0.005, (paths[0], path[:5], len(path), min(times))


def test_many_misses_leave_nothing_behind() -> None:
    import tracemalloc

    index = servers()
    for number in range(100):
        index.find(f"/nope/{number}", "GET", {})
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        index.find(f"/nope{number}/x", "GET", {})
        index.find(f"/servers/{number}/nope", "GET", {})
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 10_000


def test_threads_get_the_answers_that_one_gets() -> None:
    made = Mapper(register=False)
    for number in range(200):
        made.connect(f"r{number}", f"/{{p}}/r{number}/{{id:[a-z0-9]+}}{{.format}}", action="x")
        made.connect(f"w{number}", f"/w{number}/{{rest:.*}}/end", action="x")
    wrong: list[Any] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        for number in range(200):
            found, route = made.routematch(f"/a/r{number}/7.json", {"REQUEST_METHOD": "GET"})
            if route.name != f"r{number}" or found != {"p": "a", "id": "7", "format": "json", "action": "x"}:
                wrong.append(found)
            found, route = made.routematch(f"/w{number}/x/y/end", {"REQUEST_METHOD": "GET"})
            if route.name != f"w{number}" or found["rest"] != "x/y":
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_id_with_a_dot_costs_no_search_unless_it_ends_as_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ProjectMapper(register=False)
    made.resource("flavor", "flavors", controller="c", requirements={"format": "json|xml"})
    index, searched = made.index(), []
    original = Index._search
    monkeypatch.setattr(
        Index, "_search", lambda self, path, *more: searched.append(path) or original(self, path, *more)
    )
    found = {}
    for path in (
        "/flavors/m1.small",
        "/af/flavors/a.b.c",
        "/flavors/m1.small.json",
        "/flavors/m1.xml",
        "/robots.txt",
    ):
        answer = index.find(path, "GET", {})
        found[path] = answer and answer[1]
    assert found == {
        "/flavors/m1.small": {"id": "m1.small"},
        "/af/flavors/a.b.c": {"project_id": "af", "id": "a.b.c"},
        "/flavors/m1.small.json": {"id": "m1.small", "format": "json"},
        "/flavors/m1.xml": {"id": "m1", "format": "xml"},
        "/robots.txt": None,
    }
    assert searched == ["/flavors/m1.small.json", "/flavors/m1.xml"]


def test_no_expression_is_compiled_that_the_index_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ProjectMapper(register=False)
    for number in range(30):
        made.resource(f"thing{number}", f"things{number}", controller="c", member={"action": "POST"})
    compiled: list[str] = []
    original = re.compile
    monkeypatch.setattr(
        re, "compile", lambda pattern, flags=0: compiled.append(pattern) or original(pattern, flags)
    )
    index = made.index()
    for number in range(30):
        assert index.find(f"/af/things{number}/7", "GET", {}) is not None
        assert index.find(f"/things{number}/7/action", "POST", {}) is not None
    assert compiled == [r"(?:[0-9a-f\-]+)"]


def test_the_cost_does_not_grow_with_the_routes() -> None:
    # In operations, not in time: how many dict and attribute steps a walk takes is what its events count.
    import sys

    def events(size: int, path: str) -> int:
        index = Index(table(*(f"/{{project_id:[0-9a-f-]+}}/r{n}/{{id}}" for n in range(size))))
        count = 0

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal count
            count += 1
            return trace

        sys.settrace(trace)
        try:
            index.find(path.format(last=size - 1), "GET", {})
        finally:
            sys.settrace(None)
        return count

    for path in ("/af/r{last}/1", "/af/r0/1", "/af/nope/1", "/nope", "/af/r{last}/1/x"):
        assert events(3000, path) == events(50, path)
