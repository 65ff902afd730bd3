"""Servers: made, seen, changed, deleted; lists of them; whose they are."""

from __future__ import annotations

import uuid

import pytest

from tests.functional.computeapi import ADMIN, ALICE, BOB, IMAGE, Cloud


def test_a_new_server_is_answered_with_its_id_its_password_and_where_it_is(cloud: Cloud) -> None:
    body = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}
    reply = cloud.call("POST", "/servers", body, status=202)
    server = reply.json["server"]
    assert set(server) == {"id", "links", "adminPass", "OS-DCF:diskConfig"}
    assert str(uuid.UUID(server["id"])) == server["id"]
    assert reply.headers["Location"] == f"http://localhost/v2.1/servers/{server['id']}"
    assert server["links"] == [
        {"rel": "self", "href": f"http://localhost/v2.1/servers/{server['id']}"},
        {"rel": "bookmark", "href": f"http://localhost/servers/{server['id']}"},
    ]
    assert len(server["adminPass"]) >= 12


def test_a_password_that_the_client_chose_is_kept_and_is_not_in_the_database(cloud: Cloud) -> None:
    body = {"server": {"name": "w", "imageRef": IMAGE, "flavorRef": "1", "adminPass": "Sesame-4711"}}
    assert cloud.call("POST", "/servers", body, status=202).json["server"]["adminPass"] == "Sesame-4711"
    stored = cloud.stored()
    assert "m1.tiny" in stored
    assert "Sesame-4711" not in stored


def test_a_server_shows_all_that_was_said_of_it(cloud: Cloud) -> None:
    server_id = cloud.boot(
        "web", metadata={"role": "front"}, accessIPv4="192.0.2.7", accessIPv6="2001:db8::7",
        **{"OS-DCF:diskConfig": "AUTO"},
    )  # fmt: skip
    server = cloud.show(server_id)
    times = server.pop("created"), server.pop("updated")
    assert times[0] == times[1]
    assert server == {
        "id": server_id,
        "name": "web",
        "status": "ACTIVE",
        "progress": 100,
        "tenant_id": "demo",
        "user_id": "alice",
        "metadata": {"role": "front"},
        "hostId": "",
        "addresses": {},
        "accessIPv4": "192.0.2.7",
        "accessIPv6": "2001:db8::7",
        "OS-DCF:diskConfig": "AUTO",
        "OS-EXT-STS:vm_state": "active",
        "OS-EXT-STS:task_state": None,
        "image": {
            "id": IMAGE,
            "links": [{"rel": "bookmark", "href": f"http://localhost/images/{IMAGE}"}],
        },
        "flavor": {"id": "1", "links": [{"rel": "bookmark", "href": "http://localhost/flavors/1"}]},
        "links": [
            {"rel": "self", "href": f"http://localhost/v2.1/servers/{server_id}"},
            {"rel": "bookmark", "href": f"http://localhost/servers/{server_id}"},
        ],
    }


def test_index_has_names_and_links_and_detail_has_all(cloud: Cloud) -> None:
    server_id = cloud.boot("web")
    (brief,) = cloud.get("/servers")["servers"]
    assert set(brief) == {"id", "name", "links"}
    assert cloud.get("/servers/detail")["servers"] == [cloud.show(server_id)]


def test_the_project_may_stand_in_the_url_and_stays_in_the_links(cloud: Cloud) -> None:
    server_id = cloud.boot()
    server = cloud.get(f"/demo/servers/{server_id}")["server"]
    assert server["links"][0]["href"] == f"http://localhost/v2.1/demo/servers/{server_id}"
    name, message = cloud.fault("GET", "/other/servers", status=400)
    assert name == "badRequest"
    assert message == (
        "Malformed request URL: URL's project_id 'other' doesn't match Context's project_id 'demo'"
    )


