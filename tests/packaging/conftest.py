"""The distribution, built twice from two copies of the tree."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What the tree may have beside what belongs to it.
_LEFT = (".git", ".tox", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".ci")
#: 2026-01-01, for both builds.
EPOCH = "1767225600"


@dataclasses.dataclass(frozen=True)
class Built:
    """What a build made.

    :param sdist: the source archive.
    :param wheel: the wheel, built from it.
    """

    sdist: Path
    wheel: Path


def needs(*modules: str) -> None:
    """Skip a test that needs what is not installed."""
    for module in modules:
        found = importlib.util.find_spec(module)
        # A directory build/ in the tree is found as well: a package without an __init__.py has no origin.
        if found is None or found.origin is None:
            pytest.skip(f"{module} is not installed: tox -e packaging has it")


def said(*command: str, cwd: Path | None = None, **variables: str) -> str:
    """Run a command that has to succeed; return what it printed."""
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONWARNINGS")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


def _build(directory: Path) -> Built:
    tree = directory / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*_LEFT))
    # Unpacked at another time, as on another machine.
    for path in tree.rglob("*"):
        os.utime(path, (time.time(), time.time() - 1000 * len(directory.name)))
    said(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory / "dist"), str(tree)),
        SOURCE_DATE_EPOCH=EPOCH,
    )
    (sdist,) = (directory / "dist").glob("*.tar.gz")
    (wheel,) = (directory / "dist").glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build once."""
    needs("build", "setuptools", "wheel")
    return _build(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="session")
def built_again(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build once more, elsewhere."""
    needs("build", "setuptools", "wheel")
    return _build(tmp_path_factory.mktemp("another"))


class Environment:
    """A virtual environment of its own.

    :param directory: where it is made.
    :param python: the Python that makes it.
    """

    def __init__(self, directory: Path, python: str = sys.executable) -> None:
        said(python, "-m", "venv", str(directory))
        self.bin = directory / "bin"

    def run(self, program: str, *arguments: str, cwd: Path | None = None, **variables: str) -> str:
        """Run one of its programs; return what it printed."""
        return said(str(self.bin / program), *arguments, cwd=cwd, **variables)


@pytest.fixture(scope="session")
def downstream(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and mypy, and nothing else."""
    made = Environment(tmp_path_factory.mktemp("downstream"))
    made.run("pip", "install", "-q", f"apirouter[serve,policy] @ file://{built.wheel}", "mypy")
    return made
