"""Plugins become resources, routes and endpoints; each method is checked against what leads to it."""

from __future__ import annotations

import functools
import itertools

import pytest

from apirouter import validation, wsgi
from apirouter.errors import PluginError
from apirouter.extensions import ControllerExtension, ResourceExtension
from apirouter.routing.router import APIRouter
from tests.support import ask, fault, plugin, router_for, router_of, settings_of

OBJECT = {"type": "object"}


def refused(controller, *, extends=None, **resource):
    with pytest.raises(PluginError) as caught:
        router_for(controller, extends=extends, **resource)
    return str(caught.value)


def one(name, func):
    """A controller with one method."""
    func.__name__ = name
    return type("Things", (wsgi.Controller,), {name: func})()


# --------------------------------------------------------------------------- a method against its route


@pytest.mark.parametrize(
    ("name", "func", "says"),
    [
        ("show", lambda self, req: None, "gives it 'id', which it doesn't take; add id to its parameters"),
        ("show", lambda self, id: None, "gives it 'req', which it doesn't take"),
        ("show", lambda self, req, id, name: None, "it wants 'name', which route GET /"),
        ("show", lambda self, req, id, body: None, "it wants a body, and GET /"),
        ("delete", lambda self, req, id, body: None, "it wants a body, and DELETE /"),
        ("index", lambda self, req, *, kind: None, "it wants 'kind'"),
        ("index", lambda self, req, /: None, "its parameter 'req' is positional-only"),
        ("index", lambda self, *args: None, "gives it 'req', which it doesn't take"),
        ("create", lambda self, req, thing: None, "it wants 'thing'"),
    ],
)
def test_a_method_that_does_not_fit_its_route_is_refused_with_place_and_fix(name, func, says):
    text = refused(one(name, func))
    assert says in text
    assert f"Things.{name} at {__file__}:" in text
    assert "plugin PluginThings = tests.support:PluginThings" in text
    assert "/{project_id}/things" in text or "positional-only" in text


@pytest.mark.parametrize(
    ("name", "func"),
    [
        ("show", lambda self, req, id: {}),
        ("show", lambda self, req, id, more=None, *, kind=1: {}),
        ("show", lambda self, req, **more: {}),
        ("show", lambda self, req, id, *args, **more: {}),
        ("show", lambda self, *, req, id: {}),
        ("show", lambda self, req, id, body=None: {}),
        ("create", lambda self, req: {}),
        ("create", lambda self, req, body: {}),
        ("create", lambda self, req, body=None, **more: {}),
    ],
)
def test_a_method_that_fits_is_called(name, func):
    router = router_for(one(name, func))
    path, method = ("/things/1", "GET") if name == "show" else ("/things", "POST")
    assert ask(router, path, method).json == {}


def test_a_decorated_method_is_checked_by_the_signature_it_keeps():
    def traced(func):
        @functools.wraps(func)
        def outer(*args, **kwargs):
            return func(*args, **kwargs)

        return outer

    class Good(wsgi.Controller):
        @traced
        @wsgi.response(202)
        def show(self, req, id):
            return {"id": id}

    class Bad(wsgi.Controller):
        @traced
        def show(self, req):
            return {}

    reply = ask(router_for(Good()), "/things/5")
    assert (reply.status_int, reply.json) == (202, {"id": "5"})
    assert "gives it 'id'" in refused(Bad())


def test_an_asynchronous_method_is_refused():
    class Things(wsgi.Controller):
        async def index(self, req):
            return {}

    assert "write def instead of async def" in refused(Things())


def test_each_version_of_a_method_is_checked():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.4")
        def show(self, req, id):
            return {}

        @wsgi.api_version("2.5")
        def show(self, req, name):
            return {}

    assert "gives it 'id'" in refused(Things())


def test_methods_below_a_parent_take_its_id():
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

    parent = {"collection_name": "servers", "member_name": "server"}
    assert "gives it 'server_id'" in refused(Things(), parent=parent)


