"""Side by side with ``routes.Mapper`` 2.5.1: random tables, random URLs, the same answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from apirouter.routing.mapper import Mapper
from tests.unit.routing.tables import answer, build, cases


@given(cases())
def test_every_answer_is_that_of_routes(case: Any) -> None:
    rows, setup, names, requests = case
    theirs, ours = build(rows, setup, names)
    for url, environ in requests:
        assert answer(ours, url, environ) == answer(theirs, url, environ), (url, environ)


# --------------------------------------------------------------------------- examples that failed once

REGRESSIONS: tuple[Any, ...] = (
    ([("/{id}{.format}", {})], "/a.b.json"),
    ([("/{id:[^/]+}{.format}", {})], "/a.b.json"),
    ([("/x{.format}", {"format": "json"})], "/x"),
    ([("foo.:(id)", {"_minimize": True, "id": "7"})], "/foo"),
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
