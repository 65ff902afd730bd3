"""A fused function and the plain ones that it was made of: the same, request for request."""

from __future__ import annotations

import contextvars
import functools
import gc
import linecache
import logging
import re
import traceback
from types import MethodType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apirouter.chain import chain
from apirouter.deploy.mounts import Address, Mount
from apirouter.deploy.urlmap import URLMap
from apirouter.errors import PluginError
from apirouter.filters import noauth2, sizelimit
from apirouter.fusion import Step, fuse, fused, source_of, start_adding
from apirouter.routing.router import APIRouter
from apirouter.serving import Serving, callable_of
from tests.reliability import _stack
from tests.support import settings_of
from tests.unit import pipelines
from tests.unit.filters.wsgi import call, make_environ, ok
from tests.unit.pipelines import (
    ENDS,
    FILTERS,
    HEADERS,
    LOG,
    PATHS,
    USUAL,
    Limits,
    Records,
    Stricter,
    piped,
    requests,
    seen_of,
    unfused,
)


@pytest.fixture(scope="module")
def ends() -> dict[str, Any]:
    """What may stand at the end of a pipeline."""
    return pipelines.ends()


@pytest.fixture(scope="module")
def records() -> Any:
    """The log of all that is served."""
    handler = Records()
    loggers = [logging.getLogger(name) for name in (LOG, "apirouter")]
    logging.getLogger(LOG).setLevel(logging.INFO)
    logging.getLogger(f"{LOG}.off").setLevel(logging.WARNING)
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def debugging(records: Any) -> Any:
    """The log of all that is served, at DEBUG."""
    logger = logging.getLogger("apirouter")
    for one in (logger, records):
        one.setLevel(logging.DEBUG)
    yield records
    logger.setLevel(logging.NOTSET)
    records.setLevel(logging.INFO)


def test_what_answers_is_told_at_debug(ends, debugging):
    plain, whole = unfused(USUAL, ends["router"]), fuse(piped(USUAL, ends["router"]))
    environ = make_environ("/things/1", headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
    told = seen_of(whole, environ, debugging)
    assert told == seen_of(plain, environ, debugging)
    assert any(line.endswith("Things.show") for line in told["log"]), told["log"]


@settings(max_examples=150)
@given(pipelines.NAMES, st.sampled_from(ENDS), st.lists(requests(), max_size=6))
def test_a_fused_pipeline_does_what_its_filters_do_one_by_one(ends, records, names, end, asked):
    # Each has filters of its own: they know hosts and tokens that came before.
    plain, whole = unfused(names, ends[end]), fuse(piped(names, ends[end]))
    for environ in asked:
        assert seen_of(whole, environ, records) == seen_of(plain, environ, records)


@settings(max_examples=60)
@given(pipelines.NAMES, requests())
def test_whatever_the_application_s_manner(records, names, environ):
    for first, second in zip(_stack.manners(), _stack.manners(), strict=True):
        plain, whole = unfused(names, first), fuse(piped(names, second))
        assert seen_of(whole, environ, records) == seen_of(plain, environ, records), first.name
        assert first.body.closed == second.body.closed, first.name


@pytest.mark.parametrize("end", ENDS)
def test_each_header_alone_does_the_same(ends, records, end):
    every = [name for name in FILTERS if name not in ("foreign", "stepless", "middleware", "request_id")]
    for names in (USUAL, every, ["mounted proxy", *USUAL], ["small sizelimit"], ["renamed noauth2"]):
        plain, whole = unfused(names, ends[end]), fuse(piped(names, ends[end]))
        for key, value in ((key, value) for key, values in HEADERS.items() for value in values):
            for path, method, body in (
                ("/things/1", "GET", b""),
                ("/demo/things/1", "GET", b"x" * 30),
                ("/things", "POST", b'{"thing": {}}'),
                ("/things/1", "OPTIONS", b""),
            ):
                environ = make_environ(path, method, headers={"X-Auth-Token": "alice:demo"})
                environ |= {"test.body": body, "CONTENT_TYPE": "application/json", key: value}
                assert seen_of(whole, environ, records) == seen_of(plain, environ, records), (
                    names,
                    key,
                    value,
                )
        for path in PATHS:
            environ = make_environ(path, headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
            assert seen_of(whole, environ, records) == seen_of(plain, environ, records), (names, path)


@pytest.mark.parametrize("end", ENDS)
def test_no_request_is_left_to_the_garbage_collector(ends, end):
    applications = fuse(piped(USUAL, ends[end])), unfused(USUAL, ends[end])
    asked = [(path, method) for path in PATHS for method in ("GET", "OPTIONS", "PATCH")]

    def served(application, path, method):
        environ = make_environ(path, method, headers={"X-Auth-Token": "alice:demo"})
        contextvars.Context().run(_stack.Outcome().serve, application, environ)

    for application in applications:
        for path, method in asked:
            served(application, path, method)
    gc.collect()
    # What was there before is not looked at.
    gc.freeze()
    gc.disable()
    try:
        for application in applications:
            for path, method in asked:
                served(application, path, method)
                assert gc.collect() == 0, (path, method)
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_usual_pipeline_is_one_function_down_to_the_router(ends):
    text = source_of(fuse(piped(USUAL, ends["router"])))
    assert text.count("def ") == 1
    assert "last(" not in text
    # Its filters' headers are handed to who answers: no start_response is made for them on the usual way.
    assert re.search(r"body = handle_7\(environ, bind\(start_varying_0, start_response\), .*, more_2\)", text)


def test_what_has_no_step_parts_it_and_what_is_behind_is_fused_again(ends):
    application = piped(["proxy", "stepless", "noauth2"], ends["router"])
    outer = fuse(application)
    assert "last(" in source_of(outer)
    inner = outer.__globals__["last"]
    assert source_of(dict(zip(inner.__code__.co_freevars, inner.__closure__))["inner"].cell_contents)  # noqa: B905


def test_what_is_behind_a_middleware_is_fused_too(ends):
    middleware = FILTERS["middleware"](piped(USUAL, ends["router"]))
    assert source_of(middleware.serve)
    assert middleware.wsgi is middleware


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"foreign", "profiler, off"}))
def test_a_long_pipeline_is_parted(ends, records, name):
    # Python nests no more than 20 blocks in one another, and indents no more than a hundredfold.
    for count in (9, 30):
        names = [name] * count
        whole, plain = fuse(piped(names, ends["router"])), unfused(names, ends["router"])
        environ = make_environ("/things/1", headers={"X-Auth-Token": "alice:demo"}) | {"test.body": b""}
        assert seen_of(whole, environ, records) == seen_of(plain, environ, records)
    assert "last(" in source_of(whole) or name in ("middleware", "stepless", "legacy", "limits", "stricter")


