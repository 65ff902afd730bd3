"""One call: what a method is given, what runs after it, what may be raised on the way."""

from __future__ import annotations

import dataclasses
import io
import logging

import pytest
import webob.exc

from apirouter import errors, validation, wsgi
from apirouter.dispatch.call import Plan, general_handler
from apirouter.dispatch.direct import make_handler
from apirouter.dispatch.service import Service
from apirouter.extensions import ResourceExtension
from apirouter.faults import generic_message
from apirouter.microversion import ANY
from apirouter.stamps import RuleStamp
from apirouter.wsgi import ResponseObject
from tests.support import ask, context, fault, plugin, router_for, router_of, settings_of

INTEGER = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


class Echo(wsgi.Controller):
    """Answers with what it was given."""

    def index(self, req, **more):
        return more

    def detail(self, req):
        return {"project": req.context and req.context.project_id}

    def show(self, req, id, body="none given"):
        return {"id": id, "body": body}

    def create(self, req, body):
        return {"body": body}

    def update(self, req, id, body=None):
        return {"id": id, "body": body}

    def delete(self, req, id):
        return {"id": id, "read": bool(req.environ.get("apirouter.json"))}

    def poke(self, req, id):
        return {"id": id}

    @wsgi.action("reboot")
    def _reboot(self, req, id, body):
        return {"rebooted": id, "body": body}

    @wsgi.action("pause")
    def _pause(self, req, id):
        return {"paused": id}


ECHO = router_for(
    Echo(),
    collection_actions={"detail": "GET"},
    member_actions={"action": "POST", "poke": "POST"},
)


# --------------------------------------------------------------------------- what a method is given


def test_the_body_is_parsed_once_for_a_method_that_asks_its_request_too():
    class Things(wsgi.Controller):
        def create(self, req, body):
            return {"same": req.json is body}

    assert ask(router_for(Things()), "/things", "POST", {"a": [1]}).json == {"same": True}


@pytest.mark.parametrize("path", ["/things/5", "/abc/things/5", "/things/5.json"])
def test_a_method_is_called_with_the_route_s_variables_but_project_and_format(path):
    assert ask(ECHO, path).json["id"] == "5"
    assert ask(ECHO, path.replace("/5", "")).json == {}


@pytest.mark.parametrize(("method", "path"), [("POST", "/things"), ("PUT", "/things/5")])
def test_a_method_that_carries_a_body_is_given_it(method, path):
    assert ask(ECHO, path, method, {"a": 1}).json["body"] == {"a": 1}


@pytest.mark.parametrize(("method", "path"), [("POST", "/things"), ("PUT", "/things/5")])
def test_an_empty_body_is_none(method, path):
    assert ask(ECHO, path, method).json["body"] is None


@pytest.mark.parametrize("value", [None, 0, "", [], False, "text", [[]]])
def test_any_json_value_is_a_body(value):
    assert ask(ECHO, "/things", "POST", value).json["body"] == value if value is not None else True
    assert ask(ECHO, "/things", "POST", b"null").json["body"] is None


