import io
import json

import pytest
import webob.dec
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import ConfigError, RequestTooLarge
from apirouter.filters.faultwrap import FaultWrapper
from apirouter.filters.sizelimit import LimitedInput, RequestBodySizeLimiter, declared_length, filter_factory
from tests.unit.filters.wsgi import call, make_environ, ok

LIMIT = 1000


class Endless:
    """A server's input that has no end and counts what is read of it."""

    def __init__(self, line=b"x" * 99 + b"\n"):
        self.line, self.count = line, 0

    def read(self, size=-1):
        assert size is not None
        assert size >= 0, "an endless input was read to its end"
        self.count += size
        return b"x" * size

    def readlines(self, hint=-1):
        raise AssertionError("lines were read without a limit")

    def __iter__(self):
        raise AssertionError("lines were read without a limit")

    def readline(self, size=-1):
        assert size is not None
        assert size >= 0, "a line without an end was read to it"
        line = self.line[:size] if self.line else b"x" * size
        self.count += len(line)
        return line


READERS = {
    "read all": lambda stream: stream.read(),
    "read None": lambda stream: stream.read(None),
    "read -1": lambda stream: stream.read(-1),
    "read much": lambda stream: stream.read(10**9),
    "read in pieces": lambda stream: [stream.read(64) for _ in range(100)],
    "readline": lambda stream: [stream.readline() for _ in range(100)],
    "readline of a size": lambda stream: [stream.readline(10**9) for _ in range(100)],
    "readlines": lambda stream: stream.readlines(),
    "readlines with a hint": lambda stream: [stream.readlines(50) for _ in range(100)],
    "iterate": lambda stream: list(stream),
    "next": lambda stream: [next(stream, b"") for _ in range(10**3)],
}


def reads(how):
    def application(environ, start_response):
        data = how(environ["wsgi.input"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(len(data)).encode()]

    return application


@pytest.mark.parametrize("how", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "length", [None, "", "10", "0", "1000"], ids=["absent", "empty", "lying", "zero", "at it"]
)
@pytest.mark.parametrize("line", [b"x" * 99 + b"\n", b""], ids=["lines", "one line"])
def test_at_most_one_byte_over_the_limit_is_read(how, length, line):
    stream = Endless(line)
    environ = make_environ(method="POST", CONTENT_LENGTH=length)
    environ["wsgi.input"] = stream
    if length is None:
        environ.update({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True})
    reply = call(filter_factory({}, max_request_body_size="1000")(reads(how)), environ=environ, checked=False)
    assert reply.status == 413
    assert reply.fault[0] == "overLimit"
    assert stream.count <= LIMIT + 1


def test_a_body_of_the_limit_passes_and_one_byte_more_does_not():
    app = RequestBodySizeLimiter(reads(lambda s: s.read()), max_request_body_size=LIMIT)
    assert call(app, method="POST", body=b"x" * LIMIT, checked=False).body == b"1000"
    assert call(app, method="POST", body=b"x" * (LIMIT + 1), checked=False).status == 413


def test_a_length_over_the_limit_is_refused_before_anything_is_read():
    stream = Endless()
    environ = make_environ(method="POST", CONTENT_LENGTH="1001")
    environ["wsgi.input"] = stream
    reply = call(RequestBodySizeLimiter(ok, max_request_body_size=LIMIT), environ=environ)
    assert reply.status == 413
    assert "1000 bytes" in reply.fault[1]["message"]
    assert stream.count == 0


@pytest.mark.parametrize("text", ["9" * 30, "9" * 5000, "0" * 10 + "1001"])
def test_a_long_number_is_over_and_no_crash(text):
    reply = call(
        RequestBodySizeLimiter(ok, max_request_body_size=LIMIT),
        environ=make_environ(CONTENT_LENGTH=text),
        checked=False,
    )
    assert reply.status == 413


@pytest.mark.parametrize(
    "text",
    [
        *("+10", "-1", "-0", "1_0", " 10", "10 ", "1 0", "10,10", "10, 10", "10, 20", "1.0", "1e3", "0x10"),
        *("ten", "\N{ARABIC-INDIC DIGIT ONE}", "\N{SUPERSCRIPT TWO}", "10\n", "\t10"),
    ],
)
def test_a_malformed_length_is_400(text):
    environ = make_environ(method="POST", CONTENT_LENGTH=text)
    environ["wsgi.input"] = stream = Endless()
    reply = call(RequestBodySizeLimiter(ok), environ=environ, checked=False)
    assert reply.status == 400
    assert reply.fault[0] == "badRequest"
    assert "Content-Length" in reply.fault[1]["message"]
    assert stream.count == 0


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked"}, 400),
        ({"CONTENT_LENGTH": "0", "HTTP_TRANSFER_ENCODING": "identity"}, 400),
        ({"CONTENT_LENGTH": "5", "HTTP_CONTENT_LENGTH": "6"}, 400),
        ({"CONTENT_LENGTH": "5", "HTTP_CONTENT_LENGTH": "5"}, 200),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 200),
        ({"CONTENT_LENGTH": "0010"}, 200),
    ],
)
def test_lengths_that_contradict_one_another_are_refused(more, status):
    environ = make_environ(method="POST", **more)
    assert (
        call(RequestBodySizeLimiter(ok, max_request_body_size=LIMIT), environ=environ, checked=False).status
        == status
    )


