from __future__ import annotations

import csv
import io
import itertools
import json
import re
from pathlib import Path

import pytest

from apirouter.cmd import _console, routes
from apirouter.describe import rows
from tests.unit.cmd.conftest import Run


def lines_with(text: str, *words: str) -> list[str]:
    return [line for line in text.splitlines() if all(word in line for word in words)]


def test_the_table_tells_of_each_route_where_it_leads(run: Run) -> None:
    status, out, err = run("routes", "demo.ini")
    assert (status, err) == (0, "")
    (line,) = lines_with(out, "ThingsController.index")
    assert re.split(r"\s{2,}", line)[:5] == [
        "GET",
        "[/{project_id}]/things",
        "/v2",
        "ThingsController.index",
        "demo_api/plugins.py:18",
    ]
    assert line.endswith("tag > shout")
    assert len(lines_with(out, "ThingsController.create")) == 2
    assert lines_with(out, "ThingsController.create", "2.5+", "body schemas:create_v25")
    assert lines_with(out, "ThingsController.show", "demo:things:show", "MoreController.show")
    assert lines_with(out, "ANY", "/*", "hello", "demo_api/others.py")


def test_actions_stand_below_their_route_with_their_plugins(run: Run) -> None:
    _, out, _ = run("routes", "demo.ini", "--columns", "methods,path,controller,plugin")
    lines = [line.rstrip() for line in out.splitlines()]
    start = next(i for i, line in enumerate(lines) if "}/action" in line)
    assert [re.split(r"\s{2,}", line) for line in lines[start : start + 4]] == [
        ["POST", "[/{project_id}]/things/{id}/action", "(by the key of the body)"],
        ["POST", "action kick", "MoreController._kick", "more"],
        ["POST", "action paint", "ThingsController._paint", "things"],
        ["POST", "action poke", "ThingsController._poke", "things"],
    ]


def test_a_route_without_actions_has_no_formatted_twin(run: Run) -> None:
    _, out, _ = run("routes", "demo.ini", "--path", "/things/slow")
    assert len(lines_with(out, "slow")) == 1
    data = json.loads(run("routes", "demo.ini", "--path", "/things/slow", "--format", "json")[1])
    (route,) = data["routes"]
    assert route["formats"] == ["json", "xml"]
    assert route["paths"] == ["/things/slow", "/{project_id}/things/slow"]


def test_expand_has_a_line_for_each_spelling(run: Run) -> None:
    _, out, _ = run("routes", "demo.ini", "--expand", "--path", "*/slow", "--columns", "path")
    assert out.splitlines()[1:] == ["/things/slow", "/{project_id}/things/slow"]


def test_json_has_everything_and_is_the_same_each_time(run: Run) -> None:
    first = run("routes", "demo.ini", "--format", "json")[1]
    assert first == run("routes", "demo.ini", "--format", "json")[1]
    data = json.loads(first)
    hello, things = data["applications"]
    assert (hello["mount"], hello["kind"], hello["type"]) == ("/", "wsgi", "demo_api.others:hello")
    assert things["filters"] == [
        {"name": "tag", "type": "demo_api.others:Tagger"},
        {"name": "shout", "type": "demo_api.others:shout_factory.shout.shouting"},
    ]
    assert [p["alias"] for p in things["plugins"]] == ["more", "things"]
    create = next(r for r in data["routes"] if r["action"] == "create")
    new = create["implementations"][1]
    assert new["min_version"] == "2.5"
    assert new["schemas"] == [
        {"kind": "body", "name": "demo_api.schemas:create_v25", "min_version": "", "max_version": ""}
    ]


def test_csv_is_read_back_as_it_was_written(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("routes", "demo.ini", "--format", "csv")[1])))
    kick = next(row for row in rows if row["action"] == "kick")
    assert kick["path"] == "[/{project_id}]/things/{id}/action"
    assert kick["plugin"] == "more"


def test_markdown_has_a_row_for_each_line(run: Run) -> None:
    lines = run("routes", "demo.ini", "--format", "markdown")[1].splitlines()
    assert lines[0].startswith("| Methods | Path |")
    assert set(lines[1]) <= set("| -")
    assert any("`ThingsController.slow`" in line for line in lines)
    assert len({line.count("|") for line in lines}) == 1


