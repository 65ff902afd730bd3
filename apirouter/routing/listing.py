"""The built-in resource that lists the loaded plugins: ``GET /extensions``, ``GET /extensions/{alias}``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import webob.exc

from apirouter.controller import Controller
from apirouter.errors import clip, safe_text
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.routing.plugins import LOADED
from apirouter.stamps import expected_errors

if TYPE_CHECKING:
    from apirouter.routing.router import APIRouter


class ExtensionsController(Controller):
    """Shows the plugins of one router.

    :param router: the router.
    """

    def __init__(self, router: APIRouter) -> None:
        super().__init__()
        self._router = router

    @expected_errors(())
    def index(self, req: Any) -> dict[str, Any]:
        """List the plugins that the caller may see."""
        return {"extensions": [describe(e) for e in self._visible(req)]}

    @expected_errors(404)
    def show(self, req: Any, id: str) -> dict[str, Any]:
        """Show one plugin by its alias."""
        for extension in self._visible(req):
            if extension.alias == id:
                return {"extension": describe(extension)}
        raise webob.exc.HTTPNotFound(explanation=f"There is no extension {clip(id)}")

    def _visible(self, req: Any) -> list[Any]:
        loaded = [p.extension for p in self._router.plugins if p.state == LOADED]
        return sorted((e for e in loaded if self._may_see(req, e)), key=lambda e: str(e.alias))

    def _may_see(self, req: Any, extension: Any) -> bool:
        authority: Any = self._router.service.authority
        rule = rule_of(self._router.settings.policy_prefix, extension.alias)
        if not rule or authority is None or not authority.defined(rule):
            return True
        context = req.context
        return context is not None and bool(authority.authorize(context, rule, None))


def rule_of(prefix: str, alias: str) -> str:
    """Return the name of the rule that hides a plugin from the list; empty where none does.

    :param prefix: the service's setting ``policy_prefix``.
    :param alias: the plugin's.
    """
    return f"{prefix}:{alias}:discoverable" if prefix else ""


def describe(extension: Any) -> dict[str, Any]:
    """Return what clients are told of a plugin."""
    return {
        "name": extension.name,
        "alias": extension.alias,
        "description": inspect.cleandoc(_text(type(extension).__doc__)),
        "namespace": _text(getattr(extension, "namespace", "")),
        "updated": _text(getattr(extension, "updated", "")),
        "links": [],
    }


def _text(value: Any) -> str:
    """Return what a plugin says of itself as text, whatever it is; nothing for nothing."""
    return value if isinstance(value, str) else safe_text(value) if value else ""


class Extensions(APIExtension):
    """Extension information."""

    name = "Extensions"
    alias = "extensions"
    version = 1

    def __init__(self, router: APIRouter) -> None:
        super().__init__()
        self._controller = ExtensionsController(router)

    def get_resources(self) -> list[ResourceExtension]:
        """Return the resource ``extensions``."""
        return [ResourceExtension("extensions", self._controller, member_name="extension")]
