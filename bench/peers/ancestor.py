"""The service the ancestor's way: PasteDeploy, stevedore, a mapper of Routes with RoutesMiddleware, WebOb.

Every route is connected twice, below ``/{project_id}`` and without, by ``routes.Mapper.resource``, which adds
a twin with a format to each; a request tries them in turn.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import paste.deploy
import routes
import routes.middleware
import stevedore.enabled
import webob.dec
import webob.exc

from bench.peers import Application, deployed, work
from bench.peers import ancestor_wsgi as wsgi

FILTERS = {
    "cors": "Cors",
    "http_proxy_to_wsgi": "HTTPProxyToWSGI",
    "compute_req_id": "ComputeReqId",
    "request_log": "RequestLog",
    "faultwrap": "FaultWrapper",
    "sizelimit": "RequestBodySizeLimiter",
    "osprofiler": "Profiler",
    "noauth2": "NoAuth",
}

INI = """
[DEFAULT]
auth_strategy = noauth2

[composite:main]
use = call:bench.peers.ancestor:urlmap
/: versions
/v2.1: api

[composite:api]
use = call:bench.peers.ancestor:pipeline
noauth2 = {filters} router
keystone = {filters} router

[app:router]
paste.app_factory = bench.peers.ancestor:router
namespace = {{namespace}}
schema = %(here)s/create.json

[app:versions]
paste.app_factory = bench.peers.ancestor:versions
"""


# --------------------------------------------------------------------------- plugins


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
    @wsgi.schema(lambda: jsonschema.Draft202012Validator(work.RESIZE))
    def _resize(self, req: Any, id: str, body: Any) -> Any:
        """Resize a thing."""
        return work.resized(self.name, id, body)


def creating(schema: Any) -> type[Things]:
    """Return the controller class whose ``create`` is checked by a schema.

    :param schema: the schema.
    """

    class Creating(Things):
        @wsgi.response(202)
        @wsgi.expected_errors((400, 409))
        @wsgi.schema(lambda: jsonschema.Draft202012Validator(schema))
        def create(self, req: Any, body: Any) -> Any:
            """Make a thing."""
            return work.created(self.name, body)

    return Creating


class Tags(wsgi.Controller):
    """Extends a thing."""

    @wsgi.extends
    def show(self, req: Any, resp_obj: Any, id: str) -> None:
        """Add tags."""
        work.extend(resp_obj.obj)


class Versioned(wsgi.Controller):
    """Answers by version."""

    show = wsgi.versions(
        ((2, 1), (2, 4), lambda self, req, id: work.versioned(id, False)),
        ((2, 5), wsgi.MAX_VERSION, lambda self, req, id: work.versioned(id, True)),
    )


class Guarded(wsgi.Controller):
    """Answers whom the pipeline lets in."""

    def show(self, req: Any, id: str) -> Any:
        """Show a thing."""
        return work.guarded(id)


class Plugin:
    """The base of a plugin: what it brings, and what it extends."""

    name, alias, version = "", "", 1
    controllers: dict[str, Any] = {}
    extends: tuple[str, ...] = ()

    def get_resources(self, things: type[Things]) -> list[tuple[str, wsgi.Controller]]:
        """Return collections and their controllers."""
        return [(name, kind() if kind else things(name)) for name, kind in self.controllers.items()]

    def get_controller_extensions(self) -> list[tuple[str, wsgi.Controller]]:
        """Return collections and what extends them."""
        return [(name, Tags()) for name in self.extends]


def plugins(size: int) -> dict[str, type[Plugin]]:
    """Return the plugins of a table by their entry points' names."""
    made = {
        alias: {"controllers": {f"things{number}": None for number in numbers}}
        for alias, numbers in deployed.shares(size)
    }
    said: dict[str, dict[str, Any]] = {
        **made,
        "extra": {"controllers": {"versioned": Versioned, "guarded": Guarded}},
        "tags": {"extends": tuple(work.names(size))},
    }
    return {
        alias: type(alias, (Plugin,), {"name": alias.title(), "alias": alias, **members})
        for alias, members in said.items()
    }


# --------------------------------------------------------------------------- what the INI names


