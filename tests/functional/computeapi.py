"""The compute example as its users meet it: etc/api-paste.ini itself, every filter, a database file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import sqlalchemy as sa
from paste.deploy import loadapp
from webtest import TestApp

ROOT = Path(__file__).resolve().parents[2]
INI = ROOT / "etc" / "api-paste.ini"

#: An image of every new database.
IMAGE = "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01"

ALICE, BOB, ADMIN = "alice:demo", "bob:other", "admin:demo"


#: Its line that says where the state is.
DATABASE = "database = sqlite:///%(here)s/compute.sqlite\n"


def write_ini(directory: Path, *, options: str = "", sections: str = "", database: str = "") -> Path:
    """Copy the INI that the project ships into a directory: its database file comes to lie beside it.

    :param options: lines for the router's section.
    :param sections: lines for the end of the file.
    :param database: the URL of another database.
    """
    text = INI.read_text(encoding="utf-8")
    assert text.count(DATABASE) == 1
    if database:
        text = text.replace(DATABASE, f"database = {database.replace('%', '%%')}\n")
    head = "[app:osapi_compute_app_v21]\n"
    assert text.count(head) == 1
    path = directory / "api-paste.ini"
    path.write_text(text.replace(head, head + options) + sections, encoding="utf-8")
    return path


class Cloud:
    """A client of the service, which is in this process.

    :param directory: where its INI and database lie; two clouds in one directory share the database.
    :param options: lines for the router's section.
    :param database: the URL of another database than the file.
    """

    def __init__(self, directory: Path, *, options: str = "", database: str = "") -> None:
        self.ini = write_ini(directory, options=options, database=database)
        self._file = None if database else directory / "compute.sqlite"
        self.url = database or f"sqlite:///{self._file}"
        self._engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        self.application = loadapp(f"config:{self.ini}")
        self.app = TestApp(validator(self.application), lint=False)

    @property
    def database(self) -> Path:
        """The database's file."""
        assert self._file is not None
        return self._file

    def empty(self) -> None:
        """Put the database back to what a new one has."""
        if self._file is not None and not self._file.exists():
            return
        with self._engine.begin() as connection:
            has = set(sa.inspect(connection).get_table_names())
            for table in ("server_metadata", "servers", "image_metadata", "instance_groups"):
                if table in has:
                    connection.execute(sa.text(f"DELETE FROM {table}"))
            if "images" in has:
                connection.execute(sa.text("DELETE FROM images WHERE project_id IS NOT NULL"))

    def stored(self) -> str:
        """Return everything that the database holds, as text."""
        with self._engine.begin() as connection:
            tables = sorted(sa.inspect(connection).get_table_names())
            rows = [row for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
        return "\n".join(map(str, rows))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int | None = None,
        version: str | None = None,
        token: str | None = ALICE,
        root: str = "/v2.1",
        **headers: str,
    ) -> Any:
        """Send a request and return the reply.

        :param body: JSON; None for none.
        :param status: what the reply must have.
        :param version: the microversion.
        :param token: who asks.
        :param root: where the API is.
        """
        if token is not None:
            headers["X-Auth-Token"] = token
        if version is not None:
            headers["OpenStack-API-Version"] = f"compute {version}"
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        reply = self.app.request(
            f"{root}{path}", method=method, body=data, headers=headers, expect_errors=True
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
