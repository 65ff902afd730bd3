"""What docs/deploying.md shows is read by the programs it is for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.ports import free_port
from tests.servers.harness import Client, deploy, pids, program, python_path, running
from tests.servers.kinds import _MODULES, _mod_wsgi

UNIT = "# /etc/systemd/system/compute-api."
PAGE = ROOT / "docs" / "deploying.md"


def shown(language: str, first: str = "") -> str:
    """Return the one block of a language that starts like that."""
    (text,) = [b.text for b in blocks(PAGE) if b.language == language and b.text.startswith(first)]
    return text


def accepted(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def test_nginx_reads_its_block(tmp_path: Path) -> None:
    binary = program("nginx")
    file = tmp_path / "nginx.conf"
    head = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n"
    file.write_text(f"{head}{shown('nginx')}}}\n", encoding="utf-8")
    accepted(binary, "-t", "-q", "-p", str(tmp_path), "-c", str(file))


def test_apache_reads_its_block(tmp_path: Path) -> None:
    binary = program("apache2")
    modules = [f"LoadModule {n}_module /usr/lib/apache2/modules/mod_{n}.so" for n in _MODULES]
    modules.append(f"LoadModule wsgi_module {_mod_wsgi()}")
    file = tmp_path / "httpd.conf"
    head = [f"ServerRoot {tmp_path}", "ServerName 127.0.0.1", "Listen 127.0.0.1:8774", "ErrorLog /dev/stderr"]
    # Who it runs as, and where its Python is, are the machine's that is written about.
    block = shown("apache").replace("user=compute group=compute", "").replace("/srv/compute", str(tmp_path))
    block = block.replace(f"{tmp_path}/venv", str(tmp_path))
    file.write_text("\n".join([*head, *modules, block]), encoding="utf-8")
    accepted(binary, "-t", "-f", str(file))


def test_systemd_reads_its_units(tmp_path: Path) -> None:
    binary = program("systemd-analyze")
    for kind in ("socket", "service"):
        text = shown("ini", f"{UNIT}{kind}\n")
        # It asks whether the program is there.
        text = text.replace("/srv/compute/venv/bin/gunicorn", "/bin/true")
        (tmp_path / f"compute-api.{kind}").write_text(text, encoding="utf-8")
    units = [str(tmp_path / f"compute-api.{kind}") for kind in ("socket", "service")]
    said = accepted(binary, "verify", "--man=no", *units)
    assert "compute-api" not in said, said


@pytest.mark.skipif(os.environ.get("APIROUTER_SERVERS") != "all", reason="tox -e servers starts the servers")
def test_gunicorn_takes_the_socket_that_systemd_holds(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    deploy(tmp_path, metrics=True)
    port = free_port()
    counters = tmp_path / "counters"
    counters.mkdir()
    passed = {
        "PYTHONPATH": os.pathsep.join(python_path(tmp_path)),
        "PROMETHEUS_MULTIPROC_DIR": str(counters),
    }
    command = [program("systemd-socket-activate"), "--listen", f"127.0.0.1:{port}"]
    command += [f"--setenv={name}={value}" for name, value in passed.items()]
    # As the unit's ExecStart, which names no address.
    (exec_start,) = re.findall(r"^ExecStart=\S+/gunicorn (.+)$", shown("ini", UNIT + "service\n"), re.M)
    command += [sys.executable, "-m", "gunicorn", *exec_start.split()]
    with running(command, port, tmp_path) as server:
        made = Client(port).ask("GET", "/v2.1/flavors/1")
        assert made.status == 200
        assert len(pids(Client(port), at_least=4)) == 4
        assert "Listening at: http://127.0.0.1" in server.log
