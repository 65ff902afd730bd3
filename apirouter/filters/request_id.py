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
from collections.abc import Callable, Iterable
from types import MethodType
from typing import TYPE_CHECKING, Any

from apirouter.faults import REQUEST_ID
from apirouter.filters.base import Filter, factory_of
from apirouter.filters.headers import environ_key, header_name, header_names
from apirouter.filters.logcontext import IDS, RequestIdFilter, RequestIdFormatter, annotate_handlers
from apirouter.filters.replies import Body, is_plain
from apirouter.fusion import Step, start_adding
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

#: One id and a separator; random digits are laid into its dots, column by column. The version stands there; of
#: the digit ``v`` the variant takes the two high bits, 1 and 0.
_TEMPLATE = b"req-........-....-4...-v...-............ "
_VARIANT_COLUMN = _TEMPLATE.index(b"v")
_COLUMNS = tuple(place for place, byte in enumerate(_TEMPLATE) if byte in b".v" and place >= 4)
_VARIANT = bytes.maketrans(b"0123456789abcdef", b"89ab89ab89ab89ab")


def make_ids(count: int) -> list[str]:
    """Return new ids, each with 122 random bits of the operating system's.

    :param count: how many; made together, each costs a tenth of what ``uuid.uuid4`` does.
    """
    digits = os.urandom(16 * count).hex().encode("ascii")
    text = bytearray(_TEMPLATE * count)
    for number, column in enumerate(_COLUMNS):
        random = digits[number * count : (number + 1) * count]
        if column == _VARIANT_COLUMN:
            random = random.translate(_VARIANT)
        text[column :: len(_TEMPLATE)] = random
    del text[-1:]
    return text.decode("ascii").split(" ")


class IdPool:
    """A stock of ids, made in batches; ``ids.pop()`` takes one, :meth:`refill` when there is none left.

    Empty until the first request, and emptied in a forked child: no two processes give the same id.

    :param batch: how many are made together.
    """

    __slots__ = ("__weakref__", "_batch", "ids")

    def __init__(self, batch: int = 512) -> None:
        self._batch = batch
        #: Taken from by ``pop()``, which no two threads get the same from.
        self.ids: list[str] = []
        forget = weakref.WeakMethod(self.forget)

        def forget_in_child() -> None:
            call = forget()
            if call is not None:
                call()

        os.register_at_fork(after_in_child=forget_in_child)

    def refill(self) -> str:
        """Make new ids; return one of them that nobody else was given."""
        new = make_ids(self._batch)
        mine = new.pop()
        self.ids.extend(new)
        return mine

    def forget(self) -> None:
        """Drop the stock."""
        self.ids.clear()


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


_LINES = """
try:
    own = take()
except IndexError:
    own = refill()
if REQUEST_ID in environ or inbound in environ:
    ids, more = settle(environ, own)
else:
    environ[REQUEST_ID] = own
    ids = (own, None)
    more = [{more}]
token = set_ids(ids)
try:
    INSIDE
    body = annotated(body, ids, environ, more)
except BaseException:
    environ[REPLY_HEADERS] = more
    raise
finally:
    reset_ids(token)
"""


