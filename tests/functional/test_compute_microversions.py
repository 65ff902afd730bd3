"""What each microversion of the compute example changes, on both sides of its border."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.computeapi import IMAGE, Cloud


@pytest.mark.parametrize(
    ("field", "version", "value"),
    [
        ("description", "2.2", None),
        ("OS-EXT-STS:power_state", "2.3", 1),
        ("locked", "2.4", False),
        ("locked_reason", "2.9", None),
    ],
)
def test_a_field_appears_with_its_version(cloud: Cloud, field: str, version: str, value: Any) -> None:
    server_id = cloud.boot()
    before = f"2.{int(version.split('.')[1]) - 1}"
    assert field not in cloud.show(server_id, version=before)
    assert field not in cloud.get("/servers/detail", version=before)["servers"][0]
    for later in (version, "2.10", "latest"):
        assert cloud.show(server_id, version=later)[field] == value
        assert cloud.get("/servers/detail", version=later)["servers"][0][field] == value


def test_no_version_is_the_first(cloud: Cloud) -> None:
    reply = cloud.call("GET", "/servers", status=200)
    assert reply.headers["OpenStack-API-Version"] == "compute 2.1"
    assert reply.headers["X-OpenStack-Nova-API-Version"] == "2.1"


def test_a_description_is_understood_from_2_2(cloud: Cloud) -> None:
    server = {"name": "web", "imageRef": IMAGE, "flavorRef": "1", "description": "the front"}
    message = cloud.fault("POST", "/servers", {"server": server}, status=400, version="2.1")[1]
    assert "'description' was unexpected" in message
    server_id = cloud.boot(description="the front", version="2.2")
    assert cloud.show(server_id, version="2.2")["description"] == "the front"
    body = {"server": {"description": None}}
    cloud.fault("PUT", f"/servers/{server_id}", body, status=400)
    cloud.call("PUT", f"/servers/{server_id}", body, status=200, version="2.2")
    assert cloud.show(server_id, version="2.2")["description"] is None


def test_a_lock_exists_from_2_4_and_has_a_reason_from_2_9(cloud: Cloud) -> None:
    server_id = cloud.boot()
    path = f"/servers/{server_id}/action"
    cloud.fault("POST", path, {"lock": None}, status=404, version="2.3")
    body = {"lock": {"locked_reason": "moving"}}
    cloud.fault("POST", path, body, status=400, version="2.8")
    cloud.call("POST", path, body, status=202, version="2.9")
    server = cloud.show(server_id, version="2.9")
    assert (server["locked"], server["locked_reason"]) == (True, "moving")
    cloud.act(server_id, "unlock", version="2.9")
    server = cloud.show(server_id, version="2.9")
    assert (server["locked"], server["locked_reason"]) == (False, None)


def test_changes_since_is_understood_from_2_5(cloud: Cloud) -> None:
    cloud.boot()
    later = "/servers?changes-since=2999-01-01T00:00:00Z"
    assert len(cloud.get(later, version="2.4")["servers"]) == 1
    assert cloud.get(later, version="2.5") == {"servers": []}
    earlier = "/servers/detail?changes-since=2001-01-01T00:00:00%2B02:00"
    assert len(cloud.get(earlier, version="2.5")["servers"]) == 1
    for time in ("2001-01-01T00:00:00.5Z", "2001-01-01t00:00:00.1234567z"):
        assert len(cloud.get(f"/servers?changes-since={time}", version="2.5")["servers"]) == 1
    cloud.fault("GET", "/servers?changes-since=0001-01-01T00:00:00%2B02:00", status=400, version="2.5")
    cloud.fault("GET", "/servers?changes-since=yesterday", status=400, version="2.5")


def test_diagnostics_have_another_form_from_2_6_and_are_gone_from_2_10(cloud: Cloud) -> None:
    server_id = cloud.boot()
    path = f"/servers/{server_id}/diagnostics"
    assert set(cloud.get(path, version="2.5")) == {"memory", "uptime"}
    new = cloud.get(path, version="2.9")
    assert new.pop("uptime") >= 0
    assert new == {"state": "running", "num_cpus": 1, "memory_details": {"maximum": 512}}
    message = cloud.fault("GET", path, status=404, version="2.10")[1]
    assert message == "API version 2.10 is not supported on this method."
    cloud.act(server_id, "os-stop")
    cloud.fault("GET", path, status=409)


def test_two_statuses_are_as_they_should_be_from_2_7(cloud: Cloud) -> None:
    server_id = cloud.boot()
    for version, confirmed, added in (("2.6", 204, 200), ("2.7", 202, 201)):
        flavor = "2" if version == "2.6" else "3"
        cloud.act(server_id, "resize", {"flavorRef": flavor})
        cloud.act(server_id, "confirmResize", status=confirmed, version=version)
        body = {"metadata": {version: "x"}}
        cloud.call("POST", f"/servers/{server_id}/metadata", body, status=added, version=version)


def test_a_new_image_is_in_the_location_and_from_2_8_in_the_body_too(cloud: Cloud) -> None:
    server_id = cloud.boot()
    old = cloud.act(server_id, "createImage", {"name": "s"}, version="2.7")
    assert (old.body, "Location" in old.headers) == (b"", True)
    new = cloud.act(server_id, "createImage", {"name": "s"}, version="2.8")
    assert new.headers["Location"] == f"http://localhost/v2.1/images/{new.json['image_id']}"
    assert cloud.get(f"/images/{new.json['image_id']}")["image"]["name"] == "s"


def test_a_version_that_the_service_has_not_is_refused(cloud: Cloud) -> None:
    message = cloud.fault("GET", "/servers", status=406, version="2.11")[1]
    assert message == "Version 2.11 is not supported by the API. Minimum is 2.1 and maximum is 2.10."
