"""The short version of :mod:`.wsgi`."""

from __future__ import annotations

import pytest

from tests.reliability import wsgi
from tests.reliability._table import broken


def test_every_filter_and_application_keeps_to_pep_3333_and_every_server_to_http() -> None:
    pytest.importorskip("compute_api")
    figures = wsgi.run(long=False)
    assert broken(figures) == []
