from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import browser


def answer(function: Any, environ: dict[str, Any], *arguments: Any, **named: Any) -> Any:
    """Status, headers and body of a reply."""
    started: list[Any] = []
    body = function(
        {"REQUEST_METHOD": "GET", **environ}, lambda *start: started.extend(start), *arguments, **named
    )
    return started[0], dict(started[1]), b"".join(body)


def test_what_may_be_kept_is_asked_for_again_and_what_may_not_is_not_kept() -> None:
    status, headers, body = answer(
        browser.send, {}, b"x", "text/plain", policy="default-src 'none'", etag="e"
    )
    assert (status, body) == ("200 OK", b"x")
    assert (headers["ETag"], headers["Cache-Control"]) == ('"e"', "no-cache")
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    _, headers, _ = answer(browser.send, {"HTTP_IF_NONE_MATCH": "*"}, b"x", "text/plain", policy="p")
    assert headers["Cache-Control"] == "no-store"
    assert "ETag" not in headers


@pytest.mark.parametrize(
    ("header", "status"),
    [('"e"', 304), ('W/"e"', 304), ('"a", W/"e"', 304), ("*", 304), ('"a"', 200), ("e", 200), ("", 200)],
)
def test_what_a_client_has_is_not_sent_again(header: str, status: int) -> None:
    environ = {"HTTP_IF_NONE_MATCH": header}
    line, headers, body = answer(browser.send, environ, b"x", "text/plain", policy="p", etag="e")
    assert int(line[:3]) == status
    assert body == (b"x" if status == 200 else b"")
    assert ("Content-Type" in headers) == (status == 200)


@given(
    st.text(st.characters(max_codepoint=255), max_size=20),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
def test_a_browser_is_sent_below_the_page_and_never_elsewhere(mount: str, query: str) -> None:
    environ = {"SCRIPT_NAME": f"/x/{mount}", "QUERY_STRING": query}
    status, headers, _ = answer(browser.to_directory, environ)
    location = headers["Location"]
    assert status.startswith("308")
    assert location.isascii()
    assert location.isprintable()
    to = urlsplit(urljoin("http://host/x/page", location))
    assert to.netloc == "host"
    assert to.path.startswith("/")
    assert to.path.endswith("/")


def test_the_query_is_kept() -> None:
    environ = {"SCRIPT_NAME": "/outer/_apirouter", "QUERY_STRING": "q=a%20b&c=d"}
    assert answer(browser.to_directory, environ)[1]["Location"] == "./_apirouter/?q=a%20b&c=d"
