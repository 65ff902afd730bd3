"""Turns whatever escapes from inside into a fault, and logs what is the server's own mistake.

1. What the client is told is decided in :mod:`apirouter.faults`; nothing is decided here.
2. An exception that escapes while the reply is iterated becomes a fault as long as nothing was sent; after
   that the server has to break the connection off, so the exception is logged and raised again.
3. ``KeyboardInterrupt``, ``SystemExit`` and their like are no exceptions of the request's and pass.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.faults import FaultFormat, log_failure
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.logcontext import ids_of
from apirouter.filters.replies import Body, is_plain, is_unstarted, restarting
from apirouter.fusion import Step

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``faultwrap``.

    :param service_type: the service's type, as in the catalog (``compute``).
    :param default_fault: the name of faults whose status has none (``computeFault``).
    """


_LINES = """
try:
    INSIDE
    body = watched(body, environ, START)
except Exception as error:
    body = answer(error, environ, START)
"""


class FaultWrapper(Filter):
    """Make a fault of what escapes (see the module)."""

    __slots__ = ("_faults",)
    options = Options

    def prepare(self) -> None:
        """Take the names of faults."""
        self._faults: FaultFormat = self.settings.fault_format(self.application)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def faultwrap(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            try:
                body = inner(environ, start_response)
            except Exception as error:
                return self.answer(error, environ, start_response)
            return body if type(body) is list else self._watched(body, environ, start_response)

        return faultwrap

    def fusion_step(self) -> Step:
        """Return what it does with any request."""
        return Step(lines=_LINES, names={"answer": self.answer, "watched": self._watched})

    def _watched(
        self, body: Iterable[bytes], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return body if is_plain(body, environ) else _WatchedBody(body, self, environ, start_response)

    def answer(
        self,
        error: Exception,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        *,
        taken: bool = False,
    ) -> Iterable[bytes]:
        """Answer a request with the fault of what escaped from it.

        :param error: what escaped.
        :param taken: whether somebody outside may have taken the status; see :func:`.restarting`.
        """
        form, extra = environ.get("apirouter.faults"), environ.get("apirouter.request_id_headers", ())
        if isinstance(form, FaultFormat):
            # The router's, which was reached, through mounts perhaps.
            router: Any = environ.get("apirouter.router")
            if hasattr(type(router), "fault_headers"):
                extra = (*extra, *router.fault_headers(environ, error))
        else:
            form = self._faults
        with ids_of(environ):
            return form.reply(error, environ, restarting(start_response, error, taken=taken), extra)


class _WatchedBody(Body):
    """A reply's iterable whose exceptions become faults, or are logged when it is too late for one."""

    __slots__ = ("_environ", "_filter", "_sent", "_start")

    def __init__(
        self,
        source: Iterable[bytes],
        wrapper: FaultWrapper,
        environ: WSGIEnvironment,
        start: StartResponse,
    ) -> None:
        super().__init__(source)
        self._filter, self._environ, self._start = wrapper, environ, start
        self._sent = False

    def __next__(self) -> bytes:
        try:
            chunk = super().__next__()
        except StopIteration:
            raise
        except Exception as error:
            if self._sent:
                self._log(error)
                raise
            self._sent = True
            taken = not is_unstarted(self._source)
            self._iterator = iter(self._filter.answer(error, self._environ, self._start, taken=taken))
            return super().__next__()
        if chunk:
            self._sent = True
        return chunk

    def close(self) -> None:
        """Close the iterable inside; what that raises is logged, for there is nobody left to tell it to."""
        try:
            super().close()
        except Exception as error:
            self._log(error)
            raise

    def _log(self, error: Exception) -> None:
        with ids_of(self._environ):
            log_failure(error, self._environ)


filter_factory = factory_of(FaultWrapper)
