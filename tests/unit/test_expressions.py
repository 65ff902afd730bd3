"""What an expression can match, told from its tree."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.expressions import BEYOND, CONTROL, characters, endings, parse, traits


@pytest.mark.parametrize(
    "pattern", [r"[0-9a-f\-]+", "json|xml", r"\w*", r"[^\/]+", "[^/.]+?", r"(a|b)+", r"(?i:ab)"]
)
def test_what_can_match_no_slash_is_known(pattern: str) -> None:
    assert not traits(pattern).slash


@pytest.mark.parametrize(
    "pattern", [".", "[^x]+", r"\D", r"\W+", "a/b", r"[!-~]", r"(?:a|[+-9])", r"\S", r"\B.", "^a", "(a)\\1"]
)
def test_what_may_match_a_slash_is_known(pattern: str) -> None:
    assert traits(pattern).slash


@pytest.mark.parametrize("pattern", [r"[^\/]+(?<!\\)", r"\d+", "(a)(b)", "(?P<x>a)", "a(?<=a)b"])
def test_an_expression_that_looks_at_itself_only_is_local(pattern: str) -> None:
    assert traits(pattern).local


@pytest.mark.parametrize(
    "pattern", ["^a", "a$", r"\ba", "a(?=b)", "(?!a)b", "(?<=a)b", r"(a)\1", "a?(?<=a)b", "(a)?(?(1)b|c)"]
)
def test_an_expression_that_looks_around_is_not_local(pattern: str) -> None:
    assert not traits(pattern).local


def test_empty_named_and_control_are_told() -> None:
    assert traits("a*").empty
    assert not traits("a+").empty
    assert traits("(?P<x>a)").named
    assert traits("[^a]").control
    assert not traits(r"\w").control


@given(
    st.sampled_from(
        [
            ".",
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            "[a-f]",
            "[^a-f]",
            "[\\x80-\\u0200]",
            "é",
            "[^é]",
            "(?i:[a-f])",
            "(?i:É)",
        ]
    ),
    st.characters(),
)
def test_a_set_of_characters_holds_what_re_matches(pattern: str, each: str) -> None:
    tree, flags = parse(pattern)
    op, value = tree[0]
    if str(op) == "SUBPATTERN":
        flags |= value[1]
        op, value = value[3][0]
    found = characters(str(op), value, flags)
    if re.fullmatch(pattern, each):
        assert found & (1 << ord(each) if ord(each) < 256 else BEYOND)
    elif ord(each) < 256 and "(?i" not in pattern:
        assert not found >> ord(each) & 1


def test_the_control_characters_are_those_of_unicode() -> None:
    assert [n for n in range(256) if CONTROL >> n & 1] == [*range(32), *range(127, 160)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", ("a",)),
        ("(?P<format>json|xml)", ("json", "xml")),
        (r"(?P<id>[^/]+)\.(?P<format>json|xml)", (".json", ".xml")),
        (r"\.(?P<format>json|xml)", (".json", ".xml")),
        ("(?:ab|c)d", ("abd", "cd")),
        ("[ab]c", ("c",)),
        ("a+b", ("b",)),
        ("ab?", ("",)),
        ("ab|c*", ("", "ab")),
        (r"ab\Z", ("",)),
        ("ab(?!c)", ("",)),
        ("(?i)ab", ("",)),
        ("(?i:a)b", ("b",)),
        ("a(?i:b)", ("",)),
        ("|".join(f"{chr(97 + n)}z" for n in range(20)), ("",)),
        ("", ("",)),
    ],
)
def test_what_a_match_ends_with_is_known(pattern: str, expected: tuple[str, ...]) -> None:
    assert endings(pattern) == expected


_PIECES = st.sampled_from(
    [
        "a",
        "b",
        "[ab]",
        ".",
        "(a|b)",
        "(?:ab|ba|)",
        "(?P<x>ab|b)",
        "a*",
        "b??",
        "a{2}",
        "(?i:ab)",
        "(?<=a)",
        "$",
        r"\.",
    ]
)


@given(
    st.lists(_PIECES, max_size=5).filter(lambda p: p.count("(?P<x>ab|b)") < 2), st.text("abAB.", max_size=8)
)
def test_what_matches_ends_as_it_was_told(pieces: list[str], text: str) -> None:
    pattern = "".join(pieces)
    if re.fullmatch(pattern, text):
        assert text.endswith(endings(pattern))
