"""The page for people, as a browser shows it."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import Browser
from tests.browser.service import HOSTILE, Service

SECTIONS = ["Health", "Mounts", "Pipelines", "Versions", "Plugins", "Routes", "Policies"]
SCREENS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]

#: Contrast of every text that is shown with what is behind it (WCAG 2.2, 1.4.3): text, ratio, size, for each
#: that has too little. Backgrounds here are opaque or fully clear.
CONTRAST = """
const channel = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const found = numbers(getComputedStyle(e).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const low = [];
let seen = 0;
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script")) continue;
  const style = getComputedStyle(element);
  const [a, b] = [luminance(numbers(style.color)), luminance(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  seen += 1;
  if (ratio < 4.5) low.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2), style.fontSize]);
}
return [seen, low];
"""
#: Elements that stand out of the page; a card's row has no header to be seen.
OUTSIDE = """
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll("main *, form *, nav *, h1")].filter((e) => {
  const box = e.getBoundingClientRect();
  return !e.closest("thead") && box.width > 1 && box.height > 1 && (box.right > width + 1 || box.left < -1);
}).map((e) => e.outerHTML.slice(0, 120));
"""
#: Cells that are lower than the title in front of them, on a card.
TITLES = """
return [...document.querySelectorAll("td")].filter((cell) => cell.checkVisibility()
  && parseFloat(getComputedStyle(cell, "::before").height) > cell.clientHeight
).map((cell) => cell.outerHTML.slice(0, 120));
"""
SHOWN = """
return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]
  .filter((row) => row.checkVisibility()).map((row) => row.innerText);
