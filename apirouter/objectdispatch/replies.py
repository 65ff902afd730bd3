"""Which representation a client gets, and what a method returned as a reply.

1. A method offers what its ``@expose`` decorators list, the outermost first; ``json`` is offered as every
   media type of the service whose serializer is JSON.
2. The extension of the path decides (where that is switched on), then ``Accept`` by quality; no ``Accept``,
   or ``*/*``, is the default. Nothing acceptable: 406.
3. Data without a template is JSON. Text and bytes are sent as they are. ``None``, and anything else that is
   empty, with status 200, is a 204. A ``webob.Response``, a WSGI application, an iterator, a
   :class:`~apirouter.request.ResponseObject` are treated as a router's resources treat them.
4. What the method did to ``response`` (status, headers, a body, a media type) is kept.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import webob
from webob.acceptparse import create_accept_header

from apirouter.dispatch.hooking import STATE
from apirouter.dispatch.negotiation import KEPT_LENGTH, Headers, Negotiated
from apirouter.dispatch.reply import BODILESS, forward, send
from apirouter.errors import NotAcceptable
from apirouter.faults import merge_vary, status_line
from apirouter.objectdispatch.call import Call
from apirouter.objectdispatch.expose import Exposure
from apirouter.objectdispatch.jsonify import JsonifySerializer, encode
from apirouter.objectdispatch.proxies import Proxy
from apirouter.objectdispatch.renderers import Renderers, bare
from apirouter.request import ResponseObject
from apirouter.serialization import Serializer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Render = Callable[[Any], "str | bytes"]

#: How many Accept headers an answer is kept for, per method.
_KEPT = 64
_SIMPLE = (["text/html"], ["text/plain"])
_SERIALIZER = JsonifySerializer()


class Representation:
    """One form of a method's reply.

    :param media_type: its media type; None for whatever the method says.
    :param render: makes it of a result; None for none.
    """

    __slots__ = ("header", "media_type", "render", "template")

    def __init__(self, media_type: str | None, template: str | None, render: Render | None) -> None:
        self.media_type, self.template, self.render = media_type, template, render
        self.header = ("Content-Type", with_charset(media_type or "text/html"))


def with_charset(media_type: str) -> str:
    """Return a media type, with a charset where it is text."""
    textual = media_type.startswith("text/") or media_type.endswith("+xml") or media_type == "application/xml"
    return f"{media_type}; charset=UTF-8" if textual and ";" not in media_type else media_type


class Offers:
    """The representations of one method.

    :param exposure: what its decorators said.
    :param renderers: the application's.
    :param media: media type -> serializer's name, the service's.
    :param serializers: name -> serializer.
    :raises ConfigError: a template names an engine that is not there.
    """

    def __init__(
        self,
        exposure: Exposure,
        renderers: Renderers,
        media: Mapping[str, str],
        serializers: Mapping[str, Serializer],
    ) -> None:
        self._by_type: dict[str | None, Representation] = {}
        outermost_first = list(reversed(exposure.representations))
        ordered = sorted(outermost_first, key=lambda r: r[0] != exposure.default)
        for media_type, template in ordered:
            if template is None and not exposure.explicit and renderers.default == "json":
                media_type, template = "application/json", "json"
            template = bare(template)
            if template is not None and template != "json" and template in serializers:
                render: Render | None = serializers[template].serialize
            else:
                render = renderers.of(template) if template is not None else None
            self._by_type.setdefault(media_type, Representation(media_type, template, render))
            if template == "json":
                for other, name in media.items():
                    if name == "json":
                        self._by_type.setdefault(other, Representation(other, template, render))
        self.default = next(iter(self._by_type.values()))
        self._types = [t for t in self._by_type if t is not None]
        self._kept: dict[str, Representation] = {}
        #: What a reply says that differs by Accept.
        self.vary: Headers = (("Vary", "Accept"),) if len(self._types) > 1 else ()

    def serves(self, media_type: str) -> bool:
        """Tell whether a media type, asked for by an extension, is there."""
        return media_type in self._by_type or None in self._by_type

    def choose(self, environ: WSGIEnvironment, by_extension: str | None) -> Representation:
        """Return the representation that a request gets.

        :param environ: the request.
        :param by_extension: the media type that the path's extension asks for.
        :raises NotAcceptable: there is none (406).
        """
        if by_extension is not None:
            found = self._by_type.get(by_extension)
            if found is None:
                found = Representation(by_extension, None, self._by_type[None].render)
            return found
        accept = environ.get("HTTP_ACCEPT")
        if not accept or accept == "*/*":
            return self.default
        kept = self._kept.get(accept)
        if kept is None:
            kept = self._negotiate(accept)
            if len(self._kept) < _KEPT and len(accept) < KEPT_LENGTH:
                self._kept[accept] = kept
        return kept

    def _negotiate(self, accept: str) -> Representation:
        types = self._types
        if not types or len(accept) > 4096:
            return self.default
        if accept.startswith("text/html,") and types in _SIMPLE:
            # What browsers send; they show text as well.
            return self.default
        offers = create_accept_header(accept).acceptable_offers(types)
        if offers:
            return self._by_type[offers[0][0]]
        for media_type in types:
            if accept == media_type or accept.startswith(f"{media_type};"):
                # A parameter that no offer has is no reason to refuse.
                return self._by_type[media_type]
        raise NotAcceptable(types)


def make_finish(
    offers: Offers, code: int | None, renderers: Renderers, plain: bool = True
) -> Callable[[Any, Any, StartResponse, Negotiated], Iterable[bytes]]:
    """Return what makes the reply of a method's result.

    :param offers: the method's representations.
    :param code: the status that is stamped on it, or None.
    :param renderers: the application's.
    :param plain: whether replies are of the usual class; else each passes through one of the application's.
    """
    status, vary = status_line(code or 200), offers.vary

    def finish(
        result: Any, request: Any, start_response: StartResponse, negotiated: Negotiated
    ) -> Iterable[bytes]:
        environ = request.environ
        call: Call = environ[STATE]
        chosen = call.template
        headers = negotiated.headers
        if vary:
            headers = merge_vary(headers, "Accept")
        testing = environ.get("paste.testing_variables")
        if testing is not None:
            testing.update({"namespace": result, "template_name": chosen.template})
        if plain and call._response is None and call.override is None:
            kind, render = type(result), chosen.render
            if render is None and kind is not str and (kind is dict or kind is list):
                render, type_header = encode, ("Content-Type", "application/json")
            else:
                type_header = chosen.header
            if render is not None and (kind is dict or kind is list or kind is str):
                result = render(result)
                kind = type(result)
            if kind is str and result:
                body = result.encode("utf-8")
                start_response(status, [type_header, ("Content-Length", str(len(body))), *headers])
                return [body] if environ["REQUEST_METHOD"] != "HEAD" else []
        return _general(result, call, chosen, code, start_response, headers, renderers)

    return finish


def _general(
    result: Any,
    call: Call,
    chosen: Representation,
    code: int | None,
    start_response: StartResponse,
    headers: Headers,
    renderers: Renderers,
) -> Iterable[bytes]:
    environ = call.environ
    if type(result) is Proxy or (result is not None and result is call._response):
        return forward(_settled(call.response), environ, start_response, headers)
    if isinstance(result, webob.Response):
        return forward(_settled(result), environ, start_response, headers)
    if isinstance(result, ResponseObject):
        result._default_code = code or 200
        media_type = chosen.media_type or "application/json"
        if result.obj is not None and chosen.render is not None and not isinstance(result.obj, (str, bytes)):
            made = chosen.render(result.obj)
            wrapped = ResponseObject(made, result._code, {"content-type": chosen.header[1], **result.headers})
            wrapped._default_code = code or 200
            return send(wrapped, code or 200, environ, start_response, headers, media_type, _SERIALIZER)
        return send(result, code or 200, environ, start_response, headers, media_type, _SERIALIZER)
    if hasattr(result, "__next__"):
        result = _InContext(result)
    if callable(result) or hasattr(result, "__next__") or hasattr(result, "read"):
        if call._response is None:
            media_type = chosen.header[1]
            streamed = ResponseObject(result, code, {"content-type": media_type})
            return send(streamed, code or 200, environ, start_response, headers, media_type, _SERIALIZER)
        if not callable(result):
            call.response.app_iter = result
            result = None
    return forward(_filled(result, call, chosen, code, renderers), environ, start_response, headers)


def _filled(
    result: Any, call: Call, chosen: Representation, code: int | None, renderers: Renderers
) -> webob.Response:
    """Return ``response`` with a result in it."""
    response = call.response
    if callable(result):
        return result
    media_type, render, template = chosen.header[1], chosen.render, chosen.template
    if call.override is not None:
        template, other = bare(call.override[0]), call.override[1]
        render = renderers.of(template) if template else None
        if other or template == "json":
            media_type = with_charset(other or "application/json")
    plain = isinstance(result, (str, bytes))
    if render is None and result is not None and not plain:
        render, media_type = encode, "application/json"
    if render is not None and (result is not None or template == "json"):
        result = render(result)
    own_type = response.headers.get("Content-Type") not in (None, _untouched(response))
    if isinstance(result, str) and result:
        response.body = result.encode("utf-8")
    elif result:
        response.body = result
    if (not own_type and chosen.media_type is not None) or call.override is not None:
        response.headers["Content-Type"] = media_type
    if code is not None and response.status_int == 200:
        response.status = code
    return _settled(response, code)


def _untouched(response: webob.Response) -> str:
    """Return the Content-Type that a reply has before anyone says otherwise."""
    kind = type(response)
    return f"{kind.default_content_type}; charset={kind.default_charset}"


def _settled(response: webob.Response, code: int | None = None) -> webob.Response:
    """Return a reply as a 204 where it is a 200 without a body."""
    if response.status_int == 200 and code is None and response.content_length in (None, 0):
        parts = response.app_iter
        if isinstance(parts, (list, tuple)):
            empty = not any(parts)
        else:
            response.app_iter = peeked = _Peeked(parts)
            empty = not peeked
        if empty:
            response.status = 204
    if response.status_int in BODILESS:
        for name in ("Content-Type", "Content-Length"):
            response.headers.pop(name, None)
        response.app_iter = []
        response.headers.pop("Content-Length", None)
    return response


class _InContext:
    """An iterator that runs in the context of its request, for which proxies work, whenever it is asked."""

    def __init__(self, items: Any) -> None:
        self._items, self._context = items, contextvars.copy_context()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._context.run(next, self._items)

    def close(self) -> None:
        """Close it."""
        closer = getattr(self._items, "close", None)
        if closer is not None:
            self._context.run(closer)


class _Peeked:
    """A body whose first part was looked at; closes the original."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._items = parts, iter(parts)
        self._first = next(self._items, b"")

    def __iter__(self) -> Any:
        if self._first:
            yield self._first
        yield from self._items

    def __bool__(self) -> bool:
        return bool(self._first)

    def close(self) -> None:
        """Close it."""
        closer = getattr(self._parts, "close", None)
        if closer is not None:
            closer()