def test_two_limits_in_one_process_each_keep_their_own():
    small = RequestBodySizeLimiter(reads(lambda s: s.read()), max_request_body_size=10)
    large = RequestBodySizeLimiter(reads(lambda s: s.read()), max_request_body_size=100)
    for app, size, status in ((small, 11, 413), (large, 11, 200), (large, 101, 413), (small, 10, 200)):
        environ = make_environ(method="POST")
        environ["wsgi.input"] = io.BytesIO(b"x" * size)
        assert call(app, environ=environ, checked=False).status == status


def test_the_smaller_of_two_nested_limits_counts():
    inner = RequestBodySizeLimiter(reads(lambda s: s.read()), max_request_body_size=10)
    for app in (RequestBodySizeLimiter(inner, max_request_body_size=100),):
        environ = make_environ(method="POST")
        environ["wsgi.input"] = io.BytesIO(b"x" * 50)
        reply = call(app, environ=environ, checked=False)
        assert reply.status == 413
        assert "10 bytes" in reply.fault[1]["message"]


def test_nothing_is_read_unless_the_application_asks():
    environ = make_environ(method="POST", CONTENT_LENGTH="500")
    environ["wsgi.input"] = stream = Endless()
    assert call(RequestBodySizeLimiter(ok, max_request_body_size=LIMIT), environ=environ).status == 200
    assert stream.count == 0


def test_a_body_read_while_the_reply_is_made_is_limited_too():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def body():
            yield environ["wsgi.input"].read()

        return body()

    environ = make_environ(method="POST")
    environ["wsgi.input"] = Endless()
    reply = call(
        RequestBodySizeLimiter(application, max_request_body_size=LIMIT), environ=environ, checked=False
    )
    assert reply.status == 413


def test_after_the_limit_nothing_more_is_read():
    stream = Endless()
    limited = LimitedInput.of(stream, LIMIT)
    for _ in range(3):
        with pytest.raises(RequestTooLarge):
            limited.read()
    assert stream.count == LIMIT + 1


@given(
    st.binary(max_size=60), st.lists(st.tuples(st.sampled_from(["read", "readline"]), st.integers(-1, 20)))
)
def test_within_the_limit_it_reads_as_the_input_itself(data, calls):
    plain, limited = io.BytesIO(data), LimitedInput.of(io.BytesIO(data), 60)
    for name, size in calls:
        assert getattr(limited, name)(size) == getattr(plain, name)(size)
    assert limited.readlines() == plain.readlines()


