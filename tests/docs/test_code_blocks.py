"""Every code block of every document is run, or read by what it is written for.

``python``   runs, the blocks of one file one after the other, in one namespace
``console``  each ``$`` command runs in a shell at the project's root against a served example; what it
             prints is what the document shows
``ini``      is read by the loader's own parser
``json``     is JSON
other        is not code: give it the word ``text``

A comment ``<!-- not run: why -->`` right above a block leaves it out. A document that says
``<!-- walkthrough -->`` is taken from its beginning to its end by :mod:`tests.docs.walkthrough`.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import ROOT, Block, blocks, commands, files, same
from tests.docs.walkthrough import is_walkthrough

KNOWN = {
    "python",
    "console",
    "ini",
    "json",
    "text",
    "yaml",
    "apache",
    "nginx",
    "{eval-rst}",
    "{include}",
    "{toctree}",
    "",
}


def _runs(block: Block) -> bool:
    if is_walkthrough(block.file):
        # test_tutorial.py runs it.
        return False
    above = block.file.read_text(encoding="utf-8").splitlines()[: block.line - 1]
    return not (above and re.match(r"<!-- not run: .+ -->$", above[-1].strip()))


@pytest.mark.parametrize("file", files(), ids=lambda f: str(f.relative_to(ROOT)))
def test_every_block_says_what_it_is(file: Path) -> None:
    assert [b.name for b in blocks(file) if b.language not in KNOWN] == []


@pytest.mark.parametrize("file", files(), ids=lambda f: str(f.relative_to(ROOT)))
def test_python_blocks_run(file: Path) -> None:
    space: dict[str, Any] = {"__name__": "document"}
    ran = 0
    module = type(sys)("document")
    module.__dict__.update(space)
    for block in blocks(file):
        if block.language == "python" and _runs(block):
            code = compile("\n" * block.line + block.text, str(file), "exec")
            exec(code, module.__dict__)
            ran += 1
    assert ran == sum(1 for b in blocks(file) if b.language == "python" and _runs(b))


@pytest.mark.parametrize("file", files(), ids=lambda f: str(f.relative_to(ROOT)))
def test_data_blocks_can_be_read(file: Path) -> None:
    for block in blocks(file):
        if block.language == "ini" and _runs(block):
            assert configparser.RawConfigParser().read_string(block.text) is None, block.name
        if block.language == "json" and _runs(block):
            assert json.loads(block.text) is not None, block.name


@pytest.mark.parametrize("file", files(), ids=lambda f: str(f.relative_to(ROOT)))
def test_console_blocks_print_what_they_show(file: Path, served: Any) -> None:
    for block in blocks(file):
        if block.language != "console" or not _runs(block):
            continue
        for command, shown in commands(block):
            done = subprocess.run(
                ["bash", "-c", served.rewrite(command)],
                cwd=ROOT,
                env=served.environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            assert same(shown, done.stdout), f"{block.name}: $ {command}\n{done.stdout}"
