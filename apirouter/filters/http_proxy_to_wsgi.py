"""Makes the environ say what the client asked, where a proxy stands in front; and checks ``Host``.

1. What a proxy says counts only when the peer (``REMOTE_ADDR``) is one of ``trusted_proxies``; nobody is
   unless said. Anybody else's ``Forwarded`` and ``X-Forwarded-For``, and what came with them, are removed:
   WebOb and others read them unasked. So is what was read, in favour of the environ that tells it.
2. Each proxy appends what it saw. They are read from the right, one proxy at a time, as long as the address
   that it names is itself trusted, at most ``hops`` of them: what stands further left was written by clients.
3. ``Forwarded`` (RFC 7239) beats ``X-Forwarded-*``; one kind is read, never a mixture. A proxy hands on what
   it doesn't write itself: ``headers`` names what it writes, and the rest is the client's and not read.
4. The scheme becomes http or https, or stays. A host or prefix that isn't one is a 400.
5. ``Host`` itself is checked in every request, proxy or none: a name or address and a port, nothing else.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from apirouter.errors import BadHeader, RequestError
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of
from apirouter.filters.headers import environ_prefix, valid_host, valid_prefix
from apirouter.fusion import Step
from apirouter.options import option, words

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FOR, _PROTO, _HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"
_PORT, _PREFIX, _FORWARDED = "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED"
_ALL = (
    *(_FORWARDED, _FOR, _PROTO, _HOST, _PORT, _PREFIX),
    *("HTTP_X_FORWARDED_SERVER", "HTTP_X_FORWARDED_SCHEME", "HTTP_X_FORWARDED_SSL", "HTTP_X_REAL_IP"),
)

_X_FORWARDED = (_FOR, _PROTO, _HOST, _PORT, _PREFIX)
_READ = (_FORWARDED, *_X_FORWARDED)
#: What ``headers`` may name, and where that stands in the environ.
_KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "any": _READ,
        "forwarded": (_FORWARDED,),
        "x-forwarded": _X_FORWARDED,
        **{key.removeprefix("HTTP_").replace("_", "-").lower(): (key,) for key in _X_FORWARDED},
    }
)

#: What parts the pairs of one element, and the elements: either may be empty (RFC 7239, 4; RFC 9110, 5.6.1.2).
_PARTED = re.compile(r"[\s;,]*")
#: RFC 7239's pair: a token, an equals sign, a token or a quoted string.
_PAIR = re.compile(r'([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=(?:([^\s",;=]+)|"((?:[^"\\]|\\.)*)")')


def _networks(text: str) -> tuple[Network | str, ...]:
    found: list[Network | str] = []
    for word in words(text):
        if word == "unix":
            found.append("")
            continue
        try:
            found.append(_network(word))
        except ValueError as error:
            raise ValueError(f"holds '{word}', which is no network or address: {error}") from None
    return tuple(found)


def _network(word: str) -> Network:
    network = ipaddress.ip_network(word)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    # Peers are compared as IPv4 addresses where they are, so the network is to be one, too.
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped is not None else network


def _prefix(text: str) -> str:
    prefix = text.strip().rstrip("/")
    if not valid_prefix(prefix):
        raise ValueError("is not a path prefix (/compute)")
    return environ_prefix(prefix)


def _written(text: str) -> tuple[str, ...]:
    found = words(text.lower())
    for word in found:
        if word not in _KINDS:
            raise ValueError(f"holds '{word}', which is not one of {', '.join(_KINDS)}")
    if not found:
        raise ValueError(f"is empty: write some of {', '.join(_KINDS)}")
    return found


def _hops(text: str) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdigit() and 0 < len(word) < 4 and int(word)):
        raise ValueError("is not a number of proxies, at least 1")
    return int(word)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``http_proxy_to_wsgi``.

    :param trusted_proxies: networks and addresses of the proxies in front (``10.0.0.0/8 ::1``); ``unix`` is a
        peer on a local socket, which has no address. Empty trusts nobody.
    :param hops: how many proxies there are at most, one behind the other.
    :param headers: which headers the proxies write: ``forwarded`` (RFC 7239), ``x-forwarded``, some of these
        by their names (``x-forwarded-for x-forwarded-proto``), or ``any``.
    :param prefix: a path that the API is mounted under and that the proxy leaves in the path.
    :param oslo_config_project: read by oslo.middleware's filter of this name; no effect here.
    """

    trusted_proxies: tuple[Network | str, ...] = option((), parse=_networks, aliases=("trusted",))
    hops: int = option(1, parse=_hops)
    headers: tuple[str, ...] = option(("any",), parse=_written)
    prefix: str = option("", parse=_prefix)
    oslo_config_project: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy says of the request it passed on; empty where it says nothing.

    :param peer: the address that it was asked from.
    :param proto: the scheme.
    :param host: the ``Host`` that it was asked for.
    """

    peer: str = ""
    proto: str = ""
    host: str = ""


def parse_forwarded(text: str) -> list[Hop]:
    """Read a ``Forwarded`` header (RFC 7239), the client's proxy first.

    :raises BadHeader: it is malformed.
    """
    elements: list[dict[str, str]] = [{}]
    position, between = 0, ","
    while True:
        # It matches what has no length, too.
        parted = cast("re.Match[str]", _PARTED.match(text, position))
        between, position = between + parted[0], parted.end()
        if "," in between and elements[-1]:
            elements.append({})
        if position == len(text):
            break
        found = _PAIR.match(text, position)
        if found is None or not ("," in between or ";" in between):
            raise BadHeader("Forwarded", "is malformed")
        name, pairs = found[1].lower(), elements[-1]
        if name in pairs:
            raise BadHeader("Forwarded", f"says {name} twice of one proxy")
        pairs[name] = found[2] if found[2] is not None else re.sub(r"\\(.)", r"\1", found[3])
        position, between = found.end(), ""
    return [Hop(p.get("for", ""), p.get("proto", ""), p.get("host", "")) for p in elements if p]


def parse_x_forwarded(environ: WSGIEnvironment) -> list[Hop]:
    """Read ``X-Forwarded-For``, ``-Proto`` and ``-Host``, the client's proxy first.

    A proxy that overwrites one of them rather than appending leaves fewer values: they are aligned at the
    right, and what is missing at the left is what the last one there says.
    """
    peers, protos, hosts = (_list(environ.get(key, "")) for key in (_FOR, _PROTO, _HOST))
    if not peers:
        # There is one hop then, and no saying who came before it.
        return [Hop("", protos[-1] if protos else "", hosts[-1] if hosts else "")]
    count = max(map(len, (peers, protos, hosts)))
    filled = [(column[:1] or [""]) * (count - len(column)) + column for column in (peers, protos, hosts)]
    return [Hop(*row) for row in zip(*filled, strict=True)]


def _list(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")] if text.strip() else []


def address(text: str) -> tuple[str, str]:
    """Return address and port of a ``for=``, either empty.

    ``unknown`` and obfuscated names (``_hidden``) are no addresses; nor is one with a zone (``fe80::1%eth0``),
    which means something on its own machine only, and may hold any text.
    """
    if "%" in text:
        return "", ""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        return str(_ip(host)), port if port.isascii() and port.isdigit() and len(port) < 6 else ""
    except ValueError:
        return "", ""


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(text)
    # A dual-stack socket names its IPv4 peers ::ffff:192.0.2.1.
    return getattr(found, "ipv4_mapped", None) or found


def check_host(host: Any) -> None:
    """Refuse what is no ``Host``.

    :raises BadHeader: it isn't a name or address with an optional port.
    """
    if not valid_host(host):
        raise BadHeader("Host", "is not a host name or address with an optional port")


#: How many good hosts are remembered: a service has few names, and a client that invents some adds no more.
_HOSTS = 64


_LINES = """
answer = None
if environ.get("HTTP_HOST") not in good or {said}:
    answer = examine(environ, START)