@given(st.binary(max_size=60), st.integers(0, 60), st.sampled_from(list(READERS)))
def test_no_reader_gets_more_than_the_limit(data, limit, how):
    stream = io.BytesIO(data)
    limited = LimitedInput.of(stream, limit)
    try:
        READERS[how](limited)
    except RequestTooLarge:
        assert len(data) > limit
    assert stream.tell() <= limit + 1


def test_an_input_in_memory_can_be_rewound():
    limited = LimitedInput.of(io.BytesIO(b"abc"), 3)
    assert limited.read() == b"abc"
    limited.seek(0)
    assert limited.read() == b"abc"
    with pytest.raises(OSError, match="sought"):
        LimitedInput.of(Endless(), 3).seek(0)


def test_an_input_that_can_t_be_rewound_gives_no_more_for_being_asked():
    class Socket(io.BytesIO):
        def seek(self, offset, whence=0):
            raise io.UnsupportedOperation("seek")

    nested = LimitedInput.of(LimitedInput.of(Endless(), 100), 3)
    for limited in (LimitedInput.of(Socket(b"abcdef"), 3), nested):
        assert len(limited.read(3)) == 3
        with pytest.raises(OSError, match="seek|sought"):
            limited.seek(0)
        with pytest.raises(RequestTooLarge):
            limited.read(3)


@pytest.mark.parametrize(("text", "size"), [("5", 5), ("112k", 114688), ("5M", 5 << 20), ("1g", 1 << 30)])
def test_sizes_have_units(text, size):
    assert filter_factory({}, limit=text)(ok).filter.settings.max_request_body_size == size


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5m", "k"])
def test_a_size_that_is_none_is_refused_at_load(text):
    with pytest.raises(ConfigError, match="is not a size"):
        filter_factory({}, max_request_body_size=text)


def test_no_length_is_none():
    assert declared_length({}) is None
    assert declared_length({"CONTENT_LENGTH": ""}) is None


def test_a_body_over_the_limit_is_413_to_a_filter_outside_that_asks_for_a_response():
    @webob.dec.wsgify.middleware
    def looking(req, application):
        return req.get_response(application)

    def reading(environ, start_response):
        environ["wsgi.input"].read()
        return ok(environ, start_response)

    environ = make_environ("/", "POST", b"x" * 11, CONTENT_LENGTH=None)
    assert call(looking(filter_factory({}, limit="10")(reading)), environ=environ).status == 413


@pytest.mark.parametrize(
    "read",
    [
        lambda stream: stream.read(),
        lambda stream: stream.read(1000),
        lambda stream: b"".join(iter(lambda: stream.read(7), b"")),
        lambda stream: b"".join(stream),
    ],
)
def test_a_crash_over_a_body_that_the_application_read_itself_does_not_log_it(read, caplog):
    def application(environ, start_response):
        body = read(environ["wsgi.input"])
        raise RuntimeError(f"can't do {body!r} with {json.loads(body)['adminPass']}")

    body = b'{"adminPass": "open-sesame", "name": "a name"}\n'
    environ = make_environ("/", "POST", b"", CONTENT_LENGTH=None)
    # As a server hands it on that keeps nothing of it.
    environ["wsgi.input"] = io.BufferedReader(io.BytesIO(body))
    assert (
        call(FaultWrapper(RequestBodySizeLimiter(application)), environ=environ, checked=False).status == 500
    )
    assert "can't do" in caplog.text
    assert "open-sesame" not in caplog.text
    assert "a name" not in caplog.text


def test_of_a_large_body_nothing_is_kept():
    limited = LimitedInput.of(Endless(), 1 << 30)
    limited.read(1 << 20)
    assert len(limited.seen) == 1 << 20
    limited.read(1)
    assert limited.seen == b""
    limited.read(1 << 19)
    assert not limited._read
