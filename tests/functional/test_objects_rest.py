"""REST: methods by HTTP method and arity, nesting, custom actions, lookups, Allow."""

from __future__ import annotations

from typing import Any

import pytest

from apirouter.errors import ControllerError
from apirouter.objectdispatch import ObjectApp, RestController, expose
from tests.functional.objects import message, served


class Comments(RestController):
    @expose("json")
    def get_all(self, thing: str) -> Any:
        return ["comments of", thing]

    @expose("json")
    def get_one(self, thing: str, id: str) -> Any:
        return ["comment", id, "of", thing]

    @expose("json")
    def post(self, thing: str, text: str) -> Any:
        return ["posted", thing, text]

    @expose("json")
    def delete(self, thing: str, id: str) -> Any:
        return ["deleted", thing, id]


class Help:
    @expose()
    def index(self) -> str:
        return "help"

    @expose()
    def topic(self, name: str) -> str:
        return name


class Things(RestController):
    _custom_actions = {
        "count": ["GET"],
        "start": ["POST"],
        "rename": ["PUT"],
        "drop": ["DELETE"],
        "touch": ["PATCH"],
        "probe": ["HEAD", "OPTIONS", "PURGE"],
    }
    comments = Comments()
    help = Help()

    @expose("json")
    def get_all(self, limit: str = "10") -> Any:
        return ["all", limit]

    @expose("json")
    def get_one(self, id: str) -> Any:
        return ["one", id]

    @expose()
    def new(self) -> str:
        return "new"

    @expose()
    def edit(self, id: str) -> str:
        return f"edit {id}"

    @expose()
    def get_delete(self, id: str) -> str:
        return f"really delete {id}?"

    @expose("json")
    def post(self, name: str) -> Any:
        return ["created", name]

    @expose("json")
    def put(self, id: str, name: str = "") -> Any:
        return ["updated", id, name]

    @expose("json")
    def patch(self, id: str, **kw: Any) -> Any:
        return ["patched", id, kw]

    @expose("json")
    def delete(self, id: str) -> Any:
        return ["deleted", id]

    @expose()
    def count(self) -> str:
        return "3"

    @expose()
    def start(self, id: str) -> str:
        return f"started {id}"

    @expose()
    def rename(self, id: str) -> str:
        return f"renamed {id}"

    @expose()
    def drop(self, id: str) -> str:
        return f"dropped {id}"

    @expose()
    def patch_touch(self, id: str) -> str:
        return f"touched {id}"

    @expose()
    def probe(self, id: str) -> str:
        return f"probed {id}"

    def hidden(self) -> str:
        return "hidden"


class Root:
    things = Things()


@pytest.fixture(scope="module")
def app() -> Any:
    return served(Root())


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things", '["all", "10"]'),
        ("GET", "/things/", '["all", "10"]'),
        ("GET", "/things?limit=5", '["all", "5"]'),
        ("GET", "/things/1", '["one", "1"]'),
        ("GET", "/things/1/", '["one", "1"]'),
        ("GET", "/things?id=1&limit=2", '["all", "2"]'),
        ("GET", "/things/new", "new"),
        ("GET", "/things/1/edit", "edit 1"),
        ("GET", "/things/1/edit/", "edit 1"),
        ("GET", "/things/1/delete", "really delete 1?"),
        ("GET", "/things/count", "3"),
        ("POST", "/things?name=x", '["created", "x"]'),
        ("PUT", "/things/1", '["updated", "1", ""]'),
        ("PATCH", "/things/1?a=b", '["patched", "1", {"a": "b"}]'),
        ("DELETE", "/things/1", '["deleted", "1"]'),
        ("POST", "/things/1/start", "started 1"),
        ("PUT", "/things/rename/1", "renamed 1"),
        ("DELETE", "/things/drop/1", "dropped 1"),
        ("PATCH", "/things/1/touch", "touched 1"),
        ("PATCH", "/things/touch/1", "touched 1"),
        ("PURGE", "/things/1/probe", "probed 1"),
        ("OPTIONS", "/things/1/probe", "probed 1"),
        ("GET", "/things/7/comments", '["comments of", "7"]'),
        ("GET", "/things/7/comments/8", '["comment", "8", "of", "7"]'),
        ("POST", "/things/7/comments?text=hi", '["posted", "7", "hi"]'),
        ("DELETE", "/things/7/comments/8", '["deleted", "7", "8"]'),
        ("GET", "/things/help/", "help"),
        ("GET", "/things/help/topic/x", "x"),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.filterwarnings("ignore::wsgiref.validate.WSGIWarning")
def test_each_request_has_its_method(app: Any, method: str, path: str, expected: str) -> None:
    assert app.request(path, method=method).text == expected


def test_head_is_answered_by_get(app: Any) -> None:
    reply = app.head("/things/1")
    assert (reply.status_int, reply.body, reply.headers["Content-Length"]) == (200, b"", "12")


