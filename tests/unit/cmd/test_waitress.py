from __future__ import annotations

import logging
from typing import Any

import pytest

from apirouter.cmd._swap import Swappable
from apirouter.cmd._waitress import Server
from apirouter.filters.http_proxy_to_wsgi import filter_factory

SAID = "clear_untrusted_proxy_headers = no"


def application(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return []


@pytest.mark.parametrize(
    ("filter_options", "server_options", "told"),
    [
        ({"trusted_proxies": "127.0.0.1"}, {}, True),
        ({}, {}, False),
        ({"trusted_proxies": "127.0.0.1"}, {"clear_untrusted_proxy_headers": "no"}, False),
        ({"trusted_proxies": "127.0.0.1"}, {"trusted_proxy": "127.0.0.1"}, False),
    ],
    ids=["trusted and removed", "nobody trusted", "not removed", "waitress's own"],
)
def test_the_operator_is_told_when_waitress_removes_what_the_proxy_filter_is_to_read(
    filter_options: dict[str, str],
    server_options: dict[str, str],
    told: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    served = filter_factory({}, **filter_options)(application)
    options = {"listen": "127.0.0.1:0", **server_options}
    if "trusted_proxy" in options:
        options["trusted_proxy_headers"] = "x-forwarded-for"
    # apirouter-serve gives what SIGHUP can replace.
    for given in (served, Swappable(served)):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            server = Server(given, options, grace=1.0)
        for one in server._listening:
            one.close()
        assert (SAID in caplog.text) is told