@pytest.mark.parametrize("body", [b'{"a": 1}', b"{", b"\xff", b"NaN"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_that_does_not_count_is_ignored(method, body):
    reply = ask(ECHO, "/things/5", method, body, content_type="text/html")
    assert reply.status_int == 200
    if method == "GET":
        assert reply.json["body"] == "none given"
    else:
        assert reply.json["read"] is False


def test_patch_carries_a_body():
    class Things(wsgi.Controller):
        def patch(self, req, id, body):
            return {"patched": body}

    router = router_for(Things(), member_actions={"patch": "PATCH"})
    # Routes makes the first action of a method beside GET and POST the member's own.
    assert ask(router, "/things/1", "PATCH", {"a": 1}).json == {"patched": {"a": 1}}


def test_a_method_may_do_without_the_body():
    assert ask(ECHO, "/things/5/poke", "POST", {"a": 1}).json == {"id": "5"}


def test_nothing_of_one_request_is_left_for_the_next():
    class Things(wsgi.Controller):
        def index(self, req):
            seen = req.environ.get("seen")
            req.environ["seen"] = True
            req.attribute = "kept"
            return {"seen": seen}

    controller = Things()
    router = router_for(controller)
    before = (dict(vars(router)), dict(vars(controller)))
    assert [ask(router).json["seen"] for _ in range(2)] == [None, None]
    assert (dict(vars(router)), dict(vars(controller))) == before


def test_the_context_is_found_under_its_setting():
    assert ask(ECHO, "/things/detail", context=context("abc")).json == {"project": "abc"}
    assert ask(ECHO, "/things/detail").json == {"project": None}


def test_another_project_than_the_context_s_is_a_400():
    reply = ask(ECHO, "/def/things", context=context("abc"))
    assert fault(reply) == (
        "badRequest",
        400,
        "Malformed request URL: URL's project_id 'def' doesn't match Context's project_id 'abc'",
    )
    assert ask(ECHO, "/abc/things", context=context("abc")).status_int == 200
    assert ask(ECHO, "/def/things").status_int == 200


def test_a_long_project_is_not_echoed_whole():
    reply = ask(ECHO, f"/{'a' * 5000}/things", context=context("abc"))
    assert reply.status_int == 400
    assert len(reply.text) < 1000


# --------------------------------------------------------------------------- body-keyed actions


def test_an_action_is_chosen_by_the_sole_key_of_the_body():
    reply = ask(ECHO, "/things/5/action", "POST", {"reboot": {"type": "SOFT"}})
    assert reply.json == {"rebooted": "5", "body": {"reboot": {"type": "SOFT"}}}
    assert ask(ECHO, "/things/5/action", "POST", {"pause": None}).json == {"paused": "5"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reboot": {}, "pause": {}},
        {"reboot": {}, "delete": {}},
        [],
        ["reboot"],
        1,
        "reboot",
        True,
        b"null",
        b"",
    ],
)
def test_a_body_without_one_sole_key_is_malformed(body):
    assert fault(ask(ECHO, "/things/5/action", "POST", body)) == ("badRequest", 400, "Malformed request body")


@pytest.mark.parametrize(
    "key",
    [
        *(
            "poke",
            "index",
            "show",
            "create",
            "delete",
            "action",
            "_reboot",
            "_pause",
            "__init__",
            "__class__",
        ),
        *("api_version", "is_valid_body", "", "Reboot", "reboot ", "controller"),
    ],
)
def test_an_unknown_key_is_refused_by_name_with_the_actions_there_are(key):
    reply = ask(ECHO, "/things/5/action", "POST", {key: {}})
    assert fault(reply) == ("badRequest", 400, f"There is no such action: {key}. Actions here: pause, reboot")


def test_a_long_key_is_cut():
    assert len(fault(ask(ECHO, "/things/5/action", "POST", {"k" * 9999: 1}))[2]) < 400


def test_the_actions_named_are_those_of_the_version():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.3")
        @wsgi.action("old")
        def _old(self, req, id, body):
            pass

        @wsgi.api_version("2.4")
        @wsgi.response(202)
        @wsgi.action("new")
        def _new(self, req, id, body):
            pass

    router = router_for(Things(), member_actions={"action": "POST"})
    for version, there, code in (("2.3", "old", 200), ("2.4", "new", 202)):
        reply = ask(router, "/things/1/action", "POST", {"x": 1}, version=version)
        assert fault(reply)[2] == f"There is no such action: x. Actions here: {there}"
        assert ask(router, "/things/1/action", "POST", {there: 1}, version=version).status_int == code
    assert fault(ask(router, "/things/1/action", "POST", {"new": 1}, version="2.3"))[1] == 404


def test_versions_of_one_action_are_methods_of_any_names():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.3")
        @wsgi.action("act")
        def _act(self, req, id, body):
            return {"v": 1}

        @wsgi.api_version("2.4")
        @wsgi.action("act")
        def _other_name(self, req, id, body):
            return {"v": 2}

    router = router_for(Things(), member_actions={"action": "POST"})
    for version, wanted in (("2.3", 1), ("2.4", 2)):
        assert ask(router, "/things/1/action", "POST", {"act": 1}, version=version).json == {"v": wanted}


def test_a_controller_with_a_real_action_method_keeps_it():
    class Things(wsgi.Controller):
        def action(self, req, id, body):
            return {"real": body}

    class More(wsgi.Controller):
        @wsgi.action("reboot")
        def _reboot(self, req, id, body):
            return {"added": True}

    router = router_for(Things(), extends=More(), member_actions={"action": "POST"})
    for body in ({"reboot": 1}, {"a": 1, "b": 2}, [1]):
        assert ask(router, "/things/1/action", "POST", body).json == {"real": body}


def test_another_plugin_s_controller_may_add_actions_create_and_delete_included():
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

    class More(wsgi.Controller):
        @wsgi.response(201)
        @wsgi.action("create")
        def _create(self, req, body):
            return {"created": body}

        @wsgi.response(204)
        @wsgi.action("delete")
        def _delete(self, req, id):
            pass

        @wsgi.action("reboot")
        def _reboot(self, req, id, body):
            return {"rebooted": id}

    router = router_for(Things(), extends=More(), member_actions={"action": "POST"})
    created = ask(router, "/things", "POST", {"a": 1})
    assert (created.status_int, created.json) == (201, {"created": {"a": 1}})
    assert ask(router, "/things/1", "DELETE").status_int == 204
    assert ask(router, "/things/1/action", "POST", {"reboot": 1}).json == {"rebooted": "1"}
    unknown = ask(router, "/things/1/action", "POST", {"create": 1})
    assert fault(unknown)[2] == "There is no such action: create. Actions here: reboot"
    assert ask(router, "/things/1", "PUT").headers["Allow"] == "DELETE, OPTIONS"


def test_an_action_may_have_the_name_of_a_member_action_of_another_plugin():
    class Owner(wsgi.Controller):
        def pause(self, req, id):
            return {"by path": id}

    class Guest(wsgi.Controller):
        @wsgi.action("pause")
        def _pause(self, req, id, body):
            return {"by key": id}

    actions = {"pause": "POST", "action": "POST"}
    router = router_for(Owner(), extends=Guest(), member_actions=actions)
    assert ask(router, "/things/1/pause", "POST").json == {"by path": "1"}
    assert ask(router, "/things/1/action", "POST", {"pause": None}).json == {"by key": "1"}


# --------------------------------------------------------------------------- extending


class Base(wsgi.Controller):
    """What is extended."""

    @wsgi.response(202)
    def index(self, req):
        return {"ran": ["index"]}

    def show(self, req, id):
        return ResponseObject({"ran": [f"show {id}"]}, code=203)

    def create(self, req, body):
        return None

    def delete(self, req, id):
        return "text"

    @wsgi.action("resize")
    def _resize(self, req, id, body):
        return {"ran": [f"resize {id}"]}


def note(name, answer=None):
    """An extension of everything, that notes that it ran."""

    class Noting(wsgi.Controller):
        def _ran(self, resp_obj):
            if resp_obj.obj is None:
                resp_obj.obj = {"ran": []}
            resp_obj.obj["ran"].append(name)
            resp_obj[f"X-{name}"] = 1
            return answer

        @wsgi.extends
        def index(self, req, resp_obj):
            return self._ran(resp_obj)

        @wsgi.extends
        def show(self, req, resp_obj, id):
            return self._ran(resp_obj)

        @wsgi.extends
        def create(self, req, resp_obj, body):
            resp_obj.obj = {"ran": [body]}

        @wsgi.extends
        def delete(self, req, resp_obj, id):
            return self._ran(resp_obj)

        @wsgi.extends(action="resize")
        def _extend_resize(self, req, resp_obj, id, body):
            return self._ran(resp_obj)

    return Noting()


def test_extensions_run_after_the_method_and_change_its_reply():
    router = router_for(Base(), extends=[note("one"), note("two")], member_actions={"action": "POST"})
    index = ask(router)
    assert (index.status_int, index.json) == (202, {"ran": ["index", "one", "two"]})
    assert (index.headers["X-One"], index.headers["X-Two"]) == ("1", "1")
    show = ask(router, "/things/5")
    assert (show.status_int, show.json) == (203, {"ran": ["show 5", "one", "two"]})
    assert ask(router, "/things", "POST", {"b": 1}).json == {"ran": [{"b": 1}]}
    resize = ask(router, "/things/5/action", "POST", {"resize": {}})
    assert resize.json == {"ran": ["resize 5", "one", "two"]}


def test_an_extension_that_takes_anything_gets_a_body_only_where_the_request_carries_one():
    class Anything(wsgi.Controller):
        def _told(self, resp_obj, more):
            resp_obj.obj = {"told": more}

        @wsgi.extends
        def index(self, req, resp_obj, **more):
            self._told(resp_obj, more)

        @wsgi.extends
        def show(self, req, resp_obj, id, body="none"):
            self._told(resp_obj, body)

        @wsgi.extends
        def create(self, req, resp_obj, **more):
            self._told(resp_obj, more)

    router = router_for(Base(), extends=Anything())
    assert ask(router).json["told"] == {}
    assert ask(router, "/things/5").json["told"] == "none"
    assert ask(router, "/things", "POST", {"b": 1}).json["told"] == {"body": {"b": 1}}
    assert ask(router, "/things", "POST").json["told"] == {"body": None}


def test_a_reply_that_is_no_data_is_not_extended():
    assert ask(router_for(Base(), extends=note("one")), "/things/5", "DELETE").text == "text"


class Unusual(Base):
    """Its method is called by keywords."""

    @wsgi.response(202)
    def index(self, req, colour="red"):
        return {"ran": ["index"]}


@pytest.mark.parametrize("controller", [Base, Unusual])
@pytest.mark.parametrize("answer", [{"mine": 1}, ResponseObject({"mine": 1}, code=299), {}, [], ""])
def test_the_first_extension_that_returns_a_response_ends_the_chain(answer, controller):
    router = router_for(controller(), extends=[note("one"), note("two", answer), note("three")])
    reply = ask(router)
    assert "X-Three" not in reply.headers
    wanted = answer.obj if isinstance(answer, ResponseObject) else answer
    assert (reply.text if answer == "" else reply.json) == wanted
    assert reply.status_int == (299 if isinstance(answer, ResponseObject) else 202)


@pytest.mark.parametrize("controller", [Base, Unusual])
def test_an_extension_may_return_the_reply_it_was_given(controller):
    class Same(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            resp_obj.obj["same"] = True
            return resp_obj

    reply = ask(router_for(controller(), extends=[Same(), note("two")]))
    assert reply.json == {"ran": ["index"], "same": True}


@pytest.mark.parametrize(("version", "ran"), [("2.1", ["low"]), ("2.4", ["low", "high"]), ("2.6", ["high"])])
def test_extensions_out_of_range_are_passed_over_in_silence(version, ran):
    class Low(wsgi.Controller):
        @wsgi.api_version("2.1", "2.5")
        @wsgi.extends
        def index(self, req, resp_obj):
            resp_obj.obj["ran"].append("low")

    class High(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            self._add(req, resp_obj)

        @wsgi.api_version("2.3")
        def _add(self, req, resp_obj):
            resp_obj.obj["ran"].append("high")

    reply = ask(router_for(Base(), extends=[Low(), High()]), version=version)
    assert reply.json == {"ran": ["index", *ran]}


def test_versions_of_one_extension_are_chosen_as_those_of_a_method():
    class More(wsgi.Controller):
        @wsgi.api_version("2.1", "2.5")
        @wsgi.extends
        def index(self, req, resp_obj):
            resp_obj.obj["v"] = 1

        @wsgi.api_version("2.6")
        @wsgi.extends
        def index(self, req, resp_obj):
            resp_obj.obj["v"] = 2

    router = router_for(Base(), extends=More())
    assert [ask(router, version=v).json["v"] for v in ("2.5", "2.6")] == [1, 2]


def test_what_an_extension_raises_is_a_fault():
    class Raises(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            raise webob.exc.HTTPConflict(explanation="busy")

        @wsgi.expected_errors(404)
        @wsgi.extends
        def show(self, req, resp_obj, id):
            raise webob.exc.HTTPConflict(explanation="busy")

    router = router_for(Base(), extends=Raises())
    assert fault(ask(router)) == ("conflictingRequest", 409, "busy")
    assert fault(ask(router, "/things/1"))[1] == 500


def test_an_added_create_is_extended_by_its_name_and_as_an_action():
    class Things(wsgi.Controller):
        def index(self, req):
            return {}

    class Adds(wsgi.Controller):
        @wsgi.action("create")
        def _create(self, req, body):
            return {"ran": []}

    class Extends(wsgi.Controller):
        @wsgi.extends
        def create(self, req, resp_obj, body):
            resp_obj.obj["ran"].append("by name")

        @wsgi.extends(action="create")
        def _create(self, req, resp_obj, body):
            resp_obj.obj["ran"].append("as action")

    router = router_for(Things(), extends=[Adds(), Extends()])
    assert ask(router, "/things", "POST", {}).json == {"ran": ["by name", "as action"]}


class Whole(wsgi.Controller):
    """All that ``note`` extends."""

    def index(self, req):
        return {"ran": []}

    def show(self, req, id):
        return {"ran": []}

    def create(self, req, body):
        return {"ran": []}

    def delete(self, req, id):
        return {"ran": []}

    @wsgi.action("resize")
    def _resize(self, req, id, body):
        return {"ran": []}


@pytest.mark.parametrize("order", ["abc", "acb", "bac", "bca", "cab", "cba"])
def test_a_resource_that_inherits_gets_the_others_extensions_however_plugins_are_ordered(order):
    plugins = {
        name: plugin(
            name,
            ResourceExtension(
                name,
                Whole() if name != "b" else None,
                inherits=inherits,
                member_actions={"action": "POST"},
            ),
            extends={name: note(f"on-{name}")},
        )
        for name, inherits in (("a", None), ("b", "a"), ("c", "b"))
    }
    router = router_of(*(plugins[name] for name in order))
    for name, wanted in (("a", ["on-a"]), ("b", ["on-b", "on-a"]), ("c", ["on-c", "on-b", "on-a"])):
        assert ask(router, f"/{name}").json == {"ran": wanted}
        assert ask(router, f"/{name}/1/action", "POST", {"resize": 1}).json == {"ran": wanted}


def test_a_controller_that_extends_both_runs_once():
    shared = note("once")
    router = router_of(
        plugin("a", ResourceExtension("a", Whole(), member_actions={"action": "POST"})),
        plugin("b", ResourceExtension("b", Whole(), inherits="a", member_actions={"action": "POST"})),
        plugin("c", extends={"a": shared, "b": shared}),
    )
    assert ask(router, "/b").json == {"ran": ["once"]}


# --------------------------------------------------------------------------- expected errors


class NotFound(Exception):
    """A service's own."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (webob.exc.HTTPNotFound(), 404),
        (webob.exc.HTTPConflict(), 409),
        (webob.exc.HTTPBadRequest(), 500),
        (webob.exc.HTTPForbidden(), 500),
        (wsgi.Fault(webob.exc.HTTPConflict()), 409),
        (errors.ValidationError("wrong"), 400),
        (errors.PolicyNotAuthorized("rule"), 403),
        (errors.Unauthorized(), 401),
        (errors.ServiceUnavailable(), 503),
        (ValueError("bug"), 500),
        (NotFound("own"), 404),
    ],
)
def test_listed_errors_pass_others_become_a_logged_500(error, status, caplog):
    class Things(wsgi.Controller):
        @wsgi.expected_errors((404, 409))
        def index(self, req):
            raise error

    reply = ask(router_for(Things(), options={"exceptions": ((NotFound, 404),)}))
    assert reply.status_int == status
    logged = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert bool(logged) is (status == 500)
    if status == 500:
        assert fault(reply)[2] == generic_message(None)
        assert logged[0].getMessage().startswith(f"Unexpected {type(error).__name__} in GET ")
        assert "which its expected_errors does not list" in caplog.text


def test_what_a_method_does_not_list_is_a_500_though_a_base_of_all_errors_has_another_status():
    class Things(wsgi.Controller):
        @wsgi.expected_errors(404)
        def index(self, req):
            raise ValueError("bug")

    reply = ask(router_for(Things(), options={"exceptions": ((Exception, 400),)}))
    assert fault(reply)[1:] == (500, generic_message(None))


# --------------------------------------------------------------------------- schemas


class Checked(wsgi.Controller):
    """Bodies and queries are checked by version."""

    @validation.schema(INTEGER, "2.1", "2.4")
    @validation.schema({"type": "string"}, "2.5", "2.6")
    def create(self, req, body):
        return {"body": body}

    @validation.query_schema(
        {
            "type": "object",
            "properties": {"n": {"type": "array", "maxItems": 1}},
            "additionalProperties": False,
        }
    )
    def index(self, req):
        return {"query": dict(req.GET)}

    @validation.schema(INTEGER, "2.0", "2.0")
    @validation.schema({"type": "object", "maxProperties": 0}, "2.1")
    def update(self, req, id, body):
        return {"body": body}


@pytest.mark.parametrize(
    ("version", "body", "status"),
    [
        ("2.1", {"n": 1}, 200),
        ("2.4", {"n": "x"}, 400),
        ("2.5", "text", 200),
        ("2.6", {"n": 1}, 400),
        ("2.7", [1], 200),
        ("2.1", {"n": 1, "m": 2}, 400),
    ],
)
def test_schemas_have_ranges_and_outside_all_of_them_nothing_is_checked(version, body, status):
    assert ask(router_for(Checked()), "/things", "POST", body, version=version).status_int == status


def test_a_legacy_client_s_extras_are_stripped():
    router, legacy = router_for(Checked()), {"apirouter.legacy": True}
    reply = ask(router, "/things", "POST", {"n": 1, "m": 2}, environ=legacy)
    assert reply.json == {"body": {"n": 1}}
    assert ask(router, "/things?n=1&m=2", environ=legacy).json == {"query": {"n": "1"}}
    assert ask(router, "/things?n=1&m=2").status_int == 400


def test_a_legacy_client_is_checked_by_the_schema_made_for_it():
    router = router_for(Checked())
    assert ask(router, "/things/1", "PUT", {"n": 1}, environ={"apirouter.legacy": True}).status_int == 200
    assert ask(router, "/things/1", "PUT", {"n": 1}).status_int == 400
    assert ask(router, "/things/1", "PUT", {}).status_int == 200


def test_a_schema_for_legacy_clients_alone_leaves_others_their_body_and_query():
    class Things(wsgi.Controller):
        @validation.schema(INTEGER, "2.0", "2.0")
        def create(self, req, body):
            return {"body": body}

        @validation.query_schema({"type": "object", "properties": {}}, "2.0", "2.0")
        def index(self, req):
            return {"query": dict(req.GET)}

    router, legacy = router_for(Things()), {"apirouter.legacy": True}
    assert ask(router, "/things", "POST", {"n": "x"}).json == {"body": {"n": "x"}}
    assert ask(router, "/things", "POST", {"n": "x"}, environ=legacy).status_int == 400
    assert ask(router, "/things?n=1").json == {"query": {"n": "1"}}
    assert ask(router, "/things?n=1", environ=legacy).json == {"query": {}}


def test_a_query_that_is_not_utf_8_is_a_400():
    assert ask(router_for(Checked()), "/things?n=%ff").status_int == 400


class OwnRequest(wsgi.Request):
    """A service's own, whose constructor is not called."""

    def __init__(self):
        raise AssertionError("a request was constructed")

    @property
    def owner(self):
        return self.context.user_id


class Allowing:
    """A policy that allows everything, and remembers of what."""

    def __init__(self):
        self.targets = []

    def authorize(self, context, rule, target):
        self.targets.append(target)
        return True


@pytest.mark.parametrize(
    ("takes_body", "sent", "body"),
    [(False, b"", None), (False, b"[1]", None), (True, b"[1]", [1]), (True, b"", None)],
)
def test_a_policy_target_is_made_with_the_call_s_own_request_and_body(takes_body, sent, body):
    def target(req, body, id):
        return {"owner": req.owner, "id": id, "body": body}

    func = (lambda req, id, body: {}) if takes_body else (lambda req, id: {})
    order = ("req", "id", "body") if takes_body else ("req", "id")
    policy = Allowing()
    service = Service.of(settings_of(), authority=policy, request_class=OwnRequest)
    plan = Plan(func, "Things.update", takes_body=takes_body, needs_body=takes_body, order=order)
    plan = dataclasses.replace(plan, rules=(RuleStamp("compute:update", target, ANY),))
    for make in (make_handler, general_handler):
        environ = wsgi.Request.blank("/things/5", method="PUT", context=context()).environ
        environ |= {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
        make(plan, service)(environ, lambda status, headers: print, {"id": "5"}, service.versions.default)
    assert policy.targets == [{"owner": "user", "id": "5", "body": body}] * 2
