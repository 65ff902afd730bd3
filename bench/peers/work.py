"""What the service answers, whoever serves it, and the requests that it is asked.

1. The table has ``size`` collections, ``things0`` to the last, each below ``/v2.1`` and below
   ``/v2.1/{project_id}``: GET and POST of the collection, GET, PUT and DELETE of a member, POST of a member's
   ``action``. Two more are ``guarded`` and ``versioned``.
2. A handler hands on data that is there; nothing is looked up. What a request costs is what serves it, and
   JSON.
3. A member's document is extended after it is made (``tags``): by a plugin of its own in the library and its
   ancestor, by the handler in a peer.
4. A peer reads a microversion, and refuses a request without a token, in the handler that has to.
5. A fault has the status that everyone gives; its body is in each peer's own words. Where a peer's own way
   gives another status, :data:`OWN_STATUS` says so.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bench.peers import OURS, Application

PREFIX = "/v2.1"
PROJECT = "0123456789abcdef0123456789abcdef"
MEMBER = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
TOKEN = f"user:{PROJECT}"
SERVICE = "bench"
VERSION_HEADER = "OpenStack-API-Version"
#: From this version on, a versioned document tells more.
MORE_SINCE = (2, 5)


def names(size: int) -> list[str]:
    """Return the names of the table's collections."""
    return [f"things{number}" for number in range(size)]


def starts(project: str) -> tuple[str, str]:
    """Return what paths start with, with and without a project.

    :param project: the variable in the peer's own notation.
    """
    return f"{PREFIX}/{project}", PREFIX


# --------------------------------------------------------------------------- answers


def _row(number: int) -> dict[str, Any]:
    id = f"6ba7b810-9dad-11d1-80b4-{number:012x}"
    return {
        "id": id,
        "name": f"web-{number}",
        "status": "ACTIVE",
        "created": "2026-11-01T00:00:00Z",
        "updated": "2026-11-02T12:30:45Z",
        "flavor": {"id": "1", "vcpus": 2, "ram": 4096, "disk": 40},
        "image": {"id": "70a599e0-31e7-49b7-b260-868f441e862b"},
        "addresses": {"private": [{"addr": f"192.0.2.{number}", "version": 4}]},
        "metadata": {"role": "web", "owner": "me"},
        "links": [{"rel": "self", "href": f"http://localhost{PREFIX}/things/{id}"}],
    }


#: The fifty items of a list.
ROWS = [_row(number) for number in range(50)]


def listed() -> dict[str, Any]:
    """Return the document of a collection."""
    return {"things": ROWS}


def shown(name: str, id: str) -> dict[str, Any]:
    """Return the document of a member, not yet extended."""
    return {
        "thing": {
            "id": id,
            "name": name,
            "status": "ACTIVE",
            "created": "2026-11-01T00:00:00Z",
            "flavor": {"id": "1", "vcpus": 2},
            "metadata": {"role": "web"},
        }
    }


def extend(document: dict[str, Any]) -> dict[str, Any]:
    """Add what the extension adds."""
    document["thing"]["tags"] = ["blue", "large"]
    return document


def created(name: str, body: Any) -> dict[str, Any]:
    """Return the document of what was made (202)."""
    return {"thing": {"id": MEMBER, "collection": name, "name": body["server"]["name"]}}


def rebooted(name: str, id: str, body: Any) -> dict[str, Any]:
    """Return the answer to the action ``reboot`` (202)."""
    return {"reboot": {"id": id, "collection": name, "type": body["reboot"]["type"]}}


def resized(name: str, id: str, body: Any) -> dict[str, Any]:
    """Return the answer to the action ``resize`` (202)."""
    return {"resize": {"id": id, "collection": name, "flavor": body["resize"]["flavorRef"]}}


#: What the key of an action's body leads to.
ACTIONS = MappingProxyType({"reboot": rebooted, "resize": resized})


def acted(name: str, id: str, body: Any) -> dict[str, Any]:
    """Return the answer to whatever action the body's key names (202)."""
    ((key, _),) = body.items()
    return ACTIONS[key](name, id, body)


def versioned(id: str, more: bool) -> dict[str, Any]:
    """Return a member's document, which later versions have more in."""
    document: dict[str, Any] = {"thing": {"id": id, "status": "ACTIVE"}}
    if more:
        document["thing"]["host"] = "compute-1"
    return document


def wants_more(header: str | None) -> bool:
    """Tell whether the version that a request asks for has more, as a handler of a peer finds it out."""
    if not header:
        return False
    service, _, number = header.partition(" ")
    major, _, minor = number.partition(".")
    return service == SERVICE and (int(major), int(minor)) >= MORE_SINCE


def guarded(id: str) -> dict[str, Any]:
    """Return what only somebody with a token sees."""
    return {"thing": {"id": id}}


#: The schema of ``resize``.
RESIZE = {
    "type": "object",
    "properties": {
        "resize": {
            "type": "object",
            "properties": {"flavorRef": {"type": "string", "minLength": 1, "maxLength": 255}},
            "required": ["flavorRef"],
            "additionalProperties": False,
        }
    },
    "required": ["resize"],
    "additionalProperties": False,
}


