"""Images and snapshots in the database."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from compute_api.errors import ImageNotFound
from compute_api.store import metadata, paging
from compute_api.store.tables import image_metadata, images, now, same

#: What an image list may be sorted by: the name that clients use -> the column.
SORT_KEYS: Mapping[str, str] = {
    name: name for name in ("id", "name", "status", "created_at", "updated_at", "min_disk", "min_ram", "size")
}


@dataclass(frozen=True, slots=True)
class Image:
    """What a server starts from: min_ram in MiB, min_disk in GiB, size in bytes."""

    id: str
    name: str
    status: str
    project_id: str | None
    server_id: str | None
    min_disk: int
    min_ram: int
    size: int
    created_at: datetime
    updated_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which images a list has; None asks nothing.

    :param ids: they have one of these ids.
    :param names: they have one of these names.
    :param statuses: they are in one of these statuses.
    :param server_id: they are snapshots of this server.
    :param owner: they are this project's.
    :param public: whether they are everyone's.
    :param properties: they have these metadata.
    :param nothing: whatever there is, none of it is asked for.
    """

    ids: Collection[str] | None = None
    names: Collection[str] | None = None
    statuses: Collection[str] | None = None
    server_id: str | None = None
    owner: str | None = None
    public: bool | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    nothing: bool = False

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions that the rows must satisfy."""
        c = images.c
        wanted = ((c.id, self.ids), (c.name, self.names), (c.status, self.statuses))
        conditions: list[sa.ColumnElement[bool]] = [
            column.in_({text for text in texts if "\0" not in text})
            for column, texts in wanted
            if texts is not None
        ]
        conditions += [
            same(column, text)
            for column, text in ((c.server_id, self.server_id), (c.project_id, self.owner))
            if text is not None
        ]
        if self.public is not None:
            conditions.append(c.project_id.is_(None) if self.public else c.project_id.is_not(None))
        for key, value in self.properties.items():
            m = image_metadata.c
            conditions.append(sa.exists().where(m.image_id == c.id, same(m.key, key), same(m.value, value)))
        return [sa.false()] if self.nothing else conditions


def get(connection: Connection, image_id: str, project_id: str | None) -> Image:
    """Return one image.

    :param connection: an open connection.
    :param image_id: its id.
    :param project_id: the project that asks; None sees every project's.
    :raises ImageNotFound: there is none with this id, or it is another project's.
    """
    query = images.select().where(same(images.c.id, image_id), *_visible(project_id))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise ImageNotFound(image_id)
    return _images(connection, [row])[0]


def page(
    connection: Connection,
    which: paging.Page,
    project_id: str | None,
    filters: Filters,
) -> tuple[list[Image], bool]:
    """Return a page of the images, and whether there are more.

    :param connection: an open connection.
    :param which: which of them.
    :param project_id: the project that asks; None sees every project's.
    :param filters: which of those.
    """
    where = [*_visible(project_id), *filters.where()]
    rows, more = paging.fetch(connection, images, where, which)
    return _images(connection, rows), more


def add(connection: Connection, *, metadata_items: Mapping[str, str], **values: Any) -> Image:
    """Add an image; its id is new and random.

    :param connection: an open connection that writes.
    :param metadata_items: its metadata.
    :param values: the other columns.
    """
    image_id, time = str(uuid.uuid4()), now()
    connection.execute(images.insert().values(id=image_id, created_at=time, updated_at=time, **values))
    metadata.put(connection, image_metadata, image_id, metadata_items)
    return get(connection, image_id, None)


def latest_snapshot(connection: Connection, server_id: str, image_id: str | None = None) -> Image | None:
    """Return the latest snapshot of a server, or the one with this id; None when there is none."""
    query = images.select().where(images.c.server_id == server_id)
    if image_id is not None:
        query = query.where(same(images.c.id, image_id))
    row = connection.execute(query.order_by(images.c.created_at.desc(), images.c.id)).mappings().first()
    return None if row is None else _images(connection, [row])[0]


def _visible(project_id: str | None) -> list[sa.ColumnElement[bool]]:
    if project_id is None:
        return []
    return [sa.or_(images.c.project_id.is_(None), images.c.project_id == project_id)]


def _images(connection: Connection, rows: Iterable[RowMapping]) -> list[Image]:
    rows = list(rows)
    items = metadata.of(connection, image_metadata, [row["id"] for row in rows])
    return [Image(**row, metadata=items[row["id"]]) for row in rows]
