"""python-novaclient 15.1, the last that lists extensions, with OS_AUTH_TYPE=none."""

from __future__ import annotations

import importlib.metadata

import pytest

from tests.clients.serving import Service

pytest.importorskip("novaclient", reason="python-novaclient is not installed: tox -e clients-old")
if not importlib.metadata.version("python-novaclient").startswith("15.1."):
    pytest.skip("this is for python-novaclient 15.1: tox -e clients-old", allow_module_level=True)


def test_list_extensions_lists_the_plugins(service: Service) -> None:
    done = service.run("nova", "list-extensions")
    assert done.status == 0, done
    extensions = service.ask("/v2.1/extensions")["extensions"]
    assert [(r["Alias"], r["Name"], r["Summary"], r["Updated"]) for r in done.rows()] == [
        (e["alias"], e["name"], e["description"], e["updated"]) for e in extensions
    ]
    assert {"servers", "flavors", "os-extended-status"} <= {row["Alias"] for row in done.rows()}


def test_an_old_client_does_to_a_server_what_a_new_one_does(service: Service) -> None:
    def nova(*command: str) -> dict[str, str]:
        done = service.run("nova", *command)
        assert done.status == 0, done
        return done.fields() if "|" in done.out else {}

    server_id = nova("boot", "--flavor", "m1.tiny", "--image", "cirros-0.6.2", "--poll", "web")["id"]
    assert nova("show", "web")["status"] == "ACTIVE"
    nova("reboot", "web")
    nova("resize", "--poll", "web", "m1.small")
    nova("resize-confirm", "web")
    assert service.server(server_id)["flavor"]["id"] == "2"
    image = nova("image-create", "--show", "--poll", "web", "snap")
    assert service.ask(f"/v2.1/images/{image['id']}")["image"]["server"]["id"] == server_id
    nova("meta", "web", "set", "a=b")
    assert service.server(server_id)["metadata"] == {"a": "b"}
    nova("delete", "web")
    assert service.servers() == []


def test_it_speaks_the_newest_version_of_the_service(service: Service) -> None:
    rows = service.run("nova", "version-list").rows()
    assert rows[-1]["Version"] == "2.10"
