"""What a request costs a deployment: the compute example under gunicorn, in CPU time of its worker.

CPU time, not seconds on the wall: other programs of the machine don't count. The worker is one process, so what
it spends is what one core must give. ``docs/scaling.md`` computes with these figures.

    python -m bench.scaling [--requests N]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGE = "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01"
_HEADERS = {"X-Auth-Token": "alice:demo", "Content-Type": "application/json"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that the children of a process have spent."""
    total = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measure(pid: int, ask: Callable[[], None], requests: int) -> float:
    """Return milliseconds of CPU for one request.

    :param pid: the server's main process.
    :param ask: asks once.
    :param requests: how often.
    """
    for _ in range(20):
        ask()
    before = _cpu(pid)
    for _ in range(requests):
        ask()
    return (_cpu(pid) - before) / requests * 1000


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1500, help="of each kind (default: 1500)")
    count = parser.parse_args().requests
    port = _free_port()
    with tempfile.TemporaryDirectory() as home:
        shutil.copy(ROOT / "etc" / "api-paste.ini", home)
        command = [sys.executable, "-m", "gunicorn", "--paste", "api-paste.ini", "--log-level", "warning"]
        command += ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "1", "--keep-alive", "60"]
        server = subprocess.Popen(command, cwd=home, stderr=subprocess.DEVNULL)
        try:
            _measure_all(server.pid, port, count)
        finally:
            server.terminate()
            server.wait(30)
    return 0


def _measure_all(pid: int, port: int, count: int) -> None:
    def ask(method: str, path: str, body: object = None) -> bytes:
        # A connection for each request, as a proxy without keep-alive makes it: the dear case.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, _HEADERS)
        reply = connection.getresponse()
        found = reply.read()
        connection.close()
        if reply.status >= 400:
            raise SystemExit(f"{method} {path}: {reply.status} {found!r}")
        return found

    deadline = time.monotonic() + 60
    while True:
        try:
            ask("GET", "/v2.1/")
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    boot = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}
    server_id = json.loads(ask("POST", "/v2.1/servers", boot))["server"]["id"]
    kinds: dict[str, Callable[[], object]] = {
        "GET /v2.1/ (no database)": lambda: ask("GET", "/v2.1/"),
        "GET /v2.1/flavors/1": lambda: ask("GET", "/v2.1/flavors/1"),
        "GET /v2.1/servers/{id}": lambda: ask("GET", f"/v2.1/servers/{server_id}"),
        "GET /v2.1/servers?limit=20": lambda: ask("GET", "/v2.1/servers?limit=20"),
        "POST /v2.1/servers": lambda: ask("POST", "/v2.1/servers", boot),
    }
    for name, one in kinds.items():
        spent = measure(pid, lambda one=one: one() and None, count)  # type: ignore[misc]
        print(f"{name:28} {spent:6.2f} ms of CPU", flush=True)


if __name__ == "__main__":
    sys.exit(main())
