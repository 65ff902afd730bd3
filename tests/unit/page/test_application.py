from __future__ import annotations

import configparser
import dataclasses
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import webtest
from paste.deploy import loadapp as paste_loadapp

import apirouter
from apirouter import loadapp
from apirouter.deploy.mounts import Mount, parse_mount
from apirouter.deploy.urlmap import URLMap, tell_composed
from apirouter.errors import ConfigError
from apirouter.extensions import ResourceExtension
from apirouter.page import Page, app_factory, application
from apirouter.policy import Rule
from tests import demo
from tests.docs.blocks import ROOT, blocks
from tests.support import plugin, router_of

INI = (
    demo.INI.replace("/v2 = things\n", "/v2 = api\n/_apirouter = guarded\n")
    .replace("max_version = 2.9\n", "max_version = 2.9\non_load_failure = skip\n")
    .replace(
        "[pipeline:things]",
        """
[composite:api]
use = call:apirouter.deploy.pipeline:pipeline_factory
auth_strategy = noauth2
keystone = shout tag thingsapp
noauth2 = tag shout thingsapp

[pipeline:guarded]
pipeline = tag page

[app:page]
paste.app_factory = apirouter.page:app_factory

[pipeline:front]
pipeline = healthcheck main

[filter:healthcheck]
paste.filter_factory = apirouter.filters.healthcheck:filter_factory
disable_by_file_path = %(here)s/off

[composite:outer]
use = call:apirouter.deploy.urlmap:urlmap_factory
/inner = main

[pipeline:things]""",
    )
)
#: As Paste's: a list of addresses and applications, the longest path first.
PASTES = """
class URLMap:
    def __init__(self):
        self.applications = []

    def __call__(self, environ, start_response):
        for (host, path), application in self.applications:
            if environ["PATH_INFO"].startswith(path):
                environ["SCRIPT_NAME"] += path
                environ["PATH_INFO"] = environ["PATH_INFO"][len(path):]
                return application(environ, start_response)


def factory(loader, global_conf, **local_conf):
    made = URLMap()
    for path, name in sorted(local_conf.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        made.applications.append(((None, path.rstrip("/")), loader.get_app(name, global_conf=global_conf)))
    return made
"""
BROKEN = 'raise RuntimeError("password=hunter22 at mysql://nova:hunter23@db/x")\n'


@pytest.fixture(scope="module")
def ini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("page")
    found = demo.write(directory)
    found.write_text(INI)
    (directory / "broken_plugin.py").write_text(BROKEN)
    points = directory / "demo_api-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text() + "<b>broken</b> = broken_plugin:Broken\n")
    return found


@pytest.fixture(scope="module")
def load(ini: Path) -> Iterator[Callable[..., webtest.TestApp]]:
    def loading(name: str = "main", loader: Any = loadapp, file: Path = ini) -> webtest.TestApp:
        return webtest.TestApp(loader(f"config:{file}", name=name))

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ini.parent)
        yield loading


@pytest.fixture(scope="module")
def client(load: Callable[..., webtest.TestApp]) -> webtest.TestApp:
    return load()


def data_of(client: webtest.TestApp, at: str = "/_apirouter") -> Any:
    return client.get(f"{at}/data.json").json


# ------------------------------------------------------------------ HTTP


