"""Object dispatch beside Pecan as shipped, Pecan with its signature look-up memoised, and falcon.

Goal: at most a tenth of memoised Pecan, and at most 1.3 times falcon, for a GET three levels deep, a POST with a
JSON body, and a 404. Each figure is the best of several rounds; the rounds of all peers alternate, so that what
else runs on the machine meets all of them.

    python -m bench.objects [--rounds N] [--calls N]
"""

from __future__ import annotations

import gc
import io
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from apirouter.dispatch.hooking import Captured
from bench.harness import Goal, arguments, finish

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BODY = json.dumps({"name": "a", "size": 3}).encode()
CASES = {
    "GET /a/b/c": ("GET", "/a/b/c", b"", "200 OK", {"hello": "world"}),
    "POST /a/b/make": ("POST", "/a/b/make", BODY, "200 OK", {"name": "a", "size": 3}),
    "404 /a/b/none": ("GET", "/a/b/none", b"", "404 Not Found", None),
}
TENTH, FALCON = 0.1, 1.3


def environ(method: str, path: str, body: bytes) -> dict[str, Any]:
    """Return a request as a server hands it on."""
    made = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "bench",
        "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        made.update({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))})
    return made


def ours() -> App:
    """Return the tree as apirouter serves it."""
    from apirouter.objectdispatch import ObjectApp, expose

    return ObjectApp(_tree(expose))


def pecan(memoised: bool) -> App:
    """Return the tree as Pecan serves it.

    :param memoised: whether it looks each signature up once.
    """
    import pecan

    from bench.peers.pecan import looking_up

    return looking_up(pecan.Pecan(_tree(pecan.expose)), memoised)


def _tree(expose: Any) -> Any:
    class Last:
        @expose("json")
        def c(self) -> dict[str, str]:
            return {"hello": "world"}

        @expose("json")
        def make(self, name: str, size: int) -> dict[str, Any]:
            return {"name": name, "size": size}

    class Middle:
        b = Last()

    class Root:
        a = Middle()

    return Root()


def falcon() -> App:
    """Return the same three answers as falcon gives them."""
    import falcon

    class Hello:
        def on_get(self, req: Any, resp: Any) -> None:
            resp.media = {"hello": "world"}

    class Make:
        def on_post(self, req: Any, resp: Any) -> None:
            given = req.media
            resp.media = {"name": given["name"], "size": given["size"]}

    app = falcon.App()
    app.add_route("/a/b/c", Hello())
    app.add_route("/a/b/make", Make())
    return app


PEERS: dict[str, Callable[[], App]] = {
    "apirouter": ours,
    "falcon": falcon,
    "pecan, memoised": lambda: pecan(True),
    "pecan": lambda: pecan(False),
}


def check(name: str, app: App) -> None:
    """Refuse a peer that does not give the answers: its speed would mean nothing."""
    for case, (method, path, body, status, expected) in CASES.items():
        captured = Captured()
        reply = b"".join(app(environ(method, path, body), captured))
        if captured.status != status or (expected is not None and json.loads(reply) != expected):
            raise SystemExit(f"{name} answers {case} with {captured.status} {reply!r}")


def measure(app: App, case: str, calls: int) -> float:
    """Return microseconds per call of one round."""
    method, path, body, _, _ = CASES[case]
    requests = [environ(method, path, body) for _ in range(calls)]

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        pass

    gc.collect()
    started = time.perf_counter()
    for request in requests:
        for _ in app(request, start_response):
            pass
    return (time.perf_counter() - started) / calls * 1e6


def made() -> dict[str, App]:
    """Return the application of each that is installed."""
    apps: dict[str, App] = {}
    for name, make in PEERS.items():
        try:
            apps[name] = make()
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return apps


def main() -> int:
    """Run the benchmark."""
    parser = arguments("Object dispatch beside Pecan as shipped, Pecan memoised, and falcon.")
    parser.set_defaults(rounds=15)
    parser.add_argument("--calls", type=int, default=1000)
    options = parser.parse_args()
    apps = made()
    for name, app in apps.items():
        check(name, app)
    figures: dict[str, dict[str, float]] = {}
    goals = []
    print(f"{'':16}" + "".join(f"{name:>18}" for name in apps))
    for case in CASES:
        best = figures[case] = dict.fromkeys(apps, float("inf"))
        for _ in range(options.rounds):
            for name, app in apps.items():
                calls = options.calls if name in ("apirouter", "falcon") else max(options.calls // 10, 1)
                best[name] = min(best[name], measure(app, case, calls))
        print(f"{case:16}" + "".join(f"{us:>15.1f} us" for us in best.values()))
        for peer, bound in (("falcon", FALCON), ("pecan, memoised", TENTH)):
            if peer in best:
                goals.append(Goal(f"{case} / {peer}", best["apirouter"] / best[peer], bound))
    return finish(options, {"microseconds": figures}, goals)


if __name__ == "__main__":
    raise SystemExit(main())
