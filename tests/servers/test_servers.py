"""Each server serves the example from the same INI: bodies, prefixes, addresses, processes, restarts.

Every run of the tests starts one of them; ``tox -e servers`` starts all that are installed.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.functional.computeapi import IMAGE
from tests.ports import free_port
from tests.servers import kinds
from tests.servers.harness import Client, Load, Process, Reply, pids, running, until

BOOT = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}
#: An address of documentation (RFC 5737): nobody's own.
ELSEWHERE = "203.0.113.7"


class Serving:
    """A running server.

    :param launch: how it was started.
    :param process: its process.
    :param client: a client of it.
    """

    def __init__(self, launch: kinds.Launch, process: Process, client: Client) -> None:
        self.launch, self.process, self.client = launch, process, client


@contextmanager
def serving(kind: str, home: Path, prefix: str = "") -> Iterator[Serving]:
    port = free_port()
    launch = kinds.ALL[kind](home, port, prefix)
    with ExitStack() as stack:
        behind = launch.upstream
        if behind is not None:
            stack.enter_context(
                running(behind.command, behind.port, home, environment=behind.environment, stop=behind.stop)
            )
        process = stack.enter_context(
            running(
                launch.command, port, home, environment=launch.environment, stop=launch.stop, prefix=prefix
            )
        )
        yield Serving(launch, process, Client(port, prefix))


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield a directory that every user may enter, with a short name: it is part of sockets' names."""
    with tempfile.TemporaryDirectory(prefix="apirouter-") as made:
        os.chmod(made, 0o755)
        yield Path(made)


