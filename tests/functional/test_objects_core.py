"""Object dispatch on the router's own core: policy, schemas, microversions, media types, the INI."""

from __future__ import annotations

import html
import threading
from pathlib import Path
from typing import Any

import paste.deploy
import pytest
from oslo_policy.policy import RuleDefault

from apirouter import policy, validation, wsgi
from apirouter.context import RequestContext
from apirouter.errors import ControllerError
from apirouter.objectdispatch import (
    ObjectApp,
    ObjectSettings,
    Request,
    RestController,
    abort,
    conf,
    context,
    expose,
    load_app,
    override_template,
    render,
    request,
    response,
)
from apirouter.policy import Policy
from tests.functional.objects import client, message, served

CREATE = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}},
    "required": ["name"],
    "additionalProperties": False,
}
VERSIONED = {"service_type": "compute", "min_version": "2.1", "max_version": "2.9", "default_version": "2.1"}


class Servers(RestController):
    @expose("json")
    @wsgi.response(202)
    @validation.schema(CREATE)
    def post(self, name: str) -> Any:
        return {"name": name}

    @expose("json")
    @validation.schema(CREATE)
    def put(self, id: str, body: Any) -> Any:
        return {"id": id, "body": body}

    @expose("json")
    @wsgi.expected_errors(404)
    def get_one(self, id: str) -> Any:
        abort(404 if id == "404" else 409)

    @expose("json")
    @validation.query_schema(
        {
            "type": "object",
            "properties": {
                "limit": validation.parameter_types.single_param({"type": "string", "pattern": "^[0-9]+$"})
            },
            "additionalProperties": True,
        }
    )
    def get_all(self, limit: str = "10", **kw: Any) -> Any:
        return [limit, kw]


class Root:
    servers = Servers()


def test_bodies_and_queries_are_checked_by_schemas() -> None:
    app = served(Root())
    assert app.post_json("/servers", {"name": "a"}, status=202).json == {"name": "a"}
    assert "'name' is a required property" in message(app.post_json("/servers", {}, status=400))
    assert "extra" in message(app.post_json("/servers", {"name": "a", "extra": 1}, status=400))
    assert app.put_json("/servers/1", {"name": "b"}).json == {"id": "1", "body": {"name": "b"}}
    assert app.post("/servers", b"<x/>", content_type="application/xml", status=415).json["badMediaType"]
    assert app.get("/servers?limit=5").json == ["5", {}]
    app.get("/servers?limit=x", status=400)


def test_errors_that_are_not_expected_are_the_servers() -> None:
    app = served(Root())
    app.get("/servers/404", status=404)
    app.get("/servers/1", status=500)


def test_microversions_are_negotiated_and_said() -> None:
    class Versioned(wsgi.Controller):
        @expose("json")
        @wsgi.api_version("2.1", "2.3")
        def show(self) -> Any:
            return "old"

        @expose("json")
        @wsgi.api_version("2.4", "2.6")
        def show(self, detail: str = "-") -> Any:
            return ["new", detail, str(request.api_version)]

    app = served(Versioned(), **VERSIONED)
    reply = app.get("/show")
    assert (reply.json, reply.headers["OpenStack-API-Version"]) == ("old", "compute 2.1")
    reply = app.get("/show?detail=x", headers={"OpenStack-API-Version": "compute 2.5"})
    assert reply.json == ["new", "x", "2.5"]
    app.get("/show", headers={"OpenStack-API-Version": "compute 2.8"}, status=404)
    reply = app.get("/nothing", headers={"OpenStack-API-Version": "compute 9.9"}, status=406)
    assert "OpenStack-API-Version" in reply.headers["Vary"]
    with pytest.raises(Exception, match="this service has none"):
        ObjectApp(Versioned())


def authority() -> Policy:
    return Policy.load(
        [("tests", [RuleDefault("x:own", "user_id:%(user_id)s"), RuleDefault("x:admin", "role:admin")])]
    )


class Guarded:
    @expose("json")
    @policy.authorize("x:own", lambda req, owner, **_: {"user_id": owner})
    def mine(self, owner: str) -> Any:
        return [owner, context.user_id]

    @expose("json")
    @policy.authorize("x:admin")
    def admin(self) -> Any:
        return context.can("x:admin", fatal=False)


def test_policy_is_asked_with_the_paths_arguments() -> None:
    app = served(Guarded(), authority=authority())
    me = {"apirouter.context": RequestContext("me", "p")}
    assert app.get("/mine/me", extra_environ=me).json == ["me", "me"]
    assert "x:own" in message(app.get("/mine/you", extra_environ=me, status=403))
    app.get("/admin", extra_environ=me, status=403)
    app.get("/admin", status=401)
    root = {"apirouter.context": RequestContext("me", "p", roles=["admin"])}
    assert app.get("/admin", extra_environ=root).json is True


