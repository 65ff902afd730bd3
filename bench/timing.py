"""Timing by turns: what is compared is measured in one run, many rounds, the least of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

#: A function without arguments, and how often to call it in a round.
Case = tuple[Callable[[], Any], int]


def measure(cases: Mapping[str, Case], *, rounds: int) -> dict[str, float]:
    """Return name -> µs for one call, the least of all rounds; the cases take turns.

    :param cases: name -> case.
    :param rounds: how many turns each has.
    """
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(rounds):
        for name, (function, count) in cases.items():
            began = time.perf_counter()
            for _ in range(count):
                function()
            best[name] = min(best[name], (time.perf_counter() - began) / count * 1e6)
    return best
