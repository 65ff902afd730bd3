"""Flavors in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from compute_api.errors import FlavorNotFound
from compute_api.store import metadata, paging
from compute_api.store.tables import flavor_extra_specs, flavors, same

#: What a flavor list may be sorted by: the name that clients use -> the column.
SORT_KEYS: Mapping[str, str] = {
    "id": "id",
    "flavorid": "id",
    "name": "name",
    "memory_mb": "ram",
    "root_gb": "disk",
    "vcpus": "vcpus",
}


@dataclass(frozen=True, slots=True)
class Flavor:
    """What a server has: ram and swap in MiB, disk and ephemeral in GiB."""

    id: str
    name: str
    ram: int
    disk: int
    vcpus: int
    ephemeral: int
    swap: int
    rxtx_factor: float
    disabled: bool
    is_public: bool


def get(connection: Connection, flavor_id: str) -> Flavor:
    """Return one flavor.

    :raises FlavorNotFound: there is none with this id.
    """
    row = connection.execute(flavors.select().where(same(flavors.c.id, flavor_id))).mappings().first()
    if row is None:
        raise FlavorNotFound(flavor_id)
    return Flavor(**row)


def extra_specs(connection: Connection, flavor_id: str) -> Mapping[str, str]:
    """Return the extra specs of one flavor.

    :raises FlavorNotFound: there is none with this id.
    """
    flavor = get(connection, flavor_id)
    return metadata.of(connection, flavor_extra_specs, [flavor.id])[flavor.id]


def page(
    connection: Connection, which: paging.Page, *, min_disk: int = 0, min_ram: int = 0
) -> tuple[list[Flavor], bool]:
    """Return a page of the flavors, and whether there are more.

    :param connection: an open connection.
    :param which: which of them.
    :param min_disk: only those with as much disk, in GiB.
    :param min_ram: only those with as much memory, in MiB.
    """
    where = [flavors.c.is_public, flavors.c.disk >= min_disk, flavors.c.ram >= min_ram]
    rows, more = paging.fetch(connection, flavors, where, which)
    return [Flavor(**row) for row in rows], more
