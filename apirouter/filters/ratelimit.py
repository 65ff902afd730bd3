"""Answers 429 to who asks too often; counted by the ``limits`` library, in memory or Redis.

1. Requests are counted by ``user`` (put the filter behind authentication; who has no context is counted by
   address), by ``address`` (IPv6 by its /64, which one customer has), or by ``route``, or by several of them
   together.
2. The route is the template that the router would match, or one of ``routes``; requests of no route are
   counted together, so that invented paths make no counters.
3. Every reply says how things stand: ``RateLimit-Limit``, ``-Remaining``, ``-Reset`` (seconds), and
   ``RateLimit-Policy``; a 429 has ``Retry-After`` too.
4. In memory, each process, and in it each pipeline, counts for itself, and forgets whose window is over. A
   storage that can't be reached lets requests pass, with an error in the log, unless ``on_storage_error`` says
   deny; a Redis that doesn't answer within a second can't be reached (``?socket_timeout=5`` in its URL says
   otherwise).
"""

from __future__ import annotations

import dataclasses
import importlib.util
import ipaddress
import logging
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal

from apirouter.chain import chain
from apirouter.errors import ApiRouterError, ConfigError, MissingExtra, RateLimited, suggest
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of, problems_of
from apirouter.filters.headers import METHODS
from apirouter.fusion import start_adding
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

_NO_ROUTE = "-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``ratelimit``.

    :param limit: how often, as ``100/minute`` or ``10/second; 1000/hour``.
    :param by: what is counted apart: ``user``, ``address``, ``route``, or several of them.
    :param routes: templates (``/v2.1/servers/{id}``) for ``by = route`` before an application that can't say
        its routes.
    :param storage: ``memory://`` or ``redis://host:6379/0``.
    :param strategy: how a window is counted.
    :param on_storage_error: whether requests pass while the storage can't be reached.
    :param name: what counters are kept under: filters of one name count together in one Redis. In memory each
        counts for itself, also where several pipelines name one section.
    :param context_key: where the context stands in the environ.
    """

    limit: str = option(dataclasses.MISSING, aliases=("limits",))
    by: tuple[Literal["user", "address", "route"], ...] = ("address",)
    routes: tuple[str, ...] = ()
    storage: str = "memory://"
    strategy: Literal["fixed-window", "moving-window", "sliding-window-counter"] = "fixed-window"
    on_storage_error: Literal["allow", "deny"] = "allow"
    name: str = "apirouter"
    context_key: str = "apirouter.context"


class StorageUnavailable(ApiRouterError):
    """The counters can't be reached, and requests don't pass without."""

    code = 503
    safe = True

    def __init__(self) -> None:
        super().__init__("Requests can't be counted at the moment.")


class RateLimit(Filter):
    """Count requests (see the module)."""

    __slots__ = ("_errors", "_faults", "_items", "_keys", "_limiter", "_route_of", "_routes")
    options = Options

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        settings: Options = self.settings
        self._faults: FaultFormat = settings.fault_format(self.application)
        self._items, self._limiter, self._errors = _counting(settings)
        makers: dict[str, Callable[[Any], str]] = {
            "user": self._user,
            "address": lambda environ: address_key(environ.get("REMOTE_ADDR", "")),
            "route": self._route,
        }
        self._keys = tuple(makers[word] for word in settings.by)
        self._routes = tuple((template, _pattern(template)) for template in settings.routes)
        self._route_of = _route_finder(self.application)
        if "route" in settings.by and not self._routes and self._route_of is None:
            LOG.warning(
                "RateLimit: nothing behind the filter can say its routes, so all requests count as one route; "
                "put the filter directly before a router, or write the templates into its option 'routes'"
            )

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what is wrong with a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _counting, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def ratelimit(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            identifiers = (self.settings.name, *[key(environ) for key in self._keys])
            try:
                passed = self._hit(identifiers)
                item, remaining, reset = passed or self._tightest(identifiers)
            except self._errors as error:
                LOG.error("The storage of rate limits can't be reached: %s", error.__cause__ or error)
                if self.settings.on_storage_error == "deny":
                    return self._faults.reply(StorageUnavailable(), environ, start_response)
                return inner(environ, start_response)
            standing = _headers(item, remaining, reset)
            if passed is not None:
                return self._faults.reply(RateLimited(str(item), reset), environ, start_response, standing)
            return inner(environ, MethodType(start_adding, (start_response, standing)))

        return ratelimit

    def _hit(self, identifiers: tuple[str, ...]) -> tuple[Any, int, int] | None:
        """Count a request; return the limit that it passed, if it passed one."""
        for item in self._items:
            if not self._limiter.hit(item, *identifiers):
                return self._stats(item, identifiers)
        return None

    def _stats(self, item: Any, identifiers: tuple[str, ...]) -> tuple[Any, int, int]:
        stats = self._limiter.get_window_stats(item, *identifiers)
        # Rounded up: who comes back when told is let in.
        return item, max(0, stats.remaining), max(1, math.ceil(stats.reset_time - time.time()))

    def _tightest(self, identifiers: tuple[str, ...]) -> tuple[Any, int, int]:
        return min((self._stats(item, identifiers) for item in self._items), key=lambda found: found[1])

    def _user(self, environ: WSGIEnvironment) -> str:
        context = environ.get(self.settings.context_key)
        user = getattr(context, "user_id", None)
        if user:
            return f"user:{user}"
        return f"address:{address_key(environ.get('REMOTE_ADDR', ''))}"

    def _route(self, environ: WSGIEnvironment) -> str:
        method = environ.get("REQUEST_METHOD", "GET")
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        for template, pattern in self._routes:
            if pattern.fullmatch(path):
                return f"{method} {template}" if method in METHODS else template
        known = environ.get("apirouter.route") or (self._route_of(environ) if self._route_of else None)
        return f"{method} {known}" if known else _NO_ROUTE


def _counting(settings: Options) -> tuple[tuple[Any, ...], Any, type[Exception]]:
    """Return the limits, what counts, and what it raises when its storage can't be reached. Nothing is asked yet.

    :raises ConfigError: an option makes no sense.
    :raises MissingExtra: limits, or redis, isn't installed.
    """
    try:
        import limits
        from limits import storage, strategies
    except ImportError as error:
        raise MissingExtra("filter ratelimit", "limits", "ratelimit") from error
    if not settings.by:
        raise ConfigError("RateLimit: option 'by' is empty", fix="write user, address or route", option="by")
    try:
        items: tuple[Any, ...] = tuple(limits.parse_many(settings.limit))
    except ValueError:
        raise ConfigError(
            f"RateLimit: option 'limit': '{settings.limit}' is no rate",
            fix="write it as 100/minute or 10/second; 1000/hour",
            option="limit",
        ) from None
    try:
        _check_scheme(settings.storage, getattr(storage, "SCHEMES", ()))
        kept = storage.storage_from_string(settings.storage, **_storage_options(settings.storage))
    except limits.errors.ConfigurationError as error:
        # It may quote the URL, with a password in it.
        problem = str(error).replace(settings.storage, f"{settings.storage.partition('://')[0]}://...")
        raise ConfigError(f"RateLimit: option 'storage': {problem}", option="storage") from None
    except ValueError:
        # Its text may be what stands before a '#' or ':' in a password.
        raise ConfigError(
            "RateLimit: option 'storage' can't be read",
            fix="write it as redis://user:password@host:6379/0; '#', '/', ':' and '@' of a password are escaped",
            option="storage",
        ) from None
    if isinstance(kept, storage.MemoryStorage):
        kept.events = _Windows()
    return items, strategies.STRATEGIES[settings.strategy](kept), limits.errors.StorageError


def _check_scheme(url: str, schemes: Iterable[str]) -> None:
    """Refuse a storage that there is none of; what follows its scheme may be a password and is not shown.

    :param url: the storage's.
    :param schemes: those that the library knows; none where it doesn't say.
    :raises ConfigError: it is no URL, or of another scheme.
    :raises MissingExtra: redis isn't installed.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise ConfigError(
            "RateLimit: option 'storage' is no URL",
            fix="write memory:// or redis://host:6379/0",
            option="storage",
        )
    known = [name for name in schemes if not name.startswith("async+")]
    if known and scheme not in known:
        raise ConfigError(
            f"RateLimit: option 'storage' has an unknown scheme '{scheme}'",
            fix=suggest(scheme, known),
            option="storage",
        )
    if scheme.startswith("redis") and importlib.util.find_spec("redis") is None:
        raise MissingExtra(f"filter ratelimit with storage {scheme}://", "redis", "ratelimit")


