"""Every exception becomes one clean fault, and tells no more than it may."""

from __future__ import annotations

import json
import logging

import pytest
import webob.exc
from hypothesis import given
from hypothesis import strategies as st

from apirouter import errors, wsgi
from apirouter.faults import (
    FAULT_NAMES,
    REQUEST_ID,
    Fault,
    FaultFormat,
    generic_message,
    header_text,
    merge_vary,
    safe_text,
    same_origin,
    status_line,
)
from tests.support import ask, fault, router_for, settings_of

FORMAT = FaultFormat("computeFault")


class Safe(Exception):
    """Declares itself safe."""

    code, safe = 409, True


class Unsafe(Exception):
    """Has a code, and says nothing of safety."""

    code = 409


class Unreadable(Exception):
    """Its text can't be had."""

    code, safe = 400, True

    def __str__(self):
        raise RuntimeError("no text")

    def format_message(self):
        raise RuntimeError("no message")


class Trap(Exception):
    """Its attributes are code that raises."""

    @property
    def safe(self):
        raise RuntimeError("not even this")


class Worded(Exception):
    """Words its message as the ancestors' exceptions do."""

    code, safe = 404, True

    def format_message(self):
        return "Instance i could not be found."


def raising(error):
    """A router whose only method raises."""

    class Things(wsgi.Controller):
        def index(self, req):
            raise error

    return router_for(Things())


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "badRequest"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "itemNotFound"),
        (405, "badMethod"),
        (409, "conflictingRequest"),
        (413, "overLimit"),
        (415, "badMediaType"),
        (429, "overLimit"),
        (501, "notImplemented"),
        (503, "serviceUnavailable"),
        (402, "computeFault"),
        (406, "computeFault"),
        (422, "computeFault"),
        (500, "computeFault"),
        (504, "computeFault"),
    ],
)
def test_a_fault_is_named_by_its_status(status, name):
    error = webob.exc.status_map[status](explanation="said")
    assert fault(ask(raising(error))) == (name, status, "said")


def test_every_name_of_the_table_is_a_status_s():
    assert set(FAULT_NAMES) == {400, 401, 403, 404, 405, 409, 413, 415, 429, 501, 503}


@pytest.mark.parametrize("status", [413, 429])
def test_an_overlimit_fault_carries_retry_after(status):
    error = webob.exc.status_map[status](explanation="slow", headers={"Retry-After": 60})
    reply = ask(raising(error))
    assert reply.json["overLimit"]["retryAfter"] == "60"
    assert reply.headers["Retry-After"] == "60"


def test_other_faults_and_those_without_the_header_carry_none():
    other = ask(raising(webob.exc.HTTPServiceUnavailable(headers={"Retry-After": "60"})))
    assert "retryAfter" not in other.json["serviceUnavailable"]
    assert "retryAfter" not in ask(raising(webob.exc.HTTPTooManyRequests())).json["overLimit"]


def test_an_exception_that_is_safe_and_has_a_code_shows_its_class_and_message():
    assert fault(ask(raising(Safe("it is so")))) == ("conflictingRequest", 409, "Safe: it is so")
    assert fault(ask(raising(Worded()))) == ("itemNotFound", 404, "Worded: Instance i could not be found.")


@pytest.mark.parametrize(
    "error", [ValueError("secret"), Unsafe("secret"), KeyError("secret"), MemoryError("secret")]
)
def test_any_other_exception_is_a_500_with_the_generic_text_and_the_request_id(error, caplog):
    reply = ask(raising(error), environ={REQUEST_ID: "req-1"})
    assert fault(reply) == ("computeFault", 500, generic_message("req-1"))
    assert "req-1" in generic_message("req-1")
    assert "secret" not in reply.text
    assert "secret" in caplog.text
    assert "req-1" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


@pytest.mark.parametrize(
    "error", [TypeError("x"), AttributeError("x"), KeyError("x"), IndexError(), RecursionError()]
)
def test_a_bug_in_a_controller_is_never_a_4xx(error):
    assert ask(raising(error)).status_int == 500


@pytest.mark.parametrize("safe", [1, "yes", False, None])
def test_only_true_is_safe(safe):
    error = type("Odd", (Exception,), {"safe": safe, "code": 400})("secret")
    assert ask(raising(error)).status_int == 500


