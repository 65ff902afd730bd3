"""Two instances behind nginx, without sticky sessions: they share what they must, and one may always be away."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.functional.computeapi import IMAGE
from tests.ports import free_port
from tests.servers.harness import PATIENCE, Client, Process, deploy, pids, running, until
from tests.servers.kinds import nginx_configuration, program
from tests.servers.test_redis import redis_server

pytestmark = pytest.mark.skipif(
    os.environ.get("APIROUTER_SERVERS") != "all", reason="tox -e servers starts the servers for this"
)
BOOT = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}


class Cluster:
    """Two instances with one database, and nginx in front.

    :param home: the directory of all three.
    :param stack: what ends them.
    """

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._home = home
        self._stacks = [stack.enter_context(ExitStack()) for _ in range(2)]
        self.ports = [free_port(), free_port()]
        self.port = free_port()
        self.client = Client(self.port)
        for number in range(2):
            self.start(number)
        self._command = self._configure()
        self._nginx = stack.enter_context(running(self._command, self.port, home, stop=signal.SIGQUIT))

    def _configure(self, away: int | None = None) -> tuple[str, ...]:
        servers = [
            f"    server 127.0.0.1:{port}{' down' if number == away else ''};"
            for number, port in enumerate(self.ports)
        ]
        return nginx_configuration(self._home, self.port, "", "\n".join(servers))

    def start(self, number: int) -> Process:
        """Start an instance; it answers when this returns."""
        port = self.ports[number]
        command = (sys.executable, "-m", "apirouter", "serve", "etc/api-paste.ini")
        bound = (*command, "--bind", f"127.0.0.1:{port}")
        return self._stacks[number].enter_context(running(bound, port, self._home))

    def restart(self, number: int) -> None:
        """Take an instance out of nginx's list, replace it, and put it in again."""
        self._list(away=number)
        # SIGTERM, and what is in flight is answered.
        self._stacks[number].close()
        self.start(number)
        self._list(away=None)

    def _list(self, away: int | None) -> None:
        old = _children(self._nginx.popen.pid)
        self._configure(away)
        self._nginx.signal(signal.SIGHUP)
        # Workers of the former list end when their last request is answered.
        until(lambda: not (old & _children(self._nginx.popen.pid)), why=self._nginx.log)
        until(lambda: _children(self._nginx.popen.pid))


def _children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@contextmanager
def cluster(home: Path, **how: str) -> Iterator[Cluster]:
    program("nginx")
    deploy(home, server="use = egg:waitress#main\nclear_untrusted_proxy_headers = no", **how)  # type: ignore[arg-type]
    with ExitStack() as stack:
        yield Cluster(home, stack)


class Visitors:
    """Clients that make servers and look at them, without pause, each request over a connection of its own."""

    def __init__(self, client: Client, threads: int = 3) -> None:
        self.failures: list[str] = []
        self.made: list[str] = []
        self._client = client
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(threads)]

    def _visit(self) -> None:
        while not self._end.is_set():
            try:
                made = self._client.ask("POST", "/v2.1/servers", BOOT)
                if made.status != 202:
                    self.failures.append(f"POST {made.status} {made.body[:200]!r}")
                    continue
                server_id = made.json["server"]["id"]
                self.made.append(server_id)
                for path in (f"/v2.1/servers/{server_id}", "/v2.1/flavors", "/v2.1/"):
                    reply = self._client.ask("GET", path)
                    if reply.status != 200:
                        self.failures.append(f"GET {path} {reply.status} {reply.body[:200]!r}")
            except (OSError, ValueError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(PATIENCE)


def test_one_instance_at_a_time_is_replaced_and_no_request_fails(tmp_path: Path) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("which workers nginx has is read in /proc")
    with cluster(tmp_path) as two:
        before = pids(two.client, at_least=2)
        with Visitors(two.client) as visitors:
            time.sleep(0.5)
            two.restart(0)
            two.restart(1)
            time.sleep(0.5)
        after = pids(two.client, at_least=2)
        assert visitors.failures == []
        assert len(visitors.made) > 10
        assert not before & after
        # What either made, both show: nothing is kept in a process.
        asked = "/v2.1/servers?limit=1000"
        shown = [{one["id"] for one in Client(port).ask("GET", asked).json["servers"]} for port in two.ports]
        assert shown[0] == shown[1] == set(visitors.made)


_LIMITED = """
[filter:ratelimit]
paste.filter_factory = apirouter.filters.ratelimit:filter_factory
limit = 10/minute
by = address
storage = redis://127.0.0.1:{port}/0
"""


def test_a_limit_holds_for_both_instances_together(tmp_path: Path) -> None:
    pytest.importorskip("limits")
    pytest.importorskip("redis")
    port = free_port()
    with (
        redis_server(port, tmp_path),
        cluster(tmp_path, filters="ratelimit", sections=_LIMITED.format(port=port)) as two,
    ):
        replies = [two.client.ask("GET", "/v2.1/flavors/1") for _ in range(16)]
        assert [reply.status for reply in replies] == [200] * 10 + [429] * 6
        assert [int(r.headers["ratelimit-remaining"]) for r in replies[:10]] == list(range(9, -1, -1))
        # Another client, whom nginx tells of, has a count of his own.
        other = Client(two.port, source="127.0.0.2").ask("GET", "/v2.1/flavors/1")
        assert (other.status, other.headers["ratelimit-remaining"]) == (200, "9")


def test_an_instance_that_dies_is_passed_over(tmp_path: Path) -> None:
    with cluster(tmp_path) as two:
        found = pids(two.client, at_least=2)
        os.kill(min(found), signal.SIGKILL)
        replies = [two.client.ask("GET", "/v2.1/flavors/1").status for _ in range(20)]
        assert replies == [200] * 20
        assert pids(two.client) == {max(found)}
