"""What may be done to one server: the actions that ``POST /servers/{id}/action`` takes, by their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webob import exc

from apirouter import extensions, policy, validation, wsgi
from apirouter.wsgi import Request, ResponseObject
from compute_api import compute
from compute_api.controllers.common import http_errors, id_of, owner_of
from compute_api.policies import servers as policies
from compute_api.schemas import servers as schemas
from compute_api.store.images import Image


class ServerActionsController(wsgi.Controller):
    """The actions of a server; :class:`.servers.ServersController` has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.SERVERS % "reboot", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("reboot")
    @validation.schema(schemas.reboot)
    def _action_reboot(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Start a server anew, softly or hard."""
        with http_errors():
            self.compute_api.reboot(req.context, id, body["reboot"]["type"].upper())

    @policy.authorize(policies.SERVERS % "resize", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((400, 404, 409))
    @wsgi.action("resize")
    @validation.schema(schemas.resize)
    def _action_resize(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Give a server another flavor; confirm or revert it then."""
        with http_errors(missing=exc.HTTPBadRequest):
            self.compute_api.resize(req.context, id, id_of(body["resize"]["flavorRef"]))

    # The first answer of this API's ancestors was a 204; a client that asks for a later version gets the
    # status of the other actions.
    @policy.authorize(policies.SERVERS % "confirm_resize", owner_of)
    @wsgi.api_version("2.1", "2.6")
    @wsgi.response(204)
    @extensions.expected_errors((404, 409))
    @wsgi.action("confirmResize")
    @validation.schema(schemas.confirm_resize)
    def _action_confirm_resize(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Keep the flavor of the last resize."""
        self._confirm_resize(req, id)

    @policy.authorize(policies.SERVERS % "confirm_resize", owner_of)  # type: ignore[no-redef]
    @wsgi.api_version("2.7")
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("confirmResize")
    @validation.schema(schemas.confirm_resize)
    def _action_confirm_resize(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Keep the flavor of the last resize."""
        self._confirm_resize(req, id)

    def _confirm_resize(self, req: Request, id: str) -> None:
        with http_errors():
            self.compute_api.confirm_resize(req.context, id)

    @policy.authorize(policies.SERVERS % "revert_resize", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("revertResize")
    @validation.schema(schemas.revert_resize)
    def _action_revert_resize(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Go back to the flavor from before the last resize."""
        with http_errors():
            self.compute_api.revert_resize(req.context, id)

    @policy.authorize(policies.SERVERS % "create_image", owner_of)
    @wsgi.api_version("2.1", "2.7")
    @wsgi.response(202)
    @extensions.expected_errors((403, 404, 409))
    @wsgi.action("createImage")
    @validation.schema(schemas.create_image)
    def _action_create_image(self, req: Request, id: str, body: dict[str, Any]) -> ResponseObject:
        """Make an image of a server; its URL is the reply's Location."""
        image = self._create_image(req, id, body)
        return ResponseObject(None, headers={"Location": req.url_for("images", id=image.id)})

    @policy.authorize(policies.SERVERS % "create_image", owner_of)  # type: ignore[no-redef]
    @wsgi.api_version("2.8")
    @wsgi.response(202)
    @extensions.expected_errors((403, 404, 409))
    @wsgi.action("createImage")
    @validation.schema(schemas.create_image)
    def _action_create_image(self, req: Request, id: str, body: dict[str, Any]) -> ResponseObject:
        """Make an image of a server; the reply has its id, beside the Location that clients look at."""
        image = self._create_image(req, id, body)
        location = {"Location": req.url_for("images", id=image.id)}
        return ResponseObject({"image_id": image.id}, headers=location)

    def _create_image(self, req: Request, id: str, body: dict[str, Any]) -> Image:
        asked = body["createImage"]
        return snapshot_of(self.compute_api, req, id, asked["name"], asked.get("metadata", {}))

    @policy.authorize(policies.SERVERS % "rollback_snapshot", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("rollbackSnapshot")
    @validation.schema(schemas.rollback_snapshot)
    def _action_rollback_snapshot(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Put a server back to one of its snapshots: to the latest unless the body names one."""
        asked = body["rollbackSnapshot"] or {}
        with http_errors():
            self.compute_api.rollback(req.context, id, asked.get("snapshot_id"))

    @policy.authorize(policies.SERVERS % "start", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("os-start")
    @validation.schema(schemas.start)
    def _action_start(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Start a server that is stopped."""
        with http_errors():
            self.compute_api.start(req.context, id)

    @policy.authorize(policies.SERVERS % "stop", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("os-stop")
    @validation.schema(schemas.stop)
    def _action_stop(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Stop a server that runs."""
        with http_errors():
            self.compute_api.stop(req.context, id)

    @policy.authorize(policies.SERVERS % "lock", owner_of)
    @wsgi.api_version("2.4")
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("lock")
    @validation.schema(schemas.lock, "2.4", "2.8")
    @validation.schema(schemas.lock_v29, "2.9")
    def _action_lock(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Lock a server against everyone but administrators."""
        with http_errors():
            self.compute_api.lock(req.context, id, (body["lock"] or {}).get("locked_reason"))

    @policy.authorize(policies.SERVERS % "unlock", owner_of)
    @wsgi.api_version("2.4")
    @wsgi.response(202)
    @extensions.expected_errors(404)
    @wsgi.action("unlock")
    @validation.schema(schemas.unlock)
    def _action_unlock(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Undo a lock."""
        with http_errors():
            self.compute_api.unlock(req.context, id)


def snapshot_of(
    compute_api: compute.API, req: Request, id: str, name: str, metadata: Mapping[str, str]
) -> Image:
    """Make an image of a server; what the service refuses is raised as an HTTP error."""
    with http_errors():
        return compute_api.snapshot(req.context, id, name, metadata)
