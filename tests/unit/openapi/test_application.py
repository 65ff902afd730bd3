from __future__ import annotations

import json
import re
from typing import Any

import pytest
import webtest

from apirouter.deploy.mounts import Mount, parse_mount
from apirouter.deploy.urlmap import URLMap
from apirouter.describe import describe
from apirouter.errors import ConfigError
from apirouter.extensions import ResourceExtension
from apirouter.openapi import OpenAPI, app_factory
from tests.support import plugin, router_of
from tests.unit.openapi.test_document import ThingsController


@pytest.fixture
def client() -> webtest.TestApp:
    api = router_of(
        plugin("things", ResourceExtension("things", ThingsController(), member_actions={"action": "POST"})),
        max_version="2.9",
    )
    docs = app_factory({}, title="Things")
    mounts = tuple(
        Mount.at(parse_mount(path, "x"), application) for path, application in (("/v2", api), ("/docs", docs))
    )
    docs.mounted(mounts)
    return webtest.TestApp(URLMap(mounts))


def test_the_document_is_that_of_its_neighbours(client: webtest.TestApp) -> None:
    reply = client.get("/docs/openapi.json")
    assert reply.content_type == "application/json"
    assert reply.json["info"]["title"] == "Things"
    assert "/v2/things" in reply.json["paths"]
    assert not any(path.startswith("/docs") for path in reply.json["paths"])
    again = client.get("/docs/openapi.json", headers={"If-None-Match": reply.headers["ETag"]}, status=304)
    assert again.body == b""


def test_the_routes_of_a_service_are_told_once_with_the_document_mounted_beside_them(
    client: webtest.TestApp,
) -> None:
    client.get("/docs/openapi.json")
    described = describe(client.app)
    assert [application.mount for application in described.applications] == ["/v2", "/docs"]
    assert {route.mount for route in described.routes} == {"/v2"}


def test_the_document_can_be_cut(client: webtest.TestApp) -> None:
    assert client.get("/docs/openapi.json?microversion=2.5").json["info"]["version"] == "2.5"
    fault = client.get("/docs/openapi.json?microversion=9.9", status=406).json
    assert "not supported" in json.dumps(fault)
    client.get("/docs/openapi.json?microversion=x", status=400)


def test_the_page_loads_only_what_lies_beside_it(client: webtest.TestApp) -> None:
    redirect = client.get("/docs", status=308)
    assert redirect.headers["Location"].endswith("/docs/")
    # The standard library's WSGI validator wants one on every reply but 204 and 304.
    assert redirect.content_type == "text/plain"
    page = client.get("/docs/")
    assert page.content_type == "text/html"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 4
    for name in loaded:
        assert "/" not in name
        assert client.get(f"/docs/{name}").headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script>|\son\w+=|style=", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


def test_nothing_else_is_served(client: webtest.TestApp) -> None:
    client.get("/docs/README.txt", status=404)
    client.get("/docs/other", status=404)
    client.get("/docs/__init__.py", status=404)
    assert client.post("/docs/openapi.json", status=405).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.head("/docs/openapi.json").body == b""


def test_the_page_can_be_left_out() -> None:
    api = router_of(
        plugin("things", ResourceExtension("things", ThingsController(), member_actions={"action": "POST"}))
    )
    client = webtest.TestApp(OpenAPI(app_factory({}, page="no").settings, api))
    client.get("/", status=404)
    assert client.get("/openapi.json").json["paths"]


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'title'"):
        app_factory({}, titel="x")


def test_without_a_neighbour_it_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    reply: Any = webtest.TestApp(app_factory({})).get("/openapi.json", status=500)
    assert "urlmap" not in reply.text
    assert "mount it in a urlmap beside one" in caplog.text


def test_an_api_is_described_once_however_many_documents_of_it_are_mounted(client: webtest.TestApp) -> None:
    assert [one.mount for one in describe(client.app).applications] == ["/v2", "/docs"]
