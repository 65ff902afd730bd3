"""The short run of the soak."""

from __future__ import annotations

import pytest

pytest.importorskip("compute_api", reason="compute_api is not installed")

from tests.reliability import soak
from tests.reliability._table import broken


def test_sixteen_threads_of_mixed_requests_each_get_their_own_replies() -> None:
    assert broken(soak.run(long=False)) == []
