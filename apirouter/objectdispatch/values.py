"""Query, form and JSON body -> one dict of arguments.

1. A text is UTF-8, or the request is a 400.
2. JSON is checked as every body is (:mod:`apirouter.serialization`); a body that says it is JSON and isn't,
   is a 400 whether or not the method wants it. Only an object gives arguments; ``request.json`` has any
   value.
3. A form is read only for a method that wants arguments the path has not.
4. A body of any other media type is left to the method, as ``request.body``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from apirouter.dispatch import body as bodies
from apirouter.dispatch.service import Service
from apirouter.errors import MalformedRequestBody, MalformedRequestUrl
from apirouter.request import UNPARSED, keep_json, kept_json
from apirouter.serialization import loads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: HTTP methods that have no body.
BODILESS_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
#: The most parameters a query or a form may have.
MAX_FIELDS = 1000

_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_JSON = frozenset(("application/json", "application/javascript"))


def json_body(environ: WSGIEnvironment, service: Service) -> Any:
    """Return the value of a body that says it is JSON; None when there is none, or it says otherwise.

    :raises MalformedRequestBody: it is no JSON.
    """
    content_type = environ.get("CONTENT_TYPE")
    if not content_type or environ["REQUEST_METHOD"] in BODILESS_METHODS:
        return None
    value = kept_json(environ)
    if value is not UNPARSED:
        return value
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _JSON or service.media.types.get(media_type) == "json":
        raw = bodies.read(environ)
        value = loads(raw, service.settings.max_json_depth) if raw else None
    elif media_type in service.media.types:
        raw = bodies.read(environ)
        reader = getattr(service.serializers[service.media.types[media_type]], "deserialize", None)
        if reader is None:
            return None
        value = reader(raw) if raw else None
    else:
        return None
    keep_json(environ, value)
    return value


def query(environ: WSGIEnvironment) -> list[tuple[str, Any]]:
    """Return the query's parameters, in order.

    :raises MalformedRequestUrl: it is not UTF-8, or has too many.
    """
    text = environ.get("QUERY_STRING")
    if not text:
        return []
    try:
        return _pairs(text)
    except (ValueError, UnicodeError):
        raise MalformedRequestUrl("its query is not UTF-8, or has too many parameters") from None


def form(environ: WSGIEnvironment, request: Any) -> list[tuple[str, Any]]:
    """Return a form's fields, in order; nothing for what is no form.

    :param environ: the request.
    :param request: called for a ``webob.Request`` of it, which reads multipart ones.
    :raises MalformedRequestBody: it can't be read.
    """
    content_type = environ.get("CONTENT_TYPE")
    if not content_type or environ["REQUEST_METHOD"] in BODILESS_METHODS:
        return []
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == _URLENCODED:
            return _pairs(bodies.read(environ).decode("utf-8"))
        if media_type == _MULTIPART:
            bodies.read(environ)
            return list(request().POST.items())
    except (ValueError, UnicodeError):
        raise MalformedRequestBody("the form can't be read") from None
    return []


def _pairs(text: str) -> list[tuple[str, Any]]:
    if not text.isascii():
        # A server hands the bytes of a raw query on as latin-1 (PEP 3333).
        text = text.encode("latin-1").decode("utf-8")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)


def values(environ: WSGIEnvironment, request: Any, body: Any) -> dict[str, Any]:
    """Return name -> value of query, form and JSON object; a list where a name is repeated.

    :param environ: the request.
    :param request: called for a ``webob.Request`` of it.
    :param body: the value of the JSON body, or None.
    """
    found: dict[str, Any] = {}
    several: set[str] = set()
    pairs = query(environ)
    if isinstance(body, dict):
        if not pairs:
            return dict(body)
        pairs = [*pairs, *body.items()]
    else:
        pairs = pairs + form(environ, request)
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif name in several:
            found[name].append(value)
        else:
            several.add(name)
            found[name] = [found[name], value]
    return found
