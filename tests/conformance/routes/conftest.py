"""Replace ``routes.Mapper`` by ours, for the test suite of Routes itself (see the README beside this file)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def ours() -> Iterator[Any]:
    """Keep the replaced name for the session."""
    import routes

    from apirouter.routing.mapper import Mapper

    assert routes.Mapper is Mapper
    return Mapper
