"""Unpack the sdist of Routes that a directory holds, and run its test suite on our Mapper.

python tests/conformance/routes/run.py DIRECTORY [pytest's arguments]
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def main(directory: str, *arguments: str) -> int:
    """Run the suite.

    :param directory: where ``pip download --no-binary Routes Routes==2.5.1`` put the sdist.
    :param arguments: more arguments for pytest.
    :returns: pytest's exit status.
    """
    (sdist,) = [
        path for path in pathlib.Path(directory).iterdir() if path.name.lower() == "routes-2.5.1.tar.gz"
    ]
    with tempfile.TemporaryDirectory() as work:
        with tarfile.open(sdist) as archive:
            for member in archive.getmembers():
                inside = "/tests/" in member.name and ".." not in pathlib.PurePosixPath(member.name).parts
                if inside and (member.isfile() or member.isdir()):
                    archive.extract(member, work)
        (top,) = pathlib.Path(work).iterdir()
        shutil.copy(HERE / "suite_conftest.py", top / "conftest.py")
        (top / "pytest.ini").write_text("[pytest]\naddopts = -W ignore\n")
        path = os.pathsep.join(filter(None, (str(HERE.parents[2]), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", *arguments]
        return subprocess.run(
            command, cwd=top, env={**os.environ, "PYTHONPATH": path}, check=False
        ).returncode


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
