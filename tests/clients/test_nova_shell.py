"""python-novaclient's shell, ``nova``, with OS_AUTH_TYPE=none: what each command prints is what there is."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest

from tests.clients.serving import Done, Service

pytest.importorskip("novaclient", reason="python-novaclient is not installed: tox -e clients")
if int(importlib.metadata.version("python-novaclient").partition(".")[0]) < 18:
    pytest.skip("this is for python-novaclient 18: tox -e clients", allow_module_level=True)

IMAGE = "0a8b5c8e-6f0c-4bb3-9f0e-3a6c2d3f6d01"


def nova(service: Service, *command: str, status: int = 0, **environ: str) -> Done:
    done = service.run("nova", *command, **environ)
    assert done.status == status, f"{command}: {done}"
    return done


def boot(service: Service, name: str = "web", *more: str) -> str:
    command = ("boot", "--flavor", "m1.tiny", "--image", "cirros-0.6.2", *more, name)
    return nova(service, *command).fields()["id"]


def test_boot_by_names_makes_a_server_and_prints_what_it_is(service: Service) -> None:
    done = nova(
        service, "boot", "--flavor", "m1.small", "--image", "debian-12", "--meta", "role=front", "--poll", "web"
    )  # fmt: skip
    (server,) = service.servers()
    assert "Server building... 100% complete" in done.out
    shown = done.fields()
    assert shown.pop("adminPass")
    assert {key: shown[key] for key in ("id", "name", "status", "tenant_id", "user_id")} == {
        "id": server["id"],
        "name": "web",
        "status": "ACTIVE",
        "tenant_id": "notused",
        "user_id": "notused",
    }
    assert shown["flavor"] == "m1.small (2)"
    assert shown["image"] == f"debian-12 ({server['image']['id']})"
    assert shown["metadata"] == '{"role": "front"}'
    assert (server["flavor"]["id"], server["metadata"]) == ("2", {"role": "front"})


def test_boot_by_ids_and_from_urls_of_nothing_says_what_is_not_there(service: Service) -> None:
    assert nova(service, "boot", "--flavor", "1", "--image", IMAGE, "web").fields()["name"] == "web"
    assert (
        "No flavor with a name or ID of 'm9'"
        in nova(service, "boot", "--flavor", "m9", "--image", IMAGE, "web", status=1).err
    )
    assert (
        "No Image matching nothing"
        in nova(service, "boot", "--flavor", "1", "--image", "nothing", "web", status=1).err
    )
    assert len(service.servers()) == 1


def test_list_shows_all_servers(service: Service) -> None:
    assert nova(service, "list").rows() == []
    made = [boot(service, name) for name in ("a", "b")]
    rows = nova(service, "list").rows()
    assert {row["ID"]: row["Name"] for row in rows} == {made[0]: "a", made[1]: "b"}
    assert {(row["Status"], row["Task State"], row["Power State"]) for row in rows} == {
        ("ACTIVE", "-", "Running")
    }


def test_list_pages_sorts_and_filters(service: Service) -> None:
    made = {name: boot(service, name) for name in ("web-1", "web-2", "db")}
    nova(service, "stop", "db")

    def names(*options: str) -> list[str]:
        return [row["Name"] for row in nova(service, "list", *options).rows()]

    by_name = ("--sort", "display_name:asc")
    assert names(*by_name) == ["db", "web-1", "web-2"]
    assert names(*by_name, "--limit", "2") == ["db", "web-1"]
    assert names(*by_name, "--limit", "2", "--marker", made["web-1"]) == ["web-2"]
    # Without a limit of its own, the shell follows the links from page to page.
    assert names(*by_name, "--limit", "-1") == ["db", "web-1", "web-2"]
    assert names(*by_name, "--name", "web") == ["web-1", "web-2"]
    assert names("--status", "SHUTOFF") == ["db"]
    assert names("--flavor", "m1.small") == []
    assert names(*by_name, "--image", "cirros-0.6.2", "--minimal") == ["db", "web-1", "web-2"]
    assert names("--changes-since", "2099-01-01T00:00:00Z") == []
    assert "marker [gone] not found (HTTP 400)" in nova(service, "list", "--marker", "gone", status=1).err


def test_show_finds_a_server_by_name_and_by_id(service: Service) -> None:
    server_id = boot(service)
    by_name, by_id = nova(service, "show", "web").fields(), nova(service, "show", server_id).fields()
    assert by_name == by_id
    server = service.server(server_id)
    same = ("id", "name", "status", "created", "updated", "tenant_id", "OS-EXT-STS:vm_state", "hostId")
    assert {key: by_id[key] for key in same} == {key: server[key] for key in same}
    assert by_id["image"] == f"cirros-0.6.2 ({IMAGE})"
    assert "No server with a name or ID of 'other' exists" in nova(service, "show", "other", status=1).err


def test_delete_removes_each_server_that_is_named(service: Service) -> None:
    one, _ = boot(service, "one"), boot(service, "two")
    done = nova(service, "delete", one, "two")
    assert done.out.count("has been accepted") == 2
    assert service.servers() == []
    assert "No server with a name or ID of 'two'" in nova(service, "delete", "two", status=1).out


def test_reboot_starts_a_server_anew(service: Service) -> None:
    server_id = boot(service)
    for how in ((), ("--hard",)):
        done = nova(service, "reboot", *how, "--poll", "web")
        assert "has been accepted" in done.out
        assert "Finished" in done.out
    nova(service, "stop", "web")
    assert service.server(server_id)["status"] == "SHUTOFF"
    refused = nova(service, "reboot", "web", status=1)
    assert f"Cannot 'reboot' instance {server_id} while it is in status SHUTOFF" in refused.out + refused.err
    nova(service, "reboot", "--hard", "web")
    assert service.server(server_id)["status"] == "ACTIVE"


def test_resize_is_confirmed_or_reverted(service: Service) -> None:
    server_id = boot(service)

    def now() -> tuple[str, str]:
        server = service.server(server_id)
        return server["status"], server["flavor"]["id"]

    nova(service, "resize", "--poll", "web", "m1.small")
    assert now() == ("VERIFY_RESIZE", "2")
    nova(service, "resize-confirm", "web")
    assert now() == ("ACTIVE", "2")
    nova(service, "resize", "web", "m1.large")
    assert now() == ("VERIFY_RESIZE", "4")
    nova(service, "resize-revert", "web")
    assert now() == ("ACTIVE", "2")
    assert "(HTTP 409)" in nova(service, "resize-confirm", "web", status=1).err
    assert "instances must change flavor" in nova(service, "resize", "web", "m1.small", status=1).err


def test_image_create_makes_an_image_that_is_found_by_name(service: Service) -> None:
    server_id = boot(service)
    # 2.7 tells of it by the Location, 2.10 in the body too.
    for version, name in (("2.7", "before"), ("2.10", "after")):
        options = ("--os-compute-api-version", version)
        done = nova(
            service, *options, "image-create", "--metadata", "why=friday", "--show", "--poll", "web", name
        )
        shown = done.fields()
        image = service.ask(f"/v2.1/images/{shown['id']}")["image"]
        assert (shown["name"], shown["status"], shown["why"]) == (name, "active", "friday")
        assert (image["name"], image["server"]["id"]) == (name, server_id)
        nova(service, "boot", "--flavor", "1", "--image", name, f"from-{name}")
    assert {server["name"] for server in service.servers()} == {"web", "from-before", "from-after"}


def test_flavor_list_and_flavor_show_tell_sizes_and_extra_specs(service: Service) -> None:
    rows = nova(service, "flavor-list", "--extra-specs").rows()
    flavors = service.ask("/v2.1/flavors/detail")["flavors"]
    assert [(r["ID"], r["Name"], r["Memory_MiB"], r["Disk"], r["VCPUs"]) for r in rows] == [
        (f["id"], f["name"], str(f["ram"]), str(f["disk"]), str(f["vcpus"])) for f in flavors
    ]
    assert rows[-1]["extra_specs"] == "{'hw:cpu_policy': 'dedicated', 'hw:mem_page_size': 'large'}"
    assert nova(service, "flavor-show", "m1.large").fields()["ram"] == "8192"
    assert [r["Name"] for r in nova(service, "flavor-list", "--min-ram", "8192").rows()] == [
        "m1.large",
        "m1.xlarge",
    ]
    second = nova(service, "flavor-list", "--limit", "1", "--marker", "1").rows()
    assert [row["Name"] for row in second] == ["m1.small"]


def test_meta_sets_and_deletes(service: Service) -> None:
    server_id = boot(service, "web", "--meta", "a=1")
    nova(service, "meta", "web", "set", "b=2", "c=with words")
    assert service.server(server_id)["metadata"] == {"a": "1", "b": "2", "c": "with words"}
    nova(service, "meta", "web", "delete", "a", "c")
    assert service.server(server_id)["metadata"] == {"b": "2"}
    assert "Metadata item was not found" in nova(service, "meta", "web", "delete", "a", status=1).err


def test_version_list_tells_what_the_service_has(service: Service) -> None:
    rows = nova(service, "version-list").rows()
    assert [(r["Id"], r["Status"], r["Min Version"], r["Version"]) for r in rows] == [
        (v["id"], v["status"], v["min_version"], v["version"]) for v in service.ask("/")["versions"]
    ]
    assert rows[-1]["Version"] == "2.10"


@pytest.mark.parametrize(
    ("field", "first"),
    [("description", "2.2"), ("OS-EXT-STS:power_state", "2.3"), ("locked", "2.4"), ("locked_reason", "2.9")],
)
def test_show_has_a_field_from_its_version_on(service: Service, field: str, first: str) -> None:
    boot(service)
    before = f"2.{int(first.partition('.')[2]) - 1}"
    seen = {v: nova(service, "--os-compute-api-version", v, "show", "web").fields() for v in (before, first)}
    assert (field in seen[before], field in seen[first]) == (False, True)


def test_an_action_a_schema_and_an_api_come_and_go_with_their_versions(service: Service) -> None:
    boot(service)

    def at(version: str, *command: str, status: int = 0) -> Done:
        return nova(service, "--os-compute-api-version", version, *command, status=status)

    assert "API version 2.3 is not supported on this method" in at("2.3", "lock", "web", status=1).err
    at("2.4", "lock", "web")
    assert at("2.4", "show", "web").fields()["locked"] == "True"
    at("2.4", "unlock", "web")
    assert set(at("2.5", "diagnostics", "web").fields()) == {"memory", "uptime"}
    assert at("2.6", "diagnostics", "web").fields()["state"] == "running"
    assert (
        "API version 2.10 is not supported on this method. (HTTP 404)"
        in at("2.10", "diagnostics", "web", status=1).err
    )


def test_the_newest_version_of_both_is_spoken_and_others_are_refused(service: Service) -> None:
    boot(service)
    assert "locked_reason" in nova(service, "--os-compute-api-version", "2.latest", "show", "web").fields()
    refused: Any = nova(service, "--os-compute-api-version", "2.11", "list", status=1).err
    assert "The valid version range is '2.1' to '2.10'" in refused


def test_a_token_says_who_asks_where_there_is_no_keystone(service: Service) -> None:
    said = {"OS_AUTH_TYPE": "admin_token", "OS_TOKEN": "alice:demo"}
    server_id = nova(
        service, "boot", "--flavor", "1", "--image", IMAGE, "hers", **said
    ).fields()["id"]  # fmt: skip
    assert nova(service, "list").rows() == []
    assert [row["ID"] for row in nova(service, "list", **said).rows()] == [server_id]
    assert service.server(server_id, token="alice:demo")["user_id"] == "alice"
    nova(service, "delete", server_id, **said)