def test_an_action_and_an_extension_are_checked_too():
    class Acts(wsgi.Controller):
        @wsgi.action("act")
        def _act(self, req, body):
            pass

    class Extends(wsgi.Controller):
        @wsgi.extends
        def index(self, req):
            pass

    class Base(wsgi.Controller):
        def index(self, req):
            return {}

    assert "Acts._act" in refused(Acts(), member_actions={"action": "POST"})
    assert "gives it 'resp_obj', which it doesn't take" in refused(Base(), extends=Extends())


@pytest.mark.parametrize("variable", ["req", "body", "self", "resp_obj"])
def test_a_variable_that_means_something_else_is_refused(variable):
    class Things(wsgi.Controller):
        def other(self, req, **more):
            return {}

    def routes(mapper, resource):
        mapper.connect(f"/other/{{{variable}}}", controller=resource, action="other")

    assert f"has a variable '{variable}'" in refused(Things(), custom_routes_fn=routes)


# --------------------------------------------------------------------------- extends, actions, schemas


@pytest.mark.parametrize(
    ("extension", "says"),
    [
        (lambda self, req, resp_obj, id: None, "it extends method 'shwo' of things, which has none"),
    ],
)
def test_extending_what_no_controller_has_is_refused_with_the_nearest(extension, says):
    class Base(wsgi.Controller):
        def show(self, req, id):
            return {}

    extension.__name__ = "shwo"
    extending = type("Extends", (wsgi.Controller,), {"shwo": wsgi.extends(extension)})()
    text = refused(Base(), extends=extending)
    assert says in text
    assert "did you mean 'show'?" in text
    assert "Extends.shwo at" in text
    assert "PluginMore" in text


def test_extending_an_action_that_is_none_is_refused():
    class Base(wsgi.Controller):
        @wsgi.action("resize")
        def _resize(self, req, id, body):
            return {}

    class Extends(wsgi.Controller):
        @wsgi.extends(action="rezise")
        def _more(self, req, resp_obj, id, body):
            pass

    text = refused(Base(), extends=Extends(), member_actions={"action": "POST"})
    assert "it extends action 'rezise' of things" in text
    assert "did you mean 'resize'?" in text


def test_extending_a_collection_that_nobody_brings_is_refused():
    class Extends(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            pass

    says = "extends collection 'severs', which no loaded plugin brings; did you mean 'servers'"
    with pytest.raises(PluginError, match=says):
        router_of(
            plugin("a", ResourceExtension("servers", one("index", lambda self, req: {}))),
            plugin("b", extends={"severs": Extends()}),
        )


def test_extending_a_collection_of_a_plugin_that_the_settings_leave_out_names_that_plugin():
    class Extends(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            pass

    says = r"no loaded plugin brings; known: extensions; not loaded: a \(disabled\)$"
    with pytest.raises(PluginError, match=says):
        router_of(
            plugin("a", ResourceExtension("servers", one("index", lambda self, req: {}))),
            plugin("b", extends={"servers": Extends()}),
            extensions_disabled=("a",),
        )


def test_a_schema_without_a_method_that_is_routed_is_refused():
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

        @validation.schema(OBJECT)
        def rebuild(self, req, id, body):
            return {}

    text = refused(Things())
    assert "it has a body schema, and no route or action leads to it" in text
    assert "Things.rebuild at" in text
    assert (
        ask(router_for(Things(), member_actions={"rebuild": "POST"}), "/things/1/rebuild", "POST", {}).json
        == {}
    )


def test_a_body_schema_where_there_is_no_body_is_refused():
    class Things(wsgi.Controller):
        @validation.schema(OBJECT)
        def index(self, req):
            return {}

    assert "it has a body schema, and GET" in refused(Things())


def test_a_wrong_schema_is_refused():
    class Things(wsgi.Controller):
        @validation.schema({"type": "objekt"})
        def create(self, req, body):
            return {}

    assert "its body schema is wrong" in refused(Things())


# --------------------------------------------------------------------------- inheritance


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_a_cycle_of_inheritance_is_refused(order):
    inherits = {"a": "b", "b": "c", "c": "a"}
    plugins = [
        plugin(name, ResourceExtension(name, one("index", lambda self, req: {}), inherits=inherits[name]))
        for name in order
    ]
    with pytest.raises(PluginError, match="inherit in a circle: . -> . -> . -> ."):
        router_of(*plugins)


def test_a_resource_may_not_inherit_itself():
    with pytest.raises(PluginError, match="inherit in a circle: things -> things"):
        router_for(one("index", lambda self, req: {}), inherits="things")


# --------------------------------------------------------------------------- routes


class Custom(wsgi.Controller):
    """Routes of its own."""

    def index(self, req):
        return {"index": True}

    def typed(self, req, kind):
        return {"kind": kind}

    def special(self, req, name="default"):
        return {"special": name}


def test_custom_routes_lead_to_methods_with_variables_and_defaults():
    def routes(mapper, resource):
        mapper.connect("one", "/special/{name}", controller=resource, action="special")
        mapper.connect(
            "/special", controller=resource, action="special", conditions={"method": ["GET", "POST"]}
        )
        mapper.connect("/fixed", controller=resource, action="typed", kind="constant")

    router = router_for(Custom(), custom_routes_fn=routes)
    assert ask(router, "/special/x").json == {"special": "x"}
    assert ask(router, "/special", "POST").json == {"special": "default"}
    assert ask(router, "/fixed").json == {"kind": "constant"}
    assert ask(router, "/special", "PUT").headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("connect", "says"),
    [
        (lambda m, r: m.connect("/x", controller=r, action="none"), "has no method 'none'"),
        (lambda m, r: m.connect("/x", controller=r, action="_private"), "has no method '_private'"),
        (lambda m, r: m.connect("/x", controller=r, action="__init__"), "has no method '__init__'"),
        (lambda m, r: m.connect("/x/{action}", controller=r), "leaves the action to the URL"),
        (lambda m, r: m.connect("/x", controller="name", action="index"), "leads to controller 'name'"),
    ],
)
def test_a_custom_route_that_leads_nowhere_is_refused(connect, says):
    assert says in refused(Custom(), custom_routes_fn=connect)


def test_a_custom_route_may_lead_to_an_application():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"app"]

    def routes(mapper, resource):
        mapper.connect("/app", controller=application)

    reply = ask(router_for(Custom(), custom_routes_fn=routes), "/app")
    assert reply.body == b"app"
    assert reply.headers["OpenStack-API-Version"] == "compute 2.1"


