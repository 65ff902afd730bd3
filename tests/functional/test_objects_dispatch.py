"""Walking: what is found, what is not, and where a redirect comes in."""

from __future__ import annotations

from typing import Any

import pytest
import webob

from apirouter.errors import ConfigError, ControllerError
from apirouter.objectdispatch import (
    ObjectApp,
    RestController,
    abort,
    accept_noncanonical,
    expose,
    make_app,
    redirect,
    request,
    response,
    route,
)
from tests.functional.objects import client, message, served
from tests.reliability._judge import send


class Books:
    @expose()
    def index(self) -> str:
        return "Welcome to book section."

    @expose()
    def bestsellers(self) -> str:
        return "We have 5 books in the top 10."

    def secret(self) -> str:
        return "unexposed"


class Catalog:
    books = Books()

    @expose()
    def index(self) -> str:
        return "Welcome to the catalog."


class Root:
    catalog = Catalog()
    password = "hunter2"

    @expose(generic=True)
    def index(self) -> str:
        return "root"

    @index.when(method="POST", template="json")
    def index_post(self, **kw: Any) -> dict[str, Any]:
        return kw


def test_methods_are_found_three_levels_deep() -> None:
    app = served(Root())
    assert app.get("/").text == "root"
    assert app.get("/catalog/").text == "Welcome to the catalog."
    assert app.get("/catalog/books/bestsellers").text == "We have 5 books in the top 10."
    assert app.get("/catalog/books/bestsellers/").text == "We have 5 books in the top 10."


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/password",
        "/catalog/books/secret",
        "/__class__",
        "/__class__/index",
        "/__init__",
        "/catalog/__class__/index/",
        "/index/__func__/__globals__",
        "/catalog/books/__dict__",
        "/index_post",
        "/_lookup",
        "/catalog/books/bestsellers/when",
        "/catalog\n",
        "/catalog/books/bestsellers\r\n",
        "/..%2f",
    ],
)
def test_what_is_not_exposed_is_a_404(path: str) -> None:
    reply = served(Root()).get(path.replace("\n", "%0a").replace("\r", "%0d"), status=404)
    assert "itemNotFound" in reply.json


def test_an_index_without_the_slash_redirects_with_the_query() -> None:
    app = served(Root())
    assert app.get("/catalog?a=1&b=%20", status=302).location == "http://localhost/catalog/?a=1&b=%20"
    assert app.get("/catalog/books", extra_environ={"SCRIPT_NAME": "/api"}, status=302).location == (
        "http://localhost/api/catalog/books/"
    )


def test_a_post_without_the_slash_keeps_its_method_and_body() -> None:
    class Sub:
        @expose()
        def index(self, **kw: Any) -> str:
            return str(sorted(kw.items()))

    class Top:
        sub = Sub()

    app = served(Top())
    reply = app.post("/sub", {"a": "1"}, status=307)
    assert reply.location == "http://localhost/sub/"
    assert app.post("/sub/", {"a": "1"}).text == "[('a', '1')]"


def test_a_redirect_to_the_slash_stays_on_its_origin() -> None:
    class Anything:
        @expose()
        def index(self) -> str:
            return "x"

    class Top:
        @expose()
        def _lookup(self, *remainder: str) -> Any:
            return Anything(), remainder[2:]

    reply = served(Top()).get("/", extra_environ={"PATH_INFO": "//evil.example"}, status=302)
    assert reply.location.startswith("http://localhost/")


def test_the_redirect_can_be_switched_off() -> None:
    class Sub:
        @accept_noncanonical
        @expose()
        def index(self) -> str:
            return "sub"

    class Top:
        sub = Sub()
        catalog = Catalog()

    assert served(Top()).get("/sub").text == "sub"
    assert served(Top(), force_canonical=False).get("/catalog").text == "Welcome to the catalog."
    assert served(Top(), force_canonical="false").post("/catalog").text == "Welcome to the catalog."


@pytest.mark.parametrize(
    ("environ", "status", "location"),
    [
        ({"QUERY_STRING": "q=\r\nSet-Cookie: a=b"}, 302, "http://localhost/sub/?q=%0D%0ASet-Cookie:%20a=b"),
        ({"QUERY_STRING": "q=\xe9&r=%41+%20"}, 302, "http://localhost/sub/?q=%E9&r=%41+%20"),
        ({"HTTP_HOST": "evil.example/x?\r\n"}, 400, None),
        ({"HTTP_HOST": "user@evil.example"}, 400, None),
    ],
)
def test_the_redirect_to_the_slash_carries_nothing_that_ends_a_line(environ, status, location) -> None:
    class Sub:
        @expose()
        def index(self) -> str:
            return ""

    class Root:
        sub = Sub()

    request = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/sub", "HTTP_HOST": "localhost"}
    reply = send(ObjectApp(Root()), {**request, **environ})
    assert (reply.status, reply.header("Location")) == (status, location)


