"""What is uploaded: the same bytes each time, whole, typed, and installable with all its extras."""

from __future__ import annotations

import configparser
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.docs.walkthrough import Walk
from tests.packaging.conftest import ROOT, Built, Environment, needs, said

#: A service's own code, as a type checker sees it; the last line is a mistake that it has to find.
DOWNSTREAM = '''
from apirouter import APIRouter, RequestContext, Settings, loadapp
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.microversion import Version
from apirouter.wsgi import Controller, Request, action, api_version, response


class Books(Controller):
    def index(self, req: Request) -> dict[str, list[str]]:
        return {"books": [str(req.api_version_request)]}

    @response(202)
    @action("lend")
    @api_version("1.1")
    def _lend(self, req: Request, id: str, body: dict[str, str]) -> None:
        """Lend a book."""


class Plugin(APIExtension):
    """Books."""

    name, alias, version = "Books", "books", 1

    def get_resources(self) -> list[ResourceExtension]:
        return [ResourceExtension("books", Books())]


router: APIRouter = APIRouter(Settings(service_type="books"), plugins=[Plugin])
context = RequestContext("user", "project", roles=["member"])
newest: Version = Version(1, 1)
application = loadapp("config:/etc/books/api-paste.ini")
wrong: int = newest
'''


def test_two_builds_are_the_same_bytes(built: Built, built_again: Built) -> None:
    assert built.wheel.name == built_again.wheel.name
    assert built.wheel.read_bytes() == built_again.wheel.read_bytes()
    assert built.sdist.name == built_again.sdist.name
    assert built.sdist.read_bytes() == built_again.sdist.read_bytes()


def test_those_who_receive_uploads_find_nothing_wrong(built: Built) -> None:
    needs("twine")
    printed = said(sys.executable, "-m", "twine", "check", "--strict", str(built.sdist), str(built.wheel))
    assert printed.count("PASSED") == 2


def test_the_wheel_holds_what_a_wheel_should(built: Built) -> None:
    needs("check_wheel_contents")
    printed = said(sys.executable, "-m", "check_wheel_contents", str(built.wheel))
    assert f"{built.wheel.name}: OK" in printed


def test_every_file_of_the_package_is_in_both(built: Built) -> None:
    package = ROOT / "apirouter"
    files = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "apirouter/py.typed" in files
    with zipfile.ZipFile(built.wheel) as wheel:
        assert files - set(wheel.namelist()) == set()
        assert not [name for name in wheel.namelist() if name.startswith(("tests", "bench", "docs"))]
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert files - names == set()
    assert {"LICENSE", "README.md", "setup.cfg", "setup.py", "pyproject.toml"} <= names


def test_what_is_installed_fits_together(downstream: Environment) -> None:
    assert "No broken requirements found" in downstream.run("pip", "check")


def test_a_type_checker_sees_the_types(downstream: Environment, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(DOWNSTREAM, encoding="utf-8")
    (tmp_path / "checked.py").write_text(DOWNSTREAM.replace("wrong: int = newest\n", ""), encoding="utf-8")
    assert "Success" in downstream.run("mypy", "--strict", "checked.py", cwd=tmp_path)
    with pytest.raises(AssertionError, match=r"service\.py:\d+: error: Incompatible types in assignment"):
        downstream.run("mypy", "--strict", "service.py", cwd=tmp_path)


def pythons() -> dict[str, str]:
    """Return the Pythons of this machine that the library is for, by version."""
    found = {}
    for version in ("3.10", "3.11", "3.12", "3.13"):
        places = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        candidates = sorted(places.glob(f"{version}.*/bin/python{version}")) if places.is_dir() else []
        path = str(candidates[-1]) if candidates else shutil.which(f"python{version}")
        if path:
            found[version] = path
    return found


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_all_extras_go_together(version: str, built: Built, tmp_path: Path) -> None:
    python = pythons().get(version)
    if python is None:
        pytest.skip(f"there is no Python {version}")
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = ",".join(parser["options.extras_require"])
    assert "serve" in extras
    environment = Environment(tmp_path / "venv", python)
    # With the pip that comes with that Python: before 23.3 it left out an extra that is spelled with an underscore.
    printed = environment.run(
        "pip", "install", "--dry-run", "--ignore-installed", f"apirouter[{extras}] @ file://{built.wheel}"
    )
    assert "Would install" in printed
    assert "does not provide the extra" not in printed
    assert "apirouter-" in printed.replace("_", "-")


def test_the_tutorial_leads_where_it_says_from_the_wheel(built: Built, tmp_path: Path) -> None:
    ours = f"pip install 'apirouter[serve,policy] @ file://{built.wheel}'"

    def replace(command: str) -> str:
        if command.startswith("python3 "):
            return command.replace("python3", sys.executable, 1)
        return ours if command.startswith("pip install 'apirouter") else command

    environ = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONWARNINGS", "VIRTUAL_ENV")
    }
    with Walk(tmp_path, {**environ, "NO_COLOR": "1", "COLUMNS": "100"}, replace) as walk:
        assert walk.through(ROOT / "docs" / "tutorial.md") > 10
