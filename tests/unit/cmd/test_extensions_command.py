"""``apirouter-extensions``: every plugin, and what became of it."""

from __future__ import annotations

import json

import pytest

from apirouter.cmd.extensions import main

pytest.importorskip("oslo_policy", reason="the policy extra is not installed")

SAMPLE = "tests.unit.cmd.sample:Router"


def test_plugins_are_listed_as_data(capsys):
    assert main([SAMPLE, "--format", "json"]) == 0
    broken, things = json.loads(capsys.readouterr().out)
    assert (things["alias"], things["name"], things["version"], things["state"]) == (
        "things",
        "Things",
        "1",
        "loaded",
    )
    assert (things["resources"], things["mounts"], things["reason"]) == (["things"], ["/"], "")
    assert things["entry_point"] == "ThingsPlugin = tests.unit.cmd.sample:ThingsPlugin"
    assert (broken["alias"], broken["state"], broken["resources"]) == ("broken", "failed", [])
    assert "Broken has no version" in broken["reason"]


def test_people_get_a_table_with_the_reason_below(capsys):
    assert main([SAMPLE]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "ALIAS",
        "NAME",
        "VERSION",
        "DISTRIBUTION",
        "ENTRY",
        "POINT",
        "RESOURCES",
        "STATE",
    ]
    assert lines[1].startswith("broken")
    assert "has no version" in lines[2]
    assert lines[3].split()[0] == "things"


def test_states_and_patterns_choose(capsys):
    main([SAMPLE, "--format", "json", "--state", "loaded"])
    assert [p["alias"] for p in json.loads(capsys.readouterr().out)] == ["things"]
    main([SAMPLE, "--format", "json", "--plugin", "b*"])
    assert [p["alias"] for p in json.loads(capsys.readouterr().out)] == ["broken"]


def test_a_pattern_that_no_plugin_has_is_told(capsys):
    assert main([SAMPLE, "--plugin", "thigns"]) == 0
    assert "apirouter-extensions: no plugin is like that\n" in capsys.readouterr().err


def test_a_failed_plugin_is_a_finding_when_asked_for(capsys):
    assert main([SAMPLE, "--exit-code"]) == 1
    assert main([SAMPLE]) == 0


INI = """
[app:main]
paste.app_factory = apirouter.routing.router:APIRouter.factory
namespace = {namespace}
{more}
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Install a distribution with a good plugin and a broken one."""
    (tmp_path / "svc_plugins.py").write_text(
        "from tests.unit.cmd.sample import Broken\n"
        "from apirouter.extensions import APIExtension\n"
        "class Good(APIExtension):\n    '''Good.'''\n    name, alias, version = 'Good', 'good', 1\n"
    )
    info = tmp_path / "svc_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: svc-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[svc.plugins]\ngood = svc_plugins:Good\nbroken = svc_plugins:Broken\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_service_that_does_not_start_still_tells_which_plugin_and_why(plugins, capsys):
    ini = plugins / "api.ini"
    ini.write_text(INI.format(namespace="svc.plugins", more=""))
    assert main([str(ini), "--format", "json"]) == 0
    out = capsys.readouterr()
    states = {p["alias"]: (p["state"], p["distribution"]) for p in json.loads(out.out)}
    assert states == {"good": ("loaded", "svc-plugins 1.0"), "broken": ("failed", "svc-plugins 1.0")}
    assert "the service does not start" in out.err


def test_disabled_plugins_are_told(plugins, capsys):
    ini = plugins / "api.ini"
    ini.write_text(INI.format(namespace="svc.plugins", more="extensions_disabled = broken"))
    assert main([str(ini), "--format", "json"]) == 0
    states = {p["entry_point"].partition(" ")[0]: p["state"] for p in json.loads(capsys.readouterr().out)}
    assert states == {"good": "loaded", "broken": "disabled"}


def test_another_mistake_is_told_as_it_is(plugins, capsys):
    ini = plugins / "api.ini"
    ini.write_text(INI.format(namespace="svc.plugins", more="namespce = x"))
    assert main([str(ini)]) == 2
    assert "unknown option 'namespce'" in capsys.readouterr().err