# --------------------------------------------------------------------------- requests


@dataclass(frozen=True)
class Case:
    """One request, and what it is answered.

    :param name: how tables call it.
    :param method: its HTTP method.
    :param path: its path, from the host on.
    :param body: what is sent as JSON, or None.
    :param headers: further headers, as environ keys.
    :param status: the status of the reply.
    :param answer: the document of the reply; None for a fault.
    """

    name: str
    method: str
    path: str
    status: int = 200
    answer: Any = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str | None = TOKEN

    @property
    def data(self) -> bytes:
        """The bytes of the body."""
        return b"" if self.body is None else json.dumps(self.body).encode()


#: What a peer answers where its own way has another status.
OWN_STATUS: Mapping[tuple[str, str], int] = MappingProxyType(
    {
        # Routes and Pyramid look for a route of this path and method; there is none.
        ("ancestor", "405"): 404,
        ("pyramid", "405"): 404,
    }
)


def cases(size: int, valid: Any) -> list[Case]:
    """Return the requests that a table of ``size`` resources is asked.

    :param valid: a body that the schema of creation accepts.
    """
    numbers = {"first": 0, "middle": size // 2, "last": size - 1}
    found = []
    for place, number in numbers.items():
        for label, start in (("", PREFIX), (", project", f"{PREFIX}/{PROJECT}")):
            answer = extend(shown(f"things{number}", MEMBER))
            path = f"{start}/things{number}/{MEMBER}"
            found.append(Case(f"GET {place}{label}", "GET", path, answer=answer))
    name = f"things{numbers['middle']}"
    start = f"{PREFIX}/{PROJECT}"
    reboot, resize = {"reboot": {"type": "SOFT"}}, {"resize": {"flavorRef": "2"}}
    action = f"{start}/{name}/{MEMBER}/action"
    version = {"HTTP_OPENSTACK_API_VERSION": f"{SERVICE} 2.30"}
    return [
        *found,
        Case("GET list of 50", "GET", f"{start}/{name}", answer=listed()),
        Case("POST create", "POST", f"{start}/{name}", 202, created(name, valid), valid),
        Case("POST action", "POST", action, 202, rebooted(name, MEMBER, reboot), reboot),
        Case("POST action, checked", "POST", action, 202, resized(name, MEMBER, resize), resize),
        Case("GET microversion", "GET", f"{start}/versioned/{MEMBER}", 200, versioned(MEMBER, True), headers=version),
        Case("404", "GET", f"{start}/nothings/{MEMBER}", 404),
        Case("405", "PATCH", f"{start}/{name}", 405),
        Case("401", "GET", f"{start}/guarded/{MEMBER}", 401, token=None),
    ]  # fmt: skip


def first(size: int) -> Case:
    """Return the request that a service is asked first: the last resource's member, with a project."""
    path = f"{PREFIX}/{PROJECT}/things{size - 1}/{MEMBER}"
    return Case("first", "GET", path, answer=extend(shown(f"things{size - 1}", MEMBER)))


def environ_of(case: Case) -> dict[str, Any]:
    """Return a request as a server hands it on, all but its input."""
    made: dict[str, Any] = {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": case.path,
        "RAW_URI": case.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8774",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "bench",
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": "127.0.0.1:8774",
        "HTTP_ACCEPT": "application/json",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "HTTP_CONNECTION": "keep-alive",
        "HTTP_USER_AGENT": "python-novaclient",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        **case.headers,
    }
    if case.token is not None:
        made["HTTP_X_AUTH_TOKEN"] = case.token
    if case.body is not None:
        made |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(case.data))}
    return made


@dataclass(frozen=True)
class Reply:
    """What an application answered.

    :param status: the status.
    :param headers: the headers, names in lower case.
    :param body: the bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(application: Application, case: Case) -> Reply:
    """Ask an application once, and return its reply."""
    head: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        head[:] = status, headers

    body = application({**environ_of(case), "wsgi.input": io.BytesIO(case.data)}, start_response)
    try:
        data = b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    return Reply(int(head[0][:3]), {name.lower(): value for name, value in head[1]}, data)


def differences(name: str, application: Application, wanted: list[Case]) -> list[str]:
    """Return where an application does not answer as all do, a sentence each; its speed would mean nothing.

    :param name: who it is.
    :param application: it.
    :param wanted: what it is asked.
    """
    found = []
    for case in wanted:
        reply = ask(application, case)
        status = OWN_STATUS.get((name, case.name), case.status)
        if reply.status != status:
            found.append(f"{name} answers {case.name} with {reply.status} {reply.body[:200]!r}, not {status}")
        elif case.answer is not None and json.loads(reply.body) != case.answer:
            found.append(f"{name} answers {case.name} with {reply.body[:200]!r}")
        elif case.answer is not None and not reply.headers["content-type"].startswith("application/json"):
            found.append(f"{name} answers {case.name} as {reply.headers['content-type']}")
        elif status == 405 and name in (OURS, "bare", "falcon") and "allow" not in reply.headers:
            found.append(f"{name} answers {case.name} without Allow")
    return found