def test_a_redirect_stays_on_this_origin():
    def routes(mapper, resource):
        mapper.redirect("/old/{rest:.*}", "/{rest}")

    router = router_for(Custom(), custom_routes_fn=routes)
    for path in ("/old//evil.example", "/old/things", "/old/%5Cevil.example"):
        reply = ask(router, path)
        assert reply.status_int == 302
        assert reply.headers["Location"].startswith("http://localhost/")


def test_a_redirect_keeps_the_project_of_its_url():
    def routes(mapper, resource):
        mapper.redirect("/{project_id}/old/{id}", "/{project_id}/new/{id}")

    reply = ask(router_for(Custom(), custom_routes_fn=routes), "/p1/old/7")
    assert reply.headers["Location"] == "http://localhost/p1/new/7"


@pytest.mark.parametrize(
    ("path", "destination", "fix"),
    [
        ("/old/{things_id}", "/new/{thing_id}", "did you mean 'things_id'"),
        ("/old", "/new/{id}", "name it in both paths"),
    ],
)
def test_a_redirect_to_a_variable_that_its_path_lacks_is_refused(path, destination, fix):
    def routes(mapper, resource):
        mapper.redirect(path, destination)

    with pytest.raises(PluginError, match="is no variable of it") as raised:
        router_for(Custom(), custom_routes_fn=routes)
    assert path in str(raised.value)
    assert fix in str(raised.value)


def test_a_redirect_with_a_status_of_something_else_is_refused():
    def routes(mapper, resource):
        mapper.redirect("/old", "/new", _redirect_code="gone")

    with pytest.raises(PluginError, match="/old is redirected with the status 'gone'; write _redirect_code="):
        router_for(Custom(), custom_routes_fn=routes)


def test_a_redirect_may_leave_a_variable_to_what_it_was_connected_with():
    def routes(mapper, resource):
        mapper.redirect("/old", "/new/{id}", id="7")

    assert ask(router_for(Custom(), custom_routes_fn=routes), "/old").headers["Location"].endswith("/new/7")


