"""Flavors: what a server may have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apirouter import extensions, policy, validation, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request
from compute_api import compute
from compute_api.controllers.common import count_of, http_errors, page_of
from compute_api.policies import flavors as policies
from compute_api.schemas import flavors as schemas
from compute_api.store.flavors import SORT_KEYS
from compute_api.views import common
from compute_api.views import flavors as views

ALIAS = "flavors"

#: The most that a column holds: who asks for more gets nothing.
_MOST = 2**31 - 1


class FlavorsController(wsgi.Controller):
    """The flavors there are."""

    def __init__(self) -> None:
        super().__init__()
        self.compute_api = compute.API()

    @policy.authorize(policies.POLICY_ROOT % "index")
    @extensions.expected_errors(400)
    @validation.query_schema(schemas.query)
    def index(self, req: Request) -> dict[str, Any]:
        """List flavors: id, name and links."""
        return self._list(req, views.basic)

    @policy.authorize(policies.POLICY_ROOT % "detail")
    @extensions.expected_errors(400)
    @validation.query_schema(schemas.query)
    def detail(self, req: Request) -> dict[str, Any]:
        """List flavors with all there is."""
        return self._list(req, views.show)

    @policy.authorize(policies.POLICY_ROOT % "show")
    @extensions.expected_errors(404)
    def show(self, req: Request, id: str) -> dict[str, Any]:
        """Show one flavor."""
        with http_errors():
            flavor = self.compute_api.get_flavor(req.context, id)
        return {"flavor": views.show(req, flavor)}

    def _list(self, req: Request, view: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        page = page_of(req, SORT_KEYS, (("id", False),))
        least = {
            "min_ram": count_of(req.GET.get("minRam", 0), _MOST),
            "min_disk": count_of(req.GET.get("minDisk", 0), _MOST),
        }
        with http_errors():
            flavors, more = self.compute_api.get_flavors(req.context, page, **least)
        return common.collection(req, "flavors", [view(req, flavor) for flavor in flavors], more)


class Flavors(APIExtension):
    """Flavors: memory, disk and processors of servers."""

    name = "Flavors"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``flavors``."""
        return [
            ResourceExtension(
                ALIAS, FlavorsController(), member_name="flavor", collection_actions={"detail": "GET"}
            )
        ]