if answer is not None:
    body = answer
else:
    {mount}
    INSIDE
"""


class HTTPProxyToWSGI(Filter):
    """Read what trusted proxies say (see the module)."""

    __slots__ = ("_faults", "_good", "_hops", "_networks", "_prefix", "_read", "_unix", "_watched")
    options = Options

    def prepare(self) -> None:
        """Sort the proxies that are trusted."""
        settings = self.settings
        self._faults: FaultFormat = settings.fault_format(self.application)
        self._networks = tuple(n for n in settings.trusted_proxies if n != "")
        self._unix = "" in settings.trusted_proxies
        self._hops: int = settings.hops
        self._read = frozenset(key for word in settings.headers for key in _KINDS[word])
        self._prefix: str = settings.prefix
        trusts = bool(self._networks or self._unix or self._prefix)
        # Of what nobody is trusted with, these two bring the rest with them.
        self._watched = _READ if trusts else (_FOR, _FORWARDED)
        #: Values of Host that are known to be good, a bounded number of them.
        self._good: set[str | None] = {None}

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""
        good = self._good

        def http_proxy_to_wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ.get("HTTP_HOST") not in good or _FOR in environ or _FORWARDED in environ:
                answer = self._examine(environ, start_response)
                if answer is not None:
                    return answer
            return inner(environ, start_response)

        def behind_proxy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if (
                environ.get("HTTP_HOST") not in good
                or _FOR in environ
                or _PROTO in environ
                or _HOST in environ
                or _FORWARDED in environ
                or _PREFIX in environ
                or _PORT in environ
            ):
                answer = self._examine(environ, start_response)
                if answer is not None:
                    return answer
            if self._prefix:
                self._mount(environ)
            return inner(environ, start_response)

        return behind_proxy if self._watched is _READ else http_proxy_to_wsgi

    def fusion_step(self) -> Step:
        """Return what it does with any request."""
        keys = {f"KEY{number}": key for number, key in enumerate(self._watched)}
        lines = _LINES.format(
            said=" or ".join(f"{name} in environ" for name in keys),
            mount="mount(environ)" if self._prefix else "",
        )
        names = {"good": self._good, "examine": self._examine, "mount": self._mount}
        return Step(lines=lines, names={**names, **keys})

    def _examine(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
        """Check ``Host`` and take what proxies say; return the fault of a request that is refused."""
        host, good = environ.get("HTTP_HOST"), self._good
        try:
            if host not in good:
                check_host(host)
                if len(good) < _HOSTS:
                    good.add(host)
            if any(key in environ for key in self._watched):
                self._apply(environ)
        except RequestError as error:
            return self._faults.reply(error, environ, start_response)
        return None

    def _trusted(self, peer: str) -> bool:
        if not peer:
            return self._unix
        try:
            found = _ip(peer)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def _apply(self, environ: WSGIEnvironment) -> None:
        """Put what trusted proxies say into the environ, and remove every header that speaks of proxies."""
        said = {key: environ.pop(key) for key in _ALL if key in environ}
        if not (self._networks or self._unix) or not self._trusted(environ.get("REMOTE_ADDR", "")):
            return
        said = {key: value for key, value in said.items() if key in self._read}
        if said.get(_FORWARDED, "").strip():
            self._walk(environ, parse_forwarded(said[_FORWARDED]))
        else:
            self._walk(environ, parse_x_forwarded(said))
            _apply_port(environ, said.get(_PORT, ""))
            _apply_prefix(environ, said.get(_PREFIX, ""))

    def _walk(self, environ: WSGIEnvironment, hops: list[Hop]) -> None:
        client: Hop | None = None
        peer = port = ""
        for hop in hops[: -self._hops - 1 : -1]:
            client = hop
            found, found_port = address(hop.peer)
            if found:
                peer, port = found, found_port
            if not found or not self._trusted(found):
                break
        if client is None:
            return
        if peer:
            environ["apirouter.peer"] = environ.get("REMOTE_ADDR", "")
            environ["REMOTE_ADDR"] = peer
            environ.pop("REMOTE_PORT", None)
            environ.pop("REMOTE_HOST", None)
            if port:
                environ["REMOTE_PORT"] = port
        scheme = client.proto.lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
            if not client.host:
                return
        if client.host:
            check_host(client.host)
            environ["HTTP_HOST"] = client.host
            name, _, number = client.host.rpartition(":")
            has_port = bool(name) and not client.host.endswith("]")
            environ["SERVER_NAME"] = name if has_port else client.host
            default = "443" if environ["wsgi.url_scheme"] == "https" else "80"
            environ["SERVER_PORT"] = number if has_port else default

    def _mount(self, environ: WSGIEnvironment) -> None:
        """Move the static prefix from the path to the mount, if the path has it as whole segments."""
        prefix, path = self._prefix, environ.get("PATH_INFO", "")
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path[len(prefix) :]


def _apply_port(environ: WSGIEnvironment, text: str) -> None:
    ports = _list(text)
    if not ports:
        return
    port = ports[-1]
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise BadHeader("X-Forwarded-Port", "is not a port")
    environ["SERVER_PORT"] = port
    host = environ.get("HTTP_HOST", "")
    if host and (host.endswith("]") or ":" not in host):
        default = "443" if environ["wsgi.url_scheme"] == "https" else "80"
        if port != default:
            environ["HTTP_HOST"] = f"{host}:{port}"


def _apply_prefix(environ: WSGIEnvironment, text: str) -> None:
    prefixes = _list(text)
    if not prefixes:
        return
    prefix = prefixes[-1].rstrip("/")
    if not valid_prefix(prefix):
        raise BadHeader("X-Forwarded-Prefix", "is not a path prefix")
    environ["SCRIPT_NAME"] = environ_prefix(prefix) + environ.get("SCRIPT_NAME", "")


filter_factory = factory_of(HTTPProxyToWSGI)
