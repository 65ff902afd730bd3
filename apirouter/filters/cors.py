"""Cross-origin requests, by the Fetch standard's CORS protocol.

1. ``Vary: Origin`` stands on every reply, once an origin is configured: a cache must not give one origin's
   reply to another.
2. A preflight (``OPTIONS`` with ``Origin`` and ``Access-Control-Request-Method``) is answered here, before
   anybody asks for a token; one that isn't allowed gets no CORS header, which is how a browser is told no.
3. Any other request goes inside. Its reply gets the headers of its origin, unless the application has
   answered for CORS itself.
4. Credentials never go with ``*``: such a section is refused at load.
5. An origin is echoed only if it is, letter by letter, one that was configured; a header's name only if it is
   a token.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any

from apirouter.errors import ConfigError, suggest
from apirouter.filters.base import Filter, factory_of, problems_of
from apirouter.filters.headers import TOKEN, VARY, header_names, with_vary
from apirouter.fusion import Step
from apirouter.options import boolean, option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: RFC 6454's serialized origin.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")

#: The Fetch standard lets these pass without asking.
_SAFE_METHODS = frozenset(("GET", "HEAD", "POST"))
_SAFE_HEADERS = frozenset(("accept", "accept-language", "content-language", "content-type"))

_PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
_ASKED_METHOD = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
_VARIES = ("Vary", "Origin")
_PRIVATE = "Access-Control-Request-Private-Network"


def _origin(text: str) -> str:
    if text in ("*", "null"):
        return text
    origin = text.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"holds '{text}', which is no origin (https://example.org:8443), '*' or 'null'")
    scheme, _, host = origin.partition("://")
    # A browser leaves the scheme's own port out.
    return origin.removesuffix({"https": ":443", "http": ":80"}.get(scheme, "\0")) if host else origin


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(word) for word in text.replace(",", " ").split())


def _methods(text: str) -> tuple[str, ...]:
    return tuple(word.upper() for word in header_names(text))


def _seconds(text: str) -> int | None:
    word = text.strip()
    if word.lower() in ("", "none"):
        return None
    if not (word.isascii() and word.isdigit()):
        raise ValueError("is not a whole number of seconds, or none")
    return int(word)


_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "allow_credentials": boolean,
        "allow_methods": _methods,
        "allow_headers": header_names,
        "expose_headers": header_names,
        "max_age": _seconds,
        "allow_private_network": boolean,
    }
)


def _own(text: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    found: list[tuple[str, Mapping[str, Any]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        first, *rest = line.split()
        own: dict[str, Any] = {}
        for word in rest:
            name, _, value = word.partition("=")
            reader = _SETTINGS.get(name)
            if reader is None:
                raise ValueError(f"has an unknown option '{name}'; {suggest(name, _SETTINGS)}")
            try:
                own[name] = reader(value or "yes") if reader is boolean else reader(value)
            except ValueError as error:
                raise ValueError(f"has option '{name}': '{value}', which {error}") from None
        found.append((_origin(first), MappingProxyType(own)))
    return tuple(found)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``cors``.

    :param allowed_origin: origins that the section's options hold for; ``*`` is any.
    :param origins: origins with options of their own, one a line:
        ``https://example.org allow_credentials=yes max_age=600 allow_methods=GET,PUT``; what a line
        leaves out is the section's.
    :param allow_credentials: whether cookies and HTTP authentication may be sent along.
    :param allow_methods: methods beside GET, HEAD and POST; ``*`` is any.
    :param allow_headers: request headers beside the ones that every form may send; ``*`` is any.
    :param expose_headers: reply headers that a script may read.
    :param max_age: seconds that a browser may remember a preflight.
    :param allow_private_network: whether a public site may reach this service in a private network.
    :param oslo_config_project: read by oslo.middleware's filter of this name; no effect here.
    """

    allowed_origin: tuple[str, ...] = option((), parse=_origins, aliases=("allow_origin", "allowed_origins"))
    origins: tuple[tuple[str, Mapping[str, Any]], ...] = option((), parse=_own)
    allow_credentials: bool = False
    allow_methods: tuple[str, ...] = option(("GET", "PUT", "POST", "DELETE", "PATCH"), parse=_methods)
    allow_headers: tuple[str, ...] = option(
        (
            *("X-Auth-Token", "X-OpenStack-Request-ID"),
            *("OpenStack-API-Version", "X-OpenStack-Nova-API-Version"),
        ),
        parse=header_names,
    )
    expose_headers: tuple[str, ...] = option(
        (
            *("X-OpenStack-Request-ID", "X-Compute-Request-ID", "Location", "Retry-After"),
            *("OpenStack-API-Version", "X-OpenStack-Nova-API-Version"),
        ),
        parse=header_names,
    )
    max_age: int | None = option(3600, parse=_seconds)
    allow_private_network: bool = False
    oslo_config_project: str = ""


