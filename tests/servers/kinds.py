"""The servers: how each is started with one deployment, and what it can do.

A kind is a function of a home directory, a port and a prefix that writes what its server reads, and says how
to start it. Each serves the same ``etc/api-paste.ini``, or the script ``compute_api/wsgi.py`` that loads it.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import compute_api
from tests.ports import free_port
from tests.servers.harness import deploy, program, python_path

#: How many processes a server that can have several is given.
WORKERS = 2
SCRIPT = "compute_api.wsgi:application"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Launch:
    """How a server is started.

    :param command: what starts it; it stays in the foreground.
    :param environment: more variables.
    :param stop: the signal that ends it after the requests in flight; 0 when it has none.
    :param reload: the signal that replaces its processes one by one; 0 when it has none.
    :param touch: the file that does so when it is touched, where there is no signal.
    :param workers: how many processes answer.
    :param ends_in_flight: whether requests in flight are answered when it ends.
    :param may_drop: whether a worker that is replaced may close a connection without a reply, now and then.
    :param takes_chunks: whether it reads bodies that have no length.
    :param proxied: whether it is a proxy, which tells whom it was asked by.
    :param port: where it listens, when a proxy stands in front.
    :param upstream: the server behind a proxy.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    stop: int = signal.SIGTERM
    reload: int = 0
    touch: Path | None = None
    workers: int = 1
    ends_in_flight: bool = True
    may_drop: bool = False
    takes_chunks: bool = True
    proxied: bool = False
    port: int = 0
    upstream: Launch | None = None


Kind = Callable[[Path, int, str], Launch]


def _needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


def _counting(home: Path) -> dict[str, str]:
    """Return the variable that lets processes count together."""
    counters = home / "counters"
    counters.mkdir(exist_ok=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(counters)}


def waitress_ini(home: Path, port: int, prefix: str) -> Launch:
    """``[server:main]`` names waitress; ``apirouter-serve`` starts it."""
    options = f"use = egg:waitress#main\nlisten = 127.0.0.1:{port}\nclear_untrusted_proxy_headers = no"
    deploy(home, server=f"{options}\nurl_prefix = {prefix}" if prefix else options, metrics=True)
    command = (sys.executable, "-m", "apirouter", "serve", "etc/api-paste.ini")
    return Launch(command=command, environment=_counting(home))


def waitress_script(home: Path, port: int, prefix: str) -> Launch:
    """``waitress-serve`` imports the script."""
    deploy(home, metrics=True)
    options = [f"--listen=127.0.0.1:{port}", "--no-clear-untrusted-proxy-headers"]
    options += [f"--url-prefix={prefix}"] if prefix else []
    command = (sys.executable, "-m", "waitress", *options, SCRIPT)
    # It ends at once: apirouter-serve is what lets requests in flight finish.
    return Launch(command=command, environment=_counting(home), ends_in_flight=False)


def _gunicorn(home: Path, prefix: str, command: tuple[str, ...]) -> Launch:
    _needs("gunicorn")
    environment = {**_counting(home), **({"SCRIPT_NAME": prefix} if prefix else {})}
    # What can't be told on the command line of a [server:main] is read from here.
    (home / "gunicorn.conf.py").write_text("control_socket_disable = True\n", encoding="utf-8")
    return Launch(command=command, environment=environment, reload=signal.SIGHUP, workers=WORKERS)


def gunicorn_ini(home: Path, port: int, prefix: str) -> Launch:
    """``[server:main]`` names gunicorn; ``apirouter-serve`` starts it."""
    options = f"use = egg:gunicorn#main\nhost = 127.0.0.1\nport = {port}\nworkers = {WORKERS}"
    deploy(home, server=options, metrics=True)
    command = (sys.executable, "-m", "apirouter", "serve", "etc/api-paste.ini")
    return dataclasses.replace(_gunicorn(home, prefix, command))


