"""python-openstackclient, by a clouds.yaml without Keystone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.serving import Service

pytest.importorskip("openstackclient", reason="python-openstackclient is not installed: tox -e clients")


def run(service: Service, *command: str, status: int = 0) -> str:
    done = service.run("openstack", "--os-cloud", "here", *command)
    assert done.status == status, f"{command}: {done}"
    return done.out if status == 0 else done.err


def told(service: Service, *command: str) -> Any:
    return json.loads(run(service, *command, "-f", "json"))


def boot(service: Service, name: str = "web") -> str:
    command = ("server", "create", "--flavor", "m1.tiny", "--image", "cirros-0.6.2", "--wait", name)
    server_id: str = told(service, *command)["id"]
    return server_id


def test_server_list_lists_servers_with_names_of_images_and_flavors(service: Service) -> None:
    assert told(service, "server", "list") == []
    server_id = boot(service)
    assert told(service, "server", "list") == [
        {
            "ID": server_id,
            "Name": "web",
            "Status": "ACTIVE",
            "Networks": {},
            "Image": "cirros-0.6.2",
            "Flavor": "m1.tiny",
        }
    ]
    (long,) = told(service, "server", "list", "--long")
    server = service.server(server_id)
    assert (long["Image ID"], long["Flavor ID"]) == (server["image"]["id"], server["flavor"]["id"])
    assert (long["Power State"], long["Task State"]) == (1, None)


def test_server_list_pages_and_filters(service: Service) -> None:
    made = {name: boot(service, name) for name in ("a", "b", "c")}

    def names(*options: str) -> list[str]:
        return [row["Name"] for row in told(service, "server", "list", "--no-name-lookup", *options)]

    assert names() == ["c", "b", "a"]
    assert names("--limit", "1") == ["c"]
    assert names("--marker", made["c"], "--limit", "1") == ["b"]
    assert names("--name", "b") == ["b"]
    assert names("--status", "SHUTOFF") == []
    assert "os_compute_api:servers:detail:get_all_tenants" in run(
        service, "server", "list", "--all-projects", status=1
    )


def test_a_server_s_life_by_commands(service: Service) -> None:
    server_id = boot(service)
    shown = told(service, "server", "show", "web")
    assert (shown["id"], shown["status"], shown["project_id"]) == (server_id, "ACTIVE", "notused")
    assert shown["image"].startswith("cirros-0.6.2 (")
    run(service, "server", "set", "--property", "a=b", "--name", "db", "web")
    assert service.server(server_id)["metadata"] == {"a": "b"}
    run(service, "server", "reboot", "--wait", "db")
    run(service, "server", "resize", "--flavor", "m1.small", "--wait", "db")
    run(service, "server", "resize", "confirm", "db")
    assert service.server(server_id)["flavor"]["id"] == "2"
    image = told(service, "server", "image", "create", "--name", "snap", "--wait", "db")
    assert service.ask(f"/image/v2/images/{image['id']}")["name"] == "snap"
    run(service, "server", "delete", "--wait", "db")
    assert service.servers() == []


def test_extensions_flavors_images_and_versions_are_listed(service: Service) -> None:
    aliases = [e["alias"] for e in service.ask("/v2.1/extensions")["extensions"]]
    assert [row["Alias"] for row in told(service, "extension", "list", "--compute")] == aliases
    names = [row["Name"] for row in told(service, "flavor", "list")]
    assert names == ["m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"]
    assert told(service, "flavor", "show", "m1.xlarge")["properties"]["hw:cpu_policy"] == "dedicated"
    images = {row["Name"]: row["Status"] for row in told(service, "image", "list", "--public")}
    assert images == {"cirros-0.6.2": "active", "debian-12": "active"}


def test_a_microversion_is_asked_for_by_an_option(service: Service) -> None:
    boot(service)
    old, new = (
        told(service, "--os-compute-api-version", version, "server", "show", "web")
        for version in ("2.1", "2.9")
    )
    assert (old.get("locked_reason"), old.get("locked")) == (None, None)
    assert new["locked"] is False
    assert "only supports a minimum of 2.1 and a maximum of 2.10" in run(
        service, "--os-compute-api-version", "2.11", "server", "list", status=1
    )