@pytest.mark.parametrize("kind", kinds.chosen(briefly=True))
def test_it_serves_what_the_ini_says(kind: str, home: Path) -> None:
    with serving(kind, home) as server:
        client = server.client
        version = client.ask("GET", "/v2.1/").json["version"]
        assert version["links"][0]["href"] == f"{client.url}/v2.1/"

        made = client.ask("POST", "/v2.1/servers", BOOT)
        assert made.status == 202
        assert made.headers["openstack-api-version"] == "compute 2.1"
        assert made.headers["x-compute-request-id"].startswith("req-")
        server_id = made.json["server"]["id"]
        listed = client.ask("GET", "/v2.1/servers").json["servers"]
        assert [one["links"][0]["href"] for one in listed] == [f"{client.url}/v2.1/servers/{server_id}"]

        with client.connection() as connection:
            head = client.over(connection, "HEAD", f"/v2.1/servers/{server_id}")
            assert (head.status, head.body) == (200, b"")
            assert int(head.headers["content-length"]) > 0
            wrong = client.over(connection, "PATCH", "/v2.1/flavors/1", {})
            assert (wrong.status, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
            gone = client.over(connection, "DELETE", f"/v2.1/servers/{server_id}")
            assert (gone.status, gone.body) == (204, b"")
            missing = client.over(connection, "GET", "/v2.1/flavors/%C3%A9%20%2B")
            assert missing.status == 404
            assert "é +" in missing.json["itemNotFound"]["message"]

        _bodies(server)
        _addresses(server)


def _bodies(server: Serving) -> None:
    """Bodies arrive whole, however they are framed, or are refused; too long ones are refused."""
    client = server.client
    text = b'{"server": {"name": "%s", "imageRef": "%s", "flavorRef": "1"}}'
    body = text % (b"n" * 200, IMAGE.encode())
    in_chunks = client.ask("POST", "/v2.1/servers", [body[:7], body[7:100], body[100:]])
    if server.launch.takes_chunks:
        assert in_chunks.status == 202, in_chunks.body
        unlucky = client.ask("POST", "/v2.1/servers", [b'{"server"', b": oops"])
        assert (unlucky.status, unlucky.json["badRequest"]["message"]) == (400, "Malformed request body")
    else:
        # Never is a body that was sent taken for none.
        assert in_chunks.status == 411, in_chunks.body
    long = client.ask("POST", "/v2.1/servers", text % (b"n" * 120_000, IMAGE.encode()))
    assert long.status == 413, long.body


def _addresses(server: Serving) -> None:
    """A trusted peer is believed about whom it asks for, another is not."""
    said = {"X_Forwarded_For": ELSEWHERE, "X_Forwarded_Proto": "https"}
    trusted = server.client.ask("GET", "/probe", **said).json
    stranger = Client(server.client.port, source="127.0.0.2").ask("GET", "/probe", **said).json
    if server.launch.proxied:
        # The proxy says whom it was asked by: what clients say of themselves it doesn't pass on.
        assert trusted["REMOTE_ADDR"] == "127.0.0.1"
        assert trusted["wsgi.url_scheme"] == "http"
    else:
        assert trusted["REMOTE_ADDR"] == ELSEWHERE
        assert trusted["wsgi.url_scheme"] == "https"
    assert stranger["REMOTE_ADDR"] == "127.0.0.2"


@pytest.mark.parametrize("kind", kinds.chosen())
def test_below_a_prefix_it_knows_its_own_urls(kind: str, home: Path) -> None:
    with serving(kind, home, "/compute") as server:
        client = server.client
        probe = client.ask("GET", "/probe").json
        assert (probe["SCRIPT_NAME"], probe["PATH_INFO"]) == ("/compute/probe", "")
        made = client.ask("POST", "/v2.1/servers", BOOT)
        link = made.json["server"]["links"][0]["href"]
        assert link == f"{client.url}/v2.1/servers/{made.json['server']['id']}"
        assert client.ask("GET", link.removeprefix(client.url)).status == 200


@pytest.mark.parametrize("kind", kinds.chosen())
def test_requests_in_flight_are_answered_when_it_ends(kind: str, home: Path) -> None:
    found: list[Reply] = []
    with serving(kind, home) as server:
        if not server.launch.ends_in_flight:
            pytest.skip(f"{kind} ends at once")
        pids(server.client)
        asking = threading.Thread(target=lambda: found.append(server.client.ask("GET", "/probe?seconds=1.5")))
        asking.start()
        time.sleep(0.5)
    asking.join()
    assert [reply.status for reply in found] == [200]


@pytest.mark.parametrize("kind", kinds.chosen(briefly=True))
def test_workers_count_together_and_are_replaced_without_a_failed_request(kind: str, home: Path) -> None:
    with serving(kind, home) as server:
        launch, client = server.launch, server.client
        if launch.workers == 1:
            pytest.skip(f"{kind} is one process")
        before = pids(client, at_least=launch.workers)
        if find_spec("prometheus_client") is not None:
            assert _counted(client) == {0}
            for _ in range(12):
                assert client.ask("GET", "/v2.1/flavors/1").status == 200
            assert _counted(client) == {12}
        with Load(client, "/probe") as load:
            time.sleep(0.3)
            if launch.touch is not None:
                os.utime(launch.touch)
            else:
                server.process.signal(launch.reload)
            if not launch.proxied:
                until(lambda: len(load.pids - before) >= launch.workers, why=server.process.log)
            time.sleep(0.5)
        assert [one for one in load.failures if not (launch.may_drop and _is_drop(one))] == []
        assert len(load.failures) <= launch.workers
        assert load.answered > 20


def _is_drop(failure: str) -> bool:
    return failure.startswith(("RemoteDisconnected", "ConnectionResetError"))


def _counted(client: Client) -> set[int]:
    """Return how many requests for one flavor were counted, as any of the workers tells it."""
    found = set()
    for _ in range(6):
        text = client.ask("GET", "/v2.1/metrics").body.decode()
        numbers = re.findall(r"^apirouter_requests_total\{[^}]*flavors/\{id\}[^}]*\} ([\d.]+)$", text, re.M)
        found.add(sum(int(float(number)) for number in numbers))
    return found
