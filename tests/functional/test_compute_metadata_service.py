"""The metadata service: what a server learns of itself, and who does not."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from wsgiref.validate import validator

import pytest
from paste.deploy import loadapp
from webtest import TestApp

from apirouter.errors import ConfigError
from compute_api.metadata import MetadataApp, hostname
from tests.functional.computeapi import Cloud

SECRET = "a secret of the proxy"
DOCUMENT = "/openstack/latest/meta_data.json"


def signed(server_id: str, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), server_id.encode(), hashlib.sha256).hexdigest()
    return {"X-Instance-ID": server_id, "X-Instance-ID-Signature": signature}


@pytest.fixture
def metadata(cloud: Cloud) -> TestApp:
    url = cloud.url
    app = MetadataApp.factory({"database": url}, metadata_proxy_shared_secret=SECRET)
    return TestApp(validator(app), lint=False)


def test_versions_and_documents_are_listed(metadata: TestApp) -> None:
    assert metadata.get("/").text == "openstack"
    assert metadata.get("/openstack").text.split() == ["2012-08-10", "latest"]
    assert metadata.get("/openstack/2012-08-10/").text == "meta_data.json"
    assert metadata.head("/openstack").body == b""


def test_a_server_learns_of_itself(cloud: Cloud, metadata: TestApp) -> None:
    server_id = cloud.boot("Web 1.", metadata={"role": "front"})
    reply = metadata.get(DOCUMENT, headers=signed(server_id))
    assert reply.json == {
        "uuid": server_id,
        "name": "Web 1.",
        "hostname": "web-1",
        "project_id": "demo",
        "launch_index": 0,
        "meta": {"role": "front"},
    }


def test_who_is_not_the_proxy_learns_nothing(cloud: Cloud, metadata: TestApp) -> None:
    server_id = cloud.boot()
    for headers in (
        {"X-Instance-ID": server_id},
        {"X-Instance-ID": server_id, "X-Instance-ID-Signature": "0" * 64},
        signed(server_id, "another secret"),
        signed(server_id) | {"X-Instance-ID": cloud.boot("other")},
    ):
        reply = metadata.get(DOCUMENT, headers=headers, status=403)
        assert "forbidden" in reply.json
    assert "X-Instance-ID" in metadata.get(DOCUMENT, status=400).json["badRequest"]["message"]


def test_without_a_secret_no_signature_is_right(cloud: Cloud) -> None:
    server_id = cloud.boot()
    app = TestApp(MetadataApp.factory({"database": cloud.url}))
    app.get(DOCUMENT, headers=signed(server_id, ""), status=403)


def test_what_is_not_there_is_not_found(metadata: TestApp) -> None:
    for path in ("/ec2", "/openstack/1999", "/openstack/latest/secrets", f"{DOCUMENT}/more"):
        metadata.get(path, headers=signed("x"), status=404)
    metadata.get(DOCUMENT, headers=signed("gone"), status=404)


def test_it_is_read_and_not_written(metadata: TestApp) -> None:
    reply = metadata.post("/openstack", status=405)
    assert reply.headers["Allow"] == "GET, HEAD"


def test_the_shipped_ini_has_it_behind_its_own_pipeline(cloud: Cloud) -> None:
    app = loadapp(f"config:{cloud.ini}", name="metadata")
    assert TestApp(validator(app), lint=False).get("/").text == "openstack"


def test_an_unknown_option_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    conf = {"database": f"sqlite:///{tmp_path}/x.sqlite"}
    with pytest.raises(ConfigError, match="did you mean 'metadata_proxy_shared_secret'"):
        MetadataApp.factory(conf, metadata_proxy_secret="x")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("web", "web"),
        ("My Server", "my-server"),
        ("--", "server-7"),
        ("\u670d\u52a1\u5668", "server-7"),
        ("a" * 70, "a" * 63),
    ],
)
def test_a_host_name_is_made_of_what_a_name_has_for_one(name: str, host: str) -> None:
    assert hostname(name, "7") == host
