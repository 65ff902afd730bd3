"""One request on its way through a tree of objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import webob

from apirouter.context import put_context
from apirouter.dispatch import hooking
from apirouter.errors import MalformedRequestBody, MalformedRequestUrl
from apirouter.hooks import State
from apirouter.request import Request as CoreRequest

#: Where the dict stands that is ``request.context`` when no authentication filter left a context.
CONTEXT = "apirouter.objectdispatch.context"
STATE = hooking.STATE


class Call(State):
    """One request: what hooks see, and what the walk found.

    :param environ: the request.
    :param app: the application.
    """

    #: What answers: an exposed method.
    found: Any = None
    #: The controller it is a method of; None for a static one.
    instance: Any = None
    #: The path's segments that are its arguments.
    path: Sequence[str] = ()
    #: The extension that was taken from the path (``.json``), or None.
    extension: str | None = None
    #: Media type and representation of the reply; ``override`` is what :func:`override_template` said.
    content_type: str | None = None
    template: Any = None
    override: tuple[str | None, str | None] | None = None
    #: The HTTP method that was routed by.
    verb: str = ""
    about: dict[str, Any] | None = None

    def __init__(self, environ: dict[str, Any], app: Any) -> None:
        self.environ, self.app = environ, app

    def _make_request(self, environ: dict[str, Any]) -> Any:
        return self.app.make_request(environ)

    def _make_response(self) -> Any:
        return self.app.make_response()

    @property
    def context(self) -> Any:
        """Who is asking, or the request's own dict."""
        return self.request.context

    @property
    def conf(self) -> Any:
        """The configuration of the application."""
        return self.app.config


class Request(CoreRequest):
    """A request as controllers of a tree see it.

    Its query and form are UTF-8, or reading them ends in a 400.
    """

    @property
    def context(self) -> Any:
        """Who is asking, where an authentication filter said it; else a dict of this request's own."""
        found = self.environ.get("apirouter.context")
        if found is None:
            found = self.environ.setdefault(CONTEXT, {})
        return found

    @context.setter
    def context(self, value: Any) -> None:
        put_context(self.environ, value)

    @property
    def pecan(self) -> dict[str, Any]:
        """What dispatch found: ``routing_path``, ``extension`` (``.json``, or None), ``content_type``."""
        call = self.environ.get(STATE)
        if not isinstance(call, Call):
            return {}
        if call.about is None:
            call.about = {}
        call.about.setdefault("routing_path", self.environ.get("PATH_INFO", ""))
        call.about["extension"], call.about["content_type"] = call.extension, call.content_type
        return call.about

    @property
    def GET(self) -> Any:
        """The query's parameters.

        :raises MalformedRequestUrl: they are not UTF-8.
        """
        try:
            return CoreRequest.GET.fget(self)
        except UnicodeDecodeError:
            raise MalformedRequestUrl("its query is not UTF-8") from None

    @property
    def POST(self) -> Any:
        """The form's fields.

        :raises MalformedRequestBody: they are not UTF-8.
        """
        try:
            return CoreRequest.POST.fget(self)
        except (UnicodeDecodeError, ValueError):
            raise MalformedRequestBody("the form can't be read") from None


class Response(webob.Response):  # type: ignore[misc]
    """A reply as controllers of a tree see it."""
