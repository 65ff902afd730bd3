"""The service as the library serves it: an INI, a pipeline of eight filters, plugins as entry points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from apirouter import extensions, loadapp, validation, wsgi
from bench.peers import Application, deployed, work
from bench.schemas import CREATE

#: The filters of the noauth2 pipeline, outermost first, and what makes each.
FILTERS = {
    "cors": "cors:filter_factory",
    "http_proxy_to_wsgi": "http_proxy_to_wsgi:HTTPProxyToWSGI.factory",
    "compute_req_id": "request_id:ComputeReqIdMiddleware.factory",
    "request_log": "request_log:filter_factory",
    "faultwrap": "faultwrap:FaultWrapper.factory",
    "sizelimit": "sizelimit:RequestBodySizeLimiter.factory",
    "osprofiler": "profiler:filter_factory",
    "noauth2": "noauth2:NoAuthMiddleware.factory",
}

INI = """
[DEFAULT]
auth_strategy = noauth2
service_type = bench
context_key = nova.context

[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/: versions
/v2.1: version
/v2.1/+: api

[composite:api]
use = call:apirouter.deploy.pipeline:pipeline_factory
noauth2 = {filters} router
keystone = {filters} router

[app:router]
paste.app_factory = apirouter.routing.router:APIRouter.factory
namespace = {{namespace}}
legacy_version_header = X-OpenStack-Nova-API-Version
min_version = 2.1
max_version = 2.90
media_types = application/json=json application/vnd.openstack.compute+json=json
version_id = v2.1

[app:versions]
paste.app_factory = apirouter.versions:Versions.factory

[app:version]
paste.app_factory = apirouter.versions:VersionApp.factory
"""


class Things(wsgi.Controller):
    """Answers for one collection.

    :param name: the collection's.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @wsgi.expected_errors(())
    def index(self, req: Any) -> Any:
        """List things."""
        return work.listed()

    @wsgi.expected_errors(404)
    def show(self, req: Any, id: str) -> Any:
        """Show a thing."""
        return work.shown(self.name, id)

    @wsgi.response(202)
    @wsgi.expected_errors((400, 409))
    @validation.schema(CREATE)
    def create(self, req: Any, body: Any) -> Any:
        """Make a thing."""
        return work.created(self.name, body)

    @wsgi.expected_errors(404)
    def update(self, req: Any, id: str, body: Any) -> Any:
        """Change a thing."""
        return work.shown(self.name, id)

    @wsgi.response(204)
    @wsgi.expected_errors(404)
    def delete(self, req: Any, id: str) -> None:
        """Delete a thing."""

    @wsgi.response(202)
    @wsgi.expected_errors((404, 409))
    @wsgi.action("reboot")
    def _reboot(self, req: Any, id: str, body: Any) -> Any:
        """Reboot a thing."""
        return work.rebooted(self.name, id, body)

    @wsgi.response(202)
    @wsgi.expected_errors((404, 409))
    @wsgi.action("resize")
    @validation.schema(work.RESIZE)
    def _resize(self, req: Any, id: str, body: Any) -> Any:
        """Resize a thing."""
        return work.resized(self.name, id, body)


class Tags(wsgi.Controller):
    """Extends a thing."""

    @wsgi.extends
    def show(self, req: Any, resp_obj: Any, id: str) -> None:
        """Add tags."""
        work.extend(resp_obj.obj)


class Versioned(wsgi.Controller):
    """Answers by version."""

    @wsgi.api_version("2.1", "2.4")
    def show(self, req: Any, id: str) -> Any:
        """Show a thing."""
        return work.versioned(id, False)

    @wsgi.api_version("2.5")
    def show(self, req: Any, id: str) -> Any:  # noqa: F811
        """Show a thing and where it is."""
        return work.versioned(id, True)


class Guarded(wsgi.Controller):
    """Answers whom the pipeline lets in."""

    def show(self, req: Any, id: str) -> Any:
        """Show a thing."""
        return work.guarded(id)


def plugins(size: int) -> dict[str, type[Any]]:
    """Return the plugins of a table by their entry points' names.

    :param size: how many resources they bring, beside the versioned and the guarded.
    """
    made: dict[str, type[Any]] = {}
    for alias, numbers in deployed.shares(size):
        controllers = {f"things{number}": Things for number in numbers}
        made[alias] = _plugin(alias, lambda self, c=controllers: _resources(c))
    made["extra"] = _plugin(
        "extra",
        lambda self: [
            extensions.ResourceExtension("versioned", Versioned()),
            extensions.ResourceExtension("guarded", Guarded()),
        ],
    )
    made["tags"] = _plugin(
        "tags",
        lambda self: [],
        lambda self: [extensions.ControllerExtension(self, name, Tags()) for name in work.names(size)],
    )
    return made


def _resources(controllers: dict[str, type[Things]]) -> list[Any]:
    return [
        extensions.ResourceExtension(name, kind(name), member_actions={"action": "POST"})
        for name, kind in controllers.items()
    ]


def _plugin(alias: str, resources: Any, extending: Any = lambda self: []) -> type[Any]:
    """Return a plugin class: what a distribution's author writes out."""
    members = {
        "__doc__": f"The plugin {alias}.",
        "name": alias.title(),
        "alias": alias,
        "version": 1,
        "get_resources": resources,
        "get_controller_extensions": extending,
    }
    return type(alias.title(), (extensions.APIExtension,), members)


def write(folder: Path, size: int, filters: Sequence[str] = tuple(FILTERS)) -> Path:
    """Write the distribution and the INI; return the INI's path.

    :param folder: an empty directory, for ``sys.path``.
    :param size: how many resources.
    :param filters: the pipeline, outermost first: names of :data:`FILTERS`; a second one of a kind is ``cors-2``.
    """
    sections = [
        f"[filter:{name}]\npaste.filter_factory = apirouter.filters.{FILTERS[name.partition('-')[0]]}"
        for name in filters
    ]
    ini = INI.format(filters=" ".join(filters)) + "\n" + "\n\n".join(sections) + "\n"
    return deployed.write(folder, size, maker=__name__, ini=ini)


def load(path: Path) -> Application:
    """Return the application that the INI describes."""
    made: Application = loadapp(f"config:{path}")
    return made


def application(size: int, filters: Sequence[str] = tuple(FILTERS)) -> Application:
    """Return the service.

    :param size: how many resources.
    :param filters: as for :func:`write`.
    """
    return load(deployed.temporary(partial(write, size=size, filters=filters)))
