"""``apirouter-serve`` as its users meet it: a process, a socket, signals."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import apirouter
from tests import demo
from tests.ports import free_port

ROOT = str(Path(apirouter.__file__).parent.parent)
#: How long anything may take before the test gives up, in seconds.
PATIENCE = 30.0


@pytest.fixture(scope="module")
def ini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.write(tmp_path_factory.mktemp("demo"))


def command(ini: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ini.parent), ROOT))}
    environment.pop("PYTHONWARNINGS", None)
    return [sys.executable, "-m", "apirouter", "serve", *arguments], environment


class Served:
    """A server process.

    :param process: it.
    :param first: the first line it printed.
    """

    def __init__(self, process: subprocess.Popen[str], first: str) -> None:
        self.process, self.first = process, first
        found = re.search(r"http://([\d.]+|\[::1\]):(\d+)", first)
        assert found, f"{first!r} {process.stderr.read() if process.stderr else ''}"
        self.host, self.port = found[1].strip("[]"), int(found[2])

    def get(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return exit status, the rest of stdout, and stderr."""
        self.process.send_signal(number)
        # Not communicate(): it passes over what a readline() before it took in and did not return.
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=PATIENCE), out, err


@contextmanager
def served(ini: Path, *arguments: str) -> Iterator[Served]:
    line, environment = command(ini, str(ini), *arguments)
    process = subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ini.parent
    )
    # Whoever reads what it prints must not wait for ever.
    watch = threading.Timer(2 * PATIENCE, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        yield Served(process, process.stdout.readline())
    finally:
        watch.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(ini: Path, *arguments: str) -> str:
    """Return the one line that a command says which can't do its work."""
    line, environment = command(ini, *arguments)
    done = subprocess.run(
        line, env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=ini.parent
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("apirouter-serve: ")
    return lines[0]


class SlowRequest:
    """A request that is being answered when the signal comes."""

    def __init__(self, server: Served, directory: Path, seconds: float) -> None:
        self._started = directory / f"started-{server.port}"
        self._reply: tuple[int, bytes] | str = "none"
        self._path = f"/v2/things/slow?started={self._started}&seconds={seconds}"
        self._server = server
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._started.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _ask(self) -> None:
        try:
            self._reply = self._server.get(self._path)
        except (OSError, http.client.HTTPException) as error:
            self._reply = type(error).__name__

    def reply(self) -> tuple[int, bytes] | str:
        self._thread.join(PATIENCE)
        return self._reply


def test_it_prints_url_mounts_and_extensions_and_answers(ini: Path) -> None:
    with served(ini) as server:
        assert server.get("/") == (200, b"hello")
        assert server.get("/v2/things") == (200, b'{"things": []}')
        status, out, err = server.end()
    assert status == 0
    assert server.first == f"Serving {ini} at http://127.0.0.1:{server.port}\n"
    assert out.splitlines() == [
        "  /    hello   demo_api.others:hello",
        "  /v2  things  apirouter.routing.router:APIRouter",
        "  extensions of /v2: more, things",
    ]
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_the_requests_in_flight(ini: Path, tmp_path: Path, number: int) -> None:
    with served(ini) as server:
        idle = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
        idle.request("GET", "/")
        assert idle.getresponse().read() == b"hello"
        slow = SlowRequest(server, tmp_path, 1.0)
        server.process.send_signal(number)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((server.host, server.port), timeout=1).close()
            except (ConnectionRefusedError, ConnectionResetError):
                # Reset: the address was closed while this connection was being made.
                break
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert slow.reply() == (200, b'{"slow": true}')
        _, err = server.process.communicate(timeout=PATIENCE)
        idle.close()
    assert server.process.returncode == 0
    assert "Traceback" not in err


def test_a_request_whose_body_is_still_on_its_way_is_answered(ini: Path) -> None:
    with served(ini) as server, socket.create_connection((server.host, server.port)) as client:
        client.settimeout(PATIENCE)
        client.sendall(
            b"POST /v2/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 14\r\nConnection: close\r\n\r\n{"
        )
        # The server has read it when it answers somebody who came later.
        assert server.get("/")[0] == 200
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        client.sendall(b'"name": "ab"}')
        reply = b"".join(iter(lambda: client.recv(4096), b""))
        server.process.communicate(timeout=PATIENCE)
    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert reply.endswith(b'{"name": "ab"}')
    assert server.process.returncode == 0


def test_the_grace_period_cuts_off_what_takes_longer(ini: Path, tmp_path: Path) -> None:
    with served(ini, "--grace", "0.2") as server:
        slow = SlowRequest(server, tmp_path, 20)
        before = time.monotonic()
        status, _, err = server.end()
        took = time.monotonic() - before
        assert slow.reply() == "RemoteDisconnected"
    assert status == 0
    assert took < 15
    assert "Cutting off 1 request(s)" in err


def test_a_second_signal_does_not_wait(ini: Path, tmp_path: Path) -> None:
    with served(ini) as server:
        SlowRequest(server, tmp_path, 20)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert server.end(signal.SIGINT)[0] == 0


def test_bind_overrides_the_section(ini: Path) -> None:
    port = free_port()
    with served(ini, "--bind", f"127.0.0.1:{port}") as server:
        assert server.port == port
        assert server.get("/")[0] == 200


def test_a_unix_socket_is_taken_away_at_the_end(ini: Path, tmp_path: Path) -> None:
    path = tmp_path / "s"
    line, environment = command(ini, str(ini), "--bind", f"unix:{path}")
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().decode().endswith(f" at unix:{path}\n")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.0 200")
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert not path.exists()


def test_a_port_in_use_is_one_line(ini: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = refused(ini, str(ini), "--bind", address)
        assert f"{address} is in use already" in line
        assert "--bind" in line
        if _has_gunicorn():
            assert f"{address} is in use already" in refused(
                ini, str(ini), "--bind", address, "--workers", "1"
            )


def _has_gunicorn() -> bool:
    try:
        import gunicorn  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[composite:main]\nuse = call:apirouter.deploy.urlmap:urlmap_factory\n/ = nothing\n", "nothing"),
        ("[app:main]\nuse = egg:NoSuchDistribution\n", "NoSuchDistribution"),
        ("nonsense\n", "broken.ini:1"),
        (
            "[DEFAULT]\nx = 1\n[app:main\npaste.app_factory = demo_api.others:hello_factory\n",
            "broken.ini:3: [DEFAULT] '[app:main' is a header without its end; write '[app:main]'",
        ),
        (
            "[app:main]\npaste.app_factory = demo_api.others:hello_factory\n"
            "[server:main]\nuse = egg:waitress\nhost = 127.0.0.1\nport = 87740\n",
            "broken.ini:6: [server:main] 127.0.0.1:87740 is no address: a port is at most 65535",
        ),
        (
            "[app:main]\npaste.app_factory = demo_api.others:hello_factory\n"
            "[server:main]\nuse = egg:waitress\nlisten = 127.0.0.1:http\n",
            "broken.ini:5: [server:main] 127.0.0.1:http is no address: 'http' is no port; write HOST:PORT",
        ),
        (
            "[app:main]\npaste.app_factory = demo_api.others:hello_factory\n[server:main]\nuse = egg:nope\n",
            "nope",
        ),
        (
            "[app:main]\npaste.app_factory = demo_api.others:hello_factory\n"
            "[server:main]\nuse = egg:waitress\nprot = 1\n",
            "prot",
        ),
        (
            "[app:main]\npaste.app_factory = demo_api.others:hello_factory\n[loggers]\nkeys = root\n",
            "logging can't be set up",
        ),
    ],
)
def test_a_broken_ini_is_one_line(ini: Path, text: str, said: str) -> None:
    broken = ini.parent / "broken.ini"
    broken.write_text(text)
    line = refused(ini, str(broken))
    assert said in line
    assert "broken.ini" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.ini"], "there is no file no.ini"),
        (["dem.ini"], "did you mean 'demo.ini'?"),
        (["."], "is a directory"),
        (["demo.ini", "--app", "thing"], "things"),
        (["demo.ini", "--bind", "nowhere"], "write HOST:PORT"),
        (["demo.ini", "--bind", "127.0.0.1:99999"], "write HOST:PORT"),
        (["demo.ini", "--bind", "203.0.113.77:8080"], "is no address of this machine"),
        (["demo.ini", "--server", "mian"], "main"),
        (["demo.ini", "colour"], "write NAME=VALUE"),
        (["demo.ini", "--workers", "0"], "no number of processes"),
        (["demo.ini", "--grace", "soon"], "soon is no number of seconds up to a day"),
        (["demo.ini", "--reload", "--workers", "2"], "don't go together"),
        (["demo_api.others:no_such"], "no 'no_such'"),
        (["no_such_module:application"], "can't be imported"),
    ],
)
def test_a_mistyped_command_line_is_one_line(ini: Path, arguments: Sequence[str], said: str) -> None:
    assert said in refused(ini, *arguments)


