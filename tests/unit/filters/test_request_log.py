import json
import logging

import pytest

from apirouter.errors import ConfigError
from apirouter.filters.request_log import RequestLog, filter_factory
from apirouter.fusion import fuse
from apirouter.microversion import Version
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, raising


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "apirouter.request")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "apirouter.request"]


def routed(application):
    def outer(environ, start_response):
        environ["apirouter.route"] = "/v2.1/servers/{id}"
        environ["apirouter.version"] = Version(2, 14)
        return application(environ, start_response)

    return outer


def test_a_line_has_everything(lines):
    environ = make_environ("/v2.1/servers/secret-id", QUERY_STRING="token=secret-q")
    environ["openstack.request_id"] = "req-1"
    call(RequestLog(routed(ok)), environ=environ)
    (line,) = lines()
    assert line.startswith(
        '192.0.2.1 "GET /v2.1/servers/{id}" status: 200 len: 2 microversion: 2.14 time: 0.0'
    )
    assert line.endswith("request_id: req-1")
    assert "secret" not in line


def test_json_has_the_same(lines):
    environ = make_environ("/v2.1/servers/1")
    environ["openstack.request_id"] = "req-1"
    call(filter_factory({}, format="json")(routed(ok)), environ=environ)
    record = json.loads(lines()[0])
    assert 0 <= record.pop("time") < 5
    assert record == {
        "address": "192.0.2.1",
        "method": "GET",
        "route": "/v2.1/servers/{id}",
        "status": 200,
        "length": 2,
        "microversion": "2.14",
        "request_id": "req-1",
    }


def test_what_is_not_known_is_a_dash_or_null(lines):
    call(RequestLog(ok))
    call(RequestLog(ok, format="json"))
    line, text = lines()
    assert '"GET -" status: 200' in line
    assert json.loads(text)["route"] is None


def test_with_its_logger_off_it_hands_everything_on(caplog):
    caplog.set_level(logging.WARNING, "apirouter.request")
    seen = []

    def application(environ, start_response):
        seen.append(start_response)
        return ok(environ, start_response)

    def start(*args):
        return None

    RequestLog(application)(make_environ(), start)
    assert seen == [start]
    assert not caplog.records


def test_a_lazy_reply_is_logged_when_it_is_closed_with_what_went_out(lines):
    body = Tracked([b"abc", b"def", b"ghi"])
    result = RequestLog(answering(body))(make_environ(), lambda *a: None)
    iterator = iter(result)
    next(iterator)
    next(iterator)
    assert not lines()
    result.close()
    result.close()
    assert body.closed == 1
    (line,) = lines()
    assert "status: 200 len: 6" in line


def test_a_fault_from_an_escaping_exception_is_a_500(lines):
    with pytest.raises(RuntimeError):
        call(RequestLog(raising(RuntimeError("x"))))
    assert "status: 500" in lines()[0]


def test_a_method_cannot_end_a_line(lines):
    call(RequestLog(ok), environ=make_environ(REQUEST_METHOD="GET\r\nforged"), checked=False)
    assert lines()[0].count("\n") == 0


def test_the_path_of_no_route_is_shown_on_request_escaped_and_cut(lines):
    app = RequestLog(ok, path=True)
    call(app, environ=make_environ("/a\r\n" + "x" * 1000), checked=False)
    (line,) = lines()
    assert "/a\\r\\n" in line
    assert len(line) < 500


def test_the_logger_is_an_option(caplog):
    caplog.set_level(logging.INFO, "my.log")
    call(RequestLog(ok, logger="my.log"))
    assert [r.name for r in caplog.records] == ["my.log"]
    with pytest.raises(ConfigError, match="is not one of line, json"):
        filter_factory({}, format="xml")


def test_a_quote_in_a_path_does_not_end_the_route_in_the_line(lines):
    environ = make_environ('/a" status: 200 len: 1', method='G"T')
    call(RequestLog(ok, path="yes"), environ=environ, checked=False)
    (line,) = lines()
    assert line.startswith('192.0.2.1 "G\\"T /a\\" status: 200 len: 1" status: 200 ')


def test_a_status_that_is_none_does_not_stop_the_reply(lines):
    def odd(environ, start_response):
        start_response("OK", [("Content-Type", "text/plain")])
        return [b""]

    started = []
    RequestLog(odd, format="json")(make_environ(), lambda *head: started.append(head))
    assert started[0][0] == "OK"
    assert json.loads(lines()[0])["status"] is None


def test_a_log_that_can_t_be_written_costs_no_reply(lines, capsys, monkeypatch):
    class Full(logging.Handler):
        def emit(self, record):
            raise OSError("no space left")

    logger, handler, body = logging.getLogger("apirouter.request"), Full(), Tracked([b"a", b"b"])
    logger.addHandler(handler)
    try:
        for app in (RequestLog(ok), fuse(filter_factory({})(ok))):
            assert call(app).body == b"ok"
        assert call(RequestLog(answering(body))).body == b"ab"
        told = capsys.readouterr().err
        with pytest.raises(LookupError):
            call(RequestLog(raising(LookupError("sesame"))))
        assert "sesame" not in capsys.readouterr().err
        monkeypatch.setattr(logging, "raiseExceptions", False)
        assert call(RequestLog(ok)).body == b"ok"
    finally:
        logger.removeHandler(handler)
    assert body.closed == 1
    assert told.count("A record could not be logged") == told.count("OSError: no space left") == 3
    assert not capsys.readouterr().err


def test_a_logging_filter_that_ends_the_process_leaves_no_file_open(lines):
    class Wrapper(Tracked):
        pass

    def refuse(record):
        raise SystemExit(1)

    body = Wrapper([b"x"])
    logger = logging.getLogger("apirouter.request")
    logger.addFilter(refuse)
    try:
        with pytest.raises(SystemExit):
            RequestLog(answering(body))(make_environ(wsgi__file_wrapper=Wrapper), lambda *head: None)
    finally:
        logger.removeFilter(refuse)
    assert body.closed


@pytest.mark.parametrize("kind", ["line", "json"])
def test_a_long_method_of_letters_is_cut(lines, kind):
    call(RequestLog(ok, format=kind), environ=make_environ(REQUEST_METHOD="A" * 60000), checked=False)
    assert len(lines()[0]) < 300


@pytest.mark.parametrize("rest", [[b"9"], (b"9",), Tracked([b"9"])])
def test_what_was_sent_by_write_is_part_of_the_length(lines, rest):
    def writing(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"1234")
        write(b"5678")
        return rest

    assert call(RequestLog(writing), checked=False).body == b"123456789"
    assert " len: 9 " in lines()[0]