def test_the_page_is_one_document_that_loads_only_what_lies_beside_it(client: webtest.TestApp) -> None:
    page = client.get("/_apirouter/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    loaded = set(re.findall(r'<(?:link|script|img|iframe)[^>]* (?:src|href)="([^"]+)"', page.text))
    assert loaded == {"page.css", "page.js", "icon.svg"}
    for name in loaded:
        assert client.get(f"/_apirouter/{name}").headers["X-Content-Type-Options"] == "nosniff"
    assert " style=" not in page.text
    assert " onclick=" not in page.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_files_have_their_type_and_are_sent_once(client: webtest.TestApp, name: str, kind: str) -> None:
    reply = client.get(f"/_apirouter/{name}")
    assert reply.headers["Content-Type"] == kind
    etag = reply.headers["ETag"]
    for asked in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = client.get(f"/_apirouter/{name}", headers={"If-None-Match": asked}, status=304)
        assert again.body == b""
        assert again.headers["ETag"] == etag
    assert client.get(f"/_apirouter/{name}", headers={"If-None-Match": '"other"'}).body == reply.body


def test_a_browser_is_sent_to_where_names_are_looked_for_below_the_page(client: webtest.TestApp) -> None:
    reply = client.get("/_apirouter?q=a%20b", status=308)
    assert reply.headers["Location"].endswith("/_apirouter/?q=a%20b")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/_apirouter/", "/_apirouter/data.json", "/_apirouter/page.css"])
def test_nothing_but_looking_is_allowed(client: webtest.TestApp, method: str, path: str) -> None:
    assert client.request(path, method=method, status=405).headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/data.json", "/page.js"])
def test_head_is_get_without_the_body(client: webtest.TestApp, path: str) -> None:
    reply = client.head(f"/_apirouter{path}")
    assert reply.body == b""
    assert int(reply.headers["Content-Length"]) > 100


@pytest.mark.parametrize(
    "path", ["/other", "/static/page.css", "/../page.css", "/page.css/", "/application.py"]
)
def test_nothing_else_is_served(client: webtest.TestApp, path: str) -> None:
    client.get(f"/_apirouter{path}", status=404)


# ------------------------------------------------------------------ what it tells


def test_mounts_are_those_of_the_service_with_the_page_itself(client: webtest.TestApp) -> None:
    data = data_of(client)
    assert [(m["mount"], m["kind"]) for m in data["mounts"]] == [
        ("/", "wsgi"),
        ("/v2", "router"),
        ("/_apirouter", "wsgi"),
    ]
    assert [m["routes"] for m in data["mounts"]] == [0, 7, 0]
    assert data["mounts"][1]["name"] == "api"
    assert data["title"] == "demo"


def test_pipelines_are_told_for_each_strategy_and_which_is_in_use(client: webtest.TestApp) -> None:
    lines = [p for p in data_of(client)["pipelines"] if p["mount"] == "/v2"]
    assert [(p["strategy"], p["in_use"], [f["name"] for f in p["filters"]]) for p in lines] == [
        ("noauth2", True, ["tag", "shout"]),
        ("keystone", False, ["shout", "tag"]),
    ]
    assert lines[0]["application"] == "thingsapp"
    assert lines[0]["source"].startswith("demo.ini:")


def test_routes_are_those_that_the_commands_tell(client: webtest.TestApp) -> None:
    routes = data_of(client)["routes"]
    action = next(r for r in routes if r["actions"])
    assert [a["key"] for a in action["actions"]] == ["kick", "paint", "poke"]
    assert action["filters"] == ["tag", "shout"]
    show = next(r for r in routes if r["path"] == "/things/{id}" and r["methods"] == ["GET"])
    assert show["implementations"][0]["file"] == "demo_api/plugins.py"
    page = client.get("/_apirouter/").text
    for shown in ("ThingsController.<wbr>create", "2.1-2.4", "2.5+", "schemas:<wbr>create_<wbr>v25", "then "):
        assert shown in page


def test_a_plugin_that_failed_is_text_without_secrets(client: webtest.TestApp) -> None:
    data = data_of(client)
    (failed,) = (p for p in data["plugins"] if p["state"] == "failed")
    assert "mysql://***@db/x" in failed["reason"]
    page = client.get("/_apirouter/").text
    assert "<b>broken" not in page
    assert "&lt;b&gt;broken&lt;/b&gt;" in page
    for text in (page, json.dumps(data)):
        assert "hunter2" not in text


def test_versions_are_told(client: webtest.TestApp) -> None:
    (version,) = data_of(client)["versions"]
    assert (version["min_version"], version["max_version"], version["default_version"]) == (
        "2.1",
        "2.9",
        "2.1",
    )
    assert version["version_header"] == "OpenStack-API-Version"


def test_health_is_that_of_the_moment(load: Callable[..., webtest.TestApp], ini: Path) -> None:
    client = load("front")
    health = data_of(client)["health"]
    assert health["status"] == "DEGRADED"
    assert {f["name"]: f["source"] for f in health["findings"]} == {
        "disable_by_file": "healthcheck",
        "plugin <b>broken</b>": "service",
    }
    assert health["uptime"] >= 0
    assert 0 < health["load_time"] < 600
    assert health["python"].startswith(".".join(map(str, sys.version_info[:3])))
    off = ini.parent / "off"
    off.touch()
    try:
        health = data_of(client)["health"]
        assert health["status"] == "UNAVAILABLE"
        assert [f["problem"] for f in health["findings"] if f["source"] == "healthcheck"] == [
            "DISABLED BY FILE"
        ]
    finally:
        off.unlink()


def test_filters_in_front_of_the_url_map_are_told_where_the_loader_is_apirouters(
    load: Callable[..., webtest.TestApp],
) -> None:
    lines = data_of(load("front"))["pipelines"]
    assert [[f["name"] for f in p["filters"]] for p in lines if p["mount"] == "/v2"] == [
        ["healthcheck", "tag", "shout"],
        ["healthcheck", "shout", "tag"],
    ]


def test_in_a_map_of_maps_the_whole_service_is_told(load: Callable[..., webtest.TestApp]) -> None:
    mounts = data_of(load("outer"), "/inner/_apirouter")["mounts"]
    assert [m["mount"] for m in mounts] == ["/inner", "/inner/v2", "/inner/_apirouter"]


def test_it_is_told_of_the_service_by_paste_deploy_too(load: Callable[..., webtest.TestApp]) -> None:
    data = data_of(load(loader=paste_loadapp))
    assert [m["mount"] for m in data["mounts"]] == ["/", "/v2", "/_apirouter"]
    assert data["health"]["load_time"] > 0


def test_in_a_url_map_of_paste_the_whole_service_is_told(
    load: Callable[..., webtest.TestApp], ini: Path
) -> None:
    (ini.parent / "pastes_own.py").write_text(PASTES)
    file = ini.parent / "pastes.ini"
    section = "[composite:main]\nuse = call:apirouter.deploy.urlmap:urlmap_factory"
    file.write_text(INI.replace(section, "[composite:main]\npaste.composite_factory = pastes_own:factory"))
    mounts = data_of(load(file=file))["mounts"]
    assert [m["mount"] for m in mounts] == ["/_apirouter", "/v2", "/"]


def test_loading_a_service_with_a_page_does_not_load_what_describes_it(ini: Path) -> None:
    code = (
        "import sys; from apirouter import loadapp; loadapp(sys.argv[1]); "
        "print([m for m in ('apirouter.describe', 'apirouter.page.render', 'apirouter.page.survey') "
        "if m in sys.modules])"
    )
    paths = (str(ini.parent), str(Path(apirouter.__file__).parent.parent))
    done = subprocess.run(
        [sys.executable, "-c", code, f"config:{ini}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_file_that_has_changed_is_not_taken_for_what_serves(
    load: Callable[..., webtest.TestApp], ini: Path
) -> None:
    copy = ini.parent / "copy.ini"
    copy.write_text(INI)
    client = load(file=copy)
    copy.write_text(INI.replace("noauth2 = tag shout", "noauth2 = shout shout"))
    data = data_of(client)
    assert data["note"].startswith("copy.ini has changed")
    (line,) = (p for p in data["pipelines"] if p["mount"] == "/v2")
    assert [f["type"] for f in line["filters"]] == [
        "demo_api.others:Tagger",
        "demo_api.others:shout_factory.shout.shouting",
    ]
    assert "copy.ini has changed" in client.get("/_apirouter/").text


def test_a_file_that_changes_after_the_page_was_looked_at_is_told_too(
    load: Callable[..., webtest.TestApp], ini: Path
) -> None:
    copy = ini.parent / "copy.ini"
    copy.write_text(INI)
    client = load(file=copy)
    before = data_of(client)
    assert before["note"] == ""
    copy.write_text(INI + "# by an operator\n")
    after = data_of(client)
    assert after["note"].startswith("copy.ini has changed")
    assert after["pipelines"] == before["pipelines"]
    assert "copy.ini has changed" in client.get("/_apirouter/").text


def test_the_service_can_be_given_by_code() -> None:
    api = router_of(plugin("things", ResourceExtension("things", Things())))
    client = webtest.TestApp(Page(application.Options(title="My <service>"), api))
    assert [m["kind"] for m in data_of(client, "")["mounts"]] == ["router"]
    assert "<h1>My &lt;service&gt; " in client.get("/").text


class Things:
    """Things."""

    def index(self, req: Any) -> Any:
        """List things."""
        return {}


def test_without_a_service_it_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    webtest.TestApp(app_factory({})).get("/", status=500)
    assert "mount it in apirouter's urlmap" in caplog.text


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'title'"):
        app_factory({}, titel="x")


def test_the_pipeline_of_the_document_asks_who_looks_and_tells_of_the_whole_service(ini: Path) -> None:
    bcrypt = pytest.importorskip("bcrypt")
    parts = [block.text for block in blocks(ROOT / "docs" / "page.md") if block.language == "ini"]
    parser = configparser.RawConfigParser()
    for part in reversed(parts):
        parser.read_string(part)
    parser.remove_section("app:page")
    for name in ("versions", "api"):
        parser.read_dict({f"app:{name}": {"paste.app_factory": "apirouter.versions:Versions.factory"}})
    file = ini.parent / "document.ini"
    with file.open("w") as stream:
        parser.write(stream)
    password = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (ini.parent / "operators.htpasswd").write_text(f"op:{password}\n")
    client = webtest.TestApp(loadapp(f"config:{file}"))
    client.get("/_apirouter/", status=401)
    client.get("/_apirouter/data.json", status=401)
    client.authorization = ("Basic", ("op", "secret"))
    assert [m["mount"] for m in data_of(client)["mounts"]] == ["/", "/v2.1", "/_apirouter"]


# ------------------------------------------------------------------ searching


def rows(page: str) -> tuple[int, int]:
    """How many rows are shown, and how many are hidden."""
    body = page.partition("<main")[2]
    hidden = sum("hidden>" in row for row in body.split('<tr role="row"')[1:])
    return body.count('<tr role="row"') - hidden, hidden


def test_the_server_hides_what_does_not_have_every_word(client: webtest.TestApp) -> None:
    everything = client.get("/_apirouter/").text
    assert rows(everything)[1] == 0
    found = client.get("/_apirouter/?q=POST++KICK").text
    assert 'value="POST KICK"' in found
    assert ">1 found<" in found
    assert sum(rows(found)) == sum(rows(everything))
    nothing = client.get("/_apirouter/?q=%3Cscript%3E").text
    assert ">0 found<" in nothing
    assert 'value="&lt;script&gt;"' in nothing
    assert "<script>" not in nothing.replace("<script src", "")


def test_a_service_without_checks_says_so_and_counts_none() -> None:
    page = webtest.TestApp(Page(application=lambda environ, start_response: [])).get("/").text
    assert "No healthcheck stands in this service" in page
    assert 'href="#health">Health <span class="count"></span>' in page
    assert 'href="#plugins">Plugins <span class="count">0</span>' in page


def test_rows_are_found_by_the_filters_in_front(client: webtest.TestApp) -> None:
    assert ">0 found<" not in client.get("/_apirouter/?q=shout+ThingsController.slow").text


def test_a_question_may_be_anything(client: webtest.TestApp) -> None:
    for query in ("q=" + "x" * 10000, "q=%FF%00%0A", "q", "&&&&&&&&&&&&&&q=a", "q=%F0%9F%92%A9"):
        client.get(f"/_apirouter/?{query}")


# ------------------------------------------------------------------ once, and late


def test_nothing_is_described_before_somebody_looks_and_then_once(
    load: Callable[..., webtest.TestApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apirouter.page import survey

    made: list[Any] = []

    class Slow(survey.Survey):
        def __init__(self, *arguments: Any) -> None:
            made.append(threading.get_ident())
            time.sleep(0.1)
            super().__init__(*arguments)

    monkeypatch.setattr(survey, "Survey", Slow)
    app = load().app
    assert made == []
    replies: list[int] = []

    def look() -> None:
        replies.append(webtest.TestApp(app).get("/_apirouter/").status_int)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [200] * 8
    assert len(made) == 1


def test_policy_rules_are_those_of_now_without_the_password_of_whom_they_ask() -> None:
    class Authority:
        rules: dict[str, Any] = {
            "a:b": Rule("a:b", "role:admin", "role:admin", "What it guards.", "somebody")
        }

    api = router_of(plugin("things", ResourceExtension("things", Things())))
    api.service = dataclasses.replace(api.service, authority=Authority())
    client = webtest.TestApp(Page(application=api))
    assert [p["check"] for p in data_of(client, "")["policies"]] == ["role:admin"]
    assert "its default is" not in client.get("/").text
    Authority.rules = {"a:b": Rule("a:b", "https://me:hunter22@h/ask", "role:admin", "", "/etc/policy.yaml")}
    assert [p["check"] for p in data_of(client, "")["policies"]] == ["https://***@h/ask"]
    assert "its default is" in client.get("/").text


def test_an_application_of_somebody_else_with_odd_attributes_is_not_touched() -> None:
    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __call__(self, environ: Any, start_response: Any) -> Any:
            start_response("200 OK", [])
            return []

    page = app_factory({})
    tell_composed(page, 0.5)
    odd: Any = Odd()
    mounts = tuple(Mount.at(parse_mount(path, "x"), one) for path, one in (("/", page), ("/odd", odd)))
    tell_composed(URLMap(mounts), 0.5)
