from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from apirouter.cmd.completion import _parser_of
from apirouter.cmd.completion import zsh as make_zsh
from apirouter.cmd.main import COMMANDS
from tests.unit.cmd.conftest import Run

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    ask = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _apirouter\n"
    done = subprocess.run(
        ["bash", "-c", ask + 'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@bash
def test_bash_completes_commands_options_and_choices(run: Run) -> None:
    script = run("completion", "bash")[1]
    assert set(completed(script, "apirouter", "")) >= set(COMMANDS)
    assert completed(script, "apirouter", "rou") == ["routes"]
    assert completed(script, "apirouter", "routes", "--for") == ["--format"]
    assert completed(script, "apirouter-routes", "--for") == ["--format"]
    assert completed(script, "apirouter", "routes", "x.ini", "--format", "") == [
        "table",
        "json",
        "csv",
        "markdown",
        "openapi",
        "svg",
    ]
    assert completed(script, "/usr/bin/apirouter-serve", "--log-level", "W") == ["WARNING"]
    assert completed(script, "apirouter-serve", "--bind", "") == []


@bash
def test_bash_completes_files(run: Run) -> None:
    script = run("completion", "bash")[1]
    assert completed(script, "apirouter", "serve", "demo.i") == ["demo.ini"]
    assert completed(script, "apirouter", "routes", "--diff", "demo.i") == ["demo.ini"]


@bash
def test_bash_completes_a_value_behind_an_equals_sign(run: Run) -> None:
    # Readline hands over three words.
    script = run("completion", "bash")[1]
    assert completed(script, "apirouter", "routes", "x.ini", "--format", "=", "js") == ["json"]
    assert completed(script, "apirouter-serve", "--log-level", "=")[:2] == ["DEBUG", "INFO"]


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, list[str]]]:
    """What an interactive zsh offers at the end of each line."""
    directory = tmp_path_factory.mktemp("zsh")
    functions = directory / "functions"
    functions.mkdir()
    (functions / "_apirouter").write_text(zsh_script())
    (directory / "demo.ini").touch()

    def offering(*lines: str) -> dict[str, list[str]]:
        out = directory / "out"
        asking = ["zsh", "-f", str(Path(__file__).with_name("ask_zsh.zsh")), str(functions), str(out), *lines]
        environ = {**os.environ, "TERM": "xterm", "LC_ALL": "C"}
        subprocess.run(asking, check=True, timeout=300, cwd=directory, env=environ, stdin=subprocess.DEVNULL)
        found: dict[str, list[str]] = {}
        for answer in out.read_text().split("LINE ")[1:]:
            line, *hits = answer.split("\n")
            found[line] = [hit.removeprefix("HIT ") for hit in hits if hit.startswith("HIT ")]
        errors = (directory / "out.errors").read_text()
        assert not re.search(r"_apirouter:|not found|bad ", errors), errors
        return found

    return offering


def zsh_script() -> str:
    """What ``apirouter completion zsh`` prints."""
    parsers = {name: _parser_of(importlib.import_module(module)) for name, (module, _) in COMMANDS.items()}
    return make_zsh(parsers, {name: summary for name, (_, summary) in COMMANDS.items()})


@zsh
def test_zsh_offers_commands_options_choices_and_files(offered: Callable[..., dict[str, list[str]]]) -> None:
    found = offered(
        "apirouter ",
        "apirouter --",
        "apirouter rou",
        "apirouter routes --for",
        "apirouter-routes x.ini --format ",
        "apirouter-routes --format=ma",
        "/usr/bin/apirouter-serve --log-level W",
        "apirouter serve dem",
        "apirouter completion ",
        "apirouter-serve --bind ",
        "apirouter-policy demo.ini --can GET ",
    )
    assert found == {
        "apirouter ": list(COMMANDS),
        "apirouter --": ["--help", "--version"],
        "apirouter rou": ["routes"],
        "apirouter routes --for": ["--format"],
        "apirouter-routes x.ini --format ": ["table", "json", "csv", "markdown", "openapi", "svg"],
        "apirouter-routes --format=ma": ["markdown"],
        "/usr/bin/apirouter-serve --log-level W": ["WARNING"],
        "apirouter serve dem": ["demo.ini"],
        "apirouter completion ": ["bash", "zsh"],
        "apirouter-serve --bind ": [],
        "apirouter-policy demo.ini --can GET ": [],
    }


@zsh
def test_zsh_offers_every_option_of_every_command(offered: Callable[..., dict[str, list[str]]]) -> None:
    found = offered(*(f"apirouter {name} --" for name in COMMANDS))
    for name, (module, _) in COMMANDS.items():
        actions = _parser_of(importlib.import_module(module))._actions
        long = {o for action in actions for o in action.option_strings if o.startswith("--")}
        assert set(found[f"apirouter {name} --"]) == long, name


@zsh
def test_zsh_offers_an_option_once_unless_it_may_be_given_again(
    offered: Callable[..., dict[str, list[str]]],
) -> None:
    found = offered("apirouter-routes --tree -h --", "apirouter-check --set a=b --se")
    assert not {"--tree", "--help"} & set(found["apirouter-routes --tree -h --"])
    assert found["apirouter-check --set a=b --se"] == ["--set"]


@zsh
def test_zsh_may_be_given_the_script_to_source(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(zsh_script())
    line = f"autoload -Uz compinit; compinit -u -D; source {script}; print -r -- $_comps[apirouter-routes]"
    done = subprocess.run(["zsh", "-f", "-c", line], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("_apirouter\n", "")


def test_the_script_of_zsh_names_every_command_and_option(run: Run) -> None:
    script = run("completion", "zsh")[1]
    assert script.startswith("#compdef apirouter apirouter-serve apirouter-routes")
    for name in COMMANDS:
        assert f"'{name}:" in script
    assert "'--format=[default\\: table]:format:(table json csv markdown openapi svg)'" in script
    for line in script.splitlines():
        assert line.replace("'\\''", "").count("'") % 2 == 0, line
