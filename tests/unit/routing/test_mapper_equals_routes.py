"""Side by side with ``routes.Mapper`` 2.5.1: random tables, random URLs, the same answers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from apirouter.routing.index import WALK, Index
from apirouter.routing.mapper import Mapper
from tests.unit.routing.tables import answer, build, cases


@given(cases())
def test_every_answer_is_that_of_routes(case: Any) -> None:
    rows, setup, names, requests = case
    theirs, ours = build(rows, setup, names)
    for url, environ in requests:
        assert answer(ours, url, environ) == answer(theirs, url, environ), (url, environ)


def walk_of(index: Index) -> Callable[[str, str], Any]:
    """The index's walk as a fused function has it."""
    lines = textwrap.indent(WALK, "    ")
    names = index.walk_names()
    exec(f"def walk(path, method):\n    route = None\n{lines}\n    return route and (route, args)", names)
    return names["walk"]


# As many as show that it is like the index, which is held to Routes above.
@settings(max_examples=30)
@given(cases())
def test_a_walk_in_a_fused_function_gives_what_the_index_gives_or_leaves_it_to_the_index(case: Any) -> None:
    rows, setup, names, requests = case
    index = build(rows, setup, names)[1].index()
    walk = walk_of(index)
    for url, environ in requests:
        path = url.partition("?")[0]
        for method in ("GET", "POST", "TRACE") if path.isascii() else ():
            found = walk(path, method)
            assert found is None or found == index.find(path, method, environ), (path, method)


def test_a_walk_in_a_fused_function_is_sure_of_what_is_usual() -> None:
    rows = [
        ("/things", {"conditions": {"method": ["GET"]}}),
        ("/things/{id}", {"conditions": {"method": ["GET"]}}),
        ("/{project_id:[0-9a-f]+}/things/{id}", {}),
        ("/a/{b}/c/{d}/e/{f}", {}),
    ]
    walk = walk_of(build([(p, {"controller": "c", "action": "a", **o}) for p, o in rows], {}, [])[1].index())
    assert walk("/things", "GET")[1] == {}
    assert walk("/things/1", "GET")[1] == {"id": "1"}
    assert walk("/abc/things/1", "PUT")[1] == {"project_id": "abc", "id": "1"}
    assert walk("/a/1/c/2/e/3", "GET")[1] == {"b": "1", "d": "2", "f": "3"}
    for path, method in (
        ("/things", "POST"),
        ("/nothing", "GET"),
        ("/XYZ/things/1", "GET"),
        ("/things/\n", "GET"),
    ):
        assert walk(path, method) is None


def test_a_walk_in_a_fused_function_leaves_to_the_index_what_it_can_t_tell() -> None:
    rows = [
        ("/things/{id}{.format}", {}),
        ("/years/{year}", {"requirements": {"year": "[12][0-9]{3}"}}),
        ("/members/{id}", {"requirements": {"id": r"[^\/]+(?<!\\)"}}),
        ("/{project_id:[0-9a-f]+}/things/{id}", {}),
        ("/plain/{id}", {}),
        ("/of/{things}/{id}/", {}),
    ]
    index = build([(p, {"controller": "c", "action": "a", **o}) for p, o in rows], {}, [])[1].index()
    walk = walk_of(index)
    for path in (
        *(
            "/things/1",
            "/things/1.json",
            "/things/.json",
            "/things/a.b.c",
            "/things/",
            "/things/a\\",
            "/things/\t",
        ),
        *("/years/1999", "/years/3999", "/years/199", "/years/", "/years"),
        *("/members/1", "/members/a\\", "/members/a\\b", "/members/", "/members/1.json"),
        *(
            "/ab/things/1",
            "/xy/things/1",
            "/ab/things/a\\",
            "/ab/things/1/",
            "//things/1",
            "things/1",
            "",
            "/",
        ),
        *("/plain/a\\", "/plain/a\\b", "/plain/.", "/plain/1.2", "/of/a\\/1/", "/of/a/1", "/of/a/1/"),
    ):
        found = walk(path, "GET")
        assert found is None or found == index.find(path, "GET"), path


