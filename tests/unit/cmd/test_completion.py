from __future__ import annotations

import shutil
import subprocess

import pytest

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
    ]
    assert completed(script, "/usr/bin/apirouter-serve", "--log-level", "W") == ["WARNING"]
    assert completed(script, "apirouter-serve", "--bind", "") == []


@bash
def test_bash_completes_files(run: Run) -> None:
    script = run("completion", "bash")[1]
    assert completed(script, "apirouter", "serve", "demo.i") == ["demo.ini"]
    assert completed(script, "apirouter", "routes", "--diff", "demo.i") == ["demo.ini"]


@zsh
def test_zsh_reads_its_script(run: Run) -> None:
    script = run("completion", "zsh")[1]
    subprocess.run(["zsh", "-n"], input=script, text=True, check=True, capture_output=True)


def test_the_script_of_zsh_names_every_command_and_option(run: Run) -> None:
    script = run("completion", "zsh")[1]
    assert script.startswith("#compdef apirouter apirouter-serve apirouter-routes")
    for name in COMMANDS:
        assert f"'{name}:" in script
    assert "'--format[default\\: table]:format:(table json csv markdown openapi)'" in script
    for line in script.splitlines():
        assert line.replace("'\\''", "").count("'") % 2 == 0, line
