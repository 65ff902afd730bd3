"""Flavors and images: what a new service has, lists of them, whose they are."""

from __future__ import annotations

import pytest

from tests.functional.computeapi import BOB, IMAGE, Cloud


def test_a_new_service_has_five_flavors(cloud: Cloud) -> None:
    flavors = cloud.get("/flavors")["flavors"]
    assert [f["name"] for f in flavors] == ["m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"]
    assert set(flavors[0]) == {"id", "name", "links"}


def test_a_flavor_shows_all_there_is(cloud: Cloud) -> None:
    flavor = cloud.get("/flavors/2")["flavor"]
    assert flavor.pop("links")[0] == {"rel": "self", "href": "http://localhost/v2.1/flavors/2"}
    assert flavor == {
        "id": "2",
        "name": "m1.small",
        "ram": 2048,
        "disk": 20,
        "vcpus": 1,
        "swap": "",
        "rxtx_factor": 1.0,
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "OS-FLV-DISABLED:disabled": False,
        "os-flavor-access:is_public": True,
    }
    assert cloud.get("/flavors/detail")["flavors"][1] == cloud.get("/flavors/2")["flavor"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("minRam=4096", ["3", "4", "5"]),
        ("minDisk=80", ["4", "5"]),
        ("minRam=" + "9" * 5000, []),
        ("limit=2&marker=2", ["3", "4"]),
        ("sort_key=memory_mb&sort_dir=desc&limit=1", ["5"]),
        ("sort_dir=desc&limit=1", ["5"]),
    ],
)
def test_flavors_are_filtered_paged_and_sorted(cloud: Cloud, query: str, ids: list[str]) -> None:
    assert [f["id"] for f in cloud.get(f"/flavors?{query}")["flavors"]] == ids


def test_a_flavor_has_extra_specs_below_it(cloud: Cloud) -> None:
    specs = {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "large"}
    assert cloud.get("/flavors/5/os-extra_specs") == {"extra_specs": specs}
    assert cloud.get("/flavors/1/os-extra_specs") == {"extra_specs": {}}
    assert cloud.get("/demo/flavors/5/os-extra_specs/hw:cpu_policy") == {"hw:cpu_policy": "dedicated"}
    missing = ("itemNotFound", "Flavor 1 has no extra specs with key hw:cpu_policy.")
    assert cloud.fault("GET", "/flavors/1/os-extra_specs/hw:cpu_policy", status=404) == missing
    for path in ("/flavors/99/os-extra_specs", "/flavors/99/os-extra_specs/a", "/flavors/%00/os-extra_specs"):
        assert cloud.fault("GET", path, status=404)[0] == "itemNotFound"


def test_what_is_not_there_is_not_found(cloud: Cloud) -> None:
    assert cloud.fault("GET", "/flavors/99", status=404) == ("itemNotFound", "Flavor 99 could not be found.")
    assert cloud.fault("GET", "/images/99", status=404) == ("itemNotFound", "Image 99 could not be found.")


def test_an_image_shows_all_there_is(cloud: Cloud) -> None:
    image = cloud.get(f"/images/{IMAGE}")["image"]
    assert image in cloud.get("/images/detail")["images"]
    assert {"id", "name", "links"} == set(cloud.get("/images")["images"][0])
    assert image.pop("created") == image.pop("updated")
    assert image == {
        "id": IMAGE,
        "name": "cirros-0.6.2",
        "status": "ACTIVE",
        "progress": 100,
        "minDisk": 1,
        "minRam": 64,
        "OS-EXT-IMG-SIZE:size": 21430272,
        "metadata": {},
        "links": [
            {"rel": "self", "href": f"http://localhost/v2.1/images/{IMAGE}"},
            {"rel": "bookmark", "href": f"http://localhost/images/{IMAGE}"},
        ],
    }


def test_images_are_filtered_and_paged(cloud: Cloud) -> None:
    assert [i["id"] for i in cloud.get("/images?name=cirros-0.6.2")["images"]] == [IMAGE]
    assert cloud.get("/images?status=deleted") == {"images": []}
    page = cloud.get("/images?limit=1&status=active&sort_key=name&sort_dir=asc")
    assert [i["id"] for i in page["images"]] == [IMAGE]
    rest = cloud.get(page["images_links"][0]["href"].removeprefix("http://localhost/v2.1"))
    assert [i["name"] for i in rest["images"]] == ["debian-12"]


def test_a_snapshot_is_its_project_s_alone(cloud: Cloud) -> None:
    image_id = cloud.act(cloud.boot(), "createImage", {"name": "s"}, version="2.8").json["image_id"]
    assert len(cloud.get("/images")["images"]) == 3
    assert len(cloud.get("/images", token=BOB)["images"]) == 2
    cloud.fault("GET", f"/images/{image_id}", status=404, token=BOB)
    body = {"server": {"name": "mine", "imageRef": image_id, "flavorRef": "1"}}
    cloud.fault("POST", "/servers", body, status=400, token=BOB)
