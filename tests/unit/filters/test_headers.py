import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.filters.headers import environ_key, header_names, valid_host, valid_prefix, with_vary


@pytest.mark.parametrize(
    "host",
    [
        *(
            "example.org",
            "example.org:8774",
            "localhost",
            "192.0.2.1",
            "192.0.2.1:80",
            "[::1]",
            "[2001:db8::1]:443",
        ),
        *("a_b.example", "nova-api", "x", "xn--bcher-kva.example", "example.org.", "h:65535", "A.B"),
    ],
)
def test_hosts(host):
    assert valid_host(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            " ",
            "h/abc?x=",
            "h/",
            "h?x",
            "h#x",
            "user@h",
            "user:pw@h",
            "h:",
            "h:x",
            "h:99999",
            "h:-1",
            "h:+80",
        ),
        *(
            "h h",
            "h\t",
            "h\n",
            "h\r\nX: y",
            "h\x00",
            "h\x7f",
            "h,h",
            "h;x",
            "h%2f",
            "[::1",
            "::1",
            "[::1]x",
            "[]",
            "[....]",
            "[::::]:80",
            "[1:2:3:4:5:6:7:8:9]",
        ),
        *(
            "-h",
            ".h",
            "h" * 300,
            "é",
            "h\\e",
            '"h"',
            "<h>",
            "[::1]:",
            "h:80:90",
            "h\N{ARABIC-INDIC DIGIT ONE}:1",
        ),
    ],
)
def test_what_is_no_host(host):
    assert not valid_host(host)


@given(st.text(max_size=30))
def test_a_valid_host_never_ends_the_authority_of_a_url(host):
    if valid_host(host):
        assert not set(host) & set("/?#@\\ \t\r\n\0")


@pytest.mark.parametrize(
    "prefix", ["", "/james", "/a/b", "/a-b_c.d~e", "/a%20b", "/...", "/%2e%2e%2e", "/caf%C3%A9", "/v2.1"]
)
def test_prefixes(prefix):
    assert valid_prefix(prefix)


@pytest.mark.parametrize(
    "prefix",
    [
        *("james", "//e", "/", "/a/", "/a//b", "/\\e", "/a\\b", "/..", "/a/../b", "/.", "/a/.", "/a%2fb"),
        *("/a%22b", "/%2e%2E", "/a/.%2e/b", "/%2e", "/a%1f", "/a%7F"),
        *("/a%2Fb", "/a%5cb", "/a%00", "/a b", "/a\tb", "/a\r\nX", "/a?b", "/a#b", "/é", "/%zz", "http://e"),
    ],
)
def test_what_is_no_prefix(prefix):
    assert not valid_prefix(prefix)


@pytest.mark.parametrize(
    ("have", "after"),
    [
        ([], [("Vary", "Origin")]),
        ([("Vary", "Accept")], [("Vary", "Accept, Origin")]),
        ([("vary", "origin")], [("vary", "origin")]),
        ([("Vary", "*")], [("Vary", "*")]),
        ([("Vary", "")], [("Vary", "Origin")]),
        ([("vArY", "Accept")], [("vArY", "Accept"), ("Vary", "Origin")]),
    ],
)
def test_vary_gains_a_name(have, after):
    before = list(have)
    assert with_vary(have, "Origin") == after
    assert have == before


def test_names_of_headers():
    assert header_names("X-A, X-B X-C") == ("X-A", "X-B", "X-C")
    for text in ("X A:", "X-A\r\nX-B: 1", "X:"):
        with pytest.raises(ValueError, match="header's name"):
            header_names(text + ":")
    assert environ_key("X-User_Id") == "HTTP_X_USER_ID"
