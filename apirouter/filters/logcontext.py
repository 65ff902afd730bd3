"""The ids of the request that a thread works on, in every log record.

The ids stand in a context variable while the application runs, and while its reply is iterated: each thread,
greenlet and task sees its own, and a generator that is resumed later sees its own again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: The request's id and the global one; empty outside of a request.
IDS: ContextVar[tuple[str, str | None]] = ContextVar("apirouter.request_ids", default=("", None))

_NONE = "-"


@contextmanager
def ids_of(environ: WSGIEnvironment) -> Iterator[None]:
    """Have records carry the ids of a request also outside of the filter that gave them.

    :param environ: the request, which keeps them.
    """
    if IDS.get()[0]:
        yield
        return
    token = IDS.set((environ.get("openstack.request_id") or "", environ.get("openstack.global_request_id")))
    try:
        yield
    finally:
        IDS.reset(token)


def annotate(record: logging.LogRecord) -> None:
    """Give a record ``request_id`` and ``global_request_id``, ``-`` for none, unless it has them."""
    have = record.__dict__
    if "request_id" not in have:
        request_id, global_request_id = IDS.get()
        have["request_id"] = request_id or _NONE
        have.setdefault("global_request_id", global_request_id or _NONE)


class RequestIdFilter(logging.Filter):
    """A logging filter that gives each record the ids of its request.

    For a handler whose records may have been made before the request-id filter was loaded.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Annotate the record; every record passes."""
        annotate(record)
        return True


class RequestIdFormatter(logging.Formatter):
    """A formatter that knows ``%(request_id)s`` and ``%(global_request_id)s``.

    For a ``[formatter_...]`` section's ``class``: an INI's logging sections name formatters, but no filters.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Annotate the record, then format it."""
        annotate(record)
        return super().format(record)


def annotate_handlers() -> None:
    """Put a :class:`RequestIdFilter` on every handler there is now; once on each, however often it is called.

    Not a record factory: with that, any library's ``extra={"request_id": ...}`` would raise.
    """
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if not any(isinstance(present, RequestIdFilter) for present in handler.filters):
                handler.addFilter(RequestIdFilter())
