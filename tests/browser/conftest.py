"""A headless Chromium and a served service; where either can't be had, the tests here are skipped with the reason."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.service import Service, served

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser that is not here."""
    reason = missing()
    if reason:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


def missing() -> str:
    """Return why no browser can be driven here; empty when one can."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed (tox -e browser)"
    if not any(map(shutil.which, BROWSERS)):
        return "there is no Chromium here (Debian: chromium)"
    return "" if shutil.which("chromedriver") else "there is no chromedriver here (Debian: chromium-driver)"


class Browser:
    """A browser that tells all it was asked for and all it complained about.

    :param driver: Selenium's.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def looks(self, width: int, scheme: str) -> None:
        """Be a screen of a width, in a colour scheme."""
        metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def scripts(self, allowed: bool) -> None:
        """Run scripts, or don't."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    def open(self, url: str) -> None:
        """Open a page; what was told of the one before is forgotten."""
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script's text in the page; return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str) -> Any:
        """Wait until a script returns something true; return it."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, 30).until(lambda _: self.run(script))

    @property
    def complaints(self) -> list[str]:
        """What stands in the console: errors, refusals by the Content-Security-Policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    @property
    def asked(self) -> list[str]:
        """The URLs that the page asked a server for."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent")
        return [url for url in sent if not url.startswith(("data:", "blob:"))]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service as Driver

    options = webdriver.ChromeOptions()
    options.binary_location = next(path for path in map(shutil.which, BROWSERS) if path)
    flags = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]
    # Chromium refuses its sandbox to root, as whom continuous integration often runs.
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    for flag in flags:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Driver(shutil.which("chromedriver")))
    with contextlib.closing(_Quit(driver)):
        yield Browser(driver)


class _Quit:
    def __init__(self, driver: Any) -> None:
        self.close: Callable[[], None] = driver.quit
