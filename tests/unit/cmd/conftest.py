"""The demo service, importable, and what the commands print about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import demo

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def demo_ini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("demo")
    ini = demo.write(directory)
    sys.path.insert(0, str(directory))
    yield ini
    sys.path.remove(str(directory))


@pytest.fixture
def run(demo_ini: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of ``apirouter`` in the demo's directory: exit status, stdout, stderr."""
    from apirouter.cmd.main import main

    monkeypatch.chdir(demo_ini.parent)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def running(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        out, err = capsys.readouterr()
        return status, out, err

    return running
