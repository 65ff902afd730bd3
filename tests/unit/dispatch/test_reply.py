"""What a method returns becomes a reply, checked by PEP 3333 on the way."""

from __future__ import annotations

import collections
import io
import json
import logging

import pytest
import webob
import webob.exc
from hypothesis import given
from hypothesis import strategies as st

from apirouter import wsgi
from apirouter.dispatch.reply import Lengths, header_name
from apirouter.faults import generic_message
from apirouter.wsgi import ResponseObject
from tests.support import MODERN, ask, fault, router_for

BOTH = "OpenStack-API-Version, X-OpenStack-Nova-API-Version"


def returning(make, code=None):
    """A router whose index returns what ``make`` makes."""

    class Things(wsgi.Controller):
        def index(self, req):
            return make()

    if code is not None:
        wsgi.response(code)(Things.index)
    return router_for(Things())


class Told(wsgi.Controller):
    """Returns what its test makes."""

    make = None

    def index(self, req):
        return type(self).make()


TOLD = router_for(Told())


def told(make):
    """The reply to what is made, by one router for all."""
    Told.make = staticmethod(make)
    return ask(TOLD)


def replied(make, code=None, **more):
    return ask(returning(make, code), **more)


class File(io.BytesIO):
    """A file that notes how it was treated."""

    def __init__(self, data=b"data", fail=False):
        super().__init__(data)
        self.fail, self.closes = fail, 0

    def read(self, size=-1):
        if self.fail:
            raise OSError("disk")
        return super().read(size)

    def close(self):
        self.closes += 1
        super().close()


class Generator:
    """An iterator that notes how it was treated."""

    def __init__(self, *items):
        self._items, self.closes = iter(items), 0

    def __iter__(self):
        return self

    def __next__(self):
        item = next(self._items)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.closes += 1


# --------------------------------------------------------------------------- data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"a": 1}, '{"a": 1}'),
        ({"a": (1, 2)}, '{"a": [1, 2]}'),
        ([], "[]"),
        ((1,), "[1]"),
        (collections.OrderedDict(b=1, a=2), '{"b": 1, "a": 2}'),
        (0, "0"),
        (False, "false"),
        ({}, "{}"),
    ],
)
def test_data_is_json(data, text):
    for make in (lambda: data, lambda: ResponseObject(data)):
        reply = replied(make)
        assert (reply.status_int, reply.content_type) == (200, "application/json")
        # orjson, where it is installed, leaves the blanks out; the order is the data's.
        assert reply.text.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("code", [200, 201, 202, 203, 400, 418, 599])
def test_a_stamped_code_is_the_reply_s(code):
    assert replied(lambda: {"a": 1}, code).status_int == code
    reply = replied(lambda: None, code)
    assert (reply.status_int, reply.body) == (code, b"")


@pytest.mark.parametrize("code", [204, 304])
@pytest.mark.parametrize("make", [lambda: None, lambda: {"a": 1}, lambda: "text", lambda: Generator(b"x")])
def test_a_reply_that_has_no_body_has_neither_type_nor_length(make, code):
    reply = replied(make, code)
    assert (reply.status_int, reply.body) == (code, b"")
    assert "Content-Type" not in reply.headers
    assert "Content-Length" not in reply.headers
    assert reply.headers[MODERN] == "compute 2.1"


def test_a_reply_s_own_code_beats_the_stamped_one():
    assert replied(lambda: ResponseObject({}, code=201), 202).status_int == 201
    assert replied(lambda: ResponseObject({}), 202).status_int == 202
    assert replied(lambda: ResponseObject(None, code=204), 202).status_int == 204


@pytest.mark.parametrize("code", [100, 101, 199, 99, 600, "200", True, 2.5])
def test_a_code_of_no_final_reply_is_a_500(code, caplog):
    assert replied(lambda: ResponseObject({}, code=code)).status_int == 500
    assert "no status of a reply" in caplog.text


@given(st.text())
def test_text_of_any_kind_always_decodes_to_the_same_text(text):
    assert json.loads(told(lambda: {"text": text}).body)["text"] == text


