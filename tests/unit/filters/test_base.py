import dataclasses

import pytest
import webob

from apirouter.errors import ConfigError
from apirouter.filters import Filter, Middleware
from apirouter.filters.base import callable_of, factory_of
from apirouter.fusion import fuse
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, tell


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    size: int = 3
    service_type: str = ""


class Plain(Filter):
    options = Options

    def __call__(self, environ, start_response):
        environ["size"] = self.settings.size
        return self.application(environ, start_response)


def test_a_factory_coerces_its_options_once_and_wraps_an_application():
    app = Plain.factory({}, size="7")(tell("size"))
    assert isinstance(app, Plain)
    assert call(app).json == {"size": 7}


def test_an_unknown_option_is_an_error_with_the_nearest_name():
    with pytest.raises(ConfigError, match=r"Plain: unknown option 'sise'; did you mean 'size'\?"):
        Plain.factory({}, sise="7")


def test_a_value_that_cannot_be_read_is_an_error_at_load():
    with pytest.raises(ConfigError, match="option 'size': 'x' is not a whole number"):
        Plain.factory({}, size="x")


def test_names_of_the_default_section_are_inherited_only_where_they_are_meant_to_be():
    app = Plain.factory({"service_type": "compute", "size": "9", "other": "x"})(ok)
    assert app.settings == Options(size=3, service_type="compute")
    assert (
        Plain.factory({"service_type": "compute"}, service_type="image")(ok).settings.service_type == "image"
    )


def test_code_gives_options_by_name():
    assert Plain(ok, size=5).settings.size == 5
    assert Plain(ok, Options(size=6)).settings.size == 6
    with pytest.raises(ConfigError):
        Plain(ok, sice=5)


def test_what_serves_through_a_function_still_shows_the_application_inside():
    class Closed(Filter):
        def serving(self, inner):
            def closed(environ, start_response):
                return inner(environ, start_response)

            return closed

    inner = Plain(ok)
    app = factory_of(Closed)({})(inner)
    assert app.application is inner
    assert isinstance(app.filter, Closed)
    assert call(app).body == call(app.filter).body == b"ok"


def test_a_filter_that_serves_as_the_one_inside_is_kept_in_the_chain():
    app = Filter.factory({})(ok)
    assert app.application is ok
    assert call(app).status == 200


def test_a_filter_that_passes_all_on_to_a_call_of_a_user_s_is_kept_in_the_chain():
    inner = Looks(ok)
    app = Filter.factory({})(inner)
    assert app.application is inner
    assert call(app).environ["seen"]


def test_what_serves_may_be_any_callable():
    class Method(Filter):
        def serving(self, inner):
            self.inner = inner
            return self.answer

        def answer(self, environ, start_response):
            return self.inner(environ, start_response)

    class Callable:
        __slots__ = ("inner",)

        def __init__(self, inner):
            self.inner = inner

        def __call__(self, environ, start_response):
            return self.inner(environ, start_response)

    class Object(Filter):
        def serving(self, inner):
            return Callable(inner)

    for kind in (Method, Object):
        app = kind.factory({})(ok)
        assert app.application is ok
        assert call(app).body == b"ok"
        assert call(fuse(Filter.factory({})(app))).body == b"ok"


def test_filters_that_serve_by_one_function_are_told_apart():
    def closed(environ, start_response):
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"closed"]

    class Closed(Filter):
        def serving(self, inner):
            return closed

    inner = tell("x")
    first, second = Closed.factory({})(ok), Closed.factory({})(inner)
    assert (first.application, second.application) == (ok, inner)
    assert call(second).status == 503


def test_a_filter_that_forgets_to_return_what_serves_is_named_at_load():
    class Forgets(Filter):
        def serving(self, inner):
            def forgotten(environ, start_response):
                return inner(environ, start_response)

    with pytest.raises(TypeError, match=r"Forgets\.serving returned None; let it return a WSGI application"):
        Forgets.factory({})(ok)


@pytest.mark.parametrize("returned", [lambda made: made, lambda made: made.__call__])
def test_a_filter_that_would_call_itself_without_end_is_named_at_load(returned):
    class Circles(Filter):
        def serving(self, inner):
            return returned(self)

    with pytest.raises(TypeError, match=r"Circles\.serving returned the filter; let it return what answers"):
        Circles.factory({})(ok)


def test_a_filter_may_serve_by_a_call_of_its_own():
    class Answers(Filter):
        def serving(self, inner):
            return self

        def __call__(self, environ, start_response):
            return self.application(environ, start_response)

    assert call(Answers.factory({})(ok)).status == 200


def test_an_overridden_call_is_what_a_filter_outside_calls():
    outer = Filter(Plain(tell("size")))
    assert call(outer).json == {"size": 3}
    assert callable_of(ok) is ok


def test_a_factory_says_which_options_there_are():
    assert factory_of(Plain).options is Options


class Looks(Middleware):
    def process_request(self, environ):
        if environ["PATH_INFO"] == "/stop":
            return answering([b"stopped"])
        environ["seen"] = True
        return None

    def process_response(self, environ, status, headers):
        return status, [*headers, ("X-Seen", str(environ.get("seen")))]


def test_a_middleware_sees_the_environ_and_the_head_of_the_reply():
    reply = call(Looks.factory({})(ok))
    assert (reply.body, reply.header("X-Seen")) == (b"ok", "True")


def test_what_process_request_returns_answers_instead():
    assert call(Looks(ok), "/stop").body == b"stopped"


