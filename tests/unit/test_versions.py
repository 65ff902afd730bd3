"""The version documents: what they say, and where their links lead."""

from __future__ import annotations

import threading
import wsgiref.simple_server

import pytest
import webtest

from apirouter.deploy.mounts import Mount, parse_mount
from apirouter.deploy.urlmap import URLMap
from apirouter.errors import ConfigError
from apirouter.filters.legacy_v2_compatible import LegacyV2CompatibleWrapper
from apirouter.versions import ListSettings, VersionApp, VersionInfo, Versions, VersionsSettings

VND = "application/vnd.openstack.compute+json"


class API:
    """An API at the end of a pipeline."""

    def __init__(self, info):
        self.version_info = info

    def __call__(self, environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []


class Filter:
    """A filter in front of it."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        return self.application(environ, start_response)


V21 = VersionInfo(
    "v2.1",
    "CURRENT",
    "2.1",
    "2.90",
    "2013-07-23T11:33:21Z",
    ("application/json", VND),
    "https://docs.example.com/",
)
V20 = VersionInfo("v2.0", "DEPRECATED", updated="2011-01-21T11:33:21Z")


def urlmap(**mounts):
    """Return a urlmap and tell its applications of it, as the loader does."""
    made = URLMap(tuple(Mount.at(parse_mount(path, "app"), app) for path, app in mounts.items()))
    for mount in made.mounts:
        application = mount.application
        while application is not None:
            hook = getattr(application, "mounted", None)
            if hook is not None:
                hook(made.mounts)
            application = getattr(application, "application", None)
    return made


def service(**more):
    return urlmap(
        **{
            "/": Versions(),
            "/v2.1": VersionApp(),
            "/v2.1/+": Filter(Filter(API(V21))),
            "/v2": Filter(API(V20)),
            **more,
        }
    )


@pytest.fixture
def app():
    return webtest.TestApp(service())


def test_the_root_lists_what_is_mounted_in_order(app):
    assert app.get("/").json == {
        "versions": [
            {
                "id": "v2.0",
                "status": "DEPRECATED",
                "version": "",
                "min_version": "",
                "updated": "2011-01-21T11:33:21Z",
                "links": [{"rel": "self", "href": "http://localhost/v2/"}],
            },
            {
                "id": "v2.1",
                "status": "CURRENT",
                "version": "2.90",
                "min_version": "2.1",
                "updated": "2013-07-23T11:33:21Z",
                "links": [{"rel": "self", "href": "http://localhost/v2.1/"}],
            },
        ]
    }


def test_the_root_of_one_service_among_several_lists_its_own_versions():
    image = API(VersionInfo("v2.3", service_type="image"))
    compute = API(VersionInfo("v2.1", service_type="compute"))

    def ids(root):
        inner = urlmap(**{"/": Versions(ListSettings(service_type="image")), "/v2": Filter(image)})
        made = urlmap(**{"/": root, "/v2.1": compute, "/image": inner})
        found = webtest.TestApp(made).get("/").json["versions"]
        (own,) = webtest.TestApp(made).get("/image/").json["versions"]
        assert own["links"] == [{"rel": "self", "href": "http://localhost/image/v2/"}]
        return [version["id"] for version in found]

    assert ids(Versions(ListSettings(service_type="compute"))) == ["v2.1"]
    assert ids(Versions.factory({}, service_type="compute")) == ["v2.1"]
    assert ids(Versions.factory({"service_type": "compute"})) == ["v2.1"]
    assert ids(Versions()) == ["v2.1", "v2.3"]
    assert ids(Versions.factory({"service_type": "compute"}, service_type="")) == ["v2.1", "v2.3"]


def test_what_does_not_say_whose_it_is_is_listed_for_every_service():
    made = urlmap(**{"/": Versions(ListSettings(service_type="compute")), "/v2.1": API(V21)})
    assert [v["id"] for v in webtest.TestApp(made).get("/").json["versions"]] == ["v2.1"]


@pytest.mark.parametrize("path", ["/v2.1", "/v2.1/"])
def test_a_version_s_root_tells_of_it_without_a_token(app, path):
    assert app.get(path).json == {
        "version": {
            "id": "v2.1",
            "status": "CURRENT",
            "version": "2.90",
            "min_version": "2.1",
            "updated": "2013-07-23T11:33:21Z",
            "links": [
                {"rel": "self", "href": "http://localhost/v2.1/"},
                {"rel": "describedby", "type": "text/html", "href": "https://docs.example.com/"},
            ],
            "media-types": [{"base": "application/json", "type": f"{VND};version=2.1"}],
        }
    }


def test_what_lies_below_is_the_api_s(app):
    app.get("/v2.1/servers", status=401)


@pytest.mark.parametrize("path", ["/servers", "/v3/servers/1", "/a%2Fb%20%C3%A9"])
def test_other_paths_are_multiple_choices_under_each_version(app, path):
    reply = app.get(path, status=300)
    assert "Location" not in reply.headers
    links = [choice["links"][0]["href"] for choice in reply.json["choices"]]
    shown = path.replace("%2F", "/")
    assert links == [f"http://localhost/v2{shown}", f"http://localhost/v2.1{shown}"]
    assert [c["id"] for c in reply.json["choices"]] == ["v2.0", "v2.1"]
    assert reply.json["choices"][1]["media-types"] == [
        {"base": "application/json", "type": f"{VND};version=2.1"}
    ]
    assert set(reply.json["choices"][0]) == {"id", "status", "links", "media-types"}


def test_head_has_the_headers_and_no_body(app):
    for path in ("/", "/v2.1/"):
        head, get = app.head(path), app.get(path)
        assert head.body == b""
        assert head.headers["Content-Length"] == str(len(get.body))


@pytest.mark.parametrize("path", ["/", "/v2.1", "/v2.1/"])
def test_other_methods_are_told_what_is_allowed(app, path):
    reply = app.post(path, status=405)
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert reply.json["badMethod"]["code"] == 405
    assert app.options(path, status=204).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("environ", "base"),
    [
        ({"HTTP_HOST": "cloud.example.com"}, "http://cloud.example.com"),
        ({"HTTP_HOST": "cloud.example.com:8774"}, "http://cloud.example.com:8774"),
        ({"HTTP_HOST": "cloud.example.com:443", "wsgi.url_scheme": "https"}, "https://cloud.example.com"),
        ({"HTTP_HOST": "[::1]:8774"}, "http://[::1]:8774"),
        ({"HTTP_HOST": "h", "SCRIPT_NAME": "/compute"}, "http://h/compute"),
        ({"HTTP_HOST": "h", "SCRIPT_NAME": "/a b"}, "http://h/a%20b"),
        ({"HTTP_HOST": "evil.example/x?"}, "http://localhost"),
        ({"HTTP_HOST": 'h"><script>'}, "http://localhost"),
    ],
)
def test_links_start_where_the_client_s_request_did(app, environ, base):
    for path, keys in (("/", ("versions", 1)), ("/x", ("choices", 1))):
        found = app.get(path, extra_environ=environ, expect_errors=True).json[keys[0]][keys[1]]
        assert found["links"][0]["href"] == f"{base}/v2.1{path}"
    document = app.get("/v2.1", extra_environ=environ).json["version"]
    assert document["links"][0]["href"] == f"{base}/v2.1/"


def test_links_have_the_prefix_that_is_set():
    settings = VersionsSettings("https://cloud.example.com/compute/")
    app = webtest.TestApp(service(**{"/": Versions(settings), "/v2.1": VersionApp(settings)}))
    assert app.get("/").json["versions"][1]["links"][0]["href"] == "https://cloud.example.com/compute/v2.1/"
    assert app.get("/v2.1").json["version"]["links"][0]["href"] == "https://cloud.example.com/compute/v2.1/"


def test_the_list_may_stand_elsewhere_than_at_the_root():
    app = webtest.TestApp(urlmap(**{"/versions": Versions(), "/v2.1": API(V21)}))
    found = app.get("/versions/", extra_environ={"SCRIPT_NAME": "/c"}).json["versions"]
    assert found[0]["links"][0]["href"] == "http://localhost/c/v2.1/"


def test_a_version_on_a_host_of_its_own_is_linked_there():
    app = webtest.TestApp(urlmap(**{"/": Versions(), "domain api.example.com port 8774 /v2.1": API(V21)}))
    assert app.get("/").json["versions"][0]["links"][0]["href"] == "http://api.example.com:8774/v2.1/"


def test_a_urlmap_in_a_urlmap_is_looked_into():
    inner = urlmap(**{"/v2.1": API(V21)})
    app = webtest.TestApp(urlmap(**{"/": Versions(), "/compute": Filter(inner)}))
    assert app.get("/").json["versions"][0]["links"][0]["href"] == "http://localhost/compute/v2.1/"


def test_an_api_without_an_id_has_that_of_its_mount():
    app = webtest.TestApp(
        urlmap(**{"/": Versions(), "/v3": API(VersionInfo("")), "/other": API(VersionInfo(""))})
    )
    assert [v["id"] for v in app.get("/").json["versions"]] == ["v3"]


def test_versions_are_ordered_by_number():
    apis = {f"/v{n}": API(VersionInfo(f"v{n}")) for n in (10, 9, 2)}
    app = webtest.TestApp(urlmap(**{"/": Versions(), **apis}))
    assert [v["id"] for v in app.get("/").json["versions"]] == ["v2", "v9", "v10"]


def test_a_version_document_without_its_api_is_refused_at_load():
    with pytest.raises(ConfigError, match=r"mounted at '/v2.1', and no API.*mount the API at '/v2.1/\+'"):
        urlmap(**{"/": Versions(), "/v2.1": VersionApp(), "/v2": API(V20)})


def test_options_are_checked():
    assert Versions.factory({}, link_prefix="https://h/c").settings.link_prefix == "https://h/c"
    with pytest.raises(ConfigError, match="did you mean 'link_prefix'"):
        Versions.factory({}, link_prefx="x")
    with pytest.raises(ConfigError, match="is no URL of a place"):
        VersionApp.factory({}, link_prefix="cloud.example.com")


def test_a_filter_for_old_clients_makes_a_version_of_its_own():
    legacy = LegacyV2CompatibleWrapper.factory({})(API(V21))
    app = webtest.TestApp(urlmap(**{"/": Versions(), "/v2": Filter(legacy), "/v2.1/+": API(V21)}))
    old, new = app.get("/").json["versions"]
    assert (old["id"], old["status"], old["version"], old["min_version"]) == ("v2.0", "SUPPORTED", "", "")
    assert old["links"][0]["href"] == "http://localhost/v2/"
    assert (new["id"], new["version"]) == ("v2.1", "2.90")


def test_of_two_mounts_of_one_version_the_one_that_says_so_is_linked():
    app = webtest.TestApp(urlmap(**{"/": Versions(), "/compute": API(V21), "/v2.1": API(V21)}))
    assert [v["links"][0]["href"] for v in app.get("/").json["versions"]] == ["http://localhost/v2.1/"]


# --------------------------------------------------------------------------- keystoneauth


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def url():
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, service(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def session(url):
    pytest.importorskip("keystoneauth1", reason="keystoneauth1 is not installed")
    from keystoneauth1 import noauth
    from keystoneauth1 import session as sessions

    made = sessions.Session(auth=noauth.NoAuth(endpoint=url))
    yield made
    made.session.close()


def test_keystoneauth_discovers_all_versions(session, url):
    from keystoneauth1 import discover

    found = {v["version"]: v for v in discover.Discover(session, url).version_data(allow_deprecated=True)}
    assert set(found) == {(2, 0), (2, 1)}
    assert found[2, 1]["url"] == f"{url}/v2.1/"
    assert (found[2, 1]["min_microversion"], found[2, 1]["max_microversion"]) == ((2, 1), (2, 90))
    assert found[2, 0]["raw_status"] == "DEPRECATED"


@pytest.mark.parametrize("path", ["", "/", "/v2.1", "/v2.1/"])
def test_keystoneauth_s_adapter_finds_the_endpoint_from_any_root(session, url, path):
    from keystoneauth1 import adapter, noauth

    found = adapter.Adapter(
        session, auth=noauth.NoAuth(endpoint=url + path), service_type="compute", version="2.1"
    ).get_endpoint_data()
    assert (found.url, found.api_version) == (f"{url}/v2.1/", (2, 1))
    assert (found.min_microversion, found.max_microversion) == ((2, 1), (2, 90))
    assert found.status == "CURRENT"


def test_keystoneauth_finds_the_endpoint_behind_a_project_s_url(session, url):
    from keystoneauth1 import adapter, noauth

    auth = noauth.NoAuth(endpoint=f"{url}/v2.1/0123456789abcdef")
    found = adapter.Adapter(
        session, auth=auth, service_type="compute", min_version="2.1", max_version="2.latest"
    )
    assert found.get_endpoint_data().max_microversion == (2, 90)
