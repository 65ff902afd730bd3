"""What clients of the image service see of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from compute_api.views import common

if TYPE_CHECKING:
    from apirouter.wsgi import Request
    from compute_api.store.images import Image

_LIST = "/v2/images"


def index(req: Request, images: Sequence[Image], more: bool) -> dict[str, Any]:
    """Return a page of the list; its links are paths, from the service's own root on.

    :param req: the request.
    :param images: what the page has.
    :param more: whether there is a next page.
    """
    query = [(key, value) for key, value in req.GET.items() if key != "marker"]
    page = {
        "images": [show(image) for image in images],
        "first": _link(query),
        "schema": "/v2/schemas/images",
    }
    if more and images:
        page["next"] = _link([*query, ("marker", images[-1].id)])
    return page


def show(image: Image) -> dict[str, Any]:
    """Return all there is; the image's metadata are properties beside the others, which come first."""
    own = {
        "id": image.id,
        "name": image.name,
        "status": image.status.lower(),
        "visibility": "public" if image.project_id is None else "private",
        "owner": image.project_id,
        "size": image.size,
        "min_disk": image.min_disk,
        "min_ram": image.min_ram,
        "created_at": common.timestamp(image.created_at),
        "updated_at": common.timestamp(image.updated_at),
        "protected": False,
        "os_hidden": False,
        "tags": [],
        # Nothing is kept of what an image holds.
        "checksum": None,
        "container_format": None,
        "disk_format": None,
        "self": f"{_LIST}/{image.id}",
        "schema": "/v2/schemas/image",
    }
    return {**image.metadata, **own}


def _link(query: list[tuple[str, str]]) -> str:
    return f"{_LIST}?{urlencode(query)}" if query else _LIST
