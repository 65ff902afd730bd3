"""Skip what differs on purpose, and only that: an entry that names no test fails the run."""

from __future__ import annotations

from typing import Any

import pytest
from differences import DIFFERENCES


def _topic(item: Any) -> str:
    return item.nodeid.split("pecan/tests/")[-1]


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Mark the differences."""
    known = set()
    for item in items:
        for name, reason in DIFFERENCES.items():
            if _topic(item) == name or _topic(item).startswith(f"{name}::"):
                known.add(name)
                item.add_marker(pytest.mark.skip(reason=reason))
    stale = sorted(set(DIFFERENCES) - known)
    if stale and not config.option.keyword:
        raise pytest.UsageError(f"differences.py names tests that are not there: {', '.join(stale)}")
