"""Believes whoever asks: ``X-Auth-Token: user:project``. For development and tests.

1. The token names the user, and the project behind the colon; a token without one names a project of the
   user's own name.
2. No token, or one without a user, is a 401; nobody is anybody by default.
3. Every identity header that the client sent is removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apirouter.context import new_context
from apirouter.errors import Unauthorized
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.identity import IDENTITY, USUAL, disowns_identity, drop_identity

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

    __slots__ = ()
    options = Options

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        settings: Options = self.settings
        faults: FaultFormat = settings.fault_format()
        key, everybody, admins = settings.context_key, settings.always_admin, frozenset(settings.admin_users)
        roles = settings.roles
        admin_roles = ("admin", *(role for role in roles if role != "admin"))
        no_identity = IDENTITY.isdisjoint

        def noauth2(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if not no_identity(environ):
                drop_identity(environ)
            get = environ.get
            token = get("HTTP_X_AUTH_TOKEN", "")
            user, _, project = token.partition(":")
            if not user.strip() or (get("HTTP_CONNECTION") not in USUAL and disowns_identity(environ)):
                return faults.reply(Unauthorized(), environ, start_response, _CHALLENGE)
            admin = everybody or user in admins
            context = new_context(
                user,
                project or user,
                admin_roles if admin else roles,
                admin,
                token,
                get("openstack.request_id"),
                get("openstack.global_request_id"),
                get("REMOTE_ADDR"),
            )
            environ["apirouter.context"] = environ[key] = context
            return inner(environ, start_response)

        return noauth2


filter_factory = factory_of(NoAuthMiddleware)
