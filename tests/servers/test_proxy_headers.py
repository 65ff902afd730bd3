"""A proxy's headers on their way through waitress, which removes them unless told otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers.harness import Client, deploy, free_port, running

WARNING = "clear_untrusted_proxy_headers = no"


def test_the_operator_is_told_that_waitress_removes_what_the_filter_is_to_read(tmp_path: Path) -> None:
    port = free_port()
    deploy(tmp_path, server=f"use = egg:waitress#main\nlisten = 127.0.0.1:{port}")
    command = (sys.executable, "-m", "apirouter", "serve", "etc/api-paste.ini")
    with running(command, port, tmp_path) as server:
        said = Client(port).ask("GET", "/probe", X_Forwarded_For="203.0.113.7").json
        assert said["REMOTE_ADDR"] == "127.0.0.1"
    assert WARNING in server.log


def test_nobody_is_told_where_no_proxy_is_trusted(tmp_path: Path) -> None:
    port = free_port()
    ini = deploy(tmp_path, server=f"use = egg:waitress#main\nlisten = 127.0.0.1:{port}")
    ini.write_text(ini.read_text().replace("trusted_proxies = 127.0.0.1 unix\n", ""))
    command = (sys.executable, "-m", "apirouter", "serve", "etc/api-paste.ini")
    with running(command, port, tmp_path) as server:
        pass
    assert WARNING not in server.log
