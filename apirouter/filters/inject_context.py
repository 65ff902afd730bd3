"""The context of somebody known beforehand, for every request: for the tests of a service.

Made by code, not by an INI: an INI can't say who is asking.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.filters.identity import set_context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class InjectContext:
    """Leave one context in the environ of every request, as an authentication filter would.

    :param context: who is asking.
    :param application: what it wraps.
    :param context_key: where the service looks for it, beside ``apirouter.context``.
    """

    __slots__ = ("_context", "_key", "application")

    def __init__(
        self, context: Any, application: WSGIApplication, *, context_key: str = "apirouter.context"
    ) -> None:
        #: The application inside.
        self.application = application
        self._context, self._key = context, context_key

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        set_context(environ, self._key, self._context)
        return self.application(environ, start_response)
