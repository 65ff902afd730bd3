"""The short run of the concurrency of building."""

from __future__ import annotations

import pytest

pytest.importorskip("compute_api", reason="compute_api is not installed")

from tests.reliability import building
from tests.reliability._table import broken


def test_sixteen_threads_that_load_at_once_each_get_what_one_alone_gets() -> None:
    assert broken(building.run(long=False)) == []