"""


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]}-{screen[1]}")
def page(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Browser:
    browser.looks(*request.param)
    browser.open(f"{service.url}/_apirouter/")
    return browser


@pytest.fixture
def wide(browser: Browser, service: Service) -> Browser:
    browser.looks(1280, "light")
    browser.open(f"{service.url}/_apirouter/")
    return browser


def type_in(browser: Browser, text: str) -> None:
    browser.run(
        "const b = document.getElementById('q'); b.value = arguments[0]; b.dispatchEvent(new Event('input'))",
        text,
    )
    browser.wait(
        "const q = new URL(location.href).searchParams.get('q') || ''; return q === document.getElementById('q').value"
    )


def test_it_fits_the_screen_and_nothing_is_complained_of(page: Browser) -> None:
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.run(OUTSIDE) == []
    assert page.run(TITLES) == []
    assert page.run("return [...document.querySelectorAll('h2')].map((h) => h.innerText)") == SECTIONS
    assert page.complaints == []


def test_every_text_has_contrast(page: Browser) -> None:
    seen, low = page.run(CONTRAST)
    assert seen > 300
    assert low == []


def test_the_scheme_is_the_one_that_is_preferred(browser: Browser, service: Service) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        browser.looks(1280, scheme)
        browser.open(f"{service.url}/_apirouter/")
        grounds.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
    light, dark = (sum(map(int, ground[4:-1].split(","))) for ground in grounds)
    assert light > 600
    assert dark < 150


def test_it_asks_no_other_host(wide: Browser, service: Service) -> None:
    asked = wide.asked
    assert {url.removeprefix(f"{service.url}/_apirouter/") for url in asked} >= {"", "page.css", "page.js"}
    assert [url for url in asked if not url.startswith(f"{service.url}/_apirouter/")] == []


def test_typing_leaves_the_rows_that_have_every_word(wide: Browser) -> None:
    before = len(wide.run(SHOWN, "routes"))
    type_in(wide, "POST ReBoot /v2.1")
    rows = wide.run(SHOWN, "routes")
    assert len(rows) == 1
    assert "reboot" in rows[0]
    assert len(wide.run(SHOWN, "policies")) == 1
    assert wide.run("return document.getElementById('found').innerText") == "2 found"
    assert wide.run("return document.querySelector('nav a[href=\"#routes\"] .count').innerText") == "1"
    assert wide.run("return document.getElementById('plugins').checkVisibility()") is False
    type_in(wide, "no such thing")
    assert wide.run("return document.getElementById('nothing').checkVisibility()") is True
    type_in(wide, "")
    assert len(wide.run(SHOWN, "routes")) == before
    assert wide.run("return document.getElementById('nothing').checkVisibility()") is False
    assert wide.complaints == []


def test_a_question_in_the_address_is_asked_and_can_be_taken_back(browser: Browser, service: Service) -> None:
    browser.looks(1280, "light")
    browser.open(f"{service.url}/_apirouter/?q=reboot")
    assert len(browser.run(SHOWN, "routes")) == 2
    type_in(browser, "")
    assert len(browser.run(SHOWN, "routes")) > 50


def test_without_scripts_the_server_searches(browser: Browser, service: Service) -> None:
    browser.looks(390, "light")
    browser.scripts(False)
    try:
        browser.open(f"{service.url}/_apirouter/")
        box = browser.driver.find_element("id", "q")
        box.send_keys("reboot")
        browser.driver.find_element("css selector", "form button").click()
        rows = browser.driver.find_elements("css selector", "#routes tbody tr:not([hidden])")
        assert browser.driver.current_url.endswith("/_apirouter/?q=reboot")
        assert len(rows) == 2
        assert all(row.is_displayed() for row in rows)
        assert not browser.driver.find_element("id", "plugins").is_displayed()
    finally:
        browser.scripts(True)


def test_it_is_used_with_the_keyboard(wide: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    def press(key: str) -> str:
        wide.driver.switch_to.active_element.send_keys(key)
        focused: str = wide.run(
            "const e = document.activeElement; return e.id || e.getAttribute('href') || e.tagName"
        )
        return focused

    assert [press(Keys.TAB) for _ in range(4)] == ["#content", "q", "#health", "#mounts"]
    assert wide.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert press("/") == "q"
    wide.driver.switch_to.active_element.send_keys("reboot")
    wide.wait("return document.getElementById('found').innerText === '3 found'")
    press(Keys.ESCAPE)
    assert wide.run("return document.getElementById('q').value") == ""


def test_tables_stay_tables_for_those_who_hear_them(page: Browser) -> None:
    unnamed = page.run(
        "return [...document.querySelectorAll('table')].filter((t) => !t.caption || !t.caption.innerText.trim()).length"
    )
    assert unnamed == 0
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert roles.count("table") >= 7
    assert roles.count("row") > 100
    assert roles.count("columnheader") > 20
    assert {"search", "navigation", "main", "heading"} <= set(roles)


def test_what_plugins_call_themselves_is_text(wide: Browser) -> None:
    rows = wide.run(SHOWN, "plugins")
    assert any(row.startswith(HOSTILE) and "failed" in row for row in rows)
    assert wide.run("return document.querySelectorAll('main script, main img').length") == 0
    assert "hunter22" not in wide.driver.page_source
    assert wide.complaints == []


def test_it_shows_what_serves(wide: Browser, service: Service) -> None:
    data = json.loads(service.get("/_apirouter/data.json"))
    for section, key in (
        ("mounts", "mounts"),
        ("plugins", "plugins"),
        ("policies", "policies"),
        ("pipelines", "pipelines"),
    ):
        assert len(wide.run(SHOWN, section)) == len(data[key]) > 0
    chosen = next(p for p in data["pipelines"] if p["mount"] == "/v2.1/+" and p["in_use"])
    texts = wide.run(SHOWN, "pipelines")
    names = [f["name"] for f in chosen["filters"]]
    assert any([line.strip() for line in text.splitlines()][-len(names) - 1 : -1] == names for text in texts)


def test_maintenance_is_seen_at_the_next_look(wide: Browser, service: Service) -> None:
    assert "disable_by_file" in wide.run("return document.getElementById('health').innerText")
    assert wide.run("return document.querySelector('h1 .badge').innerText") == "DEGRADED"
    off = service.directory / "maintenance"
    off.touch()
    try:
        wide.open(f"{service.url}/_apirouter/")
        assert wide.run("return document.querySelector('h1 .badge').innerText") == "UNAVAILABLE"
        assert "DISABLED BY FILE" in wide.run("return document.getElementById('health').innerText")
    finally:
        off.unlink()
