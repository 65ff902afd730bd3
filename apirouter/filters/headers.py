"""Reading and writing headers, for the filters: names, hosts, Vary; and the methods that they know."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote

#: The methods that are told as they are; any other is a client's text, of any length.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

#: RFC 9110's token.
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

#: RFC 3986's host with an optional port; a registered name as DNS and docker write them.
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)

#: A mount's prefix: segments of unreserved characters and percent-escapes, none empty, none a dot; no controls and
#: quotes.
_PREFIX = re.compile(
    r"(?:/(?!(?:\.|%2[eE]){1,2}(?:/|\Z))"
    r"(?:[A-Za-z0-9_.~!$&'()*+,;=:@-]|%(?!2[2fF]|5[cC]|[01]|7[fF])[0-9A-Fa-f]{2})+)*"
)

#: How ``Vary`` is spelled; one spelled otherwise gets a line of its own, which means the same.
VARY = frozenset(("Vary", "vary", "VARY"))


def header_name(text: str) -> str:
    """Read the name of a header.

    :raises ValueError: it is no token of RFC 9110.
    """
    name = text.strip()
    if not TOKEN.fullmatch(name):
        raise ValueError("is not a header's name")
    return name


def header_names(text: str) -> tuple[str, ...]:
    """Read names of headers, split at commas and blanks.

    :raises ValueError: one is no token of RFC 9110.
    """
    return tuple(header_name(word) for word in text.replace(",", " ").split())


def environ_key(name: str) -> str:
    """Return where a request's header stands in the environ (``HTTP_X_AUTH_TOKEN``)."""
    return "HTTP_" + name.upper().replace("-", "_")


def valid_host(host: str) -> bool:
    """Tell whether a ``Host`` is a name or address with an optional port, and nothing else."""
    if len(host) > 261 or _HOST.fullmatch(host) is None:
        return False
    if host.startswith("[") and not _is_ipv6(host[1:].partition("]")[0]):
        return False
    port = host.rpartition("]")[2].partition(":")[2]
    return not port or int(port) <= 65535


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def valid_prefix(prefix: str) -> bool:
    """Tell whether a path prefix is empty or whole segments that nobody reads as another path."""
    return len(prefix) <= 1024 and _PREFIX.fullmatch(prefix) is not None


def environ_prefix(prefix: str) -> str:
    """Return a valid path prefix as the environ has paths: without escapes, its bytes as Latin-1 (PEP 3333)."""
    return unquote(prefix, "latin-1") if "%" in prefix else prefix


def with_vary(headers: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """Return a copy of a reply's headers whose ``Vary`` has a name.

    :param headers: left as they are: an application may send the same list twice.
    :param name: the name to have.
    """
    headers = [*headers]
    for number, (key, value) in enumerate(headers):
        if key in VARY:
            if value != "*" and name.lower() not in (word.strip().lower() for word in value.split(",")):
                headers[number] = (key, f"{value}, {name}" if value.strip() else name)
            return headers
    headers.append(("Vary", name))
    return headers