def gunicorn_paste(home: Path, port: int, prefix: str) -> Launch:
    """``gunicorn --paste`` loads the INI."""
    deploy(home, metrics=True)
    options = (f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", "--paste", "etc/api-paste.ini")
    return _gunicorn(home, prefix, (sys.executable, "-m", "gunicorn", *options))


def gunicorn_script(home: Path, port: int, prefix: str) -> Launch:
    """``gunicorn`` imports the script; its workers have threads."""
    deploy(home, metrics=True)
    options = (f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", "--threads=4")
    return _gunicorn(home, prefix, (sys.executable, "-m", "gunicorn", *options, SCRIPT))


def uwsgi(home: Path, port: int, prefix: str) -> Launch:
    """``uwsgi --ini-paste`` loads the INI, where a section ``[uwsgi]`` has its options."""
    binary = program("uwsgi")
    lines = [
        "[uwsgi]",
        f"http-socket = 127.0.0.1:{port}",
        # It closes after each reply, and doesn't say so.
        "add-header = Connection: close",
        f"processes = {WORKERS}",
        "threads = 4",
        "master = true",
        "lazy-apps = true",
        "need-app = true",
        "die-on-term = true",
        # Now and then a worker with threads doesn't come to its end.
        "worker-reload-mercy = 10",
        f"virtualenv = {sys.prefix}" if sys.prefix != sys.base_prefix else "",
    ]
    start: tuple[str, ...] = ("--ini-paste", "etc/api-paste.ini")
    if prefix:
        lines += [f"mount = {prefix}={SCRIPT}", "manage-script-name = true"]
        start = ("--ini", "etc/api-paste.ini")
    deploy(home, metrics=True, sections="\n" + "\n".join(filter(None, lines)) + "\n")
    return Launch(
        command=(binary, *start),
        environment=_counting(home),
        reload=signal.SIGHUP,
        workers=WORKERS,
        ends_in_flight=False,
        takes_chunks=False,
    )


def granian(home: Path, port: int, prefix: str) -> Launch:
    """``granian --interface wsgi`` imports the script."""
    _needs("granian")
    deploy(home, metrics=True)
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    options += ["--workers", str(WORKERS), "--blocking-threads", "4"]
    # A worker that was starting when the signal came would be waited for without end.
    options += ["--workers-kill-timeout", "20"]
    options += ["--url-path-prefix", prefix] if prefix else []
    command = (sys.executable, "-m", "granian", *options, SCRIPT)
    return Launch(
        command=command,
        environment=_counting(home),
        reload=signal.SIGHUP,
        workers=WORKERS,
        # Seen once in some runs; docs/deploying.md says what to do about it.
        may_drop=True,
    )


_WERKZEUG = """
import sys

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

from compute_api.wsgi import application

port, prefix = int(sys.argv[1]), sys.argv[2]
if prefix:
    application = DispatcherMiddleware(application, {prefix: application})
run_simple("127.0.0.1", port, application, threaded=True)
"""


def werkzeug(home: Path, port: int, prefix: str) -> Launch:
    """``run_simple``, for development: it ends at once."""
    _needs("werkzeug")
    deploy(home, metrics=True)
    (home / "run.py").write_text(_WERKZEUG, encoding="utf-8")
    command = (sys.executable, "run.py", str(port), prefix)
    return Launch(command=command, environment=_counting(home), ends_in_flight=False)


_APACHE = """
{user}
ServerRoot "{home}"
ServerName 127.0.0.1
PidFile "{home}/httpd.pid"
Listen 127.0.0.1:{port}
{modules}
ErrorLog "/dev/stderr"
GracefulShutdownTimeout 5
WSGISocketPrefix "{socket}"
<VirtualHost *:{port}>
  WSGIApplicationGroup %{{GLOBAL}}
  WSGIDaemonProcess compute processes={workers} threads=4 display-name=compute-api home="{home}" \
python-home="{python}" python-path="{path}" shutdown-timeout=20
  WSGIProcessGroup compute
  WSGIChunkedRequest On
  WSGIPassAuthorization On
  WSGIScriptAlias {mount} "{script}"
  <Directory "{directory}">
    Require all granted
  </Directory>
</VirtualHost>
"""
#: Who answers when root starts it.
APACHE_USER = "www-data"
_MODULES = ("mpm_event", "authz_core", "authz_host")


def _mod_wsgi() -> str:
    """Return the path of a mod_wsgi for the Python that runs the tests; skip the test without one."""
    if importlib.util.find_spec("mod_wsgi") is not None:
        express = program("mod_wsgi-express")
        done = subprocess.run([express, "module-location"], capture_output=True, text=True, check=True)
        return done.stdout.strip()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    system = Path(f"/usr/lib/apache2/modules/mod_wsgi.so-{version}")
    if not system.is_file():
        pytest.skip(f"there is no mod_wsgi for Python {version}")
    return str(system)


def _python_for_others(paths: list[str]) -> tuple[str, list[str]]:
    """Return the prefix of a Python that Apache's user may enter, and where its modules are.

    Started by root, Apache answers as another user, who may not enter root's home: Debian's Python serves
    then, if it is of the same version, with the packages of the one that runs the tests.
    """
    if os.geteuid() != 0 or _open_to_all(Path(sys.base_prefix).resolve()):
        prefix = sys.prefix
    elif Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}").is_file():
        prefix, paths = "/usr", [*paths, sysconfig.get_path("purelib")]
    else:
        pytest.skip(f"{APACHE_USER} may not enter {sys.base_prefix}")
    for path in (prefix, *paths):
        if os.geteuid() == 0 and not _open_to_all(Path(path).resolve()):
            pytest.skip(f"{APACHE_USER} may not enter {path}")
    return prefix, paths


def _open_to_all(path: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


def apache(home: Path, port: int, prefix: str) -> Launch:
    """Apache's mod_wsgi: a virtual host, and ``WSGIScriptAlias`` to the script."""
    binary = program("apache2")
    module = _mod_wsgi()
    python, paths = _python_for_others(python_path(home))
    directory = Path("/usr/lib/apache2/modules")
    modules = [f"LoadModule {n}_module {directory}/mod_{n}.so" for n in _MODULES]
    modules.append(f"LoadModule wsgi_module {module}")
    deploy(home, metrics=True)
    # As a deployment has it: a copy, which is touched when the service has changed.
    script = Path(shutil.copy(Path(str(compute_api.__file__)).parent / "wsgi.py", home / "app.wsgi"))
    text = _APACHE.format(
        home=home,
        user=f"User {APACHE_USER}\nGroup {APACHE_USER}" if os.geteuid() == 0 else "",
        port=port,
        modules="\n".join(modules),
        socket=home / "wsgi",
        workers=WORKERS,
        python=python,
        path=os.pathsep.join(paths),
        mount=prefix or "/",
        script=script,
        directory=script.parent,
    )
    (home / "httpd.conf").write_text(text, encoding="utf-8")
    environment = _counting(home)
    if os.geteuid() == 0:
        for path in (home, *home.rglob("*")):
            shutil.chown(path, APACHE_USER, APACHE_USER)
    return Launch(
        command=(binary, "-DFOREGROUND", "-f", str(home / "httpd.conf")),
        environment=environment,
        stop=signal.SIGWINCH,
        touch=script,
        workers=WORKERS,
    )


_NGINX = """
{user}
daemon off;
master_process on;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  upstream compute {{
{upstreams}
  }}
  server {{
    listen 127.0.0.1:{port};
    location {location} {{
      proxy_pass http://compute{target};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      {prefix_header}
      proxy_set_header Connection "";
      proxy_set_header Forwarded "";
{more}
    }}
  }}
}}
"""


def nginx_configuration(
    home: Path, port: int, prefix: str, upstreams: str, more: str = ""
) -> tuple[str, ...]:
    """Write an ``nginx.conf``; return the command that serves it.

    :param upstreams: the lines of ``upstream``.
    :param more: more lines of ``location``.
    """
    text = _NGINX.format(
        home=home,
        # Its workers would be nobody's, who may not enter a directory of the tests'.
        user="user root;" if os.geteuid() == 0 else "",
        port=port,
        upstreams=upstreams,
        location=f"{prefix}/",
        # A path in proxy_pass replaces the location's; nginx decodes and encodes it then.
        target="/" if prefix else "",
        prefix_header=f"proxy_set_header X-Forwarded-Prefix {prefix};" if prefix else "",
        more=more,
    )
    (home / "nginx.conf").write_text(text, encoding="utf-8")
    return (program("nginx"), "-p", str(home), "-c", str(home / "nginx.conf"))


def nginx(home: Path, port: int, prefix: str) -> Launch:
    """nginx in front of gunicorn: it tells who asked, for what, and below which prefix."""
    behind = free_port()
    upstream = dataclasses.replace(gunicorn_paste(home, behind, ""), port=behind)
    command = nginx_configuration(home, port, prefix, f"    server 127.0.0.1:{behind};")
    return Launch(
        command=command,
        stop=signal.SIGQUIT,
        reload=signal.SIGHUP,
        workers=WORKERS,
        proxied=True,
        upstream=upstream,
    )


ALL: Mapping[str, Kind] = {
    "waitress by [server:main]": waitress_ini,
    "waitress by the script": waitress_script,
    "gunicorn by [server:main]": gunicorn_ini,
    "gunicorn --paste": gunicorn_paste,
    "gunicorn by the script": gunicorn_script,
    "uWSGI --ini-paste": uwsgi,
    "granian": granian,
    "werkzeug run_simple": werkzeug,
    "Apache mod_wsgi": apache,
    "nginx": nginx,
}
#: What every run of the tests starts; ``APIROUTER_SERVERS=all`` starts the rest as well.
USUAL = "gunicorn --paste"


def chosen(*, briefly: bool = False) -> list[Any]:
    """Return the kinds to test, as parameters.

    :param briefly: whether the test is one that every run makes, with the usual kind.
    """
    if os.environ.get("APIROUTER_SERVERS") == "all":
        return list(ALL)
    later = pytest.mark.skip(reason="tox -e servers starts the servers for this")
    return [USUAL if briefly else pytest.param(USUAL, marks=later)]
