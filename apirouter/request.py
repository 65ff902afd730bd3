"""What a controller's method receives and may return."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import webob

from apirouter.context import put_context
from apirouter.errors import InvalidContentType, ValidationError
from apirouter.microversion import APIVersionRequest, Version
from apirouter.serialization import MAX_DEPTH, dumps, loads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: What a request that no router serves takes for JSON.
_JSON = re.compile(r"application/([^/]+\+)?json")

#: Where the value of a JSON body stands, and the input that it was read from.
_PARSED = "apirouter.json"
#: Says that nobody parsed the body.
UNPARSED: Any = object()


def keep_json(environ: WSGIEnvironment, value: Any) -> None:
    """Leave the value of a request's JSON body, so that it is parsed once.

    :param environ: the request, its ``wsgi.input`` the one that the body can be read from again.
    :param value: the body's.
    """
    environ[_PARSED] = value, environ.get("wsgi.input")


def kept_json(environ: WSGIEnvironment) -> Any:
    """Return the value of a request's JSON body where somebody has parsed it, else :data:`UNPARSED`.

    Once a request has another body, by a filter or as another's copy, nobody has parsed that one.

    :param environ: the request.
    """
    kept = environ.get(_PARSED)
    return kept[0] if kept is not None and kept[1] is environ.get("wsgi.input") else UNPARSED


class Request(webob.Request):  # type: ignore[misc]
    """A ``webob.Request`` that knows its microversion, its context and its routes.

    Everything it knows stands in the environ, so a second Request on the same environ knows the same.
    """

    @property
    def json(self) -> Any:
        """The value of the JSON body, parsed once; None for an empty body.

        :raises MalformedRequestBody: the body is no JSON.
        """
        value = kept_json(self.environ)
        if value is not UNPARSED:
            return value
        body, router = self.body, self.environ.get("apirouter.router")
        depth = MAX_DEPTH if router is None else router.settings.max_json_depth
        value = loads(body, depth) if body else None
        keep_json(self.environ, value)
        return value

    @json.setter
    def json(self, value: Any) -> None:
        webob.Request.json.fset(self, value)

    json_body = json

    @property
    def context(self) -> Any:
        """Who is asking: the context that an authentication filter left, or None."""
        return self.environ.get("apirouter.context")

    @context.setter
    def context(self, value: Any) -> None:
        put_context(self.environ, value)

    @property
    def api_version(self) -> Any:
        """The microversion of the request, a :class:`.Version`; None before routing."""
        return self.environ.get("apirouter.version")

    @api_version.setter
    def api_version(self, value: Version | str | None) -> None:
        self.environ["apirouter.version"] = Version.parse(value) if isinstance(value, str) else value

    @property
    def api_version_request(self) -> Any:
        """The microversion under the ancestors' name; before routing it is a null version."""
        version = self.environ.get("apirouter.version")
        return APIVersionRequest() if version is None else version

    @api_version_request.setter
    def api_version_request(self, value: Version | str | None) -> None:
        if isinstance(value, Version) and value.is_null():
            value = None
        self.api_version = value

    @classmethod
    def blank(
        cls,
        path: str,
        environ: WSGIEnvironment | None = None,
        base_url: str | None = None,
        headers: Any = None,
        POST: Any = None,
        *,
        version: Version | str | None = None,
        context: Any = None,
        **attributes: Any,
    ) -> Request:
        """Return a request that no server received: for tests that call a controller.

        :param path: the URL's path and query.
        :param environ, base_url, headers, POST, attributes: as for ``webob.Request.blank``.
        :param version: its microversion.
        :param context: who is asking.
        """
        made: Request = super().blank(path, environ, base_url, headers, POST, **attributes)
        if version is not None:
            made.api_version_request = version
        if context is not None:
            made.context = context
        return made

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
        """Return the media type of the body, without parameters; None for none and for ``text/plain``.

        :raises InvalidContentType: it is none that the service reads.
        """
        media_type = self.content_type.lower()
        if not media_type or media_type == "text/plain":
            return None
        router = self.environ.get("apirouter.router")
        known = router.service.media.types if router is not None else ()
        if media_type not in known and not (router is None and _JSON.fullmatch(media_type)):
            raise InvalidContentType
        return str(media_type)

    def check_query(self, check: Callable[[dict[str, list[str]]], Iterable[str]]) -> None:
        """Check the query, and drop from it what its schema does not know.

        :param check: takes name -> texts, returns the names to drop.
        :raises ValidationError: it breaks its schema, or is not UTF-8.
        """
        try:
            given = self.GET.dict_of_lists()
        except UnicodeDecodeError:
            raise ValidationError("The query string is not UTF-8") from None
        for name in check(given):
            del self.GET[name]

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
        mount = self.application_url
        above = mount.rpartition("/")[0] if self.script_name.strip("/") else mount
        bookmark = above + url[len(mount) :]
        return [{"rel": "self", "href": url}, {"rel": "bookmark", "href": bookmark}]


