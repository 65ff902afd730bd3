"""Gives each request an id, shows it in every log record, and tells it to the client.

1. The id is ``req-`` and a random UUID (RFC 9562, version 4), made anew for each request; where a filter
   outside has already given one, that one is kept.
2. ``X-OpenStack-Request-ID`` of a request is the id of the calling service's own request. Well formed, it is
   kept as the global id beside ours; otherwise it is dropped, never echoed.
3. Both stand in the environ, where authentication filters take them into the context; in every log record
   made while the request is served; and on every reply.
"""

from __future__ import annotations

import dataclasses
import os
import re
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apirouter.faults import REQUEST_ID
from apirouter.filters.base import Body, Filter, factory_of, is_plain
from apirouter.filters.headers import environ_key, header_name, header_names
from apirouter.filters.logcontext import IDS, RequestIdFilter, RequestIdFormatter, annotate_handlers
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "ComputeReqIdMiddleware",
    "IdPool",
    "RequestId",
    "RequestIdFilter",
    "RequestIdFormatter",
    "compute_req_id_factory",
    "filter_factory",
]

#: Where the calling service's id stands in the environ (oslo.middleware's name).
GLOBAL_REQUEST_ID = "openstack.global_request_id"
#: Where the headers of the ids stand, for who answers in place of an application that raised.
REPLY_HEADERS = "apirouter.request_id_headers"

_WELL_FORMED = re.compile(r"req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_VERSION_4 = bytes(0x40 | (byte & 0x0F) for byte in range(256))
_VARIANT = bytes(0x80 | (byte & 0x3F) for byte in range(256))
#: One id and a separator; the hexadecimal digits are laid into its dots, column by column.
_TEMPLATE = b"req-........-....-....-....-............ "
_COLUMNS = tuple(place for place, byte in enumerate(_TEMPLATE) if byte == ord("."))


def make_ids(count: int) -> list[str]:
    """Return new ids, each with 122 random bits of the operating system's.

    :param count: how many; made together, each costs a tenth of what ``uuid.uuid4`` does.
    """
    raw = bytearray(os.urandom(16 * count))
    raw[6::16] = raw[6::16].translate(_VERSION_4)
    raw[8::16] = raw[8::16].translate(_VARIANT)
    digits = raw.hex().encode("ascii")
    text = bytearray(_TEMPLATE * count)
    for number, column in enumerate(_COLUMNS):
        text[column :: len(_TEMPLATE)] = digits[number::32]
    return text.decode("ascii").split()


class IdPool:
    """A stock of ids, made in batches.

    Empty until the first request, and emptied in a forked child: no two processes give the same id.

    :param batch: how many are made together.
    """

    __slots__ = ("__weakref__", "_batch", "_ids")

    def __init__(self, batch: int = 64) -> None:
        self._batch = batch
        self._ids: list[str] = []
        forget = weakref.WeakMethod(self.forget)

        def forget_in_child() -> None:
            call = forget()
            if call is not None:
                call()

        os.register_at_fork(after_in_child=forget_in_child)

    def take(self) -> str:
        """Return an id that nobody else was given."""
        try:
            return self._ids.pop()
        except IndexError:
            new = make_ids(self._batch)
            mine = new.pop()
            self._ids.extend(new)
            return mine

    def forget(self) -> None:
        """Drop the stock."""
        self._ids.clear()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``request_id``.

    :param header: the reply's header of the id, and the request's of the global id.
    :param extra_headers: further headers of the reply with the same id (``X-Compute-Request-Id``).
    :param global_header: the reply's header of the global id; sent only when one was accepted.
    :param log_records: whether the handlers that logging has at load annotate their records with
        ``request_id`` and ``global_request_id``.
    :param oslo_config_project: read by oslo.middleware's filter of this name; no effect here.
    """

    header: str = option("X-Openstack-Request-Id", parse=header_name)
    extra_headers: tuple[str, ...] = option((), parse=header_names, aliases=("compat_headers",))
    global_header: str = option("X-Openstack-Global-Request-Id", parse=header_name)
    log_records: bool = True
    oslo_config_project: str = ""


class RequestId(Filter):
    """Give each request an id (see the module)."""

    __slots__ = ("_extra", "_inbound", "_names", "_pool")
    options = Options

    def __init__(self, application: WSGIApplication, options: Any = None, **named: Any) -> None:
        super().__init__(application, options, **named)
        settings = self.settings
        self._pool = IdPool()
        self._inbound = environ_key(settings.header)
        self._extra = tuple(n for n in self.extra_names(settings) if n.lower() != settings.header.lower())
        self._names = (settings.header, *self._extra)
        if settings.log_records:
            annotate_handlers()

    @classmethod
    def extra_names(cls, settings: Options) -> tuple[str, ...]:
        """Return the further headers that the id is sent in."""
        return settings.extra_headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if REQUEST_ID in environ:
            more = self._more_of_known(environ)
        else:
            request_id = environ[REQUEST_ID] = self._pool.take()
            more = [(name, request_id) for name in self._names]
        given = environ.get(self._inbound)
        if given is not None and _WELL_FORMED.fullmatch(given):
            environ[GLOBAL_REQUEST_ID] = given
            more.append((self.settings.global_header, given))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            # A new list: an application may send the same one twice.
            return start_response(status, headers + more, *((exc_info,) if exc_info else ()))

        ids = (environ[REQUEST_ID], environ.get(GLOBAL_REQUEST_ID))
        token = IDS.set(ids)
        try:
            body = self._call(environ, start)
        except BaseException:
            environ[REPLY_HEADERS] = more
            raise
        finally:
            IDS.reset(token)
        return body if is_plain(body, environ) else _AnnotatedBody(body, ids)

    def _more_of_known(self, environ: WSGIEnvironment) -> list[tuple[str, str]]:
        """Return the headers that a filter outside, whose id is kept, does not send itself."""
        return [(name, environ[REQUEST_ID]) for name in self._extra]


class _AnnotatedBody(Body):
    """A reply's iterable that runs with the ids of its request."""

    __slots__ = ("_ids",)

    def __init__(self, source: Iterable[bytes], ids: tuple[str, str | None]) -> None:
        super().__init__(source)
        self._ids = ids

    def __next__(self) -> bytes:
        token = IDS.set(self._ids)
        try:
            return super().__next__()
        finally:
            IDS.reset(token)

    def close(self) -> None:
        """Close the iterable inside."""
        token = IDS.set(self._ids)
        try:
            super().close()
        finally:
            IDS.reset(token)


class ComputeReqIdMiddleware(RequestId):
    """Give each request an id, told in ``X-Compute-Request-Id`` too."""

    __slots__ = ()

    @classmethod
    def extra_names(cls, settings: Options) -> tuple[str, ...]:
        """Return the further headers that the id is sent in."""
        return ("X-Compute-Request-Id", *settings.extra_headers)


filter_factory = factory_of(RequestId)
compute_req_id_factory = factory_of(ComputeReqIdMiddleware)
