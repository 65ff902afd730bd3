"""Long texts: the answer of ``re``, without its tries."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apirouter.routing.linear import build
from apirouter.routing.matching import Expression, limit

atoms = st.sampled_from(
    ("a", "b", "[ab]", "[^/]", ".", r"\w", r"\d", "-", "/", "[^a-]", r"\.", "é", r"\W", "[a-f0-9]")
)
suffixes = st.sampled_from(
    ("*", "+", "?", "{2}", "{1,2}", "{0,3}", "*?", "+?", "??", "{1,}?", "{1,3}?", "{2,}")
)


def extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(str.__add__, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?:{}){}".format, inner, suffixes),
        st.builds("(?P<g>{})".format, inner),
        st.builds(r"{}(?<!a)".format, inner),
        st.builds("{}$".format, inner),
    )


expressions = st.recursive(atoms, extend, max_leaves=8)


@given(expressions, st.lists(st.text("ab-/1é.", max_size=9), min_size=1, max_size=6))
@settings(max_examples=600)
def test_the_answer_is_that_of_re(pattern: str, texts: list[str]) -> None:
    numbered = iter(range(99))
    pattern = re.sub(r"\(\?P<g>", lambda _: f"(?P<g{next(numbered)}>", pattern)
    compiled = re.compile(pattern)
    linear = build(pattern)
    assume(linear is not None)
    assert linear is not None
    for text in texts:
        found = compiled.fullmatch(text)
        assert linear.fullmatch(text) == (found and found.groupdict()), (pattern, text)


@pytest.mark.parametrize(
    "pattern", ["(?=a)a", r"(a)\1", "(?i:a)", "(?>a)" if hasattr(re, "NOFLAG") else "(?!a)b", r"a\b"]
)
def test_what_is_not_regular_is_left_to_re(pattern: str) -> None:
    assert build(pattern) is None


FOUR = "(?P<a>[^/]+?)-(?P<b>[^/]+?)-(?P<c>[^/]+?)-(?P<d>[^/]+?)"
HOSTILE = (
    (FOUR, "-" * 400),
    (FOUR, "-" * 400 + "/"),
    (FOUR, "-" * 100_000 + "/"),
    (FOUR.replace("?)", ")"), "-" * 400 + "/"),
    (FOUR + "!", "-" * 400),
    (r"(?P<a>.+)-(?P<b>.+)-(?P<c>.+)-(?P<d>\d+)", "-" * 400),
    (r"(?P<a>.*)/(?P<b>.*)/(?P<c>.*)/x", "/" * 100_000),
    (r"(?P<x>(a+)+)$", "a" * 100_000 + "!"),
    (r"(?P<x>(a|ab|b)+)", "ab" * 100 + "!"),
    (r"(?P<id>[^\/]+(?<!\\))\.(?P<format>json|xml)", "." * 100_000),
    (r"\w+\d+\w+", "1" * 100_000 + "-"),
)


def best(expression: Expression, text: str) -> float:
    times = []
    for _ in range(9):
        start = time.process_time()
        expression(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize(("pattern", "text"), HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_makes_an_expression_hang(pattern: str, text: str) -> None:
    assert best(Expression(pattern), text) < 0.005


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?P<x>(a|ab)*)", "a" * 100_000),
        (r"(?P<x>\w+(-\w+)*)", "a-" * 50_000 + "a"),
        (r"(?P<x>(\w+[-.]?)+)", "a-" * 50_000),
        (r"(?P<x>(a|aa)+)b", "a" * 100_000),
    ],
)
def test_no_repeat_of_several_characters_takes_seconds_over_a_long_path(pattern: str, text: str) -> None:
    assert best(Expression(pattern), text) < 0.1


def test_a_repeat_with_one_way_only_is_matched_however_long_the_path() -> None:
    text = "a-" * 50_000 + "a"
    assert Expression(r"(?P<x>\w+(-\w+)*)")(text) == {"x": text}


def test_short_and_long_texts_have_the_same_answer() -> None:
    expression = Expression(FOUR)
    for size in (3, 7, 20, 60, 300, 3000):
        text = "-".join(["ab", "-" * size, "c", "d" * size, "e"])
        assert expression(text) == re.fullmatch(FOUR, text).groupdict()  # type: ignore[union-attr]


@pytest.mark.parametrize("pattern", [r"[0-9a-f\-]+", "json|xml", r"[^/]+", r"\d{4}"])
def test_a_plain_run_is_always_left_to_re(pattern: str) -> None:
    assert limit(pattern) > 1 << 60


def test_more_repeats_leave_shorter_texts_to_re() -> None:
    limits = [limit("-".join(["[^/]+"] * n)) for n in (2, 3, 4)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > 300


def test_irregular_and_ambiguous_matches_no_long_text() -> None:
    expression = Expression(r"(?=a).*-.*-.*(?<=b)(?!c)")
    assert expression("a-x-b") == {}
    assert expression("a-" + "x-" * 500 + "b") is None
