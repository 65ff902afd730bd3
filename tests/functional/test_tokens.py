"""Tokens and policies of a real deployment: the shipped INI's ``keystone`` pipelines, keystonemiddleware in them.

Keystone is ``tests.functional.identity``; ``tox -e openstack`` installs keystonemiddleware.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("keystonemiddleware", reason="keystonemiddleware is not installed: tox -e openstack")

from paste.deploy import loadapp
from webtest import TestApp

from tests.functional.computeapi import IMAGE, write_ini
from tests.functional.identity import Identity, User

# keystonemiddleware warns of what it will be.
pytestmark = pytest.mark.filterwarnings("ignore")

PASSWORD = "Sesame-of-the-service"

USERS = (
    User("nova", PASSWORD, {"service": ["service"]}),
    User("alice", "a", {"demo": ["member", "reader"]}, system=["reader"]),
    User("bob", "b", {"other": ["reader"]}),
    User("root", "r", {"demo": ["admin"]}, system=["admin"]),
)

#: Who reads the whole system, in an operator's own words; and that the rest of the rules stays.
POLICY = """\
"system_reader": "role:reader and system_scope:all"
"os_compute_api:servers:detail": "rule:admin_or_owner or rule:system_reader"
"os_compute_api:servers:show": "rule:admin_or_owner or rule:system_reader"
"os_compute_api:servers:detail:get_all_tenants": "rule:admin_api or rule:system_reader"
"os_compute_api:servers:create": "role:member"
"""


@pytest.fixture
def identity() -> Iterator[Identity]:
    with Identity(*USERS).served() as made:
        yield made


class Cloud:
    """A client of the service behind Keystone.

    :param directory: where its INI and database lie.
    :param identity: the identity service.
    :param password: what the service says its own password is.
    :param options: lines for the router's section.
    :param auth: lines for ``authtoken``.
    :param cached: whether it may remember for a while what Keystone said of a token.
    """

    def __init__(
        self,
        directory: Path,
        identity: Identity,
        *,
        password: str = PASSWORD,
        options: str = "",
        auth: str = "",
        cached: bool = False,
    ) -> None:
        ini = write_ini(directory, options=options)
        text = ini.read_text(encoding="utf-8").replace("auth_strategy = noauth2", "auth_strategy = keystone")
        said = f"""