@pytest.mark.parametrize(
    ("package", "arguments", "said"),
    [
        (
            "waitress",
            ["demo.ini"],
            "demo.ini [server:main] needs waitress, which is not installed; pip install 'apirouter[serve]'",
        ),
        (
            "waitress",
            ["plain.ini"],
            "apirouter-serve needs waitress, which is not installed; pip install 'apirouter[serve]'",
        ),
        (
            "waitress",
            ["demo_api.others:hello"],
            "apirouter-serve needs waitress, which is not installed; pip install 'apirouter[serve]'",
        ),
        (
            "hupper",
            ["demo.ini", "--reload"],
            "--reload needs hupper, which is not installed; pip install 'apirouter[reload]'",
        ),
        (
            "gunicorn",
            ["demo.ini", "--workers", "2"],
            "--workers needs gunicorn, which is not installed; pip install 'apirouter[workers]'",
        ),
    ],
)
def test_a_package_that_is_not_installed_is_one_line_with_its_extra(
    ini: Path, package: str, arguments: Sequence[str], said: str
) -> None:
    (ini.parent / "plain.ini").write_text("[app:main]\npaste.app_factory = demo_api.others:hello_factory\n")
    without = (
        f"import sys; sys.modules[{package!r}] = None; from apirouter.cmd.serve import main; sys.exit(main())"
    )
    environment = command(ini)[1]
    done = subprocess.run(
        [sys.executable, "-c", without, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ini.parent,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"apirouter-serve: {said}\n"


def test_debug_shows_the_traceback(ini: Path) -> None:
    line, environment = command(ini, "no.ini", "--debug")
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("apirouter-serve: there is no file")


def test_at_debug_each_request_names_controller_and_method(ini: Path) -> None:
    json_type = {"Content-Type": "application/json"}
    with served(ini, "--debug") as server:
        server.get("/v2/things.json")
        server.get("/v2/things/7/action", "POST", json.dumps({"kick": None}), **json_type)
        _, _, err = server.end()
    assert "GET /v2/things is answered by demo_api.plugins.ThingsController.index" in err
    assert "POST /v2/things/{id}/action {kick} is answered by demo_api.plugins.MoreController._kick" in err


def test_without_sections_logging_is_readable_on_stderr(ini: Path) -> None:
    with served(ini) as server:
        server.get("/v2/things")
        _, _, err = server.end()
    assert re.search(r"^\d{4}-\d\d-\d\d \S+ INFO +\[-\] demo_api.plugins: listing$", err, re.MULTILINE)
    assert "is answered by" not in err
    with served(ini, "--log-level", "warning") as server:
        server.get("/v2/things")
        assert "listing" not in server.end()[2]


def test_the_logging_sections_of_the_ini_count(ini: Path) -> None:
    logged = ini.parent / "logged.ini"
    logged.write_text(
        demo.INI
        + """
[loggers]
keys = root, things
[handlers]
keys = file
[formatters]
keys = short
[logger_root]
level = WARNING
handlers = file
[logger_things]
level = INFO
qualname = demo_api.plugins
handlers =
[handler_file]
class = FileHandler
args = ('%(here)s/log', 'w')
formatter = short
[formatter_short]
format = %(levelname)s|%(name)s|%(message)s
"""
    )
    with served(logged) as server:
        server.get("/v2/things")
        _, _, err = server.end()
    assert (ini.parent / "log").read_text() == "INFO|demo_api.plugins|listing\n"
    assert "listing" not in err


def test_variables_stand_in_the_ini(ini: Path) -> None:
    text = demo.INI.replace("port = 0", "port = %(chosen)s").replace("[DEFAULT]", "[DEFAULT]\nchosen = 1")
    chosen = ini.parent / "chosen.ini"
    chosen.write_text(text)
    with served(chosen, "chosen=0") as server:
        assert server.get("/")[0] == 200


def test_another_server_is_called_as_paste_does(ini: Path) -> None:
    port = free_port()
    with served(ini, "--server", "other", "--bind", f"127.0.0.1:{port}") as server:
        assert server.port == port
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                assert server.get("/") == (200, b"hello")
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert server.end()[0] == 0


def test_an_application_in_a_module_is_served(ini: Path) -> None:
    line, environment = command(ini, "demo_api.others:hello", "--bind", "127.0.0.1:0")
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ini.parent
    ) as process:
        assert process.stdout is not None
        server = Served(process, process.stdout.readline())
        assert server.get("/") == (200, b"hello")
        assert server.end()[0] == 0


def test_it_answers_soon_after_the_application_has_loaded(ini: Path) -> None:
    environment = command(ini)[1]
    code = f"from apirouter import loadapp; loadapp('config:{ini}')"

    def loading() -> float:
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ini.parent)
        return time.perf_counter() - before

    def serving() -> float:
        before = time.perf_counter()
        with served(ini) as server:
            assert server.get("/")[0] == 200
            return time.perf_counter() - before

    pairs = [(loading(), serving()) for _ in range(3)]
    assert min(served - 1.6 * loaded for loaded, served in pairs) < 0.25, pairs


