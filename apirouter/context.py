"""Who is asking: the context of one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from apirouter.errors import PolicyNotAuthorized

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Where the context stands in the environ, beside the service's own key.
CONTEXT = "apirouter.context"


def put_context(environ: WSGIEnvironment, context: Any) -> None:
    """Say who is asking, wherever somebody else was said to be.

    No key of the environ tells under which key of the service's own that is: each request would pay for it, and few
    ask twice.

    :param environ: a request, maybe one that was served before, or the copy of one.
    :param context: who.
    """
    before, router = environ.get(CONTEXT), environ.get("apirouter.router")
    if before is not None:
        for key in [key for key, value in environ.items() if value is before]:
            environ[key] = context
    environ[CONTEXT] = context
    if router is not None and router.settings.context_key in environ:
        environ[router.settings.context_key] = context


class Authority(Protocol):
    """What answers a context's ``can``: the service's policy."""

    def authorize(self, context: RequestContext, rule: str, target: Mapping[str, Any] | None) -> bool:
        """Tell whether the context may do what the rule guards."""
        ...  # pragma: no cover


_PRIVATE = frozenset(("auth_token", "authority", "services"))


class RequestContext:
    """Who is asking, and in which request.

    Made by an authentication filter for each request, put into the environ, dropped with it.

    :param user_id: the user.
    :param project_id: the project that the request is scoped to.
    :param roles: names of the user's roles there.
    :param is_admin: whether the user administers the service; None asks the roles for ``admin``.
    :param auth_token: the token; never shown by ``repr`` or :meth:`to_dict`.
    :param request_id: the id of this request, ``req-...``.
    :param global_request_id: the id that a calling service gave, or None.
    :param authority: the policy that answers :meth:`can`; the router sets its own where none is set.
    :param more: whatever else there is to know (``user_name``, ``system_scope``, ...), kept as attributes.
    """

    #: What answers :meth:`can`, or None; of the class, so that a request pays for it only when it is set.
    authority: Authority | None = None
    #: What the service gives its plugins, by name; the router sets it.
    services: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self,
        user_id: str | None = None,
        project_id: str | None = None,
        *,
        roles: Iterable[str] = (),
        is_admin: bool | None = None,
        auth_token: str | None = None,
        request_id: str | None = None,
        global_request_id: str | None = None,
        authority: Authority | None = None,
        **more: Any,
    ) -> None:
        self.user_id, self.project_id = user_id, project_id
        self.roles = list(roles)
        self.is_admin = "admin" in self.roles if is_admin is None else is_admin
        self.auth_token = auth_token
        self.request_id, self.global_request_id = request_id, global_request_id
        if authority is not None:
            self.authority = authority
        if more:
            self.__dict__.update(more)

    def can(self, rule: str, target: Mapping[str, Any] | None = None, fatal: bool = True) -> bool:
        """Tell whether policy lets this context do what ``rule`` guards.

        :param rule: the rule's name, as ``os_compute_api:servers:create``.
        :param target: what it would be done to; None for this context's own project and user.
        :param fatal: raise instead of returning False.
        :raises PolicyNotAuthorized: policy denies and ``fatal`` is set. Without any policy, everything is
            denied: a rule that nobody defined lets nobody pass.
        """
        allowed = self.authority is not None and self.authority.authorize(self, rule, target)
        if not allowed and fatal:
            raise PolicyNotAuthorized(rule)
        return allowed

    def to_dict(self) -> dict[str, Any]:
        """Return what a log or a policy may see: everything but the token."""
        return {k: v for k, v in self.__dict__.items() if k not in _PRIVATE}

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(user_id={self.user_id!r}, project_id={self.project_id!r}, "
            f"roles={self.roles!r}, request_id={self.request_id!r})"
        )
