"""Routes that no request can reach."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apirouter.routing.mapper import Mapper, ProjectMapper
from apirouter.routing.shadows import Shadow, shadowed
from tests.unit.routing.tables import answer, build, connects, environs, near_urls, urls

Row = str | tuple[str, Any]


def found(*rows: Row, **options: Any) -> list[tuple[int, int]]:
    """Return the numbers of the shadowed routes and of those before them."""
    made = Mapper(register=False)
    for row in rows:
        path, conditions = (row, None) if isinstance(row, str) else row
        if isinstance(conditions, list):
            conditions = {"method": conditions}
        made.connect(path, controller="c", action="a", conditions=conditions, **options)
    places = {route: number for number, route in enumerate(made.matchlist)}
    return [(places[shadow.route], places[shadow.by]) for shadow in shadowed(made.matchlist)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["/a", "/a"], [(1, 0)]),
        (["/a/{id}", "/a/{x}"], [(1, 0)]),
        (["/a/{id}", ("/a/{x}", ["GET"])], [(1, 0)]),
        ([("/a", ["GET"]), ("/a", ["GET"])], [(1, 0)]),
        ([("/a", ["GET", "PUT"]), ("/a", ["PUT"])], [(1, 0)]),
        ([("/a", ["GET"]), ("/a", ["PUT"]), ("/a", ["GET", "PUT"])], [(2, 0)]),
        (["/{p:.*}", "/{a}/b"], [(1, 0)]),
        (["/{p:.*}", "/{q:.*}"], [(1, 0)]),
        (["/{p:.*}", "/{q:.+}x"], [(1, 0)]),
        (["/x/{a}/*rest", "/x/{b}/{c}/{d}"], [(1, 0)]),
        (["/x/{a}/*rest", "/x/{b}/{c}"], [(1, 0)]),
        (["/{a:[0-9a-f]+}", "/{b:[0-9]+}"], [(1, 0)]),
        (["/{a:[0-9a-f]+}", "/{b:ab|cd}"], [(1, 0)]),
        (["/{a}", "/{b:[a-z]{2,4}}"], [(1, 0)]),
        (["/{a}", "/{b}-{c}"], [(1, 0)]),
        (["/{a}-{b}", "/{c}-{d}"], [(1, 0)]),
        (["/{id}", "/{id}{.format}"], [(1, 0)]),
        (["/a{.format}", "/a"], [(1, 0)]),
        (["/{id}{.format}", "/{x}"], [(1, 0)]),
        (["/{x}/b/c", "/{z}/b/c"], [(1, 0)]),
    ],
)
def test_a_shadow_is_found_with_both_routes(rows: list[Row], expected: list[tuple[int, int]]) -> None:
    assert found(*rows) == expected


@pytest.mark.parametrize(
    "rows",
    [
        ["/a", "/b"],
        ["/a", "/a/"],
        ["/{id}", "/a"],
        [("/a", ["GET"]), ("/a", ["PUT"])],
        [("/a", ["GET"]), "/a"],
        ["/{x}/b/c", "/{a}/{b}/c"],
        ["/a/{b}/c", "/{x}/b/c"],
        ["/{p:.+}", "/{q:.*}"],
        ["/{p:.+}", "/{a:[a-z]*}"],
        ["/{a:[0-9]+}", "/{b:[0-9a-f]+}"],
        ["/{a:[0-9a-f]+}", "/{b:\\d+}"],
        ["/{a:[0-9]{2}}", "/{b:[0-9]+}"],
        ["/{a:ab|cd}", "/{b:ab|ef}"],
        ["/{id}.{format}", "/{id}"],
        ["/a.{format}", "/a{.format}"],
        ["/{a}-{b}", "/{c}"],
        ["/a/{p:.*}", "/a"],
        ["/{a}/{p:.*}", "/{b}"],
        [("/{a}", {"function": lambda environ, found: True}), "/{b}"],
        [("/{a}", {"sub_domain": True}), "/{b}"],
    ],
)
def test_what_can_be_reached_is_not_reported(rows: list[Row]) -> None:
    assert found(*rows) == []


@given(st.lists(connects, min_size=2, max_size=7), st.data())
@settings(max_examples=settings.default.max_examples)
def test_what_is_reported_answers_no_request(rows: list[Any], data: st.DataObject) -> None:
    rows = [*rows, *rows[:2]]
    _, ours = build(rows, {}, ["c", "a"])
    reported = {shadow.route.name for shadow in ours.shadowed()}
    requests = data.draw(st.lists(st.tuples(st.one_of(near_urls(rows), urls), environs), max_size=15))
    for url, environ in requests:
        hit = answer(ours, url, environ)
        assert hit is None or hit[0] not in reported, (url, environ)


def test_a_resource_has_no_shadows_and_the_same_again_is_all_shadow() -> None:
    made = ProjectMapper(register=False)
    made.resource(
        "server", "servers", controller="c", collection={"detail": "GET"}, member={"action": "POST"}
    )
    assert made.shadowed() == ()
    size = len(made.matchlist)
    made.resource(
        "server", "servers", controller="d", collection={"detail": "GET"}, member={"action": "POST"}
    )
    shadows = made.shadowed()
    assert [shadow.route for shadow in shadows] == made.matchlist[size:]
    assert [shadow.by for shadow in shadows] == made.matchlist[:size]


def test_a_shadow_says_both_routes() -> None:
    made = Mapper(register=False)
    made.connect("first", "/a/{id}", action="x")
    made.connect("second", "/a/{x}", action="y", conditions={"method": ["GET", "PUT"]})
    (shadow,) = made.shadowed()
    assert isinstance(shadow, Shadow)
    assert str(shadow) == (
        "GET,PUT /a/{x} (second) is never reached: any method /a/{id} (first) takes its requests"
    )


def test_ten_thousand_routes_are_compared_in_little_time() -> None:
    made = ProjectMapper(register=False)
    for number in range(280):
        made.resource(
            f"t{number}",
            f"ts{number}",
            controller="c",
            collection={"detail": "GET"},
            member={"action": "POST"},
        )
    index = made.index()
    start = time.process_time()
    assert shadowed((), index=index) == ()
    assert time.process_time() - start < 3