def test_what_is_no_json_is_a_500():
    for data in ({"a": object()}, {"a": float("nan")}, {"a": b"x"}, {("a",): 1}):
        assert fault(replied(lambda data=data: data)) == ("computeFault", 500, generic_message(None))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: {"a": object()}, "TypeError: a object is no JSON"),
        (lambda: ResponseObject({"a": object()}, code=201), "TypeError: a object is no JSON"),
        (lambda: [float("nan")], "ValueError: Out of range float values are not JSON compliant"),
        (lambda: "\udc80", "UnicodeEncodeError: 'utf-8' codec can't encode"),
        (lambda: ResponseObject({}, code=99), "ValueError: 99 is no status of a reply"),
    ],
)
def test_the_log_names_the_method_whose_reply_can_not_be_made(make, problem, caplog):
    class Things(wsgi.Controller):
        def index(self, req):
            return make()

        def show(self, req, **rest):
            return make()

    router = router_for(Things())
    # Two ways of a call: by position, and any other.
    for method, path in (("index", "/things"), ("show", "/things/1")):
        caplog.clear()
        assert fault(ask(router, path)) == ("computeFault", 500, generic_message(None))
        (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
        assert record.getMessage().startswith(f"Unexpected {problem.partition(':')[0]} in GET /")
        where = f"{Things.__module__}.{Things.__qualname__}.{method}"
        assert f"the reply of {where} can't be made: {problem}" in caplog.text


def test_a_status_that_the_service_gives_an_error_of_a_reply_stays():
    class Unready(ValueError):
        pass

    class Late(dict):
        def items(self):
            raise Unready("later")

    class Things(wsgi.Controller):
        def index(self, req):
            return Late(a=1)

    for known in (Unready, ValueError):
        reply = ask(router_for(Things(), options={"exceptions": ((known, 409),)}))
        assert fault(reply) == ("conflictingRequest", 409, "later")


def test_str_and_bytes_go_as_they_are():
    assert replied(lambda: "gr\u00fcn").text == "gr\u00fcn"
    assert replied(lambda: b"\xff\x00").body == b"\xff\x00"
    assert replied(lambda: "x", 202).status_int == 202
    assert replied(lambda: "").body == b""


def test_bytes_and_texts_with_a_type_of_their_own_keep_it():
    typed = replied(lambda: ResponseObject("a,b", headers={"Content-Type": "text/csv"}))
    assert (typed.content_type, typed.text) == ("text/csv", "a,b")
    raw = replied(lambda: ResponseObject(b"a,b", headers={"content-type": "text/csv"}))
    assert (raw.content_type, raw.body) == ("text/csv", b"a,b")


# --------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (5, "5"),
        (b"bytes", "bytes"),
        (None, "None"),
        (True, "True"),
        ("gr\u00fcn", "gr\u00fcn".encode().decode("latin-1")),
    ],
)
def test_header_values_are_made_text(value, wanted):
    reply = replied(lambda: ResponseObject({}, headers={"X-Value": value}))
    assert reply.headers["X-Value"] == wanted


@given(st.text() | st.binary())
def test_no_value_ends_its_header(value):
    reply = told(lambda: ResponseObject({}, headers={"X-Value": value}))
    assert reply.status_int == 200
    assert not set("\r\n\0") & set(reply.headers["X-Value"])


@given(st.text())
def test_no_name_ends_its_header(name):
    reply = told(lambda: ResponseObject({}, headers={name: "x"}))
    assert reply.status_int in (200, 500)


def test_a_header_s_name_is_written_as_people_write_it():
    assert header_name("x-my-header") == "X-My-Header"
    assert header_name("x\r\nevil: 1") == "Xevil1"
    with pytest.raises(ValueError, match="no name of a header"):
        header_name("\r\n")


@pytest.mark.parametrize("location", ["//evil.example/x", "/\\evil.example/x", "/\t/evil.example/x"])
def test_a_location_that_is_a_path_stays_on_this_host(location):
    reply = told(lambda: ResponseObject({}, code=201, headers={"Location": location}))
    assert reply.headers["Location"] == "/evil.example/x"


@pytest.mark.parametrize("location", ["/v2/caf\u00e9?q=\u65e5", "/v2/caf\u00e9?q=\u65e5".encode()])
def test_a_location_beyond_ascii_leads_where_it_says(location):
    reply = told(lambda: ResponseObject({}, code=201, headers={"Location": location}))
    assert reply.headers["Location"] == "/v2/caf%C3%A9?q=%E6%97%A5"


def test_a_value_whose_text_can_not_be_had_is_a_500():
    class Bad:
        def __str__(self):
            raise RuntimeError

    assert replied(lambda: ResponseObject({}, headers={"X": Bad()})).status_int == 500


