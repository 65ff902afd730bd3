"""What clients see of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compute_api.views import common

if TYPE_CHECKING:
    from apirouter.wsgi import Request
    from compute_api.store.images import Image


def basic(req: Request, image: Image) -> dict[str, Any]:
    """Return what a list without details has."""
    return {"id": image.id, "name": image.name, "links": req.links("images", id=image.id)}


def show(req: Request, image: Image) -> dict[str, Any]:
    """Return all there is."""
    view = {
        **basic(req, image),
        "status": image.status,
        "progress": 100,
        "created": common.timestamp(image.created_at),
        "updated": common.timestamp(image.updated_at),
        "minDisk": image.min_disk,
        "minRam": image.min_ram,
        "OS-EXT-IMG-SIZE:size": image.size,
        "metadata": dict(image.metadata),
    }
    if image.server_id is not None:
        view["server"] = common.bookmark(req, "servers", image.server_id)
    return view
