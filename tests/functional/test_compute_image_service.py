"""The image service's API beside the compute API: what its clients look images up with."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.functional.computeapi import BOB, IMAGE, Cloud

ROOTS = ["/image", "/v2.1"]


def ask(cloud: Cloud, path: str, *, status: int = 200, root: str = "/image", **how: Any) -> Any:
    return cloud.call("GET", f"/v2{path}", root=root, status=status, **how).json


def names(cloud: Cloud, query: str = "", **how: Any) -> list[str]:
    return [image["name"] for image in ask(cloud, f"/images{query}", **how)["images"]]


@pytest.mark.parametrize("root", ROOTS)
def test_an_image_shows_all_there_is_where_a_catalog_says_and_below_the_compute_api(
    cloud: Cloud, root: str
) -> None:
    image = ask(cloud, f"/images/{IMAGE}", root=root)
    assert image.pop("created_at") == image.pop("updated_at")
    assert image == {
        "id": IMAGE,
        "name": "cirros-0.6.2",
        "status": "active",
        "visibility": "public",
        "owner": None,
        "size": 21430272,
        "min_disk": 1,
        "min_ram": 64,
        "protected": False,
        "os_hidden": False,
        "tags": [],
        "checksum": None,
        "container_format": None,
        "disk_format": None,
        "self": f"/v2/images/{IMAGE}",
        "schema": "/v2/schemas/image",
    }


def test_what_compute_makes_of_a_server_is_there_with_its_properties(cloud: Cloud) -> None:
    server_id = cloud.boot()
    named = {"name": "s", "metadata": {"why": "friday", "name": "not this"}}
    image_id = cloud.act(server_id, "createImage", named, version="2.8").json["image_id"]
    image = ask(cloud, f"/images/{image_id}")
    assert (image["name"], image["visibility"], image["owner"]) == ("s", "private", "demo")
    assert (image["why"], image["image_type"], image["base_image_ref"]) == ("friday", "snapshot", IMAGE)
    assert names(cloud) == ["s", "debian-12", "cirros-0.6.2"]
    assert names(cloud, token=BOB) == ["debian-12", "cirros-0.6.2"]
    assert ask(cloud, f"/images/{image_id}", status=404, token=BOB) == {
        "itemNotFound": {"code": 404, "message": f"Image {image_id} could not be found."}
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?name=debian-12", ["debian-12"]),
        ("?name=debian", []),
        ("?name=in:debian-12,x", ["debian-12"]),
        ('?name=in:"debian-12"', ["debian-12"]),
        ("?names=in:snap", ["snap"]),
        (f"?id=in:{IMAGE},x", ["cirros-0.6.2"]),
        ("?status=active&name=snap", ["snap"]),
        ("?status=queued", []),
        ("?visibility=public", ["debian-12", "cirros-0.6.2"]),
        ("?visibility=private", ["snap"]),
        ("?visibility=shared", []),
        ("?visibility=all", ["snap", "debian-12", "cirros-0.6.2"]),
        ("?owner=demo", ["snap"]),
        ("?owner=other", []),
        ("?os_hidden=true", []),
        ("?os_hidden=false", ["snap", "debian-12", "cirros-0.6.2"]),
        ("?why=friday", ["snap"]),
        ("?why=monday", []),
        ("?why=friday&image_type=snapshot", ["snap"]),
        ("?sort=name", ["snap", "debian-12", "cirros-0.6.2"]),
        ("?sort=name:asc", ["cirros-0.6.2", "debian-12", "snap"]),
        ("?sort=status,size:asc", ["cirros-0.6.2", "debian-12", "snap"]),
        ("?sort_key=name&sort_dir=asc", ["cirros-0.6.2", "debian-12", "snap"]),
        ("?sort_key=status&sort_key=name&sort_dir=asc&sort_dir=desc", ["snap", "debian-12", "cirros-0.6.2"]),
        ("?sort_dir=asc", ["cirros-0.6.2", "debian-12", "snap"]),
        ("?limit=0", []),
        ("?name=%00", []),
        ("?%00=a", []),
        ("?a=%00", []),
    ],
)
def test_images_are_filtered_and_sorted(cloud: Cloud, query: str, found: list[str]) -> None:
    snapshot = {"name": "snap", "metadata": {"why": "friday"}}
    cloud.act(cloud.boot(flavorRef="2"), "createImage", snapshot)
    assert names(cloud, query) == found


@pytest.mark.parametrize(
    "query",
    [
        *(
            "sort=color",
            "sort=name:up",
            "sort=name&sort_key=name",
            "sort_key=color",
            "sort_dir=up",
            "limit=x",
        ),
        *("marker=gone", "visibility=mine", "os_hidden=perhaps", "why=a&why=b"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(cloud: Cloud, query: str) -> None:
    assert ask(cloud, f"/images?{query}", status=400)["badRequest"]["message"]


def test_a_question_without_end_is_refused(cloud: Cloud) -> None:
    assert names(cloud, "?" + "&".join(f"k{n}=v" for n in range(32))) == []
    assert ask(cloud, "/images?" + "&".join(f"k{n}=v" for n in range(33)), status=400)["badRequest"]
    assert names(cloud, "?id=in:" + ",".join(map(str, range(1000)))) == []
    assert ask(cloud, "/images?id=in:" + ",".join(map(str, range(1001))), status=400)["badRequest"]


def test_a_list_comes_in_pages_whose_links_start_at_the_service(cloud: Cloud) -> None:
    seen, path = [], "/images?limit=1&sort=name:asc"
    while path:
        page = ask(cloud, path)
        assert page["schema"] == "/v2/schemas/images"
        assert urlsplit(page["first"]).query == "limit=1&sort=name%3Aasc"
        seen += [image["name"] for image in page["images"]]
        path = page.get("next", "").removeprefix("/v2")
    assert seen == ["cirros-0.6.2", "debian-12"]


def test_each_service_lists_its_own_versions_without_a_token(cloud: Cloud) -> None:
    def versions(path: str) -> list[tuple[str, str, str]]:
        found = cloud.app.get(path).json["versions"]
        return [(v["id"], v["version"], v["links"][0]["href"]) for v in found]

    compute = [("v2.0", "", "http://localhost/v2/"), ("v2.1", "2.10", "http://localhost/v2.1/")]
    assert versions("/") == compute
    assert versions("/image") == versions("/image/") == [("v2.0", "", "http://localhost/image/v2/")]
    assert cloud.app.get("/image/v2").json["version"]["id"] == "v2.0"
    assert cloud.call("GET", "/v2/images", root="/image", token=None).status_int == 401


def test_nothing_is_changed_here(cloud: Cloud) -> None:
    for method, path in [("DELETE", f"/v2/images/{IMAGE}"), ("POST", "/v2/images")]:
        reply = cloud.call(method, path, {} if method == "POST" else None, root="/image", status=405)
        assert reply.headers["Allow"].startswith("GET")
