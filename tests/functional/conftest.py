"""The compute example, loaded once and emptied for each test."""

from __future__ import annotations

import pytest

from tests.functional.computeapi import Cloud


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return Cloud(tmp_path_factory.mktemp("compute"))


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Cloud:
    """Return a client of a service whose database is as good as new."""
    shared_cloud.empty()
    return shared_cloud
