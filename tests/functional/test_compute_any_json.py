"""No JSON of any shape, sent to any route in any version, is answered with a 5xx."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paste.deploy import loadapp

from apirouter.routing.router import APIRouter
from tests.functional.computeapi import ADMIN, IMAGE, Cloud

#: What is right for some route: keys whose values are then made anything.
SAMPLES: list[dict[str, Any]] = [
    {
        "server": {
            "name": "web",
            "imageRef": IMAGE,
            "flavorRef": "1",
            "metadata": {"k": "v"},
            "min_count": 1,
            "max_count": 2,
            "accessIPv4": "192.0.2.1",
            "accessIPv6": "2001:db8::1",
            "description": "d",
            "OS-DCF:diskConfig": "AUTO",
        }
    },
    {"reboot": {"type": "HARD"}},
    {"resize": {"flavorRef": "2", "OS-DCF:diskConfig": "AUTO"}},
    {"createImage": {"name": "s", "metadata": {"k": "v"}}},
    {"rollbackSnapshot": {"snapshot_id": IMAGE}},
    {"create_snapshot_test": {"name": "s", "metadata": {"k": "v"}}},
    {"lock": {"locked_reason": "r"}},
    {"os-resetState": {"state": "error"}},
    {"metadata": {"k": "v"}},
    {"meta": {"k": "v"}},
]

QUERY_KEYS = (
    *("limit", "marker", "sort_key", "sort_dir", "name", "status", "flavor", "image", "changes-since"),
    *("access_ip_v4", "user_id", "tenant_id", "all_tenants", "minRam", "minDisk", "server", "color"),
)

texts = st.text(max_size=12) | st.sampled_from(["1", "-1", "9" * 400, "uuid", "created_at", "desc", "\ud800"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn, keys: list[str]) -> Any:
    """Draw any JSON; mostly a body that is right but for one value, or that has a key of the route."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(values)
    if kind == 1 and keys:
        return {draw(st.sampled_from(keys)): draw(values)}
    body = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    if kind == 3:
        (inner,) = body.values()
        inner[draw(st.sampled_from(sorted(inner)) | texts)] = draw(values)
    return body


@pytest.fixture(scope="module")
def routes(shared_cloud: Cloud) -> list[tuple[str, str, list[str]]]:
    """Return method, template and action keys of every route but those of the plugin from elsewhere."""
    router: APIRouter = loadapp(f"config:{shared_cloud.ini}", name="osapi_compute_app_v21")
    return sorted(
        (method, mounted.template, sorted(mounted.endpoint.actions))
        for mounted in router.mounted
        for method in mounted.methods
        if not (mounted.collection or "").endswith("groups")
    )


@pytest.fixture(scope="module")
def known(shared_cloud: Cloud) -> dict[str, str]:
    shared_cloud.empty()
    server_id = shared_cloud.boot(metadata={"k": "v"}, token=ADMIN)
    return {"server_id": server_id, "id": server_id, "project_id": "demo"}


def test_every_route_of_the_example_is_tried(routes: list[tuple[str, str, list[str]]]) -> None:
    templates = {template for _, template, _ in routes}
    assert {"/servers", "/servers/{id}/action", "/servers/{server_id}/metadata/{id}", "/flavors"} <= templates
    assert not any("groups" in template for template in templates)
    assert any("os-resetState" in keys for _, _, keys in routes)


@settings(max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_no_json_sent_to_any_route_is_answered_with_a_5xx(
    shared_cloud: Cloud, routes: list[tuple[str, str, list[str]]], known: dict[str, str], data: st.DataObject
) -> None:
    method, path, keys = data.draw(st.sampled_from(routes))
    for name in ("project_id", "server_id", "id"):
        right = known[name] if name != "id" or "metadata" not in path else "k"
        value = data.draw(st.sampled_from((right, right, "1", IMAGE)) | texts) if name in path else ""
        path = path.replace(f"{{{name}}}", quote(value.encode("utf-8", "replace"), safe="") or "-")
    query = data.draw(st.lists(st.tuples(st.sampled_from(QUERY_KEYS), texts), max_size=3))
    if query:
        path += "?" + urlencode([(key, value.encode("utf-8", "replace")) for key, value in query])
    version = f"2.{data.draw(st.integers(1, 10))}"
    body = data.draw(bodies(keys)) if method in ("POST", "PUT") else None
    reply = shared_cloud.call(method, path, body, version=version, token=ADMIN)
    assert reply.status_int < 500, reply.text
