"""A small identity API v3 of the tests' own: users with passwords, tokens that end, and a service that may be down.

What it answers, and with which status, is what Keystone's API reference says of ``/v3/auth/tokens``.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

DOMAIN = {"id": "default", "name": "Default"}


@dataclass(frozen=True)
class User:
    """Somebody.

    :param name: the name, and the id too.
    :param password: what proves it.
    :param projects: project -> names of the roles there.
    :param system: names of the roles on the whole system.
    """

    name: str
    password: str
    projects: Mapping[str, Iterable[str]] = field(default_factory=dict)
    system: Iterable[str] = ()


class Refused(Exception):
    """A request that is answered with an error.

    :param status: status code and phrase.
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Identity:
    """The WSGI application, and what tests do to it.

    :param users: who there is.
    """

    def __init__(self, *users: User) -> None:
        self.users = {user.name: user for user in users}
        self.url = ""
        #: service type -> its URL, for the catalog.
        self.catalog: dict[str, str] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        #: What every request is answered with while it is set, as ``503 Service Unavailable``.
        self.broken = ""
        #: How many tokens were asked to be validated.
        self.validated = 0

    # ------------------------------------------------------------------ for tests

    def issue(
        self, name: str, project: str | None = None, *, system: bool = False, lives: timedelta | None = None
    ) -> str:
        """Issue a token.

        :param name: whose.
        :param project: the project that it is scoped to.
        :param system: whether it is scoped to the system instead.
        :param lives: how long; an hour unless said.
        """
        user, now = self.users[name], datetime.now(timezone.utc)
        roles = user.system if system else user.projects[project or ""]
        body: dict[str, Any] = {
            "methods": ["password"],
            "user": {"id": name, "name": name, "domain": DOMAIN, "password_expires_at": None},
            "roles": [{"id": f"role-{role}", "name": role} for role in roles],
            "catalog": self._catalog(),
            "audit_ids": [uuid.uuid4().hex],
            "issued_at": _time(now - timedelta(hours=1)),
            "expires_at": _time(now + (timedelta(hours=1) if lives is None else lives)),
        }
        if system:
            body["system"] = {"all": True}
        else:
            body["project"] = {"id": project, "name": project, "domain": DOMAIN}
            body["is_domain"] = False
        token = uuid.uuid4().hex
        self.tokens[token] = body
        return token

    def revoke(self, token: str) -> None:
        """Revoke a token."""
        del self.tokens[token]

    @contextmanager
    def down(self, status: str = "503 Service Unavailable") -> Iterator[None]:
        """Answer every request with one status."""
        self.broken = status
        try:
            yield
        finally:
            self.broken = ""

    @contextmanager
    def served(self) -> Iterator[Identity]:
        """Serve it on a port of its own."""
        server = make_server("127.0.0.1", 0, self, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    # ------------------------------------------------------------------ for clients

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer a request."""
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            if self.broken:
                raise Refused(self.broken)
            status, headers, answer = self._answer(environ, data)
        except Refused as refused:
            code, _, title = refused.status.partition(" ")
            answer = {"error": {"code": int(code), "title": title, "message": title}}
            status, headers = refused.status, []
        body = b"" if answer is None else json.dumps(answer).encode()
        given = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]
        start_response(status, given)
        return [body]

    def _answer(self, environ: dict[str, Any], data: bytes) -> tuple[str, list[tuple[str, str]], Any]:
        path, method = environ["PATH_INFO"].rstrip("/"), environ["REQUEST_METHOD"]
        version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{self.url}/v3/"}]}
        if path == "":
            return "300 Multiple Choices", [], {"versions": {"values": [version]}}
        if path == "/v3":
            return "200 OK", [], {"version": version}
        if path != "/v3/auth/tokens":
            raise Refused("404 Not Found")
        if method == "POST":
            token = self._authenticated(json.loads(data)["auth"])
            return "201 Created", [("X-Subject-Token", token)], {"token": self.tokens[token]}
        if self._live(environ.get("HTTP_X_AUTH_TOKEN", "")) is None:
            raise Refused("401 Unauthorized")
        subject = environ.get("HTTP_X_SUBJECT_TOKEN", "")
        if method == "DELETE":
            self.tokens.pop(subject, None)
            return "204 No Content", [], None
        self.validated += 1
        expired = "allow_expired=1" in environ.get("QUERY_STRING", "")
        found = self.tokens.get(subject) if expired else self._live(subject)
        if found is None:
            raise Refused("404 Not Found")
        return "200 OK", [("X-Subject-Token", subject)], {"token": found}

    def _live(self, token: str) -> dict[str, Any] | None:
        found = self.tokens.get(token)
        return (
            found if found is not None and found["expires_at"] > _time(datetime.now(timezone.utc)) else None
        )

    def _authenticated(self, asked: dict[str, Any]) -> str:
        said = asked["identity"].get("password", {}).get("user", {})
        user = self.users.get(said.get("name", said.get("id", "")))
        if user is None or user.password != said.get("password"):
            raise Refused("401 Unauthorized")
        scope = asked.get("scope", {})
        if scope.get("system"):
            return self.issue(user.name, system=True)
        project = scope.get("project", {})
        name = project.get("name", project.get("id"))
        if name not in user.projects:
            raise Refused("401 Unauthorized")
        return self.issue(user.name, name)

    def _catalog(self) -> list[dict[str, Any]]:
        def endpoints(kind: str, url: str) -> list[dict[str, str]]:
            return [
                {"id": f"{kind}-{i}", "interface": i, "region": "here", "region_id": "here", "url": url}
                for i in ("public", "internal", "admin")
            ]

        services = {"identity": f"{self.url}/v3", **self.catalog}
        return [
            {"id": kind, "type": kind, "name": kind, "endpoints": endpoints(kind, url)}
            for kind, url in services.items()
        ]


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
