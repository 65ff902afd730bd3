"""One served example for all clients, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.serving import Service, serving
from tests.functional.computeapi import write_ini


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("clients")
    with serving(write_ini(home)) as url:
        (home / "clouds.yaml").write_text(
            f"""\
clouds:
  here:
    auth_type: none
    auth:
      endpoint: {url}/v2.1
    identity_api_version: 3
    compute_endpoint_override: {url}/v2.1
    image_endpoint_override: {url}/image
""",
            encoding="utf-8",
        )
        nova = {
            "OS_AUTH_TYPE": "none",
            "OS_ENDPOINT": f"{url}/v2.1",
            # The shell insists on these, and the plugin "none" uses none of them.
            "OS_AUTH_URL": url,
            "OS_USERNAME": "notused",
            "OS_PROJECT_NAME": "notused",
        }
        yield Service(url, home, nova)


@pytest.fixture
def service(running: Service) -> Service:
    running.empty()
    return running
