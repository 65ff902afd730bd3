"""Expressions judged by their parse trees."""

from __future__ import annotations

import re
import time

import pytest

from apirouter.patterns import catastrophic, degree, exponential

HANGING = (
    r"(a+)+$",
    r"(a+)+",
    r"(a*)*",
    r"([a-z]+)*@",
    r"(\w+\s?)*",
    r"(a|ab|b)+",
    r"(a|a?)+",
    r"(a+a)+",
    r"(\w+-\w+)*",
    r"(x+x+)+y",
    r"(.*)*",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?:a?b?)*",
    r"(\d{1,3},?)*",
    r"(?=(a+)+b)x",
    r"(?:(?:a+)b?)+",
    r"(a+|[a-c]+)+",
    r"(?i:(a+)+)",
    r"(?P<x>(?P<y>a+)+)",
    r"((ab)*)*",
)
HARMLESS = (
    r"[0-9a-f\-]+",
    r"[^/]+",
    r"[^\/]+(?<!\\)",
    r"\w+(\.\w+)*",
    r"json|xml",
    r".*",
    r".+?",
    r"",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"^[a-zA-Z0-9]+([-.][a-zA-Z0-9]+)*$",
    r"(\d{1,3}\.){3}\d{1,3}",
    r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}",
    r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?",
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    r"v?\d+(\.\d+)*",
    r"\d+\d+",
    r"[a-z]+[a-z0-9]*",
    r"^(?! )[\w .-]+(?<! )$",
    r"(?:[^/]+/)*[^/]+",
    r"(foo|bar)+",
    r"(ab|cd)*",
    r"^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$",
    r"(a{1,3}){1,3}",
    r"(?i:[a-z]+)",
    r"\\?",
)


@pytest.mark.parametrize("pattern", HANGING)
def test_a_pattern_that_hangs_is_told(pattern: str) -> None:
    reason = catastrophic(pattern)
    assert reason is not None
    assert reason.startswith("repeats")


@pytest.mark.parametrize("pattern", HARMLESS)
def test_an_ordinary_pattern_raises_no_alarm(pattern: str) -> None:
    assert catastrophic(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "power"),
    [
        (r"\d+", 1),
        (r"(\d+)-(\d+)", 1),
        (r"\d+\d+", 2),
        (r".*-.*", 2),
        (r".*.*.*x", 3),
        (r"\w+(\.\w+)*", 1),
        ("", 1),
    ],
)
def test_the_degree_is_the_longest_chain_of_repeats_that_share_a_text(pattern: str, power: int) -> None:
    assert degree(pattern) == power


def test_repeats_in_a_row_are_told_from_the_third_power_on() -> None:
    reason = catastrophic(".*.*.*x")
    assert reason is not None
    assert "power 3" in reason
    assert catastrophic(".*.*x") is None


def test_what_is_no_expression_is_an_error() -> None:
    with pytest.raises(re.error):
        catastrophic("(a")


def test_judging_a_long_expression_takes_no_long_time() -> None:
    pattern = "|".join(f"[a-z]{{3}}{n}(x{n}|y)+" for n in range(200))
    start = time.process_time()
    catastrophic(pattern)
    assert time.process_time() - start < 2


def test_what_is_told_hangs_in_truth() -> None:
    # Twice the text is more than four times the time: re does double its work with each character or two.
    compiled = re.compile(r"(a|ab|b)+")
    assert exponential(compiled.pattern)
    times = []
    for size in (8, 16):
        start = time.process_time()
        for _ in range(20):
            compiled.fullmatch("ab" * size + "!")
        times.append(time.process_time() - start)
    assert times[1] > times[0] * 16


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a|a)*$",
        "^(ab|ab)+$",
        "^((?:a|a)?)*$",
        "^((a?|b?)c)*$",
        "^((?:x|x)y)+$",
        "^(a(|))*$",
        "^(?:ab|ab){1,}$",
    ],
)
def test_a_repeated_choice_between_the_same_texts_can_hang(pattern):
    assert exponential(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["^(a?|b?)*$", "^(a|a)$", "^(?:a|a){3}$", "^(ab|ac)*$", "^(a|ab|)*$", "^(abc|abd|ab)*$", "^(|a)(|b)c$"],
)
def test_a_choice_that_no_text_takes_in_two_ways_again_and_again_can_not(pattern):
    assert not exponential(pattern)
