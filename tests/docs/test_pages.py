"""The pages that are made of code are fresh, and all of them together are a site without a warning."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks, files


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


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for module in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: tox -e docs has it")
    command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "_images" / "pipelines.svg").is_file()
