"""The headers that say who is asking, and who may have written them.

1. A server maps ``X-User-Id`` and ``X-User_Id`` to one key of the environ: what is removed is the key.
2. A client that lists such a header in ``Connection`` asks every proxy on the way to drop it: what a proxy
   dropped can't be told from what was never there, so such a request has no identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apirouter.context import CONTEXT, RequestContext, put_context
from apirouter.filters.headers import environ_key

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SCOPES = (
    "User", "User-Id", "User-Name", "User-Domain-Id", "User-Domain-Name", "User-Domain",
    "Project", "Project-Id", "Project-Name", "Project-Domain-Id", "Project-Domain-Name", "Project-Domain",
    "Tenant", "Tenant-Id", "Tenant-Name",
    "Domain", "Domain-Id", "Domain-Name",
    "Role", "Roles", "Role-Ids",
    "Identity-Status", "Is-Admin-Project", "Is-Admin", "System-Scope",
)  # fmt: skip

#: Where identity headers stand in the environ: what keystonemiddleware sets or once set, for the user and for
#: the calling service, and what gateways set in its place.
IDENTITY = frozenset(
    environ_key(name)
    for name in (
        *(f"X-{scope}" for scope in _SCOPES),
        *(f"X-Service-{scope}" for scope in _SCOPES),
        "OpenStack-System-Scope",
        "X-Service-Catalog",
        "X-Trust-Id", "X-Trustor-User-Id", "X-Trustee-User-Id",
        "X-Auth-User", "X-Auth-User-Id", "X-Auth-Project-Id", "X-Auth-Roles", "X-Authenticated-User",
        "X-Remote-User", "Remote-User", "X-Forwarded-User",
    )
)  # fmt: skip

_OF_AUTHTOKEN = (
    "User", "User-Id", "User-Name", "User-Domain-Id", "User-Domain-Name",
    "Project-Id", "Project-Name", "Project-Domain-Id", "Project-Domain-Name",
    "Tenant", "Tenant-Id", "Tenant-Name", "Domain-Id", "Domain-Name",
    "Role", "Roles", "Identity-Status", "Is-Admin-Project",
)  # fmt: skip

#: The rest: what keystonemiddleware neither sets nor removes, so that behind it they are a client's words.
STRAY = IDENTITY - {
    environ_key(name)
    for name in (
        *(f"X-{scope}" for scope in _OF_AUTHTOKEN),
        *(f"X-Service-{scope}" for scope in _OF_AUTHTOKEN),
        "OpenStack-System-Scope",
        "X-Service-Catalog",
    )
}

_CREDENTIALS = frozenset(("HTTP_X_AUTH_TOKEN", "HTTP_X_SERVICE_TOKEN", "HTTP_AUTHORIZATION"))
#: What ``Connection`` says, if anything, of nearly every request.
USUAL = frozenset((None, "", "keep-alive", "close", "Keep-Alive", "Close"))


def drop_identity(environ: WSGIEnvironment, keys: frozenset[str] = IDENTITY) -> None:
    """Remove every identity header that a client sent.

    :param keys: where they stand.
    """
    if not keys.isdisjoint(environ):
        for key in [key for key in environ if key in keys]:
            del environ[key]


def disowns_identity(environ: WSGIEnvironment) -> bool:
    """Tell whether ``Connection`` lists a header that says who is asking (RFC 9110, 7.6.1)."""
    connection = environ.get("HTTP_CONNECTION")
    if connection is None or connection in USUAL:
        return False
    keys = {environ_key(word.strip()) for word in connection.split(",")}
    return not keys.isdisjoint(IDENTITY) or not keys.isdisjoint(_CREDENTIALS)


def set_context(environ: WSGIEnvironment, key: str, context: RequestContext | Any) -> None:
    """Leave the context for what comes after, under the service's own key and under apirouter's."""
    put_context(environ, context)
    if key != CONTEXT:
        environ[key] = context
