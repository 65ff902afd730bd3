"""Security: each line of the threat model, tried end to end; ``SECURITY.md`` says which line is shown by which.

Each ``check_*`` function raises where a promise is broken. Requests go through ``etc/api-paste.ini`` as it ships,
unless the threat is one to another front end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apirouter import wsgi
from apirouter.deploy import loadapp
from apirouter.errors import ConfigError
from apirouter.objectdispatch import ObjectApp, expose
from tests.functional.computeapi import IMAGE, write_ini
from tests.reliability._judge import Judge, Reply, send
from tests.reliability._serving import ROOT
from tests.reliability._table import Figure, program
from tests.support import ask, router_for

ALICE = {"HTTP_X_AUTH_TOKEN": "alice:demo", "HTTP_HOST": "api.example"}
SECRET = "the-secret-of-the-service"


def run(long: bool) -> list[Figure]:
    """Try every threat.

    :param long: measure the comparison of secrets too.
    """
    figures = []
    with tempfile.TemporaryDirectory() as name:
        for check in CHECKS:
            try:
                check(Path(name))
                problem = ""
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                sys.stdout.write(f"{check.__name__}: {problem}\n")
            what = check.__name__.removeprefix("check_").replace("_", " ")
            figures.append(Figure(what, "broken" if problem else "tried", _promise(check), not problem))
    if long:
        figures.append(_comparison())
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


def _promise(check: Callable[..., Any]) -> str:
    return (check.__doc__ or "").partition("\n")[0].rstrip(".")


def service(directory: Path) -> Judge:
    """Return a judge of the compute example; it holds every reply to what is promised of any."""
    return Judge(loadapp(f"config:{write_ini(directory)}"))


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect every line that a log file would have, at DEBUG."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, handler = logging.getLogger(), Handler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _post(judge: Judge, path: str, document: Any, **more: str) -> Reply:
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        **ALICE,
        **more,
    }
    return judge(request, json.dumps(document).encode())


def check_forged_identity(directory: Path) -> None:
    """Identity headers that a client sent count for nothing."""
    judge = service(directory)
    server = {"server": {"name": "of-bob", "imageRef": IMAGE, "flavorRef": "1"}}
    assert _post(judge, "/v2.1/servers", server, HTTP_X_AUTH_TOKEN="bob:other").status == 202
    forged = {
        "HTTP_X_ROLES": "admin",
        "HTTP_X_ROLE": "admin",
        "HTTP_X_USER_ID": "admin",
        "HTTP_X_IS_ADMIN": "True",
    }
    forged |= {
        "HTTP_X_IS_ADMIN_PROJECT": "True",
        "HTTP_X_PROJECT_ID": "other",
        "HTTP_X_IDENTITY_STATUS": "Confirmed",
    }
    asked = {"PATH_INFO": "/v2.1/servers", "QUERY_STRING": "all_tenants=1", **ALICE}
    with_forged = judge({**asked, **forged})
    assert with_forged.body == judge(asked).body
    assert b"of-bob" not in with_forged.body
    assert judge({"PATH_INFO": "/v2.1/servers", "HTTP_HOST": "a", **forged}).status == 401


def check_identity_that_a_proxy_drops(directory: Path) -> None:
    """``Connection: X-Roles`` gives 401, never somebody by default."""
    judge = service(directory)
    for header in ("X-Roles", "x-user-id, close", "X-Auth-Token", "Authorization"):
        assert judge({"PATH_INFO": "/v2.1/servers", **ALICE, "HTTP_CONNECTION": header}).status == 401, header


def check_untrusted_proxy(directory: Path) -> None:
    """What an untrusted peer forwards is not believed."""
    judge = service(directory)
    said = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "1.1.1.1",
    }
    said["HTTP_FORWARDED"] = "for=1.1.1.1;host=evil.example;proto=https"
    body = judge({"PATH_INFO": "/v2.1/flavors", **ALICE, **said}).body
    assert b"evil" not in body
    assert b"http://api.example/" in body


def check_poisoned_host(directory: Path) -> None:
    """A ``Host`` that is no host is a 400."""
    judge = service(directory)
    for host in ("h/abc?x=", "user@h", "h\x01", "h h", "h#", "h:99999", "[::1", "h\\x", "..", ""):
        status = judge({"PATH_INFO": "/v2.1/flavors", **ALICE, "HTTP_HOST": host}).status
        assert status == 400 or not host, (host, status)


def check_redirect_elsewhere(directory: Path) -> None:
    """No ``Location`` leads to another origin."""
    judges = [service(directory), Judge(ObjectApp(_Root()))]
    for judge in judges:
        for path in (
            "//evil.example",
            "//evil.example/sub",
            "/\\evil.example",
            "/\t/evil.example",
            " //evil.example",
            "//sub",
        ):
            location = judge({"PATH_INFO": path, **ALICE}).header("Location") or ""
            rest = location.removeprefix("http://api.example/")
            assert not location or (rest != location and not rest.startswith(("/", "\\"))), (path, location)


def check_log_injection(directory: Path) -> None:
    """A line end in a request is none in the log."""
    judge = service(directory)
    evil = "x\r\n2026-01-01 ERROR forged: line\x1b[2J\x85\u2028".encode("utf-8").decode("latin-1")
    with logged() as lines:
        for key in ("PATH_INFO", "REQUEST_METHOD", "QUERY_STRING", "REMOTE_ADDR", "HTTP_HOST",
        "HTTP_ORIGIN", "HTTP_ACCEPT",
                    "HTTP_X_AUTH_TOKEN", "HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_REQUEST_ID",
                    "CONTENT_TYPE",
                    "CONTENT_LENGTH", "HTTP_FORWARDED", "HTTP_USER_AGENT", "HTTP_REFERER",
                    "SCRIPT_NAME"):  # fmt: skip
            judge({"PATH_INFO": "/v2.1/servers", **ALICE, key: ("/" if key == "PATH_INFO" else "") + evil})
        _post(judge, "/v2.1/servers/1/action", {evil: {}})
        _post(judge, "/v2.1/servers", {"server": {evil: evil}})
    assert len(lines) > 15
    for line in lines:
        assert "\n" not in line, line
        assert "\r" not in line, line
        assert "\x1b" not in line, line


def check_response_splitting(directory: Path) -> None:
    """No header of a reply holds a line end, whatever the request holds."""
    judge = service(directory)
    for evil in ("a\r\nSet-Cookie: a=b", "a\nX: y", "a\rX: y", "a\0b"):
        for key in ("HTTP_X_OPENSTACK_REQUEST_ID", "HTTP_OPENSTACK_API_VERSION", "HTTP_ORIGIN",
        "PATH_INFO", "QUERY_STRING",
                    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "HTTP_ACCEPT", "CONTENT_TYPE",
                    "HTTP_HOST"):  # fmt: skip
            # The judge refuses such a header.
            judge({"PATH_INFO": "/v2.1/servers", **ALICE, key: evil})
            judge({"PATH_INFO": "/v2.1", **ALICE, key: evil})


def check_tunnelled_methods(directory: Path) -> None:
    """No parameter and no header makes a GET another method."""
    judge = service(directory)
    server = {"server": {"name": "kept", "imageRef": IMAGE, "flavorRef": "1"}}
    made = json.loads(_post(judge, "/v2.1/servers", server).body)["server"]["id"]
    path = {"PATH_INFO": f"/v2.1/servers/{made}", **ALICE}
    for more in (
        {"QUERY_STRING": "_method=DELETE"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
        {"HTTP_X_HTTP_METHOD": "DELETE"},
    ):
        judge({**path, **more})
        judge({**path, **more, "REQUEST_METHOD": "POST"}, b"_method=DELETE")
        assert judge(path).status == 200


def check_way_around_the_authentication(directory: Path) -> None:
    """No spelling of a path reaches the API without its filters."""
    judge = service(directory)
    for path in ("/v2.1/servers", "//v2.1/servers", "/./v2.1/servers", "/V2.1/servers", "/v2.1//servers",
    "/v2.1/./servers",
                 "/x/../v2.1/servers", "/%76%32.1/servers", "/v2.1%2fservers", "/v2.1/servers/",
                 "/v2.1;x/servers",
                 "\\v2.1\\servers", "v2.1/servers", "/v2.1/servers.json", "/v2/servers",
                 "/v2.1\x00/servers"):  # fmt: skip
        for method in ("GET", "HEAD", "POST", "DELETE"):
            request = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": "api.example"}
            reply = judge(request)
            assert reply.status in (300, 400, 401, 404, 405), (path, method, reply.status)
            assert b'"servers"' not in reply.body


class _Things(wsgi.Controller):
    """One that has more than it serves."""

    secret = SECRET

    def index(self, req: Any) -> Any:
        return {}

    def show(self, req: Any, id: str) -> Any:
        return {"id": "shown"}

    @wsgi.action("poke")
    def _poke(self, req: Any, id: str, body: Any) -> Any:
        return {"poked": True}

    def helper(self, req: Any, id: str = "", body: Any = None) -> Any:
        return {"secret": SECRET}

    def _private(self, req: Any, id: str = "", body: Any = None) -> Any:
        return {"secret": SECRET}


def check_unstamped_methods(directory: Path) -> None:
    """A method that no route and no stamp names is reached by nothing."""
    router = router_for(_Things(), member_actions={"action": "POST"})
    names = (
        "helper",
        "_private",
        "secret",
        "_poke",
        "__init__",
        "__class__",
        "show",
        "index",
        "__dict__",
        "wsgi_actions",
    )
    for name in names:
        for path in (f"/things/{name}", f"/things/1/{name}", f"/{name}", f"/things/{name}/action"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                assert SECRET not in ask(router, path, method, {"x": 1}).text, path
        reply = ask(router, "/things/1/action", "POST", {name: {}})
        assert (reply.status_int, SECRET in reply.text) == (400, False), name
    assert ask(router, "/things/1/action", "POST", {"poke": {}}).json == {"poked": True}
    assert ask(router, "/things/1/action", "POST", {"poke": {}, "helper": {}}).status_int == 400


class _Sub:
    @expose()
    def index(self) -> str:
        return "sub"


class _Root:
    """A tree that has more than it exposes."""

    sub = _Sub()
    secret = {"password": SECRET}
    module = os

    def __init__(self) -> None:
        self.token = SECRET

    @expose()
    def index(self) -> str:
        return "root"

    @expose()
    def page(self) -> str:
        return "page"

    def hidden(self) -> str:
        return SECRET

    def _private(self) -> str:
        return SECRET


def check_attribute_walks(directory: Path) -> None:
    """Object dispatch leads to what is exposed, through no other attribute."""
    judge = Judge(ObjectApp(_Root()))
    first = ["__class__", "__init__", "__dict__", "__module__", "__doc__", "__globals__", "__call__",
    "__getattribute__",
             "secret", "module", "token", "hidden", "_private", "im_func", "func_globals", "mro",
             "gi_frame"]  # fmt: skip
    then = [
        "",
        "/__globals__",
        "/__globals__/SECRET",
        "/__class__",
        "/__mro__",
        "/__subclasses__",
        "/environ",
        "/password",
        "/path",
    ]
    for base in ("", "/sub", "/page", "/index"):
        for name in first:
            for rest in then:
                for method in ("GET", "POST"):
                    path = f"{base}/{name}{rest}"
                    reply = judge({"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": "api.example"})
                    assert SECRET.encode() not in reply.body, path
                    # What stands behind an exposed method are its arguments: too many of them.
                    assert reply.status in (400, 404), (path, reply.status)


def check_static_files(directory: Path) -> None:
    """No path leads out of the directory of static files."""
    public = directory / "public"
    public.mkdir()
    (public / "page.txt").write_text("public")
    (directory / "secret.txt").write_text(SECRET)
    (directory / "public-not").mkdir()
    (directory / "public-not" / "secret.txt").write_text(SECRET)
    judge = Judge(ObjectApp(_Root(), static_root=str(public), debug=True))
    assert judge({"PATH_INFO": "/page.txt", "HTTP_HOST": "a"}).body == b"public"
    ups = ("..", "%2e%2e", "..;", ".\\.", "\\..", "%2e.", "..%2f", "..\\", "....//..", "public/..")
    for up in ups:
        for path in (
            f"/{up}/secret.txt",
            f"//{up}/secret.txt",
            f"/x/{up}/{up}/secret.txt",
            f"/{up}secret.txt",
            f"{up}/secret.txt",
        ):
            assert SECRET.encode() not in judge({"PATH_INFO": path, "HTTP_HOST": "a"}).body, path
    for path in (
        str(directory / "secret.txt"),
        f"/{directory}/secret.txt",
        "/../public-not/secret.txt",
        "-not/secret.txt",
    ):
        assert SECRET.encode() not in judge({"PATH_INFO": path, "HTTP_HOST": "a"}).body, path
    text = "[composite:main]\nuse = egg:apirouter#urlmap\n/docs = doc\n/v2.1 = api\n"
    text += "[app:doc]\nuse = egg:apirouter#openapi\n"
    (directory / "docs.ini").write_text(text + "[app:api]\nuse = egg:apirouter#router\n")
    docs = Judge(loadapp(f"config:{directory}/docs.ini"))
    for up in ups:
        for name in ("__init__.py", "application.py", "viewer/../application.py"):
            assert docs({"PATH_INFO": f"/docs/{up}/{name}", "HTTP_HOST": "a"}).status in (400, 404)


def check_secrets_in_logs(directory: Path) -> None:
    """A crash logs neither token, nor password, nor cookie, at DEBUG."""

    class Crashing(wsgi.Controller):
        def create(self, req: Any, body: Any) -> Any:
            raise RuntimeError(f"{dict(req.headers)} {body}")

    router = router_for(Crashing())
    secrets = {
        "HTTP_X_AUTH_TOKEN": "alice:t0ken-value",
        "HTTP_COOKIE": "sid=c00kie-value",
        "HTTP_AUTHORIZATION": "Bearer b34rer",
    }
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/things",
        "CONTENT_TYPE": "application/json",
        **secrets,
    }
    with logged() as lines:
        reply = send(router, request, b'{"adminPass": "hunter22", "password": "hunter33"}')
    text = "\n".join(lines) + reply.body.decode()
    assert reply.status == 500
    assert "Traceback" in text
    for secret in ("t0ken-value", "c00kie-value", "b34rer", "hunter22", "hunter33"):
        assert secret not in text, secret


def check_bombs_in_policy_files(directory: Path) -> None:
    """A policy file that explodes is refused in seconds and in a few words."""
    from apirouter.policy.source import Source

    lists = "a: &a [role:x]\n" + "".join(
        f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n" for p, n in zip("abcdefg", "bcdefgh", strict=True)
    )
    bombs = {"[": "[" * 100000, "{": "{a: " * 5000, "aliases": lists,
    "nots": '"r": "' + "not " * 20000 + '@"',
             "code": '!!python/object/apply:os.system ["true"]',
             "number": '{"r": ' + "9" * 100000 + "}"}  # fmt: skip
    for name, text in bombs.items():
        path = directory / "bomb.yaml"
        path.write_text(text)
        begun = time.process_time()
        said = ""
        try:
            Source({}, str(path), (), enforce_new_defaults=False).read()
        except ConfigError as error:
            said = str(error)
        assert 0 < len(said) < 1000, (name, said[:100])
        assert time.process_time() - begun < 10, name


def check_cache_of_entry_points(directory: Path) -> None:
    """A cache of entry points that others can write is not read."""
    cache = directory / "cache"
    hostile = cache / "python-entrypoints"
    hostile.mkdir(parents=True)
    hostile.chmod(0o777)
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None)\n"
        "from apirouter.deploy import loadapp\n"
        "from apirouter.errors import ConfigError\n"
        "try:\n"
        f"    loadapp('config:{write_ini(directory)}')\n"
        "except ConfigError as error:\n"
        "    assert 'can be written by others' in str(error), error\n"
        "else:\n"
        "    sys.exit('it loads')\n"
        "print([path for path in opened if 'python-entrypoints' in path])\n"
    )
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT), "HOME": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stdout
    assert list(hostile.iterdir()) == []


def check_bodies_that_explode(directory: Path) -> None:
    """A body is read as JSON once, to a depth, and never unpacked or parsed as a form."""
    judge = service(directory)
    for body in (b"[" * 100000, b'{"a":' * 20000, b"9" * 100000, b'{"a":1,"a":2}', b"NaN", b'"\\ud800"'):
        request = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v2.1/servers",
            "CONTENT_TYPE": "application/json",
            **ALICE,
        }
        assert judge(request, body).status == 400
    assert _post(judge, "/v2.1/servers/1/action", {"reboot": {}, "os-stop": None}).status in (400, 404)
    form = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v2.1/servers",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }
    assert judge({**form, **ALICE}, b"a=1&" * 1000).status == 415


CHECKS: tuple[Callable[[Path], None], ...] = (
    check_forged_identity, check_identity_that_a_proxy_drops, check_untrusted_proxy, check_poisoned_host,
    check_redirect_elsewhere, check_log_injection, check_response_splitting, check_tunnelled_methods,
    check_way_around_the_authentication, check_unstamped_methods, check_attribute_walks, check_static_files,
    check_secrets_in_logs, check_bombs_in_policy_files, check_cache_of_entry_points,
    check_bodies_that_explode,
)  # fmt: skip


def _comparison() -> Figure:
    """Compare the time that signatures take which are wrong at the start, and at the end."""
    from compute_api.metadata import MetadataApp

    with tempfile.TemporaryDirectory() as directory:
        app = MetadataApp.factory(
            {"database": f"sqlite:///{directory}/x.sqlite"}, metadata_proxy_shared_secret=SECRET
        )
        right = hmac.new(SECRET.encode(), b"1", hashlib.sha256).hexdigest()
        early = ("0" if right[0] != "0" else "1") + right[1:]
        late = right[:-1] + ("0" if right[-1] != "0" else "1")

        def ask_with(signature: str) -> float:
            more = {
                "HTTP_X_INSTANCE_ID": "1",
                "HTTP_X_INSTANCE_ID_SIGNATURE": signature,
                "HTTP_X_TENANT_ID": "demo",
            }
            request = {"PATH_INFO": "/openstack/latest/meta_data.json", "HTTP_HOST": "a", **more}
            begun = time.perf_counter_ns()
            send(app, request)
            return float(time.perf_counter_ns() - begun)

        pairs = [(ask_with(early), ask_with(late)) for _ in range(20000)]
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    kept = 0.95 < ratio < 1.05
    return Figure("comparison of a signature, early/late mistake", f"{ratio:.3f}", "0.95 to 1.05", kept)


if __name__ == "__main__":
    sys.exit(main())