class ResponseObject:
    """Data of a reply, with a status and headers, before it is serialized.

    :param obj: the data; None for an empty body.
    :param code: the status; None lets ``wsgi.response`` say it.
    :param headers: further headers.
    """

    # Of most replies, two: what is made when it is first asked for costs the others nothing.
    __slots__ = ("_code", "_default_code", "_headers", "_serializers", "obj")

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
        self._headers: dict[str, Any] | None = None
        self._serializers: dict[str, Any] | None = serializers or None
        for key, value in (headers or {}).items():
            self[key] = value

    def __getitem__(self, key: str) -> Any:
        return (self._headers or {})[key.lower()]

    def __setitem__(self, key: str, value: Any) -> None:
        if self._headers is None:
            self._headers = {}
        self._headers[key.lower()] = value

    def __delitem__(self, key: str) -> None:
        del (self._headers or {})[key.lower()]

    def __contains__(self, key: str) -> bool:
        return key.lower() in (self._headers or ())

    @property
    def headers(self) -> dict[str, Any]:
        """A copy of the headers, by their names in lower case; set one by ``reply["Name"] = value``."""
        return dict(self._headers or ())

    @property
    def serializers(self) -> dict[str, Any]:
        """Serializers of its own, by the last word of the media type."""
        if self._serializers is None:
            self._serializers = {}
        return self._serializers

    @serializers.setter
    def serializers(self, value: dict[str, Any]) -> None:
        self._serializers = value

    @property
    def code(self) -> int:
        """The status that the reply will have."""
        return self._code or self._default_code

    @code.setter
    def code(self, value: int) -> None:
        self._code = value

    def serialize(self, request: Any = None, content_type: str = "application/json") -> webob.Response:
        """Return the reply as a ``webob.Response``, JSON unless it has a serializer of its own for the type.

        :param request: as the ancestors give it; not looked at.
        :param content_type: the media type.
        """
        own = (self._serializers or {}).get(content_type.rpartition("/")[2])
        body: Any = b""
        if self.obj is not None:
            body = dumps(self.obj) if own is None else own.serialize(self.obj)
        made = webob.Response(body.encode("utf-8") if isinstance(body, str) else body, self.code)
        made.headers.update({name: str(value) for name, value in self.headers.items()})
        made.headers["Content-Type"] = content_type
        return made


_new = object.__new__


def reply_of(obj: Any) -> ResponseObject:
    """Return a ResponseObject of data alone, as its constructor makes it, at half the cost."""
    reply = _new(ResponseObject)
    reply.obj = obj
    reply._default_code = 200
    reply._code = reply._headers = reply._serializers = None
    return reply


def new_request(environ: WSGIEnvironment, kind: type[Request] = Request) -> Request:
    """Return a Request without webob's checks of its constructor's options: there are none.

    :param environ: what it is a request of.
    :param kind: its class; its ``__init__`` is not called.
    """
    request: Request = Request.__new__(kind)
    # webob's __setattr__ looks for adhoc attributes; its own constructor writes here too.
    request.__dict__["environ"] = environ
    return request