def test_no_request_is_made_unless_the_subclass_asks(monkeypatch):
    monkeypatch.setattr("apirouter.filters.base.new_request", None)
    assert call(Looks(ok)).status == 200


class Objects(Middleware):
    def process_request(self, req):
        assert isinstance(req, webob.Request)
        req.environ["who"] = req.headers.get("X-Who")
        return webob.Response("no", status=403) if req.path == "/no" else None

    def process_response(self, response):
        response.headers["X-Status"] = str(response.status_int)
        return response


def test_a_middleware_that_names_req_and_response_is_given_objects():
    reply = call(Objects(tell("who")), headers={"X-Who": "me"})
    assert reply.json == {"who": "me"}
    assert reply.header("X-Status") == "200"
    assert call(Objects(ok), "/no").status == 403


def test_a_middleware_may_take_its_options_as_keywords_of_its_constructor():
    class Greets(Middleware):
        def __init__(self, application, greeting, times: int = 1, loud: bool = False):
            super().__init__(application)
            self.text = greeting * times + ("!" if loud else "")

        def process_response(self, environ, status, headers):
            return status, [*headers, ("X-Greeting", self.text)]

    app = Greets.factory({}, greeting="hi", times="2", loud="yes")(ok)
    assert call(app).header("X-Greeting") == "hihi!"
    assert call(Greets(ok, "ho")).header("X-Greeting") == "ho"
    with pytest.raises(ConfigError, match="did you mean 'times'"):
        Greets.factory({}, greeting="hi", tims="2")
    with pytest.raises(ConfigError, match="option 'greeting' is required"):
        Greets.factory({})


def test_keywords_without_annotations_are_read_as_their_defaults_are():
    class Greets(Middleware):
        def __init__(self, application, loud=False, times=1, pause=0.5, names=(), codes=(404,), text=None):
            super().__init__(application)
            self.said = (loud, times, pause, names, codes, text)

    given = {"loud": "no", "times": "2", "pause": "1", "names": "a, b", "codes": "400 500", "text": "no"}
    assert Greets.factory({}, **given)(ok).said == (False, 2, 1.0, ("a", "b"), (400, 500), "no")
    assert Greets.factory({})(ok).said == (False, 1, 0.5, (), (404,), None)
    with pytest.raises(ConfigError, match="option 'loud': 'maybe' is not a boolean"):
        Greets.factory({}, loud="maybe")


def test_an_annotation_that_only_a_type_checker_knows_is_told_at_load():
    class Rates(Middleware):
        def __init__(self, application, rate: "Decimal" = 1):  # noqa: F821
            super().__init__(application)

    problem = r"Rates: the annotations of RatesOptions can't be read: name 'Decimal' is not defined; import"
    with pytest.raises(ConfigError, match=problem):
        Rates.factory({}, rate="2")


@pytest.mark.parametrize("kind", [tuple, list, set, frozenset])
def test_a_keyword_s_values_are_of_the_kind_of_its_default_s(kind):
    usual = kind([404])

    class Codes(Middleware):
        def __init__(self, application, codes=usual):
            super().__init__(application)
            self.codes = codes

    assert Codes.factory({}, codes="400 500")(ok).codes == kind([400, 500])


def test_a_keyword_s_default_may_be_a_list():
    class Names(Middleware):
        def __init__(self, application, names: list[str] = []):  # noqa: B006
            super().__init__(application)
            self.names = names

    assert Names.factory({}, names="a, b")(ok).names == ["a", "b"]
    assert Names.factory({})(ok).names == []


def test_parameters_that_mean_nothing_are_refused_when_the_class_is_made():
    with pytest.raises(TypeError, match=r"process_response takes"):

        class Bad(Middleware):
            def process_response(self, one, two):
                return one

    with pytest.raises(TypeError, match=r"process_request takes"):

        class Worse(Middleware):
            def process_request(self):
                return None


def test_a_middleware_that_raises_closes_the_iterable_inside():
    body = Tracked()

    class Raises(Middleware):
        def process_response(self, response):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        call(Raises(answering(body)), checked=False)
    assert body.closed == 1


def test_another_response_closes_the_one_from_inside():
    body = Tracked()

    class Other(Middleware):
        def process_response(self, response):
            return webob.Response("other")

    assert call(Other(answering(body))).body == b"other"
    assert body.closed == 1


def test_a_method_that_forgets_to_return_is_named():
    class Forgets(Middleware):
        def process_response(self, response):
            response.headers["X-A"] = "1"

    class ForgetsHead(Middleware):
        def process_response(self, environ, status, headers):
            headers.append(("X-A", "1"))

    class Says(Middleware):
        def process_request(self, environ):
            return "no"

    for kind, words in (
        (Forgets, r"Forgets\.process_response returned None; let it return a response"),
        (ForgetsHead, r"ForgetsHead\.process_response returned None; let it return status and headers"),
        (Says, r"Says\.process_request returned 'no'; let it return a response"),
    ):
        body = Tracked([b"x"])
        with pytest.raises(TypeError, match=words):
            call(kind(answering(body)))


def test_a_start_response_that_raises_leaves_no_reply_open():
    class Adds(Middleware):
        def process_response(self, response):
            response.headers["X-A"] = "1"
            return response

    def refuse(status, headers, exc_info=None):
        raise AssertionError("this server takes no such header")

    body = Tracked([b"x"])
    with pytest.raises(AssertionError):
        Adds(answering(body))(make_environ(), refuse)
    assert body.closed
