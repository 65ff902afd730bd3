"""The metadata of a server: a collection below it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.computeapi import Cloud


@pytest.fixture
def path(cloud: Cloud) -> str:
    return f"/servers/{cloud.boot(metadata={'role': 'front', 'tier': '1'})}/metadata"


def test_items_are_listed_and_shown(cloud: Cloud, path: str) -> None:
    assert cloud.get(path) == {"metadata": {"role": "front", "tier": "1"}}
    assert cloud.get(f"{path}/role") == {"meta": {"role": "front"}}


def test_a_post_adds_and_sets(cloud: Cloud, path: str) -> None:
    reply = cloud.call("POST", path, {"metadata": {"role": "back", "new": "x"}}, status=200)
    assert reply.json == {"metadata": {"role": "back", "tier": "1", "new": "x"}}
    assert cloud.get(path) == reply.json


def test_a_put_on_the_collection_replaces_all(cloud: Cloud, path: str) -> None:
    assert cloud.call("PUT", path, {"metadata": {"only": "this"}}, status=200).json == {
        "metadata": {"only": "this"}
    }
    assert cloud.get(path) == {"metadata": {"only": "this"}}
    cloud.call("PUT", f"/demo{path}", {"metadata": {}}, status=200)
    assert cloud.get(path) == {"metadata": {}}


def test_a_put_on_an_item_sets_it(cloud: Cloud, path: str) -> None:
    cloud.call("PUT", f"{path}/role", {"meta": {"role": "back"}}, status=200)
    assert cloud.get(f"{path}/role") == {"meta": {"role": "back"}}
    message = cloud.fault("PUT", f"{path}/role", {"meta": {"tier": "2"}}, status=400)[1]
    assert message == "Request body and URI mismatch"


def test_a_deleted_item_is_gone(cloud: Cloud, path: str) -> None:
    assert cloud.call("DELETE", f"{path}/role", status=204).body == b""
    for method in ("GET", "DELETE"):
        assert cloud.fault(method, f"{path}/role", status=404) == (
            "itemNotFound",
            "Metadata item was not found",
        )
    assert cloud.get(path) == {"metadata": {"tier": "1"}}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"metadata": None},
        {"metadata": {"k": None}},
        {"metadata": {"k": "v" * 256}},
        {"metadata": {"k" * 256: "v"}},
        {"metadata": {"": "v"}},
        {"metadata": {}, "more": 1},
    ],
)
def test_what_is_no_metadata_is_refused(cloud: Cloud, path: str, body: Any) -> None:
    for method in ("POST", "PUT"):
        cloud.fault(method, path, body, status=400)
    assert cloud.get(path) == {"metadata": {"role": "front", "tier": "1"}}


def test_a_server_has_so_many_items_and_no_more(cloud: Cloud, path: str) -> None:
    cloud.call("POST", path, {"metadata": {f"k{n}": "v" for n in range(126)}}, status=200)
    assert cloud.fault("POST", path, {"metadata": {"one": "more"}}, status=403) == (
        "forbidden",
        "Maximum number of metadata items exceeds 128",
    )
    cloud.call("POST", path, {"metadata": {"k0": "another"}}, status=200)


def test_metadata_of_no_server_is_not_found(cloud: Cloud) -> None:
    for method, path, body in [
        ("GET", "", None),
        ("GET", "/a", None),
        ("POST", "", {"metadata": {}}),
        ("PUT", "/a", {"meta": {"a": "b"}}),
        ("DELETE", "/a", None),
    ]:
        name, message = cloud.fault(method, f"/servers/none/metadata{path}", body, status=404)
        assert (name, message) == ("itemNotFound", "Instance none could not be found.")
