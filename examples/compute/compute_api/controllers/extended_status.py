"""The status of a server in more detail: a plugin that brings no resource, it only extends servers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apirouter import extensions, policy, validation, wsgi
from apirouter.extensions import APIExtension, ControllerExtension
from apirouter.wsgi import Request, ResponseObject
from compute_api import compute
from compute_api.compute import states
from compute_api.controllers.common import http_errors
from compute_api.policies import extended_status as policies
from compute_api.schemas import extended_status as schemas

ALIAS = "os-extended-status"


class ExtendedStatusController(wsgi.Controller):
    """Adds ``OS-EXT-STS`` fields to servers, and the action ``os-resetState``."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @wsgi.extends
    def show(self, req: Request, resp_obj: ResponseObject, id: str) -> None:
        """Add the fields to one server."""
        self._add(req, [resp_obj.obj["server"]])

    @wsgi.extends
    def detail(self, req: Request, resp_obj: ResponseObject) -> None:
        """Add the fields to each server of a list."""
        self._add(req, resp_obj.obj["servers"])

    def _add(self, req: Request, servers: list[dict[str, Any]]) -> None:
        if not req.context.can(policies.BASE_POLICY_NAME, fatal=False):
            return
        for server in servers:
            vm_state, power_state = states.EXTENDED[server["status"]]
            server["OS-EXT-STS:vm_state"] = vm_state
            # Whatever is done to a server is done when the action is answered.
            server["OS-EXT-STS:task_state"] = None
            if req.api_version >= (2, 3):
                server["OS-EXT-STS:power_state"] = power_state

    @policy.authorize(policies.POLICY_ROOT % "reset_state")
    @wsgi.response(202)
    @extensions.expected_errors(404)
    @wsgi.action("os-resetState")
    @validation.schema(schemas.reset_state)
    def _action_reset_state(self, req: Request, id: str, body: dict[str, Any]) -> None:
        """Give a server a status, whatever it is now."""
        with http_errors():
            self.compute_api.reset_state(req.context, id, body["os-resetState"]["state"].upper())


class ExtendedStatus(APIExtension):
    """Extended status of servers."""

    name = "ExtendedStatus"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_controller_extensions(self) -> Iterable[ControllerExtension]:
        """Return what is added to ``servers``."""
        return [ControllerExtension(self, "servers", ExtendedStatusController())]
