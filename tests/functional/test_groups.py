"""The plugin from elsewhere: what it answers, and how little of it had to change."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.functional.computeapi import ADMIN, ALICE, BOB, ROOT, Cloud

PORTED = ROOT / "examples" / "groups" / "groups_api" / "groups.py"

#: SHA-256 of the original file, blanks at its end left out.
ORIGINAL = "de745c872dde8931a7b0c7f98cbcc52fb171343b6c07003d060065faa58ee2b2"

#: The original's import lines.
IMPORTS = """\
import webob
from webob import exc
from nova import compute
from nova.api.openstack.compute.schemas import groups
from nova.api.openstack import extensions
from nova.api.openstack import wsgi
from nova.api import validation
from nova import exception
from nova import db
from nova.i18n import _
from nova.policies import groups as groups_policies
#from thvmware.manage import VCenterManagement
from nova import context
from oslo_log import log as logging
from nova.console import type as ctype
import nova.conf
from oslo_utils import uuidutils
from nova.consoleauth import rpcapi as consoleauth_rpcapi
import requests
import traceback
"""

#: What else was changed, here -> there, and how often.
CHANGES = [
    ("CONF = cfg.CONF\n", "CONF = nova.conf.CONF\n", 1),
    (
        "        self.context = context.get_admin_context()\n",
        "        self.context = context.get_admin_context()\n"
        "        self.consoleauth_rpcapi = consoleauth_rpcapi.ConsoleAuthAPI()\n",
        1,
    ),
    ("'group_id' not in values", "not values.has_key('group_id')", 1),
    ("db.add_instance_group(context, values)\n        except Exception as e:",
     "db.add_instance_group(context, values)\n        except Exception,e:", 1),
    ("except Exception as e:", "except Exception, e:", 1),
    ("str(e)", "e.message", 2),
]  # fmt: skip


def test_the_port_differs_from_the_original_in_what_the_readme_lists_and_nothing_else() -> None:
    text = PORTED.read_text(encoding="utf-8")
    head, blank, rest = text.partition("\n\n")
    coding, *imports = head.splitlines()
    assert all(line.startswith(("import ", "from ", "#from ")) for line in imports)
    rest = blank + rest
    for here, there, times in CHANGES:
        assert rest.count(here) == times, here
        rest = rest.replace(here, there)
    original = f"{coding}\n{IMPORTS.rstrip()}{rest}".rstrip()
    assert hashlib.sha256(original.encode()).hexdigest() == ORIGINAL


def test_get_groups_and_add_group_answer_as_their_author_expects(cloud: Cloud) -> None:
    assert cloud.get("/groups/get_groups") == {"ret_state": "success", "data": []}
    body = {"group": {"group_id": "g-1", "name": "web", "members": ["a", "b"]}}
    assert cloud.call("POST", "/groups/add_group", body, status=200).json == {"ret_state": "success"}
    (group,) = cloud.get("/groups/get_groups")["data"]
    assert group.pop("created_at").endswith("Z")
    assert group == {"group_id": "g-1", "name": "web", "members": ["a", "b"], "project_id": "demo"}


@pytest.mark.parametrize("values", [{}, {"group_id": ""}])
def test_a_group_without_an_id_is_given_one(cloud: Cloud, values: dict[str, str]) -> None:
    cloud.call("POST", "/groups/add_group", {"group": values}, status=200)
    assert len(cloud.get("/groups/get_groups")["data"][0]["group_id"]) == 36


def test_an_id_that_is_taken_is_told_in_the_reply(cloud: Cloud) -> None:
    body = {"group": {"group_id": "g-1"}}
    cloud.call("POST", "/groups/add_group", body, status=200)
    assert cloud.call("POST", "/groups/add_group", body, status=200).json == {
        "ret_state": "failed",
        "error": "Group g-1 already exists.",
    }
    reply = cloud.call("POST", "/groups/add_group", {"group": {"group_id": 7}}, status=200)
    assert reply.json["error"] == "Invalid group: 'group_id' must be a text of 1 to 255 characters."


def test_a_project_sees_its_own_groups(cloud: Cloud) -> None:
    cloud.call("POST", "/groups/add_group", {"group": {}}, token=ALICE)
    assert cloud.get("/groups/get_groups", token=BOB)["data"] == []
    assert len(cloud.get("/groups/get_groups", token=ADMIN)["data"]) == 1


def test_create_checks_its_schema_and_its_policies(cloud: Cloud) -> None:
    body: dict[str, Any] = {"MyTest": {"myhost": "host-1"}}
    assert cloud.call("POST", "/groups", body, token=ADMIN, status=200).body == b""
    name, message = cloud.fault("POST", "/groups", body, status=403)
    assert (name, message) == ("forbidden", "Policy doesn't allow os_compute_api:groups to be performed.")
    body["MyTest"]["myhost"] = "no host"
    message = cloud.fault("POST", "/groups", body, token=ADMIN, status=400)[1]
    assert "'no host' does not match" in message


def test_a_member_action_without_a_method_is_not_found(cloud: Cloud) -> None:
    assert cloud.fault("GET", "/groups/1/detail", status=404)[0] == "itemNotFound"
    cloud.call("POST", "/groups/1/update", {}, status=404)


def test_the_plugin_is_listed_with_the_others(cloud: Cloud) -> None:
    extension = cloud.get("/extensions/groups")["extension"]
    assert extension == {
        "name": "Groups",
        "alias": "groups",
        "description": "extended common support.",
        "namespace": "",
        "updated": "",
        "links": [],
    }


def test_a_service_that_leaves_the_plugin_out_has_no_groups(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, options="extensions_disabled = groups\n")
    cloud.fault("GET", "/groups/get_groups", status=404)
    assert cloud.get("/servers") == {"servers": []}
