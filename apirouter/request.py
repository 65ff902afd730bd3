"""What a controller's method receives and may return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import webob

from apirouter.microversion import Version
from apirouter.serialization import loads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Request(webob.Request):  # type: ignore[misc]
    """A ``webob.Request`` that knows its microversion, its context and its routes.

    Everything it knows stands in the environ, so a second Request on the same environ knows the same.
    """

    @property
    def json(self) -> Any:
        """The value of the JSON body, parsed once; None for an empty body.

        :raises MalformedRequestBody: the body is no JSON.
        """
        kept = self.environ.get("apirouter.json")
        if kept is None:
            body = self.body
            kept = self.environ["apirouter.json"] = (loads(body) if body else None,)
        return kept[0]

    @json.setter
    def json(self, value: Any) -> None:
        self.environ.pop("apirouter.json", None)
        webob.Request.json.fset(self, value)

    json_body = json

    @property
    def context(self) -> Any:
        """Who is asking: the context that an authentication filter left, or None."""
        return self.environ.get("apirouter.context")

    @context.setter
    def context(self, value: Any) -> None:
        self.environ["apirouter.context"] = value

    @property
    def api_version(self) -> Any:
        """The microversion of the request, a :class:`.Version`; None before routing."""
        return self.environ.get("apirouter.version")

    @api_version.setter
    def api_version(self, value: Version | str | None) -> None:
        self.environ["apirouter.version"] = Version.parse(value) if isinstance(value, str) else value

    #: The ancestors' name.
    api_version_request = api_version

    @property
    def best_content_type(self) -> str:
        """The media type of the reply: by the path's suffix, then Accept by quality, else JSON."""
        router = self.environ.get("apirouter.router")
        if router is None:
            return "application/json"
        chosen: str = router.best_content_type(self.environ)
        return chosen

    def best_match_content_type(self) -> str:
        """Return :attr:`best_content_type`, under the ancestors' name."""
        return self.best_content_type

    def get_content_type(self) -> str | None:
        """Return the media type of the body, without parameters; None when there is no header."""
        return self.content_type or None

    def set_legacy_v2(self) -> None:
        """Mark the request as one of a client from before microversions."""
        self.environ["apirouter.legacy"] = True

    def is_legacy_v2(self) -> bool:
        """Tell whether the request is one of a client from before microversions."""
        return bool(self.environ.get("apirouter.legacy"))

    def url_for(self, name: str, **variables: Any) -> str:
        """Return the absolute URL of a route, right behind mounts and proxies.

        :param name: a route's name, or a collection's: with ``id`` the URL of a member.
        :param variables: the route's variables; what is surplus becomes the query. The project of this
            request's own URL is kept.
        :raises RoutingError: no route has this name and these variables.
        """
        router = self.environ.get("apirouter.router")
        if router is None:
            raise RuntimeError("url_for needs a request that a router serves")
        path: str = router.path_for(name, self.environ, variables)
        return f"{self.application_url}{path}"

    def links(self, name: str, **variables: Any) -> list[dict[str, str]]:
        """Return ``[{"rel": "self", ...}, {"rel": "bookmark", ...}]`` for a member or collection.

        The bookmark is the same URL without the version's mount.

        :param name: as for :meth:`url_for`.
        :param variables: as for :meth:`url_for`.
        """
        url = self.url_for(name, **variables)
        bookmark = f"{self.host_url}{self.script_name.rpartition('/')[0]}{url[len(self.application_url) :]}"
        return [{"rel": "self", "href": url}, {"rel": "bookmark", "href": bookmark}]


class ResponseObject:
    """Data of a reply, with a status and headers, before it is serialized.

    :param obj: the data; None for an empty body.
    :param code: the status; None lets ``wsgi.response`` say it.
    :param headers: further headers.
    """

    __slots__ = ("_code", "_default_code", "headers", "obj", "serializers")

    def __init__(
        self,
        obj: Any,
        code: int | None = None,
        headers: Mapping[str, Any] | None = None,
        **serializers: Any,
    ) -> None:
        self.obj = obj
        self._code = code
        self._default_code = 200
        self.headers: dict[str, Any] = {}
        self.serializers = serializers
        for key, value in (headers or {}).items():
            self[key] = value

    def __getitem__(self, key: str) -> Any:
        return self.headers[key.lower()]

    def __setitem__(self, key: str, value: Any) -> None:
        self.headers[key.lower()] = value

    def __delitem__(self, key: str) -> None:
        del self.headers[key.lower()]

    def __contains__(self, key: str) -> bool:
        return key.lower() in self.headers

    @property
    def code(self) -> int:
        """The status that the reply will have."""
        return self._code or self._default_code

    @code.setter
    def code(self, value: int) -> None:
        self._code = value


def new_request(environ: WSGIEnvironment) -> Request:
    """Return a Request without webob's checks of its constructor's options: there are none."""
    request: Request = Request.__new__(Request)
    # webob's __setattr__ looks for adhoc attributes; its own constructor writes here too.
    request.__dict__["environ"] = environ
    return request
