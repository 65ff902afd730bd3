"""The compute example with a page, a document and a healthcheck beside it, and a plugin that nobody would want."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import apirouter

ROOT = Path(__file__).resolve().parents[2]
#: What a hostile distribution calls its plugin.
HOSTILE = "<script>alert(1)</script>"

_MOUNTS = """/: oscomputeversions
/docs: openapi
/_apirouter: page
"""
_SECTIONS = """
[app:openapi]
paste.app_factory = apirouter.openapi:app_factory

[app:page]
paste.app_factory = apirouter.page:app_factory

[pipeline:front]
pipeline = healthcheck osapi_compute

[filter:healthcheck]
paste.filter_factory = apirouter.filters.healthcheck:filter_factory
disable_by_file_path = %(here)s/maintenance
"""


@dataclasses.dataclass(frozen=True)
class Service:
    """A served service.

    :param url: where it is, without a slash at its end.
    :param directory: what it was loaded from.
    """

    url: str
    directory: Path

    def get(self, path: str) -> bytes:
        """Return the body of a reply."""
        with urllib.request.urlopen(self.url + path, timeout=60) as reply:
            body: bytes = reply.read()
            return body


def write(directory: Path) -> Path:
    """Write the INI and the hostile distribution; return the INI's path.

    :param directory: goes onto ``sys.path`` of the service.
    """
    text = (ROOT / "etc" / "api-paste.ini").read_text(encoding="utf-8")
    text = text.replace("/: oscomputeversions\n", _MOUNTS, 1).replace(
        "use = osapi_compute\n", "use = front\n", 1
    )
    text = text.replace("policy_prefix =", "on_load_failure = skip\npolicy_prefix =", 1)
    ini = directory / "api-paste.ini"
    ini.write_text(text + _SECTIONS, encoding="utf-8")
    info = directory / "hostile-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[compute_api.v21.extensions]\n{HOSTILE} = hostile_plugin:Plugin\n"
    )
    (directory / "hostile_plugin.py").write_text(
        'raise RuntimeError("no connection to mysql://nova:hunter22@db/nova <img src=x onerror=alert(2)>")\n'
    )
    return ini


@contextlib.contextmanager
def served(directory: Path) -> Iterator[Service]:
    """Serve it in a process of its own."""
    ini = write(directory)
    paths = (str(directory), str(Path(apirouter.__file__).parent.parent), os.environ.get("PYTHONPATH", ""))
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "NO_COLOR": "1"}
    line = [
        sys.executable,
        "-m",
        "apirouter",
        "serve",
        str(ini),
        "--bind",
        "127.0.0.1:0",
        "--log-level",
        "ERROR",
    ]
    with subprocess.Popen(line, cwd=directory, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert " at http://" in first, first
            yield Service(first.rpartition(" at ")[2].strip(), directory)
        finally:
            process.terminate()
            process.communicate(timeout=30)
