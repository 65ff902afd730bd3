"""The compute example, loaded once and emptied for each test."""

from __future__ import annotations

import os

import pytest

from tests.functional.computeapi import Cloud


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    # tests/postgresql runs these tests on another database.
    database = os.environ.get("COMPUTE_TEST_DATABASE", "")
    return Cloud(tmp_path_factory.mktemp("compute"), database=database)


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Cloud:
    """Return a client of a service whose database is as good as new."""
    shared_cloud.empty()
    return shared_cloud
