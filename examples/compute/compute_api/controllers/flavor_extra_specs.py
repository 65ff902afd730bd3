"""Extra specs of a flavor: a collection below it, read only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apirouter import extensions, policy, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import http_errors
from compute_api.errors import ExtraSpecNotFound
from compute_api.policies import flavor_extra_specs as policies

ALIAS = "os-flavor-extra-specs"


class FlavorExtraSpecsController(wsgi.Controller):
    """What a flavor asks of the host, beside its sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.POLICY_ROOT % "index")
    @extensions.expected_errors(404)
    def index(self, req: Request, flavor_id: str) -> dict[str, Any]:
        """List a flavor's extra specs."""
        with http_errors():
            return {"extra_specs": dict(self.compute_api.get_extra_specs(req.context, flavor_id))}

    @policy.authorize(policies.POLICY_ROOT % "show")
    @extensions.expected_errors(404)
    def show(self, req: Request, flavor_id: str, id: str) -> dict[str, Any]:
        """Show one of them."""
        with http_errors():
            specs = self.compute_api.get_extra_specs(req.context, flavor_id)
            if id not in specs:
                raise ExtraSpecNotFound(flavor_id, id)
        return {id: specs[id]}


class FlavorExtraSpecs(APIExtension):
    """Extra specs of flavors: what they ask of the host."""

    name = "FlavorExtraSpecs"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``os-extra_specs`` below a flavor."""
        return [
            ResourceExtension(
                "os-extra_specs",
                FlavorExtraSpecsController(),
                member_name="extra_spec",
                parent={"member_name": "flavor", "collection_name": "flavors"},
            )
        ]
