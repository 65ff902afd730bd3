"""The eight filters of the noauth2 pipeline as the ancestor has them: each a function of a WebOb request."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

import webob
import webob.dec
import webob.exc

from bench.peers.ancestor_wsgi import Fault

LOG = logging.getLogger("bench.ancestor.request")


class Middleware:
    """The base of a filter.

    :param application: what it wraps.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    @classmethod
    def factory(cls, global_conf: Any, **local_conf: Any) -> Any:
        """Make the filter from an INI section."""
        return cls

    def process_request(self, req: webob.Request) -> Any:
        """Look at a request; return a response to answer with it."""
        return None

    def process_response(self, response: Any, request: webob.Request) -> Any:
        """Look at a response."""
        return response

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        response = self.process_request(req)
        if response is not None:
            return response
        return self.process_response(req.get_response(self.application), req)


class Cors(Middleware):
    """Answer preflights, and add the headers of an allowed origin; none is configured."""

    allowed_origins: tuple[str, ...] = ()

    def process_request(self, req: webob.Request) -> Any:
        """Answer a preflight."""
        if req.method == "OPTIONS" and "Access-Control-Request-Method" in req.headers:
            return webob.Response(status=webob.exc.HTTPOk.code)
        return None

    def process_response(self, response: Any, request: webob.Request) -> Any:
        """Add the headers."""
        if "Access-Control-Allow-Origin" in response.headers or "Origin" not in request.headers:
            return response
        if request.headers["Origin"] in self.allowed_origins:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        return response


class HTTPProxyToWSGI(Middleware):
    """Believe a proxy's headers, where that is switched on; here it is not."""

    enabled = False

    def process_request(self, req: webob.Request) -> None:
        """Take the scheme and the address of a proxy's client."""
        if self.enabled and "HTTP_X_FORWARDED_PROTO" in req.environ:
            req.environ["wsgi.url_scheme"] = req.environ["HTTP_X_FORWARDED_PROTO"]


class ComputeReqId(Middleware):
    """Give each request an id."""

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        req.environ["openstack.request_id"] = own = f"req-{uuid.uuid4()}"
        response = req.get_response(self.application)
        for header in ("x-openstack-request-id", "x-compute-request-id"):
            if header not in response.headers:
                response.headers.add(header, own)
        return response


class RequestLog(Middleware):
    """Log each request."""

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        if not LOG.isEnabledFor(logging.INFO):
            return req.get_response(self.application)
        began = time.time()
        response = req.get_response(self.application)
        spent = time.time() - began
        LOG.info(
            '%s "%s %s" status: %s time: %.6f',
            req.remote_addr,
            req.method,
            req.path,
            response.status_int,
            spent,
        )
        return response


class FaultWrapper(Middleware):
    """Make a fault of what escapes."""

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        try:
            return req.get_response(self.application)
        except Exception:
            logging.getLogger("bench.ancestor").exception("Caught error")
            return Fault(webob.exc.HTTPInternalServerError())


class RequestBodySizeLimiter(Middleware):
    """Refuse bodies over a limit."""

    limit = 114688

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        if req.content_length is not None and req.content_length > self.limit:
            return Fault(webob.exc.HTTPRequestEntityTooLarge(explanation="Request is too large."))
        if req.content_length is None and req.is_body_readable:
            req.body_file = _Limited(req.body_file, self.limit)
        return req.get_response(self.application)


class _Limited:
    def __init__(self, data: Any, limit: int) -> None:
        self.data, self.left = data, limit

    def read(self, size: int | None = None) -> bytes:
        """Read, up to the limit."""
        chunk: bytes = self.data.read() if size is None else self.data.read(size)
        self.left -= len(chunk)
        if self.left < 0:
            raise webob.exc.HTTPRequestEntityTooLarge(explanation="Request is too large.")
        return chunk


class Profiler(Middleware):
    """Trace a request that is signed, where that is switched on; here it is not."""

    enabled = False

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, request: webob.Request) -> Any:
        """Answer a request."""
        return request.get_response(self.application)


class Context:
    """Who asks."""

    def __init__(self, user_id: str, project_id: str, is_admin: bool, request_id: str | None) -> None:
        self.user_id, self.project_id, self.is_admin = user_id, project_id, is_admin
        self.request_id = request_id


class NoAuth(Middleware):
    """Believe whoever asks."""

    @webob.dec.wsgify  # type: ignore[untyped-decorator]
    def __call__(self, req: webob.Request) -> Any:
        """Answer a request."""
        if "X-Auth-Token" not in req.headers:
            return Fault(
                webob.exc.HTTPUnauthorized(explanation="The request you have made requires authentication.")
            )
        user, _, project = req.headers["X-Auth-Token"].partition(":")
        request_id = req.environ.get("openstack.request_id")
        req.environ["nova.context"] = Context(user, project or user, user == "admin", request_id)
        return req.get_response(self.application)