def test_a_405_lists_what_is_true_at_this_path(app: Any) -> None:
    assert app.get("/things/1/comments/2").status_int == 200
    reply = app.put("/things/1/comments/2", status=405)
    # POST too: the last segment would be its text.
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    reply = app.put("/things/1/comments/2/3", status=405)
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    reply = app.patch("/things/1/comments", status=405)
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    assert app.options("/things/1/comments").headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"


def test_a_controller_without_methods_is_a_405() -> None:
    class Empty(RestController):
        pass

    app = served(type("Top", (), {"empty": Empty()})())
    for method in ("get", "post", "put", "delete"):
        assert getattr(app, method)("/empty", status=405).headers["Allow"] == "OPTIONS"


@pytest.mark.parametrize(
    "path",
    ["/things/comments", "/things/comments/1", "/things/1/2/3", "/things/hidden/x", "/things/__class__/x"],
)
def test_a_path_that_lacks_an_id_or_leads_nowhere_is_a_404(app: Any, path: str) -> None:
    app.get(path, status=404)


def test_a_missing_id_is_named(app: Any) -> None:
    assert "'thing'" in message(app.get("/things/comments/", status=404))
    assert "'id'" in message(app.put("/things", status=400))
    assert "'name'" in message(app.post("/things", status=400))


def test_get_is_both_get_one_and_get_all() -> None:
    class Echo(RestController):
        @expose()
        def get(self, id: str = "all") -> str:
            return id

    class Required(RestController):
        @expose()
        def get(self, id: str) -> str:
            return id

    app = served(type("Top", (), {"echo": Echo(), "my_restcontroller": Required()})())
    assert app.get("/echo").text == "all"
    assert app.get("/echo/1").text == "1"
    assert app.get("/my_restcontroller/13579").text == "13579"
    app.get("/my_restcontroller", status=404)
    assert app.get("/my_restcontroller?id=5").text == "5"


def test_a_lookup_takes_what_methods_cannot() -> None:
    class Final(RestController):
        def __init__(self, id: str) -> None:
            self.id = id

        @expose()
        def get_all(self) -> str:
            return f"final {self.id}"

    class Middle(RestController):
        @expose()
        def get_one(self, id: str) -> str:
            return f"one {id}"

        @expose()
        def _lookup(self, id: str, *remainder: str) -> Any:
            return Final(id), remainder[1:]

    app = served(type("Top", (), {"middle": Middle()})())
    assert app.get("/middle/1").text == "one 1"
    assert app.get("/middle/1/2").text == "final 1"
    app.get("/middle", status=405)


def test_a_bug_in_a_rest_lookup_is_a_500() -> None:
    class Things(RestController):
        @expose()
        def _lookup(self, id: str, *remainder: str) -> Any:
            return None + 1  # type: ignore[operator]

    served(type("Top", (), {"things": Things()})()).get("/things/1", status=500)


def test_variable_arity_nests_at_the_first_sub_controller() -> None:
    class Sub:
        @expose()
        def index(self, *ids: str) -> str:
            return "/".join(ids)

    class Things(RestController):
        sub = Sub()

        @expose()
        def get_one(self, *ids: str) -> str:
            return ",".join(ids)

    app = served(type("Top", (), {"things": Things()})())
    assert app.get("/things/1/2").text == "1,2"
    assert app.get("/things/1/2/sub/").text == "1/2"


def test_a_route_of_its_own_may_use_the_rules() -> None:
    class Things(RestController):
        @expose()
        def get_one(self, id: str) -> str:
            return f"one {id}"

        @expose()
        def special(self) -> str:
            return "special"

        @expose()
        def _route(self, args: Any, request: Any) -> Any:
            if args and args[0] == "special":
                return self.special, []
            return super()._route(args, request)

    app = served(type("Top", (), {"things": Things()})())
    assert app.get("/things/special").text == "special"
    assert app.get("/things/1").text == "one 1"


def test_the_method_override_is_opt_in() -> None:
    app = served(Root(), method_override=True)
    assert app.post("/things/1?_method=delete").json == ["deleted", "1"]
    assert app.post("/things/1", {"_method": "PUT"}).json == ["updated", "1", ""]
    app.get("/things/1?_method=delete", status=405)
    assert served(Root()).get("/things/1?_method=delete").json == ["one", "1"]


def test_routes_of_their_own_are_refused() -> None:
    class Things(RestController):
        @expose(route="x-y")
        def get_all(self) -> None: ...

    with pytest.raises(ControllerError, match="RestController finds its methods by their names"):
        ObjectApp(Things())


def test_a_custom_action_without_a_method_is_warned_of() -> None:
    class Things(RestController):
        _custom_actions = {"counts": ["GET"]}

    assert "counts" in ObjectApp(Things()).warnings[0]