@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 1 << 40])
def test_a_length_is_always_its_own_header(length):
    lengths = Lengths()
    assert [lengths[length], lengths[length]] == [("Content-Length", str(length))] * 2


def test_as_many_lengths_are_kept_as_small_bodies_may_have():
    lengths = Lengths()
    for length in range(10_000):
        lengths[length]
    assert len(lengths) == 4096


def test_length_and_version_are_the_reply_s_own_and_vary_is_merged():
    headers = {"Content-Length": 999, MODERN: "volume 9", "Vary": "Accept"}
    reply = replied(lambda: ResponseObject({}, headers=headers))
    assert (reply.headers["Content-Length"], reply.headers.getall(MODERN)) == ("2", ["compute 2.1"])
    assert reply.headers.getall("Vary") == [f"Accept, {BOTH}"]


# --------------------------------------------------------------------------- responses, applications


def test_a_webob_response_goes_as_it_is_with_the_version_headers_added():
    kept = webob.Response(b"own", 203, content_type="text/css")
    kept.headers.update({"X-A": "1", "Vary": "Accept"})
    for _ in range(2):
        reply = replied(lambda: kept, 202)
        assert (reply.status_int, reply.content_type, reply.body) == (203, "text/css", b"own")
        assert reply.headers.getall(MODERN) == ["compute 2.1"]
        assert set(reply.headers["Vary"].split(", ")) == {"Accept", *BOTH.split(", ")}
    assert MODERN not in kept.headers


def test_a_webob_response_s_header_values_are_made_text():
    made = webob.Response()
    made.headers["X-One"] = 1
    made.headers["X-Two"] = "two"
    made.headers["X-Latin"] = "gr\u00fcn"
    made.headers["X-Wide"] = "\u6982"
    reply = replied(lambda: made)
    assert (reply.headers["X-One"], reply.headers["X-Two"], reply.headers["X-Latin"]) == (
        "1",
        "two",
        "gr\u00fcn",
    )
    assert reply.headers["X-Wide"].encode("latin-1").decode() == "\u6982"


def test_any_wsgi_application_may_be_returned():
    def application(environ, start_response):
        start_response("299 Odd", [("Content-Type", "text/plain")])
        yield b"from an application"

    reply = replied(lambda: application)
    assert (reply.status, reply.body) == ("299 Odd", b"from an application")
    assert reply.headers[MODERN] == "compute 2.1"


@pytest.mark.parametrize("late", [True, False])
def test_an_application_answers_head_without_a_body_and_is_closed(late):
    closed = []

    class Body:
        def __init__(self, start):
            self.start = start

        def __iter__(self):
            if late:
                self.start("200 OK", [("Content-Type", "text/plain")])
            yield b"body"

        def close(self):
            closed.append(True)

    def application(environ, start_response):
        if not late:
            start_response("200 OK", [("Content-Type", "text/plain")])
        return Body(start_response)

    reply = replied(lambda: application, method="HEAD")
    assert (reply.status_int, reply.body, closed) == (200, b"", [True])


class Body:
    """The body of an application that fails or is read, and is closed."""

    def __init__(self, items):
        self.items, self.closes = items, 0

    def __iter__(self):
        return iter(self.items)

    def close(self):
        self.closes += 1


def failing(items):
    yield from items
    raise ValueError("late")


def test_an_application_that_raises_after_its_start_gives_one_clean_reply():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ValueError("late")

    assert fault(replied(lambda: application)) == ("computeFault", 500, generic_message(None))


def test_an_application_that_never_starts_is_a_500_and_closed():
    for items in ([], [b"x"], failing([])):
        body = Body(items)
        assert replied(lambda body=body: lambda environ, start: body).status_int == 500
        assert body.closes == 1


def test_an_application_may_write_and_may_start_again_on_an_error():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ValueError("early")
        except ValueError:
            import sys

            write = start_response("503 Odd", [("Content-Type", "text/plain")], sys.exc_info())
        write(b"written, ")
        return Body([b"returned"])

    reply = replied(lambda: application)
    assert (reply.status, reply.body) == ("503 Odd", b"written, returned")


# --------------------------------------------------------------------------- streams


def test_files_and_iterators_go_as_they_come_and_are_closed():
    for made, body in [
        (File(b"x" * 200_000), b"x" * 200_000),
        (Generator(b"a", "b\u00fc", b"c"), "ab\u00fcc".encode()),
        (File(b""), b""),
        (Generator(), b""),
    ]:
        reply = replied(lambda made=made: made)
        assert (reply.body, reply.content_type) == (body, "application/octet-stream")
        assert made.closes == 1


