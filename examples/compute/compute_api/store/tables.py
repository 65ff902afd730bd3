"""The tables, and what a new database has in them."""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa
from sqlalchemy.engine import Connection

METADATA = sa.MetaData()

flavors = sa.Table(
    "flavors",
    METADATA,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("ram", sa.Integer, nullable=False),
    sa.Column("disk", sa.Integer, nullable=False),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("ephemeral", sa.Integer, nullable=False, default=0),
    sa.Column("swap", sa.Integer, nullable=False, default=0),
    sa.Column("rxtx_factor", sa.Float, nullable=False, default=1.0),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("is_public", sa.Boolean, nullable=False, default=True),
)

images = sa.Table(
    "images",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    # None: everyone's.
    sa.Column("project_id", sa.String(255), index=True),
    # The server that it is a snapshot of; it may be gone.
    sa.Column("server_id", sa.String(36), index=True),
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
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("value", sa.String(255), nullable=False),
)

servers = sa.Table(
    "servers",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("project_id", sa.String(255), nullable=False),
    sa.Column("user_id", sa.String(255), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(255)),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("flavor_id", sa.ForeignKey("flavors.id"), nullable=False),
    # What a resize started from, until it is confirmed or reverted.
    sa.Column("old_flavor_id", sa.ForeignKey("flavors.id")),
    sa.Column("old_status", sa.String(32)),
    # Not a foreign key: the image may be deleted while the server runs.
    sa.Column("image_id", sa.String(36), nullable=False),
    sa.Column("disk_config", sa.String(16), nullable=False),
    sa.Column("access_ip_v4", sa.String(15), nullable=False, default=""),
    sa.Column("access_ip_v6", sa.String(45), nullable=False, default=""),
    sa.Column("locked", sa.Boolean, nullable=False, default=False),
    sa.Column("locked_reason", sa.String(255)),
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
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("value", sa.String(255), nullable=False),
)

_FLAVORS = (
    # id, name, ram in MiB, disk in GiB, vcpus
    ("1", "m1.tiny", 512, 1, 1),
    ("2", "m1.small", 2048, 20, 1),
    ("3", "m1.medium", 4096, 40, 2),
    ("4", "m1.large", 8192, 80, 4),
    ("5", "m1.xlarge", 16384, 160, 8),
)

_IMAGES = (
    # id, name, least disk in GiB, least ram in MiB, size in bytes
    ("0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01", "cirros-0.6.2", 1, 64, 21430272),
    ("0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d02", "debian-12", 2, 512, 344457216),
)


def now() -> datetime:
    """Return the time as every table keeps it: UTC, without saying so."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def fill(connection: Connection) -> None:
    """Put the flavors and public images of a new service into its tables."""
    names = ("id", "name", "ram", "disk", "vcpus")
    connection.execute(flavors.insert(), [dict(zip(names, row, strict=True)) for row in _FLAVORS])
    names = ("id", "name", "min_disk", "min_ram", "size")
    made = {"status": "ACTIVE", "created_at": now(), "updated_at": now()}
    connection.execute(images.insert(), [{**dict(zip(names, row, strict=True)), **made} for row in _IMAGES])
