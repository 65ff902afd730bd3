"""WSGI: every filter and application between servers and applications of every manner.

1. Around every filter and application, and inside every filter,
stands wsgiref's validator: what conforms inside
   conforms outside, and arrives unchanged.
2. What misbehaves inside is answered by one reply,
or breaks off as the server sees it: the iterable inside is
   closed once, nothing that was sent is sent again, and no other exception than the application's (or the
   server's own) arrives.
3. A body is the same whichever way the server hands it out; nothing is read past its end.
4. HTTP/1.0, keep-alive, pipelining, ``Expect: 100-continue`` and chunked bodies work through waitress and
   gunicorn (see :mod:`._wire`).
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

from apirouter import wsgi as plugin_side
from apirouter.deploy import loadapp
from tests.reliability import _stack, _wire
from tests.reliability._judge import environ_of
from tests.reliability._table import Figure, program
from tests.reliability.fuzz import applications, quiet
from tests.support import router_for

_TOKENS = {
    "HTTP_X_AUTH_TOKEN": "alice:demo",
    "HTTP_AUTHORIZATION": "Basic YWxpY2U6c2VjcmV0",
    "HTTP_HOST": "a.example",
}


def run(long: bool) -> list[Figure]:
    """Try everything; the long version tries the sockets more often.

    :param long: a hundred rounds over sockets instead of one.
    """
    with quiet(), tempfile.TemporaryDirectory() as name:
        logging.getLogger("apirouter").setLevel(logging.INFO)
        directory = Path(name)
        wraps = _stack.filters(_htpasswd(directory))
        figures = [_validated(wraps), _misbehaving(wraps), _inputs(wraps)]
        figures.append(_applications(directory))
    return [*figures, *_wire.over_sockets(100 if long else 1)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


def _htpasswd(directory: Path) -> str:
    try:
        import bcrypt
    except ImportError:
        return ""
    path = directory / "htpasswd"
    path.write_text(f"alice:{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n")
    return str(path)


def _environ(**more: Any) -> dict[str, Any]:
    return environ_of({**_TOKENS, "REMOTE_PORT": "1", **more})


def _report(name: str, tried: int, promise: str, broken: list[str]) -> Figure:
    for one in broken:
        sys.stdout.write(f"{name}: {one}\n")
    return Figure(name, f"{tried} ({len(broken)} broken)" if broken else str(tried), promise, not broken)


def _validated(wraps: dict[str, _stack.Wrap]) -> Figure:
    """Put the validator inside and outside of every filter."""
    broken, tried = [], 0
    for name, wrap in wraps.items():
        for manner in filter(lambda m: m.conforms, _stack.manners()):
            tried += 1
            seen = _stack.Outcome().serve(validator(wrap(validator(manner))), _environ())
            if seen.error or seen.status != "200 OK" or seen.body != b"abbccc":
                broken.append(f"{name} around {manner.name}: {seen.error!r} {seen.status} {seen.body!r}")
    return _report("validated, filter x application", tried, "unchanged, both sides conform", broken)


def _misbehaving(wraps: dict[str, _stack.Wrap]) -> Figure:
    """Put what misbehaves inside of every filter."""
    broken, tried = [], 0
    for name, wrap in wraps.items():
        for manner in _stack.manners():
            tried += 1
            seen = _stack.Outcome().serve(wrap(manner), _environ())
            bare = _stack.Outcome().serve(*_again(manner.name))
            problem = _problem(seen, bare, manner)
            if problem:
                broken.append(f"{name} around what {manner.name}: {problem}")
    return _report("misbehaving, filter x application", tried, "one reply or a break, closed once", broken)


def _again(name: str) -> tuple[Any, dict[str, Any]]:
    return next(m for m in _stack.manners() if m.name == name), _environ()


def _problem(seen: _stack.Outcome, bare: _stack.Outcome, manner: _stack.Manner) -> str:
    """Return what is wrong with an outcome, given the one without any filter."""
    if seen.error is not None and not isinstance(seen.error, (_stack.Trouble, AssertionError)):
        return f"{type(seen.error).__name__} arrives: {seen.error}"
    if manner.body.closed > 1:
        return f"closed {manner.body.closed} times"
    if manner.body.closed == 0 and manner.name not in _UNUSED:
        return "never closed"
    if seen.error is None and bare.error is not None and not seen.status.startswith("500"):
        # Where a filter waits for nothing, a break while closing comes after a whole reply.
        return "" if bare.body == seen.body else f"the failure became {seen.status} {seen.body!r}"
    if seen.error is not None and bare.error is None:
        return f"raises {seen.error!r}, alone it does not"
    if seen.error is not None and not bare.body.startswith(seen.body):
        return f"sent {seen.body!r}, not {bare.body!r}"
    return ""


#: Manners that never hand out the body.
_UNUSED = (
    *(
        "a list",
        "write()",
        "raises at once",
        "raises after the start",
        "raises after write()",
        "starts twice",
    ),
    "starts anew when it is too late",
)


class _Echo(plugin_side.Controller):
    def create(self, req: Any, body: Any = None) -> Any:
        return {"got": body}


def _inputs(wraps: dict[str, _stack.Wrap]) -> Figure:
    """Send one body by inputs of every kind."""
    data = json.dumps({"text": "é" * 150, "lines": "\n" * 20}).encode()
    length = {"CONTENT_LENGTH": str(len(data))}
    ended = {"wsgi.input_terminated": True}
    chunked = {**ended, "HTTP_TRANSFER_ENCODING": "chunked"}
    kinds: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
        ("whole", length, {"terminated": False}, 200),
        ("pieces of 7 bytes", length, {"piece": 7, "terminated": False}, 200),
        ("single bytes", length, {"piece": 1, "terminated": False}, 200),
        ("seekable", length, {"seekable": True}, 200),
        ("terminated, with a length", {**length, **ended}, {}, 200),
        ("terminated, without one", ended, {}, 200),
        ("chunked", chunked, {"piece": 100}, 200),
        ("neither", {}, {"terminated": False}, 200),
        ("shorter than it says", {"CONTENT_LENGTH": str(len(data) + 5)}, {}, 400),
        ("breaks off", {"CONTENT_LENGTH": str(len(data) + 5)}, {"breaks": True}, 400),
        ("breaks off, chunked", chunked, {"breaks": True, "piece": 50}, 400),
        ("longer than it says", {"CONTENT_LENGTH": str(len(data) - 1)}, {"terminated": False}, 400),
        ("a length and chunks", {**length, **chunked}, {}, 400),
    ]
    broken, tried = [], 0
    application = router_for(_Echo())
    for name, wrap in {"nothing": lambda inner: inner, **wraps}.items():
        for kind, environ, how, status in kinds:
            tried += 1
            request = _environ(
                REQUEST_METHOD="POST", PATH_INFO="/things", CONTENT_TYPE="application/json", **environ
            )
            request["wsgi.input"] = _stack.Input(data, **how)
            seen = _stack.Outcome().serve(wrap(application), request)
            expected = None if kind == "neither" else json.loads(data)
            good = seen.error is None and int(seen.status[:3]) == status
            if not good or (status == 200 and json.loads(seen.body) != {"got": expected}):
                broken.append(f"{kind}, behind {name}: {seen.error!r} {seen.status} {seen.body[:200]!r}")
    return _report("inputs, filter x kind", tried, "the same body, or a 400", broken)


def _applications(directory: Path) -> Figure:
    """Put the validator around every application, and ask each for a few things."""
    made: dict[str, Any] = dict(applications(directory))
    for name, text in _APPS.items():
        path = directory / f"{name}.ini"
        path.write_text(text)
        made[name] = loadapp(f"config:{path}")
    paths = [
        "",
        "/",
        "/v2.1",
        "/v2.1/",
        "/v2.1/servers",
        "/v2.1/nope",
        "/healthcheck",
        "/openapi.json",
        "/things",
        "//x",
    ]
    broken, tried = [], 0
    for name, application in made.items():
        for path in paths:
            for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                tried += 1
                request = _environ(REQUEST_METHOD=method, PATH_INFO=path)
                with warnings.catch_warnings():
                    # The validator warns of methods that it doesn't know; there are none here.
                    warnings.simplefilter("error")
                    seen = _stack.Outcome().serve(validator(application), request)
                if seen.error or seen.status.startswith("5") or (method == "HEAD" and seen.body):
                    broken.append(f"{name}: {method} {path}: {seen.error!r} {seen.status} {seen.body[:80]!r}")
    return _report("validated, application x request", tried, "a conforming reply", broken)


_APPS = {
    "openapi": "[composite:main]\nuse = egg:apirouter#urlmap\n/openapi.json = doc\n/v2.1 = api\n"
    "[app:doc]\nuse = egg:apirouter#openapi\n[app:api]\nuse = egg:apirouter#router\nmax_version = 2.9\n",
    "healthcheck": "[app:main]\nuse = egg:apirouter#healthcheck\n",
    "versions": "[app:main]\nuse = egg:apirouter#versions\n",
}


if __name__ == "__main__":
    sys.exit(main())