def test_the_tree_goes_from_mount_through_filters_to_paths(run: Run) -> None:
    lines = run("routes", "demo.ini", "--tree")[1].splitlines()
    assert lines[0] == "demo.ini"
    order = [
        next(i for i, line in enumerate(lines) if word in line) for word in ("/v2", "tag", "shout", "/things")
    ]
    assert order == sorted(order)
    assert any(re.search(r"kick +MoreController._kick", line) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "methods"),
    [
        (("--mount", "/v2"), 8),
        (("--mount", "/v*", "--method", "post"), 5),
        (("--plugin", "more"), 2),
        (("--plugin", "extensions"), 2),
        (("--controller", "ThingsController.create"), 2),
        (("--controller", "demo_api.plugins:*"), 8),
        (("--action", "p*"), 2),
        (("--path", "/v2/things/{id}"), 1),
        (("--path", "/*"), 9),
        (("--mount", "/"), 1),
    ],
)
def test_filters_choose_what_is_shown(run: Run, arguments: tuple[str, ...], methods: int) -> None:
    rows = list(csv.DictReader(io.StringIO(run("routes", "demo.ini", *arguments, "--format", "csv")[1])))
    shown = [row for row in rows if row["plugin"] != "extensions" or "extensions" in arguments]
    assert len(shown) == methods, rows


def test_nothing_that_fits_is_said_on_stderr(run: Run) -> None:
    assert run("routes", "demo.ini", "--plugin", "none") == (
        0,
        "",
        "apirouter-routes: no route is like that\n",
    )


@pytest.mark.parametrize("arguments", [("--mount", "/v3"), ("--plugin", "none")])
def test_a_document_of_nothing_is_told_on_stderr(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run("openapi", "demo.ini", *arguments)
    assert (status, json.loads(out)["paths"]) == (0, {})
    assert err == "apirouter-openapi: no route is like that\n"


def test_unprotected_lists_what_no_rule_always_guards(run: Run) -> None:
    status, out, _ = run("routes", "demo.ini", "--unprotected")
    assert status == 0
    assert lines_with(out, "ThingsController.index")
    assert not lines_with(out, "ThingsController.show")
    assert run("routes", "demo.ini", "--unprotected", "--exit-code")[0] == 1


def test_sort_orders_by_what_it_says(run: Run) -> None:
    def methods(*arguments: str) -> list[str]:
        out = run("routes", "demo.ini", "--format", "csv", "--mount", "/v2", *arguments)[1]
        return [row["methods"] for row in csv.DictReader(io.StringIO(out))]

    by_method = methods("--sort", "method")
    assert by_method == sorted(by_method, key=["GET", "POST", "PUT", "DELETE"].index)
    assert methods("--sort", "path") != by_method


def test_match_tells_route_controller_version_arguments_and_filters_in_order(run: Run) -> None:
    status, out, _ = run(
        "routes", "demo.ini", "--match", "GET /v2/abc/things/7.json", "-H", "OpenStack-API-Version: demo 2.7"
    )
    assert status == 0
    facts = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines()[1:] if line[2] != " "}
    assert facts["mount"] == "/v2 (things)"
    assert facts["route"] == "GET [/{project_id}]/things/{id}"
    assert facts["controller"] == "demo_api.plugins:ThingsController.show"
    assert facts["version"] == "2.7 of 2.1 to 2.9"
    assert facts["arguments"] == "id='7'"
    assert facts["format"] == "json"
    assert facts["project"] == "abc"
    assert facts["policy"] == "demo:things:show"
    assert "MoreController.show" in facts["then"]
    assert out.index("1. tag") < out.index("2. shout")


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_match_takes_a_request_that_is_not_quoted(run: Run, order: slice) -> None:
    quoted = run("routes", "demo.ini", "--match", "GET /v2/things/7")
    parts = [["demo.ini"], ["--match", "GET", "/v2/things/7"]][order]
    assert run("routes", *itertools.chain(*parts)) == quoted
    assert quoted[0] == 0


def test_match_asks_the_body_for_the_action(run: Run) -> None:
    ask = ("routes", "demo.ini", "--match", "POST /v2/things/7/action")
    assert "the body's key decides: kick, poke" in run(*ask)[1]
    _, out, _ = run(*ask, "--body", '{"kick": null}')
    assert "MoreController._kick" in out
    status, out, _ = run(*ask, "--body", '{"paint": null}', "--explain")
    assert status == 1
    assert "API version 2.1 is not supported on this method" in out
    assert lines_with(out, "version", "ThingsController._paint", "it serves 2.3+, not 2.1")
    assert "There is no such action: dance" in run(*ask, "--body", '{"dance": null}')[1]
    assert "Malformed request body" in run(*ask, "--body", "{")[1]