def test_a_rule_that_nobody_defined_is_refused_at_load() -> None:
    with pytest.raises(ControllerError, match="its rule 'x:(own|admin)' is defined by nobody"):
        ObjectApp(Guarded())


def test_vendor_media_types_are_json_too() -> None:
    app = served(Root(), media_types="application/json application/vnd.openstack.compute+json")
    vendor = "application/vnd.openstack.compute+json"
    reply = app.put("/servers/1", '{"name": "x"}', headers={"Accept": vendor}, content_type=vendor)
    assert (reply.content_type, reply.json["body"]) == (vendor, {"name": "x"})


@pytest.mark.parametrize("template", ["json", "json:"])
def test_nothing_is_null_where_a_json_template_makes_the_reply(template: str) -> None:
    class Top:
        @expose(template, content_type="application/json")
        def stamped(self) -> None:
            response.status = 202

        @expose()
        def overridden(self) -> None:
            override_template(template)
            response.status = 202

    app = served(Top())
    for path in ("/stamped", "/overridden"):
        reply = app.get(path, status=202)
        assert (path, reply.text, reply.content_type) == (path, "null", "application/json")


def test_a_response_object_has_its_own_status() -> None:
    class Top:
        @expose("json")
        def made(self) -> Any:
            return wsgi.ResponseObject({"a": 1}, 201, {"X-A": "b"})

    reply = served(Top()).get("/made", status=201)
    assert (reply.json, reply.headers["X-A"], reply.content_type) == ({"a": 1}, "b", "application/json")


INI = """
[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/v2: api
/objects: objects

[app:api]
paste.app_factory = apirouter.routing.router:APIRouter.factory
mapper = plain

[app:objects]
paste.app_factory = apirouter.objectdispatch:app_factory
root = tests.functional.test_objects_core:IniRoot
force_canonical = false
errors = 404=/error/404
hooks = tests.functional.test_objects_hooks:NamedHook
"""


class IniRoot:
    @expose("json")
    def index(self) -> Any:
        return {"script": request.script_name}

    @expose("json")
    def error(self, status: str) -> Any:
        return {"page": status}


def test_an_ini_mounts_it_beside_a_router(tmp_path: Path) -> None:
    file = tmp_path / "api-paste.ini"
    file.write_text(INI)
    app = client(paste.deploy.loadapp(f"config:{file}", name="main"))
    assert app.get("/v2/extensions").json == {"extensions": []}
    reply = app.get("/objects/")
    assert (reply.json, reply.headers["X-Named"]) == ({"script": "/objects"}, "yes")
    assert app.get("/objects").json == {"script": "/objects"}
    assert app.get("/objects/nowhere", status=404).json == {"page": "404"}


