"""What checking a body costs: the nested schema of a server's creation, valid and invalid, beside bare peers.

One run measures everything in turn, many rounds, the least of each: figures are µs of this machine, ratios
hold on any. A bare peer checks the same schema, cached, with no reading of numeric texts, no formats but those
it has, and no message for a client.

Run with ``python -m bench.validation``; ``--check`` exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import jsonschema

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema
from bench.schemas import CREATE, VALID
from bench.timing import Case, measure

#: The goals: valid with ``fast`` in µs, and the others as multiples of a cached jsonschema validator.
FAST_GOAL = 3.0
SLOW_GOAL = 1.1

INVALID = {"server": {**VALID["server"], "min_count": "0"}}


def check_of(*, fast: bool) -> Callable[[Any], Any]:
    """Return our check, with or without the engine in front."""
    if fast:
        return BodySchema(CREATE).compile()
    with mock.patch.dict(sys.modules, {"jsonschema_rs": None}):
        return BodySchema(CREATE).compile()


def refusing(check: Callable[[Any], Any], error: type[Exception]) -> Callable[[Any], Any]:
    """Return a function that checks a value that must be refused."""

    def refused(value: Any) -> None:
        try:
            check(value)
        except error:
            return
        raise AssertionError("the invalid body passed")

    return refused


def _case(function: Callable[[Any], Any], value: Any, count: int) -> Case:
    return functools.partial(function, value), count


def collect() -> dict[str, Case]:
    """Return what is compared."""
    slow, bare = check_of(fast=False), jsonschema.Draft202012Validator(CREATE)
    empty: dict[str, Any] = {"server": {}}
    found = {
        "valid: jsonschema": _case(bare.validate, VALID, 20),
        "valid: ours without fast": _case(slow, VALID, 20),
        "invalid: jsonschema": _case(refusing(bare.validate, jsonschema.ValidationError), empty, 20),
        "invalid: ours without fast": _case(refusing(slow, ValidationError), empty, 20),
        "invalid deep: ours without fast": _case(refusing(slow, ValidationError), INVALID, 20),
    }
    try:
        import jsonschema_rs
    except ImportError:
        return found
    engine, ours = jsonschema_rs.Draft202012Validator(CREATE, validate_formats=True), check_of(fast=True)
    strict = refusing(engine.validate, jsonschema_rs.ValidationError)
    return {
        **found,
        "valid: jsonschema-rs": _case(engine.is_valid, VALID, 1000),
        "valid: ours with fast": _case(ours, VALID, 1000),
        "invalid: jsonschema-rs": _case(strict, empty, 200),
        "invalid: ours with fast": _case(refusing(ours, ValidationError), empty, 20),
    }


def missed(figures: dict[str, float]) -> list[str]:
    """Return what misses its goal, a sentence each."""
    found = []
    ratio = figures["valid: ours without fast"] / figures["valid: jsonschema"]
    if ratio > SLOW_GOAL:
        found.append(
            f"valid without fast costs {ratio:.2f} times a cached jsonschema; the goal is {SLOW_GOAL}"
        )
    fast = figures.get("valid: ours with fast", 0.0)
    if fast > FAST_GOAL:
        found.append(f"valid with fast costs {fast:.2f} µs; the goal is {FAST_GOAL}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 when a goal is missed and ``--check`` is given."""
    parser = argparse.ArgumentParser(prog="bench.validation", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--rounds", type=int, default=60, help="rounds of measuring, the least counts")
    options = parser.parse_args(arguments)
    figures = measure(collect(), rounds=options.rounds)
    for name, value in sorted(figures.items()):
        kind = name.partition(":")[0].split()[0]
        print(f"{name:34} {value:9.2f} µs  {value / figures[f'{kind}: jsonschema']:7.3f} x jsonschema")
    problems = missed(figures)
    for problem in problems:
        print(problem)
    return 1 if problems and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
