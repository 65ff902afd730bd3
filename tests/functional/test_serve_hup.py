"""SIGHUP to ``apirouter-serve``, as an operator meets it."""

from __future__ import annotations

import http.client
import json
import os
import pty
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.reliability import _marked
from tests.reliability._server import PATIENCE, Server, running, serve, until

GOES_ON = "marked.ini as loaded at"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    with running(serve(_marked.write(tmp_path), port=port), tmp_path, port) as started:
        yield started


def marks(server: Server) -> tuple[str, str]:
    """Return what the filter and the application say."""
    status, headers, body = server.get()
    assert status == 200
    return headers["X-Mark"], json.loads(body)["mark"]


def closed(home: Path) -> list[str]:
    path = home / "closed"
    return path.read_text().splitlines() if path.exists() else []


def test_a_new_ini_is_served_over_the_connections_there_are(server: Server, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    for mark in ("0", "1"):
        _marked.mark(tmp_path, mark)
        server.hup()
        server.await_log("Reloaded", int(mark) + 1)
        connection.request("GET", "/")
        reply = connection.getresponse()
        assert json.loads(reply.read())["mark"] == reply.headers["X-Mark"] == mark
    connection.close()
    assert json.loads(server.get()[2])["pid"] == server.process.pid
    _marked.mark(tmp_path, "2", **{"threads = 16": "threads = 8"})
    server.hup()
    server.await_log("[server:main] threads = 8 counts from the next start on; it is '16' until then")
    _marked.mark(tmp_path, "2", **{"threads = 16": "backlog = 64"})
    server.hup()
    server.await_log("[server:main] backlog = 64 counts from the next start on; it is not set until then")
    server.await_log("[server:main] threads is gone from the next start on; it is '16' until then")
    assert marks(server) == ("2", "2")


def test_a_broken_ini_keeps_the_old_application_and_says_why_in_one_line(
    server: Server, tmp_path: Path
) -> None:
    text = (tmp_path / "marked.ini").read_text()
    for number, (old, new, said) in enumerate(
        [
            ("[filter:mark]", "[filter:mrk]", "there is no filter 'mark'"),
            ("service_type = marked", "sevice_type = marked", "sevice_type"),
        ],
        start=1,
    ):
        _marked.put(tmp_path / "marked.ini", text.replace(old, new))
        server.hup()
        server.await_log("Not reloaded", number)
        (line,) = [row for row in server.log().splitlines() if "Not reloaded" in row][number - 1 :]
        assert said in line
        assert "marked.ini:" in line
        assert GOES_ON in line
        assert line.endswith("goes on")
        assert marks(server) == ("0", "0")
    os.rename(tmp_path / "marked.ini", tmp_path / "unmarked.ini")
    server.hup()
    server.await_log("there is no file")
    assert "unmarked.ini'? " in server.log()
    assert marks(server) == ("0", "0")
    _marked.mark(tmp_path, "mended")
    server.hup()
    server.await_log("Reloaded")
    assert marks(server) == ("mended", "mended")
    assert "Traceback" not in server.log()


def test_plugins_that_came_and_went_are_found_without_a_restart(server: Server, tmp_path: Path) -> None:
    assert server.get("/api/first")[0] == 200
    _marked.add_plugin(tmp_path, "second")
    server.hup()
    server.await_log("Reloaded")
    assert "new: extensions of /api: first, second" in server.log()
    assert json.loads(server.get("/api/second")[2]) == {"plugin": "second"}
    assert json.loads(server.get()[2])["pid"] == server.process.pid
    assert "fresh process" not in server.log()
    _marked.remove_plugin(tmp_path, "second")
    server.hup()
    # Its module's file is gone, and with it the old code that this process has of it.
    server.await_log("in a fresh process")
    assert server.get("/api/second")[0] == 404
    assert server.get("/api/first")[0] == 200


def test_changed_code_is_served_by_the_same_process_id_and_broken_code_is_not(
    server: Server, tmp_path: Path
) -> None:
    _marked.put(tmp_path / "marked_api.py", "def app_factory(:\n")
    server.hup()
    server.await_log("Not reloaded")
    assert "SyntaxError" in server.log()
    assert json.loads(server.get()[2])["code"] == "1"
    _marked.put(tmp_path / "marked_api.py", _marked.APP.replace('CODE = "1"', 'CODE = "2"'))
    _marked.mark(tmp_path, "1")
    server.hup()
    server.await_log("Reloaded")
    told = json.loads(server.get()[2])
    assert (told["code"], told["mark"], told["pid"]) == ("2", "1", server.process.pid)
    assert "marked_api.py has changed since it was imported" in server.log()
    # The new process reloads as the first did; the server's section is of no account until the next start.
    _marked.mark(tmp_path, "2", **{"egg:waitress#main": "egg:no-such-server"})
    server.hup()
    server.await_log("Reloaded", 2)
    server.await_log("goes on as it was started; at the next start it could not")
    _marked.put(tmp_path / "marked_api.py", _marked.APP.replace('CODE = "1"', 'CODE = "3"'))
    server.hup()
    server.await_log("Reloaded", 3)
    assert json.loads(server.get()[2])["code"] == "3"
    assert marks(server) == ("2", "2")
    assert server.end() == 0


def test_a_request_on_its_way_ends_with_the_application_it_began_with(server: Server, tmp_path: Path) -> None:
    replies: list[bytes] = []
    thread = threading.Thread(target=lambda: replies.append(server.get("/slow")[2]))
    thread.start()
    until((tmp_path / "slow-started").exists)
    _marked.mark(tmp_path, "1")
    server.hup()
    server.await_log("Reloaded")
    assert marks(server) == ("1", "1")
    assert closed(tmp_path) == []
    (tmp_path / "slow-go").touch()
    thread.join(PATIENCE)
    assert json.loads(replies[0])["mark"] == "0"
    until(lambda: len(closed(tmp_path)) == 3)
    assert closed(tmp_path) == ["filter 0", "app 0", "plugin first"]
    assert server.end() == 0
    assert closed(tmp_path)[3:] == ["filter 1", "app 1", "plugin first"]


LOGGING = """
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = short
[logger_root]
level = INFO
handlers = file
[handler_file]
class = FileHandler
args = ('%(here)s/log', 'w')
formatter = short
[formatter_short]
format = %(levelname)s|%(message)s
"""


def test_logging_is_set_up_anew_and_stays_when_it_can_t_be(server: Server, tmp_path: Path) -> None:
    ini = tmp_path / "marked.ini"
    text = ini.read_text()
    _marked.put(ini, text + LOGGING)
    server.hup()
    log = tmp_path / "log"
    until(lambda: log.exists() and "INFO|Reloaded" in log.read_text())
    _marked.put(ini, (text + LOGGING).replace("class = FileHandler", "class = NoSuchHandler"))
    server.hup()
    until(lambda: "ERROR|Not reloaded" in log.read_text())
    assert "[loggers] logging can't be set up" in log.read_text()
    assert "INFO|Reloaded" in log.read_text()
    _marked.put(ini, text)
    server.hup()
    server.await_log("Reloaded")
    assert marks(server) == ("0", "0")


def test_a_server_of_somebody_else_s_reloads_too(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "other_server.py").write_text(
        "from wsgiref.simple_server import make_server\n"
        "def factory(global_conf, host, port):\n"
        "    return lambda app: make_server(host, int(port), app).serve_forever()\n"
    )
    ini = _marked.write(tmp_path)
    section = "[server:other]\npaste.server_factory = other_server:factory\n"
    ini.write_text(ini.read_text() + section)
    with running(serve(ini, "--server", "other", port=port), tmp_path, port) as server:
        assert marks(server) == ("0", "0")
        _marked.mark(tmp_path, "1")
        ini.write_text(ini.read_text() + section)
        server.hup()
        server.await_log("Reloaded")
        assert marks(server) == ("1", "1")
        _marked.put(tmp_path / "marked_api.py", _marked.APP + "\n# newer\n")
        server.hup()
        server.await_log("this server can't hand its sockets over; restart it")
        assert marks(server) == ("1", "1")
        assert server.end() == 0


def test_workers_are_replaced_only_when_the_new_configuration_loads(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    port = free_port()
    ini = _marked.write(tmp_path)
    with running(serve(ini, "--workers", "2", port=port), tmp_path, port) as server:
        server.await_log("Loaded extensions", 2)
        text = ini.read_text()
        _marked.put(ini, text.replace("[filter:mark]", "[filter:mrk]"))
        server.hup()
        server.await_log("Not reloaded")
        assert "there is no filter 'mark'" in server.log()
        assert marks(server) == ("0", "0")
        # A worker that dies now can't be replaced: the other one, and the service, go on.
        os.kill(json.loads(server.get()[2])["pid"], signal.SIGKILL)
        server.await_log("A worker can't load")
        assert marks(server) == ("0", "0")
        _marked.put(tmp_path / "marked_api.py", _marked.APP.replace('CODE = "1"', 'CODE = "2"'))
        _marked.mark(tmp_path, "1")
        server.hup()

        def new() -> bool:
            told = json.loads(server.get()[2])
            return (told["mark"], told["code"]) == ("1", "2")

        until(lambda: all(new() for _ in range(8)))
        _marked.put(ini, text.replace("threads = 16", "threads = 8") + LOGGING)
        server.hup()
        server.await_log("[server:main] threads = 8 counts from the next start on; it is '16' until then")
        server.await_log("[loggers], [handlers] and [formatters] count from the next start on")
        assert server.end() == 0
    assert "Worker failed to boot" not in server.log()


def _end(pid: int) -> int:
    """Return what a process exits with."""
    ended: list[int] = []

    def gone() -> bool:
        found, status = os.waitpid(pid, os.WNOHANG)
        ended.extend([status] if found else [])
        return bool(found)

    try:
        until(gone)
    finally:
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(ended[0])


def test_a_terminal_that_is_closed_ends_the_server(tmp_path: Path) -> None:
    port, ini = free_port(), _marked.write(tmp_path)
    pid, terminal = pty.fork()
    if pid == 0:
        # Whatever the tests were started with (nohup): it is not for this server.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.chdir(tmp_path)
        os.environ["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
        os.execv(sys.executable, serve(ini, port=port))
    said = b""
    while b"Serving" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    # The signal may come before the server runs: then it is as Ctrl-C.
    assert _end(pid) in (0, 130)


UNHEARD = """
import os
import sys
import time

from apirouter.cmd import _console


def work(args):
    while os.isatty(1):
        time.sleep(0.01)
    print("Nobody hears this.")
    return 0


open("begun", "w").close()
sys.exit(_console.run(lambda: _console.parser("prog", "Say something.", ""), work, []))
"""


def test_a_command_whose_terminal_is_gone_ends_with_a_status_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "unheard.py").write_text(UNHEARD)
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.chdir(tmp_path)
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        os.environ.pop("PYTHONUNBUFFERED", None)
        os.execv(sys.executable, [sys.executable, "unheard.py"])
    until((tmp_path / "begun").exists)
    os.close(terminal)
    # Not 120, as Python says of what it could not write at its end.
    assert _end(pid) == 2


DEAF = '''
import os
import time
import weakref


class Anything:
    pass


def hear_nothing(reference):
    """Wait for the terminal's end where no exception can leave."""
    open("deaf", "w").close()
    until = time.monotonic() + 30
    while os.isatty(0) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)


def application(global_conf):
    anything = Anything()
    reference = weakref.ref(anything, hear_nothing)
    del anything
    return lambda environ, start_response: []
'''


def test_a_terminal_whose_end_nobody_could_be_told_of_ends_the_server_too(tmp_path: Path) -> None:
    (tmp_path / "deaf_app.py").write_text(DEAF)
    ini = tmp_path / "deaf.ini"
    ini.write_text("[app:main]\npaste.app_factory = deaf_app:application\n")
    pid, terminal = pty.fork()
    if pid == 0:
        # Whatever the tests were started with (nohup): it is not for this server.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.chdir(tmp_path)
        os.environ["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
        said = os.open("said", os.O_WRONLY | os.O_CREAT)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.execv(sys.executable, serve(ini, port=free_port()))
    until((tmp_path / "deaf").exists)
    os.close(terminal)
    assert _end(pid) == 0, (tmp_path / "said").read_text()
    assert "Exception ignored" in (tmp_path / "said").read_text()
