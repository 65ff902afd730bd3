"""A small WSGI client and small applications for the tests of the filters."""

from __future__ import annotations

import io
import json
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator


class Reply:
    """What came back, with what was seen on the way."""

    def __init__(self, status, headers, body, environ):
        self.status = int(status.split()[0])
        self.headerlist = headers
        self.body = body
        self.environ = environ

    def header(self, name):
        """The value of a header that must stand there once; None when absent."""
        found = self.all(name)
        assert len(found) < 2, f"{name} stands there {len(found)} times: {found}"
        return found[0] if found else None

    def all(self, name):
        return [v for k, v in self.headerlist if k.lower() == name.lower()]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def fault(self):
        """The one fault of the reply: its name and its content."""
        ((name, fault),) = self.json.items()
        return name, fault


def make_environ(path="/", method="GET", body=None, headers=(), **more):
    """An environ as a server makes it: headers by their names, dashes or underscores."""
    environ = {"REMOTE_ADDR": "192.0.2.1", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    environ.update(REQUEST_METHOD=method, PATH_INFO=path, SCRIPT_NAME="")
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
    for name, value in dict(headers).items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    for key, value in more.items():
        if value is None:
            environ.pop(key.replace("__", "."), None)
        else:
            environ[key.replace("__", ".")] = value
    return environ


def call(app, path="/", method="GET", body=None, headers=(), *, environ=None, checked=True, **more):
    """Serve one request as a server does, under wsgiref's validator unless told otherwise."""
    environ = environ if environ is not None else make_environ(path, method, body, headers, **more)
    started = []
    written = []

    def start_response(status, headers, exc_info=None):
        assert not started or exc_info, "a second start_response needs exc_info"
        if exc_info and any(written):
            raise exc_info[1].with_traceback(exc_info[2])
        started[:] = [status, list(headers)]
        for name, value in headers:
            assert "\n" not in name + value, (name, value)
            assert "\r" not in name + value, (name, value)
        return written.append

    result = (validator(app) if checked else app)(environ, start_response)
    try:
        for chunk in result:
            assert started, "the body came before the status"
            written.append(chunk)
    finally:
        if hasattr(result, "close"):
            result.close()
    return Reply(started[0], started[1], b"".join(written), environ)


def ok(environ, start_response):
    """A trivial application."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def tell(*keys):
    """An application that answers what its environ has under the keys, None for nothing."""

    def application(environ, start_response):
        data = json.dumps({key: environ.get(key) for key in keys}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]

    return application


class Tracked:
    """An iterable that knows whether it was closed, and may raise on the way."""

    def __init__(self, chunks=(b"a", b"b"), error=None, after=0):
        self.chunks, self.error, self.after = list(chunks), error, after
        self.given = 0
        self.closed = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.error is not None and self.given == self.after:
            raise self.error
        if self.given >= len(self.chunks):
            raise StopIteration
        self.given += 1
        return self.chunks[self.given - 1]

    def close(self):
        self.closed += 1


def answering(body, headers=()):
    """An application that answers with a given iterable."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), *headers])
        return body

    return application


def raising(error, *, late=False):
    """An application that raises, having started its reply or not."""

    def application(environ, start_response):
        if late:
            start_response("200 OK", [("Content-Type", "text/plain")])
        raise error

    return application
