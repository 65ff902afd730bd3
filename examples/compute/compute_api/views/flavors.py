"""What clients see of flavors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apirouter.wsgi import Request
    from compute_api.store.flavors import Flavor


def basic(req: Request, flavor: Flavor) -> dict[str, Any]:
    """Return what a list without details has."""
    return {"id": flavor.id, "name": flavor.name, "links": req.links("flavors", id=flavor.id)}


def show(req: Request, flavor: Flavor) -> dict[str, Any]:
    """Return all there is."""
    return {
        **basic(req, flavor),
        "ram": flavor.ram,
        "disk": flavor.disk,
        "vcpus": flavor.vcpus,
        # The field's clients expect a text for none.
        "swap": flavor.swap or "",
        "rxtx_factor": flavor.rxtx_factor,
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral,
        "OS-FLV-DISABLED:disabled": flavor.disabled,
        "os-flavor-access:is_public": flavor.is_public,
    }
