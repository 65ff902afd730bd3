"""The database out of order: a 503 at once, and as before when it is in order again."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from apirouter.cmd._swap import parts
from compute_api.store import Database, database, outages
from tests.functional.computeapi import IMAGE, Cloud

OUT_OF_ORDER = ("serviceUnavailable", "The service is temporarily unavailable. Try again later.")
SERVER = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path)
    yield cloud
    close(cloud)


def close(cloud: Cloud) -> None:
    """Close the database's connections: the next requests open new ones."""
    for part in parts(cloud.application):
        if isinstance(part, Database):
            part.close()


@contextlib.contextmanager
def limited(cloud: Cloud, pragma: str) -> Iterator[None]:
    """Give new connections of the database a limit."""

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(pragma)

    sa.event.listen(sa.Engine, "connect", limit)
    close(cloud)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", limit)
        close(cloud)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("PRAGMA max_page_count = 1", "database or disk is full"),
        ("PRAGMA query_only = ON", "attempt to write a readonly database"),
    ],
)
def test_a_full_or_read_only_disk_is_a_503_and_writes_go_on_when_it_is_mended(
    cloud: Cloud, pragma: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = cloud.boot("kept")
    big = {"server": {**SERVER["server"], "metadata": {f"k{n}": "x" * 200 for n in range(100)}}}
    with limited(cloud, pragma):
        assert cloud.fault("POST", "/servers", big, status=503) == OUT_OF_ORDER
        assert cloud.call("POST", "/servers", big, status=503).headers["Retry-After"] == "10"
        assert cloud.show(kept)["id"] == kept
    assert said in caplog.text
    assert "web" not in caplog.text
    assert cloud.show(cloud.boot("after"))["name"] == "after"
    connection = sqlite3.connect(cloud.database)
    try:
        assert connection.execute("SELECT name FROM servers ORDER BY name").fetchall() == [
            ("after",),
            ("kept",),
        ]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_a_file_that_can_t_be_opened_is_a_503_at_once_not_after_half_a_minute(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = cloud.boot("kept")
    close(cloud)

    def sleep(seconds: float) -> None:
        raise AssertionError("it waits for a file that nobody holds")

    monkeypatch.setattr(database.time, "sleep", sleep)
    shutil.move(tmp_path / "compute.sqlite", tmp_path / "elsewhere")
    (tmp_path / "compute.sqlite").mkdir()
    assert cloud.fault("GET", f"/servers/{kept}", status=503) == OUT_OF_ORDER
    assert cloud.fault("GET", "/flavors", status=503) == OUT_OF_ORDER
    (tmp_path / "compute.sqlite").rmdir()
    shutil.move(tmp_path / "elsewhere", tmp_path / "compute.sqlite")
    assert cloud.show(kept)["id"] == kept


def test_a_file_that_another_process_holds_too_long_is_a_503(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.boot()
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    close(cloud)
    holder = sqlite3.connect(cloud.database, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert cloud.fault("POST", "/servers", SERVER, status=503) == OUT_OF_ORDER
    finally:
        holder.close()
    cloud.boot("after")


def test_a_mistake_in_a_statement_stays_the_service_s_own(tmp_path: Path) -> None:
    store = Database(f"sqlite:///{tmp_path}/x.sqlite")
    try:
        with pytest.raises(sa.exc.OperationalError, match="no such table"), store.read() as connection:
            connection.exec_driver_sql("SELECT * FROM no_such_table")
    finally:
        store.close()


@pytest.mark.parametrize(
    ("words", "outage"),
    [
        ("database or disk is full", True),
        ("database is locked", True),
        ("disk I/O error", True),
        ("no such column: x", False),
    ],
)
def test_a_driver_without_error_codes_is_read_by_its_words(words: str, outage: bool) -> None:
    error = sqlite3.OperationalError(words)
    assert outages.is_outage(sa.exc.OperationalError("SELECT 1", {}, error)) is outage
    assert outages.is_busy(error) is (words == "database is locked")
