"""One deployment on disk, a process that serves it, and a client that speaks HTTP to it byte by byte."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import apirouter
import compute_api
from tests.functional.computeapi import ALICE, INI

#: How long anything may take before a test gives up, in seconds.
PATIENCE = 60.0
#: The directory of the console scripts of the Python that runs the tests.
BIN = Path(sys.executable).parent

#: What a deployment tells of the environ that reaches it; ``?seconds=`` keeps a request in flight.
PROBE = '''
"""Tells what a server made of a request."""
import json
import os
import time
from urllib.parse import parse_qs

KEYS = ("SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme", "wsgi.multiprocess",
        "wsgi.multithread")


def factory(global_conf, **local_conf):
    def probe(environ, start_response):
        time.sleep(float(parse_qs(environ.get("QUERY_STRING", "")).get("seconds", ["0"])[0]))
        body = json.dumps({"pid": os.getpid(), **{key: environ.get(key) for key in KEYS}}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return probe
'''

_SECTIONS = """
[pipeline:probe]
pipeline = http_proxy_to_wsgi probeapp

[app:probeapp]
paste.app_factory = probe:factory

[filter:metrics]
paste.filter_factory = apirouter.filters.metrics:filter_factory
"""


def deploy(
    home: Path, *, server: str = "", sections: str = "", metrics: bool = False, filters: str = ""
) -> Path:
    """Write a home directory: ``etc/api-paste.ini``, as the project ships it, with a probe mounted at ``/probe``.

    :param home: the directory.
    :param server: what ``[server:main]`` is to hold; empty leaves the file's own.
    :param sections: more sections.
    :param metrics: whether to count requests, and tell at ``/metrics`` of every mount.
    :param filters: names of filters to put in front of authentication.
    :returns: the path of the INI.
    """
    text = INI.read_text(encoding="utf-8")
    text = _replaced(text, "/: oscomputeversions\n", "/: oscomputeversions\n/probe: probe\n")
    proxied = "http_proxy_to_wsgi:HTTPProxyToWSGI.factory\n"
    text = _replaced(text, proxied, proxied + "trusted_proxies = 127.0.0.1 unix\n")
    text = text.replace("%(here)s/compute.sqlite", "%(here)s/../compute.sqlite")
    for name in (*(["metrics"] if metrics else []), *filters.split()):
        text = text.replace(
            " http_proxy_to_wsgi compute_req_id", f" http_proxy_to_wsgi {name} compute_req_id"
        )
    if server:
        found = "[server:main]\nuse = egg:waitress#main\nhost = 127.0.0.1\nport = 8774\n"
        text = _replaced(text, found, f"[server:main]\n{server}\n")
    (home / "etc").mkdir(parents=True, exist_ok=True)
    (home / "probe.py").write_text(PROBE, encoding="utf-8")
    ini = home / "etc" / "api-paste.ini"
    ini.write_text(text + _SECTIONS + sections, encoding="utf-8")
    return ini


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def python_path(home: Path) -> list[str]:
    """Return where a server finds the deployment's modules, and the packages that the tests themselves use."""
    packages = (apirouter, compute_api)
    return [str(home), *dict.fromkeys(str(Path(str(one.__file__)).parents[1]) for one in packages)]


