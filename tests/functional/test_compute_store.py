"""The database: one file for threads and processes, made by whoever comes first."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from apirouter.context import RequestContext
from apirouter.errors import ConfigError
from compute_api import compute
from compute_api.app import ComputeRouter
from compute_api.store import Database, servers
from compute_api.store.paging import Page
from compute_api.store.servers import Filters
from tests.functional.computeapi import IMAGE, Cloud


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/compute.sqlite")


def context_of(database: Database, user: str = "alice", project: str = "demo") -> RequestContext:
    context = RequestContext(user, project)
    context.services = {"database": database}
    return context


def boot(database: Database, name: str = "web") -> servers.Server:
    (server,) = compute.API().create(
        context_of(database), names=[name], flavor_id="1", image_id=IMAGE, metadata={}, disk_config="AUTO"
    )
    return server


def test_nothing_is_made_before_the_first_use(database: Database, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    boot(database)
    assert (tmp_path / "compute.sqlite").exists()


def test_the_file_is_in_write_ahead_mode(database: Database, tmp_path: Path) -> None:
    boot(database)
    connection = sqlite3.connect(tmp_path / "compute.sqlite")
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    finally:
        connection.close()


def test_what_one_application_wrote_another_reads(tmp_path: Path) -> None:
    server_id = Cloud(tmp_path).boot()
    assert Cloud(tmp_path).show(server_id)["id"] == server_id


def test_an_error_undoes_all_that_was_written_with_it(database: Database) -> None:
    server = boot(database)

    class Stop(Exception):
        pass

    def change_and_fail() -> None:
        with database.write() as connection:
            servers.change(connection, server.id, name="other")
            raise Stop

    with pytest.raises(Stop):
        change_and_fail()
    assert compute.API().get(context_of(database), server.id).name == "web"


def test_threads_lose_nothing_of_what_they_write(database: Database) -> None:
    server, api, context = boot(database), compute.API(), context_of(database)
    failures: list[Exception] = []

    def add(thread: int) -> None:
        try:
            for number in range(8):
                api.update_metadata(context, server.id, {f"{thread}-{number}": "x"})
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(api.get(context, server.id).metadata) == 64


def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done(database: Database) -> None:
    server, api, context = boot(database), compute.API(), context_of(database)
    for flavor in ("2", "3", "4"):
        api.resize(context, server.id, flavor)
        barrier, ends = threading.Barrier(4), []

        def confirm(barrier: threading.Barrier = barrier, ends: list[str] = ends) -> None:
            barrier.wait()
            try:
                api.confirm_resize(context, server.id)
                ends.append("done")
            except Exception as error:
                ends.append(type(error).__name__)

        threads = [threading.Thread(target=confirm) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ends) == ["InvalidState"] * 3 + ["done"]


_WORKER = f"""
import sys
from apirouter.context import RequestContext
from compute_api import compute
from compute_api.store import Database
context = RequestContext("alice", "demo")
context.services = {{"database": Database(sys.argv[1])}}
sys.stdin.readline()
for number in range(20):
    compute.API().create(context, names=["w"], flavor_id="1", image_id="{IMAGE}", disk_config="AUTO",
                         metadata={{"n": str(number)}})
"""


def test_processes_that_come_to_a_new_database_at_once_share_it(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    workers = [
        subprocess.Popen([sys.executable, "-c", _WORKER, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    ends = [worker.communicate(timeout=60) for worker in workers]
    assert [error.decode() for _, error in ends] == [""] * 4
    found, more = compute.API().get_all(context_of(database), Filters(), Page(1000))
    assert (len(found), more) == (80, False)
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM flavors")).scalar() == 5


_FORK = """
import os, sys
from compute_api.store import Database, flavors
database = Database(sys.argv[1])
def ids():
    with database.read() as connection:
        return flavors.get(connection, "1").id, connection.connection.dbapi_connection
parent_id, parent = ids()
child = os.fork()
if child == 0:
    child_id, connection = ids()
    os._exit(0 if child_id == "1" and connection is not parent else 1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert ids() == ("1", parent)
"""


def test_a_forked_process_opens_connections_of_its_own(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", _FORK, url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_database_opens_again(database: Database) -> None:
    server = boot(database)
    database.close()
    assert compute.API().get(context_of(database), server.id) == server


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("compute.sqlite", "'compute.sqlite' is no database URL; write it as sqlite:///"),
        ("nosuch://x/y", "'nosuch://x/y' is no database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////nowhere/at/all/x.sqlite", "there is no directory /nowhere/at/all; make it first"),
        ("", "option 'database' is required"),
        ("postgresql+psycopg://u:Sesame@host", "the URL names no database; write it as sqlite:///"),
        ("mysql+pymysql://u:Sesame@host/name", "this service can't use mysql"),
        ("nosuch://u:Sesame@host/name", "'nosuch://u:***@host/name' is no database URL"),
        ("postgresql+psycopg://u:Sesame@host:port/name", "is no database URL"),
    ],
)
def test_a_database_that_can_t_be_is_refused_at_load(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ComputeRouter.factory({}, database=url)
    assert words in str(caught.value)
    assert caught.value.option == "database"
    assert "Sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "module", "fix"),
    [
        ("postgresql+psycopg://u:p@h/n", "psycopg", "pip install 'apirouter-example-compute[postgresql]'"),
        (
            "postgresql+psycopg2://u:p@h/n",
            "psycopg2",
            "write it as postgresql+psycopg://..., and pip install",
        ),
    ],
)
def test_a_driver_that_is_missing_is_missed_at_load(
    url: str, module: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError) as caught:
        ComputeRouter.factory({}, database=url)
    assert f"needs {module}, which is not installed; {fix}" in str(caught.value)


def test_the_section_s_own_database_counts_more_than_the_default(tmp_path: Path) -> None:
    ours, theirs = (f"sqlite:///{tmp_path}/{name}.sqlite" for name in ("ours", "theirs"))
    router = ComputeRouter.factory({"database": theirs}, database=ours)
    assert str(router.services["database"].url) == ours
    assert str(ComputeRouter.factory({"database": theirs}).services["database"].url) == theirs
