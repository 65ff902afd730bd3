"""The example, served for clients, and what they are told of it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_port

#: Who asks when a client asks without saying who: keystoneauth's ``none`` sends this as the token.
NOBODY = "notused"


def script(name: str) -> str:
    """Return the path of a console script of this environment."""
    return str(Path(sys.executable).parent / name)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _started(ini: Path, port: int) -> subprocess.Popen[bytes] | None:
    """Return a server that listens; None when somebody else took the port meanwhile."""
    path = ini.with_suffix(".log")
    command = [script("apirouter-serve"), str(ini), "--bind", f"127.0.0.1:{port}"]
    with path.open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=ini.parent)
    deadline = time.monotonic() + 60
    # The log tells of the address once it is the server's own.
    while "Serving " not in path.read_text() or not _listens(port):
        if server.poll() is not None and "is in use already" in path.read_text():
            return None
        assert server.poll() is None, path.read_text()
        assert time.monotonic() < deadline, path.read_text()
        time.sleep(0.05)
    return server


@contextmanager
def serving(ini: Path) -> Iterator[str]:
    """Serve an INI by ``apirouter-serve``, on a port of its own, and yield its URL.

    :param ini: the file; the server's log comes to lie beside it.
    """
    for _ in range(10):
        port = free_port()
        server = _started(ini, port)
        if server is not None:
            break
    else:
        raise AssertionError("somebody takes every port")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@dataclass(frozen=True)
class Done:
    """A command that ended.

    :param status: its exit status.
    :param out: what it printed.
    :param err: what it complained of.
    """

    status: int
    out: str
    err: str

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the table that was printed, as column -> cell."""
        lines = [line for line in self.out.splitlines() if line.startswith("|")]
        head, *rest = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [dict(zip(head, cells, strict=True)) for cells in rest]

    def fields(self) -> dict[str, str]:
        """Return the two columns of a table of properties as one mapping."""
        return dict(list(row.values())[:2] for row in self.rows())  # type: ignore[misc]


@dataclass(frozen=True)
class Service:
    """The served example.

    :param url: where it is, without a slash at the end.
    :param home: a directory of its own.
    :param nova: what ``nova`` finds in its environment.
    """

    url: str
    home: Path
    nova: Mapping[str, str] = field(default_factory=dict)

    def ask(self, path: str, *, version: str = "2.10", token: str = NOBODY) -> Any:
        """GET what a client was told of, without the client."""
        headers = {"X-Auth-Token": token, "OpenStack-API-Version": f"compute {version}"}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def server(self, server_id: str, **how: Any) -> dict[str, Any]:
        """Return all that the API says of a server."""
        found: dict[str, Any] = self.ask(f"/v2.1/servers/{server_id}", **how)["server"]
        return found

    def servers(self) -> list[dict[str, Any]]:
        """Return all servers, the newest first."""
        found: list[dict[str, Any]] = self.ask("/v2.1/servers/detail")["servers"]
        return found

    def empty(self) -> None:
        """Delete the servers that another test left, locked ones too."""
        for server in self.ask("/v2.1/servers?all_tenants=1", token="admin")["servers"]:
            request = urllib.request.Request(
                f"{self.url}/v2.1/servers/{server['id']}", headers={"X-Auth-Token": "admin"}, method="DELETE"
            )
            urllib.request.urlopen(request, timeout=30).close()

    def run(self, *command: str, **environ: str) -> Done:
        """Run a command of this environment, its answer in words that don't depend on the machine."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OS_", "PYTHON"))}
        plain = {**kept, "LC_ALL": "C.UTF-8", "HOME": str(self.home), "COLUMNS": "1000"}
        if command[0] == "nova":
            plain.update(self.nova)
        done = subprocess.run(
            [script(command[0]), *command[1:]],
            env={**plain, **environ},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, re.sub(r"^nova CLI is deprecated.*\n", "", done.stderr))
