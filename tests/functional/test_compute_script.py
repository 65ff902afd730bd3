"""The WSGI script, as servers run it: gunicorn with two workers, waitress with its threads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from webtest import TestApp

from compute_api.deploy import find_ini, make_application
from tests.functional.computeapi import IMAGE, INI, ROOT, write_ini
from tests.ports import free_port


@contextmanager
def serving(command: list[str], port: int, directory: Path) -> Iterator[str]:
    environment = {**os.environ, "COMPUTE_API_PASTE_INI": str(write_ini(directory))}
    log = directory / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=ROOT)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{url}/", timeout=5).close()
                break
            except urllib.error.HTTPError as error:
                error.close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def call(url: str, body: object = None) -> dict[str, object]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-Auth-Token": "alice:demo", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        found: dict[str, object] = json.load(reply)
        return found


SERVERS = {
    "gunicorn": ["gunicorn", "--workers=2", "--bind=127.0.0.1:{port}", "compute_api.wsgi:application"],
    "waitress": ["waitress", "--listen=127.0.0.1:{port}", "compute_api.wsgi:application"],
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_runs_the_script_as_it_stands(name: str, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", *(word.format(port=port) for word in SERVERS[name])]
    body = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1"}}
    with serving(command, port, tmp_path) as url, ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: call(f"{url}/v2.1/servers", body), range(24)))
        listed = call(f"{url}/v2.1/servers")["servers"]
    assert isinstance(listed, list)
    assert {server["id"] for server in listed} == {reply["server"]["id"] for reply in made}  # type: ignore[index]
    assert listed[0]["links"][0]["href"].startswith(f"{url}/v2.1/servers/")


def test_the_ini_is_the_one_that_the_environment_names() -> None:
    assert find_ini({"COMPUTE_API_PASTE_INI": f"{INI}#metadata"}) == (INI, "metadata")
    assert find_ini({"COMPUTE_API_PASTE_INI": str(INI)}) == (INI, None)


def test_the_ini_is_below_the_working_directory_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert find_ini({}) == (INI, None)


def test_an_ini_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"names /no/such\.ini, which is no file"):
        find_ini({"COMPUTE_API_PASTE_INI": "/no/such.ini"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="let COMPUTE_API_PASTE_INI name the INI"):
        find_ini({})


def test_a_password_may_come_out_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ini = write_ini(tmp_path, database=f"sqlite:///{tmp_path}/NAME.sqlite")
    text = ini.read_text(encoding="utf-8")
    ini.write_text(text.replace("NAME", "%(ENV_COMPUTE_DATABASE_PASSWORD)s"), encoding="utf-8")
    monkeypatch.setenv("COMPUTE_DATABASE_PASSWORD", "p%40ss")
    application = TestApp(make_application({"COMPUTE_API_PASTE_INI": str(ini)}))
    application.get("/v2.1/servers", headers={"X-Auth-Token": "alice:demo"}, status=200)
    # In the INI nothing had to be doubled; SQLAlchemy reads %40 in a file's name as an @ from 2.1 on.
    assert [path.name for path in tmp_path.glob("*.sqlite")] in (["p@ss.sqlite"], ["p%40ss.sqlite"])
