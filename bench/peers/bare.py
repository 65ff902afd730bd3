"""The service as a WSGI callable writes it by hand: a dict of names, ``json``, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from bench.peers import Application, work


def application(size: int) -> Application:
    """Return the service."""
    collections = frozenset(work.names(size))

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, document, headers = answer(environ)
        data = json.dumps(document).encode()
        start_response(
            status, [("Content-Type", "application/json"), ("Content-Length", str(len(data))), *headers]
        )
        return [data]

    def answer(environ: dict[str, Any]) -> tuple[str, Any, tuple[tuple[str, str], ...]]:
        method = environ["REQUEST_METHOD"]
        _, _, *parts = environ["PATH_INFO"].split("/")
        if parts[0] not in collections and len(parts) > 1 and parts[0] == work.PROJECT:
            del parts[0]
        name, rest = parts[0], parts[1:]
        if name in collections:
            if not rest:
                if method == "GET":
                    return "200 OK", work.listed(), ()
                if method == "POST":
                    return "202 Accepted", work.created(name, _body(environ)), ()
                return _fault("405 Method Not Allowed", (("Allow", "GET, POST"),))
            if len(rest) == 1:
                if method in ("GET", "PUT"):
                    return "200 OK", work.extend(work.shown(name, rest[0])), ()
                if method == "DELETE":
                    return "204 No Content", None, ()
                return _fault("405 Method Not Allowed", (("Allow", "DELETE, GET, PUT"),))
            if rest[1:] == ["action"] and method == "POST":
                return "202 Accepted", work.acted(name, rest[0], _body(environ)), ()
        elif name == "versioned" and rest:
            more = work.wants_more(environ.get("HTTP_OPENSTACK_API_VERSION"))
            return "200 OK", work.versioned(rest[0], more), ()
        elif name == "guarded" and rest:
            if "HTTP_X_AUTH_TOKEN" not in environ:
                return _fault("401 Unauthorized", ())
            return "200 OK", work.guarded(rest[0]), ()
        return _fault("404 Not Found", ())

    return app


def _body(environ: dict[str, Any]) -> Any:
    return json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))


def _fault(status: str, headers: tuple[tuple[str, str], ...]) -> tuple[str, Any, tuple[tuple[str, str], ...]]:
    return status, {"fault": {"code": int(status[:3]), "message": status[4:]}}, headers
