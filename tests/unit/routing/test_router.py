"""The whole application, from an INI section to a reply."""

from __future__ import annotations

import logging
import textwrap

import pytest
import webob.exc
import webtest
from paste.deploy import loadapp

from apirouter import wsgi
from apirouter.context import RequestContext
from apirouter.errors import ConfigError, PluginError
from apirouter.extensions import ResourceExtension
from apirouter.faults import Fault
from apirouter.hooks import Hook
from apirouter.microversion import Version
from apirouter.routing.router import APIRouter
from tests.support import ask, context, fault, plugin, router_for, router_of

VOLUMES = '''
from apirouter import wsgi
from apirouter.extensions import APIExtension, ResourceExtension

class Missing(Exception):
    """The service's own."""

class Controller(wsgi.Controller):
    @wsgi.api_version("3.1")
    @wsgi.expected_errors(404)
    def show(self, req, id):
        raise Missing("no volume " + id)

    def index(self, req):
        return {"who": req.context.user_id, "same": req.environ["volume.context"] is req.context}

    def delete(self, req, id):
        raise RuntimeError("bug")

class Plugin(APIExtension):
    """Volumes."""

    name, alias, version = "Volumes", "volumes", 1

    def get_resources(self):
        return [ResourceExtension("volumes", Controller(), member_name="volume")]
'''


@pytest.fixture
def volume_app(tmp_path, monkeypatch):
    """A service of other names, by settings alone."""
    info = tmp_path / "mu_volume-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mu-volume\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[volume.v3.extensions]\nvolumes = mu_volume:Plugin\n")
    (tmp_path / "mu_volume.py").write_text(VOLUMES)
    monkeypatch.syspath_prepend(str(tmp_path))
    ini = tmp_path / "api-paste.ini"
    ini.write_text(
        textwrap.dedent(
            """
            [DEFAULT]
            service_type = volume
            something_else = ignored

            [app:main]
            paste.app_factory = apirouter.routing.router:APIRouter.factory
            namespace = volume.v3.extensions
            version_header = OpenStack-API-Version
            min_version = 3.0
            max_version = 3.27
            mapper = plain
            context_key = volume.context
            fault_names = 404=notFound 500=brokenVolume
            exceptions = mu_volume:Missing=404
            default_fault = volumeError
            """
        )
    )
    yield loadapp(f"config:{ini}")
    import sys

    sys.modules.pop("mu_volume", None)


def test_a_service_of_other_names_needs_settings_and_no_subclass(volume_app):
    headers = {"OpenStack-API-Version": "volume 3.5"}
    shown = ask(volume_app, "/volumes/v1", headers=headers)
    assert fault(shown) == ("notFound", 404, "no volume v1")
    assert shown.headers["OpenStack-API-Version"] == "volume 3.5"
    assert fault(ask(volume_app, "/volumes/v1"))[:2] == ("notFound", 404)
    assert fault(ask(volume_app, "/volumes/1", "DELETE"))[0] == "brokenVolume"
    assert (
        fault(ask(volume_app, "/volumes", headers={"OpenStack-API-Version": "volume 9.9"}))[0]
        == "volumeError"
    )
    who = ask(volume_app, "/volumes", environ={"volume.context": RequestContext("u", "p")})
    assert who.json == {"who": "u", "same": True}


def test_an_unknown_option_of_an_ini_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="unknown option 'mapprr'; did you mean 'mapper'"):
        APIRouter.factory({}, mapprr="plain")


def test_a_subclass_s_factory_makes_the_subclass():
    class Router(APIRouter):
        max_version = "2.5"

    made = Router.factory({"service_type": "compute"})
    assert type(made) is Router
    assert (made.settings.service_type, made.settings.max_version) == ("compute", Version(2, 5))


class Things(wsgi.Controller):
    """Serves."""

    def index(self, req):
        return {"services": dict(req.context.services), "can": req.context.can("x", fatal=False)}

    def show(self, req, id):
        return {"id": id, "route": req.environ["apirouter.route"]}


def test_a_context_of_ours_is_given_services_and_policy():
    router = APIRouter(
        router_for(Things()).settings,
        plugins=[plugin("things", ResourceExtension("things", Things()))],
        services={"database": "db"},
    )
    assert ask(router, context=context()).json == {"services": {"database": "db"}, "can": False}


def test_the_route_is_told_as_a_template_without_the_client_s_values():
    reply = ask(router_for(Things()), "/abc/things/5", environ={"SCRIPT_NAME": "/v2.1"})
    assert reply.json == {"id": "5", "route": "/v2.1/{project_id}/things/{id}"}


def test_the_log_names_the_method_that_answers(caplog):
    caplog.set_level(logging.DEBUG)
    ask(router_for(Things()), "/things/5")
    assert "GET /{project_id}/things/{id}" in caplog.text or "GET /things/{id} is answered by" in caplog.text
    assert "Things.show" in caplog.text