@pytest.mark.parametrize(
    ("request_line", "status", "kind", "reason"),
    [
        ("PATCH /v2/things", 405, "method", "it takes GET, not PATCH"),
        ("GET /v2/a_b/things", 404, "requirement", "project_id must match [0-9a-f\\-]+, and 'a_b' does not"),
        ("GET /v2/thing/slow", 404, "path", "its path says 'things', not 'thing'"),
        ("GET /v2/things/", 404, "path", "its path has no slash at its end"),
        ("GET /v2/things/slow", 0, "order", "it matches too, and GET /things/slow is tried first"),
        ("GET /nowhere", 0, "mount", "the path is not of this mount"),
    ],
)
def test_explain_says_why_near_misses_did_not_match(
    run: Run, request_line: str, status: int, kind: str, reason: str
) -> None:
    code, out, _ = run("routes", "demo.ini", "--match", request_line, "--explain")
    assert code == (1 if status else 0)
    assert lines_with(out, f"  {kind} ", reason), out
    data = json.loads(run("routes", "demo.ini", "--match", request_line, "--explain", "--format", "json")[1])
    assert data["status"] == status
    assert kind in {miss["kind"] for miss in data["near_misses"]}


def test_match_says_what_a_version_out_of_range_gets(run: Run) -> None:
    header = "OpenStack-API-Version: demo 9.9"
    status, out, _ = run("routes", "demo.ini", "--match", "GET /v2/things", "--header", header)
    assert status == 1
    assert "406" in out
    assert "Version 9.9 is not supported by the API" in out


@pytest.mark.parametrize("request_line", ["/v2/things", "GET things", "GET", "G3T /x"])
def test_match_refuses_what_is_no_request(run: Run, request_line: str) -> None:
    status, out, err = run("routes", "demo.ini", "--match", request_line)
    assert (status, out) == (2, "")
    assert "write METHOD /path" in err


def test_diff_finds_what_was_added_removed_and_changed(run: Run, tmp_path: Path) -> None:
    data = json.loads(run("routes", "demo.ini", "--format", "json")[1])
    old = tmp_path / "old.json"
    old.write_text(json.dumps(data))
    assert run("routes", "demo.ini", "--diff", str(old)) == (0, "", "")
    routes = data["routes"]
    show = next(r for r in routes if r["action"] == "show" and r["plugin"] == "things")
    show["implementations"][0]["rules"] = []
    routes.remove(next(r for r in routes if r["action"] == "slow"))
    old.write_text(json.dumps(data))
    status, out, _ = run("routes", "demo.ini", "--diff", str(old))
    assert status == 0
    assert "+ GET /v2/things/slow" in out
    assert "~ GET /v2/things/{id}\n    rules: none -> demo:things:show" in out
    routes.append({**show, "path": "/gone", "paths": ["/gone"]})
    old.write_text(json.dumps(data))
    status, out, _ = run("routes", "demo.ini", "--diff", str(old))
    assert status == 1
    assert "- GET /v2/gone" in out.splitlines()


def test_diff_counts_lost_versions_as_removed(run: Run, tmp_path: Path) -> None:
    data = json.loads(run("routes", "demo.ini", "--format", "json")[1])
    action = next(a for r in data["routes"] for a in r["actions"] if a["key"] == "paint")
    action["methods"][0]["min_version"] = "2.2"
    old = tmp_path / "old.json"
    old.write_text(json.dumps(data))
    status, out, _ = run("routes", "demo.ini", "--diff", str(old))
    assert status == 1
    assert "~ POST /v2/things/{id}/action {paint}  (versions are lost)" in out
    assert "versions: 2.2+ -> 2.3+" in out


def test_diff_is_blind_to_lines_and_files(run: Run, tmp_path: Path) -> None:
    data = json.loads(run("routes", "demo.ini", "--format", "json")[1])
    for route in data["routes"]:
        for method in route["implementations"]:
            method["line"] += 7
            method["file"] = "elsewhere.py"
    old = tmp_path / "old.json"
    old.write_text(json.dumps(data))
    assert run("routes", "demo.ini", "--diff", str(old))[:2] == (0, "")


@pytest.mark.parametrize("text", ["[]", "{", '{"applications": [], "routes": [{}]}'])
def test_diff_refuses_what_is_no_list_of_routes(run: Run, tmp_path: Path, text: str) -> None:
    old = tmp_path / "old.json"
    old.write_text(text)
    status, _, err = run("routes", "demo.ini", "--diff", str(old))
    assert status == 2
    assert "--format json" in err
    assert "old.json" in err
    assert len(err.splitlines()) == 1


def test_shadowed_finds_nothing_where_all_can_be_reached(run: Run) -> None:
    assert run("routes", "demo.ini", "--shadowed") == (
        0,
        "",
        "apirouter-routes: every route can be reached\n",
    )


def test_any_application_of_the_ini_can_be_looked_at(run: Run) -> None:
    for arguments in (["demo.ini", "--app", "things"], ["demo.ini#things"], ["config:demo.ini#things"]):
        _, out, _ = run("routes", *arguments, "--match", "GET /things")
        assert "ThingsController.index" in out
        assert "mount        / (things)" in out
        assert "1. tag" in out


