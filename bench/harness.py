"""Time several ways of doing one thing, side by side.

1. Cases are timed in rounds: each round takes one batch of every case, in an order that differs from round
   to round (and not from run to run), so that what slows the machine for a while slows them all, and no
   case comes always after the same one, which leaves the processor's caches as it needs them.
2. A batch is as many calls as take about a fixed time, found once for each case; the cyclic collector is
   off while it runs. The clock is the time that the process has the processor, unless told otherwise: what
   other processes take is none of a case's cost.
3. A case's figure is the median of its rounds; its spread is half the distance between the quartiles, in
   parts of the median. The least round is there too, for what the thing costs when nothing disturbs it.
4. Two cases are compared by the median of the ratios that the rounds give, never by figures of different
   runs.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import json
import platform
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Call = Callable[[], object]
Clock = Callable[[], float]
#: Does a thing so many times; returns seconds for one, by the clock.
Batch = Callable[[int, Clock], float]


@dataclass(frozen=True)
class Figure:
    """What one case cost.

    :param name: the case.
    :param rounds: seconds a call, one figure a round.
    """

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median round, in seconds a call."""
        return statistics.median(self.rounds)

    @property
    def least(self) -> float:
        """The least round, in seconds a call."""
        return min(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, in parts of the median."""
        if len(self.rounds) < 4:
            return (max(self.rounds) - min(self.rounds)) / 2 / self.median
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return (high - low) / 2 / self.median


@dataclass
class Run:
    """The figures of one run.

    :param figures: case -> figure.
    """

    figures: dict[str, Figure] = field(default_factory=dict)

    def ratio(self, name: str, peer: str) -> float:
        """Return how many times the cost of ``peer`` a case has: the median over the rounds of both."""
        one, other = self.figures[name].rounds, self.figures[peer].rounds
        return statistics.median(a / b for a, b in zip(one, other, strict=True))

    def difference(self, name: str, peer: str) -> float:
        """Return how many seconds a case costs more than ``peer``, by the least rounds.

        What disturbs a round is often more than the difference of two cases that have nearly everything in
        common, and the median of the rounds' differences has it too; the least rounds have it least.
        """
        return self.figures[name].least - self.figures[peer].least

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values: nanoseconds a call."""
        return {
            name: {
                "median_ns": round(figure.median * 1e9, 1),
                "least_ns": round(figure.least * 1e9, 1),
                "spread": round(figure.spread, 3),
                "rounds": len(figure.rounds),
            }
            for name, figure in self.figures.items()
        }


def measure(
    cases: Mapping[str, Call], *, rounds: int = 25, batch: float = 0.002, clock: Clock = time.process_time
) -> Run:
    """Time cases side by side.

    :param cases: name -> what to call.
    :param rounds: how many batches each case gets.
    :param batch: how long a batch should take, in seconds.
    :param clock: what tells the time; ``time.perf_counter`` for cases that wait for others.
    """
    batches = {name: repeated(call) for name, call in cases.items()}
    return measure_batches(batches, rounds=rounds, batch=batch, clock=clock)


def repeated(call: Call) -> Batch:
    """Return what calls a function so many times.

    :param call: the function.
    """
    return functools.partial(_batch, call)


def measure_batches(
    cases: Mapping[str, Batch], *, rounds: int = 25, batch: float = 0.002, clock: Clock = time.process_time
) -> Run:
    """Time cases side by side that make by themselves what their calls need, off the clock.

    :param cases: name -> what does a batch.
    :param rounds: how many batches each case gets.
    :param batch: how long a batch should take, in seconds.
    :param clock: what tells the time.
    """
    counts = {name: _count(run, batch, clock) for name, run in cases.items()}
    times: dict[str, list[float]] = {name: [] for name in cases}
    names, mixed = list(cases), random.Random(1)
    for _ in range(rounds):
        mixed.shuffle(names)
        for name in names:
            times[name].append(cases[name](counts[name], clock))
    return Run({name: Figure(name, tuple(seconds)) for name, seconds in times.items()})


def _count(run: Batch, batch: float, clock: Clock) -> int:
    run(1, clock)  # what is done once only, as filling a cache, is no part of a call's cost
    count = 1
    while True:
        seconds = run(count, clock) * count
        if seconds >= batch / 2 or count >= 1 << 20:
            return max(1, round(count * batch / max(seconds, 1e-9)))
        count *= 4


def _batch(call: Call, count: int, clock: Clock) -> float:
    calls = range(count)
    with undisturbed():
        start = clock()
        for _ in calls:
            call()
        return (clock() - start) / count


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the cyclic collector off."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def once(cases: Mapping[str, Call], *, rounds: int = 5, clock: Clock = time.process_time) -> Run:
    """Time cases that are called once a round, the collector on and its garbage taken before.

    :param cases: name -> what to call.
    :param rounds: how many rounds.
    :param clock: what tells the time.
    """
    times: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            gc.collect()
            begin = clock()
            kept = cases[name]()
            times[name].append(clock() - begin)
            del kept
    return Run({name: Figure(name, tuple(seconds)) for name, seconds in times.items()})


def memory(make: Call) -> int:
    """Return how many bytes stay allocated by what ``make`` returns, as Python's allocator counts them."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = make()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        del kept
        return grown
    finally:
        tracemalloc.stop()


@dataclass(frozen=True)
class Goal:
    """A figure that has an upper bound, or a lower one.

    :param text: what is measured.
    :param value: the figure.
    :param bound: the most that it should be.
    :param at_least: whether the bound is the least that it should be.
    """

    text: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is within its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        value, bound = f"{self.value:.3f}", f"{self.bound:.4g}"
        if 0 < self.bound < 0.01 and self.value > 0:
            # Three places of it would say nothing.
            value, bound = (f"1/{1 / figure:.0f}" for figure in (self.value, self.bound))
        return f"{'met ' if self.met else 'MISS'} {value:>8} {sign} {bound:<6} {self.text}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text; the first row is the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", metavar="FILE", help="write the figures there; - for the standard output")
    parser.add_argument("--rounds", type=int, default=25, help="how many rounds (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser


def finish(options: argparse.Namespace, results: dict[str, Any], goals: Sequence[Goal]) -> int:
    """Print the goals, write the JSON, return the exit status."""
    if goals:
        print("\nGoals")
    for goal in goals:
        print(" ", goal)
    if options.json:
        record = {
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "goals": [
                {"text": goal.text, "value": round(goal.value, 4), "bound": goal.bound, "met": goal.met}
                for goal in goals
            ],
            **results,
        }
        text = json.dumps(record, indent=2)
        if options.json == "-":
            sys.stdout.write(text + "\n")
        else:
            with open(options.json, "w", encoding="utf-8") as file:
                file.write(text + "\n")
    return 1 if options.check and not all(goal.met for goal in goals) else 0