def test_the_log_names_the_implementation_of_the_version_asked_for(caplog):
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.3")
        @wsgi.action("kick")
        def _kick(self, req, id, body):
            return {}

        @wsgi.api_version("2.4")
        @wsgi.action("kick")
        def _kick_hard(self, req, id, body):
            return {}

    caplog.set_level(logging.DEBUG)
    app = router_for(Things(), member_actions={"action": "POST"})
    ask(app, "/things/1/action", "POST", {"kick": {}}, version="2.4")
    assert "{kick} is answered by" in caplog.text
    assert caplog.text.count("is answered by") == 1
    assert "Things._kick_hard" in caplog.text


def test_a_fault_that_a_method_returns_is_worded_as_the_service_words_its_faults():
    class Things(wsgi.Controller):
        def index(self, req):
            return Fault(webob.exc.HTTPPaymentRequired(explanation="First pay."))

    assert fault(ask(router_for(Things()))) == ("computeFault", 402, "First pay.")


class Before(Hook):
    def before(self, state):
        state.seen = True


@pytest.mark.parametrize("hooks", [[], [Before()]])
def test_a_controller_that_exits_answers_a_fault_and_leaves_no_client_waiting(hooks, caplog):
    class Exits(wsgi.Controller):
        __hooks__ = hooks

        def index(self, req):
            raise SystemExit(3)

    name, code, _ = fault(ask(router_for(Exits())))
    assert (name, code) == ("computeFault", 500)
    assert "Unexpected SystemExit in GET " in caplog.text


def test_debug_logs_clients_errors_too(caplog):
    caplog.set_level(logging.DEBUG)
    router = router_for(Things(), options={"debug": "true"})
    ask(router, "/things", "PATCH")
    assert "MethodNotAllowed" in caplog.text


def test_ids_of_any_bytes_arrive_as_text_or_are_a_400():
    router = router_for(Things())
    assert ask(router, "/things/%C3%A9").json["id"] == "\u00e9"
    assert ask(router, "/things/%FF").status_int == 400


@pytest.mark.parametrize(
    "path", ["/things/..%2F..%2Fetc", "/things/%2e%2e", "/things/a%20b", "/things/" + "x" * 100_000]
)
def test_odd_ids_are_ids_or_nothing(path):
    assert ask(router_for(Things()), path).status_int in (200, 404)


def test_a_host_header_decides_no_path():
    reply = ask(router_for(Things()), "/nothing", headers={"Host": "h/things/5?x="})
    assert reply.status_int == 404


def test_a_policy_rule_without_a_policy_refuses_the_boot_or_leaves_the_plugin_out():
    from apirouter import policy

    class Ruled(wsgi.Controller):
        @policy.authorize("compute:nobody")
        def index(self, req):
            return {}

    ruled = plugin("ruled", ResourceExtension("ruled", Ruled()))
    good = plugin("things", ResourceExtension("things", Things()))
    with pytest.raises(PluginError, match="its rule 'compute:nobody' is defined by nobody"):
        router_of(ruled, good)
    router = router_of(ruled, good, on_load_failure="skip")
    assert [p.state for p in router.plugins] == ["failed", "loaded"]
    assert ask(router, "/things/5").status_int == 200


def test_what_depends_on_a_plugin_that_was_left_out_is_left_out_too():
    class Extends(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            pass

    bad = plugin("bad", ResourceExtension("bad", None))
    after = plugin("after", extends={"bad": Extends()})
    child = plugin("child", ResourceExtension("child", Things(), inherits="bad"))
    good = plugin("things", ResourceExtension("things", Things()))
    router = router_of(bad, after, child, good, on_load_failure="skip")
    assert {p.alias: p.state for p in router.plugins} == {
        "bad": "failed",
        "after": "failed",
        "child": "failed",
        "things": "loaded",
    }


def test_two_routers_share_nothing():
    one, two = (
        router_for(Things()),
        router_for(Things(), options={"service_type": "other", "max_version": "2.2"}),
    )
    assert ask(one, "/things/1", version="2.50").status_int == 200
    assert ask(two, "/things/1", headers={"OpenStack-API-Version": "other 2.50"}).status_int == 406
    assert ask(one, "/things/1", version="2.50").headers["OpenStack-API-Version"] == "compute 2.50"


def test_a_request_without_its_method_is_a_clean_500():
    environ = webtest.TestRequest.blank("/things").environ
    del environ["REQUEST_METHOD"]
    seen = []
    body = b"".join(router_for(Things())(environ, lambda status, headers: seen.append(status)))
    assert seen == ["500 Internal Server Error"]
    assert b"computeFault" in body


def test_debug_cuts_a_method_that_nobody_knows(caplog):
    caplog.set_level(logging.DEBUG)
    environ = webtest.TestRequest.blank("/things", {"REQUEST_METHOD": "X" * 5000}).environ
    router_for(Things(), options={"debug": "true"})(environ, lambda status, headers: None)
    assert "X" * 29 + "... " in caplog.text
    assert "X" * 33 not in caplog.text
