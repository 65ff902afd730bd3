"""What is copied answers as what is filed route by route: the same table, indexed both ways."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apirouter.routing.alone import Placed, placed
from apirouter.routing.index import Index
from apirouter.routing.mapper import Mapper, PlainMapper, ProjectMapper
from apirouter.routing.shadows import shadowed

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD")
#: Some are hexadecimal, as a project's id is; some are no plain segment, or what an action is called.
NAMES = ("things", "nets", "os-tags", "fade", "ad", "action", "a.b", "x/y", "{v}", "detail", "new")
PARENT = {"member_name": "thing", "collection_name": "things"}

actions = st.dictionaries(
    st.sampled_from(("detail", "action", "remove", "index", "x.y", "nets", "new", "a{.b}", "{c}")),
    st.sampled_from(("GET", "POST", "PUT", "any")),
    max_size=2,
)
kinds = st.tuples(
    st.frozensets(st.sampled_from(("index", "show", "create", "update", "delete", "new", "edit"))),
    st.fixed_dictionaries(
        {},
        optional={
            "collection": actions,
            "member": actions,
            "parent_resource": st.sampled_from((None, PARENT)),
            "requirements": st.sampled_from(
                ({"thing_id": "[0-9]+"}, {"format": "json"}, {"project_id": "a|b"})
            ),
        },
    ),
)
customs = st.tuples(
    st.sampled_from(
        (
            *(
                "/things/{id}/nets",
                "/nets.{kind}",
                "/{any}/more",
                "/nets",
                "/{p:[0-9a-f-]+}/fade/{id:[0-9]+}",
            ),
            *("/{path:.*}", "/os-{kind}", "/things/1", "/{project_id}/nets/{rest:.*}", "/{a}{b}"),
        )
    ),
    st.sampled_from((None, ["GET"], ["POST", "PUT"])),
)
mappers = st.sampled_from(
    (
        PlainMapper,
        ProjectMapper,
        lambda: ProjectMapper(project_id_regex="[a-z]*"),
        lambda: ProjectMapper(project_id_regex=".+"),
    )
)
OTHERS = {"detail": "action", "action": "remove", "remove": "detail"}


def renamed(kind: Any) -> Any:
    """The same kind but for the names of actions that are as long."""
    answered, options = kind
    named = {
        option: {OTHERS.get(name, name): method for name, method in said.items()}
        for option, said in options.items()
        if option in ("collection", "member")
    }
    return answered, {**options, **named}


tables = st.lists(kinds, min_size=1, max_size=2).flatmap(
    lambda few: st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from((*few, renamed(few[0]), few[0]))) | customs,
        min_size=1,
        max_size=8,
    )
)
PATHS = [
    f"{project}{parent}/{name}{rest}"
    for project, parent, name, rest in itertools.product(
        ("", "/fade", "/nets", "/0-1", "/"),
        ("", "/things/1", "/things/a"),
        ("things", "nets", "nets.json", "os-tags", "fade", "ad", "a.b", "x/y", "v", "new"),
        ("", "/1", "/1.xml", "/detail", "/detail.json", "/a/action", "/1/remove.json", "/1/x.y.json", "/"),
    )
]


def filled(mapper: Mapper, steps: list[Any]) -> list[Placed]:
    """Connect what is wanted; return the resources among it."""
    for said, how in steps:
        if said not in NAMES:
            mapper.connect(said, controller="c", action="a", conditions={"method": how} if how else None)
            continue
        answered, options = how
        named = {*answered, *options.get("collection", ()), *options.get("member", ())}
        mapper.resource(f"{said}_one", said, controller="c", answered=named.__contains__, **options)
    numbers = {route: number for number, route in enumerate(mapper.matchlist)}
    blocks = [(numbers[block.routes[0]], block) for block in mapper.blocks if block.routes]
    return placed(blocks, mapper.matchlist)


@given(mappers, tables, st.data())
@settings(max_examples=settings.default.max_examples * 2)
def test_a_table_is_the_same_with_copies_and_without(make: Any, steps: list[Any], data: Any) -> None:
    mapper = make()
    found = filled(mapper, steps)
    plain = Index(mapper.matchlist)
    copied = Index(mapper.matchlist, placed=found)
    for path in data.draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=40, unique=True)):
        for method in METHODS:
            assert copied.find(path, method) == plain.find(path, method), (path, method)
        assert copied.methods(path) == plain.methods(path), path
        assert copied.candidates(path) == plain.candidates(path), path
    assert shadowed((), index=copied) == shadowed((), index=plain)
    assert copied.root.low == plain.root.low


KIND = (frozenset(("index", "show", "create", "action")), {"member": {"action": "POST"}})


def test_what_is_like_another_is_copied() -> None:
    mapper = ProjectMapper()
    found = filled(mapper, [(name, KIND) for name in ("things", "nets", "os-tags", "ad")])
    index = Index(mapper.matchlist, placed=found)
    # All but the first, with a project and without, and each with a format and without.
    assert len(index.grafted) == 3 * 2 * 2
    assert len(set(index.grafted.values())) == 2 * 2


def test_names_of_actions_may_differ_where_they_are_as_long() -> None:
    mapper = PlainMapper()
    kinds = [
        (KIND[0] | {name}, {"member": {name: "POST"}}) for name in ("action", "remove", "detail", "drop")
    ]
    found = filled(mapper, list(zip(("things", "nets", "os-tags", "ad"), kinds, strict=True)))
    index = Index(mapper.matchlist, placed=found)
    assert len(index.grafted) == 2 * 2
    for path, name in (("/nets/1/remove", "remove_nets_one"), ("/os-tags/1/detail", "detail_os-tags_one")):
        assert index.find(path, "POST")[0].name == name
        assert index.find(f"{path}.xml", "POST")[0].name == f"formatted_{name}"
    assert index.find("/nets/1/action", "POST") is None


def alone(mapper: Mapper, steps: list[Any]) -> list[str]:
    return [one.block.name for one in filled(mapper, steps) if one.alone]


@pytest.mark.parametrize(
    "path", ["/nets/{id}/more", "/nets", "/nets.{kind}", "/{id}/nets", "/x/nets-{a}/nets.x"]
)
def test_a_resource_that_another_route_names_is_not_alone(path: str) -> None:
    steps = [("things", KIND), ("nets", KIND)]
    assert alone(ProjectMapper(), steps) == ["things", "things", "nets", "nets"]
    assert alone(ProjectMapper(), [*steps, (path, None)]) == ["things", "things"]


def test_a_resource_that_is_named_as_an_action_is_not_alone() -> None:
    assert alone(PlainMapper(), [("things", KIND), ("action", KIND)]) == ["things"]


def test_of_a_resource_below_another_only_the_one_below_is_alone() -> None:
    below = (KIND[0], {**KIND[1], "parent_resource": PARENT})
    assert alone(PlainMapper(), [("things", KIND), ("nets", below), ("os-tags", KIND)]) == ["nets", "os-tags"]
