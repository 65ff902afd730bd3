"""``apirouter-policy``: the list, and the question."""

from __future__ import annotations

import json

import pytest

from apirouter.cmd._policy import who_is
from apirouter.cmd.policy import main
from apirouter.errors import ConfigError

pytest.importorskip("oslo_policy", reason="the policy extra is not installed")

SAMPLE = "tests.unit.cmd.sample:Router"


def said(capsys, *arguments):
    status = main([SAMPLE, *arguments])
    return status, capsys.readouterr().out


def test_rules_are_listed_with_the_routes_they_guard(capsys):
    status, out = said(capsys, "--format", "json")
    assert status == 0
    routes = {rule["name"]: rule["routes"] for rule in json.loads(out)}
    assert routes == {
        "things:delete": ["DELETE /things/{id}"],
        "things:index": ["GET /things"],
        "things:show": ["GET /things/{id}"],
        "things:start": ["POST /things/{id}/action start"],
        "things:stop": ["POST /things/{id}/action stop"],
        "things:unused": [],
    }


def test_people_get_lines_and_patterns_choose(capsys):
    status, out = said(capsys, "--rule", "*:st*")
    assert status == 0
    assert out.splitlines() == [
        "things:start",
        "    role:member",
        "    POST /things/{id}/action start",
        "things:stop",
        "    !",
        "    POST /things/{id}/action stop",
    ]


def test_a_pattern_that_no_rule_has_is_told(capsys):
    assert main([SAMPLE, "--rule", "thigns:*"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "apirouter-policy: no rule is like that\n" in err


@pytest.mark.parametrize(
    ("who", "method", "url", "more", "status", "verdict"),
    [
        ("reader,p1", "GET", "/things", [], 0, "allowed"),
        ("reader,p1", "GET", "/things/p1", [], 0, "allowed"),
        ("reader,p1", "GET", "/things/p2", [], 1, "denied"),
        ("reader,admin,p1", "GET", "/things/p2", [], 0, "allowed"),
        ("reader,p1", "GET", "/things/missing", [], 1, "unknown"),
        ("reader,p1", "GET", "/things/missing", ["--target", "project_id=p1"], 0, "allowed"),
        ("reader,p1", "DELETE", "/things/p1", [], 1, "denied"),
        ("admin,p1", "DELETE", "/things/p1", [], 0, "allowed"),
        ("reader,p1", "POST", "/things", [], 0, "allowed (no rule guards it)"),
        ("member,p1", "POST", "/things/x/action", ["--body", '{"stop": null}'], 1, "denied"),
        (
            "reader,p1",
            "POST",
            "/things/x/action",
            ["--body", '{"start": null}'],
            0,
            "allowed (no rule guards it)",
        ),
        (
            "reader,p1",
            "POST",
            "/things/x/action",
            ["--body", '{"start": null}', "-H", "OpenStack-API-Version: api 2.3"],
            1,
            "denied",
        ),
        (
            "member,p1",
            "POST",
            "/things/x/action",
            ["-H", "OpenStack-API-Version: api 2.3"],
            0,
            "allowed for some actions",
        ),
        ("reader,p1", "GET", "/p2/things", [], 1, "refused with 400: the URL's project is p2"),
        ("admin,p1", "GET", "/nowhere/at/all/x", [], 1, "refused with 404: The resource could not be found."),
        ("admin,p1", "PATCH", "/things", [], 1, None),
        ("reader,p1", "OPTIONS", "/things", [], 0, "allowed (no rule guards it)"),
    ],
)
def test_the_question_is_answered_by_the_service_s_own_code(capsys, who, method, url, more, status, verdict):
    found, out = said(capsys, "--as", who, "--can", method, url, "--format", "json", *more)
    assert found == status
    if verdict is not None:
        assert json.loads(out)["verdict"] == verdict
    assert said(capsys, "--as", who, "--can", method, url, *more)[0] == status


def test_the_rules_asked_are_shown_with_what_they_say(capsys):
    _, out = said(capsys, "--as", "reader,p1", "--can", "GET", "/things/p2")
    assert out.splitlines() == [
        "GET /things/p2  denied",
        "  denied   things:show  (role:admin or project_id:%(project_id)s)",
    ]


def test_an_application_that_is_no_router_is_not_said_to_allow_anything(run):
    for url in ("/", "/thngs"):
        status, out, _ = run("policy", "demo.ini", "--as", "reader,p1", "--can", "GET", url)
        said = "unknown (no router answers there: demo_api.others:hello does)"
        assert (status, out) == (1, f"GET {url}  {said}\n")
    status, out, _ = run("policy", "demo.ini", "--as", "reader", "--can", "GET", "/v2/things")
    assert (status, out) == (0, "GET /v2/things  allowed (no rule guards it)\n")


def test_one_half_of_a_question_is_none(capsys):
    assert main([SAMPLE, "--as", "admin"]) == 2
    assert "go together" in capsys.readouterr().err
    assert main([SAMPLE, "--as", "", "--can", "GET", "/things"]) == 2
    assert "'' names nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--body", "{}"],
        ["--header", "a: b"],
        ["--target", "project_id=p1"],
        ["--as", "admin", "--can", "GET", "/things", "--rule", "things:*"],
    ],
)
def test_an_option_that_would_have_no_say_is_refused(capsys, arguments):
    assert main([SAMPLE, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert arguments[-2] in err


@pytest.mark.parametrize(
    ("text", "roles", "project", "more"),
    [
        ("admin", ["admin"], None, {}),
        ("admin,p1", ["admin"], "p1", {}),
        ("a,b,p1", ["a", "b"], "p1", {}),
        ("a,b,project=p1", ["a", "b"], "p1", {}),
        ("a,project_id=p1,user=u", ["a"], "p1", {"user_id": "u"}),
        ("a,p1,system_scope=all", ["a"], "p1", {"system_scope": "all"}),
        (" a , p1 ", ["a"], "p1", {}),
        ("a,p1,roles=b c", ["a", "b", "c"], "p1", {}),
        ("admin,p1,is_admin=no", ["admin"], "p1", {"is_admin": False}),
        ("a,p1,is_admin=true,is_admin_project=0", ["a"], "p1", {"is_admin": True, "is_admin_project": False}),
        ("a,p1,service_roles=b c", ["a"], "p1", {"service_roles": ["b", "c"]}),
        ("a,p1,cell=c1", ["a"], "p1", {"cell": "c1"}),
    ],
)
def test_who_asks_is_roles_then_the_project(text, roles, project, more):
    context = who_is(text)
    assert (context.roles, context.project_id) == (roles, project)
    assert {name: getattr(context, name) for name in more} == more


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("member,projct_id=p1", "'projct_id' is nothing that a context is told; did you mean 'project_id'"),
        ("role=admin,p1", "'role' is nothing that a context is told; did you mean 'roles'"),
        ("member,user=a,user_id=b", "user and user_id are one and the same; leave one of the two out"),
        ("member,project=a,project_id=b", "project and project_id are one"),
        ("usr=x,rolse=y", "'rolse' is nothing"),
        ("member,is_admin=nope", "'is_admin=nope' is not a boolean .*write is_admin=true or is_admin=false"),
    ],
)
def test_a_slip_in_who_asks_is_told(text, words):
    with pytest.raises(ConfigError, match=words):
        who_is(text)


@pytest.mark.parametrize("text", [" , ", "=admin,p1"])
def test_nobody_is_refused(text):
    with pytest.raises(ConfigError, match="names nobody"):
        who_is(text)
