"""The bytes of a body: as many as it says, from whatever a server hands out."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import wsgi
from apirouter.dispatch.body import read
from apirouter.errors import BadHeader, MalformedRequestBody
from tests.support import Input, ask, fault, router_for


class Hanging(io.RawIOBase):
    """A socket: reading beyond what was sent would wait for ever."""

    def __init__(self, data):
        super().__init__()
        self._inner, self._left = io.BytesIO(data), len(data)

    def read(self, size=-1):
        if size < 0 or (self._left == 0 and size):
            raise AssertionError("this read would hang")
        self._left -= min(size, self._left)
        return self._inner.read(size)


class Broken(io.RawIOBase):
    """A connection that the client dropped."""

    def read(self, size=-1):
        raise ConnectionResetError("gone")


class Raising(io.RawIOBase):
    """A server's input that raises what it is told to."""

    def __init__(self, error):
        super().__init__()
        self._error = error

    def read(self, size=-1):
        raise self._error


class Things(wsgi.Controller):
    """Answers the body."""

    def create(self, req, body):
        return {"body": body, "again": req.body.decode()}


ROUTER = router_for(Things())


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=50))
def test_a_body_is_read_whole_however_small_its_pieces_are(data, piece):
    environ = {"CONTENT_LENGTH": str(len(data)), "wsgi.input": Input(data + b"next request", piece)}
    assert read(environ) == data


@pytest.mark.parametrize("data", [b"", b"{}", b"x" * 100])
def test_no_more_is_read_than_the_length_says(data):
    assert read({"CONTENT_LENGTH": str(len(data)), "wsgi.input": Hanging(data)}) == data


def test_a_body_in_chunks_that_the_server_does_not_hand_on_is_411_and_never_taken_for_none():
    reply = ask(ROUTER, "/things", "POST", environ={"HTTP_TRANSFER_ENCODING": "chunked"})
    assert reply.status_int == 411
    assert "can't be read without a Content-Length" in fault(reply)[2]


def test_a_body_that_was_read_can_be_read_again():
    environ = {"CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"{}")}
    read(environ)
    assert environ["wsgi.input"].read() == b"{}"


@pytest.mark.parametrize("length", ["+10", "1_0", "-1", " 5", "5 ", "0x5", "1.0", "\u0665", "five", "1,1"])
def test_a_length_that_is_no_number_is_a_400(length):
    with pytest.raises(BadHeader, match="Content-Length"):
        read({"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"xxxxxxxxxx")})


@pytest.mark.parametrize("length", ["3", "100", "9" * 18, "9" * 30, "9" * 10_000])
def test_a_body_shorter_than_its_length_is_malformed_and_costs_nothing(length):
    with pytest.raises(MalformedRequestBody, match="ends after 2 of"):
        read({"CONTENT_LENGTH": length, "wsgi.input": io.BufferedReader(io.BytesIO(b"{}"))})


def test_a_client_that_goes_away_is_no_server_s_mistake():
    with pytest.raises(MalformedRequestBody, match="connection ended"):
        read({"CONTENT_LENGTH": "5", "wsgi.input": Broken()})


@pytest.mark.parametrize("length", [None, ""])
def test_without_a_length_nothing_is_read_from_a_server_that_does_not_end_bodies(length):
    environ = {"wsgi.input": Hanging(b"")}
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    assert read(environ) == b""


@given(st.binary(max_size=300))
def test_a_chunked_body_is_read_to_its_end(data):
    environ = {"wsgi.input_terminated": True, "wsgi.input": Input(data)}
    assert read(environ) == data
    assert environ["wsgi.input"].read() == data


def test_a_body_of_two_ends_is_a_400():
    environ = {
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(b"{}"),
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "2",
    }
    with pytest.raises(BadHeader, match="contradicts Transfer-Encoding"):
        read(environ)


def test_a_chunked_body_reaches_the_controller():
    environ = {
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(b'{"a": 1}'),
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/json",
    }
    reply = ask(ROUTER, method="POST", environ=environ)
    assert reply.json == {"body": {"a": 1}, "again": '{"a": 1}'}


@pytest.mark.parametrize("method", ["POST"])
def test_an_empty_body_is_none(method):
    for content_type in ("application/json", None, "text/html"):
        assert ask(ROUTER, method=method, content_type=content_type).json["body"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nope",
        b'"\xff"',
        b"NaN",
        b"[1e999]",
        b"[" * 65 + b"]" * 65,
        b'"\\ud800"',
        b'{"a":1,"a":2}',
        b"9" * 50,
    ],
)
def test_a_malformed_body_is_a_400_of_known_text(body):
    assert fault(ask(ROUTER, method="POST", body=body)) == ("badRequest", 400, "Malformed request body")


def test_a_lying_length_is_a_400():
    environ = {"wsgi.input": io.BytesIO(b"{}"), "CONTENT_LENGTH": "10", "CONTENT_TYPE": "application/json"}
    assert fault(ask(ROUTER, method="POST", environ=environ))[1:] == (400, "Malformed request body")


def test_the_depth_of_a_body_is_a_setting():
    router = router_for(Things(), options={"max_json_depth": "2"})
    assert ask(router, method="POST", body=[[1]]).status_int == 200
    assert ask(router, method="POST", body=[[[1]]]).status_int == 400


def chunked(error):
    return {"wsgi.input": Raising(error), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize("kind", ["InvalidChunkSize", "ChunkMissingTerminator", "LimitRequestHeaders"])
def test_chunks_that_gunicorn_cannot_read_are_the_client_s_mistake(kind, caplog):
    errors = pytest.importorskip("gunicorn.http.errors")
    reply = ask(ROUTER, "/things", "POST", environ=chunked(getattr(errors, kind)(b"zz")))
    assert reply.status_int == 400
    assert fault(reply)[2] == "Malformed request body"
    assert not caplog.records


def test_another_error_of_a_server_s_input_is_no_mistake_of_the_client_s():
    assert ask(ROUTER, "/things", "POST", environ=chunked(RuntimeError("a bug"))).status_int == 500
