import logging

import pytest
import webob.dec
import webob.exc

from apirouter import faults
from apirouter.errors import RouteNotFound
from apirouter.faults import FaultFormat
from apirouter.filters import Middleware
from apirouter.filters.faultwrap import FaultWrapper, filter_factory
from apirouter.filters.request_id import RequestId
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, raising


class Declared(Exception):
    safe = True
    code = 409


class Undeclared(Exception):
    code = 409


def test_what_does_not_raise_passes_as_it_is():
    body = [b"x"]
    result = FaultWrapper(answering(body))(make_environ(), lambda *a: None)
    assert result is body


def test_a_bug_is_a_500_that_tells_nothing_but_the_request_id(caplog):
    environ = make_environ()
    environ["openstack.request_id"] = "req-1"
    environ["apirouter.route"] = "/servers/{id}"
    reply = call(
        filter_factory({}, service_type="compute")(raising(KeyError("secret detail"))), environ=environ
    )
    assert reply.status == 500
    name, fault = reply.fault
    assert name == "computeFault"
    assert "req-1" in fault["message"]
    assert "secret detail" not in fault["message"]
    assert "Traceback" in caplog.text
    assert "secret detail" in caplog.text
    assert "/servers/{id}" in caplog.text
    assert "req-1" in caplog.text


def test_an_exception_that_declares_itself_safe_shows_class_and_message():
    reply = call(FaultWrapper(raising(Declared("in use"))))
    assert reply.fault == ("conflictingRequest", {"code": 409, "message": "Declared: in use"})


def test_a_code_alone_does_not_make_an_exception_safe():
    reply = call(FaultWrapper(raising(Undeclared("inner detail"))))
    assert reply.status == 500
    assert b"inner detail" not in reply.body


def test_errors_of_clients_are_not_logged(caplog):
    assert call(FaultWrapper(raising(RouteNotFound()))).fault[0] == "itemNotFound"
    assert call(FaultWrapper(raising(webob.exc.HTTPConflict("busy")))).status == 409
    assert not caplog.records


def test_an_exception_after_start_response_replaces_the_reply():
    reply = call(FaultWrapper(raising(RuntimeError("x"), late=True)))
    assert reply.status == 500
    assert len(reply.all("Content-Type")) == 1


def test_an_exception_before_the_first_chunk_is_a_fault_and_the_body_is_closed(caplog):
    body = Tracked([b""], RuntimeError("while iterating"), after=1)
    reply = call(FaultWrapper(answering(body)))
    assert reply.status == 500
    assert reply.fault[0] == "apiFault"
    assert body.closed == 1
    assert "while iterating" in caplog.text


def test_an_exception_after_the_first_chunk_is_logged_and_raised(caplog):
    body = Tracked([b"a"], RuntimeError("too late"), after=1)
    with pytest.raises(RuntimeError, match="too late"):
        call(FaultWrapper(answering(body)))
    assert body.closed == 1
    assert "too late" in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_of_the_request_passes(error):
    with pytest.raises(error):
        call(FaultWrapper(raising(error())), checked=False)


def test_the_router_s_own_words_are_used_when_it_has_said_them():
    environ = make_environ()
    environ["apirouter.faults"] = FaultFormat("imageFault")
    assert call(FaultWrapper(raising(RuntimeError())), environ=environ).fault[0] == "imageFault"


def test_a_head_has_no_body():
    reply = call(FaultWrapper(raising(RouteNotFound())), method="HEAD")
    assert (reply.status, reply.body) == (404, b"")


def test_an_exception_whose_text_cannot_be_had_is_still_a_fault(caplog):
    class Mute(Exception):
        def __str__(self):
            raise ValueError("mute")

    assert call(FaultWrapper(raising(Mute()))).status == 500
    assert "Mute" in caplog.text


def test_secrets_of_the_request_are_not_logged_at_any_level(caplog):
    caplog.set_level(logging.DEBUG)
    error = RuntimeError("token gAAAAsecret1 of Basic dXNlcjpodW50ZXIy, cookie session=abcdef")
    headers = {
        "X-Auth-Token": "gAAAAsecret1",
        "Authorization": "Basic dXNlcjpodW50ZXIy",
        "Cookie": "session=abcdef",
    }
    call(FaultWrapper(raising(error)), headers=headers)
    for secret in ("gAAAAsecret1", "dXNlcjpodW50ZXIy", "abcdef"):
        assert secret not in caplog.text
        for record in caplog.records:
            assert secret not in repr(record.__dict__)
    assert "Traceback" in caplog.text


