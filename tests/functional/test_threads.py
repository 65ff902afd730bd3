"""Sixteen threads at one application: each reply is the one to its own request, and nothing is kept."""

from __future__ import annotations

import gc
import io
import json
import sys
import threading

import pytest
import webob.exc

from apirouter import validation, wsgi
from apirouter.context import RequestContext
from apirouter.extensions import ResourceExtension
from tests.support import MODERN, plugin, router_of

THREADS, REQUESTS = 16, 20_000
SCHEMA = {"type": "object", "properties": {"mark": {"type": "string"}}, "required": ["mark"]}


class Things(wsgi.Controller):
    """Answers with all it knows of its request."""

    def _told(self, req, **more):
        return {"version": str(req.api_version), "user": req.context.user_id, **more}

    @wsgi.api_version("2.1", "2.9")
    def show(self, req, id):
        return {**self._told(req, id=id), "by": "old"}

    @wsgi.api_version("2.10")
    @wsgi.response(203)
    def show(self, req, id):
        return {**self._told(req, id=id), "by": "new"}

    @validation.schema(SCHEMA)
    def create(self, req, body):
        return wsgi.ResponseObject(
            self._told(req, mark=body["mark"], url=req.url_for("things", id=body["mark"])),
            code=201,
            headers={"X-Mark": body["mark"]},
        )

    @wsgi.expected_errors(404)
    def delete(self, req, id):
        raise webob.exc.HTTPNotFound(explanation=f"no {id} for {req.context.user_id}")

    @wsgi.action("act")
    def _act(self, req, id, body):
        return self._told(req, id=id, mark=body["act"])


class Marks(wsgi.Controller):
    """Marks replies by a header."""

    @wsgi.extends
    def show(self, req, resp_obj, id):
        resp_obj["X-Mark"] = id


@pytest.fixture(scope="module")
def app():
    return router_of(
        plugin("things", ResourceExtension("things", Things(), member_actions={"action": "POST"})),
        plugin("marks", extends={"things": Marks()}),
    )


def call(app, number, method, path, body=None, project=None):
    """One request as its own server would make it; status, headers and JSON."""
    data = b"" if body is None else json.dumps(body).encode()
    minor = number % 20 + 1
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "/v2.1",
        "PATH_INFO": f"/{project}{path}" if project else path,
        "QUERY_STRING": "",
        "SERVER_NAME": f"host{number}",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(data),
        "CONTENT_LENGTH": str(len(data)),
        "CONTENT_TYPE": "application/json",
        "HTTP_OPENSTACK_API_VERSION": f"compute 2.{minor}",
        "nova.context": RequestContext(f"user{number}", project or "p"),
    }
    seen = []
    reply = b"".join(app(environ, lambda status, headers: seen.append((int(status[:3]), dict(headers)))))
    ((status, headers),) = seen
    assert headers[MODERN] == f"compute 2.{minor}"
    assert int(headers["Content-Length"]) == len(reply)
    return status, headers, json.loads(reply), minor


def check(app, number):
    """Make the request of a number, and see that the reply is its own."""
    mark, user = f"mark{number}", f"user{number}"
    project = f"{number:x}" if number % 3 else None
    kind = number % 5
    if kind == 0:
        status, headers, told, minor = call(app, number, "GET", f"/things/{mark}", project=project)
        assert status == (203 if minor >= 10 else 200)
        assert told == {
            "version": f"2.{minor}",
            "user": user,
            "id": mark,
            "by": "new" if minor >= 10 else "old",
        }
        assert headers["X-Mark"] == mark
    elif kind == 1:
        status, headers, told, minor = call(app, number, "POST", "/things", {"mark": mark}, project)
        middle = f"/{project}" if project else ""
        assert (status, headers["X-Mark"]) == (201, mark)
        assert told == {
            "version": f"2.{minor}",
            "user": user,
            "mark": mark,
            "url": f"http://host{number}/v2.1{middle}/things/{mark}",
        }
    elif kind == 2:
        status, headers, told, _ = call(app, number, "DELETE", f"/things/{mark}", project=project)
        assert told == {"itemNotFound": {"code": 404, "message": f"no {mark} for {user}"}}
    elif kind == 3:
        path = f"/things/{mark}/action"
        status, headers, told, minor = call(app, number, "POST", path, {"act": mark}, project)
        assert (status, told) == (
            200,
            {"version": f"2.{minor}", "user": user, "id": mark, "mark": mark},
        )
    else:
        status, headers, told, _ = call(app, number, "POST", "/things", {"mark": number}, project)
        assert status == 400
        assert str(number) in told["badRequest"]["message"]


def test_each_of_sixteen_threads_gets_its_own_replies(app):
    for number in range(5):
        check(app, number)
    kept = {name: id(value) for name, value in vars(app).items()}
    failures: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def work(first):
        start.wait()
        try:
            for number in range(first, REQUESTS, THREADS):
                check(app, number)
        except BaseException as error:
            failures.append(error)

    before = sys.getswitchinterval()
    # Threads change places in the middle of every request.
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if failures:
        raise failures[0]
    assert {name: id(value) for name, value in vars(app).items()} == kept
    gc.collect()
    mine = {f"user{number}" for number in range(REQUESTS)}
    alive = [o for o in gc.get_objects() if type(o) is RequestContext and o.user_id in mine]
    assert alive == []
