"""What answers a route that leads to no controller: another application, or a redirect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.reply import forward
from apirouter.errors import PluginError, RouteNotFound, suggest
from apirouter.faults import header_text
from apirouter.request import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: The status lines of replies that a Location belongs to.
_STATUS = re.compile(r"30[12378] [ -~]+")


def forwarding(application: Any) -> Any:
    """Return a handler that lets a WSGI application answer a route."""

    def handle(
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = None,
    ) -> Iterable[bytes]:
        return forward(application, environ, start_response, negotiated.headers)

    return handle


def redirecting(mapper: Any, route: Any, template: str, names: frozenset[str]) -> Any:
    """Return a handler that redirects, to a path of this very origin unless the destination names another.

    :param mapper: it connected the redirect.
    :param route: the route that is redirected.
    :param template: its path, for people.
    :param names: the variables of its path.
    :raises PluginError: the destination has a variable that no request of the route gives, or the redirect a status
        that is none of redirects.
    """
    if not _STATUS.fullmatch(str(route.redirect_status)):
        raise PluginError(
            f"{template} is redirected with the status {route.redirect_status!r}",
            fix="write _redirect_code='301 Moved Permanently', or leave it out for 302 Found",
        )
    destination = mapper._routenames[f"_redirect_{id(route)}"]
    given = {*names, *route._kargs}
    for name in sorted(destination.minkeys - given):
        raise PluginError(
            f"{template} is redirected to {destination.routepath}, whose '{name}' is no variable of it",
            fix=suggest(name, names) if names else "name it in both paths, or write its value",
        )

    def handle(
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = None,
    ) -> Iterable[bytes]:
        location = destination.generate(**args)
        if not location:
            # What a variable holds is not what the destination requires of it.
            raise RouteNotFound
        if not getattr(destination, "external", False):
            location = f"{Request(environ).application_url}/{location.lstrip('/')}"
        start_response(
            route.redirect_status,
            [
                ("Content-Type", "text/plain; charset=UTF-8"),
                ("Content-Length", "0"),
                ("Location", header_text(location)),
                *negotiated.headers,
            ],
        )
        return []

    return handle