def test_an_update_changes_what_it_says_and_nothing_else(cloud: Cloud) -> None:
    server_id = cloud.boot("web", accessIPv4="192.0.2.7")
    before = cloud.show(server_id)
    reply = cloud.call("PUT", f"/servers/{server_id}", {"server": {"name": "db"}}, status=200)
    after = cloud.show(server_id)
    assert after == {**before, "name": "db", "updated": after["updated"]}
    assert reply.json["server"]["name"] == "db"


def test_a_deleted_server_is_gone(cloud: Cloud) -> None:
    server_id = cloud.boot(metadata={"a": "b"})
    assert cloud.call("DELETE", f"/servers/{server_id}", status=204).body == b""
    name, message = cloud.fault("GET", f"/servers/{server_id}", status=404)
    assert (name, message) == ("itemNotFound", f"Instance {server_id} could not be found.")
    cloud.fault("DELETE", f"/servers/{server_id}", status=404)
    assert cloud.get("/servers") == {"servers": []}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Invalid input for field/attribute name. Value: ."),
        ({"name": "x" * 256}, "is too long"),
        ({"name": None}, "None is not of type 'string'"),
        ({"color": "red"}, "Additional properties are not allowed ('color' was unexpected)"),
        ({"metadata": {"k": 1}}, "1 is not of type 'string'"),
        ({"accessIPv4": "2001:db8::7"}, "accessIPv4"),
        ({"flavorRef": "99"}, "Flavor 99 could not be found."),
        ({"imageRef": "nothing"}, "Image nothing could not be found."),
        ({"min_count": 3, "max_count": 2}, "min_count must be <= max_count"),
        ({"metadata": {f"k{n}": "v" for n in range(129)}}, "Maximum number of metadata items exceeds 128"),
    ],
)
def test_a_create_that_makes_no_sense_says_why(cloud: Cloud, change: dict[str, object], words: str) -> None:
    body = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1", **change}}
    reply = cloud.call("POST", "/servers", body)
    assert reply.status_int in (400, 403)
    assert words in next(iter(reply.json.values()))["message"]
    assert cloud.get("/servers") == {"servers": []}


def test_a_create_without_a_flavor_says_so(cloud: Cloud) -> None:
    body = {"server": {"name": "web", "imageRef": IMAGE}}
    assert "'flavorRef' is a required property" in cloud.fault("POST", "/servers", body, status=400)[1]


def test_an_image_that_needs_more_than_the_flavor_has_is_refused(cloud: Cloud) -> None:
    debian = next(i["id"] for i in cloud.get("/images")["images"] if i["name"].startswith("debian"))
    body = {"server": {"name": "web", "imageRef": debian, "flavorRef": "1"}}
    message = cloud.fault("POST", "/servers", body, status=400)[1]
    assert message == "Flavor's disk is too small for requested image."


def test_what_clients_say_of_a_server_without_networks_and_volumes_is_understood(cloud: Cloud) -> None:
    disk = {"uuid": IMAGE, "boot_index": 0, "source_type": "image", "destination_type": "local"}
    more = {"block_device_mapping_v2": [{**disk, "delete_on_termination": True}], "networks": []}
    assert cloud.show(cloud.boot(**more))["image"]["id"] == IMAGE
    server = {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}
    for wrong, words in [
        ({"networks": [{"uuid": IMAGE}]}, "networks"),
        ({"block_device_mapping_v2": [disk, disk]}, "block_device_mapping_v2"),
        ({"block_device_mapping_v2": [{**disk, "source_type": "volume"}]}, "'volume' is not one of"),
        ({"block_device_mapping_v2": [{**disk, "uuid": "other"}]}, "names another image than imageRef"),
    ]:
        assert words in cloud.fault("POST", "/servers", {"server": {**server, **wrong}}, status=400)[1]