def test_a_filter_that_counts_counts_each_request_by_whatever_way_it_comes(ends, records):
    Limits.asked = 0
    application = FILTERS["cors"](FILTERS["request_log"](Limits(piped(["noauth2"], ends["router"]))))
    for path, whole in (
        ("/things", fused(application)),
        ("/v2/things", URLMap((Mount.at(Address(path="/v2"), application),)).wsgi),
    ):
        statuses = [
            call(whole, path, headers={"X-Auth-Token": "a:b"} | headers).status
            for headers in ({"Origin": "https://a.example"}, {}, {"Origin": "https://b.example"})
        ]
    # The same filter, in two functions: its count is one.
    assert statuses == [429, 429, 429]
    assert Limits.asked == 1


def test_a_subclass_that_serves_in_another_way_keeps_its_way():
    class Refuses(sizelimit.RequestBodySizeLimiter):
        def serving(self, inner):
            def refuses(environ, start_response):
                start_response("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"no"]

            return refuses

    class Calls(noauth2.NoAuthMiddleware):
        def __call__(self, environ, start_response):
            environ["REMOTE_ADDR"] = "called"
            return super().__call__(environ, start_response)

    for kind, status in ((Refuses, 403), (Calls, 200)):
        whole = fuse(FILTERS["proxy"](kind(ok)))
        reply = call(whole, headers={"X-Auth-Token": "a:b"})
        assert reply.status == status
    assert reply.environ["apirouter.context"].remote_address == "called"


class Closed(APIRouter):
    """A router that does so."""

    def __init__(self, settings):
        super().__init__(settings, plugins=[])
        self.serve = _says_closed


def _says_closed(environ, start_response):
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"closed"]


def test_what_a_subclass_puts_in_the_place_of_its_function_is_called():
    whole = fuse(FILTERS["proxy"](Stricter.factory({})(ok)))
    assert call(whole, headers={"X-Auth-Token": "eve:demo"}).status == 403
    assert call(whole, headers={"X-Auth-Token": "alice:demo"}).status == 200
    assert call(fuse(FILTERS["proxy"](Closed(settings_of())))).status == 503


def test_the_application_that_a_filter_was_made_with_is_called():
    inside = noauth2.NoAuthMiddleware(ok)
    inside.application = _says_closed
    whole = fuse(FILTERS["proxy"](inside))
    assert call(whole, headers={"X-Auth-Token": "a:b"}).status == 200


def test_a_subclass_may_make_itself():
    class Own(noauth2.NoAuthMiddleware):
        def __init__(self, application):
            self.application, self.settings = application, self.read_options(None, {})
            self.prepare()
            self.serve = self.serving(callable_of(application))

    application = Own(ok).wsgi
    assert application.filter.application is ok
    assert call(fuse(FILTERS["proxy"](application)), headers={"X-Auth-Token": "a:b"}).status == 200