def test_generic_handlers_answer_by_http_method() -> None:
    app = served(Root())
    assert app.post("/", {"a": ["1", "2"]}).json == {"a": ["1", "2"]}
    assert app.get("/").text == "root"
    assert app.head("/").content_length == 4
    assert app.delete("/").text == "root"


def test_handlers_that_share_a_name_all_answer() -> None:
    class Top:
        @expose(generic=True)
        def index(self) -> None:
            abort(405)

        @index.when(method="GET")
        def _(self) -> str:
            return "got"

        @index.when(method=["PUT", "PATCH"])
        def _(self) -> str:
            return request.method

    app = served(Top())
    assert app.get("/").text == "got"
    assert app.put("/").text == "PUT"
    assert app.patch("/").text == "PATCH"
    assert app.delete("/", status=405).headers["Allow"] == "GET, HEAD, PATCH, PUT"


def test_a_subclass_adds_handlers_without_changing_its_base() -> None:
    class Base:
        @expose(generic=True)
        def index(self) -> str:
            return "generic"

    class Sub(Base):
        @Base.index.when(method="POST")
        def post(self) -> str:
            return "posted"

    assert served(Sub()).post("/").text == "posted"
    assert served(Base()).post("/").text == "generic"


def test_generic_handlers_take_path_and_query() -> None:
    class Top:
        @expose(generic=True, template="json")
        def thing(self, first: str, second: str) -> dict[str, str]:
            return {"first": first, "second": second}

        @thing.when(method="PUT", template="json")
        def put(self, first: str, second: str = "-") -> dict[str, str]:
            return {"first": first, "second": second}

    app = served(Top())
    assert app.get("/thing/1?second=2").json == {"first": "1", "second": "2"}
    assert app.put("/thing/1?second=2").json == {"first": "1", "second": "2"}


class Student:
    def __init__(self, name: str) -> None:
        self._name = name

    @expose()
    def index(self) -> str:
        return f"student {self._name}"

    @expose()
    def name(self) -> str:
        return self._name


class Students:
    @expose()
    def _lookup(self, name: str, *remainder: str) -> Any:
        if name == "nobody":
            return None
        if name == "gone":
            abort(404, "long gone")
        if name == "bug":
            raise TypeError("a bug of the author's")
        return Student(name), remainder


class School:
    students = Students()

    @expose()
    def _default(self, *args: str) -> str:
        return "default " + "/".join(args)


def test_a_lookup_finds_controllers_that_only_the_request_can_tell() -> None:
    app = served(School())
    assert app.get("/students/66/name").text == "66"
    assert app.get("/students/66/").text == "student 66"
    assert app.get("/students/66", status=302).location == "http://localhost/students/66/"


def test_what_a_lookup_does_not_find_goes_to_the_nearest_default() -> None:
    app = served(School())
    assert app.get("/students/nobody/x").text == "default students/nobody/x"
    assert app.get("/anything/else").text == "default anything/else"
    assert message(app.get("/students/gone/x", status=404)) == "long gone"


def test_a_type_error_inside_a_lookup_is_not_swallowed() -> None:
    app = served(School())
    assert "computeFault" not in app.get("/students/bug/x", status=500).json
    with pytest.raises(TypeError, match="a bug of the author's"):
        served(School(), propagate_errors=True).get("/students/bug/x")


def test_a_lookup_is_not_called_with_what_it_does_not_take() -> None:
    called = []

    class Top:
        @expose()
        def _lookup(self, one: str) -> Any:
            called.append(one)

    served(Top()).get("/a/b", status=404)
    assert called == []


@pytest.mark.parametrize("returned", [1, Student, (Student, []), (Student("a"),)])
def test_a_lookup_that_returns_nonsense_is_a_500(returned: Any) -> None:
    class Top:
        @expose()
        def _lookup(self, *remainder: str) -> Any:
            return returned

    served(Top()).get("/a/b", status=500)


def test_a_lookup_that_returns_no_controller_is_a_404() -> None:
    class Top:
        @expose()
        def _lookup(self, *remainder: str) -> Any:
            return object(), remainder

    served(Top()).get("/a/b", status=404)


