"""The short run of the crash."""

from __future__ import annotations

import pytest

pytest.importorskip("compute_api", reason="compute_api is not installed")
pytest.importorskip("gunicorn", reason="gunicorn is not installed")

from tests.reliability import crash
from tests.reliability._table import broken


def test_what_was_acknowledged_is_there_after_a_worker_was_killed_and_the_disk_was_full() -> None:
    assert broken(crash.run(long=False)) == []
