"""Images: what a server starts from; and the snapshots made of servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apirouter import extensions, policy, validation, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import http_errors, id_of, page_of
from compute_api.policies import images as policies
from compute_api.schemas import images as schemas
from compute_api.store.images import SORT_KEYS, Filters
from compute_api.views import common
from compute_api.views import images as views

ALIAS = "images"


class ImagesController(wsgi.Controller):
    """The public images and the project's own."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.POLICY_ROOT % "index")
    @extensions.expected_errors(400)
    @validation.query_schema(schemas.query)
    def index(self, req: Request) -> dict[str, Any]:
        """List images: id, name and links."""
        return self._list(req, views.basic)

    @policy.authorize(policies.POLICY_ROOT % "detail")
    @extensions.expected_errors(400)
    @validation.query_schema(schemas.query)
    def detail(self, req: Request) -> dict[str, Any]:
        """List images with all there is."""
        return self._list(req, views.show)

    @policy.authorize(policies.POLICY_ROOT % "show")
    @extensions.expected_errors(404)
    def show(self, req: Request, id: str) -> dict[str, Any]:
        """Show one image."""
        with http_errors():
            image = self.compute_api.get_image(req.context, id)
        return {"image": views.show(req, image)}

    def _list(self, req: Request, view: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        page = page_of(req, SORT_KEYS, (("created_at", True),))
        query = req.GET
        filters = Filters(
            names=[query["name"]] if "name" in query else None,
            statuses=[query["status"].upper()] if "status" in query else None,
            server_id=id_of(query["server"]) if "server" in query else None,
        )
        with http_errors():
            images, more = self.compute_api.get_images(req.context, page, filters)
        return common.collection(req, "images", [view(req, image) for image in images], more)


class Images(APIExtension):
    """Images: what servers start from."""

    name = "Images"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``images``."""
        return [
            ResourceExtension(
                ALIAS, ImagesController(), member_name="image", collection_actions={"detail": "GET"}
            )
        ]
