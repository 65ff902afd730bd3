"""Servers in the database."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from compute_api.errors import ServerNotFound
from compute_api.store import metadata, paging
from compute_api.store.tables import now, same, server_metadata, servers

#: What a server list may be sorted by: the name that clients use -> the column.
SORT_KEYS: Mapping[str, str] = {
    "id": "id",
    "uuid": "id",
    "name": "name",
    "display_name": "name",
    "status": "status",
    "vm_state": "status",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "project_id": "project_id",
    "user_id": "user_id",
}


@dataclass(frozen=True, slots=True)
class Server:
    """One server."""

    id: str
    project_id: str
    user_id: str
    name: str
    description: str | None
    status: str
    flavor_id: str
    old_flavor_id: str | None
    old_status: str | None
    image_id: str
    disk_config: str
    access_ip_v4: str
    access_ip_v6: str
    locked: bool
    locked_reason: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    metadata: Mapping[str, str]

    @property
    def owner(self) -> dict[str, str]:
        """What a policy's target says of whose server this is."""
        return {"project_id": self.project_id, "user_id": self.user_id}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which servers a list has; None asks nothing.

    :param name: they have this text in their name.
    :param statuses: they are in one of these statuses.
    """

    project_id: str | None = None
    user_id: str | None = None
    name: str | None = None
    statuses: Collection[str] | None = None
    flavor_id: str | None = None
    image_id: str | None = None
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None
    changed_since: datetime | None = None

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions that the rows must satisfy."""
        c = servers.c
        keys = ("project_id", "user_id", "flavor_id", "image_id", "access_ip_v4", "access_ip_v6")
        conditions = [same(c[key], getattr(self, key)) for key in keys if getattr(self, key) is not None]
        if self.name is not None:
            inside = c.name.icontains(self.name, autoescape=True)
            conditions.append(sa.false() if "\0" in self.name else inside)
        if self.statuses is not None:
            conditions.append(c.status.in_({status for status in self.statuses if "\0" not in status}))
        if self.changed_since is not None:
            conditions.append(c.updated_at >= self.changed_since)
        return conditions


def get(connection: Connection, server_id: str, project_id: str | None) -> Server:
    """Return one server.

    :param connection: an open connection.
    :param server_id: its id.
    :param project_id: the project that asks; None sees every project's.
    :raises ServerNotFound: there is none with this id, or it is another project's.
    """
    query = servers.select().where(same(servers.c.id, server_id))
    if project_id is not None:
        query = query.where(servers.c.project_id == project_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise ServerNotFound(server_id)
    return _servers(connection, [row])[0]


def page(connection: Connection, which: paging.Page, filters: Filters) -> tuple[list[Server], bool]:
    """Return a page of the servers, and whether there are more."""
    rows, more = paging.fetch(connection, servers, filters.where(), which)
    return _servers(connection, rows), more


def add(connection: Connection, *, metadata_items: Mapping[str, str], **values: Any) -> Server:
    """Add a server; its id is new and random.

    :param connection: an open connection that writes.
    :param metadata_items: its metadata.
    :param values: the other columns.
    """
    server_id, time = str(uuid.uuid4()), now()
    connection.execute(
        servers.insert().values(id=server_id, created_at=time, updated_at=time, started_at=time, **values)
    )
    metadata.put(connection, server_metadata, server_id, metadata_items)
    return get(connection, server_id, None)


def change(connection: Connection, server_id: str, **values: Any) -> Server:
    """Set columns of a server and return what it is now."""
    connection.execute(servers.update().where(servers.c.id == server_id).values(updated_at=now(), **values))
    return get(connection, server_id, None)


def remove(connection: Connection, server_id: str) -> None:
    """Remove a server with its metadata; its snapshots stay."""
    connection.execute(server_metadata.delete().where(server_metadata.c.server_id == server_id))
    connection.execute(servers.delete().where(servers.c.id == server_id))


def _servers(connection: Connection, rows: Iterable[RowMapping]) -> list[Server]:
    rows = list(rows)
    items = metadata.of(connection, server_metadata, [row["id"] for row in rows])
    return [Server(**row, metadata=items[row["id"]]) for row in rows]
