"""Pages of a sorted table, each starting after the last row of the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from compute_api.errors import MarkerNotFound
from compute_api.store.tables import same


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list.

    :param limit: how many at most.
    :param marker: the id of the row before the first; None for the first page.
    :param sort: column and whether it descends, the most significant first.
    """

    limit: int
    marker: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()


def fetch(
    connection: Connection, table: sa.Table, where: Sequence[sa.ColumnElement[bool]], page: Page
) -> tuple[list[RowMapping], bool]:
    """Return the rows of a page, and whether there are more after it.

    :param connection: reads both the marker and the page.
    :param table: a table with an ``id``, which decides between rows that sort alike.
    :param where: what the rows must satisfy; the marker too.
    :param page: which of them.
    :raises MarkerNotFound: no row has the marker's id.
    """
    by_id = page.sort[-1][1] if page.sort else False
    order = [(table.c[name], descends) for name, descends in (*page.sort, ("id", by_id))]
    query = sa.select(table).where(*where)
    if page.marker is not None:
        found = connection.execute(query.where(same(table.c.id, page.marker))).mappings().first()
        if found is None:
            raise MarkerNotFound(page.marker)
        query = query.where(_after(order, found))
    query = query.order_by(*(c.desc() if descends else c.asc() for c, descends in order))
    rows = list(connection.execute(query.limit(page.limit + 1)).mappings())
    return rows[: page.limit], len(rows) > page.limit


def _after(order: Sequence[tuple[sa.Column[Any], bool]], row: RowMapping) -> sa.ColumnElement[bool]:
    alternatives = []
    equal: list[sa.ColumnElement[bool]] = []
    for column, descends in order:
        value = row[column.name]
        alternatives.append(sa.and_(*equal, column < value if descends else column > value))
        equal.append(column == value)
    return sa.or_(*alternatives)
