"""Tells, on request, how long the application took: ``Server-Timing: app;dur=12.3`` (milliseconds).

1. Off unless ``enabled`` or ``hmac_keys`` is set; then the factory returns the application itself.
2. With keys, only a request that brings ``X-Trace-HMAC``, the HMAC-SHA256 of its ``X-Trace-Info`` under one
   of them, is answered the time: how long work took is nobody else's business.
3. The time ends where the application returns; a body that is made lazily comes after.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from apirouter.filters.base import Filter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``profiler``.

    :param enabled: whether every reply tells its time; with keys, whether the filter is there at all.
    :param hmac_keys: keys, any of which a request may be signed with.
    """

    enabled: bool | None = None
    hmac_keys: tuple[str, ...] = ()


class Profiler(Filter):
    """Tell how long the application took (see the module)."""

    __slots__ = ("_keys",)
    options = Options

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        self._keys = tuple(key.encode() for key in self.settings.hmac_keys)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def profiler(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if self._keys and not self._signed(environ):
                return inner(environ, start_response)
            began = time.perf_counter()

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                spent = (time.perf_counter() - began) * 1000
                more = [*headers, ("Server-Timing", f"app;dur={spent:.3f}")]
                if exc_info:
                    return start_response(status, more, exc_info)
                return start_response(status, more)

            return inner(environ, start)

        return profiler

    def _signed(self, environ: WSGIEnvironment) -> bool:
        info = environ.get("HTTP_X_TRACE_INFO", "")
        given = environ.get("HTTP_X_TRACE_HMAC", "")
        if not info or not given:
            return False
        data, told = info.encode("utf-8", "replace"), given.strip().encode("utf-8", "replace")
        # Every key is tried, so that the time doesn't tell which one is right.
        found = [
            hmac.compare_digest(hmac.new(key, data, hashlib.sha256).hexdigest().encode(), told)
            for key in self._keys
        ]
        return any(found)

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
    ) -> Callable[[WSGIApplication], WSGIApplication]:
        """Make the filter from an INI section; switched off, what is returned wraps nothing."""
        settings = cls.read_options(global_conf, local_conf)
        if settings.enabled is False or (settings.enabled is None and not settings.hmac_keys):
            return lambda application: application
        return lambda application: cls(application, settings)


def filter_factory(
    global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
) -> Callable[[WSGIApplication], WSGIApplication]:
    """Make a :class:`Profiler` from an INI section."""
    return Profiler.factory(global_conf, **local_conf)


filter_factory.options = Options  # type: ignore[attr-defined]
