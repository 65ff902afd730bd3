"""Errors -> replies: the service's faults, or documents negotiated by Accept."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

import webob.exc
from webob.acceptparse import create_accept_header

from apirouter.dispatch.negotiation import Headers
from apirouter.errors import clip
from apirouter.faults import REQUEST_ID, Failure, FaultFormat, log_failure, merge_vary, status_line
from apirouter.objectdispatch.jsonify import encode
from apirouter.objectdispatch.settings import ObjectSettings
from apirouter.redaction import format_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger(__name__)

_TEMPLATE = webob.exc.WSGIHTTPException.body_template_obj.template
_OFFERS = ("text/plain", "text/html", "application/json")


def reply(
    settings: ObjectSettings,
    faults: FaultFormat,
    error: Exception,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    headers: Headers,
) -> Iterable[bytes]:
    """Answer a request with an error.

    :param settings: say in which form.
    :param faults: words it.
    :param error: what was raised; a server's mistake is raised again where the settings want that.
    :param environ: the request.
    :param start_response: called once.
    :param headers: version headers.
    """
    if not settings.propagate_errors and settings.error_format == "json":
        if settings.debug:
            LOG.debug(
                "%s ended in\n%s", clip(environ.get("REQUEST_METHOD"), 32), format_error(error, environ)[0]
            )
        return faults.reply(error, environ, start_response, headers)
    failure = faults.failure(error, environ.get(REQUEST_ID))
    if failure.log:
        # An HTTP error is an answer that somebody chose, a 500 included.
        if settings.propagate_errors and not isinstance(error, webob.exc.HTTPException):
            raise error
        log_failure(error, environ)
    if settings.error_format == "json" or failure.code < 400:
        return faults.send(failure, environ, start_response, headers)
    return _negotiated(failure, error, environ, start_response, headers)


def _negotiated(
    failure: Failure,
    error: Exception,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    headers: Headers,
) -> Iterable[bytes]:
    offers = create_accept_header(environ.get("HTTP_ACCEPT") or "*/*").acceptable_offers(_OFFERS)
    media_type = offers[0][0] if offers else "text/plain"
    usual = webob.exc.HTTPClientError if failure.code < 500 else webob.exc.HTTPServerError
    # Some statuses have templates of their own (405, 501), which show no message and ask the environ for values.
    document = webob.exc.status_map.get(failure.code, usual)(body_template=_TEMPLATE)
    document.explanation, document.detail = failure.message, None
    if media_type == "application/json":
        title = status_line(failure.code).partition(" ")[2]
        detail = getattr(error, "detail", None) or failure.message
        text, content_type = encode({"code": failure.code, "title": title, "description": detail}), media_type
    elif media_type == "text/html":
        text, content_type = document.html_body({}), "text/html; charset=UTF-8"
    else:
        text, content_type = document.plain_body({}), "text/plain; charset=UTF-8"
    body = text.encode("utf-8")
    own = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(status_line(failure.code), [*own, *failure.headers, *merge_vary(headers, "Accept")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
