"""python-novaclient 18 as a library, on keystoneauth's ``none``."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.serving import Service

pytest.importorskip("novaclient", reason="python-novaclient is not installed: tox -e clients")
if int(importlib.metadata.version("python-novaclient").partition(".")[0]) < 18:
    pytest.skip("this is for python-novaclient 18: tox -e clients", allow_module_level=True)

from keystoneauth1 import noauth, session
from novaclient import api_versions, client, exceptions


@pytest.fixture
def connect(service: Service) -> Iterator[Any]:
    """Return what makes a client of a microversion."""
    made = session.Session(auth=noauth.NoAuth(endpoint=f"{service.url}/v2.1"))
    yield lambda version="2.10": client.Client(version, session=made)
    made.session.close()


def boot(nova: Any, name: str, **more: Any) -> Any:
    image, flavor = nova.glance.find_image("cirros-0.6.2"), nova.flavors.find(name="m1.tiny")
    return nova.servers.create(name, image, flavor, **more)


def test_a_server_s_whole_life(service: Service, connect: Any) -> None:
    nova = connect()
    server = boot(nova, "web", meta={"a": "1"})
    assert server.adminPass
    assert server.id == service.servers()[0]["id"]
    server.get()
    assert (server.status, server.description, server.metadata) == ("ACTIVE", None, {"a": "1"})
    server.reboot("HARD")
    nova.servers.set_meta(server, {"b": "2"})
    nova.servers.delete_meta(server, ["a"])
    assert nova.servers.get(server).metadata == {"b": "2"}
    server.resize("2")
    assert nova.servers.get(server).status == "VERIFY_RESIZE"
    server.revert_resize()
    server.resize("3")
    server.confirm_resize()
    assert nova.servers.get(server).flavor["id"] == "3"
    image_id = server.create_image("snap", {"why": "friday"})
    assert service.ask(f"/v2.1/images/{image_id}")["image"]["metadata"]["why"] == "friday"
    server.update(name="db")
    assert nova.servers.find(name="db").id == server.id
    server.lock()
    assert nova.servers.get(server).locked is True
    with pytest.raises(exceptions.Conflict, match="is locked"):
        server.delete()
    server.unlock()
    server.stop()
    server.start()
    server.delete()
    with pytest.raises(exceptions.NotFound, match=f"Instance {server.id} could not be found"):
        nova.servers.get(server.id)


def test_lists_are_paged_sorted_and_filtered(service: Service, connect: Any) -> None:
    nova = connect()
    for number in range(5):
        boot(nova, f"web-{number}")
    newest_first = [f"web-{number}" for number in (4, 3, 2, 1, 0)]
    assert [s.name for s in nova.servers.list()] == newest_first
    # -1 asks for page after page until one is empty.
    assert [s.name for s in nova.servers.list(limit=-1)] == newest_first
    first = nova.servers.list(limit=2, sort_keys=["display_name"], sort_dirs=["asc"])
    assert [s.name for s in first] == ["web-0", "web-1"]
    rest = nova.servers.list(limit=9, marker=first[-1].id, sort_keys=["display_name"], sort_dirs=["asc"])
    assert [s.name for s in rest] == ["web-2", "web-3", "web-4"]
    assert [s.name for s in nova.servers.list(search_opts={"name": "web-3"}, detailed=False)] == ["web-3"]
    with pytest.raises(exceptions.BadRequest, match="marker \\[gone\\] not found"):
        nova.servers.list(marker="gone")


def test_flavors_come_with_their_extra_specs(connect: Any) -> None:
    nova = connect()
    assert [f.name for f in nova.flavors.list(min_ram=8192)] == ["m1.large", "m1.xlarge"]
    assert nova.flavors.get("5").get_keys() == {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "large"}
    assert [f.id for f in nova.flavors.list(limit=2, marker="2", sort_key="memory_mb", sort_dir="asc")] == [
        "3",
        "4",
    ]


def test_the_version_that_both_know_is_found(service: Service, connect: Any) -> None:
    latest = api_versions.discover_version(connect("2.1"), api_versions.APIVersion("2.latest"))
    assert latest == api_versions.APIVersion("2.10")
    current = connect().versions.get_current()
    assert (current.id, current.version, current.min_version) == ("v2.1", "2.10", "2.1")
    assert [v.id for v in connect().versions.list()] == ["v2.0", "v2.1"]
    with pytest.raises(exceptions.UnsupportedVersion):
        api_versions.discover_version(connect("2.1"), api_versions.APIVersion("2.11"))
    with pytest.raises(exceptions.NotAcceptable, match="Version 2.11 is not supported by the API"):
        connect("2.11").servers.list()


def test_a_fault_is_the_client_s_own_exception_with_the_request_s_id(connect: Any) -> None:
    with pytest.raises(exceptions.NotFound) as caught:
        connect().flavors.get("99")
    assert (caught.value.code, caught.value.message) == (404, "Flavor 99 could not be found.")
    assert caught.value.request_id.startswith("req-")