@pytest.mark.skipif(not _has_gunicorn(), reason="gunicorn is not installed")
def test_workers_are_processes_of_gunicorn(ini: Path) -> None:
    with served(ini, "--workers", "2", "--bind", f"127.0.0.1:{free_port()}") as server:
        _when_it_listens(server)
        answers = {count: server.get("/", **{f"X-{n}": "0" for n in range(count)})[0] for count in (50, 70)}
        status, _, err = server.end()
    assert answers == {50: 200, 70: 431}
    assert status == 0
    assert err.count("Booting worker") == 2


@pytest.mark.skipif(not _has_gunicorn(), reason="gunicorn is not installed")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_after_the_requests_in_flight(ini: Path, tmp_path: Path, number: int) -> None:
    with served(ini, "--workers", "1", "--bind", f"127.0.0.1:{free_port()}") as server:
        _when_it_listens(server)
        slow = SlowRequest(server, tmp_path, 1.0)
        server.process.send_signal(number)
        assert slow.reply() == (200, b'{"slow": true}')
        assert server.process.wait(PATIENCE) == 0
        with pytest.raises(ConnectionRefusedError):
            server.get("/")


def _when_it_listens(server: Served) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            assert server.get("/v2/things") == (200, b'{"things": []}')
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_reload_starts_again_when_the_ini_or_a_plugin_changes(tmp_path: Path) -> None:
    pytest.importorskip("hupper")
    ini = demo.write(tmp_path)
    with served(ini, "--reload") as server:
        assert server.get("/v2/things") == (200, b'{"things": []}')
        plugins = tmp_path / "demo_api" / "plugins.py"
        time.sleep(1.5)
        plugins.write_text(plugins.read_text().replace('{"things": []}', '{"things": ["new"]}'))
        assert _again(server).get("/v2/things") == (200, b'{"things": ["new"]}')
        time.sleep(1.5)
        ini.write_text(ini.read_text().replace("/v2 = things", "/v3 = things"))
        again = _again(server)
        assert again.get("/v3/things") == (200, b'{"things": ["new"]}')
        assert again.end()[0] == 0
    with pytest.raises(ConnectionRefusedError):
        again.get("/v3/things")


def _again(server: Served) -> Served:
    """Wait until the server tells anew where it is."""
    assert server.process.stdout is not None
    for line in server.process.stdout:
        if line.startswith("Serving"):
            return Served(server.process, line)
    raise AssertionError("it did not start again")
