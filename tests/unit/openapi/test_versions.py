"""The pattern of the version header: exactly the versions that the service takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.openapi.versions import numbers, pattern_of


@given(st.integers(0, 2000), st.integers(0, 300), st.integers(0, 30000))
def test_a_range_of_numbers_is_matched_and_no_other(low: int, more: int, tried: int) -> None:
    pattern = re.compile("|".join(f"(?:{one})" for one in numbers(low, low + more)))
    for number in (tried, low - 1, low, low + more // 2, low + more, low + more + 1):
        if number >= 0:
            assert bool(pattern.fullmatch(str(number))) == (low <= number <= low + more), number
    assert not pattern.fullmatch(f"0{low}")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("compute 2.1", True),
        ("compute 2.9", True),
        ("compute 2.10", True),
        ("compute latest", True),
        ("compute 2.0", False),
        ("compute 2.11", False),
        ("compute 2.100", False),
        ("compute 3.1", False),
        ("compute 2.01", False),
        ("computer 2.1", False),
        ("2.1", False),
    ],
)
def test_a_version_out_of_range_is_not_asked_for(text: str, taken: bool) -> None:
    assert bool(re.search(pattern_of("compute", "2.1", "2.10"), text)) == taken


def test_several_majors_are_any_two_numbers() -> None:
    assert re.search(pattern_of("demo", "1.5", "3.2"), "demo 2.77")
