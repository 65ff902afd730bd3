"""The compute example's own tests, each module of them in a process of its own, on PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.clients.serving import serving
from tests.functional.computeapi import DATABASE, IMAGE, INI, ROOT, write_ini

MODULES = [
    "actions",
    "any_json",
    "flavors_images",
    "image_service",
    "metadata",
    "metadata_service",
    "microversions",
    "servers",
]


@pytest.mark.parametrize("module", MODULES)
def test_what_the_example_does_on_a_file_it_does_on_postgresql(module: str, url: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"tests/functional/test_compute_{module}.py",
        ],
        cwd=ROOT,
        env={**os.environ, "COMPUTE_TEST_DATABASE": url},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_one_line_of_the_ini_is_all_that_is_changed(tmp_path: Path, url: str) -> None:
    ini = write_ini(tmp_path, database=url)
    before, after = INI.read_text().splitlines(), ini.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [(DATABASE.strip(), f"database = {url.replace('%', '%%')}")]
    with serving(ini) as service:
        server = {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}
        headers = {"X-Auth-Token": "alice:demo", "Content-Type": "application/json"}
        made = urllib.request.Request(
            f"{service}/v2.1/servers", json.dumps({"server": server}).encode(), headers
        )
        with urllib.request.urlopen(made, timeout=30) as reply:
            server_id = json.load(reply)["server"]["id"]
    # Another process finds it: it is in the database, not in the process.
    with serving(ini) as service:
        seen = urllib.request.Request(f"{service}/v2.1/servers/{server_id}", headers=headers)
        with urllib.request.urlopen(seen, timeout=30) as reply:
            assert json.load(reply)["server"]["name"] == "web"
    assert list(tmp_path.glob("*.sqlite")) == []
    assert "Sesame" not in ini.with_suffix(".log").read_text()
