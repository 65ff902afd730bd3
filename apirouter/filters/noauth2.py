"""Believes whoever asks: ``X-Auth-Token: user:project``. For development and tests.

1. The token names the user, and the project behind the colon; a token without one names a project of the
   user's own name.
2. No token, or one without a user, is a 401; nobody is anybody by default.
3. Every identity header that the client sent is removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.context import RequestContext
from apirouter.errors import Unauthorized
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.identity import IDENTITY, disowns_identity, drop_identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHALLENGE = (("WWW-Authenticate", 'X-Auth-Token realm="user:project"'),)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``noauth2``.

    :param context_key: where the context stands in the environ, beside ``apirouter.context``.
    :param admin_users: users who administer the service.
    :param always_admin: whether everybody does.
    :param roles: roles that everybody has; administrators have ``admin`` too.
    """

    context_key: str = "apirouter.context"
    admin_users: tuple[str, ...] = ("admin",)
    always_admin: bool = False
    roles: tuple[str, ...] = ("member", "reader")


class NoAuthMiddleware(Filter):
    """Make a context of what the token says (see the module)."""

    __slots__ = ("_admin_roles", "_admins", "_everybody", "_faults", "_key", "_roles")
    options = Options

    def __init__(self, application: WSGIApplication, options: Any = None, **named: Any) -> None:
        super().__init__(application, options, **named)
        settings = self.settings
        self._faults: FaultFormat = settings.fault_format()
        self._key: str = settings.context_key
        self._admins, self._everybody = frozenset(settings.admin_users), settings.always_admin
        self._roles = tuple(settings.roles)
        self._admin_roles = ("admin", *(role for role in self._roles if role != "admin"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not IDENTITY.isdisjoint(environ):
            drop_identity(environ)
        token = environ.get("HTTP_X_AUTH_TOKEN", "")
        user, _, project = token.partition(":")
        if not user or user.isspace() or ("HTTP_CONNECTION" in environ and disowns_identity(environ)):
            return self._faults.reply(Unauthorized(), environ, start_response, _CHALLENGE)
        admin = self._everybody or user in self._admins
        context = RequestContext(
            user,
            project or user,
            roles=self._admin_roles if admin else self._roles,
            is_admin=admin,
            auth_token=token,
            request_id=environ.get("openstack.request_id"),
            global_request_id=environ.get("openstack.global_request_id"),
            remote_address=environ.get("REMOTE_ADDR"),
        )
        environ["apirouter.context"] = environ[self._key] = context
        return self._call(environ, start_response)


filter_factory = factory_of(NoAuthMiddleware)
