"""Run Pecan's own test suite, out of its wheel, on apirouter's object dispatch.

``python run.py DIRECTORY [pytest's arguments]``: the directory holds the wheel. Its tests are unpacked beside
``shim/pecan``, a package of re-exports; ``differences.py`` lists what is skipped, and why.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: The topics that apirouter answers for; the others are Pecan's command line and its scaffolds.
TOPICS = (
    "test_base.py",
    "test_no_thread_locals.py",
    "test_hooks.py",
    "test_rest.py",
    "test_secure.py",
    "test_generic.py",
    "test_conf.py",
    "test_jsonify.py",
    "middleware/test_errordocument.py",
    "middleware/test_recursive.py",
)


def main(arguments: list[str]) -> int:
    """Unpack and run; return pytest's exit status."""
    (wheel,) = Path(arguments[0]).glob("pecan-*.whl")
    with tempfile.TemporaryDirectory() as directory:
        package = Path(directory) / "pecan"
        shutil.copytree(HERE / "shim" / "pecan", package)
        with zipfile.ZipFile(wheel) as files:
            files.extractall(directory, [n for n in files.namelist() if n.startswith("pecan/tests/")])
        for name in ("suite_conftest.py", "differences.py"):
            shutil.copy(HERE / name, Path(directory) / name.replace("suite_", ""))
        (Path(directory) / "pytest.ini").write_text("[pytest]\naddopts = -ra -q -p no:cacheprovider\n")
        tests = [str(package / "tests" / topic) for topic in TOPICS]
        command = [sys.executable, "-m", "pytest", *tests, *arguments[1:]]
        return subprocess.call(command, cwd=directory)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
