"""What docs/deploying.md shows is read by the programs it is for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.docs.blocks import ROOT, blocks
from tests.servers.harness import program
from tests.servers.kinds import _MODULES, _mod_wsgi

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
        text = shown("ini", f"# /etc/systemd/system/compute-api.{kind}\n")
        # It asks whether the program is there.
        text = text.replace("/srv/compute/venv/bin/gunicorn", "/bin/true")
        (tmp_path / f"compute-api.{kind}").write_text(text, encoding="utf-8")
    units = [str(tmp_path / f"compute-api.{kind}") for kind in ("socket", "service")]
    said = accepted(binary, "verify", "--man=no", *units)
    assert "compute-api" not in said, said
