"""The pages that are made of code are fresh, and all of them together are a site without a warning."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from webob import Request

from apirouter import loadapp
from apirouter.validation import parameter_types
from tests.docs.blocks import ROOT, blocks, files

_PROJECT = ROOT / "pyproject.toml"


def test_the_reference_of_the_ini_is_what_the_code_says() -> None:
    tool = ROOT / "docs" / "_tools" / "ini_reference.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_table_of_workers_is_what_its_formula_says() -> None:
    page = ROOT / "docs" / "scaling.md"
    (code,) = [block.text for block in blocks(page) if block.language == "python"]
    space: dict[str, str] = {}
    exec(compile(code, str(page), "exec"), space)
    assert f"\n{space['table']}\n" in page.read_text(encoding="utf-8")
    costs = {float(cost) for cost in re.findall(r"([\d.]+)e-3", code)}
    assert len(costs) == 3
    assert costs <= {float(cost) for cost in re.findall(r"\| ([\d.]+) ms \|$", page.read_text("utf-8"), re.M)}


def test_a_variable_is_written_in_each_ini_as_the_loader_reads_it() -> None:
    inis = [block for file in files() for block in blocks(file) if block.language == "ini"]
    assert any("%(ENV_" in block.text for block in inis)
    # To Paste Deploy, and to the loader, this is the text itself: a password of these very characters.
    assert [block.name for block in inis if "${" in block.text] == []


def test_the_architecture_tells_of_every_room_and_has_the_contract_word_for_word() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (ROOT / "apirouter").iterdir() if path.suffix == ".py" or path.is_dir()}
    rooms -= {name for name in rooms if name.startswith("_")}
    told = page.partition("## Rooms")[2].partition("\nInside `routing`")[0]
    assert {room for room in rooms if f"`{room}.py`" not in told and f"`{room}/`" not in told} == set()
    (routing,) = re.findall(r"^Inside `routing`.*?\n\n", page, re.M | re.S)
    parts = {path.stem for path in (ROOT / "apirouter" / "routing").glob("*.py")} - {"__init__"}
    assert {part for part in parts if f"`{part}`" not in routing} == set()
    (layers,) = re.findall(
        r"containers = \[\"apirouter\"\]\nlayers = \[\n(.*?)\]", _PROJECT.read_text("utf-8"), re.S
    )
    (drawn,) = [block.text for block in blocks(ROOT / "docs" / "architecture.md") if block.language == "text"]
    assert drawn.split("\n")[:-1] == re.findall(r"\"(.*)\"", layers)


def test_each_filter_stands_in_the_contract_that_none_imports_another() -> None:
    named = set(re.findall(r"\"apirouter\.filters\.(\w+)\"", _PROJECT.read_text(encoding="utf-8")))
    # What filters are made of.
    named |= {"__init__", "base", "replies", "headers", "identity", "probing", "logcontext", "logrecord"}
    assert {path.stem for path in (ROOT / "apirouter" / "filters").glob("*.py")} == named


def test_the_table_of_the_environ_has_whatever_a_request_leaves_there(tmp_path: Path) -> None:
    pytest.importorskip("compute_api")
    pytest.importorskip("objects_api")
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## What stands in the environ")[2]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.M)
    told = {key for first in firsts for key in re.findall(r"`([^`]+)`", first)}
    compute = shutil.copy(ROOT / "etc" / "api-paste.ini", tmp_path)
    objects = ROOT / "examples" / "objects" / "etc" / "objects.ini"
    seen: set[str] = set()
    passed = ("webob.", "apirouter.objectdispatch.")
    for ini, path, more in (
        (compute, "/v2.1/demo/servers/1/action", {"method": "POST", "json": {"reboot": {"type": "SOFT"}}}),
        (compute, "/v2/flavors", {"headers": {"X-OpenStack-Request-ID": f"req-{uuid.uuid4()}"}}),
        (objects, "/", {}),
        (objects, "/nothing", {}),
    ):
        request = Request.blank(path, **more)
        request.headers["X-Auth-Token"] = "alice:demo"
        given = set(request.environ)
        request.get_response(loadapp(f"config:{ini}"))
        seen |= {key for key in request.environ.keys() - given if not key.startswith(passed)}
    assert seen - told == {"nova.context"}
    assert {"apirouter.action", "apirouter.legacy", "apirouter.original_exception"} <= seen
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "apirouter").rglob("*.py"))
    assert {key for key in told if "." in key and "*" not in key and f'"{key}"' not in code} == set()


def test_every_parameter_type_is_in_the_table() -> None:
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)(?:\(\))?`", page.partition("## Parameter types")[2])) - {"parameter_types"}
    names = {n for n, v in vars(parameter_types).items() if isinstance(v, parameter_types.ParameterType)}
    assert told == names - {n for n in names if n.startswith("_")} | {"multi_params", "single_param"}


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for module in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: tox -e docs has it")
    command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "_images" / "pipelines.svg").is_file()