def program(name: str) -> str:
    """Return the path of a program: of this Python's own scripts, or of the system; skip the test without it."""
    beside = BIN / name
    if beside.is_file():
        return str(beside)
    found = shutil.which(
        name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    )
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    :param status: its status.
    :param headers: its headers, names in lower case.
    :param body: its body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Client:
    """A client of one address.

    :param port: the port on 127.0.0.1.
    :param prefix: what stands before every path.
    :param source: the address that it asks from.
    """

    def __init__(self, port: int, prefix: str = "", source: str = "127.0.0.1") -> None:
        self.port, self.prefix, self._source = port, prefix, source
        self.url = f"http://127.0.0.1:{port}{prefix}"

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        """Open a connection, for requests one after the other."""
        made = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=(self._source, 0)
        )
        try:
            yield made
        finally:
            made.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send one request over a connection of its own.

        :param body: JSON, bytes as they are, or a list of bytes, sent in chunks without a length.
        :param headers: an underscore stands for a dash.
        """
        with self.connection() as connection:
            return self.over(connection, method, path, body, **headers)

    def over(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
    ) -> Reply:
        """Send one request over a connection that is open."""
        named = {"X-Auth-Token": ALICE, **{k.replace("_", "-"): v for k, v in headers.items()}}
        chunked = isinstance(body, list)
        if body is not None:
            named["Content-Type"] = "application/json"
        if body is not None and not isinstance(body, (bytes, list)):
            body = json.dumps(body).encode()
        # A server that takes no chunks may answer, and close, before it has them all.
        with contextlib.suppress(BrokenPipeError) if chunked else contextlib.nullcontext():
            connection.request(
                method, self.prefix + path, iter(body) if chunked else body, named, encode_chunked=chunked
            )
        reply = connection.getresponse()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())


class Process:
    """A server's process.

    :param popen: it.
    :param log: the file that it writes to.
    """

    def __init__(self, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.popen, self._log = popen, log

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    home: Path,
    *,
    environment: Mapping[str, str] | None = None,
    stop: int = signal.SIGTERM,
    prefix: str = "",
) -> Iterator[Process]:
    """Run a server in its home directory, from its first answer on.

    :param command: what starts it; it stays in the foreground.
    :param port: where it is going to listen.
    :param environment: more variables.
    :param stop: the signal that ends it.
    :param prefix: what stands before the paths that it answers.
    """
    log = home / f"log-{port}"
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(python_path(home)), **(environment or {})}
    variables.pop("PYTHONWARNINGS", None)
    with log.open("wb") as output:
        popen = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=home, env=variables, start_new_session=True
        )
    server = Process(popen, log)
    try:
        await_answer(Client(port, prefix), server)
        yield server
    finally:
        if popen.poll() is None:
            popen.send_signal(stop)
        try:
            popen.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(popen.pid, signal.SIGKILL)
            popen.wait()
            raise


def await_answer(client: Client, server: Process) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.popen.poll() is None, server.log[-4000:]
        assert time.monotonic() < deadline, server.log[-4000:]
        try:
            if client.ask("GET", "/").status < 500:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)


def until(what: Any, *, why: str = "") -> Any:
    """Ask again and again until there is something; return it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, why or "it never came"
        time.sleep(0.05)


class Load:
    """Clients that ask without pause, each request on a connection of its own.

    :param client: whom they ask.
    :param path: what.
    :param threads: how many ask at once.
    """

    def __init__(self, client: Client, path: str, threads: int = 4) -> None:
        self.failures: list[str] = []
        self.pids: set[int] = set()
        self.answered = 0
        self._client, self._path = client, path
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(threads)]

    def _ask(self) -> None:
        while not self._end.is_set():
            try:
                reply = self._client.ask("GET", self._path)
                said = "" if reply.status == 200 else f"{reply.status} {reply.body[:200]!r}"
                pid = reply.json.get("pid", 0) if reply.status == 200 else 0
            except (OSError, http.client.HTTPException, ValueError) as error:
                said, pid = f"{type(error).__name__}: {error}", 0
            with self._lock:
                self.answered += 1
                self.pids.add(pid)
                if said:
                    self.failures.append(said)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(PATIENCE)


def pids(client: Client, path: str = "/probe", *, at_least: int = 1) -> set[int]:
    """Return the processes that answer, once that many have."""
    found: set[int] = set()

    def ask() -> bool:
        threads = [
            threading.Thread(target=lambda: found.add(client.ask("GET", f"{path}?seconds=0.05").json["pid"]))
            for _ in range(4 * at_least)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        return len(found) >= at_least

    until(ask, why=f"fewer than {at_least} processes answer")
    return found