# --------------------------------------------------------------------------- examples that failed once

REGRESSIONS: tuple[Any, ...] = (
    ([("/{id}{.format}", {})], "/a.b.json"),
    ([("/{id:[^/]+}{.format}", {})], "/a.b.json"),
    ([("/x{.format}", {"format": "json"})], "/x"),
    ([("foo.:(id)", {"_minimize": True, "id": "7"})], "/foo"),
    ([("/a", {"_minimize": True})], "/a/"),
    ([("/a/b", {"_minimize": True}), ("/{p}", {})], "/a/b/"),
    ([("/a/{p:.*}", {}), ("/a/{q}", {})], "/a/b"),
    ([("/{p:.*}", {}), ("/{q}/b", {})], "/a/b"),
    ([("/{id:^a$}", {}), ("/{p}", {})], "/a"),
    ([("/{p:\\w*}/a", {"p": "0"})], "//a"),
    ([(":p-:q", {})], "/ab"),
    ([("/{a}-{b}-{c}-{d}", {})], "/" + "-" * 40),
    ([("/{a}-{b}-{c}-{d}", {})], "/" + "-" * 40 + "/"),
    ([("/detail", {}), ("/{id}", {})], "/detail"),
    ([("/é/{id}", {})], "/é/ü"),
)


@pytest.mark.parametrize(("rows", "url"), REGRESSIONS)
def test_examples_stay_as_routes_has_them(rows: list[Any], url: str) -> None:
    table = [(path, {"controller": "c", "action": "a", **options}) for path, options in rows]
    theirs, ours = build(table, {}, [])
    assert answer(ours, url, None) == answer(theirs, url, None)


@pytest.mark.parametrize(
    ("rows", "url"),
    [
        ([("/{id}/a/*rest", {}), ("/x/b", {})], "/x/a/z"),
        ([("/{id}/{q}/*rest", {}), ("/{id}/a/{p}", {"conditions": {"method": ["POST"]}})], "/x/a/z"),
        ([("/{.id}/b/{p:(?!a)\\w+}", {}), ("//c", {})], "//b/z"),
    ],
)
def test_a_wildcard_behind_a_variable_is_found_where_a_literal_stands_beside_the_variable(
    rows: list[Any], url: str
) -> None:
    theirs, ours = build([(path, {"controller": "c", **options}) for path, options in rows], {}, [])
    environ = {"REQUEST_METHOD": "GET"}
    assert answer(ours, url, environ) == answer(theirs, url, environ) is not None


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/{project_id}/servers/{server_id}/x/{id:(?!detail)[^/]+}", "/{0}/servers/{0}/x/{0}"),
        ("/{a}/b/{c}/d/{e}/f/{g:(?!detail)[^/]+}{.format}", "/{0}/b/{0}/d/{0}/f/{0}"),
        ("/{project_id}/servers/{server_id}/{id:(?!detail)[^/]+}.{format}", "/{0}/servers/{0}/{0}.json"),
    ],
)
def test_uuids_are_not_too_long_for_a_requirement_that_looks_ahead(path: str, url: str) -> None:
    theirs, ours = build([(path, {"controller": "c"})], {}, [])
    environ = {"REQUEST_METHOD": "GET"}
    for text in ("6f70656e-7374-6163-6b20-342065766572", "detail"):
        there = url.format(text)
        assert answer(ours, there, environ) == answer(theirs, there, environ)
    assert answer(ours, url.format("6f70656e-7374-6163-6b20-342065766572"), environ) is not None


def test_a_requirement_that_is_no_expression_is_refused_each_time() -> None:
    ours = Mapper()
    for path in ("/{id:(a}", "/{id:(a}", "/x/{id:(a}"):
        with pytest.raises(re.error):
            ours.connect(path, controller="c")
