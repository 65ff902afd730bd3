"""The commands and programs of docs/clients.md, run: what they print is what the document shows."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.serving import Service
from tests.docs.blocks import ROOT, Block, blocks, commands, same

DOCUMENT = ROOT / "docs" / "clients.md"
NEW = "<!-- not run: needs the clients; tests/clients runs them -->"
OLD = "<!-- not run: needs python-novaclient 15.1; tests/clients runs them -->"


def marked(mark: str) -> Iterator[Block]:
    """Yield the blocks below a mark, and what they stand on: the environment, and the file of clouds."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for block in blocks(DOCUMENT):
        is_said = block.language == "console" and all(
            line.startswith(("$ export ", "$ unset ")) for line in block.text.splitlines()
        )
        if lines[block.line - 2] == mark or is_said or block.text.startswith("clouds:\n"):
            yield block


def run(mark: str, service: Service) -> int:
    """Run the blocks of a mark, one after the other; return how many commands and programs there were."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("OS_", "PYTHON"))}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    environ.update(LC_ALL="C.UTF-8", COLUMNS="1000", HOME=str(service.home))
    said, ran = ["export PYTHONWARNINGS=ignore"], 0

    def done(*command: str) -> str:
        return subprocess.run(
            command,
            cwd=service.home,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        ).stdout

    def rewritten(text: str) -> str:
        return text.replace("http://127.0.0.1:8774", service.url)

    for block in marked(mark):
        if block.language == "yaml":
            (service.home / "clouds.yaml").write_text(rewritten(block.text), encoding="utf-8")
        elif block.language == "python":
            ran += 1
            code = f"import warnings; warnings.simplefilter('ignore')\n{rewritten(block.text)}"
            assert done(sys.executable, "-c", code) == "", block.name
        for command, shown in commands(block) if block.language == "console" else ():
            if command.startswith(("export ", "unset ")):
                said.append(rewritten(command))
                continue
            ran += 1
            printed = done("bash", "-c", "\n".join([*said, rewritten(command)]))
            printed = printed.replace("nova CLI is deprecated and will be removed in a future release\n", "")
            # A progress that is written over itself leaves blank lines.
            printed = re.sub(r"\n{3,}", "\n\n", printed)
            assert same(shown, printed), f"{block.name}: $ {command}\n{printed}"
    return ran


def test_the_commands_and_programs_of_the_document_do_what_it_shows(service: Service) -> None:
    for name in ("novaclient", "openstack", "openstackclient"):
        pytest.importorskip(name, reason=f"{name} is not installed: tox -e clients")
    clouds = service.home / "clouds.yaml"
    before = clouds.read_text(encoding="utf-8")
    try:
        assert run(NEW, service) >= 19
    finally:
        clouds.write_text(before, encoding="utf-8")


def test_the_commands_for_an_old_client_do_what_it_shows(service: Service) -> None:
    if importlib.util.find_spec("novaclient") is None or not importlib.metadata.version(
        "python-novaclient"
    ).startswith("15.1."):
        pytest.skip("python-novaclient 15.1 is not installed: tox -e clients-old")
    assert run(OLD, service) == 1
