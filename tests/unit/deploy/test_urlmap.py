"""URLMap: which application a request reaches, and with which paths."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.deploy.urlmap import URLMap, urlmap_factory
from apirouter.errors import ConfigError
from tests.unit.deploy.paths import PATHS, spellings


class Loader:
    """Makes applications that answer their name and the paths they see."""

    def __init__(self):
        self.asked = []

    def get_app(self, name, global_conf=None):
        self.asked.append((name, global_conf))

        def application(environ, start_response):
            start_response("200 OK", [])
            return [json.dumps([name, environ["SCRIPT_NAME"], environ["PATH_INFO"]]).encode()]

        return application


def build(global_conf=None, **mounts):
    return urlmap_factory(Loader(), global_conf or {}, **mounts)


def answer(application, path, script="", **environ):
    """Return [name, SCRIPT_NAME, PATH_INFO] of the application that answered, or None for 404."""
    statuses = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": script,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        **environ,
    }
    body = b"".join(application(environ, lambda status, headers: statuses.append(status)))
    return None if statuses == ["404 Not Found"] else json.loads(body)


NOVA = {"/": "versions", "/v2": "doc2", "/v2.1": "doc21", "/v2/+": "api2", "/v2.1/+": "api21"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ["versions", "", "/"]),
        ("", ["versions", "", ""]),
        ("/v2.1", ["doc21", "/v2.1", ""]),
        ("/v2.1/", ["doc21", "/v2.1", "/"]),
        ("/v2.1/servers", ["api21", "/v2.1", "/servers"]),
        ("/v2/servers", ["api2", "/v2", "/servers"]),
        ("/v2.1/servers/A%B", ["api21", "/v2.1", "/servers/A%B"]),
        ("/v2.10/servers", ["versions", "", "/v2.10/servers"]),
        ("/v2.1x", ["versions", "", "/v2.1x"]),
        ("/v2.1//servers", ["api21", "/v2.1", "//servers"]),
        ("/x//y", ["versions", "", "/x//y"]),
    ],
)
def test_the_longest_prefix_on_a_segment_boundary_takes_the_request(path, expected):
    assert answer(build(**NOVA), path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "//v2.1/servers",
        "/./v2.1/servers",
        "/x/../v2.1/servers",
        "/v2.1/../v2/servers",
        "/v2.1/..",
        "/v2.1/.",
        "/v2.1//",
        "/%2e/v2.1/servers",
        "/%252e/v2.1/servers",
        "/v2%2e1/servers",
        "/v2%2E1",
        "/%76%32.1/servers",
        "/%2fv2.1/servers",
        "/V2.1/servers",
        "/V2.1",
        "\\v2.1\\servers",
        "/\\v2.1/servers",
        "/x\\..\\v2.1/servers",
        "/" + "%25" * 3 + "2525252e" * 3 + "/v2.1",
        "v2.1/servers",
        "*",
        "http://example.org/v2.1",
    ],
)
def test_a_path_with_a_spelling_of_another_mount_is_not_found(path):
    assert answer(build(**NOVA), path) is None


def test_a_subtree_alone_takes_its_root_too():
    application = build(**{"/v2": "api"})
    assert answer(application, "/v2") == ["api", "/v2", ""]
    assert answer(application, "/v2/x/y") == ["api", "/v2", "/x/y"]
    assert answer(application, "/") is None


@pytest.mark.parametrize("mount", ["/v2/+", "/v2/+/"])
def test_a_wildcard_alone_takes_nothing_but_what_is_below(mount):
    application = build(**{mount: "api"})
    assert answer(application, "/v2") is None
    assert answer(application, "/v2/") is None
    assert answer(application, "/v2/x") == ["api", "/v2", "/x"]


def test_a_wildcard_leaves_the_path_itself_to_the_mount_above():
    application = build(**{"/a": "outer", "/a/b/+": "inner"})
    assert answer(application, "/a/b") == ["outer", "/a", "/b"]
    assert answer(application, "/a/b/c") == ["inner", "/a/b", "/c"]
    assert answer(application, "/a/bc") == ["outer", "/a", "/bc"]


def test_the_order_of_the_mounts_does_not_matter():
    forward = build(**{"/": "root", "/a": "a", "/a/b/c": "c"})
    backward = build(**{"/a/b/c": "c", "/a": "a", "/": "root"})
    for path in ("/", "/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/b/cd"):
        assert answer(forward, path) == answer(backward, path)


def test_mounts_of_any_length_are_found():
    mounts = {f"/{'a' * size}": f"a{size}" for size in range(1, 12)}
    application = build(**mounts)
    for prefix, name in mounts.items():
        for rest in ("", "/", "/x", "/x/y.z"):
            assert answer(application, prefix + rest) == [name, prefix, rest]
        assert answer(application, prefix + "//../x") is None
    assert answer(application, "/" + "a" * 12) is None


def test_nested_maps_keep_script_name_and_path_info_right():
    inner = build(**{"/v1": "api", "/": "index"})

    class Outer(Loader):
        def get_app(self, name, global_conf=None):
            return inner if name == "inner" else super().get_app(name)

    outer = urlmap_factory(Outer(), {}, **{"/compute": "inner"})
    assert answer(outer, "/compute/v1/servers", script="/gate") == ["api", "/gate/compute/v1", "/servers"]
    assert answer(outer, "/compute") == ["index", "/compute", ""]
    assert answer(outer, "/compute/v10") == ["index", "/compute", "/v10"]
    assert answer(outer, "/compute//v1/servers") is None
    assert answer(outer, "/compute/x/../v1/servers") is None


def test_what_was_matched_and_what_is_left_is_the_whole_path():
    application = build(**NOVA)
    for path in ("/v2.1", "/v2.1/", "/v2.1/a//b/", "/x"):
        _, script, rest = answer(application, path, script="/s")
        assert script + rest == "/s" + path


def test_an_environ_without_script_name_or_path_info_is_served():
    seen = []
    application = URLMap(build(**NOVA).mounts)
    application({"wsgi.url_scheme": "http", "SCRIPT_NAME": "", "PATH_INFO": ""}, lambda *a: seen.append(a))
    environ = {}
    build(**{"/a": "x"})(environ, lambda *a: seen.append(a))
    assert [status for status, _ in seen] == ["200 OK", "404 Not Found"]


# ------------------------------------------------------------------------- addresses


HOSTS = {
    "/": "any",
    "/v2": "any2",
    "domain api.example.org /": "host",
    "domain api.example.org /v2": "host2",
    "domain api.example.org port 8080 /v2": "port2",
    "domain other.example.org port 443 /": "tls",
}


@pytest.mark.parametrize(
    ("host", "path", "name"),
    [
        ("elsewhere", "/v2", "any2"),
        ("api.example.org", "/", "host"),
        ("API.Example.ORG", "/x", "host"),
        ("api.example.org.", "/x", "host"),
        ("api.example.org:80", "/v2/x", "host2"),
        ("api.example.org:8080", "/v2/x", "port2"),
        ("api.example.org:8080", "/x", "host"),
        ("api.example.org:9", "/v2", "host2"),
        ("other.example.org", "/x", "any"),
        ("other.example.org:443", "/x", "tls"),
        ("api.example.org@evil", "/x", "any"),
        ("api.example.org/x?y=", "/x", "any"),
        ("[::1]:8080", "/x", "any"),
        ("[::1]", "/x", "any"),
        ("", "/x", "any"),
    ],
)
def test_the_most_specific_address_with_the_path_takes_the_request(host, path, name):
    assert answer(build(**HOSTS), path, HTTP_HOST=host)[0] == name


def test_the_port_is_the_schemes_when_the_host_header_has_none():
    application = build(**HOSTS)
    environ = {"HTTP_HOST": "other.example.org", "wsgi.url_scheme": "https"}
    assert answer(application, "/", **environ)[0] == "tls"


def test_without_a_host_header_the_servers_name_and_port_count():
    environ = {"SERVER_NAME": "api.example.org", "SERVER_PORT": "8080"}
    assert answer(build(**HOSTS), "/v2", **environ)[0] == "port2"


@pytest.mark.parametrize(
    "options",
    [
        {"http://h.example:81/v1": "api"},
        {"http": "//h.example:81/v1 = api"},
        {"http": "//h.example:81/v1: api"},
        {"domain h.example port 81 /v1": "api"},
        {"port 81 /v1 domain h.example": "api"},
        {"domain H.example. port 81 /v1/": "api"},
    ],
)
def test_a_url_and_words_say_the_same_mount(options):
    (mount,) = build(**options).mounts
    assert (mount.host, mount.port, mount.path, mount.name) == ("h.example", "81", "/v1", "api")
    assert mount.expression == "domain h.example port 81 /v1"


# -------------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("headers", "path", "expected"),
    [
        ({"CONTENT_TYPE": "application/json; version=2.1"}, "/servers", ["api21", "/v2.1", "/servers"]),
        ({"CONTENT_TYPE": 'application/json;Version="2.1"'}, "/servers", ["api21", "/v2.1", "/servers"]),
        ({"HTTP_ACCEPT": "application/json;version=2"}, "/servers", ["api2", "/v2", "/servers"]),
        ({"HTTP_ACCEPT": "application/json;version=2.1"}, "/", ["doc21", "/v2.1", "/"]),
        ({"HTTP_ACCEPT": "application/json;version=2.1"}, "", ["doc21", "/v2.1", ""]),
        (
            {"HTTP_ACCEPT": "application/json;version=2;q=0.3, application/json;version=2.1"},
            "/x",
            ["api21", "/v2.1", "/x"],
        ),
        ({"HTTP_ACCEPT": "application/json;version=9.9"}, "/x", ["versions", "", "/x"]),
        ({"HTTP_ACCEPT": "application/json;version=2.1;q=0"}, "/x", ["versions", "", "/x"]),
        ({"HTTP_ACCEPT": "application/json;version=2.1/../v2"}, "/x", ["versions", "", "/x"]),
        ({"HTTP_ACCEPT": "application/json;conversion=2.1"}, "/x", ["versions", "", "/x"]),
        (
            {"CONTENT_TYPE": "application/json;version=2.1", "HTTP_ACCEPT": "application/json;version=2"},
            "/x",
            ["api21", "/v2.1", "/x"],
        ),
        (
            {"CONTENT_TYPE": "application/json;version=9", "HTTP_ACCEPT": "application/json;version=2"},
            "/x",
            ["api2", "/v2", "/x"],
        ),
        ({"HTTP_ACCEPT": "application/json;version=2"}, "/v2.1/x", ["api21", "/v2.1", "/x"]),
    ],
)
def test_a_media_types_version_picks_a_mount_when_the_path_picks_none(headers, path, expected):
    assert answer(build(**NOVA), path, **headers) == expected


def test_a_version_picks_a_mount_when_nothing_is_at_the_root():
    application = build(**{"/v2": "api"})
    assert answer(application, "/x", HTTP_ACCEPT="a/b;version=2") == ["api", "/v2", "/x"]
    assert answer(application, "/x", HTTP_ACCEPT="a/b;version=3") is None


def test_a_version_that_another_host_has_changes_nothing():
    application = build(**{"/": "root", "domain a.example /v2": "api"})
    accept = {"HTTP_ACCEPT": "a/b;version=2"}
    assert answer(application, "/x", HTTP_HOST="a.example", **accept) == ["api", "/v2", "/x"]
    assert answer(application, "/x", HTTP_HOST="b.example", **accept) == ["root", "", "/x"]
    application = build(**{"domain a.example /v2": "api", "domain b.example /": "other"})
    assert answer(application, "/x", HTTP_HOST="c.example", **accept) is None


@pytest.mark.parametrize("path", ["/../v2/x", "//v2/x", "/V2/x", "/x/../../v2/x"])
def test_a_version_opens_no_way_around_a_mount(path):
    assert answer(build(**NOVA), path, HTTP_ACCEPT="application/json;version=2.1") is None


# ------------------------------------------------------------------------- not found


def test_what_is_not_mounted_is_a_json_fault():
    seen = []
    application = build(**{"/a": "x"})
    body = b"".join(application({"PATH_INFO": "/b"}, lambda *a: seen.append(a)))
    assert json.loads(body) == {"itemNotFound": {"code": 404, "message": "The resource could not be found."}}
    ((status, headers),) = seen
    assert status == "404 Not Found"
    assert dict(headers) == {"Content-Type": "application/json", "Content-Length": str(len(body))}
    assert list(application({"PATH_INFO": "/b", "REQUEST_METHOD": "HEAD"}, lambda *a: None)) == []


def test_the_not_found_app_of_the_section_comes_before_the_global_one():
    loader = Loader()
    conf = {"not_found_app": "global"}
    application = urlmap_factory(loader, conf, **{"/a": "x", "not_found_app": "local"})
    assert answer(application, "/b") == ["local", "", "/b"]
    application = urlmap_factory(loader, conf, **{"/a": "x"})
    assert answer(application, "/b") == ["global", "", "/b"]
    assert all(passed is conf for _, passed in loader.asked)


# -------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"/v1": "a", "/v1/": "b"}, ["duplicate", "'/v1/'", "'/v1'", "'a'", "'b'"]),
        ({"/v1": "a", "/V1": "b"}, ["duplicate", "/V1"]),
        ({"/v1/+": "a", "/V1/+": "b"}, ["duplicate", "/V1/+"]),
        ({"domain a /": "x", "http://A": "y"}, ["duplicate", "http://A"]),
        ({"v1": "a"}, ["'v1'", "slash", "write '/v1'"]),
        ({"domain": "a"}, ["nothing follows 'domain'"]),
        ({"port 80 /": "a"}, ["port", "domain"]),
        ({"domain a port x /": "a"}, ["'x' is no port"]),
        ({"domain a port 70000 /": "a"}, ["no port"]),
        ({"domain a domain b /": "a"}, ["more than one domain"]),
        ({"/a /b": "a"}, ["more than one path"]),
        ({"/a//b": "a"}, ["never be reached"]),
        ({"/a/../b": "a"}, ["never be reached"]),
        ({"/a%20b": "a"}, ["never be reached"]),
        ({"/a": ""}, ["names no application"]),
        ({"/a": "b c"}, ["more than one application"]),
        ({}, ["nothing is mounted"]),
    ],
)
def test_a_mistaken_mount_is_refused_before_anything_is_built(options, words):
    loader = Loader()
    with pytest.raises(ConfigError) as caught:
        urlmap_factory(loader, {}, **options)
    for word in words:
        assert word in str(caught.value)
    assert loader.asked == []


def test_the_map_is_frozen_and_shows_its_mounts():
    function = build(**NOVA)
    application = function.application
    assert function.mounts is application.mounts
    assert [(m.expression, m.exact, m.wildcard, m.name) for m in application.mounts] == [
        ("/", False, False, "versions"),
        ("/v2", True, False, "doc2"),
        ("/v2.1", True, False, "doc21"),
        ("/v2/+", False, True, "api2"),
        ("/v2.1/+", False, True, "api21"),
    ]
    with pytest.raises(AttributeError):
        application.mounts = ()


def test_a_mount_beyond_ascii_matches_the_bytes_of_a_request():
    path = "/é".encode().decode("latin-1")
    assert answer(build(**{"/é": "x"}), path + "/y") == ["x", path, "/y"]


# ------------------------------------------------------------------------ properties


MOUNTS = st.lists(
    st.sampled_from(["/", "/a", "/a/+", "/a/b", "/a/b/+", "/v1", "/v1/a", "/b/+", "/ab"]),
    min_size=1,
    unique=True,
)


def naive(mounts, path):
    """The longest mount by trying each."""
    found = []
    for mount in mounts:
        prefix = mount.removesuffix("+").rstrip("/")
        rest = path[len(prefix) :]
        below = rest not in ("", "/")
        if path.startswith(prefix) and rest[:1] in ("", "/"):
            if mount.endswith("+"):
                fits = below
            else:
                fits = not below or f"{prefix}/+" not in mounts
            if fits:
                found.append((len(prefix), mount))
    return max(found)[1] if found else None


@given(MOUNTS, PATHS)
def test_a_request_reaches_the_longest_mount_of_every_spelling_or_none(mounts, path):
    got = answer(build(**{m: m for m in mounts}), path)
    longest = naive(mounts, path)
    folded = [mount.lower() for mount in mounts]
    if longest is None or {naive(folded, text) for text in spellings(path)} != {longest.lower()}:
        assert got is None
    else:
        name, script, rest = got
        assert (name, script + rest) == (longest, path)


FEW = [
    *("/", "/v1", "/V1", "/v1/+", "/v1.1", "/é", "/v1/ab", "/V1/ab/+"),
    *("domain h.example /v1", "domain h.example port 8080 /"),
]
FEW_TOGETHER = [m for n in (1, 2) for m in itertools.combinations(FEW, n) if m != ("/v1", "/V1")]
PARTS = ["ab", "A.b", "..", "%2e%2e", ".a", "", "ab\\..\\..", "%"]
ODD_PATHS = [
    "/".join(["", first, *rest])
    # As the environ has them: bytes in disguise (PEP 3333).
    for first in ("v1", "V1", "v1.1", "\xc3\xa9", "v%31")
    for count in range(3)
    for rest in itertools.product(PARTS, repeat=count)
]


@pytest.mark.parametrize("mounts", FEW_TOGETHER, ids=" + ".join)
def test_the_quick_way_chooses_as_the_whole_one_does(mounts):
    urlmap = build(**{mount: f"app{number}" for number, mount in enumerate(mounts)}).application
    hosts = ["", "h.example", "h.example:8080"] if "domain" in str(mounts) else [""]
    for path, host in itertools.product([*ODD_PATHS, "", "/", "v1/ab", "//v1/ab"], hosts):
        asked = {"HTTP_HOST": host, "HTTP_ACCEPT": "application/json;version=1.1"}
        quick = answer(urlmap.serve, path, "/script", **asked)
        assert (path, host, quick) == (path, host, answer(urlmap._general, path, "/script", **asked))


@given(st.text(alphabet="/.%2eEfFvV1aA\\;~ \r\n", max_size=30))
def test_no_text_is_too_strange_to_answer(path):
    answer(build(**NOVA), path)


@given(st.text(alphabet=';=,"\\ versionq.0123/*', max_size=60))
def test_no_header_is_too_strange_to_read(header):
    got = answer(build(**NOVA), "/x", HTTP_ACCEPT=header, CONTENT_TYPE=header)
    assert got is not None
    assert got[2] == "/x"


def test_a_huge_hostile_path_is_answered_soon():
    for path in ("/." * 50_000, "/" * 100_000, "/%25" + "25" * 50_000, "/a/.." * 20_000, "\\" * 100_000):
        answer(build(**NOVA), path)