class RequestId(Filter):
    """Give each request an id (see the module)."""

    __slots__ = ("_extra", "_pool")
    options = Options

    def prepare(self) -> None:
        """Sort the headers' names, and have records annotated."""
        self._pool = IdPool()
        settings = self.settings
        self._extra = tuple(n for n in self.extra_names(settings) if n.lower() != settings.header.lower())
        if settings.log_records:
            annotate_handlers()

    @classmethod
    def extra_names(cls, settings: Options) -> tuple[str, ...]:
        """Return the further headers that the id is sent in."""
        return settings.extra_headers

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        take, refill = self._pool.ids.pop, self._pool.refill
        names, settle = (self.settings.header, *self._extra), self._settle
        inbound, tell, start_telling = environ_key(names[0]), _telling(names), _start_telling(names)
        set_ids, reset_ids, bind = IDS.set, IDS.reset, MethodType

        def request_id(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            try:
                own = take()
            except IndexError:
                own = refill()
            more = None
            if REQUEST_ID in environ or inbound in environ:
                ids, more = settle(environ, own)
                start = bind(start_adding, (start_response, more))
            else:
                environ[REQUEST_ID] = own
                ids = (own, None)
                # No list of its headers is made before the reply's own.
                start = bind(start_telling, (start_response, own))
            token = set_ids(ids)
            try:
                body = inner(environ, start)
            except BaseException:
                environ[REPLY_HEADERS] = tell(own) if more is None else more
                raise
            finally:
                reset_ids(token)
            if type(body) is list:
                return body
            return _annotated(body, ids, environ, tell(own) if more is None else more)

        return request_id

    def fusion_step(self) -> Step:
        """Return what it does with any request."""
        told = (self.settings.header, *self._extra)
        names = {f"header{number}": name for number, name in enumerate(told)}
        more = ", ".join(f"({name}, own)" for name in names)
        return Step(
            lines=_LINES.format(more=more),
            names={
                **names,
                "take": self._pool.ids.pop,
                "refill": self._pool.refill,
                "settle": self._settle,
                "annotated": _annotated,
                "inbound": environ_key(self.settings.header),
                "set_ids": IDS.set,
                "reset_ids": IDS.reset,
                "REQUEST_ID": REQUEST_ID,
                "REPLY_HEADERS": REPLY_HEADERS,
            },
            adds="more",
        )

    def _settle(
        self, environ: WSGIEnvironment, new: str
    ) -> tuple[tuple[str, str | None], list[tuple[str, str]]]:
        """Return the ids of a request that brings one, and the headers that tell them.

        :param new: the id that it gets unless a filter outside has given it one just now.
        """
        ids, names = IDS.get(), self._extra
        if ids[0] and ids[0] == environ.get(REQUEST_ID):
            # The filter outside tells its header and the global one itself.
            return ids, [(name, ids[0]) for name in names]
        environ[REQUEST_ID] = new
        told = [(self.settings.header, new)]
        given = environ.get(environ_key(self.settings.header))
        if given is not None and _WELL_FORMED.fullmatch(given):
            environ[GLOBAL_REQUEST_ID] = given
            told.append((self.settings.global_header, given))
        else:
            given = None
        return (new, given), told + [(name, new) for name in names]


def _telling(names: tuple[str, ...]) -> Callable[[str], list[tuple[str, str]]]:
    """Return what makes of an id the headers that tell it.

    :param names: the headers' names.
    """
    return lambda own: [(name, own) for name in names]


def _start_telling(names: tuple[str, ...]) -> Callable[..., Any]:
    """Return what starts a reply with an id in further headers; bound as :func:`.start_adding` is.

    :param names: the headers' names.
    """
    first, second = (*names, "")[:2]
    others = _telling(names[2:]) if names[2:] else None

    def start_telling_one(
        bound: tuple[StartResponse, str], status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        start_response, own = bound
        if exc_info:
            return start_response(status, [*headers, (first, own)], exc_info)
        return start_response(status, [*headers, (first, own)])

    def start_telling_more(
        bound: tuple[StartResponse, str], status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        # Two names are the usual: a loop over them would cost as much as all the rest.
        start_response, own = bound
        headers = [*headers, (first, own), (second, own)]
        if others is not None:
            headers += others(own)
        if exc_info:
            return start_response(status, headers, exc_info)
        return start_response(status, headers)

    return start_telling_more if second else start_telling_one


def _annotated(
    body: Iterable[bytes],
    ids: tuple[str, str | None],
    environ: WSGIEnvironment,
    more: list[tuple[str, str]],
) -> Iterable[bytes]:
    return body if is_plain(body, environ) else _AnnotatedBody(body, ids, environ, more)


class _AnnotatedBody(Body):
    """A reply's iterable that runs with the ids of its request."""

    __slots__ = ("_environ", "_ids", "_more")

    def __init__(
        self,
        source: Iterable[bytes],
        ids: tuple[str, str | None],
        environ: WSGIEnvironment,
        more: list[tuple[str, str]],
    ) -> None:
        super().__init__(source)
        self._ids, self._environ, self._more = ids, environ, more

    def __next__(self) -> bytes:
        token = IDS.set(self._ids)
        try:
            return super().__next__()
        except StopIteration:
            raise
        except BaseException:
            self._environ[REPLY_HEADERS] = self._more
            raise
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