def test_an_application_in_a_module_can_be_looked_at(run: Run) -> None:
    _, out, _ = run("routes", "demo_api.others:hello")
    assert lines_with(out, "ANY", "/*", "hello")


def test_an_entry_point_can_be_looked_at(run: Run, demo_ini: Path) -> None:
    with open(demo_ini.parent / "demo_api-1.0.dist-info" / "entry_points.txt", "a+") as stream:
        stream.seek(0)
        if "paste.app_factory" not in stream.read():
            stream.write("[paste.app_factory]\nhello = demo_api.others:hello_factory\n")
    _, out, err = run("routes", "egg:demo-api#hello")
    assert lines_with(out, "ANY", "/*", "hello"), err


def test_a_broken_target_is_one_line(run: Run) -> None:
    for target, said in (("no.ini", "there is no file"), ("demo_api:nothing", "no 'nothing'")):
        status, out, err = run("routes", target)
        assert (status, out) == (2, "")
        assert said in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--explain"], "--explain explains a --match"),
        (["-H", "a: b"], 'add --match "GET /path"'),
        (["--columns", "methods,nothing"], "there is no column 'nothing'"),
        (["--columns", ""], "no column is named; known: methods"),
        (["--sort", "nothing"], "invalid choice: 'nothing'"),
        (["--match", "GET /", "--diff", "x"], "--match and --diff are two questions"),
        (["--match", ""], "'' is no request; write METHOD /path"),
        (["--diff", ""], "--diff names no file"),
        (["--shadowed", "--unprotected", "--exit-code"], "leave --unprotected out"),
        (["--diff", "old.json", "--mount", "/v2"], "leave --mount out"),
        (["--match", "GET /", "--tree"], "leave --tree out"),
        (["--match", "GET /", "--format", "csv"], "--match has no --format csv; write --format json"),
        (["--exit-code"], "--exit-code is of --unprotected or --shadowed"),
        (["--tree", "--format", "json"], "--tree and --format json are two forms"),
        (["--tree", "--columns", "path"], "--tree has no columns"),
        (["--format", "svg", "--columns", "path"], "--format svg has no columns"),
    ],
)
def test_an_option_that_would_have_no_say_is_refused_in_one_line(
    run: Run, arguments: list[str], said: str
) -> None:
    status, out, err = run("routes", "demo.ini", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["routes", "policy", "extensions", "openapi", "serve"])
def test_a_target_that_is_empty_or_missing_is_told_alike_by_every_command(run: Run, command: str) -> None:
    """An unset variable of a shell script."""
    assert run(command, "")[2] == (
        f"apirouter-{command}: the TARGET is empty; name an INI file, as etc/api-paste.ini\n"
    )
    assert run(command, "dmo.ini")[2] == (
        f"apirouter-{command}: there is no file dmo.ini; did you mean 'demo.ini'?\n"
    )


def test_the_command_line_knows_the_columns_and_the_orders_that_there_are() -> None:
    assert routes.COLUMNS == rows.COLUMNS
    assert tuple(rows.SORTS) == routes.SORTS


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
def test_the_table_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    run("routes", "demo.ini")
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) > 10
    assert "\x1b" not in out.getvalue()


def test_colours_are_for_terminals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in run("routes", "demo.ini")[1]
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    run("routes", "demo.ini")
    assert "\x1b[32mGET\x1b[0m" in out.getvalue()
    assert _console.Style(out)("a", "red") == "\x1b[31ma\x1b[0m"
    monkeypatch.setenv("TERM", "dumb")
    assert _console.Style(out)("a", "red") == "a"


def test_a_tree_shows_the_paths_of_objects_too(run: Run, demo_ini: Path) -> None:
    (demo_ini.parent / "tree_of_objects.py").write_text(
        "from apirouter.objectdispatch import expose\n\n"
        "class Books:\n    @expose()\n    def best(self): return 'x'\n\n"
        "class Root:\n    books = Books()\n    @expose()\n    def index(self): return 'x'\n"
    )
    (demo_ini.parent / "objects.ini").write_text(
        "[app:main]\npaste.app_factory = apirouter.objectdispatch:app_factory\nroot = tree_of_objects:Root\n"
    )
    status, out, _ = run("routes", "objects.ini", "--tree")
    assert status == 0
    assert "/books/best" in out
    assert "ANY  Root.index" in out


@pytest.mark.parametrize("command", ["routes", "serve", "extensions", "policy", "openapi"])
def test_what_is_missing_is_the_target_and_no_variable(run: Run, command: str) -> None:
    status, out, err = run(command)
    assert (status, out) == (2, "")
    prog = f"apirouter-{command}"
    assert err == f"{prog}: the following arguments are required: TARGET; see {prog} --help\n"
