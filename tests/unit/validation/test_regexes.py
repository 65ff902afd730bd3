"""Patterns: their end, their anchors, their spelling for the other engine."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.validation.regexes import Untranslatable, compiled, to_rust

jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="the fast extra is not installed")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        (r"^a\$$", "a$", True),
        ("^[$]$", "$", True),
        ("^[]$]$", "$", True),
        ("^[^]$]$", "$", False),
        ("^(?:a|b$)", "b\n", False),
        (r"^[\]$]+$", "]$", True),
        ("^a", "ab\n", True),
        ("", "anything", True),
    ],
)
def test_the_end_of_a_pattern_is_the_end_of_the_text(pattern, text, matches):
    assert bool(compiled(pattern).search(text)) is matches


PATTERNS = st.recursive(
    st.sampled_from(
        [
            "a",
            "b",
            "-",
            r"\.",
            "[a-c]",
            "[^a]",
            "[a-c-._]",
            "[0-9-]",
            r"\d",
            r"\w",
            r"[\d_]",
            r"\s",
            ".",
            "é",
            r"\n",
            r"\x41",
            r"\/",
            "[éa]",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda one: f"({one})*"),
        inner.map(lambda one: f"(?:{one})+?"),
        inner.map(lambda one: f"(?:{one}){{1,3}}"),
    ),
    max_leaves=6,
)
TEXTS = st.text(alphabet="abcABC-._ \n\r09é\u0661\u2028/\U0001d4b3", max_size=8)


@given(PATTERNS, st.booleans(), st.booleans(), st.lists(TEXTS, min_size=1, max_size=20))
def test_a_pattern_for_the_other_engine_matches_the_same_or_when_it_says_so_less(pattern, start, end, texts):
    pattern = f"{'^' if start else ''}{pattern}{'$' if end else ''}"
    written, exact = to_rust(pattern)
    engine = jsonschema_rs.Draft202012Validator(
        {"pattern": written}, pattern_options=jsonschema_rs.RegexOptions()
    )
    for text in texts:
        ours, theirs = bool(compiled(pattern).search(text)), engine.is_valid(text)
        assert ours == theirs if exact else ours or not theirs, (pattern, written, text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        r"\bword\b",
        r"[^\d]",
        r"\D",
        "(?i)a",
        "(?s).",
        "(?i:a)",
        "\ud800",
    ],
)
def test_what_the_engines_might_read_differently_is_not_translated(pattern):
    re.compile(pattern)
    with pytest.raises(Untranslatable):
        to_rust(pattern)
