"""What checking a body costs: the nested schema of a server's creation, valid and invalid, beside bare peers.

One run measures everything in turn, many rounds, the least of each: figures are µs of this machine, ratios
hold on any. A bare peer checks the same schema, cached, with no reading of numeric texts, no formats but those
it has, and no message for a client.

Run with ``python -m bench.validation``; ``--check`` exits with 1 when a goal is missed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import jsonschema

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema
from bench.harness import Goal, arguments, finish
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


def goals_of(figures: dict[str, float]) -> list[Goal]:
    """Return what has a goal.

    :param figures: case -> µs.
    """
    ratio = figures["valid: ours without fast"] / figures["valid: jsonschema"]
    goals = [Goal("valid without fast / a cached jsonschema validator", ratio, SLOW_GOAL)]
    fast = figures.get("valid: ours with fast")
    return goals if fast is None else [*goals, Goal("valid with fast, µs", fast, FAST_GOAL)]


def main() -> int:
    """Run the benchmark."""
    parser = arguments(
        "What checking a body costs: the nested schema of a server's creation, beside bare peers."
    )
    parser.set_defaults(rounds=60)
    options = parser.parse_args()
    figures = measure(collect(), rounds=options.rounds)
    for name, value in sorted(figures.items()):
        kind = name.partition(":")[0].split()[0]
        print(f"{name:34} {value:9.2f} µs  {value / figures[f'{kind}: jsonschema']:7.3f} x jsonschema")
    return finish(options, {"microseconds": figures}, goals_of(figures))


if __name__ == "__main__":
    raise SystemExit(main())