class _Rules:
    """What one origin may, as the headers that say so."""

    __slots__ = ("headers", "methods", "preflight", "private", "reply")

    def __init__(self, origin: str, settings: Options) -> None:
        self.methods = frozenset(settings.allow_methods)
        self.headers = frozenset(name.lower() for name in settings.allow_headers)
        self.private = settings.allow_private_network
        self.reply = [("Access-Control-Allow-Origin", origin)]
        if settings.allow_credentials:
            self.reply.append(("Access-Control-Allow-Credentials", "true"))
        self.preflight = list(self.reply)
        if settings.max_age is not None:
            self.preflight.append(("Access-Control-Max-Age", str(settings.max_age)))
        if settings.expose_headers:
            self.reply.append(("Access-Control-Expose-Headers", ", ".join(settings.expose_headers)))

    def allows(self, method: str, headers: list[str]) -> bool:
        """Tell whether a request with this method and these headers may be sent."""
        if method not in _SAFE_METHODS and method not in self.methods and "*" not in self.methods:
            return False
        if "*" in self.headers:
            return all(TOKEN.fullmatch(name) for name in headers)
        return all(name in self.headers or name in _SAFE_HEADERS for name in headers)


def _rules_of(settings: Options) -> dict[str, _Rules]:
    rules: dict[str, _Rules] = {}
    every = [(origin, settings) for origin in settings.allowed_origin]
    every += [(origin, dataclasses.replace(settings, **own)) for origin, own in settings.origins]
    for origin, own_settings in every:
        if origin in rules:
            raise ConfigError(f"CORS: origin '{origin}' is given twice", option="origins")
        if own_settings.allow_credentials and origin in ("*", "null"):
            raise ConfigError(
                f"CORS: credentials are never allowed for origin '{origin}'",
                fix="name the origins that may send them, or set allow_credentials = no",
                option="allow_credentials",
            )
        rules[origin] = _Rules(origin, own_settings)
    return rules


_LINES = """
if "HTTP_ORIGIN" in environ:
    body = PLAIN(environ, START)
else:
    INSIDE
"""


class CORS(Filter):
    """Answer the CORS protocol (see the module)."""

    __slots__ = ("_any", "_rules")
    options = Options

    def prepare(self) -> None:
        """Make the rules of each origin.

        :raises ConfigError: they contradict themselves.
        """
        self._rules = _rules_of(self.settings)
        self._any = self._rules.get("*")

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what contradicts itself in a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _rules_of, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        if not self._rules:
            # No reply depends on the origin.
            return inner
        find, otherwise, bind = self._rules.get, self._any, MethodType

        def cors(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if "HTTP_ORIGIN" in environ:
                rules = find(environ["HTTP_ORIGIN"], otherwise)
                if environ["REQUEST_METHOD"] == "OPTIONS" and _ASKED_METHOD in environ:
                    start_response("204 No Content", self._preflight(environ, rules))
                    return []
                return inner(environ, _starter(start_response, rules))
            return inner(environ, bind(_start_varying, start_response))

        return cors

    def fusion_step(self) -> Step:
        """Return what it does with a request from no other origin."""
        if not self._rules:
            return Step(lines="INSIDE")
        return Step(lines=_LINES, start="bind(start_varying, START)", names={"start_varying": _start_varying})

    def _preflight(self, environ: WSGIEnvironment, rules: _Rules | None) -> list[tuple[str, str]]:
        """Return the headers that answer a preflight."""
        method = environ[_ASKED_METHOD]
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        names = [name for name in (word.strip().lower() for word in asked.split(",")) if name]
        private = environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true"
        reply = [("Vary", f"{_PREFLIGHT_VARY}, {_PRIVATE}")]
        if rules is None or not TOKEN.fullmatch(method) or not rules.allows(method, names):
            return reply
        reply += rules.preflight
        methods = rules.methods - {"*"} | ({method} if "*" in rules.methods else set())
        reply.append(("Access-Control-Allow-Methods", ", ".join(sorted(methods | _SAFE_METHODS))))
        # Never '*': with credentials it is a header of that name.
        headers = rules.headers - {"*"} | ({*names} if "*" in rules.headers else set())
        reply.append(("Access-Control-Allow-Headers", ", ".join(sorted(headers | _SAFE_HEADERS))))
        if private and rules.private:
            reply.append(("Access-Control-Allow-Private-Network", "true"))
        return reply


def _start_varying(
    start_response: StartResponse, status: str, headers: list[tuple[str, str]], exc_info: Any = None
) -> Any:
    """Start a reply to a request that names no origin; bound to ``start_response``, as in :mod:`.replies`."""
    for name, _ in headers:
        if name in VARY:
            headers = with_vary(headers, "Origin")
            break
    else:
        headers = [*headers, _VARIES]
    if exc_info:
        return start_response(status, headers, exc_info)
    return start_response(status, headers)


def _starter(start_response: StartResponse, rules: _Rules | None) -> Any:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        headers = with_vary(headers, "Origin")
        answered = any(name.lower() == "access-control-allow-origin" for name, _ in headers)
        if rules is not None and not answered:
            headers += rules.reply
        if exc_info:
            return start_response(status, headers, exc_info)
        return start_response(status, headers)

    return start


filter_factory = factory_of(CORS)