def test_the_default_names_are_those_without_a_service():
    assert call(FaultWrapper(ok)).body == b"ok"
    assert call(filter_factory({"default_fault": "myFault"})(raising(OSError()))).fault[0] == "myFault"


def test_what_closing_a_reply_raises_is_logged_with_the_request_s_id(caplog):
    class Body:
        def __iter__(self):
            return iter([b"x"])

        def close(self):
            raise RuntimeError("late, with sesame-open")

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    environ = make_environ(headers={"X-Auth-Token": "sesame-open"})
    environ["openstack.request_id"] = "req-1"
    body = FaultWrapper(application)(environ, lambda *head: None)
    assert list(body) == [b"x"]
    with pytest.raises(RuntimeError):
        body.close()
    assert "req-1" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "sesame-open" not in caplog.text


def test_a_crash_over_a_body_with_a_lone_surrogate_is_a_fault_like_any_other(caplog):
    environ = make_environ(method="POST", body=b'{"adminPass": "\\ud800sesame-open"}')
    reply = call(FaultWrapper(raising(RuntimeError("\ud800sesame-open"))), environ=environ, checked=False)
    assert reply.status == 500
    assert "RuntimeError" in caplog.text
    assert "sesame" not in caplog.text


def test_a_traceback_that_can_not_be_masked_is_not_shown_and_the_client_is_answered(caplog, monkeypatch):
    def fails(error, environ):
        raise ZeroDivisionError

    monkeypatch.setattr(faults, "format_error", fails)
    assert call(FaultWrapper(raising(RuntimeError("sesame-open")))).status == 500
    assert "can't be masked: ZeroDivisionError" in caplog.text
    assert "sesame-open" not in caplog.text


def test_a_fault_that_can_t_be_logged_is_told_all_the_same(capsys):
    class Full(logging.Handler):
        def emit(self, record):
            raise OSError("no space left")

    logger, handler = logging.getLogger("apirouter"), Full()
    logger.addHandler(handler)
    try:
        reply = call(FaultWrapper(raising(RuntimeError("sesame-open"))))
    finally:
        logger.removeHandler(handler)
    assert (reply.status, reply.fault[0]) == (500, "apiFault")
    told = capsys.readouterr().err
    assert "OSError: no space left" in told
    assert "sesame-open" not in told


class Looking(Middleware):
    """A filter that asks for a response, as those of oslo.middleware do."""

    def process_response(self, response):
        response.headers["X-Seen"] = str(response.status_int)
        return response


@webob.dec.wsgify.middleware
def looking(req, application):
    return Looking.process_response(None, req.get_response(application))


def in_a_generator(environ, start_response):
    raise RuntimeError("a bug")
    yield b""


def in_a_generator_that_has_started(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise RuntimeError("a bug")
    yield b""


@pytest.mark.parametrize("outside", [Looking, looking])
@pytest.mark.parametrize("between", [lambda application: application, RequestId])
@pytest.mark.parametrize(
    "application",
    [
        raising(RuntimeError("a bug")),
        raising(RuntimeError("a bug"), late=True),
        in_a_generator,
        in_a_generator_that_has_started,
    ],
)
def test_a_filter_outside_that_asks_for_a_response_is_given_the_fault(outside, between, application):
    reply = call(outside(FaultWrapper(between(application))))
    assert reply.status == 500
    assert reply.fault[0] == "apiFault"
    assert reply.header("X-Seen") == "500"


@pytest.mark.parametrize("outside", [Looking, looking])
def test_a_response_that_a_filter_outside_has_begun_to_pass_on_is_broken_off_not_filled_with_a_fault(outside):
    body = Tracked(error=RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        call(outside(FaultWrapper(answering(body))))
    assert body.closed == 1


def test_what_was_sent_by_write_is_not_followed_by_a_fault():
    def writing(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])(b"sent")
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        call(FaultWrapper(writing))
