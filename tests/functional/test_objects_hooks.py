"""Hooks: for the application, a class, a method; on both front ends; in order, and never somewhere else."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import webob

from apirouter import extensions, validation, wsgi
from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError
from apirouter.hooks import Hook, RequestViewer, TransactionHook, after_commit, transactional
from apirouter.objectdispatch import ObjectApp, abort, expose, hook, redirect
from apirouter.routing.router import APIRouter
from tests.functional.objects import client, served


class Note(Hook):
    def __init__(self, name: str, seen: list[str], priority: int = 100) -> None:
        self.name, self.seen, self.priority = name, seen, priority

    def on_route(self, state: Any) -> None:
        self.seen.append(f"on_route {self.name}")

    def before(self, state: Any) -> None:
        self.seen.append(f"before {self.name}")

    def after(self, state: Any) -> None:
        self.seen.append(f"after {self.name}")

    def on_error(self, state: Any, error: Exception) -> None:
        self.seen.append(f"error {self.name} {type(error).__name__}")


class NamedHook(Hook):
    """One that settings name."""

    def after(self, state: Any) -> None:
        state.response.headers["X-Named"] = "yes"


def router(controller: Any, given: Any = (), **conf: Any) -> Any:
    class Plugin(extensions.APIExtension):
        """A plugin."""

        name = alias = "things"
        version = 1

        def get_resources(self) -> list[Any]:
            return [extensions.ResourceExtension("things", controller, member_name="thing")]

    settings = Settings.from_conf({"mapper": "plain", **conf})
    return client(APIRouter(settings, plugins=[Plugin], hooks=given))


def objects_app(seen: list[str]) -> Any:
    class Sub:
        @expose()
        def index(self) -> str:
            seen.append("sub")
            return "sub"

    class Hooked:
        __hooks__ = [Note("class", seen, 50)]
        sub = Sub()

        @hook(Note("method", seen, 10))
        @expose()
        def index(self) -> str:
            seen.append("call")
            return "hooked"

    class Top:
        hooked = Hooked()
        plain = Sub()

        @expose()
        def broken(self) -> None:
            raise ValueError("broken")

    return served(Top(), hooks=[Note("app", seen, 20)])


def test_hooks_run_by_priority_and_back() -> None:
    seen: list[str] = []
    objects_app(seen).get("/hooked/")
    assert seen == [
        "on_route app",
        "before method",
        "before app",
        "before class",
        "call",
        "after class",
        "after app",
        "after method",
    ]


def test_a_classes_hooks_reach_what_lies_below_it_and_nothing_else() -> None:
    seen: list[str] = []
    app = objects_app(seen)
    app.get("/hooked/sub/")
    assert seen == ["on_route app", "before app", "before class", "sub", "after class", "after app"]
    seen.clear()
    app.get("/plain/")
    assert seen == ["on_route app", "before app", "sub", "after app"]


def test_errors_and_misses_are_seen_by_the_applications_hooks() -> None:
    seen: list[str] = []
    app = objects_app(seen)
    app.get("/broken", status=500)
    assert seen == ["on_route app", "before app", "error app ValueError", "after app"]
    seen.clear()
    app.get("/nothing", status=404)
    assert seen == ["on_route app", "error app RouteNotFound", "after app"]


def test_classes_that_share_a_function_do_not_share_hooks() -> None:
    seen: list[str] = []

    class Shared:
        @expose()
        def index(self) -> str:
            return "shared"

    class One(Shared):
        __hooks__ = [Note("one", seen)]

    class Two(Shared):
        __hooks__ = [Note("two", seen)]

    app = served(type("Top", (), {"one": One(), "two": Two(), "none": Shared()})())
    app.get("/one/")
    app.get("/none/")
    app.get("/two/")
    assert seen == ["before one", "after one", "before two", "after two"]


def test_on_error_may_answer() -> None:
    class Rescue(Hook):
        def on_error(self, state: Any, error: Exception) -> Any:
            return webob.Response(f"rescued from {error}", status=299)

    class Top:
        @expose()
        def index(self) -> None:
            raise ValueError("it")

    assert served(Top(), hooks=[Rescue()]).get("/", status=299).text == "rescued from it"


class Things(wsgi.Controller):
    def index(self, req: Any) -> dict[str, Any]:
        return {"things": []}

    def show(self, req: Any, id: str) -> dict[str, Any]:
        if id == "0":
            raise webob.exc.HTTPNotFound(explanation="no zero")
        if id == "bug":
            raise ValueError("secret")
        return {"thing": id}


def test_hooks_run_around_a_routers_resources() -> None:
    seen: list[str] = []

    class Hooked(Things):
        __hooks__ = [Note("class", seen, 50)]

        @wsgi.hook(Note("method", seen, 10))
        def index(self, req: Any) -> dict[str, Any]:
            seen.append("call")
            return {"things": []}

    app = router(Hooked(), [Note("app", seen, 20)])
    assert app.get("/things").json == {"things": []}
    assert seen == [
        "on_route app",
        "before method",
        "before app",
        "before class",
        "call",
        "after class",
        "after app",
        "after method",
    ]
    seen.clear()
    app.get("/things/0", status=404)
    assert seen == [
        "on_route app",
        "before app",
        "before class",
        "error class HTTPNotFound",
        "error app HTTPNotFound",
        "after class",
        "after app",
    ]
    seen.clear()
    app.get("/nothing", status=404)
    assert seen == ["on_route app", "error app RouteNotFound", "after app"]


def test_hooks_of_a_class_and_a_method_hear_what_is_refused_before_the_call_on_both_front_ends() -> None:
    seen: list[str] = []
    closed = {"type": "object", "properties": {}, "additionalProperties": False}

    class Which(Note):
        def after(self, state: Any) -> None:
            super().after(state)
            seen.append(f"{state.controller.__name__} {state.request.path}")

    class Refusing(wsgi.Controller):
        __hooks__ = [Which("class", seen)]

        @wsgi.hook(Note("method", seen))
        @validation.query_schema(closed)
        def index(self, req: Any) -> dict[str, Any]:
            return {}

    class Top:
        __hooks__ = [Which("class", seen)]

        @hook(Note("method", seen))
        @validation.query_schema(closed)
        @expose("json")
        def index(self) -> dict[str, Any]:
            return {}

    told = ["error class ValidationError", "error method ValidationError"]
    for app, path in ((router(Refusing()), "/things"), (served(Top()), "/")):
        app.get(f"{path}?no=1", status=400)
        assert seen == [*told, "after class", f"index {path}", "after method"]
        seen.clear()


def test_a_routers_controllers_that_share_a_function_do_not_share_hooks() -> None:
    seen: list[str] = []

    class Hooked(Things):
        __hooks__ = [Note("class", seen)]

    router(Hooked()).get("/things/1")
    router(Things()).get("/things/1")
    assert seen == ["before class", "after class"]


def test_headers_set_before_the_call_are_not_those_of_a_fault_and_after_may_set_them_there() -> None:
    class Change(Hook):
        def before(self, state: Any) -> None:
            state.response.headers["X-Before"] = "early"

        def after(self, state: Any) -> None:
            state.response.headers["X-After"] = str(state.response.status_int)

    class Failing(wsgi.Controller):
        def show(self, req: Any, id: str) -> Any:
            raise webob.exc.HTTPConflict()

    reply = router(Failing(), [Change()]).get("/things/a", status=409)
    assert "X-Before" not in reply.headers
    assert reply.headers["X-After"] == "409"


def test_a_hook_sees_and_changes_a_routers_reply() -> None:
    class Change(Hook):
        def before(self, state: Any) -> None:
            state.response.headers["X-Before"] = "early"
            state.arguments.varkw["id"] = state.arguments.varkw["id"].upper()
            assert state.controller.__self__.__class__ is Things

        def after(self, state: Any) -> None:
            state.response.headers["X-After"] = str(state.response.status_int)
            state.response.json = {**state.response.json, "more": 1}

    reply = router(Things(), [Change()]).get("/things/a")
    assert reply.json == {"thing": "A", "more": 1}
    assert (reply.headers["X-Before"], reply.headers["X-After"]) == ("early", "200")


def test_on_error_answers_for_a_router_too() -> None:
    class Rescue(Hook):
        def on_error(self, state: Any, error: Exception) -> Any:
            return webob.Response("rescued") if isinstance(error, ValueError) else None

    app = router(Things(), [Rescue()])
    assert app.get("/things/bug").text == "rescued"
    assert app.get("/things/0", status=404).json["itemNotFound"]["message"] == "no zero"


def test_what_a_hook_raises_is_the_calls_failure() -> None:
    class Bad(Hook):
        priority = 1

        def after(self, state: Any) -> None:
            raise RuntimeError("secret of the hook")

    seen: list[str] = []
    for app in (
        router(Things(), [Bad(), Note("x", seen)]),
        served(type("Top", (), {"things": expose()(lambda self: "x")})(), hooks=[Bad(), Note("x", seen)]),
    ):
        seen.clear()
        reply = app.get("/things", status=500)
        assert "secret" not in reply.text
        assert seen == ["on_route x", "before x", "after x"]


def test_settings_name_hooks_by_class_and_entry_point() -> None:
    name = f"{__name__}:NamedHook"
    assert router(Things(), hooks=name).get("/things").headers["X-Named"] == "yes"
    top = type("Top", (), {"index": expose()(lambda self: "x")})
    assert served(top(), hooks=[NamedHook]).get("/").headers["X-Named"] == "yes"
    settings = ObjectApp.options.from_conf({"hooks": name})
    assert client(ObjectApp(top(), settings)).get("/").headers["X-Named"] == "yes"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nosuch", "there is no hook 'nosuch'"),
        ("no.module:Hook", "can't be imported"),
        ("apirouter.hooks:Nothing", "names 'Nothing'"),
        ("apirouter.hooks:TransactionHook", "can't be made"),
        ("os:sep", "is no hook"),
    ],
)
def test_a_hook_that_cannot_be_had_is_refused_at_load(name: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        router(Things(), hooks=name)


def test_a_router_without_hooks_keeps_no_state() -> None:
    seen: list[Any] = []

    class Look(Things):
        def index(self, req: Any) -> dict[str, Any]:
            seen.append(req.environ.get("apirouter.state"))
            return {}

    router(Look()).get("/things")
    assert seen == [None]


def gen(seen: list[str]) -> TransactionHook:
    return TransactionHook(
        *(
            lambda name=name: seen.append(name)
            for name in ("start", "start_ro", "commit", "rollback", "clear")
        )
    )


def test_transactions_commit_and_roll_back() -> None:
    seen: list[str] = []

    class Top:
        @expose(generic=True)
        def index(self) -> str:
            return "x"

        @index.when(method="POST")
        @after_commit(lambda: seen.append("told"))
        def post(self) -> str:
            return "y"

        @expose()
        def bad(self) -> None:
            abort(409)

        @expose()
        def away(self) -> None:
            redirect("/")

        @expose()
        @transactional()
        def forced(self) -> str:
            return "z"

    app = served(Top(), hooks=[gen(seen)])
    app.get("/")
    assert seen == ["start_ro", "clear"]
    seen.clear()
    app.post("/")
    assert seen == ["start", "commit", "told", "clear"]
    seen.clear()
    app.post("/bad", status=409)
    assert seen == ["start", "rollback", "clear"]
    seen.clear()
    app.post("/away", status=302)
    assert seen == ["start", "commit", "clear"]
    seen.clear()
    app.get("/forced")
    assert seen == ["start_ro", "clear", "start", "commit", "clear"]


def test_transactions_run_around_a_router_too() -> None:
    seen: list[str] = []

    class Creating(Things):
        def create(self, req: Any, body: Any) -> dict[str, Any]:
            if body is None:
                raise webob.exc.HTTPBadRequest
            return {}

    app = router(Creating(), [gen(seen)])
    app.post_json("/things", {})
    assert seen == ["start", "commit", "clear"]
    seen.clear()
    app.post("/things", status=400)
    assert seen == ["start", "rollback", "clear"]


def test_a_class_may_have_a_transaction_of_its_own() -> None:
    seen: list[str] = []

    class Creating(Things):
        __hooks__ = [gen(seen)]

        @transactional()
        def show(self, req: Any, id: str) -> dict[str, Any]:
            return {"thing": id}

        def index(self, req: Any) -> dict[str, Any]:
            return {"things": []}

        def create(self, req: Any, body: Any) -> dict[str, Any]:
            if body is None:
                raise webob.exc.HTTPConflict
            return {}

    app = router(Creating())
    asked = (lambda: app.get("/things"), lambda: app.get("/things/1"), lambda: app.post_json("/things", {}))
    for ask, begun in zip(asked, (["start_ro"], ["start", "commit"], ["start", "commit"]), strict=True):
        ask()
        assert seen == [*begun, "clear"]
        seen.clear()
    app.post("/things", status=409)
    assert seen == ["start", "rollback", "clear"]


def test_a_commit_that_fails_is_no_success() -> None:
    def fail() -> None:
        raise OSError("disk full")

    seen: list[str] = []
    hook_ = TransactionHook(list, list, fail, list, lambda: seen.append("clear"))
    app = served(type("Top", (), {"index": expose()(lambda self: "x")})(), hooks=[hook_])
    app.post("/", status=500)
    assert seen == ["clear"]


def test_the_viewer_shows_what_became_of_a_request(capsys: Any) -> None:
    app = router(Things(), [RequestViewer()])
    reply = app.get("/things/1?a=b")
    shown = capsys.readouterr().out
    assert "Things.show" in shown
    assert "200 OK" in shown
    assert reply.headers["X-Apirouter-status"] == "200 OK"
    assert "RequestViewerHook" in reply.headers["X-Apirouter-hooks"]
    app.get("/nothing", status=404)
    assert "404 Not Found" in capsys.readouterr().out


def test_a_fault_under_hooks_is_logged_once(caplog: Any) -> None:
    with caplog.at_level(logging.ERROR):
        router(Things(), [Note("x", [])]).get("/things/bug", status=500)
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1