def _storage_options(url: str) -> dict[str, Any]:
    """Return what a storage is made with beside its URL, which may say otherwise."""
    # Whatever a storage's client raises comes out as one class.
    options: dict[str, Any] = {"wrap_exceptions": True}
    scheme = url.partition("://")[0]
    if scheme in _REDIS:
        options["socket_timeout"] = _SECONDS
        if not scheme.endswith("+unix"):
            options["socket_connect_timeout"] = _SECONDS
    return options


class _Windows(dict[str, list[Any]]):
    """The entries of moving windows, by key; a key whose entries are over is gone.

    The library's own dictionary keeps every key that there ever was, with an empty list.
    """

    def __setitem__(self, key: str, entries: list[Any]) -> None:
        if entries:
            super().__setitem__(key, entries)
        else:
            self.pop(key, None)

    def __missing__(self, key: str) -> list[Any]:
        # Another thread has removed it between two looks at it.
        entries: list[Any] = []
        super().__setitem__(key, entries)
        return entries


#: How long a Redis is waited for, in seconds, and the schemes of its URLs.
_SECONDS = 1.0
_REDIS = frozenset(("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix"))


def address_key(address: str) -> str:
    """Return what an address is counted as: itself, or an IPv6 address's /64."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    # A dual-stack socket names its IPv4 clients ::ffff:192.0.2.1: not all of them are one customer.
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^{}]*\})", template)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


def _route_finder(application: Any) -> Callable[[Any], str | None] | None:
    """Return the ``route_of`` of the first application inside that has one."""
    for one in chain(application):
        finder = getattr(one, "route_of", None)
        if callable(finder):
            return finder  # type: ignore[no-any-return]
    return None


def _headers(item: Any, remaining: int, reset: int) -> list[tuple[str, str]]:
    return [
        ("RateLimit-Limit", str(item.amount)),
        ("RateLimit-Remaining", str(remaining)),
        ("RateLimit-Reset", str(reset)),
        ("RateLimit-Policy", f"{item.amount};w={item.get_expiry()}"),
    ]


filter_factory = factory_of(RateLimit)
