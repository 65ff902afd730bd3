"""Rate limits that several processes share, counted by a real Redis."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import webtest

from apirouter.errors import ConfigError
from apirouter.filters.ratelimit import filter_factory
from tests.ports import free_port
from tests.servers.harness import PATIENCE, program

pytest.importorskip("limits")
pytest.importorskip("redis")

STRATEGIES = ("fixed-window", "moving-window", "sliding-window-counter")


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis_server(port: int, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Redis that keeps nothing on disk, from its first answer on."""
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(home)]
    with (home / "redis.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(port):
            assert server.poll() is None, (home / "redis.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=PATIENCE)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with redis_server(port, tmp_path_factory.mktemp("redis")):
        yield f"redis://127.0.0.1:{port}/0"


def hello(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def instance(storage: str, **options: str) -> webtest.TestApp:
    """Return one of several processes' applications: what they share is the storage."""
    made = filter_factory({}, storage=storage, **{"limit": "6/minute", **options})(hello)
    return webtest.TestApp(made, extra_environ={"REMOTE_ADDR": "192.0.2.1"})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_two_instances_count_together(redis: str, strategy: str) -> None:
    both = [instance(redis, strategy=strategy, name=f"together-{strategy}") for _ in range(2)]
    replies = [both[n % 2].get("/", expect_errors=True) for n in range(9)]
    assert [reply.status_int for reply in replies] == [200] * 6 + [429] * 3
    assert [reply.headers["RateLimit-Remaining"] for reply in replies] == [*"543210", *"000"]
    assert all(1 <= int(reply.headers["Retry-After"]) <= 61 for reply in replies[6:])
    assert all(reply.headers["RateLimit-Policy"] == "6;w=60" for reply in replies)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_requests_at_once_no_more_pass_than_may(redis: str, strategy: str) -> None:
    apps = [instance(redis, strategy=strategy, name=f"at-once-{strategy}") for _ in range(4)]
    statuses: list[int] = []

    def ask(app: webtest.TestApp) -> None:
        for _ in range(10):
            statuses.append(app.get("/", expect_errors=True).status_int)

    threads = [threading.Thread(target=ask, args=(app,)) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (statuses.count(200), statuses.count(429)) == (6, 34)


def test_filters_of_other_names_and_other_addresses_count_apart(redis: str) -> None:
    one, other = instance(redis, name="one"), instance(redis, name="other")
    for _ in range(6):
        one.get("/")
    assert one.get("/", status=429).json["overLimit"]["code"] == 429
    assert other.get("/").headers["RateLimit-Remaining"] == "5"
    elsewhere = one.get("/", extra_environ={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.headers["RateLimit-Remaining"] == "5"


def test_every_limit_of_several_counts(redis: str) -> None:
    app = instance(redis, limit="2/second; 3/hour", name="several")
    replies = []
    for _ in range(5):
        replies.append(app.get("/", expect_errors=True))
        time.sleep(0.55)
    assert [reply.status_int for reply in replies].count(200) == 3
    assert replies[-1].headers["RateLimit-Policy"] == "3;w=3600"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_its_redis_requests_pass_or_are_refused_as_the_operator_says_and_it_is_found_again(
    tmp_path: Path, strategy: str, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    storage = f"redis://127.0.0.1:{port}/0"
    with redis_server(port, tmp_path):
        allowing = instance(storage, strategy=strategy)
        denying = instance(storage, strategy=strategy, on_storage_error="deny", name="denying")
        assert allowing.get("/").headers["RateLimit-Remaining"] == "5"
        assert denying.get("/").headers["RateLimit-Remaining"] == "5"
    assert "RateLimit-Limit" not in allowing.get("/").headers
    refused = denying.get("/", status=503)
    assert "Requests can't be counted" in refused.json["serviceUnavailable"]["message"]
    assert "can't be reached" in caplog.text
    with redis_server(port, tmp_path):
        assert allowing.get("/").headers["RateLimit-Remaining"] == "5"
        assert denying.get("/").headers["RateLimit-Remaining"] == "5"


def test_a_service_starts_while_its_redis_is_down() -> None:
    app = instance(f"redis://127.0.0.1:{free_port()}/0")
    assert app.get("/").text == "hello"


def test_a_password_of_the_storage_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = instance(f"redis://:s3cret@127.0.0.1:{free_port()}/0")
    assert app.get("/").text == "hello"
    assert "can't be reached" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_storage_that_there_is_not_stops_the_load() -> None:
    with pytest.raises(ConfigError, match="storage"):
        instance("rediss-and-more://127.0.0.1")


def test_a_forked_process_has_a_connection_of_its_own(redis: str) -> None:
    app = instance(redis, name="forked", limit="100/minute")
    app.get("/")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if all(app.get("/").status_int == 200 for _ in range(20)) else 1
        finally:
            os._exit(status)
    answered = [app.get("/").status_int for _ in range(20)]
    assert os.waitpid(child, 0)[1] == 0
    assert answered == [200] * 20
    assert app.get("/").headers["RateLimit-Remaining"] == "58"


@pytest.mark.parametrize(
    ("more", "seconds"), [("", 1.0), ("?socket_timeout=5", 5.0), ("?socket_timeout=0.2", 0.2)]
)
def test_a_redis_that_never_answers_is_not_waited_for_long(more: str, seconds: float) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        app = instance(f"redis://127.0.0.1:{silent.getsockname()[1]}/0{more}")
        storage: Any = app.app.filter._limiter.storage
        assert storage.storage.connection_pool.connection_kwargs["socket_timeout"] == seconds
        if seconds <= 1:
            assert app.get("/").text == "hello"
        storage.storage.close()