@pytest.mark.parametrize("code", [None, "404", True, 200, 302, 99, 600, 404.0])
def test_a_safe_exception_without_a_status_of_an_error_is_a_500(code):
    error = type("Odd", (Exception,), {"safe": True, "code": code})("secret")
    reply = ask(raising(error))
    assert reply.status_int == 500
    assert "secret" not in reply.text


def test_an_exception_whose_text_cannot_be_had_gives_one_clean_reply():
    reply = ask(raising(Unreadable()))
    assert fault(reply)[:2] == ("badRequest", 400)
    assert fault(reply)[2].startswith("Unreadable: ")


def test_an_exception_whose_attributes_raise_gives_one_clean_reply_and_is_logged(caplog):
    assert fault(ask(raising(Trap("secret")))) == ("computeFault", 500, generic_message(None))
    assert "Unexpected Trap in GET" in caplog.text


def test_an_http_error_of_no_status_is_the_server_s_mistake(caplog):
    error = webob.exc.HTTPBadRequest(explanation="why")
    error.status = "999 Whatever"
    assert fault(ask(raising(error))) == ("computeFault", 500, generic_message(None))
    assert "Unexpected HTTPBadRequest" in caplog.text


def test_headers_of_an_exception_that_can_not_be_read_give_one_clean_reply():
    error = type("Odd", (Exception,), {"safe": True, "code": 400, "headers": 5})("x")
    assert ask(raising(error)).status_int == 500


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (webob.exc.HTTPNotFound("detail"), "detail"),
        (webob.exc.HTTPNotFound(explanation="explanation"), "explanation"),
        (webob.exc.HTTPNotFound("detail", explanation="explanation"), "explanation"),
        (webob.exc.HTTPNotFound(), "The resource could not be found."),
        (
            webob.exc.HTTPBadRequest(),
            "The server could not comply with the request since it is either malformed or otherwise incorrect.",
        ),
        (Fault(webob.exc.HTTPNotFound(explanation="wrapped")), "wrapped"),
        (Fault(Fault(webob.exc.HTTPNotFound(explanation="twice"))), "twice"),
        (webob.exc.HTTPException("m", webob.Response(status=404)), "Not Found"),
    ],
)
def test_an_http_error_says_what_its_author_said_else_what_its_class_says(error, message):
    reply = ask(raising(error))
    assert fault(reply)[2] == message


def test_a_fault_s_text_that_is_no_text_is_made_one():
    assert fault(ask(raising(webob.exc.HTTPBadRequest(explanation=ValueError("why")))))[2] == "why"


def test_a_raised_500_is_shown_as_said_and_logged(caplog):
    reply = ask(raising(webob.exc.HTTPInternalServerError(explanation="sorry")))
    assert fault(reply) == ("computeFault", 500, "sorry")
    assert "HTTPInternalServerError" in caplog.text


@pytest.mark.parametrize("wrap", [lambda e: e, Fault])
def test_a_redirection_may_be_raised(wrap):
    reply = ask(raising(wrap(webob.exc.HTTPFound(location="http://localhost/other"))))
    assert (reply.status_int, reply.headers["Location"], reply.body) == (302, "http://localhost/other", b"")
    assert reply.headers["Content-Length"] == "0"
    assert reply.headers["OpenStack-API-Version"] == "compute 2.1"


def test_no_content_may_be_raised():
    reply = ask(raising(webob.exc.HTTPNoContent()))
    assert (reply.status_int, reply.body) == (204, b"")


def test_the_service_s_own_exceptions_have_the_statuses_that_it_says():
    class Base(Exception):
        """Of the service."""

    class Gone(Base):
        """More derived, named first or last."""

    form = settings_of(exceptions=((Base, 400), (Gone, 404))).faults()
    assert form.failure(Gone("it went")).code == 404
    assert form.failure(Gone("it went")).message == "it went"
    assert form.failure(Base("bad")).code == 400


def test_names_and_default_are_settings():
    form = settings_of(fault_names="404=notFound 418=teapot", default_fault="oops").faults()
    assert list(json.loads(form.body(form.failure(webob.exc.HTTPNotFound())))) == ["notFound"]
    assert list(json.loads(form.body(form.failure(webob.exc.HTTPConflict())))) == ["conflictingRequest"]
    assert list(json.loads(form.body(form.failure(webob.exc.HTTPGone())))) == ["oops"]
    assert settings_of(service_type="volume").faults().default_fault == "volumeFault"


def test_a_fault_is_a_wsgi_application():
    reply = ask(Fault(webob.exc.HTTPNotFound(explanation="gone")), "/")
    assert fault(reply) == ("itemNotFound", 404, "gone")


