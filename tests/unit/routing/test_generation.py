"""URLs out of routes: those of ``routes.Mapper``."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.routing.tables import NAMES, build, connects, mapper_settings, url_of

values = st.one_of(
    st.text("ab é/.&%", max_size=4), st.integers(0, 9), st.none(), st.sampled_from((b"x", "json"))
)
keywords = st.dictionaries(
    st.sampled_from((*NAMES, "extra", "other", "method", "sub_domain", "_anchor")),
    values,
    max_size=5,
    # Of a method that is no text, Routes asks the upper case.
).map(lambda found: {k: str(v) if k == "method" else v for k, v in found.items()})
lists = st.dictionaries(
    st.sampled_from(("other", "more")), st.lists(st.text("ab é", max_size=2), max_size=2), max_size=1
)


@given(
    st.lists(connects, min_size=1, max_size=6),
    mapper_settings,
    st.lists(st.tuples(keywords, lists), min_size=1, max_size=8),
)
@settings(max_examples=settings.default.max_examples // 3)
def test_every_url_generated_is_that_of_routes(
    rows: list[Any], setup: dict[str, Any], calls: list[Any]
) -> None:
    theirs, ours = build(rows, setup, ["c", "a"])
    names: list[str | None] = [None, *(f"r{number}" for number in range(len(rows)))]
    for scalar, several in calls:
        for named in names:
            kargs = {**scalar, **several}
            for _ in range(2):  # the second time from the cache
                expected, found = (generated(mapper, named, kargs) for mapper in (theirs, ours))
                assert found == expected, (named, kargs)


def generated(mapper: Any, named: str | None, kargs: dict[str, Any]) -> Any:
    try:
        if named is None:
            return mapper.generate(**kargs)
        return url_of(mapper, named, dict(kargs))
    except Exception as error:
        return type(error)
