"""What may be done to a server, in which status, and what it is afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functional.computeapi import ADMIN, IMAGE, Cloud


def put_in(cloud: Cloud, status: str) -> str:
    server_id = cloud.boot()
    if status == "SHUTOFF":
        cloud.act(server_id, "os-stop")
    elif status == "VERIFY_RESIZE":
        cloud.act(server_id, "resize", {"flavorRef": "2"})
    elif status == "ERROR":
        cloud.act(server_id, "os-resetState", {"state": "error"}, token=ADMIN)
    assert cloud.show(server_id)["status"] == status
    return server_id


#: action, argument, the statuses in which it is done, and the status afterwards.
ACTIONS = [
    ("reboot", {"type": "SOFT"}, {"ACTIVE"}, "ACTIVE"),
    ("reboot", {"type": "hard"}, {"ACTIVE", "SHUTOFF", "ERROR"}, "ACTIVE"),
    ("os-start", None, {"SHUTOFF"}, "ACTIVE"),
    ("os-stop", None, {"ACTIVE", "ERROR"}, "SHUTOFF"),
    ("resize", {"flavorRef": "3"}, {"ACTIVE", "SHUTOFF"}, "VERIFY_RESIZE"),
    ("confirmResize", None, {"VERIFY_RESIZE"}, "ACTIVE"),
    ("revertResize", None, {"VERIFY_RESIZE"}, "ACTIVE"),
]


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "VERIFY_RESIZE", "ERROR"])
@pytest.mark.parametrize(("action", "argument", "allowed", "after"), ACTIONS)
def test_an_action_is_done_in_some_statuses_and_conflicts_in_the_others(
    cloud: Cloud, status: str, action: str, argument: Any, allowed: set[str], after: str
) -> None:
    server_id = put_in(cloud, status)
    if status in allowed:
        cloud.act(server_id, action, argument, status=204 if action == "confirmResize" else 202)
        assert cloud.show(server_id)["status"] == after
    else:
        reply = cloud.act(server_id, action, argument, status=409)
        message = reply.json["conflictingRequest"]["message"]
        assert f"instance {server_id} while it is in status {status}" in message
        assert cloud.show(server_id)["status"] == status


def test_a_resize_that_is_confirmed_keeps_the_flavor(cloud: Cloud) -> None:
    server_id = cloud.boot()
    cloud.act(server_id, "resize", {"flavorRef": "2"})
    cloud.act(server_id, "confirmResize", status=204)
    assert cloud.show(server_id)["flavor"]["id"] == "2"
    cloud.act(server_id, "revertResize", status=409)


def test_a_resize_that_is_reverted_gives_back_flavor_and_status(cloud: Cloud) -> None:
    server_id = put_in(cloud, "SHUTOFF")
    cloud.act(server_id, "resize", {"flavorRef": "2"})
    cloud.act(server_id, "revertResize")
    server = cloud.show(server_id)
    assert (server["flavor"]["id"], server["status"]) == ("1", "SHUTOFF")


def test_a_resize_to_the_same_flavor_or_to_none_is_refused(cloud: Cloud) -> None:
    path = f"/servers/{cloud.boot()}/action"
    message = cloud.fault("POST", path, {"resize": {"flavorRef": "1"}}, status=400)[1]
    assert message == "When resizing, instances must change flavor!"
    message = cloud.fault("POST", path, {"resize": {"flavorRef": "99"}}, status=400)[1]
    assert message == "Flavor 99 could not be found."


def test_an_image_of_a_server_is_an_image_like_others(cloud: Cloud) -> None:
    server_id = cloud.boot()
    reply = cloud.act(server_id, "createImage", {"name": "backup", "metadata": {"why": "friday"}})
    assert reply.body == b""
    image = cloud.get(reply.headers["Location"].removeprefix("http://localhost/v2.1"))["image"]
    assert image["name"] == "backup"
    assert image["metadata"] == {"image_type": "snapshot", "base_image_ref": IMAGE, "why": "friday"}
    assert image["server"]["id"] == server_id
    assert image["minDisk"] == 1
    assert [i["id"] for i in cloud.get(f"/images?server={server_id}")["images"]] == [image["id"]]
    assert cloud.boot("copy", imageRef=image["id"])


def test_the_seed_s_member_action_makes_a_snapshot(cloud: Cloud) -> None:
    server_id = cloud.boot("web")
    path = f"/servers/{server_id}/create_snapshot_test"
    for body in (None, {}, {"create_snapshot_test": None}):
        snapshot = cloud.call("POST", path, body, status=202).json["snapshot"]
        assert snapshot["name"].startswith("web-")
    reply = cloud.call("POST", path, {"create_snapshot_test": {"name": "mine"}}, status=202)
    assert reply.json["snapshot"]["name"] == "mine"
    assert reply.headers["Location"] == reply.json["snapshot"]["links"][0]["href"]
    assert len(cloud.get(f"/images?server={server_id}")["images"]) == 4
    cloud.fault("POST", path, {"name": "mine"}, status=400)
    too_many = {"create_snapshot_test": {"metadata": {f"k{n}": "v" for n in range(129)}}}
    cloud.fault("POST", path, too_many, status=403)


def test_a_rollback_puts_the_server_back_to_its_latest_snapshot_or_to_a_named_one(cloud: Cloud) -> None:
    server_id = cloud.boot()
    made = [
        cloud.act(server_id, "createImage", {"name": f"s{n}"}, version="2.8").json["image_id"]
        for n in range(2)
    ]
    cloud.act(server_id, "os-stop")
    cloud.act(server_id, "rollbackSnapshot")
    server = cloud.show(server_id)
    assert (server["image"]["id"], server["status"]) == (made[1], "ACTIVE")
    cloud.act(server_id, "rollbackSnapshot", {"snapshot_id": made[0]})
    assert cloud.show(server_id)["image"]["id"] == made[0]


def test_a_rollback_without_that_snapshot_is_not_found(cloud: Cloud) -> None:
    server_id, other = cloud.boot(), cloud.boot("other")
    theirs = cloud.act(other, "createImage", {"name": "s"}, version="2.8").json["image_id"]
    path = f"/servers/{server_id}/action"
    message = cloud.fault("POST", path, {"rollbackSnapshot": None}, status=404)[1]
    assert message == f"Instance {server_id} has no snapshot."
    message = cloud.fault("POST", path, {"rollbackSnapshot": {"snapshot_id": theirs}}, status=404)[1]
    assert message == f"Instance {server_id} has no snapshot {theirs}."


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reboot": {"type": "SOFT"}, "os-stop": None},
        [],
        7,
        "reboot",
        None,
        {"reboot": None},
        {"reboot": {}},
    ],
)
def test_a_body_that_is_no_action_is_refused(cloud: Cloud, body: Any) -> None:
    server_id = cloud.boot()
    assert cloud.fault("POST", f"/servers/{server_id}/action", body, status=400)[0] == "badRequest"
    assert cloud.show(server_id)["status"] == "ACTIVE"


def test_an_unknown_action_names_those_there_are(cloud: Cloud) -> None:
    message = cloud.fault("POST", f"/servers/{cloud.boot()}/action", {"explode": None}, status=400)[1]
    assert message.startswith("There is no such action: explode")
    for action in ("reboot", "resize", "createImage", "os-start", "rollbackSnapshot", "os-resetState"):
        assert action in message
    assert "lock" not in message.replace("unlock", "lock")


def test_the_plugin_that_only_extends_adds_an_action_and_a_field(cloud: Cloud) -> None:
    server_id = cloud.boot()
    cloud.act(server_id, "os-resetState", {"state": "error"}, status=403)
    cloud.act(server_id, "os-resetState", {"state": "error"}, token=ADMIN)
    assert cloud.show(server_id)["OS-EXT-STS:vm_state"] == "error"
    (server,) = cloud.get("/servers/detail")["servers"]
    assert server["OS-EXT-STS:vm_state"] == "error"
    assert "OS-EXT-STS:vm_state" not in cloud.get("/servers")["servers"][0]


def test_a_server_that_is_called_active_again_runs(cloud: Cloud) -> None:
    server_id = put_in(cloud, "SHUTOFF")
    cloud.act(server_id, "os-resetState", {"state": "active"}, token=ADMIN)
    assert cloud.get(f"/servers/{server_id}/diagnostics")["uptime"] >= 0


def test_without_the_plugin_its_field_and_its_action_are_gone(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, options="extensions_disabled = os-extended-status\n")
    server_id = cloud.boot()
    assert "OS-EXT-STS:vm_state" not in cloud.show(server_id)
    path, body = f"/servers/{server_id}/action", {"os-resetState": {"state": "error"}}
    message = cloud.fault("POST", path, body, status=400, token=ADMIN)[1]
    assert message.startswith("There is no such action: os-resetState")


def test_a_locked_server_is_changed_by_administrators_alone(cloud: Cloud) -> None:
    server_id = cloud.boot()
    cloud.act(server_id, "lock", version="2.4")
    for method, path, body in [
        ("POST", "/action", {"os-stop": None}),
        ("DELETE", "", None),
        ("PUT", "/metadata", {"metadata": {"a": "b"}}),
    ]:
        message = cloud.fault(method, f"/servers/{server_id}{path}", body, status=409)[1]
        assert message == f"Instance {server_id} is locked"
    cloud.act(server_id, "os-stop", token=ADMIN)
    cloud.act(server_id, "unlock", version="2.4")
    cloud.act(server_id, "os-start")
