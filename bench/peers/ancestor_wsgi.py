"""The ancestor's way of a resource: WebOb requests, a dispatching class, decorators that wrap.

A design of 2017, as its public descriptions have it:

1. every WSGI application and filter is a function of a ``webob.Request`` (``webob.dec.wsgify``);
2. a resource finds the method by the route's action, or by the key of the body, which is parsed for that and
   again for the call;
3. it makes a ``ResponseObject`` of what the method returns, runs the extensions on it, and serializes it;
4. a schema wraps the method that it is for; versions of one method are tried in turn.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import webob
import webob.dec
import webob.exc

DEFAULT_VERSION, MAX_VERSION = (2, 1), (2, 90)
VERSION_HEADER, LEGACY_HEADER = "OpenStack-API-Version", "X-OpenStack-Nova-API-Version"
FAULT_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
}


class Request(webob.Request):  # type: ignore[misc]
    """A request with its version and media types."""

    def best_match_content_type(self) -> str:
        """Return the media type of the reply."""
        if "bench.best_content_type" not in self.environ:
            offers = ["application/json", "application/vnd.openstack.compute+json"]
            accepted = self.accept.acceptable_offers(offers)
            self.environ["bench.best_content_type"] = accepted[0][0] if accepted else offers[0]
        found: str = self.environ["bench.best_content_type"]
        return found

    def get_content_type(self) -> str | None:
        """Return the media type of the body."""
        return self.content_type if "Content-Type" in self.headers else None

    def set_api_version_request(self) -> None:
        """Read the version that is asked for."""
        said = self.headers.get(LEGACY_HEADER)
        for word in self.headers.get(VERSION_HEADER, "").split(","):
            service, _, number = word.strip().partition(" ")
            if service == "bench":
                said = number
        if not said:
            self.api_version = DEFAULT_VERSION
        elif said == "latest":
            self.api_version = MAX_VERSION
        else:
            major, _, minor = said.partition(".")
            if not (major.isdigit() and minor.isdigit()):
                raise webob.exc.HTTPBadRequest(explanation=f"API Version String {said} is of invalid format.")
            self.api_version = int(major), int(minor)
            if not DEFAULT_VERSION <= self.api_version <= MAX_VERSION:
                raise webob.exc.HTTPNotAcceptable(explanation=f"Version {said} is not supported by the API.")


class Fault(webob.exc.HTTPException):  # type: ignore[misc]
    """An HTTP error as a JSON document.

    :param error: the error.
    """

    def __init__(self, error: webob.exc.HTTPException) -> None:
        super().__init__(error.detail, error)
        self.wrapped_exc = error

    @webob.dec.wsgify(RequestClass=Request)  # type: ignore[untyped-decorator]
    def __call__(self, req: Request) -> Any:
        """Answer with the fault."""
        code = self.wrapped_exc.status_int
        name = FAULT_NAMES.get(code, "computeFault")
        document = {name: {"code": code, "message": self.wrapped_exc.explanation}}
        self.wrapped_exc.content_type = "application/json"
        self.wrapped_exc.charset = "UTF-8"
        self.wrapped_exc.text = json.dumps(document)
        version = getattr(req, "api_version", None)
        if version is not None:
            _tell_version(self.wrapped_exc.headers, version)
        return self.wrapped_exc


def _tell_version(headers: Any, version: tuple[int, int]) -> None:
    text = f"{version[0]}.{version[1]}"
    headers[LEGACY_HEADER] = text
    headers[VERSION_HEADER] = f"bench {text}"
    headers["Vary"] = f"{VERSION_HEADER}, {LEGACY_HEADER}"


class ResponseObject:
    """What a method returned, with its code and headers.

    :param obj: the document.
    :param code: the status.
    """

    def __init__(self, obj: Any, code: int = 200) -> None:
        self.obj, self.code = obj, code
        self._headers: dict[str, str] = {}

    def serialize(self, request: Request, content_type: str) -> webob.Response:
        """Return the response."""
        response = webob.Response()
        response.status_int = self.code
        for name, value in self._headers.items():
            response.headers[name] = str(value)
        response.headers["Content-Type"] = content_type
        if self.obj is not None:
            response.body = json.dumps(self.obj).encode("utf-8")
        return response


class ControllerMeta(type):
    """Collects actions and extensions by what the methods are marked with."""

    def __new__(mcs, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> type:
        """Make the class."""
        actions: dict[str, str] = {}
        extensions: list[tuple[str, str]] = []
        for base in bases:
            actions.update(getattr(base, "wsgi_actions", {}))
        for key, value in members.items():
            if callable(value) and getattr(value, "wsgi_action", None):
                actions[value.wsgi_action] = key
            elif callable(value) and getattr(value, "wsgi_extends", None):
                extensions.append((value.wsgi_extends, key))
        members |= {"wsgi_actions": actions, "wsgi_extensions": extensions}
        return super().__new__(mcs, name, bases, members)


class Controller(metaclass=ControllerMeta):
    """The base of a controller."""

    wsgi_actions: dict[str, str]
    wsgi_extensions: list[tuple[str, str]]


def action(name: str) -> Callable[[Any], Any]:
    """Mark a method as what the key of a body leads to."""

    def mark(func: Any) -> Any:
        func.wsgi_action = name
        return func

    return mark


def extends(func: Any) -> Any:
    """Mark a method as an extension of that of its name."""
    func.wsgi_extends = func.__name__
    return func


def response(code: int) -> Callable[[Any], Any]:
    """Say a method's status."""

    def mark(func: Any) -> Any:
        func.wsgi_code = code
        return func

    return mark