def test_a_subclass_may_want_no_step():
    class Apart(noauth2.NoAuthMiddleware):
        fusion_step = None

    whole = fuse(FILTERS["proxy"](Apart(ok)))
    assert "last(" in source_of(whole)
    assert call(whole, headers={"X-Auth-Token": "a:b"}).status == 200


def test_what_a_router_calls_its_application_is_not_behind_it():
    class Named(APIRouter):
        def __init__(self, settings):
            super().__init__(settings, plugins=[])
            self.application = self

    router = Named(settings_of())
    assert call(fuse(FILTERS["proxy"](router)), "/extensions").status == 200
    assert fused(router) is router


def test_a_filter_attribute_that_can_t_be_asked_says_nothing():
    class Unbound:
        def __getattr__(self, name):
            raise RuntimeError("working outside of a request")

    def application(environ, start_response):
        return ok(environ, start_response)

    application.filter = Unbound()
    assert fuse(application) is application


def test_a_function_that_wraps_a_filter_s_is_not_taken_for_it():
    inner = FILTERS["noauth2"](ok)

    @functools.wraps(inner)
    def lets_in(environ, start_response):
        return ok(environ, start_response)

    assert fuse(lets_in) is lets_in
    lets_in.filter = "of somebody's"
    assert fuse(lets_in) is lets_in
    assert call(fuse(FILTERS["proxy"](lets_in))).status == 200


def test_what_is_no_filter_is_called_as_it_is():
    class Plain(Serving):
        def __init__(self):
            self.serve = ok

    assert fuse(ok) is ok
    assert fuse(Plain()) is ok
    assert source_of(ok) == ""
    assert fused(ok) is ok


def test_the_whole_is_described_like_the_filter_outside():
    application = piped(["proxy", "sizelimit"], ok)
    whole = fused(application)
    assert source_of(whole)
    assert [type(one).__name__ for one in chain(whole)] == [type(one).__name__ for one in chain(application)]


def test_a_url_map_calls_what_is_fused_by_path_and_by_host(ends):
    application = piped(USUAL, ends["router"])
    for address in (Address(path="/v2"), Address(path="/v2", host="a.example")):
        urls = URLMap((Mount.at(address, application),))
        reply = call(urls.wsgi, "/v2/things", headers={"Host": "a.example", "X-Auth-Token": "a:b"})
        assert reply.status == 200
        assert all(source_of(one) for one in urls._serves.values())


def test_a_traceback_names_the_filters_that_were_fused_and_shows_the_line():
    def raises(environ, start_response):
        raise RuntimeError("here")

    made = {
        between: fuse(piped(["proxy", *names, "sizelimit"], raises))
        for between, names in (("", []), ("RequestLog, ", ["request_log, off"]))
    }
    for between, function in made.items():
        with pytest.raises(RuntimeError) as caught:
            call(function, checked=False)
        shown = "".join(traceback.format_exception(caught.value))
        assert f'File "<fused: HTTPProxyToWSGI, {between}RequestBodySizeLimiter; ' in shown
        line = shown.partition("<fused: ")[2].splitlines()[1].strip()
        assert line.startswith("body = last(environ,")
        assert line in source_of(function)


def test_lines_are_kept_as_long_as_their_function():
    def shown():
        gc.collect()
        return {name for name in linecache.cache if name.startswith("<fused: HTTPProxyToWSGI;")}

    before = shown()
    function = fuse(piped(["proxy"], ok))
    assert len(shown() - before) == 1
    del function
    assert shown() == before


def test_names_of_a_step_are_its_own():
    class Twice(Serving):
        def __init__(self, application, mark):
            self.application, self.mark = application, mark
            self.serve = self.serving(callable_of(application))

        def serving(self, inner):
            return inner

        def fusion_step(self):
            lines = "kept = mark\ntry:\n    INSIDE\nexcept ValueError as error:\n    body = [str(error).encode(), kept]"
            return Step(lines=lines, names={"mark": self.mark})

    def raises(environ, start_response):
        raise ValueError("x")

    assert list(fuse(Twice(Twice(ok, b"inner"), b"outer"))(make_environ(), lambda *a: None)) == [b"ok"]
    assert list(fuse(Twice(Twice(raises, b"inner"), b"outer"))({}, None)) == [b"x", b"inner"]


