"""The harness that the benchmarks share."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from bench import harness
from bench.harness import Figure, Goal, Run


def test_a_figure_is_its_median_and_its_spread() -> None:
    figure = Figure("x", (1.0, 2.0, 3.0, 4.0, 100.0))
    assert figure.median == 3.0
    assert figure.least == 1.0
    assert figure.spread > 1


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    run = Run({"a": Figure("a", (2.0, 20.0, 3.0)), "b": Figure("b", (1.0, 10.0, 1.0))})
    assert run.ratio("a", "b") == 2.0


def test_cases_are_called_in_turns() -> None:
    calls: list[str] = []
    run = harness.measure(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, batch=1e-5
    )
    assert set(run.figures) == {"a", "b"}
    assert all(len(figure.rounds) == 3 for figure in run.figures.values())
    changes = sum(one != other for one, other in itertools.pairwise(calls))
    assert changes >= 5


def test_what_is_called_once_a_round_is_called_once_a_round() -> None:
    calls: list[int] = []
    run = harness.once({"a": lambda: calls.append(1)}, rounds=4)
    assert len(calls) == 4
    assert run.as_json()["a"]["rounds"] == 4


def test_memory_is_what_stays() -> None:
    assert 90_000 < harness.memory(lambda: bytearray(100_000)) < 110_000
    assert harness.memory(lambda: bytearray(100_000) and None) < 10_000


def test_missed_goals_end_with_a_status_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goals = [Goal("good", 0.5, 1.0), Goal("bad", 2.0, 1.0)]
    file = tmp_path / "out.json"
    parse = harness.arguments("x").parse_args
    assert harness.finish(parse(["--json", str(file)]), {"more": {"a": 1}}, goals) == 0
    assert harness.finish(parse(["--check"]), {}, goals) == 1
    assert harness.finish(parse(["--check"]), {}, goals[:1]) == 0
    record = json.loads(file.read_text())
    assert [goal["met"] for goal in record["goals"]] == [True, False]
    assert record["more"] == {"a": 1}
    assert "MISS" in capsys.readouterr().out


def test_a_table_is_aligned() -> None:
    assert harness.table([["a", "bb"], ["ccc", "d"]]).splitlines() == ["  a  bb", "-------", "ccc   d"]


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (Goal("x", 0.5, 1.0), "met     0.500 <= 1      x"),
        (Goal("x", 1 / 487, 1 / 500), "MISS    1/487 <= 1/500  x"),
        (Goal("x", 1 / 513, 1 / 500), "met     1/513 <= 1/500  x"),
        (Goal("x", 0.0, 1 / 500), "met     0.000 <= 0.002  x"),
        (Goal("x", 2.0, 1 / 3, at_least=True), "met     2.000 >= 0.3333 x"),
    ],
)
def test_a_goal_is_told_so_that_it_can_be_compared(goal, text) -> None:
    assert str(goal) == text
