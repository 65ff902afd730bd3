"""The short version of :mod:`.fuzz`."""

from __future__ import annotations

import pytest

from tests.reliability import fuzz
from tests.reliability._table import broken


def test_no_hostile_request_and_no_broken_file_brings_out_what_is_not_declared() -> None:
    pytest.importorskip("compute_api")
    figures = fuzz.run(long=False)
    assert broken(figures) == []
    assert any(f.name == "every filter: requests" and "2xx" in f.value for f in figures)
