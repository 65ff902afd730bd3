"""Metadata of a server: a collection below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webob import exc

from apirouter import extensions, policy, validation, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import http_errors, owner_of, server_of
from compute_api.errors import MetadataNotFound
from compute_api.policies import server_metadata as policies
from compute_api.schemas import server_metadata as schemas

ALIAS = "server-metadata"


class ServerMetadataController(wsgi.Controller):
    """The metadata items of one server."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.POLICY_ROOT % "index", owner_of)
    @extensions.expected_errors(404)
    def index(self, req: Request, server_id: str) -> dict[str, Any]:
        """List a server's metadata."""
        return {"metadata": dict(server_of(req).metadata)}

    @policy.authorize(policies.POLICY_ROOT % "show", owner_of)
    @extensions.expected_errors(404)
    def show(self, req: Request, server_id: str, id: str) -> dict[str, Any]:
        """Show one item."""
        metadata = server_of(req).metadata
        if id not in metadata:
            raise exc.HTTPNotFound(explanation=str(MetadataNotFound()))
        return {"meta": {id: metadata[id]}}

    @policy.authorize(policies.POLICY_ROOT % "create", owner_of)
    @wsgi.api_version("2.1", "2.6")
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.create)
    def create(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Add items, and set those that are there."""
        return self._put(req, server_id, body["metadata"])

    @policy.authorize(policies.POLICY_ROOT % "create", owner_of)  # type: ignore[no-redef]
    @wsgi.api_version("2.7")
    @wsgi.response(201)
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.create)
    def create(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
        """Add items, and set those that are there."""
        return self._put(req, server_id, body["metadata"])

    @policy.authorize(policies.POLICY_ROOT % "update_all", owner_of)
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.update_all)
    def update_all(self, req: Request, server_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Replace all items."""
        return self._put(req, server_id, body["metadata"], only=True)

    @policy.authorize(policies.POLICY_ROOT % "update", owner_of)
    @extensions.expected_errors((400, 403, 404, 409))
    @validation.schema(schemas.update)
    def update(self, req: Request, server_id: str, id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Set one item."""
        if id not in body["meta"]:
            raise exc.HTTPBadRequest(explanation="Request body and URI mismatch")
        self._put(req, server_id, body["meta"])
        return {"meta": body["meta"]}

    @policy.authorize(policies.POLICY_ROOT % "delete", owner_of)
    @wsgi.response(204)
    @extensions.expected_errors((404, 409))
    def delete(self, req: Request, server_id: str, id: str) -> None:
        """Remove one item."""
        with http_errors():
            self.compute_api.delete_metadata(req.context, server_id, id)

    def _put(
        self, req: Request, server_id: str, items: dict[str, str], *, only: bool = False
    ) -> dict[str, Any]:
        with http_errors():
            return {"metadata": self.compute_api.update_metadata(req.context, server_id, items, only=only)}


class ServerMetadata(APIExtension):
    """Server metadata: keys and values that a user gives a server."""

    name = "ServerMetadata"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

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