def test_a_lookup_that_returns_itself_ends() -> None:
    class Top:
        @expose()
        def _lookup(self, *remainder: str) -> Any:
            return self, remainder

    served(Top()).get("/a/b", status=404)


def test_what_a_lookup_finds_has_sub_controllers_of_its_own() -> None:
    class Found:
        fixed = Catalog()

        def __init__(self) -> None:
            self.own = Books()
            self._private = Books()
            self.session = object()

        @property
        def computed(self) -> Any:
            raise AssertionError("nothing asks a property")

    class Top:
        @expose()
        def _lookup(self, name: str, *remainder: str) -> Any:
            return Found(), remainder

    app = served(Top())
    assert app.get("/x/own/bestsellers").text.startswith("We have")
    assert app.get("/x/fixed/").text.startswith("Welcome")
    for name in ("_private/bestsellers", "session", "computed", "own/__class__"):
        app.get(f"/x/{name}", status=404)


def test_a_route_method_decides_alone() -> None:
    class Top:
        @expose()
        def index(self, *args: str) -> str:
            return "index " + ",".join(args)

        @expose()
        def other(self) -> str:
            return "other"

        def hidden(self) -> str:
            return "hidden"

        @expose()
        def _route(self, args: list[str], request: Any) -> Any:
            if args[0] == "hidden":
                return self.hidden, args[1:]
            if args[0] == "gone":
                abort(404)
            return (self.other, []) if args[0] == "elsewhere" else (self.index, args)

    app = served(Top())
    assert app.get("/a/b").text == "index a,b"
    assert app.get("/elsewhere").text == "other"
    app.get("/hidden", status=404)
    app.get("/gone", status=404)


def test_segments_that_are_no_names_are_given_a_route() -> None:
    class Sub:
        @expose(route="some-path")
        def some_path(self) -> str:
            return "found"

    class Top:
        pass

    route(Top, "with-dashes", Sub())
    app = served(Top())
    assert app.get("/with-dashes/some-path").text == "found"
    app.get("/with-dashes/some_path", status=404)
    with pytest.raises(RuntimeError, match="has an attribute 'with-dashes' already"):
        route(Top, "with-dashes", Sub())


def test_two_methods_of_one_route_are_refused_at_load() -> None:
    class Top:
        @expose(route="x")
        def one(self) -> None: ...

        @expose(route="x")
        def two(self) -> None: ...

    with pytest.raises(ControllerError, match="its path segment 'x' is that of .*one"):
        ObjectApp(Top())


def test_a_lookup_below_a_rest_controller_finds_plain_ones_without_going_in_circles() -> None:
    class Things(RestController):
        @expose()
        def _lookup(self, name: str, *remainder: str) -> Any:
            return Student(name), remainder

    class Top:
        things = Things()

    app = served(Top())
    reply = app.get("/things/7", status=302)
    assert reply.follow().text == "student 7"
    assert app.get("/things/7/name").text == "7"


def test_a_file_name_is_a_segment_unless_extensions_are_guessed() -> None:
    class Top:
        @expose("json")
        @expose()
        def x(self, name: str = "") -> Any:
            return name or {"x": 1}

    app = served(Top())
    assert app.get("/x/file.txt").json == "file.txt"
    app.get("/x.json", status=404)
    guessing = served(Top(), guess_content_type_from_ext=True)
    assert guessing.get("/x.json").json == {"x": 1}
    assert guessing.get("/x/a.html").content_type == "text/html"
    assert guessing.get("/x/file.txt").json == "file.txt"
    guessing.get("/y.json", status=404)


def test_accept_chooses_among_what_is_exposed() -> None:
    class Top:
        @expose(content_type="text/plain")
        @expose("json")
        def index(self) -> Any:
            return "text"

    app = served(Top())
    assert app.get("/").content_type == "text/plain"
    reply = app.get("/", headers={"Accept": "application/json;q=0.9, text/plain;q=0.1"})
    assert (reply.content_type, reply.json) == ("application/json", "text")
    assert reply.headers["Vary"] == "Accept"
    refused = app.get("/", headers={"Accept": "image/png"}, status=406)
    assert "text/plain, application/json" in message(refused)


