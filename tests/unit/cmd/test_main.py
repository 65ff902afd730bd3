from __future__ import annotations

import importlib
import io
import json
import os
import shlex
import subprocess
import sys

import pytest

import apirouter
from apirouter.cmd import _console
from apirouter.cmd.main import COMMANDS
from apirouter.errors import ConfigError
from tests.unit.cmd.conftest import Run


def test_alone_it_tells_the_commands(run: Run) -> None:
    status, out, _ = run()
    assert status == 0
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in out
        assert summary in out


def test_a_mistyped_command_is_one_line_with_the_near_one(run: Run) -> None:
    assert run("rotues") == (2, "", "apirouter: there is no command 'rotues'; did you mean 'routes'?\n")


def test_the_version_is_told(run: Run) -> None:
    assert run("--version")[1] == f"apirouter {apirouter.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_in_its_help(run: Run, name: str) -> None:
    status, out, _ = run(name, "--help")
    assert status == 0
    assert "example" in out
    assert importlib.import_module(COMMANDS[name][0]).__doc__


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_an_unknown_option_in_one_line(run: Run, name: str) -> None:
    first = "bash" if name == "completion" else "x"
    status, out, err = run(name, first, "--no-such-option")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].count("--no-such-option") == 1


#: What no command line waits for: the stack, and of the standard library what takes as long as Python's own start.
HEAVY = frozenset(
    (
        *("attr", "attrs", "jsonschema", "paste", "referencing", "routes", "stevedore", "webob"),
        *("asyncio", "concurrent", "configparser", "dataclasses", "datetime", "difflib", "email", "http"),
        *("importlib.metadata", "inspect", "json", "logging", "multiprocessing", "pathlib", "socket", "ssl"),
        *("subprocess", "tempfile", "urllib", "uuid", "xml"),
    )
)


