"""Metadata of a server: a collection below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webob import exc

from apirouter import extensions, validation, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import http_errors
from compute_api.errors import MetadataNotFound
from compute_api.policies import server_metadata as policies
from compute_api.schemas import server_metadata as schemas
from compute_api.store.servers import Server

ALIAS = "server-metadata"


class ServerMetadataController(wsgi.Controller):
    """The metadata items of one server."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @extensions.expected_errors(404)
    def index(self, req: Request, server_id: str) -> dict[str, Any]:
        """List a server's metadata."""
        return {"metadata": dict(self._authorized(req, server_id, "index").metadata)}

    @extensions.expected_errors(404)
    def show(self, req: Request, server_id: str, id: str) -> dict[str, Any]:
        """Show one item."""
        metadata = self._authorized(req, server_id, "show").metadata
        if id not in metadata:
            raise exc.HTTPNotFound(explanation=str(MetadataNotFound()))
        return {"meta": {id: metadata[id]}}

    @wsgi.api_version("2.1", "2.6")
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.create)
    def create(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Add items, and set those that are there."""
        return self._put(req, server_id, "create", body["metadata"])

    @wsgi.api_version("2.7")  # type: ignore[no-redef]
    @wsgi.response(201)
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.create)
    def create(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
        """Add items, and set those that are there."""
        return self._put(req, server_id, "create", body["metadata"])

    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.update_all)
    def update_all(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Replace all items."""
        return self._put(req, server_id, "update_all", body["metadata"], only=True)

    @extensions.expected_errors((400, 403, 404, 409))
    @validation.schema(schemas.update)
    def update(self, req: Request, server_id: str, id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Set one item."""
        if id not in body["meta"]:
            raise exc.HTTPBadRequest(explanation="Request body and URI mismatch")
        self._put(req, server_id, "update", body["meta"])
        return {"meta": body["meta"]}

    @wsgi.response(204)
    @extensions.expected_errors((404, 409))
    def delete(self, req: Request, server_id: str, id: str) -> None:
        """Remove one item."""
        self._authorized(req, server_id, "delete")
        with http_errors():
            self.compute_api.delete_metadata(req.context, server_id, id)

    def _authorized(self, req: Request, server_id: str, action: str) -> Server:
        with http_errors():
            server = self.compute_api.get(req.context, server_id)
        req.context.can(policies.POLICY_ROOT % action, server.owner)
        return server

    def _put(
        self, req: Request, server_id: str, action: str, items: dict[str, str], *, only: bool = False
    ) -> dict[str, Any]:
        self._authorized(req, server_id, action)
        with http_errors():
            return {"metadata": self.compute_api.update_metadata(req.context, server_id, items, only=only)}


class ServerMetadata(APIExtension):
    """Server metadata: keys and values that a user gives a server."""

    name = "ServerMetadata"
    alias = ALIAS
    version = 1

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``metadata`` below a server."""
        return [
            ResourceExtension(
                "metadata",
                ServerMetadataController(),
                member_name="server_meta",
                parent={"member_name": "server", "collection_name": "servers"},
                custom_routes_fn=self.connect_update_all,
            )
        ]

    def connect_update_all(self, mapper: Any, resource: Any) -> None:
        """Route a PUT on the whole collection, which a plain resource has no method for."""
        for path in ("/{project_id}/servers/{server_id}/metadata", "/servers/{server_id}/metadata"):
            mapper.connect(
                "metadata", path, controller=resource, action="update_all", conditions={"method": ["PUT"]}
            )
