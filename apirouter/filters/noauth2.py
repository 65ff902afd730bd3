"""Believes whoever asks: ``X-Auth-Token: user:project``. For development and tests.

1. The token names the user, and the project behind the colon; a token without one names a project of the
   user's own name.
2. No token, or one without a user, is a 401; nobody is anybody by default.
3. Every identity header that the client sent is removed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from apirouter.context import CONTEXT, RequestContext, put_context
from apirouter.errors import Unauthorized
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.identity import IDENTITY, USUAL, disowns_identity, drop_identity
from apirouter.fusion import Step

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: How many tokens are remembered, and the longest of them.
_KEPT, _KEPT_LENGTH = 256, 128

#: User, project, whether an administrator, roles.
_Who = tuple[str, str, bool, tuple[str, ...]]

_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

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


def _decoded(token: str) -> str:
    """Return a token as text: a header's bytes stand in the environ as Latin-1 (PEP 3333), and are UTF-8."""
    try:
        return token if token.isascii() else token.encode("latin-1").decode()
    except UnicodeError:
        return token


def _reader(settings: Options) -> tuple[dict[str, _Who], Callable[[str], _Who | None]]:
    """Return the tokens that are known, and what reads another: user, project, whether an administrator, roles.

    The same few tokens come all the time: a bounded number of them is read once.
    """
    known: dict[str, _Who] = {}
    everybody, admins, roles = settings.always_admin, frozenset(settings.admin_users), settings.roles
    admin_roles = ("admin", *(role for role in roles if role != "admin"))

    def read(token: str) -> _Who | None:
        user, _, project = _decoded(token).partition(":")
        if not user.strip() or _CONTROL.search(token):
            return None
        admin = everybody or user in admins
        who = user, project or user, admin, admin_roles if admin else roles
        if len(token) <= _KEPT_LENGTH and len(known) < _KEPT:
            known[token] = who
        return who

    return known, read


_LINES = """
if not no_identity(environ):
    drop_identity(environ)
credential = environ.get("HTTP_X_AUTH_TOKEN", "")
who = known.get(credential)
if who is None:
    who = read(credential)
if who is None or (environ.get("HTTP_CONNECTION") not in USUAL and disowns_identity(environ)):
    body = refuse(environ, START)
else:
    context = new(RequestContext)
    context.user_id, context.project_id, context.is_admin, roles = who
    context.roles = [*roles]
    context.auth_token = credential
    context.request_id = environ.get("openstack.request_id")
    context.global_request_id = environ.get("openstack.global_request_id")
    context.remote_address = environ.get("REMOTE_ADDR")
    if CONTEXT in environ:
        put_context(environ, context)
    environ[CONTEXT] = context
    {also}
    INSIDE
"""


class NoAuthMiddleware(Filter):
    """Make a context of what the token says (see the module)."""

    __slots__ = ("_faults", "_known", "_reads")
    options = Options

    def prepare(self) -> None:
        """Take the names of faults."""
        self._faults: FaultFormat = self.settings.fault_format(self.application)
        self._known, self._reads = _reader(self.settings)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        settings: Options = self.settings
        key = settings.context_key
        renamed = key != CONTEXT
        known, read = self._known, self._reads
        new, no_identity, refuse = RequestContext.__new__, IDENTITY.isdisjoint, self._refuse

        def noauth2(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if not no_identity(environ):
                drop_identity(environ)
            token = environ.get("HTTP_X_AUTH_TOKEN", "")
            who = known.get(token)
            if who is None:
                who = read(token)
            if who is None or (environ.get("HTTP_CONNECTION") not in USUAL and disowns_identity(environ)):
                return refuse(environ, start_response)
            # As the constructor makes it; its keywords would cost as much as all the rest.
            context: Any = new(RequestContext)
            context.user_id, context.project_id, context.is_admin, roles = who
            context.roles = [*roles]
            context.auth_token = token
            context.request_id = environ.get("openstack.request_id")
            context.global_request_id = environ.get("openstack.global_request_id")
            context.remote_address = environ.get("REMOTE_ADDR")
            if CONTEXT in environ:
                # Somebody was asking before: a filter outside, or the request that this is a copy of.
                put_context(environ, context)
            environ[CONTEXT] = context
            if renamed:
                environ[key] = context
            return inner(environ, start_response)

        return noauth2

    def fusion_step(self) -> Step:
        """Return what it does with any request."""
        key = self.settings.context_key
        return Step(
            lines=_LINES.format(also="environ[key] = context" if key != CONTEXT else ""),
            names={
                "no_identity": IDENTITY.isdisjoint,
                "drop_identity": drop_identity,
                "known": self._known,
                "read": self._reads,
                "USUAL": USUAL,
                "disowns_identity": disowns_identity,
                "refuse": self._refuse,
                "new": RequestContext.__new__,
                "RequestContext": RequestContext,
                "CONTEXT": CONTEXT,
                "put_context": put_context,
                "key": key,
            },
        )

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._faults.reply(Unauthorized(), environ, start_response, _CHALLENGE)


filter_factory = factory_of(NoAuthMiddleware)
