"""One cluster for all tests, a new database for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ports import free_port
from tests.postgresql.cluster import Cluster, missing


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("psycopg", reason="psycopg is not installed: tox -e postgresql")
    if missing():
        pytest.skip(missing())
    made = Cluster.start(free_port())
    yield made
    made.remove()


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.new_database()