def test_a_nul_is_refused_in_what_is_kept_and_finds_nothing(cloud: Cloud) -> None:
    server_id = cloud.boot(metadata={"k": "v"})
    server = {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}
    for path, body in [
        ("/servers", {"server": {**server, "metadata": {"k": "a\0b"}}}),
        ("/servers", {"server": {**server, "description": "\0"}}),
        ("/servers", {"server": {**server, "name": "a\0b"}}),
        ("/servers", {"server": {**server, "flavorRef": "\0"}}),
        (f"/servers/{server_id}/action", {"lock": {"locked_reason": "a\0"}}),
        (f"/servers/{server_id}/action", {"resize": {"flavorRef": "1\0"}}),
        (f"/servers/{server_id}/metadata", {"metadata": {"k": "\0"}}),
    ]:
        assert cloud.call("POST", path, body, status=400, version="2.10").json["badRequest"]
    for path in ("/servers/%00", "/flavors/%00", "/images/%00", f"/servers/{server_id}/metadata/%00"):
        cloud.fault("GET", path, status=404)
    cloud.fault("DELETE", f"/servers/{server_id}/metadata/%00", status=404)
    cloud.fault("GET", "/servers?marker=%00", status=400)
    for key in ("name", "status", "flavor", "image", "user_id", "access_ip_v4"):
        assert cloud.get(f"/servers?{key}=%00") == {"servers": []}


def test_references_may_be_urls(cloud: Cloud) -> None:
    server_id = cloud.boot(
        imageRef=f"http://elsewhere/v2/images/{IMAGE}", flavorRef="http://elsewhere/v2/flavors/2/"
    )
    server = cloud.show(server_id)
    assert (server["image"]["id"], server["flavor"]["id"]) == (IMAGE, "2")


def test_a_flavor_may_be_a_number(cloud: Cloud) -> None:
    assert cloud.show(cloud.boot(flavorRef=2))["flavor"]["id"] == "2"


def test_several_servers_are_made_at_once_with_numbered_names(cloud: Cloud) -> None:
    cloud.boot("web", min_count="2", max_count=3)
    names = [server["name"] for server in cloud.get("/servers?sort_key=name&sort_dir=asc")["servers"]]
    assert names == ["web-1", "web-2", "web-3"]


def test_a_list_comes_in_pages_that_link_to_the_next(cloud: Cloud) -> None:
    made = [cloud.boot(f"s{n}") for n in range(5)]
    seen, path = [], "/servers/detail?limit=2&status=ACTIVE"
    for _ in range(3):
        page = cloud.get(path)
        seen += [server["id"] for server in page["servers"]]
        (link,) = page.get("servers_links", [{"href": "", "rel": "next"}])
        assert link["rel"] == "next"
        path = link["href"].removeprefix("http://localhost/v2.1")
    assert path == ""
    assert seen == made[::-1]


def test_the_last_page_has_no_link_even_when_it_is_full(cloud: Cloud) -> None:
    cloud.boot()
    assert set(cloud.get("/servers?limit=1")) == {"servers"}


def test_a_limit_of_nothing_gives_nothing(cloud: Cloud) -> None:
    cloud.boot()
    assert cloud.get("/servers?limit=0") == {"servers": []}


@pytest.mark.parametrize("limit", ["9" * 30, "9" * 5000, "0" * 5000 + "7"])
def test_a_limit_of_any_length_is_a_number(cloud: Cloud, limit: str) -> None:
    cloud.boot()
    assert len(cloud.get(f"/servers?limit={limit}")["servers"]) == 1


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", ""])
def test_a_limit_that_is_no_number_is_refused(cloud: Cloud, limit: str) -> None:
    cloud.fault("GET", f"/servers?limit={limit}", status=400)


def test_a_marker_must_be_in_the_list(cloud: Cloud) -> None:
    theirs = cloud.boot(token=BOB)
    assert cloud.fault("GET", "/servers?marker=gone", status=400)[1] == "marker [gone] not found"
    assert cloud.fault("GET", f"/servers?marker={theirs}", status=400)[1] == f"marker [{theirs}] not found"


