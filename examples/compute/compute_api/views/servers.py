"""What clients see of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apirouter.microversion import Version
from compute_api.views import common

if TYPE_CHECKING:
    from apirouter.wsgi import Request
    from compute_api.store.servers import Server

_DESCRIPTION = Version(2, 2)
_LOCKED = Version(2, 4)
_LOCKED_REASON = Version(2, 9)


def created(req: Request, server: Server) -> dict[str, Any]:
    """Return what the client of a create sees."""
    return {
        "id": server.id,
        "links": req.links("servers", id=server.id),
        "OS-DCF:diskConfig": server.disk_config,
    }


def basic(req: Request, server: Server) -> dict[str, Any]:
    """Return what a list without details has."""
    return {"id": server.id, "name": server.name, "links": req.links("servers", id=server.id)}


def show(req: Request, server: Server) -> dict[str, Any]:
    """Return all there is, for the version of the request."""
    view: dict[str, Any] = {
        "id": server.id,
        "name": server.name,
        "status": server.status,
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "metadata": dict(server.metadata),
        "hostId": "",
        "image": common.bookmark(req, "images", server.image_id),
        "flavor": common.bookmark(req, "flavors", server.flavor_id),
        "created": common.timestamp(server.created_at),
        "updated": common.timestamp(server.updated_at),
        "addresses": {},
        "accessIPv4": server.access_ip_v4,
        "accessIPv6": server.access_ip_v6,
        "links": req.links("servers", id=server.id),
        "OS-DCF:diskConfig": server.disk_config,
    }
    if server.status in ("ACTIVE", "VERIFY_RESIZE"):
        view["progress"] = 100
    if req.api_version >= _DESCRIPTION:
        view["description"] = server.description
    if req.api_version >= _LOCKED:
        view["locked"] = server.locked
    if req.api_version >= _LOCKED_REASON:
        view["locked_reason"] = server.locked_reason
    return view
