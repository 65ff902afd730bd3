"""A small service for tests: an installed-looking distribution with plugins, and the INI that composes it."""

from __future__ import annotations

from pathlib import Path

PLUGINS = '''
"""Things."""
import logging
import time
from pathlib import Path

from apirouter import validation, wsgi
from apirouter.extensions import APIExtension, ControllerExtension, ResourceExtension, expected_errors
from demo_api import schemas

LOG = logging.getLogger(__name__)
SHOW = "demo:things:show"


class ThingsController(wsgi.Controller):
    """Answers for things."""

    @expected_errors(())
    def index(self, req):
        """List things."""
        LOG.info("listing")
        return {"things": []}

    @expected_errors(404)
    def show(self, req, id):
        """Show a thing."""
        req.context.can(SHOW)
        return {"thing": {"id": id}}

    @wsgi.api_version("2.1", "2.4")
    @validation.schema(schemas.create)
    def create(self, req, body):
        """Make a thing."""
        return body

    @wsgi.api_version("2.5")
    @validation.schema(schemas.create_v25)
    def create(self, req, body):  # noqa: F811
        """Make a thing, with a colour."""
        return body

    @expected_errors(())
    def slow(self, req):
        """Take as long as the query says; tell in a file when it begins."""
        Path(req.GET["started"]).touch()
        time.sleep(float(req.GET["seconds"]))
        return {"slow": True}

    @wsgi.response(202)
    @wsgi.action("poke")
    def _poke(self, req, id, body):
        """Poke a thing."""

    @wsgi.api_version("2.3")
    @wsgi.action("paint")
    def _paint(self, req, id, body):
        """Paint a thing."""


class Things(APIExtension):
    """Things of the demo."""

    name, alias, version = "Things", "things", 1

    def get_resources(self):
        return [
            ResourceExtension(
                "things",
                ThingsController(),
                member_name="thing",
                collection_actions={"slow": "GET"},
                member_actions={"action": "POST"},
            )
        ]


class MoreController(wsgi.Controller):
    @wsgi.extends
    def show(self, req, resp_obj, id):
        """Add more."""
        resp_obj.obj["thing"]["more"] = True

    @wsgi.action("kick")
    def _kick(self, req, id, body):
        """Kick a thing."""


class More(APIExtension):
    """More of things."""

    name, alias, version = "More", "more", 2

    def get_controller_extensions(self):
        return [ControllerExtension(self, "things", MoreController())]
'''

SCHEMAS = """
create = {"type": "object", "properties": {"name": {"type": "string", "examples": ["a"]}}, "required": ["name"]}
create_v25 = {**create, "properties": {**create["properties"], "colour": {"type": "string"}}}
"""

OTHERS = '''
"""A filter, an application and a server of somebody else's."""
from wsgiref.simple_server import WSGIRequestHandler, make_server


def shout_factory(global_conf):
    """A filter that is a closure."""

    def shout(app):
        def shouting(environ, start_response):
            return app(environ, start_response)

        return shouting

    return shout


class Tagger:
    """A filter that is a class, not one of apirouter's."""

    def __init__(self, app):
        self._app = app

    def __call__(self, environ, start_response):
        return self._app(environ, start_response)


def tag_factory(global_conf, **local_conf):
    return Tagger


def hello(environ, start_response):
    """A WSGI application."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def hello_factory(global_conf, **local_conf):
    return hello


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def server_factory(global_conf, host, port, **options):
    def serve(application):
        make_server(host, int(port), application, handler_class=Quiet).serve_forever()

    return serve
'''

INI = """
[DEFAULT]
colour = green

[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/ = hello
/v2 = things

[app:hello]
paste.app_factory = demo_api.others:hello_factory

[pipeline:things]
pipeline = tag shout thingsapp

[filter:tag]
paste.filter_factory = demo_api.others:tag_factory

[filter:shout]
paste.filter_factory = demo_api.others:shout_factory

[app:thingsapp]
paste.app_factory = apirouter.routing.router:APIRouter.factory
namespace = demo_api.extensions
service_type = demo
min_version = 2.1
max_version = 2.9

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = 0

[server:other]
paste.server_factory = demo_api.others:server_factory
host = 127.0.0.1
port = 1
"""


def write(directory: Path) -> Path:
    """Write the distribution and its INI; return the INI's path.

    :param directory: goes onto ``sys.path``.
    """
    package = directory / "demo_api"
    package.mkdir()
    for name, text in (("plugins", PLUGINS), ("schemas", SCHEMAS), ("others", OTHERS), ("__init__", "")):
        (package / f"{name}.py").write_text(text)
    info = directory / "demo_api-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo-api\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[demo_api.extensions]\nthings = demo_api.plugins:Things\nmore = demo_api.plugins:More\n"
    )
    ini = directory / "demo.ini"
    ini.write_text(INI)
    return ini