def test_redirects_lead_out_and_in() -> None:
    class Top:
        @expose()
        def out(self) -> None:
            redirect("/target", code=303)

        @expose()
        def inside(self) -> None:
            request.context["who"] = "me"
            redirect("/target?q=1", internal=True)

        @expose("json")
        def target(self, q: str = "") -> Any:
            return {"q": q, "context": request.context}

        @expose()
        def circle(self) -> None:
            redirect("/circle", internal=True)

    app = served(Top())
    assert app.get("/out", status=303).follow().json == {"q": "", "context": {}}
    assert app.get("/inside").json == {"q": "1", "context": {"who": "me"}}
    app.get("/circle", status=500)
    with pytest.raises(ValueError, match="no code"):
        redirect("/x", internal=True, code=301)


def test_error_documents_are_the_applications_own_pages() -> None:
    class Top:
        @expose()
        def index(self) -> None:
            abort(403, "not you")

        @expose("json")
        def error(self, status: str) -> Any:
            original = request.environ["apirouter.original_exception"]
            return {"page": status, "method": request.method, "detail": getattr(original, "detail", None)}

    app = served(Top(), errors={403: "/error/403", 404: "/error/404?x=1", 405: "/missing"})
    reply = app.post("/", {"a": "b"}, status=403)
    assert reply.json == {"page": "403", "method": "GET", "detail": "not you"}
    assert app.get("/nowhere", status=404).json["page"] == "404"
    from_ini = ObjectApp(Top(), errors="403=/error/403")
    assert client(from_ini).get("/", status=403).json["page"] == "403"
    with pytest.raises(ConfigError, match="status=path"):
        ObjectApp(Top(), errors="oops")


def test_an_error_document_that_fails_leaves_the_error() -> None:
    class Top:
        @expose()
        def error(self) -> None:
            raise ValueError("broken page")

    assert "itemNotFound" in served(Top(), errors={404: "/error"}).get("/x", status=404).json


def test_what_an_error_document_raises_passes_where_a_servers_mistakes_do() -> None:
    class Top:
        @expose()
        def error(self) -> None:
            raise ValueError("for a filter in front")

        @expose()
        def circle(self) -> None:
            redirect("/nowhere", internal=True)

    with pytest.raises(ValueError, match="in front"):
        served(Top(), errors={404: "/error"}, propagate_errors=True).get("/x")
    # Going round is no answer of the document's.
    app = served(Top(), errors={404: "/circle"}, propagate_errors=True)
    assert "itemNotFound" in app.get("/nowhere", status=404).json


def test_what_a_method_does_to_the_response_is_kept() -> None:
    class Top:
        @expose()
        def teapot(self) -> str:
            response.status = 418
            response.headers["X-Pot"] = "short"
            return "stout"

        @expose()
        def empty(self) -> None:
            response.headers["X-Empty"] = "yes"

        @expose("json")
        def own_type(self) -> dict[str, int]:
            response.content_type = "application/vnd.x+json"
            return {"a": 1}

        @expose()
        def whole(self) -> webob.Response:
            return webob.Response("whole", status=201)

        @expose()
        def stream(self) -> Any:
            return iter([b"a", b"b"])

        @expose()
        def data(self) -> dict[str, int]:
            return {"plain": 1}

    app = served(Top())
    reply = app.get("/teapot", status=418)
    assert (reply.text, reply.headers["X-Pot"]) == ("stout", "short")
    assert app.get("/empty", status=204).headers["X-Empty"] == "yes"
    assert app.get("/own_type").content_type == "application/vnd.x+json"
    assert app.get("/whole", status=201).text == "whole"
    assert app.get("/stream").body == b"ab"
    assert app.get("/data").content_type == "application/json"
    assert app.head("/teapot", status=418).body == b""


def test_a_mistake_of_the_servers_says_nothing() -> None:
    class Top:
        @expose()
        def index(self) -> None:
            raise RuntimeError("the password is hunter2")

    assert "hunter2" not in served(Top()).get("/", status=500).text


def test_the_factory_takes_code_and_wraps() -> None:
    wrapped = []

    def wrap(app: Any) -> Any:
        wrapped.append(app)
        return app

    app = make_app(Root, wrap_app=wrap, debug=True)
    assert wrapped == [app]
    assert client(app).get("/").text == "root"


@pytest.mark.parametrize("root", ["", "no.such:Thing", "tests.functional.objects:Nothing", None])
def test_a_root_that_cannot_be_had_is_refused(root: Any) -> None:
    with pytest.raises(ConfigError):
        ObjectApp(root)


def test_an_unknown_option_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="did you mean 'force_canonical'"):
        ObjectApp(Root(), force_canonicl=True)