def expected_errors(codes: Any) -> Callable[[Any], Any]:
    """Make a server error of what a method raises and does not list."""
    listed = codes if isinstance(codes, tuple) else (codes,)

    def wrap(func: Any) -> Any:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            try:
                return func(*args, **kwargs)
            except webob.exc.WSGIHTTPException as error:
                if error.code in listed or error.code == 400:
                    raise
                raise webob.exc.HTTPInternalServerError(explanation="Unexpected API Error.") from error

        return wrapped

    return wrap


def schema(validator: Callable[[], Any]) -> Callable[[Any], Any]:
    """Check a method's body.

    :param validator: returns the validator; called at the first request.
    """

    def wrap(func: Any) -> Any:
        found = functools.lru_cache(maxsize=None)(validator)

        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            try:
                found().validate(kwargs["body"])
            except jsonschema.ValidationError as error:
                raise webob.exc.HTTPBadRequest(explanation=error.message) from error
            return func(*args, **kwargs)

        return wrapped

    return wrap


def versions(*methods: tuple[tuple[int, int], tuple[int, int], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a method that calls the one whose versions have the request's.

    :param methods: first version, last, method.
    """

    def versioned(self: Any, req: Request, **kwargs: Any) -> Any:
        for low, high, method in methods:
            if low <= req.api_version <= high:
                return method(self, req=req, **kwargs)
        raise webob.exc.HTTPNotFound

    return versioned


class Resource:
    """The WSGI application of one collection: dispatches to its controller and the extensions of it.

    :param controller: the controller.
    """

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        self.wsgi_actions: dict[str, Any] = {}
        self.wsgi_extensions: dict[str, list[Any]] = {}
        self.register(controller)

    def register(self, controller: Controller) -> None:
        """Add the actions and the extensions of a controller."""
        for key, method in controller.wsgi_actions.items():
            self.wsgi_actions[key] = getattr(controller, method)
        for extended, method in controller.wsgi_extensions:
            self.wsgi_extensions.setdefault(extended, []).append(getattr(controller, method))

    @webob.dec.wsgify(RequestClass=Request)  # type: ignore[untyped-decorator]
    def __call__(self, request: Request) -> Any:
        """Answer a request."""
        try:
            request.set_api_version_request()
        except webob.exc.HTTPException as error:
            return Fault(error)
        args = dict(request.environ["wsgiorg.routing_args"][1])
        args.pop("controller", None)
        args.pop("format", None)
        name = args.pop("action", None)
        content_type = request.get_content_type()
        if content_type not in (None, "application/json", "text/plain"):
            return Fault(webob.exc.HTTPUnsupportedMediaType(explanation="Unsupported Content-Type"))
        try:
            return self._process(
                request, name, content_type, request.body, request.best_match_content_type(), args
            )
        except webob.exc.HTTPException as error:
            return error if isinstance(error, Fault) else Fault(error)

    def _process(
        self,
        request: Request,
        name: str,
        content_type: str | None,
        body: bytes,
        accept: str,
        args: dict[str, Any],
    ) -> Any:
        method = self._method(name, body)
        contents = {}
        if request.method in ("POST", "PUT"):
            contents = {"body": self._deserialize(body)}
        context = request.environ.get("nova.context")
        project_id = args.pop("project_id", None)
        if context is not None and project_id not in (None, context.project_id):
            raise webob.exc.HTTPBadRequest(
                explanation="Malformed request URL: URL's project_id is another one"
            )
        kwargs = {**args, **contents}
        result = method(req=request, **kwargs)
        reply = None
        if result is None or isinstance(result, dict):
            reply = ResponseObject(result)
        elif isinstance(result, ResponseObject):
            reply = result
        if reply is None:
            return result
        reply.code = getattr(method, "wsgi_code", reply.code)
        for extension in self.wsgi_extensions.get(name, ()):
            changed = extension(req=request, resp_obj=reply, **args)
            if changed is not None:
                return changed
        response = reply.serialize(request, accept)
        _tell_version(response.headers, request.api_version)
        return response

    def _method(self, name: str, body: bytes) -> Any:
        method = getattr(self.controller, name, None)
        if method is not None:
            return method
        if name != "action":
            raise webob.exc.HTTPNotFound
        document = self._deserialize(body)
        if not isinstance(document, dict) or len(document) != 1:
            raise webob.exc.HTTPBadRequest(explanation="Malformed request body")
        (key,) = document
        if key not in self.wsgi_actions:
            raise webob.exc.HTTPBadRequest(explanation=f"There is no such action: {key}")
        return self.wsgi_actions[key]

    @staticmethod
    def _deserialize(body: bytes) -> Any:
        try:
            return json.loads(body) if body else None
        except ValueError as error:
            raise webob.exc.HTTPBadRequest(explanation="Malformed request body") from error
