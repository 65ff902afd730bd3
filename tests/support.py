"""Routers, plugins and clients for tests: the shortest way from a controller to a reply."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import webtest

from apirouter.context import RequestContext
from apirouter.dispatch.settings import Settings
from apirouter.extensions import APIExtension, ControllerExtension, ResourceExtension
from apirouter.routing.router import APIRouter

#: The settings of the examples in the requirement.
COMPUTE = {
    "service_type": "compute",
    "min_version": "2.1",
    "max_version": "2.90",
    "legacy_version_header": "X-OpenStack-Nova-API-Version",
    "media_types": "application/json application/vnd.openstack.compute+json",
    "context_key": "nova.context",
}

MODERN, LEGACY = "OpenStack-API-Version", "X-OpenStack-Nova-API-Version"


def settings_of(**options: Any) -> Settings:
    """Settings as an INI section gives them, those of the examples where nothing else is said."""
    return Settings.from_conf({**COMPUTE, **options})


def plugin(
    alias: str,
    *resources: ResourceExtension,
    extends: Mapping[str, Any] | None = None,
    **attributes: Any,
) -> type[APIExtension]:
    """A plugin class with resources, and with controllers that extend collections."""

    def get_resources(self):
        return list(resources)

    def get_controller_extensions(self):
        return [
            ControllerExtension(self, collection, controller)
            for collection, controllers in (extends or {}).items()
            for controller in (controllers if isinstance(controllers, list) else [controllers])
        ]

    said = {"name": alias.title(), "alias": alias, "version": 1, "__doc__": f"The plugin {alias}."}
    return type(
        f"Plugin{alias.title().replace('-', '')}",
        (APIExtension,),
        {
            "get_resources": get_resources,
            "get_controller_extensions": get_controller_extensions,
            **said,
            **attributes,
        },
    )


def router_of(*plugins: Any, **options: Any) -> APIRouter:
    """A router of plugins, with the settings of the examples."""
    return APIRouter(settings_of(**options), plugins=plugins)


def router_for(controller: Any, *, extends: Any = None, options: Any = None, **resource: Any) -> APIRouter:
    """A router of one collection, ``things``."""
    plugins = [plugin("things", ResourceExtension("things", controller, member_name="thing", **resource))]
    if extends is not None:
        plugins.append(plugin("more", extends={"things": extends}))
    return router_of(*plugins, **(options or {}))


def client(app: Any, **environ: Any) -> webtest.TestApp:
    """A client that checks both sides by PEP 3333, and lets any status pass."""
    return webtest.TestApp(app, extra_environ=environ or None, lint=True)


def ask(app: Any, path: str = "/things", method: str = "GET", body: Any = None, **more: Any) -> Any:
    """One request; any status passes.

    :param body: bytes as they are, None for none, anything else as JSON.
    :param more: ``headers``, ``version``, ``context``, ``environ``, ``content_type``.
    """
    headers = dict(more.get("headers") or {})
    if "version" in more:
        headers[MODERN] = f"compute {more['version']}"
    environ = {**(more.get("environ") or {})}
    if "context" in more:
        environ["nova.context"] = more["context"]
    request = webtest.TestRequest.blank(path, environ, headers=headers)
    request.method = method
    if body is not None:
        if isinstance(body, bytes):
            request.body = body
        else:
            request.json_body = body
            request.content_type = "application/json"
    if "content_type" in more:
        request.content_type = more["content_type"]
        if more["content_type"] is None:
            request.environ.pop("CONTENT_TYPE", None)
    return client(app).do_request(request, status="*", expect_errors=True)


def fault(reply: Any) -> tuple[str, int, str]:
    """The one fault of a reply: its name, code and message; the code is the status."""
    assert reply.content_type == "application/json"
    ((name, told),) = reply.json.items()
    assert told["code"] == reply.status_int
    return name, told["code"], told["message"]


def context(project: str = "abc", **more: Any) -> RequestContext:
    """Somebody who asks."""
    return RequestContext("user", project, **more)


class Input(io.RawIOBase):
    """A request's body as some servers hand it out: in small pieces, and counted.

    :param data: the body.
    :param piece: the most that one read returns.
    """

    def __init__(self, data: bytes, piece: int = 7) -> None:
        super().__init__()
        self._inner, self._piece, self.asked = io.BytesIO(data), piece, 0

    def read(self, size: int = -1) -> bytes:
        self.asked += 1
        return self._inner.read(min(self._piece, size) if size >= 0 else self._piece)