def test_a_list_is_sorted_by_several_keys(cloud: Cloud) -> None:
    for name in ("b", "a", "c"):
        server_id = cloud.boot(name)
        if name == "a":
            cloud.act(server_id, "os-stop")
    query = "sort_key=status&sort_dir=desc&sort_key=display_name&sort_dir=asc"
    names = [server["name"] for server in cloud.get(f"/servers?{query}")["servers"]]
    assert names == ["a", "b", "c"]
    first = cloud.get(f"/servers?{query}&limit=2")["servers"]
    rest = cloud.get(f"/servers?{query}&limit=2&marker={first[-1]['id']}")["servers"]
    assert [server["name"] for server in first + rest] == names


def test_a_key_that_nothing_is_sorted_by_names_those_there_are(cloud: Cloud) -> None:
    message = cloud.fault("GET", "/servers?sort_key=color", status=400)[1]
    assert message.startswith("Unable to sort: there is no key 'color'; known: created_at, display_name")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=we", ["web"]),
        ("name=WE", ["web"]),
        ("name=%25", []),
        ("name=_eb", []),
        ("status=SHUTOFF", ["db"]),
        ("status=active", ["web"]),
        ("status=active&status=shutoff", ["db", "web"]),
        ("status=NONSENSE", []),
        ("flavor=2", ["db"]),
        ("flavor=http://x/flavors/1", ["web"]),
        (f"image={IMAGE}", ["db", "web"]),
        ("access_ip_v4=192.0.2.7", ["web"]),
        ("user_id=bob", []),
        ("color=red", ["db", "web"]),
    ],
)
def test_a_list_is_filtered(cloud: Cloud, query: str, names: list[str]) -> None:
    cloud.boot("web", accessIPv4="192.0.2.7")
    cloud.act(cloud.boot("db", flavorRef="2"), "os-stop")
    assert sorted(server["name"] for server in cloud.get(f"/servers?{query}")["servers"]) == names


def test_a_filter_is_not_repeated_for_ever(cloud: Cloud) -> None:
    assert cloud.get("/servers?" + "&".join(f"status=S{n}" for n in range(100))) == {"servers": []}
    cloud.fault("GET", "/servers?" + "&".join(f"status=S{n}" for n in range(101)), status=400)


def test_a_project_sees_none_of_anothers_servers(cloud: Cloud) -> None:
    server_id = cloud.boot(token=ALICE)
    assert cloud.get("/servers", token=BOB) == {"servers": []}
    for method, path, body in [
        ("GET", "", None),
        ("PUT", "", {"server": {"name": "mine"}}),
        ("DELETE", "", None),
        ("POST", "/action", {"os-stop": None}),
        ("POST", "/create_snapshot_test", None),
        ("GET", "/metadata", None),
        ("PUT", "/metadata", {"metadata": {}}),
    ]:
        name, message = cloud.fault(method, f"/servers/{server_id}{path}", body, status=404, token=BOB)
        assert (name, message) == ("itemNotFound", f"Instance {server_id} could not be found.")
    assert cloud.show(server_id)["name"] == "web"


def test_an_administrator_sees_all_projects_when_asked_to(cloud: Cloud) -> None:
    made = {cloud.boot(token=ALICE), cloud.boot(token=BOB)}
    everyone = cloud.get("/servers?all_tenants=1", token=ADMIN)["servers"]
    assert {server["id"] for server in everyone} == made
    assert len(cloud.get("/servers?all_tenants=0", token=ADMIN)["servers"]) == 1
    (theirs,) = cloud.get("/servers/detail?all_tenants=yes&tenant_id=other", token=ADMIN)["servers"]
    assert theirs["tenant_id"] == "other"


@pytest.mark.parametrize("action", ["index", "detail"])
def test_no_one_else_may_ask_for_all_projects(cloud: Cloud, action: str) -> None:
    path = "/servers?all_tenants=1" if action == "index" else "/servers/detail?all_tenants=1"
    name, message = cloud.fault("GET", path, status=403)
    assert name == "forbidden"
    assert message == (
        f"Policy doesn't allow os_compute_api:servers:{action}:get_all_tenants to be performed."
    )


def test_who_says_nothing_of_himself_sees_nothing(cloud: Cloud) -> None:
    assert cloud.call("GET", "/servers", token=None).status_int == 401
