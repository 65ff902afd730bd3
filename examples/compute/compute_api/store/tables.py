"""The tables, and what a new database has in them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

METADATA = sa.MetaData()


def _text(length: int) -> sa.String:
    """Return the type of a text, which sorts by its code points whatever the database's locale is."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


flavors = sa.Table(
    "flavors",
    METADATA,
    sa.Column("id", _text(255), primary_key=True),
    sa.Column("name", _text(255), nullable=False),
    sa.Column("ram", sa.Integer, nullable=False),
    sa.Column("disk", sa.Integer, nullable=False),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("ephemeral", sa.Integer, nullable=False, default=0),
    sa.Column("swap", sa.Integer, nullable=False, default=0),
    sa.Column("rxtx_factor", sa.Float, nullable=False, default=1.0),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("is_public", sa.Boolean, nullable=False, default=True),
)

flavor_extra_specs = sa.Table(
    "flavor_extra_specs",
    METADATA,
    sa.Column("flavor_id", sa.ForeignKey("flavors.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", _text(255), primary_key=True),
    sa.Column("value", _text(255), nullable=False),
)

images = sa.Table(
    "images",
    METADATA,
    sa.Column("id", _text(36), primary_key=True),
    sa.Column("name", _text(255), nullable=False),
    sa.Column("status", _text(16), nullable=False),
    # None: everyone's.
    sa.Column("project_id", _text(255), index=True),
    # The server that it is a snapshot of; it may be gone.
    sa.Column("server_id", _text(36), index=True),
    sa.Column("min_disk", sa.Integer, nullable=False, default=0),
    sa.Column("min_ram", sa.Integer, nullable=False, default=0),
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("updated_at", sa.DateTime, nullable=False),
)

image_metadata = sa.Table(
    "image_metadata",
    METADATA,
    sa.Column("image_id", sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", _text(255), primary_key=True),
    sa.Column("value", _text(255), nullable=False),
)

servers = sa.Table(
    "servers",
    METADATA,
    sa.Column("id", _text(36), primary_key=True),
    sa.Column("project_id", _text(255), nullable=False),
    sa.Column("user_id", _text(255), nullable=False),
    sa.Column("name", _text(255), nullable=False),
    sa.Column("description", _text(255)),
    sa.Column("status", _text(32), nullable=False),
    sa.Column("flavor_id", sa.ForeignKey("flavors.id"), nullable=False),
    # What a resize started from, until it is confirmed or reverted.
    sa.Column("old_flavor_id", sa.ForeignKey("flavors.id")),
    sa.Column("old_status", _text(32)),
    # Not a foreign key: the image may be deleted while the server runs.
    sa.Column("image_id", _text(36), nullable=False),
    sa.Column("disk_config", _text(16), nullable=False),
    sa.Column("access_ip_v4", _text(15), nullable=False, default=""),
    sa.Column("access_ip_v6", _text(45), nullable=False, default=""),
    sa.Column("locked", sa.Boolean, nullable=False, default=False),
    sa.Column("locked_reason", _text(255)),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("updated_at", sa.DateTime, nullable=False),
    # Since when it runs; None while it does not.
    sa.Column("started_at", sa.DateTime),
    sa.Index("servers_by_project", "project_id", "created_at", "id"),
)

server_metadata = sa.Table(
    "server_metadata",
    METADATA,
    sa.Column("server_id", sa.ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", _text(255), primary_key=True),
    sa.Column("value", _text(255), nullable=False),
)

_FLAVORS = (
    # id, name, ram in MiB, disk in GiB, vcpus
    ("1", "m1.tiny", 512, 1, 1),
    ("2", "m1.small", 2048, 20, 1),
    ("3", "m1.medium", 4096, 40, 2),
    ("4", "m1.large", 8192, 80, 4),
    ("5", "m1.xlarge", 16384, 160, 8),
)

_EXTRA_SPECS = (("5", "hw:cpu_policy", "dedicated"), ("5", "hw:mem_page_size", "large"))

_IMAGES = (
    # id, name, least disk in GiB, least ram in MiB, size in bytes
    ("0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01", "cirros-0.6.2", 1, 64, 21430272),
    ("0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d02", "debian-12", 2, 512, 344457216),
)


def same(column: sa.Column[Any], text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column has just this text, which a client sent."""
    # PostgreSQL takes no NUL, not even to say that there is none.
    return sa.false() if "\0" in text else column == text


def now() -> datetime:
    """Return the time as every table keeps it: UTC, without saying so."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def fill(connection: Connection) -> None:
    """Put the flavors and public images of a new service into its tables."""
    made = {"status": "ACTIVE", "created_at": now(), "updated_at": now()}
    for table, names, rows, more in (
        (flavors, ("id", "name", "ram", "disk", "vcpus"), _FLAVORS, {}),
        (flavor_extra_specs, ("flavor_id", "key", "value"), _EXTRA_SPECS, {}),
        (images, ("id", "name", "min_disk", "min_ram", "size"), _IMAGES, made),
    ):
        connection.execute(table.insert(), [{**dict(zip(names, row, strict=True)), **more} for row in rows])
