"""What every command prints, kept in tests/golden/cli; docs/cli.md is made of it.

``pytest tests/functional/test_golden.py --regenerate-golden`` writes both anew.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apirouter.cmd.main import COMMANDS, main
from tests import demo

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "cli"
DOCUMENT = ROOT / "docs" / "cli.md"

#: Command line -> what the document says of it; an empty text leaves it out of the document.
CASES = {
    "apirouter routes demo.ini": "Each line is a route, or an action below its route. On a terminal, columns "
    "that do not fit are left out (`--wide` shows all, `--columns` chooses).",
    "apirouter routes demo.ini --columns methods,path,controller,plugin,action": "",
    "apirouter routes demo.ini --tree": "As a tree: mounts, the filters in front, paths segment by segment.",
    'apirouter routes demo.ini --match "GET /v2/things/7" --header "OpenStack-API-Version: demo 2.7"': "What "
    "answers a request, asked of the code that serves: mount, filters in their order, route, controller, "
    "version and arguments.",
    'apirouter routes demo.ini --match "POST /v2/things/7/action" --body \'{"paint": {}}\' --explain': "Why "
    "nothing answers: the near misses, each with what stood in its way.",
    'apirouter routes demo.ini --match "PATCH /v2/things" --explain': "",
    "apirouter routes demo.ini --unprotected --columns methods,path,action,controller": "What no policy rule "
    "always guards. Rules that stand in a method's code count: they are read, not run.",
    "apirouter routes demo.ini --shadowed": "",
    "apirouter routes demo.ini --diff old.json": "What changed since an older `--format json`. The exit status "
    "is 1 when something was removed, or lost versions.",
    "apirouter routes demo.ini --format markdown --plugin more": "",
    "apirouter routes demo.ini --format csv --plugin more": "",
    "apirouter routes demo.ini --format json --plugin more": "",
    "apirouter routes no.ini": "",
    "apirouter routes demo.ini --sort nothing": "",
    "apirouter openapi demo.ini --microversion 2.2": "",
    "apirouter serve demo.ini --bind nowhere": "",
    "apirouter serve no.ini": "Errors are one line with the fix; `--debug` shows the traceback.",
    "apirouter check demo.ini": "What is wrong with an INI, without serving it.",
    "apirouter extensions demo.ini": "The plugins, and what became of each.",
    "apirouter policy demo.ini": "The policy rules, and what they guard.",
    "apirouter new widgets --directory made": "A plugin's distribution; its tests pass once it is installed.",
    "apirouter new library --service --noun books --directory made-too": "A whole service.",
    "apirouter rotues": "",
    "apirouter completion bash": "",
    "apirouter completion zsh": "",
    "apirouter": "",
    **{f"apirouter {name} --help": "help" for name in COMMANDS},
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("golden")
    demo.write(made)
    return made


@pytest.fixture
def run(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    monkeypatch.chdir(directory)
    monkeypatch.syspath_prepend(directory)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def running(line: str) -> str:
        try:
            status = main(shlex.split(line)[1:])
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        out, err = capsys.readouterr()
        text = out + "".join(f"stderr: {said}\n" for said in err.splitlines()) + f"exit status {status}\n"
        # Where the code of apirouter itself stands changes too often to be told here.
        text = re.sub(r"(?<=apirouter/routing/listing\.py:)\d+", lambda found: "0" * len(found[0]), text)
        text = re.sub(r'("file": "apirouter/[^"]+",\s+"line": )\d+', r"\g<1>0", text)
        return text.replace(str(directory), "/srv")

    return running


def path_of(line: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9.]+", "-", line.removeprefix("apirouter")).strip("-") or "apirouter"
    return GOLDEN / f"{name}.txt"


def old(run: Callable[[str], str], directory: Path) -> None:
    """Write what ``--diff`` compares with: a route more, a route less, a lower version, another rule."""
    text = run("apirouter routes demo.ini --format json").rpartition("exit status")[0]
    data = json.loads(text)
    routes = data["routes"]
    show = next(r for r in routes if r["action"] == "show" and r["plugin"] == "things")
    routes.append({**show, "path": "/gone", "paths": ["/gone"]})
    show["implementations"][0]["rules"] = []
    paint = next(a for r in routes for a in r["actions"] if a["key"] == "paint")
    paint["methods"][0]["min_version"] = "2.2"
    routes.remove(next(r for r in routes if r["action"] == "slow"))
    (directory / "old.json").write_text(json.dumps(data))


@pytest.mark.parametrize("line", CASES)
def test_a_command_prints_what_it_printed(
    line: str, run: Callable[[str], str], directory: Path, request: pytest.FixtureRequest
) -> None:
    words = line.split()
    command = words[1] if len(words) > 1 else ""
    if command in COMMANDS and importlib.util.find_spec(COMMANDS[command][0]) is None:
        pytest.skip(f"there is no {COMMANDS[command][0]} yet")
    if "--help" in words and sys.version_info >= (3, 13):
        pytest.skip("argparse words help in another way since Python 3.13")
    if "--diff" in words:
        old(run, directory)
    printed, golden = run(line), path_of(line)
    if request.config.getoption("--regenerate-golden"):
        golden.write_text(printed, encoding="utf-8")
    assert printed == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {p.name for p in GOLDEN.glob("*.txt")} <= {path_of(line).name for line in CASES}


def test_the_document_is_made_of_the_golden_files(request: pytest.FixtureRequest) -> None:
    text = document()
    if request.config.getoption("--regenerate-golden"):
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text


def document() -> str:
    """Return docs/cli.md."""
    parts = [
        "# Commands",
        "<!-- Made of tests/golden/cli: pytest tests/functional/test_golden.py --regenerate-golden -->",
        "`apirouter COMMAND` runs each of these; all but `new` and `completion` have a name of their own too "
        "(`apirouter-routes`). The output below is that of a small service, `demo.ini`: a plugin that brings "
        "things, another that adds to them.",
        "A result goes to stdout, all else to stderr. Exit status: 0; 1 for a finding (something was removed, "
        "nothing answers); 2 when the command could not do its work. Colour is for terminals; `NO_COLOR` "
        "turns it off.",
    ]
    for name, (_, summary) in COMMANDS.items():
        parts += [f"## apirouter {name}", f"{summary[0].upper()}{summary[1:]}."]
        for line, said in CASES.items():
            if line.split()[1:2] != [name] or not said or not path_of(line).exists():
                continue
            if said != "help":
                parts.append(said)
            parts += [_block(line)]
    return "\n\n".join(parts) + "\n"


def _block(line: str) -> str:
    shown = path_of(line).read_text(encoding="utf-8").replace("stderr: ", "")
    body, _, status = shown.rstrip("\n").rpartition("exit status ")
    note = f"\n# exit status {status}" if status != "0" else ""
    return f"<!-- not run: it is compared with tests/golden/cli -->\n```console\n$ {line}\n{body.rstrip()}{note}\n```"