class Said(Serving):
    """A filter that returns what it is given for its step."""

    def __init__(self, application, step):
        self.application, self.step = application, step
        self.serve = self.serving(callable_of(application))

    def serving(self, inner):
        return inner

    def fusion_step(self):
        return self.step


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("if kept\n    INSIDE", "its lines can't be compiled: "),
        ("INSIDE\nbreak", "its lines can't be compiled: 'break' outside loop"),
        ("body = INSIDE", "its lines have INSIDE within another line, or in a function; let it be a line of its own"),
        ("body = kept(INSIDE)", "its lines have INSIDE within another line, or in a function"),
        ("def called():\n    INSIDE\ncalled()", "its lines have INSIDE within another line, or in a function"),
        ("if kept:\n    INSIDE\nelse:\n    INSIDE", "its lines have INSIDE 2 times; call the application inside in"),
        ("kept = 1", "its lines have no INSIDE, and set no body; add the line INSIDE, where the application"),
        ("INSIDE\nyield from body", "its lines have a yield: a function with one answers nothing"),
        ("if kep:\n    INSIDE", "its lines use 'kep', which stands for nothing; add it to its names"),
    ],
)  # fmt: skip
def test_lines_that_could_not_run_are_refused_at_load_with_the_filter_s_name(lines, says):
    mistaken = Said(ok, Step(lines=lines, names={"kept": None}))
    for application in (mistaken, FILTERS["proxy"](mistaken), Said(mistaken, Step(lines="INSIDE"))):
        with pytest.raises(PluginError) as caught:
            URLMap((Mount.at(Address(path="/v2"), application),))
        assert str(caught.value).startswith(f"{__name__}:Said.fusion_step: {says}")


@pytest.mark.parametrize("lines", ["body = [b'own']", "body = PLAIN(environ, START)", "return [b'own']"])
def test_lines_may_answer_without_what_is_inside(lines):
    for application in (Said(ok, Step(lines=lines)), FILTERS["proxy"](Said(ok, Step(lines=lines)))):
        assert fuse(application)(make_environ(), lambda *told: None) == [
            b"ok" if "PLAIN" in lines else b"own"
        ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"start": "bind(starts, START)"}, "its start uses 'starts', which stands for nothing; add it to its names"),
        ({"adds": "mor"}, "it adds 'mor', which its lines don't set; set it to the list of headers"),
    ],
)  # fmt: skip
def test_what_a_step_says_of_the_reply_s_start_stands_for_something(words, says):
    with pytest.raises(PluginError, match=re.escape(f"{__name__}:Said.fusion_step: {says}")):
        fuse(Said(ok, Step(lines="more = []\nINSIDE", **words)))


def test_names_that_lines_set_in_any_way_need_not_be_given():
    lines = """
import os.path as path
def called(one, *many, key=None):
    return [(other, key) for other in (one, *many)]
class Kept:
    pass
match called(1, 2):
    case [(first, None), *others] as all_of_them:
        found = {**{str(first): len(others), Kept.__name__: path.sep}}
match found:
    case {"1": 1, **rest}:
        mark = (lambda text: text)(sorted(rest)[0])
try:
    INSIDE
except ValueError as error:
    body = [str(error)]
body = [*body, mark.encode(), str(len(all_of_them)).encode()]
"""

    def raises(environ, start_response):
        raise ValueError("x")

    assert fuse(Said(raises, Step(lines=lines)))({}, None) == ["x", b"Kept", b"2"]


def test_a_step_that_is_none_is_refused_at_load():
    with pytest.raises(
        PluginError, match=r"Said.fusion_step: it returned 'INSIDE'; let it return a Step, or None"
    ):
        fuse(Said(ok, "INSIDE"))


@pytest.mark.parametrize("kind", [tuple, lambda headers: dict(headers).items()])
@pytest.mark.parametrize("more", [[], [("Vary", "Accept")]])
def test_headers_that_a_server_would_take_are_taken(kind, more):
    def application(environ, start_response):
        start_response("200 OK", kind([("Content-Type", "text/plain"), *more]))
        return [b"ok"]

    for names in (USUAL, ["cors"], ["cors", "legacy"], ["cors", "middleware"], ["cors", "named request_id"]):
        for origin in ({}, {"Origin": "https://a.example"}):
            served = [
                call(one, headers={"X-Auth-Token": "a:b", **origin}, checked=False)
                for one in (unfused(names, application), fuse(piped(names, application)))
            ]
            assert [reply.body for reply in served] == [b"ok", b"ok"], names
            vary = ", ".join([*dict(more).values(), "Origin"])
            assert served[0].all("Vary") == served[1].all("Vary") == [vary], names


def test_headers_are_added_to_a_list_of_its_own():
    told = []
    start = MethodType(start_adding, (lambda *reply: told.append(reply), [("X-More", "1")]))
    headers = [("X", "0")]
    start("200 OK", headers)
    start("500 Oops", headers, exc_info=("kind", "error", None))
    assert told == [
        ("200 OK", [("X", "0"), ("X-More", "1")]),
        ("500 Oops", [("X", "0"), ("X-More", "1")], ("kind", "error", None)),
    ]
    assert headers == [("X", "0")]