def imported(module: str, *lines: str) -> set[str]:
    """Return what a fresh Python imports that imports a command's module and runs it with each of some lines."""
    code = (
        "import sys; before = set(sys.modules)\n"
        f"from {module} import main\n"
        f"for line in {lines!r}:\n"
        "    try: main(line.split())\n"
        "    except SystemExit: pass\n"
        "after = set(sys.modules) - before\n"
        "import json; print(); print(json.dumps(sorted(after)))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(found)


@pytest.mark.parametrize("module", ["apirouter.cmd.main", *(module for module, _ in COMMANDS.values())])
def test_a_command_line_waits_for_nothing_that_its_work_alone_needs(module: str) -> None:
    found = imported(module)
    assert not {name for name in found if name in HEAVY or name.partition(".")[0] in HEAVY}
    own = {name for name in found if name.partition(".")[0] == "apirouter"}
    shared = {
        "apirouter",
        "apirouter._version",
        "apirouter.errors",
        "apirouter.cmd",
        "apirouter.cmd._console",
    }
    assert own == {*shared, module}


@pytest.mark.parametrize("name", COMMANDS)
def test_neither_help_nor_version_nor_a_mistyped_option_waits_for_the_work(name: str) -> None:
    module = COMMANDS[name][0]
    found = imported(module, "--help", "--version", "x --no-such-option")
    assert not {name for name in found if name in HEAVY or name.partition(".")[0] in HEAVY}
    assert found & {"apirouter.cmd._load", module.replace("cmd.", "cmd._")} == set()


class TestRun:
    """What goes wrong in a command."""

    @staticmethod
    def failing(error: BaseException, *argv: str) -> int:
        def work(args: object) -> int:
            raise error

        return _console.run(lambda: _console.parser("it", "Does.", "it"), work, argv)

    def test_an_error_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.failing(ConfigError("two\nlines \x1b[31m", fix="mend it")) == 2
        assert capsys.readouterr().err == "it: two lines \\x1b[31m; mend it\n"

    def test_what_the_system_says_names_the_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.failing(PermissionError(13, "Permission denied", "x.ini")) == 2
        assert capsys.readouterr().err == "it: x.ini: Permission denied\n"

    def test_a_bug_is_one_line_that_points_to_debug(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.failing(ZeroDivisionError("oops")) == 2
        assert capsys.readouterr().err == "it: ZeroDivisionError: oops; --debug shows the traceback\n"

    def test_debug_shows_the_traceback(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.failing(ZeroDivisionError("oops"), "--debug") == 2
        assert "Traceback" in capsys.readouterr().err

    def test_ctrl_c_is_130_and_says_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.failing(KeyboardInterrupt()) == 130
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize(
        ("raised", "status"), [(KeyboardInterrupt(), 130), (OSError(5, "no terminal"), 2)]
    )
    def test_an_error_that_cannot_be_told_ends_in_a_status_alone(
        self, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int
    ) -> None:
        class Gone(io.StringIO):
            def write(self, text: str) -> int:
                raise raised

        monkeypatch.setattr(sys, "stderr", Gone())
        assert self.failing(OSError(5, "Input/output error")) == status

    def test_a_command_works_though_stderr_was_closed_before_it_began(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def work(args: object) -> int:
            sys.stderr.write(_console.Style(sys.stderr)("told", "bold") + "\udc80")
            return 0

        monkeypatch.setattr(sys, "stderr", None)
        assert _console.run(lambda: _console.parser("it", "Does.", "it"), work, []) == 0
        assert self.failing(OSError(5, "Input/output error")) == 2
        sys.stderr.close()
        monkeypatch.undo()
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize("argv", [[], ["--help"], ["--version"]])
    @pytest.mark.parametrize("size", [1, 100_000])
    def test_what_nobody_gets_for_stdout_was_closed_before_it_began_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], size: int
    ) -> None:
        def work(args: object) -> int:
            sys.stdout.write(_console.Style(sys.stdout)("told" * size, "bold") + "\udc80")
            return 0

        monkeypatch.setattr(sys, "stdout", None)
        assert _console.run(lambda: _console.parser("it", "Does.", "it"), work, argv) == 2
        # At exit Python flushes it once more.
        sys.stdout.close()
        monkeypatch.undo()
        assert capsys.readouterr() == ("", "it: stdout is closed\n")

    @pytest.mark.parametrize("lets", [True, False])
    def test_a_command_that_prints_nothing_works_though_stdout_was_closed_before_it_began(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lets: bool
    ) -> None:
        def work(args: object) -> int:
            if lets:
                # As a server does: an application may print what it likes.
                _console.let_stdout_be_closed()
                sys.stdout.write("told" * 100_000)
            return 0

        monkeypatch.setattr(sys, "stdout", None)
        assert _console.run(lambda: _console.parser("it", "Does.", "it"), work, []) == 0
        sys.stdout.close()
        monkeypatch.undo()
        _console.let_stdout_be_closed()
        assert capsys.readouterr() == ("", "")


#: A shell's redirection, and what is told of it.
_UNWRITABLE = {"> /dev/full": "No space left on device", ">&-": "stdout is closed"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "prog"),
    [
        ("", "apirouter"),
        ("--help", "apirouter"),
        ("--version", "apirouter"),
        ("routes --help", "apirouter-routes"),
        ("serve --version", "apirouter-serve"),
        ("completion bash", "apirouter completion"),
    ],
)
def test_what_can_not_be_written_is_told_and_is_no_success(line: str, prog: str, unbuffered: str) -> None:
    for redirection, said in _UNWRITABLE.items():
        done = subprocess.run(
            f"exec {shlex.quote(sys.executable)} -m apirouter {line} {redirection}",
            shell=True,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
        assert (done.returncode, done.stderr) == (2, f"{prog}: {said}\n")


def test_a_command_that_is_not_the_first_argument_is_told(run: Run) -> None:
    told = "apirouter: 'routes' is not the first argument; write apirouter routes ...\n"
    assert run("--debug", "routes")[2].splitlines()[-1] + "\n" == told
    assert run("--", "routes") == (2, "", told)
