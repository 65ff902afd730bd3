"""The tutorial, block by block, with what is installed here; tests/packaging does it with pip as well."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import apirouter
from tests.docs.blocks import ROOT
from tests.docs.walkthrough import Walk

TUTORIAL = ROOT / "docs" / "tutorial.md"


def install(made: Path, site: Path) -> None:
    """Write what pip would write of a ``pyproject.toml``: building needs setuptools, which is not everywhere."""
    text = (made / "pyproject.toml").read_text(encoding="utf-8")
    information = site / "bookshop-0.1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: bookshop\nVersion: 0.1.0\n")
    groups, group = [], False
    for line in text.splitlines():
        if line.startswith("["):
            group = line.startswith("[project.entry-points.")
            groups += [f"[{line.split(chr(34))[1]}]"] if group else []
        elif group and "=" in line:
            groups.append(line.replace('"', ""))
    (information / "entry_points.txt").write_text("\n".join(groups) + "\n", encoding="utf-8")


def test_the_tutorial_leads_where_it_says(tmp_path: Path) -> None:
    pytest.importorskip("oslo_policy")
    home, site = tmp_path / "home", tmp_path / "site"
    home.mkdir()
    source = str(Path(str(apirouter.__file__)).parents[1])
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((str(site), str(home / "bookshop"), source)),
        "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:xdist",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    environ.pop("PYTHONWARNINGS", None)

    seen: list[str] = []

    def replace(command: str) -> str | None:
        seen.append(command)
        if command == "pytest -q" and seen.count(command) == 1:
            # The tests that come with a new service are run in tests/unit/cmd, and again at the end.
            return None
        if command.startswith(("python3 -m venv", ". venv/", "pip install 'apirouter")):
            return None
        if command.startswith("pip install -e"):
            install(home / "bookshop", site)
            return None
        return command

    with Walk(home, environ, replace) as walk:
        assert walk.through(TUTORIAL) > 10