www_authenticate_uri = {identity.url}
auth_type = password
auth_url = {identity.url}
username = nova
password = {password}
project_name = service
user_domain_id = default
project_domain_id = default
http_connect_timeout = 5
http_request_max_retries = 0
token_cache_time = {300 if cached else -1}
{auth}
"""
        ini.write_text(text.rstrip() + said, encoding="utf-8")
        self.app = TestApp(loadapp(f"config:{ini}"), lint=False)

    def call(self, method: str, path: str, token: str | None, body: Any = None, **headers: str) -> Any:
        if token is not None:
            headers["X-Auth-Token"] = token
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = b"" if body is None else json.dumps(body).encode()
        return self.app.request(f"/v2.1{path}", method=method, headers=headers, body=data, expect_errors=True)

    def get(self, path: str, token: str | None, **headers: str) -> Any:
        return self.call("GET", path, token, **headers)

    def boot(self, token: str) -> Any:
        server = {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}
        return self.call("POST", "/servers", token, {"server": server})


@pytest.fixture
def cloud(tmp_path: Path, identity: Identity) -> Cloud:
    return Cloud(tmp_path, identity)


# --------------------------------------------------------------------------------------- tokens


def test_a_valid_token_says_whose_a_server_is(cloud: Cloud, identity: Identity) -> None:
    hers, his = identity.issue("alice", "demo"), identity.issue("bob", "other")
    server_id = cloud.boot(hers).json["server"]["id"]
    server = cloud.get(f"/servers/{server_id}", hers).json["server"]
    assert (server["user_id"], server["tenant_id"]) == ("alice", "demo")
    assert cloud.get(f"/demo/servers/{server_id}", hers).status_int == 200
    assert cloud.get(f"/other/servers/{server_id}", hers).status_int == 400
    assert cloud.get(f"/servers/{server_id}", his).status_int == 404
    assert identity.validated == 5


def test_the_roles_of_a_token_are_those_of_its_project(cloud: Cloud, identity: Identity) -> None:
    cloud.boot(identity.issue("alice", "demo"))
    path = "/servers/detail?all_tenants=1"
    assert cloud.get(path, identity.issue("alice", "demo")).status_int == 403
    assert len(cloud.get(path, identity.issue("root", "demo")).json["servers"]) == 1


@pytest.mark.parametrize("token", [None, "", "unknown", "alice:demo"])
def test_without_a_token_that_keystone_knows_one_is_told_where_to_get_one(
    cloud: Cloud, identity: Identity, token: str | None
) -> None:
    reply = cloud.get("/servers", token)
    assert reply.status_int == 401
    assert reply.headers["WWW-Authenticate"] == f'Keystone uri="{identity.url}"'


def test_a_token_that_has_expired_is_refused(cloud: Cloud, identity: Identity) -> None:
    assert (
        cloud.get("/servers", identity.issue("alice", "demo", lives=-timedelta(seconds=1))).status_int == 401
    )
    assert (
        cloud.get("/servers", identity.issue("alice", "demo", lives=timedelta(minutes=5))).status_int == 200
    )


def test_a_token_that_keystone_takes_for_live_and_that_says_it_has_ended_is_refused(
    cloud: Cloud, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = identity.issue("alice", "demo")
    monkeypatch.setattr(identity, "_live", identity.tokens.get)
    assert cloud.get("/servers", token).status_int == 200
    identity.tokens[token]["expires_at"] = "2020-01-01T00:00:00.000000Z"
    assert cloud.get("/servers", token).status_int == 401


def test_a_token_that_was_revoked_is_refused_at_once(cloud: Cloud, identity: Identity) -> None:
    token = identity.issue("alice", "demo")
    assert cloud.get("/servers", token).status_int == 200
    identity.revoke(token)
    assert cloud.get("/servers", token).status_int == 401


def test_what_keystone_said_is_believed_for_the_time_that_the_operator_says(
    tmp_path: Path, identity: Identity
) -> None:
    cloud, token = Cloud(tmp_path, identity, cached=True), identity.issue("alice", "demo")
    assert [cloud.get("/servers", token).status_int for _ in range(3)] == [200] * 3
    assert identity.validated == 1
    with identity.down():
        assert cloud.get("/servers", token).status_int == 200
        assert cloud.get("/servers", identity.issue("alice", "demo")).status_int == 503
    identity.revoke(token)
    assert cloud.get("/servers", token).status_int == 200


def test_the_service_s_own_token_may_end_too(cloud: Cloud, identity: Identity) -> None:
    token = identity.issue("alice", "demo")
    assert cloud.get("/servers", token).status_int == 200
    for own in [t for t, body in identity.tokens.items() if body["user"]["id"] == "nova"]:
        identity.revoke(own)
    # It gets itself another; the client notices nothing.
    assert cloud.get("/servers", token).status_int == 200


@pytest.mark.parametrize("status", ["503 Service Unavailable", "500 Internal Server Error"])
def test_while_keystone_is_down_a_client_is_told_to_come_again_and_afterwards_it_is_served(
    cloud: Cloud, identity: Identity, status: str
) -> None:
    token = identity.issue("alice", "demo")
    assert cloud.get("/servers", token).status_int == 200
    with identity.down(status):
        assert cloud.get("/servers", token).status_int == 503
        # What needs no token is answered all the while.
        assert cloud.get("", None).status_int == 200
    assert cloud.get("/servers", token).status_int == 200


def test_a_keystone_that_is_not_there_lets_nobody_in(tmp_path: Path) -> None:
    identity = Identity(*USERS)
    with identity.served():
        cloud = Cloud(tmp_path, identity)
    reply = cloud.get("/servers", identity.issue("alice", "demo"))
    assert reply.status_int == 503
    assert cloud.boot("alice:demo").status_int == 503


def test_wrong_credentials_of_the_service_are_the_operator_s_to_find_in_the_log(
    tmp_path: Path, identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cloud = Cloud(tmp_path, identity, password="Sesame-mistyped")
    token = identity.issue("alice", "demo")
    reply = cloud.get("/servers", token)
    assert reply.status_int == 503
    assert "Sesame" not in reply.text
    assert any(record.levelno >= logging.WARNING for record in caplog.records)
    for secret in ("Sesame-mistyped", token):
        assert secret not in caplog.text


def test_what_a_client_says_of_itself_counts_for_nothing(cloud: Cloud, identity: Identity) -> None:
    forged = {
        "X-Roles": "admin",
        "X-User-Id": "root",
        "X-Project-Id": "other",
        "X-Is-Admin-Project": "True",
        "X-Identity-Status": "Confirmed",
        "OpenStack-System-Scope": "all",
    }
    token = identity.issue("alice", "demo")
    assert cloud.get("/servers/detail?all_tenants=1", token, **forged).status_int == 403
    server_id = cloud.boot(token).json["server"]["id"]
    server = cloud.get(f"/servers/{server_id}", token, **forged).json["server"]
    assert (server["user_id"], server["tenant_id"]) == ("alice", "demo")
    assert cloud.get("/servers", None, **forged).status_int == 401


def test_a_service_may_act_for_a_user_whose_token_ends_meanwhile(tmp_path: Path, identity: Identity) -> None:
    cloud = Cloud(tmp_path, identity, auth="service_token_roles_required = yes")
    ended = identity.issue("alice", "demo", lives=-timedelta(seconds=1))
    service, no_service = identity.issue("nova", "service"), identity.issue("bob", "other")
    assert cloud.get("/servers", ended).status_int == 401
    assert cloud.get("/servers", ended, **{"X-Service-Token": service}).status_int == 200
    assert cloud.get("/servers", ended, **{"X-Service-Token": no_service}).status_int == 401


def test_the_legacy_api_and_the_images_are_behind_the_same_tokens(cloud: Cloud, identity: Identity) -> None:
    token = {"X-Auth-Token": identity.issue("alice", "demo")}
    for path in ("/v2/servers", "/image/v2/images", "/v2.1/v2/images"):
        assert cloud.app.get(path, expect_errors=True).status_int == 401
        assert cloud.app.get(path, headers=token).status_int == 200
    for path in ("/", "/v2", "/v2.1", "/image", "/image/v2"):
        assert cloud.app.get(path).status_int == 200


# --------------------------------------------------------------------------------------- policies


def with_policy(directory: Path, identity: Identity, options: str = "") -> Cloud:
    (directory / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return Cloud(directory, identity, options=f"policy_file = {directory}/policy.yaml\n{options}")


def test_a_policy_file_lets_the_system_s_readers_read_all_projects(
    tmp_path: Path, identity: Identity
) -> None:
    cloud = with_policy(tmp_path, identity)
    server_id = cloud.boot(identity.issue("alice", "demo")).json["server"]["id"]
    reader = identity.issue("alice", system=True)
    assert [s["id"] for s in cloud.get("/servers/detail?all_tenants=1", reader).json["servers"]] == [
        server_id
    ]
    assert cloud.get(f"/servers/{server_id}", reader).json["server"]["tenant_id"] == "demo"
    # To read is all that the file lets them do.
    path = f"/servers/{server_id}/action"
    assert cloud.call("POST", path, reader, {"reboot": {"type": "HARD"}}).status_int == 403
    assert cloud.call("DELETE", f"/servers/{server_id}", reader).status_int == 403
    # And a reader of a project reads no other's.
    assert cloud.get("/servers/detail?all_tenants=1", identity.issue("bob", "other")).status_int == 403
    assert cloud.get(f"/servers/{server_id}", identity.issue("bob", "other")).status_int == 404


def test_without_the_file_the_system_s_readers_read_nothing_of_a_project(
    tmp_path: Path, identity: Identity
) -> None:
    cloud = Cloud(tmp_path, identity)
    server_id = cloud.boot(identity.issue("alice", "demo")).json["server"]["id"]
    reader = identity.issue("alice", system=True)
    assert cloud.get("/servers/detail?all_tenants=1", reader).status_int == 403
    assert cloud.get(f"/servers/{server_id}", reader).status_int == 403


def test_a_file_takes_a_right_away_that_the_code_gives(tmp_path: Path, identity: Identity) -> None:
    cloud = with_policy(tmp_path, identity)
    reply = cloud.boot(identity.issue("bob", "other"))
    assert reply.status_int == 403
    assert reply.json["forbidden"]["message"] == (
        "Policy doesn't allow os_compute_api:servers:create to be performed."
    )
    assert cloud.boot(identity.issue("alice", "demo")).status_int == 202


def test_a_token_of_the_system_makes_no_servers_even_an_administrator_s(
    tmp_path: Path, identity: Identity
) -> None:
    cloud = Cloud(tmp_path, identity)
    server_id = cloud.boot(identity.issue("alice", "demo")).json["server"]["id"]
    admin, project_admin = identity.issue("root", system=True), identity.issue("root", "demo")
    assert cloud.boot(admin).status_int == 403
    assert cloud.call("DELETE", f"/servers/{server_id}", admin).status_int == 403
    reset = {"os-resetState": {"state": "error"}}
    assert cloud.call("POST", f"/servers/{server_id}/action", admin, reset).status_int == 202
    assert cloud.get(f"/servers/{server_id}", admin).json["server"]["status"] == "ERROR"
    assert cloud.call("DELETE", f"/servers/{server_id}", project_admin).status_int == 204


def test_where_scopes_are_not_enforced_the_rules_alone_decide(tmp_path: Path, identity: Identity) -> None:
    cloud = Cloud(tmp_path, identity, options="enforce_scope = no\n")
    server_id = cloud.boot(identity.issue("alice", "demo")).json["server"]["id"]
    admin = identity.issue("root", system=True)
    # Nobody's project is no project to put a server into.
    reply = cloud.boot(admin)
    assert (reply.status_int, "belongs to a project" in reply.text) == (403, True)
    assert cloud.call("DELETE", f"/servers/{server_id}", admin).status_int == 204
