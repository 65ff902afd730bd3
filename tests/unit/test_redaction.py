import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.redaction import format_error, is_secret_name, mask, secrets_of


def _text(error, **environ):
    return format_error(error, environ)[0]


@pytest.mark.parametrize(
    "name",
    ["X-Auth-Token", "adminPass", "password", "HTTP_COOKIE", "api_key", "client-secret", "Authorization"],
)
def test_names_of_secrets_are_known(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["HTTP_HOST", "name", "user", "compass", "bypass"])
def test_other_names_are_not(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter22",
        "adminPass: 'hunter22'",
        '{"password": "hunter22"}',
        "{'auth': {'password': 'hunter22', 'x': 1}}",
        r'"{\"password\": \"hunter22\"}"',
        "X-Auth-Token: hunter22",
        "Authorization: Bearer hunter22",
        "Cookie: a=hunter22; b=hunter22",
        "Bearer hunter22",
        "{b'password': b'hunter22'}",
        "secret='it\\'s hunter22'",
        "token=>hunter22",
    ],
)
def test_what_goes_by_a_secret_s_name_is_masked(text):
    assert "hunter22" not in mask(text)
    assert "***" in mask(text)


def test_lines_of_source_keep_their_names():
    trace = '  File "x.py", line 1, in f\n    password = form["password"]\nValueError: password=hunter22'
    masked = mask(trace)
    assert 'password = form["password"]' in masked
    assert "hunter22" not in masked


def test_header_values_are_masked_in_every_quoting():
    token = "tok'en\\with\"quotes é"
    environ = {"HTTP_X_AUTH_TOKEN": token}
    for text in (token, repr(token), json.dumps(token), str({"x": token})):
        masked = mask(text, secrets_of(environ))
        assert "quotes" not in masked


def test_the_password_of_basic_credentials_is_masked():
    assert "hunter22" in secrets_of({"HTTP_AUTHORIZATION": "Basic dXNlcjpodW50ZXIyMg=="})


def test_a_body_that_was_read_is_masked_and_one_that_was_not_is_not_read():
    body = b'{"server": {"adminPass": "hunter22", "name": "visible"}}'
    stream = io.BytesIO(body)
    assert "hunter22" not in _text(ValueError(f"of hunter22 in {body!r}"), **{"wsgi.input": stream})
    assert "visible" not in _text(ValueError(body.decode()), **{"wsgi.input": stream})
    assert stream.tell() == 0

    class Unread:
        def read(self, *args):
            raise AssertionError("nobody asked for the body")

    assert "of 7" in _text(ValueError("of 7"), **{"wsgi.input": Unread()})


@pytest.mark.parametrize("codec", ["latin-1", "utf-8"])
def test_a_token_beyond_ascii_is_masked_as_the_bytes_of_it_too(codec):
    # As a server hands on what came as UTF-8.
    token = "sésame-ouvre-toi".encode().decode("latin-1")
    sent = token.encode(codec)
    for text in (repr(sent), sent.decode("utf-8")):
        assert "ouvre" not in mask(text, secrets_of({"HTTP_X_AUTH_TOKEN": token}))


def test_a_parsed_body_is_masked():
    value = {"auth": [{"password": "hunter22"}]}
    text = _text(ValueError(f"{value} and hunter22"), **{"apirouter.json": (value,)})
    assert "hunter22" not in text


def test_a_form_s_password_is_masked():
    environ = {"wsgi.input": io.BytesIO(b"user=u&password=hunter22")}
    assert "hunter22" not in _text(ValueError("got hunter22"), **environ)


def test_a_query_s_token_is_masked():
    assert "hunter22" not in _text(ValueError("got hunter22"), QUERY_STRING="a=1&token=hunter22")


def test_causes_are_masked_too():
    try:
        try:
            raise KeyError("hunter22")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        text = _text(error, HTTP_X_AUTH_TOKEN="hunter22")
    assert "outer" in text
    assert "hunter22" not in text


def test_nothing_masked_is_said_to_be_so():
    assert format_error(ValueError("plain"), {})[1] is False
    assert format_error(ValueError("plain"), {"HTTP_COOKIE": "a=plain"})[1] is True


@given(st.text(min_size=4, max_size=40).filter(lambda t: t.strip()))
def test_a_token_never_survives(token):
    masked = mask(f"before {token} after", secrets_of({"HTTP_X_AUTH_TOKEN": token}))
    assert token not in masked or token in "before *** after"


def test_a_long_text_costs_no_more_than_its_length():
    mask("password" * 20000)
    mask("a" * 200000)
    mask("token=" * 20000)


def test_a_lone_surrogate_in_a_password_does_not_stop_the_masking():
    body = io.BytesIO(b'{"adminPass": "\\ud800sesame-open"}')
    password = "\ud800sesame-open"
    text = _text(RuntimeError(f"bad: {password!r}, {password}"), **{"wsgi.input": body})
    assert "sesame" not in text
