"""Groups in the database of the service that loaded this plugin.

The service gives its database to plugins through the context of a request, under ``services["database"]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from compute_api.store.tables import now

if TYPE_CHECKING:
    from sqlalchemy.engine import RowMapping

    from apirouter.context import RequestContext
    from compute_api.store import Database

METADATA = sa.MetaData()

instance_groups = sa.Table(
    "instance_groups",
    METADATA,
    sa.Column("group_id", sa.String(255), primary_key=True),
    sa.Column("project_id", sa.String(255), nullable=False, index=True),
    # Whatever else its maker said of it.
    sa.Column("more", sa.JSON, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
)


class GroupExists(ValueError):
    """There is a group with this id.

    :param group_id: the id.
    """

    def __init__(self, group_id: str) -> None:
        super().__init__(f"Group {group_id} already exists.")


class InvalidGroup(ValueError):
    """The values make no group.

    :param problem: why.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"Invalid group: {problem}.")


def add_instance_group(context: RequestContext, values: Mapping[str, Any]) -> None:
    """Add a group to the project of the context.

    :param values: ``group_id``, and whatever else there is to say of it, as JSON has it.
    :raises InvalidGroup: the id is no text, is empty or is too long.
    :raises GroupExists: the id is taken.
    """
    group_id = _checked_id(values)
    more = {key: value for key, value in values.items() if key not in instance_groups.c}
    with _database(context).write() as connection:
        same = instance_groups.select().where(instance_groups.c.group_id == group_id)
        if connection.execute(same).first() is not None:
            raise GroupExists(group_id)
        own = {"project_id": context.project_id or "", "created_at": now()}
        connection.execute(instance_groups.insert().values(group_id=group_id, more=more, **own))


def get_groups(context: RequestContext) -> list[dict[str, Any]]:
    """Return the groups of the context's project, the oldest first; all projects' for an administrator."""
    query = instance_groups.select().order_by(instance_groups.c.created_at, instance_groups.c.group_id)
    if not context.is_admin:
        query = query.where(instance_groups.c.project_id == (context.project_id or ""))
    with _database(context).read() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]


def _database(context: RequestContext) -> Database:
    database: Database = context.services["database"]
    database.ensure(METADATA)
    return database


def _checked_id(values: Mapping[str, Any]) -> str:
    group_id, length = values["group_id"], 255
    if not isinstance(group_id, str) or not 0 < len(group_id) <= length:
        raise InvalidGroup(f"'group_id' must be a text of 1 to {length} characters")
    return group_id


def _view(row: RowMapping) -> dict[str, Any]:
    created_at = row["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    own = {"group_id": row["group_id"], "project_id": row["project_id"], "created_at": created_at}
    return {**row["more"], **own}
