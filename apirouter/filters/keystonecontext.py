"""Makes the context of what keystonemiddleware's ``authtoken`` found out about the token.

1. It goes behind ``authtoken``, which removes what a client wrote into the identity headers and writes its
   own, with ``X-Identity-Status: Confirmed`` when the token is good.
2. Anything but Confirmed, or no user, is a 401: also where ``authtoken`` delays its decision.
3. Behind anything else the headers are a client's words; ``require_authtoken`` refuses them unless
   ``authtoken`` has left its own mark in the environ, which no client can.
4. Identity headers that ``authtoken`` neither writes nor removes are a client's words, and removed here.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.context import RequestContext
from apirouter.errors import Unauthorized
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.identity import STRAY, disowns_identity, drop_identity, set_context
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: What only keystonemiddleware leaves.
_MARKS = ("keystone.token_auth", "keystone.token_info")


#: What a URI is written in (RFC 3986, 2), without a quote that would end the challenge's text.
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")


def _uri(text: str) -> str:
    uri = text.strip()
    if not _URI.fullmatch(uri):
        raise ValueError(
            "is not a URI (https://keystone.example.org/v3): letters beyond ASCII are escaped in one"
        )
    return uri


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``keystonecontext``.

    :param context_key: where the context stands in the environ, beside ``apirouter.context``.
    :param admin_roles: roles whose holders administer the service.
    :param www_authenticate_uri: where to get a token; told with a 401.
    :param require_authtoken: whether keystonemiddleware itself must have run. Without it any filter in front
        that sets ``X-Identity-Status`` is believed, a client too where there is none.
    """

    context_key: str = "apirouter.context"
    admin_roles: tuple[str, ...] = ("admin",)
    www_authenticate_uri: str = option("", parse=_uri)
    require_authtoken: bool = False


class KeystoneContext(Filter):
    """Make a context of keystonemiddleware's headers (see the module)."""

    __slots__ = ("_admin_roles", "_challenge", "_faults", "_key", "_strict")
    options = Options

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        settings = self.settings
        self._faults: FaultFormat = settings.fault_format(self.application)
        self._key: str = settings.context_key
        self._admin_roles = frozenset(role.lower() for role in settings.admin_roles)
        self._strict: bool = settings.require_authtoken
        uri = settings.www_authenticate_uri
        self._challenge = (("WWW-Authenticate", f'Keystone uri="{uri}"' if uri else "Keystone"),)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def keystonecontext(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            user = environ.get("HTTP_X_USER_ID") or environ.get("HTTP_X_USER")
            if not user or user.isspace() or not self._confirmed(environ):
                drop_identity(environ)
                return self._faults.reply(Unauthorized(), environ, start_response, self._challenge)
            drop_identity(environ, STRAY)
            set_context(environ, self._key, self._context(environ, user))
            return inner(environ, start_response)

        return keystonecontext

    def _confirmed(self, environ: WSGIEnvironment) -> bool:
        if environ.get("HTTP_X_IDENTITY_STATUS") != "Confirmed":
            return False
        if self._strict and not any(mark in environ for mark in _MARKS):
            LOG.error("keystonecontext has no authtoken in front of it: the request is refused")
            return False
        return "HTTP_CONNECTION" not in environ or not disowns_identity(environ)

    def _context(self, environ: WSGIEnvironment, user: str) -> RequestContext:
        get = environ.get
        roles = _roles(get("HTTP_X_ROLES") or get("HTTP_X_ROLE"))
        return RequestContext(
            user,
            get("HTTP_X_PROJECT_ID") or get("HTTP_X_TENANT_ID") or get("HTTP_X_TENANT"),
            roles=roles,
            is_admin=not self._admin_roles.isdisjoint(role.lower() for role in roles),
            auth_token=get("HTTP_X_AUTH_TOKEN"),
            request_id=get("openstack.request_id"),
            global_request_id=get("openstack.global_request_id"),
            remote_address=get("REMOTE_ADDR"),
            user_name=get("HTTP_X_USER_NAME"),
            user_domain_id=get("HTTP_X_USER_DOMAIN_ID"),
            user_domain_name=get("HTTP_X_USER_DOMAIN_NAME"),
            project_name=get("HTTP_X_PROJECT_NAME") or get("HTTP_X_TENANT_NAME"),
            project_domain_id=get("HTTP_X_PROJECT_DOMAIN_ID"),
            project_domain_name=get("HTTP_X_PROJECT_DOMAIN_NAME"),
            domain_id=get("HTTP_X_DOMAIN_ID"),
            domain_name=get("HTTP_X_DOMAIN_NAME"),
            system_scope=get("HTTP_OPENSTACK_SYSTEM_SCOPE"),
            # Absent, the cloud has no admin project and every project counts, as keystone has it.
            is_admin_project=(get("HTTP_X_IS_ADMIN_PROJECT") or "true").lower() == "true",
            service_user_id=get("HTTP_X_SERVICE_USER_ID"),
            service_project_id=get("HTTP_X_SERVICE_PROJECT_ID"),
            service_roles=_roles(get("HTTP_X_SERVICE_ROLES")) if self._service_confirmed(environ) else [],
            service_catalog=_catalog(get("HTTP_X_SERVICE_CATALOG")),
            user_auth_plugin=get("keystone.token_auth"),
        )

    @staticmethod
    def _service_confirmed(environ: WSGIEnvironment) -> bool:
        status: Any = environ.get("HTTP_X_SERVICE_IDENTITY_STATUS")
        return bool(status == "Confirmed")


def _roles(text: str | None) -> list[str]:
    return [role for role in (word.strip() for word in text.split(",")) if role] if text else []


def _catalog(text: str | None) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("the service catalog that authtoken set is no JSON") from error


filter_factory = factory_of(KeystoneContext)
