"""openstacksdk: servers, waiting, actions, extensions, and the newest microversion that both know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.serving import Service

openstack: Any = pytest.importorskip("openstack", reason="openstacksdk is not installed: tox -e clients")

# The SDK warns of its own future.
pytestmark = pytest.mark.filterwarnings("ignore")

from openstack import exceptions, utils  # noqa: E402


@pytest.fixture
def connection(service: Service) -> Iterator[Any]:
    made = openstack.connect(
        auth_type="none",
        auth={"endpoint": f"{service.url}/v2.1"},
        compute_endpoint_override=f"{service.url}/v2.1",
        image_endpoint_override=f"{service.url}/image",
        load_envvars=False,
        load_yaml_config=False,
    )
    yield made
    made.close()


def boot(connection: Any, name: str = "web", **more: Any) -> Any:
    image, flavor = connection.image.find_image("cirros-0.6.2"), connection.compute.find_flavor("m1.tiny")
    server = connection.compute.create_server(name=name, image_id=image.id, flavor_id=flavor.id, **more)
    return connection.compute.wait_for_server(server, interval=0.1, wait=20)


def test_a_server_is_made_seen_changed_and_deleted(service: Service, connection: Any) -> None:
    compute = connection.compute
    server = boot(connection, metadata={"a": "1"})
    told = service.server(server.id)
    assert (server.status, server.name, server.metadata) == ("ACTIVE", "web", {"a": "1"})
    assert (server.project_id, server.user_id) == (told["tenant_id"], told["user_id"])
    assert (server.created_at, server.flavor.id, server.image.id) == (
        told["created"],
        told["flavor"]["id"],
        told["image"]["id"],
    )
    assert compute.update_server(server, name="db").name == "db"
    compute.set_server_metadata(server, b="2")
    assert service.server(server.id)["metadata"] == {"a": "1", "b": "2"}
    compute.delete_server_metadata(compute.get_server(server), ["a"])
    assert compute.get_server_metadata(server).metadata == {"b": "2"}
    assert compute.find_server("db").id == server.id
    compute.delete_server(server)
    compute.wait_for_delete(server, interval=0.1, wait=20)
    assert compute.find_server(server.id) is None
    with pytest.raises(exceptions.NotFoundException, match="could not be found"):
        compute.get_server(server.id)


def test_actions_do_what_they_say(service: Service, connection: Any) -> None:
    compute, server = connection.compute, boot(connection)

    def now(status: str) -> dict[str, Any]:
        compute.wait_for_server(server, status=status, interval=0.1, wait=20)
        return service.server(server.id)

    compute.reboot_server(server, "HARD")
    compute.resize_server(server, "2")
    assert now("VERIFY_RESIZE")["flavor"]["id"] == "2"
    compute.revert_server_resize(server)
    assert now("ACTIVE")["flavor"]["id"] == "1"
    compute.resize_server(server, "3")
    compute.confirm_server_resize(server)
    assert now("ACTIVE")["flavor"]["id"] == "3"
    compute.stop_server(server)
    now("SHUTOFF")
    with pytest.raises(exceptions.ConflictException, match="while it is in status SHUTOFF"):
        compute.reboot_server(server, "SOFT")
    compute.start_server(server)
    compute.lock_server(server, locked_reason="moving")
    assert now("ACTIVE")["locked_reason"] == "moving"
    compute.unlock_server(server)
    image = compute.create_server_image(server, "snap", metadata={"why": "friday"}, wait=True)
    assert service.ask(f"/v2.1/images/{image.id}")["image"]["server"]["id"] == server.id
    assert connection.image.get_image(image.id).properties["why"] == "friday"


def test_pages_follow_one_another_without_being_asked_for(service: Service, connection: Any) -> None:
    for number in range(5):
        boot(connection, f"web-{number}")
    compute = connection.compute
    assert [s.name for s in compute.servers(limit=2)] == [f"web-{n}" for n in (4, 3, 2, 1, 0)]
    by_name = {"sort_key": "display_name", "sort_dir": "asc", "details": False}
    assert [s.name for s in compute.servers(limit=3, **by_name)] == [f"web-{n}" for n in range(5)]
    assert [s.name for s in compute.servers(name="web-3")] == ["web-3"]
    assert list(compute.servers(status="SHUTOFF")) == []
    assert [f.name for f in compute.flavors(min_ram=8192, limit=1)] == ["m1.large", "m1.xlarge"]
    assert {image.name for image in connection.image.images(limit=1)} >= {"cirros-0.6.2", "debian-12"}


def test_extensions_are_the_plugins(service: Service, connection: Any) -> None:
    told = {e["alias"]: e for e in service.ask("/v2.1/extensions")["extensions"]}
    found = {e.alias: e for e in connection.compute.extensions()}
    assert set(found) == set(told)
    for alias, extension in found.items():
        assert (extension.name, extension.description) == (told[alias]["name"], told[alias]["description"])
    assert connection.compute.find_extension("os-extended-status").name == "ExtendedStatus"
    assert connection.compute.find_extension("os-nothing") is None


def test_the_newest_microversion_of_both_is_spoken(service: Service, connection: Any) -> None:
    compute, server = connection.compute, boot(connection)
    data = compute.get_endpoint_data()
    assert (data.min_microversion, data.max_microversion) == ((2, 1), (2, 10))
    assert utils.maximum_supported_microversion(compute, "2.96") == "2.10"
    assert utils.supports_microversion(compute, "2.10")
    assert not utils.supports_microversion(compute, "2.11")
    # Nothing is asked for here: the SDK's servers know later versions than the service has.
    assert compute.get_server(server.id).microversion == "2.10"
    compute.lock_server(server, locked_reason="negotiated")
    assert compute.get_server(server.id).locked_reason == "negotiated"


def test_an_older_microversion_is_spoken_where_it_is_set(service: Service, connection: Any) -> None:
    server = boot(connection)
    compute = connection.compute
    compute.default_microversion = "2.5"
    assert compute.get_server_diagnostics(server).uptime >= 0
    reply = compute.get(f"/servers/{server.id}", microversion="2.1")
    assert "description" not in reply.json()["server"]
    reply = compute.get(f"/servers/{server.id}/diagnostics", microversion="2.10")
    assert reply.status_code == 404


def test_extra_specs_are_found_below_a_flavor(connection: Any) -> None:
    flavor = connection.compute.find_flavor("m1.xlarge", get_extra_specs=True)
    assert flavor.extra_specs == {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "large"}
    assert (flavor.ram, flavor.vcpus, flavor.disk) == (16384, 8, 160)


def test_the_cloud_layer_finds_what_there_is(service: Service, connection: Any) -> None:
    server = boot(connection)
    assert connection.get_server("web").id == server.id
    assert connection.get_flavor_by_ram(4000).name == "m1.medium"
    assert connection.get_image("debian-12").min_ram == 512
    assert connection.delete_server("web", wait=True, timeout=20)
    assert service.servers() == []
