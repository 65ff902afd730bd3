"""One served example for all the documents."""

from __future__ import annotations

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.ports import free_port


@dataclasses.dataclass(frozen=True)
class Served:
    """A running example.

    :param port: where it listens.
    :param environ: the environment that commands run in.
    """

    port: int
    environ: Mapping[str, str]

    def rewrite(self, command: str) -> str:
        """Return a document's command, sent to this server instead of the documented port."""
        return command.replace("127.0.0.1:8774", f"127.0.0.1:{self.port}")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a copy of the INI, so that its database file is the copy's."""
    home = tmp_path_factory.mktemp("served")
    shutil.copy(ROOT / "etc" / "api-paste.ini", home)
    port = free_port()
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }
    process = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "apirouter-serve"),
            "api-paste.ini",
            "--bind",
            f"127.0.0.1:{port}",
        ],
        cwd=home,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        yield Served(port, environ)
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()