def test_a_fault_tells_status_headers_and_text():
    error = Fault(webob.exc.HTTPConflict(explanation="busy", headers={"X-A": "1"}))
    assert (error.status_int, error.code, error.explanation) == (409, 409, "busy")
    assert error.headers["X-A"] == "1"
    assert str(error)
    assert error.wrapped_exc.status_int == 409


def test_a_returned_http_error_is_the_fault_it_is_when_raised():
    class Things(wsgi.Controller):
        def index(self, req):
            return webob.exc.HTTPNotFound(explanation="gone")

        def show(self, req, id):
            return Fault(webob.exc.HTTPNotFound(explanation="gone"))

        def delete(self, req, id):
            return webob.exc.HTTPConflict(body=b"own", content_type="text/plain")

    router = router_for(Things())
    assert fault(ask(router)) == fault(ask(router, "/things/1")) == ("itemNotFound", 404, "gone")
    assert ask(router, "/things/1", "DELETE").body == b"own"


def test_the_fault_of_a_head_has_no_body():
    reply = ask(raising(webob.exc.HTTPNotFound()), method="HEAD")
    assert (reply.status_int, reply.body) == (404, b"")
    assert int(reply.headers["Content-Length"]) > 0


@pytest.mark.parametrize("name", ["Vary", "OpenStack-API-Version"])
def test_headers_of_an_exception_do_not_double_those_of_the_version(name):
    reply = ask(raising(webob.exc.HTTPConflict(headers={name: "X-Other"})))
    assert len(reply.headers.getall(name)) == 1
    if name == "Vary":
        assert reply.headers["Vary"] == "X-Other, OpenStack-API-Version, X-OpenStack-Nova-API-Version"
    else:
        assert reply.headers[name] == "compute 2.1"


@given(st.text() | st.binary() | st.integers() | st.none())
def test_a_header_s_text_never_ends_the_header(value):
    text = header_text(value)
    assert isinstance(text, str)
    assert not any(c in text for c in "\r\n\0")
    text.encode("latin-1")


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_headers_of_an_exception_are_clean_whatever_they_hold(headers):
    error = type("Odd", (Exception,), {"safe": True, "code": 400, "headers": headers})("x")
    for name, value in FORMAT.failure(error).headers:
        assert name.isascii()
        assert not set("\r\n\0: ") & set(name)
        assert not set("\r\n\0") & set(value)


@given(st.text())
def test_messages_of_any_text_decode_to_the_same_text(message):
    told = json.loads(FORMAT.body(FORMAT.failure(Safe(message))))
    assert told["conflictingRequest"]["message"] == f"Safe: {message}"


@pytest.mark.parametrize(
    "location", ["//e.example", "/\t/e.example", " //e.example", "\x0b//e.example", "/\\e.example", "\\\\e"]
)
def test_a_location_that_names_no_scheme_stays_on_this_origin(location):
    found = same_origin(location)
    assert not found.lstrip().startswith(("//", "/\\", "\\"))


@given(st.text(st.characters(), min_size=1))
def test_a_location_of_any_text_is_ascii_on_the_wire(location):
    assert same_origin(location).isascii()
    assert same_origin("/caf\u00e9") == same_origin("/caf\u00e9".encode()) == "/caf%C3%A9"
    assert "?" not in same_origin("/\ud800")


def test_vary_is_merged_by_name():
    assert merge_vary((("Vary", "A, B"),), "b, C") == (("Vary", "C, A, B"),)
    assert merge_vary((("Vary", "A"),), "*") == (("Vary", "*"),)
    assert merge_vary((("X", "1"),), "") == (("X", "1"),)


def test_status_lines_and_texts():
    assert status_line(404) == "404 Not Found"
    assert status_line(499) == "499 Unknown"
    assert "can't be had" in safe_text(Unreadable())


def test_no_fault_of_a_client_is_logged_as_an_error(caplog):
    for error in (errors.ValidationError("d"), webob.exc.HTTPNotFound(), Safe("x")):
        ask(raising(error))
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_secrets_of_a_request_are_in_neither_fault_nor_log(caplog):
    class Things(wsgi.Controller):
        def index(self, req):
            raise ValueError(f"token {req.headers['X-Auth-Token']}")

    reply = ask(router_for(Things()), headers={"X-Auth-Token": "gAAAAABsecretsecret"})
    assert "gAAAAABsecretsecret" not in reply.text
    assert "gAAAAABsecretsecret" not in caplog.text
