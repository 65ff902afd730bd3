"""Arguments: from path, query, form and JSON body, by signature."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from apirouter.objectdispatch import RestController, expose, request
from tests.functional.objects import message, served


def passthrough(func: Any) -> Any:
    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapper


class Root:
    @expose("json")
    def two(self, a: str, b: str) -> Any:
        return [a, b]

    @expose("json")
    def defaults(self, a: str, b: str = "B", *, c: str = "C", d: str) -> Any:
        return [a, b, c, d]

    @expose("json")
    def rest(self, a: str, *args: str, **kw: Any) -> Any:
        return [a, list(args), kw]

    @expose("json")
    def positional(self, a: str, /, b: str = "B") -> Any:
        return [a, b]

    @expose("json")
    @passthrough
    def wrapped(self, a: str) -> Any:
        return a

    @passthrough
    @expose("json")
    def wrapped_outside(self, a: str) -> Any:
        return a

    @expose("json")
    def nothing(self) -> Any:
        return request.json if request.method == "POST" else None

    @staticmethod
    @expose("json")
    def static(a: str) -> Any:
        return a

    @classmethod
    @expose("json")
    def klass(cls, a: str) -> Any:
        return [cls.__name__, a]


@pytest.fixture(scope="module")
def app() -> Any:
    return served(Root())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/two/1/2", ["1", "2"]),
        ("/two/1?b=2", ["1", "2"]),
        ("/two?a=1&b=2", ["1", "2"]),
        ("/two/1/2?a=x&unknown=y", ["1", "2"]),
        ("/two/%C3%A9?b=%E2%82%AC", ["é", "€"]),
        ("/two?a=1&a=2&b=", [["1", "2"], ""]),
        ("/defaults/1?d=4", ["1", "B", "C", "4"]),
        ("/defaults/1/2?c=3&d=4", ["1", "2", "3", "4"]),
        ("/rest/1/2/3?x=4&x=5&a=9", ["1", ["2", "3"], {"x": ["4", "5"]}]),
        ("/positional?a=1", ["1", "B"]),
        ("/wrapped/1", "1"),
        ("/wrapped_outside?a=1", "1"),
        ("/static/1", "1"),
        ("/klass/1", ["Root", "1"]),
        ("/klass?a=1", ["Root", "1"]),
    ],
)
def test_a_signature_is_filled_from_path_and_query(app: Any, path: str, expected: Any) -> None:
    assert app.get(path).json == expected


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/two", 400, "'a'"),
        ("/two/1", 400, "'b'"),
        ("/two/1/2/three", 404, "'three'"),
        ("/two/1/2/three?a=1", 404, "'three'"),
        ("/defaults/1", 400, "'d'"),
        ("/wrapped", 400, "'a'"),
        ("/nothing/extra", 404, "'extra'"),
        ("/two/1?%FF=%FF", 400, "UTF-8"),
    ],
)
def test_a_missing_or_surplus_argument_is_named(app: Any, path: str, status: int, named: str) -> None:
    assert named in message(app.get(path, status=status))


def test_a_wrapper_that_fills_a_parameter_says_that_its_own_ones_count() -> None:
    def with_body(method: Any) -> Any:
        @functools.wraps(method)
        def wrapper(self: Any, *args: Any, **keywords: Any) -> Any:
            return method(self, *args, body=[request.json, sorted(keywords)])

        del wrapper.__wrapped__
        return wrapper

    class Books(RestController):
        @expose("json")
        @with_body
        def put(self, book_id: str, body: Any) -> Any:
            return [book_id, body]

    class Top:
        books = Books()

    assert served(Top()).put_json("/books/1?b=2", {"a": 1}).json == ["1", [{"a": 1}, ["a", "b"]]]


def test_a_way_to_route_of_ones_own_may_end_in_rests() -> None:
    class Things(RestController):
        @expose("json")
        def get_one(self, thing_id: str) -> Any:
            return thing_id

        @expose("json")
        def post_all(self) -> str:
            return "all"

        @expose()
        def _route(self, args: Any, request: Any) -> Any:
            if request.method == "POST" and args in ([], [""]):
                return self.post_all, []
            return super()._route(args, request)

    class Top:
        things = Things()

    app = served(Top())
    assert (app.post("/things").json, app.get("/things/1").json) == ("all", "1")
    app.post("/things/1", status=405)


def test_forms_and_json_fill_it_too(app: Any) -> None:
    assert app.post("/two/1", {"b": "2"}).json == ["1", "2"]
    assert app.post_json("/two/1", {"b": {"deep": [2]}}).json == ["1", {"deep": [2]}]
    assert app.put_json("/two?a=1", {"b": None}).json == ["1", None]
    assert app.patch_json("/rest/1?x=1", {"x": 2, "y": [3]}).json == ["1", [], {"x": ["1", 2], "y": [3]}]
    assert app.post("/rest/1?x=1", {"x": ["2", "3"]}).json == ["1", [], {"x": ["1", "2", "3"]}]
    assert app.delete_json("/two/1", {"b": 2}).json == ["1", 2]
    assert app.delete("/two/1", {"b": "2"}).json == ["1", "2"]
    assert app.post("/two/1", {"b": "ü"}).json == ["1", "ü"]


def test_files_arrive(app: Any) -> None:
    class Top:
        @expose("json")
        def upload(self, file: Any, note: str) -> Any:
            return [file.filename, file.file.read().decode(), note]

    reply = served(Top()).post("/upload", {"note": "n"}, upload_files=[("file", "a.txt", b"content")])
    assert reply.json == ["a.txt", "content", "n"]


@pytest.mark.parametrize(
    "body", [b"{", b"{'a': 1}", b"\xff", b'{"a": NaN}', b'{"a":1,"a":2}', b"[" * 100_000]
)
@pytest.mark.parametrize("path", ["/two/1", "/nothing"])
def test_bad_json_is_a_400(app: Any, body: bytes, path: str) -> None:
    reply = app.post(path, body, content_type="application/json", status=400)
    assert message(reply).startswith("Malformed request body")


def test_json_that_is_no_object_is_the_methods_business(app: Any) -> None:
    assert app.post_json("/nothing", [1, 2]).json == [1, 2]
    assert "'a'" in message(app.post_json("/two", [1], status=400))


def test_an_empty_json_body_is_no_body(app: Any) -> None:
    reply = app.post("/two?a=1&b=2", b"", content_type="application/json")
    assert reply.json == ["1", "2"]


def test_other_media_types_are_left_to_the_method() -> None:
    class Top:
        @expose("json")
        def raw(self, a: str = "") -> Any:
            return [a, request.body.decode()]

    app = served(Top())
    assert app.post("/raw?a=1", b"<x/>", content_type="application/xml").json == ["1", "<x/>"]
    assert app.post("/raw", b"\x00", content_type="application/octet-stream").json == ["", "\x00"]


def test_a_form_that_is_not_utf8_is_a_400(app: Any) -> None:
    app.post("/two/1", b"b=%FF", content_type="application/x-www-form-urlencoded", status=400)
    many = b"&".join(b"k%d=1" % n for n in range(2000))
    app.post("/two/1", many, content_type="application/x-www-form-urlencoded", status=400)


def test_unknown_parameters_can_be_refused() -> None:
    app = served(Root(), strict_arguments=True)
    assert "'zzz'" in message(app.get("/two/1/2?zzz=1", status=400))
    assert app.get("/rest/1?zzz=1").json == ["1", [], {"zzz": "1"}]


def test_the_http_method_is_not_tunnelled_unless_told() -> None:
    class Top:
        @expose("json")
        def x(self, **kw: Any) -> Any:
            return [request.method, kw]

    assert served(Top()).get("/x?_method=DELETE").json == ["GET", {"_method": "DELETE"}]
    served(Top(), method_override=True).get("/x?_method=DELETE", status=405)


def test_explicit_mode_hands_request_and_response_on() -> None:
    class Top:
        @expose("json")
        def x(self, req: Any, resp: Any, a: str, b: str = "B") -> Any:
            resp.headers["X-Path"] = req.path
            return [a, b]

        @expose(generic=True, template="json")
        def index(self, req: Any, resp: Any) -> Any:
            return [req.method]

        @index.when(method="POST", template="json")
        def post(self, req: Any, resp: Any, **kw: Any) -> Any:
            return kw

    app = served(Top(), use_context_locals=False)
    reply = app.get("/x/1")
    assert (reply.json, reply.headers["X-Path"]) == (["1", "B"], "/x/1")
    assert app.post_json("/", {"k": 1}).json == {"k": 1}
    assert app.get("/").json == ["GET"]


def test_explicit_mode_refuses_methods_without_both_at_load() -> None:
    from apirouter.errors import ControllerError

    with pytest.raises(ControllerError, match=r"Root\.two .*it takes 3|self, req, resp"):
        served(type("Bad", (), {"x": expose()(lambda self: "")})(), use_context_locals=False)
