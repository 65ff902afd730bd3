from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import apirouter
from apirouter.cmd import new
from apirouter.cmd._new import Names, plural_of, singular_of
from apirouter.errors import ConfigError
from tests.unit.cmd.conftest import Run

ROOT = Path(apirouter.__file__).parent.parent


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("widget", "widgets"),
        ("library", "libraries"),
        ("key", "keys"),
        ("box", "boxes"),
        ("branch", "branches"),
    ],
)
def test_nouns_have_a_plural_and_a_singular(singular: str, plural: str) -> None:
    assert plural_of(singular) == plural
    assert plural_of(plural) == plural
    assert singular_of(plural) == singular


@given(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True))
def test_plural_and_singular_are_never_the_same(word: str) -> None:
    assert plural_of(word) != singular_of(plural_of(word))


@pytest.mark.parametrize(
    "name", ["", "Widgets", "1st", "a b", "class", "json", "apirouter", "../x", "é", "a-"]
)
def test_a_name_that_is_no_package_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        Names.of(name)


def test_a_name_that_makes_no_noun_asks_for_one() -> None:
    with pytest.raises(ConfigError, match="'2s', made of 'widgets-2', is no noun; say --noun widgets"):
        Names.of("widgets-2")
    assert Names.of("widgets-2", noun="widgets").plural == "widgets"


def test_an_existing_directory_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    status, out, err = run("new", "widgets", "--directory", str(tmp_path))
    assert (status, out) == (2, "")
    assert "is there already" in err
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_all_is_written_before_anybody_may_stop_to_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As ``apirouter new widgets | head -1`` does."""

    class Stopped(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", Stopped())
        assert new.main(["widgets", "--directory", str(tmp_path / "all")]) == 0
    assert new.main(["widgets", "--directory", str(tmp_path / "again")]) == 0
    names = [sorted(p.name for p in (tmp_path / one).rglob("*")) for one in ("all", "again")]
    assert names[0] == names[1]


def test_the_directory_to_go_to_is_quoted(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "my plugins"
    _, out, _ = run("new", "widgets", "--directory", str(target))
    assert f"Next: cd '{target}' && pip install -e '.[test]' && pytest" in out


def test_the_namespace_is_that_of_the_service(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "w"
    status, out, _ = run("new", "my-widgets", "--namespace", "compute.ext", "--directory", str(target))
    assert status == 0
    text = (target / "pyproject.toml").read_text()
    assert (
        '[project.entry-points."compute.ext"]\nwidgets = "my_widgets.controllers.widgets:Widgets"\n' in text
    )
    assert "namespace = compute.ext" in out
    written = {str(p.relative_to(tmp_path)) for p in target.rglob("*") if p.is_file()}
    assert {str(Path(line).relative_to(tmp_path)) for line in out.splitlines() if "/w/" in line} >= written


@pytest.mark.parametrize(
    "arguments",
    [
        ["widgets"],
        ["library", "--service", "--noun", "books"],
        # Nouns that the files have names of their own like.
        ["settings"],
        ["widgets", "--noun", "ids"],
    ],
)
def test_its_tests_pass_once_it_is_installed(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    pytest.importorskip("oslo_policy")
    made = tmp_path / "made"
    assert run("new", *arguments, "--directory", str(made))[0] == 0
    package = arguments[0]
    installed = tmp_path / "site"
    information = installed / f"{package}-0.1.0.dist-info"
    information.mkdir(parents=True)
    # What pip would write of pyproject.toml: building needs setuptools, which is not everywhere.
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1.0\n")
    groups, group = [], False
    for line in (made / "pyproject.toml").read_text().splitlines():
        if line.startswith("["):
            group = line.startswith("[project.entry-points.")
            groups += [f"[{line.split(chr(34))[1]}]"] if group else []
        elif group and "=" in line:
            groups.append(line.replace('"', ""))
    (information / "entry_points.txt").write_text("\n".join(groups) + "\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (installed, made, ROOT)))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=made,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "--service" in arguments:
        code = f"import {package}.wsgi as script; print(script.application)"
        subprocess.run(
            [sys.executable, "-c", code], cwd=made, env=environment, check=True, capture_output=True
        )