class ProjectMapper(routes.Mapper):  # type: ignore[misc]
    """A mapper of resources with and without a project."""

    def resource(self, member_name: str, collection_name: str, **kwargs: Any) -> None:
        """Connect the routes of a resource twice."""
        for prefix in ("{project_id:[0-9a-f\\-]+}/", ""):
            routes.Mapper.resource(self, member_name, collection_name, **{**kwargs, "path_prefix": prefix})


class Router:
    """The application at the end of the pipeline.

    :param namespace: the entry-point group of its plugins.
    :param things: the class of the collections' controllers.
    """

    def __init__(self, namespace: str, things: type[Things]) -> None:
        self.resources: dict[str, wsgi.Resource] = {}
        mapper = ProjectMapper()
        manager = stevedore.enabled.EnabledExtensionManager(
            namespace=namespace, check_func=self._usable, invoke_on_load=True
        )
        for extension in manager:
            for name, controller in extension.obj.get_resources(things):
                resource = self.resources[name] = wsgi.Resource(controller)
                mapper.resource(name, name, controller=resource, member={"action": "POST"})
        for extension in manager:
            for name, controller in extension.obj.get_controller_extensions():
                self.resources[name].register(controller)
        self._router = routes.middleware.RoutesMiddleware(self._dispatch, mapper)

    @staticmethod
    def _usable(extension: Any) -> bool:
        return bool(extension.plugin.name and extension.plugin.alias and extension.plugin.version)

    @webob.dec.wsgify(RequestClass=wsgi.Request)  # type: ignore[untyped-decorator]
    def __call__(self, req: wsgi.Request) -> Any:
        """Answer a request."""
        return self._router

    @staticmethod
    @webob.dec.wsgify(RequestClass=wsgi.Request)  # type: ignore[untyped-decorator]
    def _dispatch(req: wsgi.Request) -> Any:
        match = req.environ["wsgiorg.routing_args"][1]
        if not match:
            return wsgi.Fault(webob.exc.HTTPNotFound())
        return match["controller"]


def router(global_conf: Any, namespace: str, schema: str) -> Router:
    """Make the router (``paste.app_factory``)."""
    return Router(namespace, creating(json.loads(Path(schema).read_text())))


def versions(global_conf: Any) -> Any:
    """Make the application that lists versions (``paste.app_factory``)."""
    return webob.Response(json={"versions": [{"id": "v2.1"}]}, status=300)


def urlmap(loader: Any, global_conf: Any, **local_conf: str) -> Any:
    """Make a composite that picks an application by the longest prefix of the path."""
    mounts = [
        (path.rstrip("/"), loader.get_app(name, global_conf=global_conf)) for path, name in local_conf.items()
    ]
    mounts.sort(key=lambda mount: -len(mount[0]))

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        for prefix, app in mounts:
            if path == prefix or path.startswith(prefix + "/"):
                environ["SCRIPT_NAME"] += prefix
                environ["PATH_INFO"] = path[len(prefix) :]
                return app(environ, start_response)
        return webob.exc.HTTPNotFound()(environ, start_response)

    return application


def pipeline(loader: Any, global_conf: Any, **local_conf: str) -> Any:
    """Make a composite that is a pipeline picked by the strategy of authentication."""
    *filters, app = local_conf[global_conf["auth_strategy"]].split()
    made = loader.get_app(app, global_conf=global_conf)
    for name in reversed(filters):
        made = loader.get_filter(name, global_conf=global_conf)(made)
    return made


# --------------------------------------------------------------------------- as a peer


def write(folder: Path, size: int) -> Path:
    """Write the distribution, the INI and the schema; return the INI's path."""
    from bench.schemas import CREATE

    (folder / "create.json").write_text(json.dumps(CREATE))
    sections = [
        f"[filter:{name}]\npaste.filter_factory = bench.peers.ancestor_filters:{kind}.factory"
        for name, kind in FILTERS.items()
    ]
    ini = INI.format(filters=" ".join(FILTERS)) + "\n" + "\n\n".join(sections) + "\n"
    return deployed.write(folder, size, maker=__name__, ini=ini)


def load(path: Path) -> Application:
    """Return the application that the INI describes."""
    made: Application = paste.deploy.loadapp(f"config:{path}")
    return made


def application(size: int) -> Application:
    """Return the service."""
    return load(deployed.temporary(partial(write, size=size)))