def test_a_python_file_configures_it(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text(
        "server = {'port': '8080', 'host': '0.0.0.0'}\n"
        "app = {'root': 'tests.functional.test_objects_core.ConfRoot', 'modules': ['tests'],\n"
        "       'template_path': '%(confdir)s/templates', 'debug': True,\n"
        "       'errors': {404: '/error/404', '__force_dict__': True}}\n"
    )
    application = load_app(str(file))
    assert client(application).get("/").json == ["8080", str(tmp_path / "templates")]
    assert client(application).get("/x", status=404).json == "404"
    from_ini = ObjectApp.from_conf({}, {"config": str(file), "root": f"{__name__}:ConfRoot"})
    assert client(from_ini).get("/").json == ["8080", str(tmp_path / "templates")]
    assert client(load_app({"app": {"root": f"{__name__}.ConfRoot"}})).get("/").json == ["8080", ""]


class ConfRoot:
    @expose("json")
    def index(self) -> Any:
        return [conf.server.port, conf.app.template_path]

    @expose("json")
    def error(self, status: str) -> Any:
        return status


def test_applications_inside_applications_keep_apart() -> None:
    class Inner:
        @expose("json")
        def _default(self, *args: str) -> Any:
            response.headers["X-Inner"] = "yes"
            assert isinstance(request, Request)
            return request.path_info

    inner = ObjectApp(Inner())

    class Outer:
        @expose("json")
        def index(self) -> Any:
            environ = {**request.environ, "PATH_INFO": "/", "QUERY_STRING": "inner=1"}
            reply = Request(environ).get_response(inner)
            response.headers["X-Outer"] = request.path
            return [reply.json, request.query_string]

        @expose()
        def mounted(self) -> Any:
            return inner

    app = served(Outer())
    reply = app.get("/?outer=1")
    assert reply.json == ["/", "outer=1"]
    assert "X-Inner" not in reply.headers
    assert reply.headers["X-Outer"] == "/"
    assert app.get("/mounted").json == "/mounted"
    with pytest.raises(AttributeError, match="no request is being answered"):
        _ = request.path


def test_what_is_streamed_still_knows_its_request() -> None:
    class Top:
        @expose(content_type="text/plain")
        def parts(self) -> Any:
            for n in range(3):
                yield f"{n}{request.path} "

    reply = served(Top()).get("/parts")
    assert (reply.text, reply.content_type) == ("0/parts 1/parts 2/parts ", "text/plain")


def test_each_thread_has_its_own_request() -> None:
    barrier = threading.Barrier(4, timeout=10)

    class Top:
        @expose("json")
        def index(self, me: str) -> Any:
            barrier.wait()
            response.headers["X-Me"] = me
            barrier.wait()
            return [me, request.GET["me"]]

    application, replies = ObjectApp(Top()), {}

    def ask(me: str) -> None:
        replies[me] = client(application).get(f"/?me={me}")

    threads = [threading.Thread(target=ask, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {me: (r.json, r.headers["X-Me"]) for me, r in replies.items()} == {
        str(n): ([str(n), str(n)], str(n)) for n in range(4)
    }


def test_templates_escape_and_are_rendered_by_name(tmp_path: Path) -> None:
    pytest.importorskip("mako")
    pytest.importorskip("jinja2")
    (tmp_path / "a.html").write_text("<p>${name}</p>")
    (tmp_path / "b.html").write_text("<p>{{ name }}</p>")

    class Top:
        @expose("a.html")
        def mako(self, name: str) -> Any:
            return {"name": name}

        @expose("jinja:b.html")
        def jinja(self, name: str) -> Any:
            return {"name": name}

        @expose()
        def code(self, name: str) -> Any:
            return render("jinja2:b.html", {"name": name})

    app = served(Top(), template_path=str(tmp_path))
    for path in ("/mako/<b>", "/jinja/<b>", "/code/<b>"):
        assert app.get(path).text == "<p>&lt;b&gt;</p>"


def test_static_files_are_served_in_development_only(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("p {}")
    app = served(Root(), static_root=str(tmp_path), debug=True)
    assert app.get("/style.css").content_type == "text/css"
    app.get("/../secret", status=404)
    app.post("/style.css", status=404)
    served(Root(), static_root=str(tmp_path)).get("/style.css", status=404)


def test_settings_have_the_routers_options_too() -> None:
    settings = ObjectSettings.from_conf(
        {"service_type": "x", "force_canonical": "off"}, inherited={"debug": "on"}
    )
    assert (settings.service_type, settings.force_canonical, settings.debug) == ("x", False, True)


def test_errors_can_be_negotiated() -> None:
    app = served(Root(), error_format="negotiated")
    assert app.get("/x", status=404).content_type == "text/plain"
    assert app.get("/x", headers={"Accept": "text/html"}, status=404).content_type == "text/html"
    assert app.get("/x", headers={"Accept": "application/json"}, status=404).json["code"] == 404


@pytest.mark.parametrize("accept", ["text/plain", "text/html", "application/json"])
@pytest.mark.parametrize(("status", "detail"), [(405, "Ask & ye shall"), (501, "Not yet"), (409, "Taken")])
def test_a_negotiated_error_shows_its_message_whatever_its_status(
    accept: str, status: int, detail: str
) -> None:
    class Top:
        @expose()
        def index(self) -> Any:
            abort(status, detail)

    headers = {"Accept": f"{accept}, */*;q=0.1"}
    reply = served(Top(), error_format="negotiated").get("/", headers=headers, status=status)
    assert reply.content_type == accept
    assert html.unescape(reply.text).count(detail) == 1
    assert "$" not in reply.text


def test_a_crash_at_debug_logs_no_token_and_a_path_ends_no_line(caplog: pytest.LogCaptureFixture) -> None:
    class Root:
        @expose()
        def index(self) -> Any:
            raise RuntimeError(f"can't do it for {request.headers['X-Auth-Token']}")

        @expose()
        def named(self, name: str) -> Any:
            return {}

    caplog.set_level("DEBUG")
    app = served(Root(), debug=True, error_format="json")
    app.get("/", headers={"X-Auth-Token": "open-sesame"}, status=500)
    assert "can't do it for ***" in caplog.text
    assert "open-sesame" not in caplog.text
    caplog.clear()
    app.get("/named/a%E2%80%A8ERROR forged")
    assert "is answered by" in caplog.text
    assert "\u2028ERROR forged" not in caplog.text
