"""The commands that show an application, as somebody at a terminal meets them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

import apirouter
from tests import demo

ROOT = str(Path(apirouter.__file__).parent.parent)

#: A plugin that takes its time, and is warned of.
_SLOW = """
import time
time.sleep(1.2)
from demo_api.plugins import Things as Made
from apirouter.extensions import ResourceExtension


class Things(Made):
    def get_resources(self):
        (first,) = super().get_resources()
        actions = {"nowhere": "GET", "slow": "GET"}
        return [ResourceExtension("things", first.controller, None, actions, {"action": "POST"})]
"""


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return demo.write(tmp_path)


def environment(ini: Path, **more: str) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ini.parent), ROOT)), "TERM": "xterm", **more}
    found.pop("FORCE_COLOR", None)
    return found


def shown(ini: Path, *arguments: str, columns: int = 80, **more: str) -> str:
    """What a terminal is sent by a command, everything."""
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "apirouter", *arguments]
    process = subprocess.Popen(
        line,
        cwd=ini.parent,
        env=environment(ini, COLUMNS=str(columns), **more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            # Linux says so when the last that wrote is gone.
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    process.wait(30)
    return b"".join(parts).decode()


def rendered(text: str) -> list[str]:
    """What stands on the lines in the end: what a carriage return went over is gone."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return lines


def test_a_terminal_is_told_that_loading_takes_long_and_warnings_stand_on_lines_of_their_own(
    ini: Path,
) -> None:
    (ini.parent / "demo_api" / "slow.py").write_text(_SLOW)
    points = ini.parent / "demo_api-1.0.dist-info" / "entry_points.txt"
    points.write_text("[demo_api.extensions]\nthings = demo_api.slow:Things\n")
    text = shown(ini, "routes", "demo.ini", NO_COLOR="1")
    assert "Loading demo.ini ." in text
    lines = rendered(text)
    (warning,) = (line for line in lines if "warning" in line)
    assert warning.startswith("apirouter-routes: warning: ")
    assert lines[lines.index(warning) + 1].startswith("METHODS  PATH")


def test_a_terminal_has_colours_and_lines_that_fit_and_no_color_takes_the_colours(ini: Path) -> None:
    coloured = shown(ini, "routes", "demo.ini", columns=78)
    assert "\x1b[32mGET\x1b[0m" in coloured
    plain = shown(ini, "routes", "demo.ini", columns=78, NO_COLOR="1")
    assert "\x1b" not in plain
    table = [line for line in rendered(plain) if not line.startswith("not shown")]
    assert max(map(len, table)) <= 78
    assert "not shown, to fit: filters" in plain


def test_the_first_line_appears_soon_after_the_application_has_loaded(ini: Path) -> None:
    code = f"from apirouter import loadapp; loadapp('config:{ini}')"

    def loading() -> float:
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=environment(ini), check=True, cwd=ini.parent)
        return time.perf_counter() - before

    def first_line() -> float:
        before = time.perf_counter()
        line = [sys.executable, "-m", "apirouter", "routes", "demo.ini"]
        with subprocess.Popen(line, env=environment(ini), cwd=ini.parent, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"METHODS")
            took = time.perf_counter() - before
            process.communicate()
        return took

    # Whichever of the two is held up by something else, one pair is not.
    assert any(first_line() <= 1.5 * loading() + 0.1 for _ in range(4))


def test_a_table_is_shown_without_importing_what_other_questions_need(ini: Path) -> None:
    code = (
        "import sys; from apirouter.cmd.routes import main; main(['demo.ini']); "
        "print([m for m in ('apirouter.openapi.document', 'apirouter.describe.matching', "
        "'apirouter.objectdispatch.app') if m in sys.modules])"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(
        line, env=environment(ini), cwd=ini.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
