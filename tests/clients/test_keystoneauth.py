"""keystoneauth's discovery: what a session learns of the served example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.serving import Service

pytest.importorskip("keystoneauth1", reason="keystoneauth1 is not installed: tox -e clients")

from keystoneauth1 import adapter, discover, exceptions, noauth, session, token_endpoint


@pytest.fixture
def sessions(service: Service) -> Iterator[Any]:
    """Return what makes an adapter of an endpoint below the service's URL."""
    made = []

    def connect(path: str = "/v2.1", service_type: str = "compute", **more: Any) -> Any:
        own = session.Session(auth=noauth.NoAuth(endpoint=service.url + path))
        made.append(own)
        return adapter.Adapter(own, service_type=service_type, **more)

    yield connect
    for own in made:
        own.session.close()


@pytest.mark.parametrize("path", ["", "/", "/v2.1", "/v2.1/", "/v2.1/notused"])
def test_the_endpoint_is_found_from_any_url_with_its_microversions(
    service: Service, sessions: Any, path: str
) -> None:
    data = sessions(path, min_version="2.1", max_version="2.latest").get_endpoint_data()
    assert data.url.startswith(f"{service.url}/v2.1/")
    assert (data.api_version, data.min_microversion, data.max_microversion) == ((2, 1), (2, 1), (2, 10))


def test_all_versions_of_a_service_are_told_and_none_of_another(service: Service, sessions: Any) -> None:
    versions = discover.Discover(sessions().session, f"{service.url}/").version_data()
    assert [(v["version"], v["url"], v["status"]) for v in versions] == [
        ((2, 0), f"{service.url}/v2/", "SUPPORTED"),
        ((2, 1), f"{service.url}/v2.1/", "CURRENT"),
    ]
    images = discover.Discover(sessions().session, f"{service.url}/image").version_data()
    assert [(v["version"], v["url"]) for v in images] == [((2, 0), f"{service.url}/image/v2/")]


def test_a_version_that_is_not_there_is_not_found(service: Service, sessions: Any) -> None:
    found = discover.Discover(sessions().session, service.url)
    assert found.url_for("3") is None
    assert found.url_for("2.1") == f"{service.url}/v2.1/"


def test_the_image_service_is_found_below_its_own_root(service: Service, sessions: Any) -> None:
    data = sessions("/image", service_type="image", version="2").get_endpoint_data()
    assert (data.url, data.api_version, data.max_microversion) == (f"{service.url}/image/v2/", (2, 0), None)


def test_a_request_says_its_microversion_and_the_reply_which_it_was(sessions: Any) -> None:
    compute = sessions()
    for version in ("2.1", "2.10", "latest"):
        reply = compute.get("/servers", microversion=version)
        said = {"latest": "2.10"}.get(version, version)
        assert reply.headers["OpenStack-API-Version"] == f"compute {said}"
        assert discover.normalize_version_number(said) <= (2, 10)
    with pytest.raises(exceptions.NotAcceptable):
        compute.get("/servers", microversion="2.11")
    with pytest.raises(exceptions.NotFound):
        compute.get("/servers/gone")


def test_a_fixed_token_says_who_asks(service: Service) -> None:
    made = session.Session(auth=token_endpoint.Token(f"{service.url}/v2.1", "alice:demo"))
    try:
        assert adapter.Adapter(made, service_type="compute").get("/demo/servers").json() == {"servers": []}
        with pytest.raises(exceptions.BadRequest):
            adapter.Adapter(made, service_type="compute").get("/other/servers")
    finally:
        made.session.close()
