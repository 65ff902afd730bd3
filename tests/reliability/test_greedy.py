"""The short version of :mod:`.greedy`."""

from __future__ import annotations

import pytest

from tests.reliability import greedy
from tests.reliability._table import broken


def test_greedy_clients_are_refused_and_the_others_are_served() -> None:
    for package in ("waitress", "compute_api"):
        pytest.importorskip(package)
    figures = greedy.run(long=False)
    assert broken(figures) == []
