"""Fetch PasteDeploy's source distribution and run its tests against apirouter's loader.

Usage: python run.py DIRECTORY [pytest arguments]. The source is fetched into DIRECTORY unless it is there.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tarfile

VERSION = "3.1.0"
HERE = pathlib.Path(__file__).resolve().parent


def fetch(directory: pathlib.Path) -> pathlib.Path:
    """Return the unpacked source."""
    source = directory / f"PasteDeploy-{VERSION}"
    if not source.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
        command += ["--dest", str(directory), f"pastedeploy=={VERSION}"]
        subprocess.run(command, check=True)
        (archive,) = (p for p in directory.glob("*.tar.gz") if p.name.lower().startswith("pastedeploy"))
        with tarfile.open(archive) as tar:
            tar.extractall(directory, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return source


def main() -> int:
    """Run the tests; return pytest's status."""
    source = fetch(pathlib.Path(sys.argv[1]))
    # Its own configuration asks for a coverage plugin; "-c /dev/null" leaves it out.
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(source)]
    command += ["-p", "apirouter_conformance", "-p", "no:cacheprovider", "tests", *sys.argv[2:]]
    paths = [str(source), str(HERE), str(HERE.parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(command, cwd=source, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
