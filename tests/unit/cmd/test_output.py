"""What the commands print where stdout takes ASCII alone, and of names that nobody can see."""

from __future__ import annotations

import io
import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from apirouter.cmd import check, routes
from tests.unit.cmd.conftest import Run

INI = "[app:main]\nuse = é\n[app:é]\npaste.app_factory = tests.functional.recorder:app\nnoted = naïve\n"

Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run a command whose stdout has an encoding of its own, and is strict as Python's is."""

    def run(main: Callable[[list[str]], int], *argv: str, encoding: str = "ascii") -> tuple[int, str]:
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            status = main(list(argv))
        return status, raw.getvalue().decode(encoding)

    return run


@pytest.fixture
def ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "né.ini").write_text(INI, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "né.ini"


def test_a_check_and_a_tree_are_told_in_ascii(said: Said, ini: str) -> None:
    assert said(check.main, ini)[1].startswith("n\\xe9.ini")
    status, out = said(check.main, "--tree", ini)
    assert status == 0
    assert "`-- [app:main] tests.functional.recorder:app  (n\\xe9.ini:1)" in out
    assert "noted = na\\xefve" in out


def test_what_programs_read_stays_readable_in_ascii(said: Said, ini: str) -> None:
    (tree,) = json.loads(said(check.main, "--tree", "--format", "json", ini)[1])
    assert tree["file"] == "né.ini"
    picture = ElementTree.fromstring(said(check.main, "--tree", "--format", "svg", ini)[1])
    assert picture.attrib["aria-label"] == "The applications of né.ini"
    described = json.loads(said(routes.main, ini, "--format", "json")[1])
    assert described["applications"][0]["name"] == "main"
    ElementTree.fromstring(said(routes.main, ini, "--format", "svg")[1])


def test_a_file_whose_name_is_no_utf_8_is_told_of(said: Said) -> None:
    status, out = said(check.main, "no\udcff.ini", encoding="utf-8")
    assert (status, out.splitlines()[0]) == (
        2,
        "no\\udcff.ini: error: there is no such file; check the path (read)",
    )


def test_what_cannot_be_seen_is_shown(said: Said, tmp_path: Path, run: Run) -> None:
    (tmp_path / "api.ini").write_text("[app:main]\nuse = gone\u200b\x1b[31m\0\n")
    shown = "there is no application 'gone\\u200b\\x1b[31m\\x00'"
    status, out = said(check.main, str(tmp_path / "api.ini"), encoding="utf-8")
    assert (status, shown in out) == (2, True)
    status, _, err = run("routes", str(tmp_path / "api.ini"))
    assert (status, shown in err) == (2, True)
