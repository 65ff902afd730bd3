"""One application in the place of another, between requests.

1. A request is answered, to the end of its reply, by the application that was there when it came.
2. An application that was replaced is closed when its last request has ended: every filter, application,
   plugin and service of it that has a method ``close()`` is called, once, in the order in which a request
   meets them. What the new application has too (a module's own object) stays open.
3. What ``close()`` raises is logged, and the others are closed all the same.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterable, Iterator
from types import MethodType
from typing import TYPE_CHECKING, Any

from apirouter.filters.replies import EndedBody, is_plain

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)


class _Held:
    """An application, and how many of its requests have not ended."""

    __slots__ = ("application", "requests", "retired")

    def __init__(self, application: Any) -> None:
        self.application, self.requests, self.retired = application, 0, False


class Swappable:
    """A WSGI application that hands each request to the application of the moment.

    :param application: the first.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._lock = threading.Lock()
        self._held = _Held(application)

    @property
    def application(self) -> Any:
        """The application of the moment."""
        return self._held.application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        with self._lock:
            held = self._held
            held.requests += 1
        try:
            body = held.application(environ, start_response)
        except BaseException:
            self._leave(held)
            raise
        if isinstance(body, (list, tuple)) or is_plain(body, environ):
            # No code of the application is left to run.
            self._leave(held)
            return body  # type: ignore[no-any-return]
        kind = _SizedBody if hasattr(body, "__len__") else EndedBody
        return kind(body, lambda: self._leave(held))

    def replace(self, application: WSGIApplication) -> None:
        """Put another application in place: the next request is its.

        :param application: the new one.
        """
        with self._lock:
            old, self._held = self._held, _Held(application)
            old.retired = True
            idle = old.requests == 0
        if idle:
            self._retire(old)

    def close(self) -> None:
        """Close the application of the moment: the server has ended."""
        close(self.application)

    def _leave(self, held: _Held) -> None:
        with self._lock:
            held.requests -= 1
            last = held.retired and held.requests == 0
        if last:
            # Apart: closing may take long, and the thread has others to serve.
            threading.Thread(target=self._retire, args=(held,), name="apirouter-close").start()

    def _retire(self, held: _Held) -> None:
        close(held.application, beside=self.application)
        held.application = None
        # Tables, plugins and controllers refer to one another; left to itself, the collector takes its time.
        gc.collect()


class _SizedBody(EndedBody):
    """One that knows how many chunks it has: of a single one a server tells the length."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._source)


def close(application: Any, beside: Any = None) -> None:
    """Close what an application is made of (see the module).

    :param application: the application; no request of it is left.
    :param beside: an application that goes on; what is part of it too is left alone.
    """
    kept = {id(part) for part in parts(beside)} if beside is not None else set()
    for part in parts(application):
        closer = getattr(part, "close", None)
        if id(part) in kept or not callable(closer) or isinstance(part, type):
            continue
        try:
            closer()
        except Exception:
            LOG.exception("Closing %s failed", type(part).__qualname__)


def parts(application: Any) -> Iterator[Any]:
    """Yield what an application is made of, each once: filters, applications, plugins, services.

    :param application: a WSGI application.
    """
    seen: set[int] = set()
    for part in _parts(application):
        if id(part) not in seen:
            seen.add(id(part))
            yield part


def _parts(application: Any) -> Iterator[Any]:
    from apirouter.describe.walk import ends
    from apirouter.routing.plugins import LOADED
    from apirouter.routing.router import APIRouter

    for end in ends(application):
        for one in (*end.filters, end.application):
            # What answers may be a function or a method; the filter's object is beside it.
            made = one.__self__ if isinstance(one, MethodType) else one
            yield made
            yield from (x for x in (getattr(made, "filter", None),) if x is not None)
        if isinstance(end.application, APIRouter):
            yield from (p.extension for p in end.application.plugins if p.state == LOADED)
            yield from end.application.services.values()
