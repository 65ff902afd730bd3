"""Our composites in whole files, loaded by our loader and by plain PasteDeploy."""

from __future__ import annotations

import json
import re

import paste.deploy
import pytest

from apirouter import deploy
from apirouter.errors import ConfigError

HERE = "tests.functional.test_loading_composites"
LOADERS = pytest.mark.parametrize("loadapp", [deploy.loadapp, paste.deploy.loadapp], ids=["ours", "plain"])


def app(global_conf, name="", **local_conf):
    """Make an application that answers its name, its paths, and the filters in front of it."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        way = environ.get("test.way", [])
        return [json.dumps([name, environ["SCRIPT_NAME"], environ["PATH_INFO"], way]).encode()]

    return application


def passing(global_conf, name=""):
    """Make a filter that says its name on the way in."""

    def wrap(application):
        def pass_on(environ, start_response):
            environ["test.way"] = [*environ.get("test.way", []), name]
            return application(environ, start_response)

        return pass_on

    return wrap


def get(application, path, **environ):
    environ = {
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "REQUEST_METHOD": "GET",
        "wsgi.url_scheme": "http",
        **environ,
    }
    statuses = []
    body = b"".join(application(environ, lambda status, headers: statuses.append(status)))
    return json.loads(body) if statuses == ["200 OK"] else statuses[0]


def parts(apps, filters):
    lines = [f"[app:{n}]\npaste.app_factory = {HERE}:app\nname = {n}\n" for n in apps.split()]
    lines += [f"[filter:{n}]\npaste.filter_factory = {HERE}:passing\nname = {n}\n" for n in filters.split()]
    return "".join(lines)


NESTED = """\
[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/: index
/compute: services
domain admin.example.org port 8080 /: admin

[composite:services]
use = call:apirouter.deploy.urlmap:urlmap_factory
/v2.1: documents
/v2.1/+: api
not_found_app = missing

[pipeline:documents]
pipeline = cors document

[composite:api]
use = call:apirouter.deploy.pipeline:pipeline_factory
set auth_strategy = keystone
noauth2 = cors noauth inner
keystone = cors token inner

[pipeline:inner]
pipeline = limit server
""" + parts("index admin document missing server", "cors noauth token limit")


@LOADERS
def test_nested_composites_lead_every_request_through_its_filters(loadapp, tmp_path):
    (tmp_path / "api.ini").write_text(NESTED)
    application = loadapp(f"config:{tmp_path}/api.ini")
    assert get(application, "/") == ["index", "", "/", []]
    assert get(application, "/computer") == ["index", "", "/computer", []]
    assert get(application, "/compute/v2.1/") == ["document", "/compute/v2.1", "/", ["cors"]]
    assert get(application, "/compute/v2.1/servers/1") == [
        "server",
        "/compute/v2.1",
        "/servers/1",
        ["cors", "token", "limit"],
    ]
    assert get(application, "/compute/v3") == ["missing", "/compute", "/v3", []]
    assert get(application, "/compute", HTTP_ACCEPT="application/json;version=2.1") == [
        "document",
        "/compute/v2.1",
        "",
        ["cors"],
    ]
    assert get(application, "/compute/v2.1/x", HTTP_HOST="admin.example.org:8080")[0] == "admin"


@LOADERS
@pytest.mark.parametrize(
    "path",
    [
        "//compute/v2.1/x",
        "/./compute/v2.1/x",
        "/compute/../compute/v2.1/x",
        "/%2e/compute/v2.1/x",
        "/Compute/v2.1/x",
        "/compute//v2.1/x",
        "/compute/./v2.1/x",
        "/compute/v2.1/../v2.1/x",
        "/compute/V2.1/x",
        "/compute/v2%2e1/x",
    ],
)
def test_no_spelling_leads_around_a_filter(loadapp, path, tmp_path):
    (tmp_path / "api.ini").write_text(NESTED)
    answer = get(loadapp(f"config:{tmp_path}/api.ini"), path)
    assert answer == "404 Not Found" or answer[0] == "missing" or "token" in answer[3]


#: The ancestors' file, the factories replaced, the names of sections and strategies as they stand.
SEED = """\
[composite:metadata]
use = call:apirouter.deploy.urlmap:urlmap_factory
/: meta
[pipeline:meta]
pipeline = cors metaapp
[composite:osapi_compute]
use = call:apirouter.deploy.urlmap:urlmap_factory
/: oscomputeversions
/v2: openstack_compute_api_v21_legacy_v2_compatible
/v2.1: openstack_compute_api_v21
[composite:openstack_compute_api_v21]
use = call:apirouter.deploy.pipeline:pipeline_factory_v21
noauth2 = cors http_proxy_to_wsgi compute_req_id faultwrap sizelimit osprofiler noauth2 osapi_compute_app_v21
keystone = cors http_proxy_to_wsgi compute_req_id faultwrap sizelimit osprofiler authtoken keystonecontext \
osapi_compute_app_v21
[composite:openstack_compute_api_v21_legacy_v2_compatible]
use = call:apirouter.deploy.pipeline:pipeline_factory_v21
noauth2 = cors sizelimit noauth2 legacy_v2_compatible osapi_compute_app_v21
keystone = cors sizelimit authtoken keystonecontext legacy_v2_compatible osapi_compute_app_v21
[pipeline:oscomputeversions]
pipeline = cors faultwrap http_proxy_to_wsgi oscomputeversionapp
""" + parts(
    "metaapp osapi_compute_app_v21 oscomputeversionapp",
    "cors http_proxy_to_wsgi compute_req_id faultwrap sizelimit osprofiler noauth2 authtoken keystonecontext"
    " legacy_v2_compatible",
)


@LOADERS
def test_the_ancestors_names_serve_as_they_stand(loadapp, tmp_path, monkeypatch):
    monkeypatch.delenv("APIROUTER_AUTH_STRATEGY", raising=False)
    (tmp_path / "api.ini").write_text(SEED)
    uri = f"config:{tmp_path}/api.ini"
    application = loadapp(uri, "osapi_compute")
    name, script, path, way = get(application, "/v2.1/servers")
    assert (name, script, path) == ("osapi_compute_app_v21", "/v2.1", "/servers")
    assert way == [
        "cors",
        "http_proxy_to_wsgi",
        "compute_req_id",
        "faultwrap",
        "sizelimit",
        "osprofiler",
        "authtoken",
        "keystonecontext",
    ]
    assert get(application, "/v2/x")[3][-1] == "legacy_v2_compatible"
    assert get(application, "/v2/x")[3][2] == "authtoken"
    assert get(application, "/")[0] == "oscomputeversionapp"
    assert get(loadapp(uri, "metadata"), "/x/y") == ["metaapp", "", "/x/y", ["cors"]]
    for settings in ({"global_conf": {"auth_strategy": "noauth2"}}, {}):
        if not settings:
            monkeypatch.setenv("APIROUTER_AUTH_STRATEGY", "noauth2")
        assert get(loadapp(uri, "osapi_compute", **settings), "/v2/x")[3][2] == "noauth2"


@LOADERS
def test_the_environment_is_read_when_a_file_is_loaded(loadapp, tmp_path, monkeypatch):
    (tmp_path / "api.ini").write_text(SEED)
    for strategy in ("keystone", "noauth2"):
        monkeypatch.setenv("APIROUTER_AUTH_STRATEGY", strategy)
        way = get(loadapp(f"config:{tmp_path}/api.ini", "osapi_compute"), "/v2/x")[3]
        assert ("noauth2" in way) == (strategy == "noauth2")


@LOADERS
def test_a_wrong_strategy_is_the_same_error_from_either_loader(loadapp, tmp_path, monkeypatch):
    monkeypatch.setenv("APIROUTER_AUTH_STRATEGY", "keystnoe")
    (tmp_path / "api.ini").write_text(SEED)
    words = r"unknown strategy 'keystnoe'.*keystone, noauth2; did you mean 'keystone'\?"
    with pytest.raises(ConfigError, match=words):
        loadapp(f"config:{tmp_path}/api.ini", "osapi_compute")


def test_the_section_comes_first_when_it_says_set(tmp_path):
    text = re.sub(r"(\[composite:main\])", r"[DEFAULT]\nauth_strategy = noauth2\n\1", NESTED)
    (tmp_path / "api.ini").write_text(text)
    assert "token" in get(deploy.loadapp(f"config:{tmp_path}/api.ini"), "/compute/v2.1/x")[3]