def test_a_redirect_whose_destination_refuses_a_value_is_not_found():
    def routes(mapper, resource):
        mapper.redirect("/old/{id}", r"/new/{id:\d+}")

    router = router_for(Custom(), custom_routes_fn=routes)
    assert ask(router, "/old/7").headers["Location"] == "http://localhost/new/7"
    assert ask(router, "/old/x").status_int == 404


class Newest:
    def index(self, req):
        return {}

    def new(self, req):
        return {}


def test_an_action_where_a_standard_one_stands_is_warned_of_in_each_resource():
    brought = [
        plugin(n, ResourceExtension(n, Newest(), collection_actions={"new": "GET"})) for n in ("as", "bs")
    ]
    warnings = [w for w in router_of(*brought).warnings if w.endswith("twice: the first answers")]
    assert [w.split()[-7:-3] for w in warnings if "/{project_id}/" not in w] == [
        ["route", "GET", "/as/new", "twice:"],
        ["route", "GET", "/as/new", "twice:"],
        ["route", "GET", "/bs/new", "twice:"],
        ["route", "GET", "/bs/new", "twice:"],
    ]


def test_variables_of_a_collections_own_path_count_among_its_arguments():
    class Items(wsgi.Controller):
        def index(self, req):
            return {}

    router = router_of(plugin("plain", ResourceExtension("plain", Items())))
    assert ask(router, "/plain").json == {}
    with pytest.raises(PluginError, match="gives it 'kind', which it doesn't take"):
        router_of(
            plugin("plain", ResourceExtension("plain", Items())),
            plugin("kinds", ResourceExtension("{kind}", Items())),
        )


def test_a_route_brought_twice_by_one_plugin_is_warned_of():
    def routes(mapper, resource):
        mapper.connect("/things", controller=resource, action="special", conditions={"method": ["GET"]})

    router = router_for(Custom(), custom_routes_fn=routes)
    assert any("has route GET /things twice" in warning for warning in router.warnings)
    assert ask(router).json == {"index": True}


def test_a_named_action_without_a_method_is_warned_of_and_no_route():
    router = router_for(Custom(), member_actions={"missing": "POST"}, collection_actions={"absent": "GET"})
    assert [w.split("names the action ")[1].split(",")[0] for w in router.warnings] == [
        "'absent'",
        "'missing'",
    ]
    assert fault(ask(router, "/things/1/missing", "POST"))[1] == 404


def test_collections_below_different_parents_are_different():
    def resource(parent):
        class Items(wsgi.Controller):
            def index(self, req, **ids):
                return {"of": parent}

        above = {"collection_name": f"{parent}s", "member_name": parent}
        return ResourceExtension("items", Items(), parent=above, member_name="item")

    router = router_of(plugin("a", resource("server"), resource("flavor")))
    assert ask(router, "/servers/1/items").json == {"of": "server"}
    assert ask(router, "/abc/flavors/1/items").json == {"of": "flavor"}
    assert set(router.resources) >= {"servers/items", "flavors/items"}


def test_a_collection_that_could_be_several_is_refused():
    def resource(parent):
        return ResourceExtension(
            "items",
            one("index", lambda self, req, **ids: {}),
            parent={"collection_name": parent, "member_name": "x"},
        )

    class Extends(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj, **ids):
            pass

    class Both:
        name = alias = "both"
        version = 1

        def __init__(self, info):
            pass

        def get_resources(self):
            return [resource("a"), resource("b")]

        def get_controller_extensions(self):
            return [ControllerExtension(self, "items", Extends())]

    with pytest.raises(PluginError, match="could be any of a/items, b/items"):
        APIRouter(settings_of(), plugins=[Both])


def test_the_plain_mapper_has_no_project():
    router = router_for(Custom(), options={"mapper": "plain"})
    assert ask(router).json == {"index": True}
    assert ask(router, "/abc/things").status_int == 404


def test_what_a_project_looks_like_is_a_setting():
    router = router_for(Custom(), options={"project_id_regex": "p[0-9]+"})
    assert ask(router, "/p12/things").json == {"index": True}
    assert ask(router, "/abc/things").status_int == 404
