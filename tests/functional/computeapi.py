"""The compute example as its users meet it: etc/api-paste.ini itself, every filter, a database file."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

from paste.deploy import loadapp
from webtest import TestApp

ROOT = Path(__file__).resolve().parents[2]
INI = ROOT / "etc" / "api-paste.ini"

#: An image of every new database.
IMAGE = "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01"

ALICE, BOB, ADMIN = "alice:demo", "bob:other", "admin:demo"


def write_ini(directory: Path, *, options: str = "", sections: str = "") -> Path:
    """Copy the INI that the project ships into a directory: its database file comes to lie beside it.

    :param options: lines for the router's section.
    :param sections: lines for the end of the file.
    """
    text = INI.read_text(encoding="utf-8")
    head = "[app:osapi_compute_app_v21]\n"
    assert text.count(head) == 1
    path = directory / "api-paste.ini"
    path.write_text(text.replace(head, head + options) + sections, encoding="utf-8")
    return path


class Cloud:
    """A client of the service, which is in this process.

    :param directory: where its INI and database lie; two clouds in one directory share the database.
    :param options: lines for the router's section.
    """

    def __init__(self, directory: Path, *, options: str = "") -> None:
        self.database = directory / "compute.sqlite"
        self.application = loadapp(f"config:{write_ini(directory, options=options)}")
        self.app = TestApp(validator(self.application), lint=False)

    def empty(self) -> None:
        """Put the database back to what a new one has."""
        if not self.database.exists():
            return
        connection = sqlite3.connect(self.database, isolation_level=None, timeout=30)
        try:
            has = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            for table in has & {"server_metadata", "servers", "image_metadata", "instance_groups"}:
                connection.execute(f"DELETE FROM {table}")
            if "images" in has:
                connection.execute("DELETE FROM images WHERE project_id IS NOT NULL")
        finally:
            connection.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int | None = None,
        version: str | None = None,
        token: str | None = ALICE,
        **headers: str,
    ) -> Any:
        """Send a request to ``/v2.1`` and return the reply.

        :param body: JSON; None for none.
        :param status: what the reply must have.
        :param version: the microversion.
        :param token: who asks.
        """
        if token is not None:
            headers["X-Auth-Token"] = token
        if version is not None:
            headers["OpenStack-API-Version"] = f"compute {version}"
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        reply = self.app.request(
            f"/v2.1{path}", method=method, body=data, headers=headers, expect_errors=True
        )
        if status is not None:
            assert reply.status_int == status, reply.text
        return reply

    def get(self, path: str, **how: Any) -> Any:
        """GET; the reply's JSON."""
        return self.call("GET", path, **{"status": 200, **how}).json

    def boot(self, name: str = "web", *, version: str | None = None, token: str = ALICE, **more: Any) -> str:
        """Make a server; its id."""
        server = {"name": name, "imageRef": IMAGE, "flavorRef": "1", **more}
        body = {"server": server}
        reply = self.call("POST", "/servers", body, status=202, version=version, token=token)
        server_id: str = reply.json["server"]["id"]
        return server_id

    def show(self, server_id: str, **how: Any) -> dict[str, Any]:
        """Return all there is of a server."""
        server: dict[str, Any] = self.get(f"/servers/{server_id}", **how)["server"]
        return server

    def act(self, server_id: str, action: str, argument: Any = None, **how: Any) -> Any:
        """Do something to a server; the reply, a 202 unless said otherwise."""
        return self.call("POST", f"/servers/{server_id}/action", {action: argument}, **{"status": 202, **how})

    def fault(self, method: str, path: str, body: Any = None, *, status: int, **how: Any) -> tuple[str, str]:
        """Send what must fail; the fault's name and message."""
        reply = self.call(method, path, body, status=status, **how)
        ((name, fault),) = reply.json.items()
        assert fault["code"] == status
        return name, fault["message"]
