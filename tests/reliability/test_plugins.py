"""The short version of :mod:`.plugins`."""

from __future__ import annotations

from tests.reliability import plugins
from tests.reliability._table import broken


def test_a_plugin_that_misbehaves_is_one_boot_error_or_is_left_out_and_told_of() -> None:
    figures = plugins.run(long=False)
    assert broken(figures) == []
