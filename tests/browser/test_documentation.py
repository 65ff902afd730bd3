"""The OpenAPI document's page, as a browser shows it."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import Browser
from tests.browser.service import Service


@pytest.mark.parametrize("width", [390, 1280])
def test_every_operation_is_shown_and_nothing_is_complained_of(
    browser: Browser, service: Service, width: int
) -> None:
    document = json.loads(service.get("/docs/openapi.json"))
    operations = sum(len([k for k in item if k != "parameters"]) for item in document["paths"].values())
    browser.looks(width, "light")
    browser.open(f"{service.url}/docs/")
    browser.wait("return document.querySelectorAll('.opblock').length > 0")
    shown = browser.run("return document.querySelectorAll('.opblock').length")
    assert shown == operations > 20
    assert browser.run("return document.title") == document["info"]["title"]
    assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    asked = browser.asked
    assert f"{service.url}/docs/openapi.json" in asked
    assert [url for url in asked if not url.startswith(f"{service.url}/docs/")] == []
    assert browser.complaints == []


def test_an_operation_opens_with_its_schema(browser: Browser, service: Service) -> None:
    browser.looks(1280, "light")
    browser.open(f"{service.url}/docs/")
    browser.wait("return document.querySelectorAll('.opblock').length > 0")
    path = '[data-path="/v2.1/servers/{id}/action"]'
    browser.run(f"document.querySelector('{path}').closest('.opblock').querySelector('button').click()")
    assert browser.wait(
        "const o = document.querySelector('.opblock.is-open'); return o && o.innerText.includes('Request body')"
    )
    assert browser.complaints == []
