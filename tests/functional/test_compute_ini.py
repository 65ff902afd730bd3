"""The INI that the project ships: the shape of a real compute service's, with real factories."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from paste.deploy import loadapp, loadfilter

from apirouter import options
from apirouter.errors import MissingExtra
from tests.functional.computeapi import INI, ROOT, Cloud, write_ini

FILTERS = "cors http_proxy_to_wsgi compute_req_id request_log faultwrap sizelimit osprofiler"
NOAUTH2, KEYSTONE = f"{FILTERS} noauth2", f"{FILTERS} authtoken keystonecontext"

#: The sections that such a file has, and what each must say.
SHAPE: dict[str, dict[str, str]] = {
    "composite:metadata": {"/": "meta"},
    "pipeline:meta": {"pipeline": "cors metaapp"},
    "app:metaapp": {},
    "composite:osapi_compute": {
        "/": "oscomputeversions",
        "/v2": "oscomputeversion",
        "/v2/+": "openstack_compute_api_v21_legacy_v2_compatible",
        "/v2.1": "oscomputeversion",
        "/v2.1/+": "openstack_compute_api_v21",
    },
    "composite:openstack_compute_api_v21": {
        "noauth2": f"{NOAUTH2} osapi_compute_app_v21",
        "keystone": f"{KEYSTONE} osapi_compute_app_v21",
    },
    "composite:openstack_compute_api_v21_legacy_v2_compatible": {
        "noauth2": f"{NOAUTH2} legacy_v2_compatible osapi_compute_app_v21",
        "keystone": f"{KEYSTONE} legacy_v2_compatible osapi_compute_app_v21",
    },
    "filter:request_id": {},
    "filter:compute_req_id": {},
    "filter:faultwrap": {},
    "filter:request_log": {},
    "filter:noauth2": {},
    "filter:osprofiler": {},
    "filter:sizelimit": {},
    "filter:http_proxy_to_wsgi": {},
    "filter:legacy_v2_compatible": {},
    "app:osapi_compute_app_v21": {},
    "pipeline:oscomputeversions": {"pipeline": "cors faultwrap http_proxy_to_wsgi oscomputeversionapp"},
    "app:oscomputeversionapp": {},
    "filter:cors": {},
    "filter:keystonecontext": {},
    "filter:authtoken": {},
    "server:main": {"use": "egg:waitress#main", "host": "127.0.0.1", "port": "8774"},
}


@pytest.fixture(scope="module")
def ini() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(delimiters=("=", ":"), default_section="nothing")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(INI, encoding="utf-8")
    return parser


def test_it_has_every_section_of_the_shape_and_says_there_what_it_must(
    ini: configparser.RawConfigParser,
) -> None:
    for section, said in SHAPE.items():
        assert ini.has_section(section), section
        assert said.items() <= dict(ini.items(section)).items(), section
    mounts = [key for key, _ in ini.items("composite:osapi_compute") if key.startswith("/")]
    assert {"/", "/v2", "/v2.1"} <= set(mounts)


def test_every_factory_is_there_and_is_ours(ini: configparser.RawConfigParser) -> None:
    named = [
        value.removeprefix("call:")
        for section in ini.sections()
        for key, value in ini.items(section)
        if key.startswith("paste.") or value.startswith("call:")
    ]
    assert len(named) >= 20
    for name in named:
        assert name.startswith(("apirouter.", "compute_api.")), name
        assert callable(options.dotted(name)), name


def inside(environ: Any, start_response: Any) -> list[bytes]:
    """An application to wrap."""
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize("section", [section for section in SHAPE if section.startswith("filter:")])
def test_every_filter_wraps_an_application(section: str, tmp_path: Path) -> None:
    uri, name = f"config:{write_ini(tmp_path)}", section.partition(":")[2]
    if name == "authtoken" and importlib.util.find_spec("keystonemiddleware") is None:
        with pytest.raises(MissingExtra, match="needs keystonemiddleware, which is not installed"):
            loadfilter(uri, name=name)
        return
    filtered = loadfilter(uri, name=name)(inside)
    # The profiler costs nothing until it is enabled.
    assert (filtered is inside) == (name == "osprofiler")
    assert callable(filtered)


def test_a_keystone_deployment_without_keystonemiddleware_says_what_to_install(tmp_path: Path) -> None:
    text = write_ini(tmp_path).read_text(encoding="utf-8")
    path = tmp_path / "keystone.ini"
    path.write_text(text.replace("auth_strategy = noauth2", "auth_strategy = keystone"), encoding="utf-8")
    if importlib.util.find_spec("keystonemiddleware") is None:
        with pytest.raises(MissingExtra, match=re.escape("pip install 'apirouter[keystone]'")):
            loadapp(f"config:{path}")
    else:
        assert loadapp(f"config:{path}").mounts


def test_it_loads_by_the_name_main_and_by_its_own(tmp_path: Path) -> None:
    path = write_ini(tmp_path)
    for name in (None, "main", "osapi_compute"):
        mounts = [mount.path for mount in loadapp(f"config:{path}", name=name).mounts]
        assert {"", "/v2", "/v2.1"} <= set(mounts)


def test_a_legacy_client_is_answered_below_v2_without_versions(cloud: Cloud) -> None:
    reply = cloud.app.get("/v2/servers/detail", headers={"X-Auth-Token": "alice:demo"})
    assert reply.json == {"servers": []}
    assert not [name for name in reply.headers if "api-version" in name.lower()]


def test_nothing_in_the_library_imports_the_examples_or_what_they_stand_on() -> None:
    for path in sorted((ROOT / "apirouter").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] not in {"compute_api", "groups_api", "sqlalchemy"}, path


def test_a_plugin_that_a_policy_file_hides_is_not_said_to_be_hidden_for_nothing(tmp_path, caplog):
    file = tmp_path / "policy.yaml"
    file.write_text("os_compute_api:flavors:discoverable: '!'\n")
    app = Cloud(tmp_path, options=f"policy_file = {file}\n").app
    listed = app.get("/v2.1/extensions", headers={"X-Auth-Token": "alice:demo"}).json["extensions"]
    aliases = {each["alias"] for each in listed}
    assert "servers" in aliases
    assert "flavors" not in aliases
    assert "guards nothing" not in caplog.text
