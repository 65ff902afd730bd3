"""Resources, submappers, collections: the tables that Routes makes, and their answers."""

from __future__ import annotations

from typing import Any

import pytest
import routes
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.routing.tables import answer, fresh, pair_of, url_of

# ------------------------------------------------------ tables made by the makers of tables

actions = st.dictionaries(
    st.sampled_from(("detail", "action", "edit", "x.y")),
    st.sampled_from(("GET", "POST", "any", "put")),
    max_size=2,
)
resources = st.fixed_dictionaries(
    {"controller": st.just("c")},
    optional={
        "collection": actions,
        "member": actions,
        "new": actions,
        "path_prefix": st.sampled_from(("", "/p", "{project_id:[0-9a-f]+}/", ":(q)/x")),
        "name_prefix": st.sampled_from(("", "n_")),
        "parent_resource": st.sampled_from((None, {"member_name": "server", "collection_name": "servers"})),
        "requirements": st.sampled_from(({"id": "[0-9]+"}, {"format": "json|xml"}, {"server_id": "a"})),
    },
)
RESOURCE_URLS = st.builds(
    lambda *pieces: "".join(pieces),
    st.sampled_from(("", "/p", "/0af", "/q/x", "/servers/a", "/servers/1")),
    st.sampled_from(("/tags", "/nets", "/new")),
    st.sampled_from(("", "/1", "/new", "/detail", "/a.b", "/x.y", "/1\\")),
    st.sampled_from(("", "/edit", "/action", "/detail", "/")),
    st.sampled_from(("", ".json", ".xml", ".a.b", ".")),
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "ANY")


@given(
    st.lists(st.tuples(st.sampled_from(("tags", "nets")), resources), min_size=1, max_size=3),
    st.lists(st.tuples(RESOURCE_URLS, st.sampled_from(METHODS)), min_size=1, max_size=15),
)
@settings(max_examples=settings.default.max_examples // 4)
def test_resources_make_the_routes_of_routes(tables: list[Any], requests: list[Any]) -> None:
    def fill(mapper: Any) -> None:
        for name, kwargs in tables:
            mapper.resource(name[:-1], name, **fresh(kwargs))

    theirs, ours = pair_of(fill)
    assert str(ours) == str(theirs)
    for url, method in requests:
        environ = {"REQUEST_METHOD": method}
        assert answer(ours, url, environ) == answer(theirs, url, environ), (url, method)
    for named in theirs._routenames:
        for values in (
            {},
            {"id": 5, "project_id": "af", "server_id": "a", "q": "é"},
            {"id": "x y", "format": "json"},
        ):
            assert url_of(ours, named, values) == url_of(theirs, named, values), (named, values)


def nested(mapper: Any) -> None:
    mapper.minimization = False
    with mapper.submapper(path_prefix="/api/{version}", requirements={"version": "v[0-9]"}) as api:
        entries = api.collection("entries", "entry", controller="entries")
        entries.link("recent", name="recent_entries")
        entries.member.link("ping", method="POST")
        entries.member.action(name="touch", method=None)
        with api.submapper(controller="deep", path_prefix="/deep", name_prefix="deep_") as deep:
            deep.connect("thing", "/{id}{.format}", action="thing", conditions={"method": ["GET", "PUT"]})
            deep.connect("/plain", action="plain")
    mapper.connect("site", "http://example.com/{page}", _static=True)
    mapper.extend([routes.route.Route("ext", "/ext/{id}", controller="x", action="y")], path_prefix="/sub")
    mapper.redirect("/old/{id}", "/api/v1/entries/{id}", _redirect_code="301 Moved Permanently")


NESTED_URLS = (
    "/api/v1/entries",
    "/api/v1/entries.json",
    "/api/v1/entries/new",
    "/api/v1/entries/recent.xml",
    "/api/v1/entries/5",
    "/api/v1/entries/5.json",
    "/api/v1/entries/5.a.b",
    "/api/v1/entries/5/edit",
    "/api/v1/entries/5/edit.json",
    "/api/v1/entries/5/ping",
    "/api/vx/entries",
    "/api/v1/deep/7.txt",
    "/api/v1/deep/7",
    "/api/v1/deep/plain",
    "/sub/ext/1",
    "/old/4",
    "/old",
)


@pytest.mark.parametrize("url", NESTED_URLS)
@pytest.mark.parametrize("method", METHODS)
def test_submappers_collections_extensions_and_redirects_are_those_of_routes(url: str, method: str) -> None:
    theirs, ours = pair_of(nested)
    found, expected = (mapper.routematch(url, {"REQUEST_METHOD": method}) for mapper in (ours, theirs))
    assert (found is None) == (expected is None)
    if found is not None:
        assert found[0] == expected[0]
        assert ours.matchlist.index(found[1]) == theirs.matchlist.index(expected[1])


def test_the_text_of_a_mapper_is_that_of_routes() -> None:
    theirs, ours = pair_of(nested)
    assert str(ours) == str(theirs)