def test_a_text_file_is_utf_8():
    assert replied(lambda: io.StringIO("gr\u00fcn")).body == "gr\u00fcn".encode()


def test_a_stream_may_have_a_type_a_code_and_headers():
    made = File()
    headers = {"Content-Type": "text/csv", "X-A": 1}
    reply = replied(lambda: ResponseObject(made, code=206, headers=headers))
    assert (reply.status_int, reply.content_type, reply.headers["X-A"], reply.body) == (
        206,
        "text/csv",
        "1",
        b"data",
    )
    assert made.closes == 1


def test_a_generator_function_may_be_a_method():
    class Things(wsgi.Controller):
        def index(self, req):
            yield b"a"
            yield b"b"

    assert ask(router_for(Things())).body == b"ab"


@pytest.mark.parametrize("make", [File, lambda: Generator(b"x")])
def test_head_and_bodiless_replies_close_the_stream(make):
    for code, method in ((200, "HEAD"), (204, "GET"), (304, "GET")):
        made = make()
        reply = replied(lambda made=made: made, code, method=method)
        assert (reply.status_int, reply.body, made.closes) == (code, b"", 1)


@pytest.mark.parametrize("make", [lambda: File(fail=True), lambda: Generator(ValueError("first"))])
def test_a_stream_that_fails_at_once_is_closed_and_a_clean_500(make):
    made = make()
    assert fault(replied(lambda: made)) == ("computeFault", 500, generic_message(None))
    assert made.closes == 1


def test_a_generator_method_that_raises_at_once_is_a_clean_fault():
    class Things(wsgi.Controller):
        def index(self, req):
            raise webob.exc.HTTPNotFound(explanation="gone")
            yield b""

    assert fault(ask(router_for(Things()))) == ("itemNotFound", 404, "gone")


def test_a_stream_with_a_status_that_is_none_is_closed():
    made = File()
    assert replied(lambda: ResponseObject(made, code=99)).status_int == 500
    assert made.closes == 1


def test_a_stream_is_closed_when_an_extension_raises_or_answers_instead():
    class Things(wsgi.Controller):
        def __init__(self, made):
            super().__init__()
            self.made = made

        def index(self, req):
            return ResponseObject(self.made)

    class Raises(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            raise ValueError

    class Answers(wsgi.Controller):
        @wsgi.extends
        def index(self, req, resp_obj):
            return {"instead": True}

    for extending, status in ((Raises(), 500), (Answers(), 200)):
        made = File()
        assert ask(router_for(Things(made), extends=extending)).status_int == status
        assert made.closes == 1


# --------------------------------------------------------------------------- HEAD


@pytest.mark.parametrize(
    "make", [lambda: {"a": 1}, lambda: "text", lambda: b"bytes", lambda: None, lambda: [1, 2]]
)
def test_head_answers_as_get_without_the_body(make):
    get, head = replied(make), replied(make, method="HEAD")
    assert head.body == b""
    assert head.headerlist == get.headerlist


# --------------------------------------------------------------------------- serializers


class XML:
    """Writes a flat dict."""

    def serialize(self, data):
        return "".join(f"<{k}>{v}</{k}>" for k, v in data.items())


class Broken:
    """Fails."""

    def serialize(self, data):
        raise RuntimeError("no way")


def test_a_reply_may_bring_a_serializer_for_a_media_type():
    vendor = "application/vnd.openstack.compute+json"
    made = {"vnd.openstack.compute+json": XML()}
    router = returning(lambda: ResponseObject({"a": 1}, **made))
    assert ask(router, headers={"Accept": vendor}).text == "<a>1</a>"
    assert ask(router).json == {"a": 1}


@pytest.mark.parametrize("accept", [None, "application/json"])
def test_a_method_may_have_a_serializer_of_its_own(accept):
    class Things(wsgi.Controller):
        @wsgi.serializers(json=XML())
        def index(self, req):
            return {"a": 1}

    assert ask(router_for(Things()), headers={"Accept": accept} if accept else {}).text == "<a>1</a>"


def test_a_serializer_that_raises_gives_one_clean_reply():
    class Things(wsgi.Controller):
        @wsgi.serializers(json=Broken())
        def index(self, req):
            return {"a": 1}

    assert fault(ask(router_for(Things()))) == ("computeFault", 500, generic_message(None))
