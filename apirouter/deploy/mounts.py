"""What an INI says about mounts, read and checked before anything is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, TypeVar

from apirouter.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_URL = re.compile(r"https?://([^/\s]*)(/\S*)?", re.IGNORECASE)
#: ``http: //host/path = app``: configparser splits ``http://host/path = app`` at its first colon.
_SPLIT_URL = re.compile(r"(//\S+?)\s*(?:=|:\s)\s*(\S+)")

A = TypeVar("A", bound="Address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an application is mounted.

    :param path: from a slash on, without one at the end; empty for the root.
    :param name: the name of the application in the file, when it has one.
    :param host: the host, in lower case; empty for any.
    :param port: the port's digits; empty for any.
    :param wildcard: takes only what lies below the path (``/path/+``).
    :param exact: takes only the path itself, with or without a slash behind it: a wildcard beside it takes
        what lies below.
    :param option: the option as it stands in the file, when it stands in one.
    """

    path: str
    name: str = ""
    host: str = ""
    port: str = ""
    wildcard: bool = False
    exact: bool = False
    option: str = ""

    @property
    def taken(self) -> tuple[str, str, str, bool]:
        """Return what no two mounts may share; paths that differ in case only are the same."""
        return self.host, self.port, self.path.lower(), self.wildcard

    @property
    def expression(self) -> str:
        """Return the mount as an INI would say it."""
        words = [f"domain {self.host}"] if self.host else []
        words += [f"port {self.port}"] if self.port else []
        return " ".join([*words, f"{self.path}/+" if self.wildcard else self.path or "/"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount(Address):
    """One application and where it is mounted.

    :param application: the WSGI application.
    :param prefix: the path as PATH_INFO spells it: UTF-8, shown as Latin-1 (PEP 3333).
    """

    application: WSGIApplication
    prefix: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", self.path.encode().decode("latin-1"))

    @classmethod
    def at(cls, address: Address, application: WSGIApplication) -> Mount:
        """Mount ``application`` at ``address``."""
        return cls(application=application, **{f.name: getattr(address, f.name) for f in fields(Address)})


def check_mounts(mounts: Iterable[A]) -> tuple[A, ...]:
    """Return the mounts, with those ``exact`` that stand beside a wildcard.

    :raises ConfigError: two mounts take the same requests.
    """
    seen: dict[tuple[str, str, str, bool], A] = {}
    for mount in mounts:
        other = seen.setdefault(mount.taken, mount)
        if other is not mount:
            raise ConfigError(
                f"duplicate mount: '{mount.option or mount.expression}' (of '{mount.name}') takes what"
                f" '{other.option or other.expression}' (of '{other.name}') takes",
                fix="remove one of them",
                option=mount.option,
            )
    return tuple(
        replace(m, exact=True) if not m.wildcard and (*m.taken[:3], True) in seen else m
        for m in seen.values()
    )


def split_mounts(options: Mapping[str, str]) -> tuple[Address, ...]:
    """Read every mount of a section.

    :param options: expression -> name of the application.
    :raises ConfigError: an option is no mount, names no application, or takes what another takes.
    """
    if not options:
        raise ConfigError("nothing is mounted", fix="add a mount: '/ = name of an application'")
    return check_mounts(parse_mount(expression, name) for expression, name in options.items())


def parse_mount(expression: str, name: str) -> Address:
    """Read one mount: ``/path``, ``/path/+``, ``domain host port n /path`` or ``http://host:n/path``.

    :param expression: the option.
    :param name: its value, the name of the application.
    :raises ConfigError: it is none of these.
    """
    whole = expression
    if expression.lower() in ("http", "https"):
        url = _SPLIT_URL.fullmatch(name.strip())
        if url is not None:
            expression, name = f"{expression}:{url[1]}", url[2]
    host, port, path = _parts(expression, whole)
    bare = path.removesuffix("/")
    wildcard = bare.endswith("/+")
    path = _clean(bare[:-2] if wildcard else path, whole)
    if len(name.split()) != 1:
        problem = "names no application" if not name.strip() else f"names more than one application: '{name}'"
        raise ConfigError(f"mount '{whole}' {problem}", fix="write one name", option=whole)
    return Address(
        path=path,
        name=name.strip(),
        host=host.lower().rstrip("."),
        port=port,
        wildcard=wildcard,
        option=whole,
    )


def _parts(expression: str, option: str) -> tuple[str, str, str]:
    """Split an expression into host, port and path."""
    url = _URL.fullmatch(expression)
    words: Mapping[str, list[str]]
    if url is not None:
        host, _, port = url[1].partition(":") if "]" not in url[1] else url[1].rpartition(":")
        if "]" in port:
            host, port = url[1], ""
        words = {"domain": [host], "port": [port] if port else [], "path": [url[2] or ""]}
    else:
        words = _words(expression, option)
    for kind, given in words.items():
        if len(given) > 1:
            raise ConfigError(
                f"mount '{option}' has more than one {kind}: {', '.join(given)}",
                fix="write each as a mount of its own",
                option=option,
            )
    host, port, path = ("".join(words[kind]) for kind in ("domain", "port", "path"))
    if path and not path.startswith("/"):
        raise ConfigError(
            f"mount '{option}' has no slash in front",
            fix=f"write '{option.replace(path, '/' + path)}'",
            option=option,
        )
    if port and not host:
        raise ConfigError(
            f"mount '{option}' has a port but no domain",
            fix="write 'domain NAME port NUMBER /path'",
            option=option,
        )
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigError(
            f"mount '{option}': '{port}' is no port", fix="write a number to 65535", option=option
        )
    return host, port, path


def _words(expression: str, option: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {"domain": [], "port": [], "path": []}
    rest = iter(expression.split())
    for word in rest:
        if word not in ("domain", "port"):
            found["path"].append(word)
            continue
        value = next(rest, None)
        if value is None:
            raise ConfigError(
                f"mount '{option}': nothing follows '{word}'", fix=f"write a {word} behind it", option=option
            )
        found[word].append(value)
    return found


def _clean(path: str, option: str) -> str:
    """Return ``path`` as PATH_INFO would spell it, without a slash at its end."""
    path = path.removesuffix("/")
    if "%" in path or "\\" in path or any(segment in ("", ".", "..") for segment in path.split("/")[1:]):
        raise ConfigError(
            f"mount '{option}' can never be reached: a request's path is matched segment by segment, decoded",
            fix="leave out empty and dot segments, backslashes and percent-encoding",
            option=option,
        )
    return path
