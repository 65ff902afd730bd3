"""The benchmarks run, each in its shortest form: that they measure, not what."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as command
from bench import peers
from bench.harness import Goal
from bench.peers import work
from bench.schemas import VALID

ROOT = Path(__file__).resolve().parents[2]


def measured(name: str, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Run one benchmark; return what it wrote and what it printed."""
    file = folder / f"{name}.json"
    command_line = [sys.executable, "-m", f"bench.{name}", "--short", "--json", str(file), *options]
    done = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text()), done.stdout


@pytest.mark.parametrize("name", list(peers.PEERS))
def test_a_peer_answers_as_the_library_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where its plugins are written; no other test is to find them.
    monkeypatch.setattr(sys, "path", list(sys.path))
    try:
        application = peers.make(name, 12)
    except ImportError as error:
        pytest.skip(f"{name} is not installed: {error}")
    assert work.differences(name, application, work.cases(12, VALID)) == []


def test_a_peer_that_answers_otherwise_is_told() -> None:
    def cheat(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    told = work.differences("cheat", cheat, work.cases(12, VALID))
    assert len(told) == len(work.cases(12, VALID))


def test_whole_requests_are_measured_in_both_configurations(tmp_path: Path) -> None:
    found, printed = measured("whole", tmp_path, "--peers", "bare,falcon")
    fast = all(importlib.util.find_spec(package) for package in ("orjson", "jsonschema_rs"))
    assert list(found["configurations"]) == ["default", *(["fast"] if fast else [])]
    for one in found["configurations"].values():
        cases = one["figures"]
        assert set(cases) == {case.name for case in work.cases(10, VALID)}
        assert all(figure["median_ns"] > 0 for case in cases.values() for figure in case.values())
        assert one["ratios"]["GET last"]["bare"] > 0
    assert "the same thing measured twice" in printed


def test_layers_are_measured_and_add_up_to_the_whole_way(tmp_path: Path) -> None:
    found, _ = measured("waterfall", tmp_path)
    for one in found["configurations"].values():
        way = one["way"]
        parts = sum(
            cost for layer, cost in way.items() if layer not in ("the whole way", "the bare callable")
        )
        assert parts == pytest.approx(way["the whole way"])


def test_growth_is_measured_by_resources_filters_and_threads(tmp_path: Path) -> None:
    found, printed = measured("growth", tmp_path)
    assert {"apirouter/3", "apirouter/6"} <= set(found["resources"])
    assert set(found["filters"]) == {"1", "4", "8", "16"}
    assert "apirouter/16" in found["threads"]
    assert "Threads" in printed


def test_a_cold_start_is_measured_in_fresh_processes(tmp_path: Path) -> None:
    found, _ = measured("cold", tmp_path)
    assert {"apirouter", "ancestor"} <= set(found["start"])
    assert "apirouter" in found["import"]
    assert found["memory"]["apirouter"]["traced"] > 0


def test_loading_is_measured_beside_paste_deploy_and_the_ancestors_way(tmp_path: Path) -> None:
    found, printed = measured("load", tmp_path)
    assert {"apirouter", "ancestor"} <= set(found["table"])
    assert "PasteDeploy" in printed


def test_requests_are_counted_over_sockets(tmp_path: Path) -> None:
    pytest.importorskip("waitress")
    found, _ = measured("sockets", tmp_path, "--servers", "waitress", "--client", "own")
    for case in ("GET member", "GET list of 50"):
        assert found["waitress"][case]["apirouter"]["median_ns"] > 0


def test_a_goal_may_be_the_least_that_there_should_be() -> None:
    assert Goal("enough", 1.2, 1.0, at_least=True).met
    assert not Goal("too little", 0.8, 1.0, at_least=True).met
    assert ">=" in str(Goal("too little", 0.8, 1.0, at_least=True))


def test_a_document_gets_what_was_printed_between_its_markers() -> None:
    document = "a\n<!-- bench whole -->\nformer\n<!-- /bench whole -->\nb\n<!-- bench cold -->\n<!-- /bench cold -->\n"
    new = command.rewritten(document, {"whole": "\\1 new\n", "none": "x"})
    assert "former" not in new
    assert "```text\n\\1 new\n```" in new
    assert new.startswith("a\n")
    assert new.endswith("b\n<!-- bench cold -->\n<!-- /bench cold -->\n")
    assert command.rewritten(new, {"whole": "\\1 new\n"}) == new


def test_an_unknown_benchmark_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(["wole"])
    assert left.value.code == 2
    assert "there is no 'wole'; there are whole, waterfall" in capsys.readouterr().err
