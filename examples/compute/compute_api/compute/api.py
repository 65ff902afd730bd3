"""Everything that can be done to servers, flavors and images.

1. A project sees its own servers, its own and the public images; an administrator sees all, and so does a
   token of the whole system, as far as policy lets it.
2. Each method is one transaction: what it reads can't change before it writes.
3. There is no hypervisor: what would take one minutes is done when the method returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from compute_api.compute import states
from compute_api.errors import (
    FlavorTooSmall,
    MetadataLimit,
    MetadataNotFound,
    NoProject,
    SameFlavor,
    SnapshotNotFound,
)
from compute_api.store import flavors, images, metadata, servers
from compute_api.store.paging import Page
from compute_api.store.tables import now, server_metadata

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from apirouter.context import RequestContext
    from compute_api.store import Database
    from compute_api.store.flavors import Flavor
    from compute_api.store.images import Image
    from compute_api.store.servers import Filters, Server

#: How many metadata items a server may have.
MAX_METADATA = 128


class API:
    """What the service does; it keeps nothing, the database is in the context's services."""

    # ----------------------------------------------------------------- servers

    def get(self, context: RequestContext, server_id: str) -> Server:
        """Return one server.

        :raises ServerNotFound: the context sees none with this id.
        """
        with _database(context).read() as connection:
            return servers.get(connection, server_id, _scope(context))

    def get_all(self, context: RequestContext, filters: Filters, page: Page) -> tuple[list[Server], bool]:
        """Return a page of the servers, and whether there are more."""
        with _database(context).read() as connection:
            return servers.page(connection, page, filters)

    def create(
        self,
        context: RequestContext,
        *,
        names: list[str],
        flavor_id: str,
        image_id: str,
        metadata: Mapping[str, str],
        **values: Any,
    ) -> list[Server]:
        """Make servers that differ in nothing but their names.

        :param context: who asks, and so whose they are.
        :param names: one for each.
        :param flavor_id: what they have.
        :param image_id: what they start from.
        :param metadata: keys and values.
        :param values: the other columns (description, disk_config, access_ip_v4, access_ip_v6).
        :raises NoProject, FlavorNotFound, ImageNotFound, FlavorTooSmall, MetadataLimit: it can't be done.
        """
        if not context.project_id:
            raise NoProject
        _check_metadata_limit(metadata)
        with _database(context).write(context.project_id) as connection:
            _check_fits(flavors.get(connection, flavor_id), images.get(connection, image_id, _scope(context)))
            values.update(project_id=context.project_id, user_id=context.user_id, status=states.ACTIVE)
            values.update(flavor_id=flavor_id, image_id=image_id)
            return [servers.add(connection, metadata_items=metadata, name=name, **values) for name in names]

    def update(self, context: RequestContext, server_id: str, **values: Any) -> Server:
        """Set columns of a server (name, description, disk_config, access_ip_v4, access_ip_v6)."""
        with _database(context).write(server_id) as connection:
            server = servers.get(connection, server_id, _scope(context))
            return servers.change(connection, server.id, **values) if values else server

    def delete(self, context: RequestContext, server_id: str) -> None:
        """Remove a server.

        :raises ServerLocked: it is locked.
        """
        with self._acting(context, server_id, "delete") as (connection, server):
            servers.remove(connection, server.id)

    # ----------------------------------------------------------------- actions

    def reboot(self, context: RequestContext, server_id: str, kind: str) -> Server:
        """Start a server anew.

        :param kind: ``SOFT`` asks its system, which must run; ``HARD`` asks nothing.
        """
        action = "hard reboot" if kind == "HARD" else "reboot"
        with self._acting(context, server_id, action) as (connection, server):
            return servers.change(connection, server.id, status=states.ACTIVE, started_at=now())

    def start(self, context: RequestContext, server_id: str) -> Server:
        """Start a server that is stopped."""
        with self._acting(context, server_id, "os-start") as (connection, server):
            return servers.change(connection, server.id, status=states.ACTIVE, started_at=now())

    def stop(self, context: RequestContext, server_id: str) -> Server:
        """Stop a server that runs."""
        with self._acting(context, server_id, "os-stop") as (connection, server):
            return servers.change(connection, server.id, status=states.SHUTOFF, started_at=None)

    def resize(self, context: RequestContext, server_id: str, flavor_id: str) -> Server:
        """Give a server another flavor; it waits for confirmation.

        :raises FlavorNotFound, SameFlavor: there is no such flavor, or it is the one it has.
        """
        with self._acting(context, server_id, "resize") as (connection, server):
            if flavors.get(connection, flavor_id).id == server.flavor_id:
                raise SameFlavor
            return servers.change(
                connection,
                server.id,
                status=states.VERIFY_RESIZE,
                flavor_id=flavor_id,
                old_flavor_id=server.flavor_id,
                old_status=server.status,
            )

    def confirm_resize(self, context: RequestContext, server_id: str) -> Server:
        """Keep the flavor of the last resize."""
        with self._acting(context, server_id, "confirmResize") as (connection, server):
            return _end_resize(connection, server, server.flavor_id)

    def revert_resize(self, context: RequestContext, server_id: str) -> Server:
        """Go back to the flavor from before the last resize."""
        with self._acting(context, server_id, "revertResize") as (connection, server):
            return _end_resize(connection, server, server.old_flavor_id or server.flavor_id)

    def snapshot(
        self, context: RequestContext, server_id: str, name: str, metadata: Mapping[str, str]
    ) -> Image:
        """Make an image of a server.

        :param name: the image's name.
        :param metadata: the image's metadata.
        """
        _check_metadata_limit(metadata)
        with self._acting(context, server_id, "createImage") as (connection, server):
            flavor = flavors.get(connection, server.flavor_id)
            return images.add(
                connection,
                name=name,
                status=states.ACTIVE,
                project_id=server.project_id,
                server_id=server.id,
                min_disk=flavor.disk,
                size=flavor.disk * 2**30,
                metadata_items={"image_type": "snapshot", "base_image_ref": server.image_id, **metadata},
            )

    def rollback(self, context: RequestContext, server_id: str, snapshot_id: str | None = None) -> Server:
        """Put a server back to one of its snapshots, and start it.

        :param snapshot_id: which; None for the latest.
        :raises SnapshotNotFound: the server has no such snapshot.
        """
        with self._acting(context, server_id, "rollbackSnapshot") as (connection, server):
            snapshot = images.latest_snapshot(connection, server.id, snapshot_id)
            if snapshot is None:
                raise SnapshotNotFound(server.id, snapshot_id)
            return servers.change(
                connection, server.id, image_id=snapshot.id, status=states.ACTIVE, started_at=now()
            )

    def lock(self, context: RequestContext, server_id: str, reason: str | None = None) -> Server:
        """Lock a server against everyone but administrators."""
        with self._acting(context, server_id, "lock") as (connection, server):
            return servers.change(connection, server.id, locked=True, locked_reason=reason)

    def unlock(self, context: RequestContext, server_id: str) -> Server:
        """Undo :meth:`lock`; whoever may lock may unlock."""
        with _database(context).write(server_id) as connection:
            server = servers.get(connection, server_id, _scope(context))
            return servers.change(connection, server.id, locked=False, locked_reason=None)

    def reset_state(self, context: RequestContext, server_id: str, status: str) -> Server:
        """Give a server a status, whatever it is now."""
        with self._acting(context, server_id, "os-resetState") as (connection, server):
            running = {"started_at": server.started_at or now()} if status == states.ACTIVE else {}
            return servers.change(
                connection, server.id, status=status, old_status=None, old_flavor_id=None, **running
            )

    # ---------------------------------------------------------------- metadata

    def update_metadata(
        self, context: RequestContext, server_id: str, items: Mapping[str, str], *, only: bool = False
    ) -> Mapping[str, str]:
        """Set metadata of a server and return all that it has now.

        :param items: what to set.
        :param only: remove what else there is.
        :raises MetadataLimit: it would have too many.
        """
        with self._acting(context, server_id, "update metadata") as (connection, server):
            _check_metadata_limit(items if only else {**server.metadata, **items})
            metadata.put(connection, server_metadata, server.id, items, only=only)
            return servers.change(connection, server.id).metadata

    def delete_metadata(self, context: RequestContext, server_id: str, key: str) -> None:
        """Remove one metadata item of a server.

        :raises MetadataNotFound: there is none under this key.
        """
        with self._acting(context, server_id, "delete metadata") as (connection, server):
            if not metadata.remove(connection, server_metadata, server.id, key):
                raise MetadataNotFound
            servers.change(connection, server.id)

    # ------------------------------------------------------ flavors and images

    def get_flavor(self, context: RequestContext, flavor_id: str) -> Flavor:
        """Return one flavor.

        :raises FlavorNotFound: there is none with this id.
        """
        with _database(context).read() as connection:
            return flavors.get(connection, flavor_id)

    def get_extra_specs(self, context: RequestContext, flavor_id: str) -> Mapping[str, str]:
        """Return the extra specs of one flavor.

        :raises FlavorNotFound: there is none with this id.
        """
        with _database(context).read() as connection:
            return flavors.extra_specs(connection, flavor_id)

    def get_flavors(self, context: RequestContext, page: Page, **least: int) -> tuple[list[Flavor], bool]:
        """Return a page of the flavors, and whether there are more.

        :param least: ``min_disk`` in GiB, ``min_ram`` in MiB.
        """
        with _database(context).read() as connection:
            return flavors.page(connection, page, **least)

    def get_image(self, context: RequestContext, image_id: str) -> Image:
        """Return one image.

        :raises ImageNotFound: the context sees none with this id.
        """
        with _database(context).read() as connection:
            return images.get(connection, image_id, _scope(context))

    def get_images(
        self, context: RequestContext, page: Page, filters: images.Filters
    ) -> tuple[list[Image], bool]:
        """Return a page of the images, and whether there are more."""
        with _database(context).read() as connection:
            return images.page(connection, page, _scope(context), filters)

    @contextmanager
    def _acting(
        self, context: RequestContext, server_id: str, action: str
    ) -> Iterator[tuple[Connection, Server]]:
        with _database(context).write(server_id) as connection:
            server = servers.get(connection, server_id, _scope(context))
            states.check(server, action, is_admin=context.is_admin)
            yield connection, server


def _database(context: RequestContext) -> Database:
    database: Database = context.services["database"]
    return database


def _scope(context: RequestContext) -> str | None:
    if context.is_admin or getattr(context, "system_scope", None) == "all":
        return None
    return context.project_id or ""


def _check_metadata_limit(items: Mapping[str, str]) -> None:
    if len(items) > MAX_METADATA:
        raise MetadataLimit(MAX_METADATA)


def _check_fits(flavor: Flavor, image: Image) -> None:
    if flavor.ram < image.min_ram:
        raise FlavorTooSmall("memory")
    if flavor.disk < image.min_disk:
        raise FlavorTooSmall("disk")


def _end_resize(connection: Connection, server: Server, flavor_id: str) -> Server:
    return servers.change(
        connection,
        server.id,
        status=server.old_status or states.ACTIVE,
        flavor_id=flavor_id,
        old_flavor_id=None,
        old_status=None,
    )
