"""Metadata of servers and images, extra specs of flavors: keys and values, in a table of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from compute_api.store.tables import same


def of(connection: Connection, table: sa.Table, owners: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return owner -> key -> value; an owner without metadata is there too.

    :param connection: an open connection.
    :param table: whose first column is the owner, as ``server_metadata``.
    :param owners: the ids of those that have them.
    """
    found: dict[str, dict[str, str]] = {owner: {} for owner in owners}
    owner_id = table.c[0]
    query = sa.select(owner_id, table.c.key, table.c.value).where(owner_id.in_(found)).order_by(table.c.key)
    for owner, key, value in connection.execute(query):
        found[owner][key] = value
    return found


def put(
    connection: Connection, table: sa.Table, owner: str, items: Mapping[str, str], *, only: bool = False
) -> None:
    """Set items of one owner.

    :param connection: an open connection that writes.
    :param table: whose first column is the owner, as ``server_metadata``.
    :param owner: the id of the one that has them.
    :param items: what to set.
    :param only: remove what else there is.
    """
    owner_id = table.c[0]
    gone = table.delete().where(owner_id == owner)
    connection.execute(gone if only else gone.where(table.c.key.in_(items)))
    if items:
        rows = [{owner_id.name: owner, "key": key, "value": value} for key, value in items.items()]
        connection.execute(table.insert(), rows)


def remove(connection: Connection, table: sa.Table, owner: str, key: str) -> bool:
    """Remove one item; tell whether it was there."""
    gone = table.delete().where(table.c[0] == owner, same(table.c.key, key))
    return connection.execute(gone).rowcount > 0
