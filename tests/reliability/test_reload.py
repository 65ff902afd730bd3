"""The short run of the reload under load."""

from __future__ import annotations

from tests.reliability import reload
from tests.reliability._table import broken


def test_no_request_fails_and_none_mixes_old_and_new_while_the_service_is_reloaded() -> None:
    assert broken(reload.run(long=False)) == []
