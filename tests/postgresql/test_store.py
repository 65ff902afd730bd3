"""Who may use the database when: threads and processes that write at once lose nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from compute_api import compute
from compute_api.errors import Unstorable
from compute_api.store import Database, servers
from compute_api.store.paging import Page
from compute_api.store.servers import Filters
from tests.clients.serving import serving
from tests.functional.computeapi import ALICE, Cloud, write_ini
from tests.functional.test_compute_store import (
    boot,
    context_of,
    test_a_closed_database_opens_again,  # noqa: F401
    test_a_forked_process_opens_connections_of_its_own,  # noqa: F401
    test_an_error_undoes_all_that_was_written_with_it,  # noqa: F401
    test_of_two_who_confirm_at_once_one_is_told_that_it_is_done,  # noqa: F401
    test_processes_that_come_to_a_new_database_at_once_share_it,  # noqa: F401
    test_threads_lose_nothing_of_what_they_write,  # noqa: F401
)
from tests.postgresql.cluster import PASSWORD, Cluster


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


class Other(threading.Thread):
    """Another writer, in a thread of its own.

    :param database: where it writes.
    :param of: what it says that it changes.
    """

    def __init__(self, database: Database, of: str | None) -> None:
        super().__init__()
        self._database, self._of = database, of
        self.done = threading.Event()
        self.start()

    def run(self) -> None:
        """Take a turn."""
        with self._database.write(self._of):
            self.done.set()


def waiting(database: Database) -> int:
    """Return how many wait for a turn."""
    with database.read() as connection:
        asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        number: int = connection.execute(sa.text(asked)).scalar_one()
        return number


def wait_for_one_that_waits(database: Database) -> None:
    deadline = time.monotonic() + 60
    while waiting(database) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(("mine", "theirs"), [("a", "a"), (None, "a"), ("a", None), (None, None)])
def test_a_writer_waits_for_those_who_change_the_same_or_anything(
    database: Database, mine: str | None, theirs: str | None
) -> None:
    with database.write(mine):
        other = Other(database, theirs)
        wait_for_one_that_waits(database)
        assert not other.done.is_set()
    other.join(60)
    assert other.done.is_set()


def test_a_writer_waits_for_none_who_changes_another_thing(database: Database) -> None:
    with database.write("a"):
        other = Other(database, "b")
        other.join(60)
        assert other.done.is_set()
        assert waiting(database) == 0


_COUNT = """
import sys
from compute_api.store import Database, metadata, servers
from compute_api.store.tables import server_metadata
database, server_id = Database(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for _ in range(100):
    with database.write(server_id) as connection:
        count = int(servers.get(connection, server_id, None).metadata["count"])
        metadata.put(connection, server_metadata, server_id, {"count": str(count + 1)})
"""


def test_of_two_processes_that_count_in_one_server_no_step_is_lost(database: Database, url: str) -> None:
    server = boot(database)
    compute.API().update_metadata(context_of(database), server.id, {"count": "0"})
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _COUNT, url, server.id], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    ends = [worker.communicate(b"go\n", timeout=120) for worker in workers]
    assert [error.decode() for _, error in ends] == ["", ""]
    assert compute.API().get(context_of(database), server.id).metadata == {"count": "200"}


def ask(url: str, method: str, path: str, body: Any = None) -> int:
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-Auth-Token": ALICE, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/v2.1{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_two_services_that_are_asked_at_once_to_change_one_server_agree(
    database: Database, url: str, tmp_path: Path
) -> None:
    server = boot(database)
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        services = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            services.append(stack.enter_context(serving(write_ini(tmp_path / name, database=url))))

        def both(method: str, path: str, bodies: list[Any]) -> Counter[int]:
            asked = [
                pool.submit(ask, services[number % 2], method, f"/servers/{server.id}{path}", body)
                for number, body in enumerate(bodies)
            ]
            return Counter(answer.result() for answer in asked)

        items = [{"metadata": {f"k{number}": "v"}} for number in range(60)]
        assert both("POST", "/metadata", items) == {200: 60}
        assert len(compute.API().get(context_of(database), server.id).metadata) == 60
        # Whoever resizes first leaves a server that can't be resized.
        for flavor in ("2", "3"):
            assert both("POST", "/action", [{"resize": {"flavorRef": flavor}}] * 8) == {202: 1, 409: 7}
            assert both("POST", "/action", [{"confirmResize": None}] * 8) == {204: 1, 409: 7}
        renamed = [{"server": {"name": f"n{number}"}} for number in range(8)]
        assert both("PUT", "", renamed) == {200: 8}
        after = compute.API().get(context_of(database), server.id)
        assert (after.flavor_id, after.status, after.name[0]) == ("3", "ACTIVE", "n")
        assert both("DELETE", "", [None] * 8) == {204: 1, 404: 7}


def test_a_reader_sees_one_state_from_its_first_statement_to_its_last(database: Database) -> None:
    server = boot(database)
    with database.read() as connection:
        before = servers.get(connection, server.id, None)
        compute.API().update(context_of(database), server.id, name="changed")
        assert servers.get(connection, server.id, None) == before
    assert compute.API().get(context_of(database), server.id).name == "changed"


def test_a_reader_can_t_write(database: Database) -> None:
    server = boot(database)

    def write() -> None:
        with database.read() as connection:
            servers.change(connection, server.id, name="changed")

    with pytest.raises(sa.exc.InternalError, match="read-only transaction"):
        write()


def test_a_restarted_postgresql_costs_no_request(database: Database, cluster: Cluster) -> None:
    server = boot(database)
    cluster.down()
    cluster.up()
    assert compute.API().get(context_of(database), server.id) == server


def test_a_postgresql_that_is_down_is_a_503_that_tells_nobody_anything(
    tmp_path: Path, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = Cloud(tmp_path, database=cluster.new_database())
    server_id = cloud.boot()
    cluster.down()
    try:
        name, message = cloud.fault("GET", f"/servers/{server_id}", status=503)
    finally:
        cluster.up()
    assert name == "serviceUnavailable"
    assert "127.0.0.1" not in message
    assert "connection failed" in caplog.text
    assert PASSWORD not in caplog.text
    assert cloud.show(server_id)["id"] == server_id


def test_what_does_not_fit_is_refused_as_the_client_s_mistake(
    database: Database, tmp_path: Path, url: str
) -> None:
    context = context_of(database, project="p" * 300)
    asked: dict[str, Any] = {"names": ["w"], "flavor_id": "1", "metadata": {}, "disk_config": "AUTO"}
    image = compute.API().get(context_of(database), boot(database).id).image_id
    with pytest.raises(Unstorable):
        compute.API().create(context, image_id=image, **asked)
    body = {"server": {"name": "web", "imageRef": image, "flavorRef": "1"}}
    cloud = Cloud(tmp_path, database=url)
    message = cloud.fault("POST", "/servers", body, status=400, token=f"alice:{'p' * 300}")[1]
    assert message == "A value is too long, or has a character that can't be stored."


def test_texts_sort_by_code_points_whatever_the_locale_is(database: Database) -> None:
    for name in ("b", "a", "B", "_", "é", "Z"):
        boot(database, name)
    page = Page(10, None, (("name", False),))
    found, _ = compute.API().get_all(context_of(database), Filters(), page)
    assert [server.name for server in found] == ["B", "Z", "_", "a", "b", "é"]
