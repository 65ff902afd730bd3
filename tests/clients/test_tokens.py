"""Clients with a password, a Keystone that gives them tokens and a catalog, the example behind keystonemiddleware."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.serving import Service, serving
from tests.functional.computeapi import write_ini
from tests.functional.identity import Identity, User

for name in ("keystonemiddleware", "novaclient", "openstack", "openstackclient"):
    pytest.importorskip(name, reason=f"{name} is not installed: tox -e clients")

# The SDK warns of its own future.
pytestmark = pytest.mark.filterwarnings("ignore")

USERS = (
    User("nova", "secret", {"service": ["service"]}),
    User("alice", "wonder", {"demo": ["member"]}),
    User("root", "toor", {"demo": ["admin"]}),
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Identity, Service]]:
    home, identity = tmp_path_factory.mktemp("tokens"), Identity(*USERS)
    with identity.served(), serving(_ini(home, identity)) as url:
        identity.catalog = {"compute": f"{url}/v2.1", "image": f"{url}/image"}
        nova = {
            "OS_AUTH_URL": f"{identity.url}/v3",
            "OS_USERNAME": "alice",
            "OS_PASSWORD": "wonder",
            "OS_PROJECT_NAME": "demo",
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
        }
        yield identity, Service(url, home, nova)


def _ini(home: Path, identity: Identity) -> Path:
    ini = write_ini(home)
    text = ini.read_text(encoding="utf-8").replace("auth_strategy = noauth2", "auth_strategy = keystone")
    said = f"""
www_authenticate_uri = {identity.url}
auth_type = password
auth_url = {identity.url}
username = nova
password = secret
project_name = service
user_domain_id = default
project_domain_id = default
token_cache_time = -1
"""
    ini.write_text(text.rstrip() + said, encoding="utf-8")
    return ini


def connect(identity: Identity, user: str, password: str) -> Any:
    import openstack

    return openstack.connect(
        auth={
            "auth_url": identity.url,
            "username": user,
            "password": password,
            "project_name": "demo",
            "user_domain_id": "default",
            "project_domain_id": "default",
        },
        load_envvars=False,
        load_yaml_config=False,
    )


def test_a_client_finds_compute_and_images_by_the_catalog(cloud: tuple[Identity, Service]) -> None:
    _, service = cloud
    boot = service.run("nova", "boot", "--flavor", "m1.tiny", "--image", "cirros-0.6.2", "--poll", "web")
    assert boot.status == 0, boot
    assert (boot.fields()["user_id"], boot.fields()["tenant_id"]) == ("alice", "demo")
    (row,) = service.run("nova", "list").rows()
    assert row["Name"] == "web"
    listed = service.run(
        "openstack", "server", "list", "-f", "json", OS_IDENTITY_API_VERSION="3", **service.nova
    )
    (seen,) = json.loads(listed.out)
    assert (seen["ID"], seen["Image"], seen["Flavor"]) == (row["ID"], "cirros-0.6.2", "m1.tiny")
    wrong = service.run("nova", "list", OS_PASSWORD="no")
    assert (wrong.status, "401" in wrong.err) == (1, True)


def test_a_client_whose_token_was_revoked_gets_itself_another(cloud: tuple[Identity, Service]) -> None:
    identity, _ = cloud
    connection = connect(identity, "alice", "wonder")
    assert [flavor.id for flavor in connection.compute.flavors()] == ["1", "2", "3", "4", "5"]
    first = connection.session.get_token()
    identity.revoke(first)
    assert [flavor.id for flavor in connection.compute.flavors()] == ["1", "2", "3", "4", "5"]
    assert connection.session.get_token() != first
    connection.close()


def test_a_client_is_told_when_keystone_is_down_and_when_policy_says_no(
    cloud: tuple[Identity, Service],
) -> None:
    from openstack import exceptions

    identity, _ = cloud
    alice, root = connect(identity, "alice", "wonder"), connect(identity, "root", "toor")
    assert alice.compute.get_endpoint_data().max_microversion == (2, 10)
    with pytest.raises(exceptions.ForbiddenException, match="get_all_tenants"):
        list(alice.compute.servers(all_projects=True))
    list(root.compute.servers(all_projects=True))
    with identity.down(), pytest.raises(exceptions.HttpException) as caught:
        list(alice.compute.servers())
    assert caught.value.status_code == 503
    list(alice.compute.servers())
    alice.close()
    root.close()
