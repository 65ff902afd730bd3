"""A resource is one frozen table: what can be reached by a request, and nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import webob.exc
import webtest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import stamps, validation, wsgi
from apirouter.dispatch.resource import Parameters, Resource, implementations
from apirouter.dispatch.service import Service
from apirouter.errors import PluginError
from apirouter.microversion import Version
from tests.support import ask, fault, router_for, settings_of

SERVICE = Service.of(settings_of())


# --------------------------------------------------------------------------- what can be reached


class Guarded(wsgi.Controller):
    """Has much that no request may reach."""

    data = {"a": 1}

    def __init__(self):
        super().__init__()
        self.instance_callable = lambda **kw: {"reached": True}

    def index(self, req):
        return {"ok": True}

    def helper(self, req, id=None, body=None):
        return {"reached": True}

    def _private(self, req, id=None, body=None):
        return {"reached": True}

    @staticmethod
    def static(req, id=None, body=None):
        return {"reached": True}

    @classmethod
    def klass(cls, req, id=None, body=None):
        return {"reached": True}

    @property
    def prop(self):
        raise AssertionError("a property is touched")

    @wsgi.action("known")
    def _known(self, req, id, body):
        return {"ok": True}


NAMES = (
    *(
        "helper",
        "_private",
        "static",
        "klass",
        "prop",
        "data",
        "instance_callable",
        "added",
        "added_to_class",
    ),
    *("__init__", "__class__", "__dict__", "__call__", "__getattribute__", "__reduce__", "__subclasshook__"),
    *("_known", "controller", "action", "api_version", "is_valid_body", "_view_builder"),
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_reachable_but_routed_actions_and_stamped_methods(name):
    controller = Guarded()
    router = router_for(controller, member_actions={"action": "POST"})
    controller.added = lambda **kw: {"reached": True}
    type(controller).added_to_class = lambda self, **kw: {"reached": True}
    assert fault(ask(router, "/things/1/action", "POST", {name: {}}))[1] == 400
    for path in (f"/things/{name}", f"/things/1/{name}", f"/{name}", f"/things/{name}/index"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            # A body-keyed action without a body is malformed.
            wanted = (400, 404, 405) if path.endswith("/action") else (404, 405)
            assert ask(router, path, method).status_int in wanted


@pytest.mark.parametrize(
    "name", ["instance_callable", "static", "klass", "prop", "data", "__init__", "_private"]
)
def test_a_route_to_what_is_no_method_is_refused_or_not_live(name):
    router = router_for(Guarded(), member_actions={name: "POST"})
    assert ask(router, f"/things/1/{name}", "POST").status_int in (404, 405)
    assert any(f"'{name}'" in warning for warning in router.warnings)


def test_a_method_hidden_by_a_subclass_is_no_method():
    class Hidden(Guarded):
        index = None

    assert ask(router_for(Hidden())).status_int in (404, 405)


@pytest.mark.parametrize("method", ["get", "Get", "FOO", "GET ", "TRACE", "CONNECT", "__init__", "post"])
def test_odd_methods_are_405(method):
    router = router_for(Guarded())
    environ = webtest.TestRequest.blank("/things").environ
    environ["REQUEST_METHOD"] = method
    seen = []
    body = b"".join(router(environ, lambda status, headers: seen.append((status, dict(headers)))))
    assert seen[0][0] == "405 Method Not Allowed"
    assert seen[0][1]["Allow"] == "GET, HEAD, OPTIONS"
    assert b"badMethod" in body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/things/1?_method=DELETE", {}),
        ("/things/1", {"X-HTTP-Method-Override": "DELETE"}),
        ("/things/1?_method=delete&x=1", {"X-Method-Override": "DELETE"}),
    ],
)
def test_no_method_is_tunnelled(path, headers):
    class Things(wsgi.Controller):
        def show(self, req, id):
            return {"shown": id}

        def delete(self, req, id):
            raise AssertionError("deleted")

        def update(self, req, id, body):
            return {"updated": id}

    router = router_for(Things())
    assert ask(router, path, headers=headers).json == {"shown": "1"}
    reply = ask(router, path, "PUT", b"_method=DELETE", headers=headers, content_type="text/plain")
    assert reply.status_int == 400


@pytest.mark.parametrize(
    "path", ["/things%0A", "/things%0D%0A", "/things/1%0A", "/things/a%00b", "/%0Athings", "/things/%7F"]
)
def test_control_characters_in_a_path_are_a_404(path):
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

        def show(self, req, id):
            return {"id": id}

    assert ask(router_for(Things()), path).status_int == 404


# --------------------------------------------------------------------------- 405, Allow, OPTIONS, HEAD


class Partial(wsgi.Controller):
    """Some methods; of others there are none."""

    def index(self, req):
        return {}

    def create(self, req, body):
        return {}

    def delete(self, req, id):
        return None


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/things", "GET, HEAD, OPTIONS, POST"),
        ("/abc/things", "GET, HEAD, OPTIONS, POST"),
        ("/things.json", "GET, HEAD, OPTIONS, POST"),
        ("/things/1", "DELETE, OPTIONS"),
    ],
)
def test_an_unmapped_method_is_a_405_with_the_live_ones_and_options_answers_them(path, allow):
    router = router_for(Partial())
    reply = ask(router, path, "PATCH")
    assert (fault(reply)[:2], reply.headers["Allow"]) == (("badMethod", 405), allow)
    options = ask(router, path, "OPTIONS")
    assert (options.status_int, options.headers["Allow"], options.body) == (204, allow, b"")


@pytest.mark.parametrize(
    "path", ["/things/1/x", "/thing", "/things/", "/Things", "//things", "/./things", "/things/new", "/"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "HEAD", "DELETE"])
def test_an_unknown_path_is_a_404_fault(path, method):
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

    reply = ask(router_for(Things()), path, method)
    assert reply.status_int == 404
    assert reply.body == b"" if method == "HEAD" else fault(reply)[0] == "itemNotFound"


def test_head_needs_a_get():
    assert ask(router_for(Partial()), "/things/1", "HEAD").status_int == 405


# --------------------------------------------------------------------------- versions, side by side with a naive choice

minors = st.integers(min_value=0, max_value=9)


@st.composite
def tables(draw):
    """Disjoint ranges with codes, as api_version and response say them."""
    cuts = sorted(draw(st.sets(minors, min_size=1, max_size=6)))
    low, found = None if draw(st.booleans()) else cuts.pop(0), []
    for cut in cuts:
        found.append((low, cut))
        low = cut + 1 + draw(st.integers(min_value=0, max_value=1))
    if low is None or draw(st.booleans()):
        found.append((low, None))
    found = [(a, b) for a, b in found if b is None or a is None or a <= b]
    return [(a, b, draw(st.sampled_from([200, 201, 202, 203]))) for a, b in draw(st.permutations(found))]


def stamped(func, one):
    low, high, code = one
    func = wsgi.api_version(None if low is None else f"2.{low}", None if high is None else f"2.{high}")(func)
    return wsgi.response(code)(func) if code else func


def controller_of(tables_by_name, extending=False):
    body = type(wsgi.Controller).__prepare__("Things", (wsgi.Controller,))
    for name, table in tables_by_name.items():
        for one in table:
            if extending:

                def method(self, req, resp_obj, one=one):
                    resp_obj.obj["extended"].append([one[0], one[1]])

                method.__name__ = name
                body[name] = stamped(wsgi.extends(method), (*one[:2], None))
            else:

                def method(self, req, one=one):
                    return {"served": [one[0], one[1]], "extended": []}

                body[name] = stamped(method, one)
    return type(wsgi.Controller)("Things", (wsgi.Controller,), body)()


def serving(table, minor):
    return [
        one for one in table if (one[0] is None or one[0] <= minor) and (one[1] is None or minor <= one[1])
    ]


@given(tables(), st.lists(tables(), max_size=2), minors, minors)
def test_random_versioned_classes_answer_as_a_naive_choice_does(table, extending, low, span):
    settings = settings_of(min_version=f"2.{low}", max_version=f"2.{low + span}")
    resource = Resource(controller_of({"index": table}), Service.of(settings))
    for more in extending:
        resource.register(controller_of({"index": more}, extending=True))
    for minor in range(low, low + span + 1):
        found = serving(table, minor)
        environ = {"wsgiorg.routing_args": ((), {"action": "index"})}
        reply = ask(resource, "/", version=f"2.{minor}", environ=environ)
        if not found:
            assert fault(reply)[:2] == ("itemNotFound", 404)
            continue
        ((a, b, code),) = found
        assert reply.status_int == code
        assert reply.json["served"] == [a, b]
        assert reply.json["extended"] == [[*one[:2]] for more in extending for one in serving(more, minor)]


# --------------------------------------------------------------------------- refusals


def test_an_action_claimed_twice_is_refused_naming_both():
    class One(wsgi.Controller):
        @wsgi.action("act")
        def _one(self, req, id, body):
            pass

    class Two(wsgi.Controller):
        @wsgi.action("act")
        def _two(self, req, id, body):
            pass

    resource = Resource(One(), SERVICE, name="things", plugin="first = m:One (one 1.0)")
    with pytest.raises(PluginError) as caught:
        resource.register(Two(), "second = m:Two (two 2.0)")
    text = str(caught.value)
    for part in (
        "'act'",
        "first = m:One (one 1.0)",
        "second = m:Two (two 2.0)",
        "One._one at",
        "Two._two at",
        __file__,
    ):
        assert part in text


def test_two_methods_of_one_controller_may_not_share_a_key_and_a_version():
    class Things(wsgi.Controller):
        @wsgi.action("act")
        def _one(self, req, id, body):
            pass

        @wsgi.api_version("2.5")
        @wsgi.action("act")
        def _two(self, req, id, body):
            pass

    with pytest.raises(PluginError, match="claimed already"):
        Resource(Things(), SERVICE)


def test_an_added_method_that_is_there_is_refused():
    class Has(wsgi.Controller):
        def create(self, req, body):
            pass

    class Adds(wsgi.Controller):
        @wsgi.action("create")
        def _create(self, req, body):
            pass

    with pytest.raises(PluginError, match="is there already: .*Has.create at .*@wsgi.extends"):
        Resource(Has(), SERVICE).register(Adds())


def test_a_class_in_place_of_an_instance_is_refused():
    with pytest.raises(PluginError, match=r"give an instance: Guarded\(\)"):
        Resource(Guarded, SERVICE)


def test_versions_in_a_service_without_any_are_refused():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1")
        def index(self, req):
            return {}

    with pytest.raises(PluginError, match="this service has none"):
        Resource(Things(), Service.of(settings_of(min_version="", max_version=""))).endpoint("index")


def test_a_schema_that_can_not_be_compiled_is_refused_before_any_request():
    class Things(wsgi.Controller):
        @validation.schema({"type": "objekt"}, "2.5")
        def create(self, req, body):
            return {}

        @wsgi.action("grow")
        @validation.schema({"pattern": "("})
        def _grow(self, req, body):
            return {}

    for action in ("create", "action"):
        with pytest.raises(PluginError, match="its body schema is wrong"):
            Resource(Things(), SERVICE).endpoint(action)


class NoHook:
    """It has no phase."""


class OfHooks:
    __hooks__ = (NoHook,)

    def index(self, req):
        return {}


class OfMethods:
    @stamps.hook(NoHook)
    def index(self, req):
        return {}


@pytest.mark.parametrize("kind", [OfHooks, OfMethods])
def test_a_hook_that_is_none_is_refused_before_any_request(kind):
    with pytest.raises(PluginError, match=rf"{kind.__name__}\.index at .*: the hook NoHook is a class"):
        Resource(kind(), SERVICE).endpoint("index")


def test_what_answers_is_made_once_for_all_requests():
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

    endpoint = Resource(Things(), SERVICE).endpoint("index")
    assert endpoint.handle is endpoint.handle


def test_first_requests_that_come_at_once_are_all_answered():
    class Things(wsgi.Controller):
        def index(self, req):
            return {"answered": True}

        @wsgi.action("grow")
        def _grow(self, req, id, body):
            return {"grown": body}

    for _ in range(20):
        app = webtest.TestApp(router_for(Things(), member_actions={"action": "POST"}))
        gate = threading.Barrier(4)

        def ask_both(number, app=app, gate=gate):
            gate.wait()
            grown = app.post_json(f"/things/{number}/action", {"grow": number}).json
            return app.get("/things").json, grown

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(ask_both, range(4)))
        assert answers == [({"answered": True}, {"grown": {"grow": n}}) for n in range(4)]


def test_a_missing_action_is_refused_by_name():
    with pytest.raises(PluginError, match="Guarded has no method 'nothing'"):
        Resource(Guarded(), SERVICE, name="things").endpoint("nothing")


def test_any_class_is_a_controller():
    class Plain:
        def index(self, req):
            return {"plain": True}

    assert ask(router_for(Plain())).json == {"plain": True}


# --------------------------------------------------------------------------- pieces


def test_implementations_name_place_and_versions():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.3")
        def show(self, req):
            pass

        @wsgi.api_version("2.4")
        def show(self, req):
            pass

    found = [i for i in implementations(Things(), "p") if i.name == "show"]
    assert [i.versions.min for i in found] == [Version(2, 1), Version(2, 4)]
    assert found[0].where.endswith(f"at {__file__}:{found[0].place[1]}")
    assert found[0].place[1] < found[1].place[1]
    assert found[0].qualname.endswith("Things.show")


def test_parameters_say_what_a_call_by_keywords_fits():
    def method(self, req, id, *, kind, body=None):
        pass

    takes = Parameters(method)
    assert takes.required == {"req", "id", "kind"}
    assert takes.takes("body")
    assert not takes.takes("other")
    assert Parameters(lambda self, **kw: None).takes("anything")
    assert Parameters(lambda self, req, /: None).positional_only == ["req"]


def test_a_resource_is_an_application_of_a_request_that_was_routed():
    class Things:
        def show(self, req, id):
            if id == "0":
                raise webob.exc.HTTPNotFound(explanation="none")
            return {"id": id}

    resource = Resource(Things())
    routed = {"wsgiorg.routing_args": ((), {"action": "show", "controller": None, "id": "5"})}
    assert ask(resource, "/", environ=routed).json == {"id": "5"}
    routed["wsgiorg.routing_args"][1]["id"] = "0"
    assert fault(ask(resource, "/", environ=routed))[2] == "none"
    routed["wsgiorg.routing_args"][1]["action"] = "__init__"
    assert ask(resource, "/", environ=routed).status_int == 404
    assert ask(resource, "/").status_int == 404
