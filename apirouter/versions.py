"""The version-discovery applications: what is mounted, told without a token.

``Versions`` answers the root::

    GET /         200 {"versions": [{"id": "v2.1", "status": "CURRENT", "version": "2.90", ...}]}
    GET /servers  300 {"choices": [...]}: the same path under each version

``VersionApp`` answers one version's own root (``GET /v2.1``, ``GET /v2.1/``) with ``{"version": {...}}``, and
stands at an exact mount beside the API behind its authentication (``/v2.1: version``, ``/v2.1/+: api``).

1. Nothing is said twice: both learn what there is from the mounts of the urlmap that they stand in, which
   calls :meth:`mounted` once when all applications are built.
2. An application is a version of the API when it, or an application that it wraps (``.application``), has a
   ``version_info`` (:class:`VersionInfo`); a filter's counts for what is behind it. A urlmap inside a urlmap
   is looked into.
3. Links start at what the client asked for: scheme, Host and the path in front of the urlmap as the environ
   has them (a filter that trusts a proxy puts them right there), or ``link_prefix`` where it is set.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import quote

from apirouter import options
from apirouter.chain import chain
from apirouter.errors import ConfigError, MethodNotAllowed, RouteNotFound
from apirouter.faults import FaultFormat, status_line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    class Mount(Protocol):
        """What is asked of a urlmap's mounts."""

        @property
        def path(self) -> str:
            """The path, from a slash on; empty for the root."""
            ...

        @property
        def host(self) -> str:
            """The host; empty for any."""
            ...

        @property
        def port(self) -> str:
            """The port; empty for any."""
            ...

        @property
        def application(self) -> WSGIApplication:
            """The application."""
            ...


_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_VERSION_ID = re.compile(r"v[0-9]+(?:\.[0-9]+)?", re.ASCII)
_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclasses.dataclass(frozen=True, slots=True)
class VersionInfo:
    """What an API says of its version.

    :param id: as ``v2.1``; empty for the last part of the path that it is mounted at.
    :param status: ``CURRENT``, ``SUPPORTED``, ``DEPRECATED`` or ``EXPERIMENTAL``.
    :param min_version: the lowest microversion, as text; empty without microversions.
    :param version: the highest, likewise.
    :param updated: when the API last changed, ISO 8601 in UTC.
    :param media_types: what it reads and writes; vendors' types are named with the version.
    :param documentation: URL of the documentation, or empty.
    :param service_type: the service's type, as in a catalog (``compute``); empty where nothing says it.
    """

    id: str
    status: str = "CURRENT"
    min_version: str = ""
    version: str = ""
    updated: str = ""
    media_types: tuple[str, ...] = ()
    documentation: str = ""
    service_type: str = ""

    def summary(self, href: str) -> dict[str, Any]:
        """Return the version as the list of versions has it.

        :param href: the URL of the version.
        """
        return {
            "id": self.id,
            "status": self.status,
            "version": self.version,
            "min_version": self.min_version,
            "updated": self.updated,
            "links": [{"rel": "self", "href": href}],
        }

    def document(self, href: str) -> dict[str, Any]:
        """Return the version as its own root has it."""
        found = self.summary(href)
        if self.documentation:
            found["links"].append({"rel": "describedby", "type": "text/html", "href": self.documentation})
        return {**found, "media-types": self.typed()}

    def typed(self) -> list[dict[str, str]]:
        """Return the media types, as both documents spell them."""
        number = self.id.removeprefix("v")
        vendors = [f"{kind};version={number}" for kind in self.media_types if "/vnd." in kind]
        return [{"base": "application/json", "type": kind} for kind in vendors or ["application/json"]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Mounted:
    """One version and where it is: the host (empty for the request's own) and the path below the urlmap."""

    info: VersionInfo
    host: str
    path: str


@dataclasses.dataclass(frozen=True)
class VersionsSettings:
    """The options of both applications.

    :param link_prefix: URL that stands for the urlmap in links, as ``https://cloud.example.com/compute``;
        empty for what the request says.
    """

    link_prefix: str = ""


@dataclasses.dataclass(frozen=True)
class ListSettings(VersionsSettings):
    """The options of :class:`Versions`.

    :param link_prefix: URL that stands for the urlmap in links, as ``https://cloud.example.com/compute``;
        empty for what the request says.
    :param service_type: leave out the versions of other services than this (``compute``), where APIs of
        several are mounted; ``[DEFAULT]`` may say it too. Empty for all.
    """

    service_type: str = ""


def _refuse_no_place(settings: VersionsSettings) -> None:
    if settings.link_prefix and not re.fullmatch(r"https?://[^\s?#]+", settings.link_prefix):
        raise ConfigError(
            f"link_prefix '{settings.link_prefix}' is no URL of a place",
            fix="write it as https://cloud.example.com/compute",
            option="link_prefix",
        )


class _Discovery:
    """What both applications share.

    :param settings: the options.
    """

    options: ClassVar[type[VersionsSettings]] = VersionsSettings

    def __init__(self, settings: VersionsSettings | None = None) -> None:
        self.settings = settings or VersionsSettings()
        self._own_path = ""
        self._faults = FaultFormat()
        _refuse_no_place(self.settings)

    @classmethod
    def check(cls, global_conf: Mapping[str, str], **local_conf: str) -> list[Exception]:
        """Return what is wrong with a section, without making the application.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        try:
            _refuse_no_place(options.read(cls.options, local_conf))
        except ConfigError as error:
            return [error]
        return []

    def _settle(self, mounts: Iterable[Mount]) -> Mount | None:
        """Find this application among the mounts."""
        for mount in mounts:
            if any(found is self for found in chain(mount.application)):
                # SCRIPT_NAME is UTF-8 shown as Latin-1 (PEP 3333).
                self._own_path = mount.path.encode().decode("latin-1")
                return mount
        return None

    def _base(self, environ: WSGIEnvironment) -> str:
        """Return the URL of the urlmap that this stands in, without a slash at the end."""
        if self.settings.link_prefix:
            return self.settings.link_prefix.rstrip("/")
        script = environ.get("SCRIPT_NAME", "").removesuffix(self._own_path)
        return f"{_origin(environ)}{quote(script.encode('latin-1'), safe='/~!$&()*+,;=:@')}".rstrip("/")

    def _href(self, version: _Mounted, environ: WSGIEnvironment, path: str = "/") -> str:
        base = self._base(environ)
        if version.host and not self.settings.link_prefix:
            base = f"{_scheme(environ)}://{version.host}"
        return f"{base}{quote(version.path)}{path}"

    def _reply(
        self, code: int, data: Any, environ: WSGIEnvironment, start_response: StartResponse
    ) -> list[bytes]:
        body = json.dumps(data).encode("ascii")
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(status_line(code), headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _other_method(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes] | None:
        """Answer a method that isn't GET; None for GET and HEAD."""
        method = environ.get("REQUEST_METHOD", "GET")
        if method == "OPTIONS":
            start_response("204 No Content", [("Allow", ", ".join(_METHODS))])
            return []
        if method not in _METHODS:
            return self._faults.reply(MethodNotAllowed(_METHODS), environ, start_response)
        return None


class Versions(_Discovery):
    """The application that lists the versions mounted beside it."""

    options: ClassVar[type[VersionsSettings]] = ListSettings

    def __init__(self, settings: VersionsSettings | None = None) -> None:
        super().__init__(settings)
        self._service_type: str = getattr(self.settings, "service_type", "")
        self._versions: tuple[_Mounted, ...] = ()

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: str) -> Versions:
        """Build the application from an INI section (``paste.app_factory``).

        :param global_conf: ``[DEFAULT]``; ``service_type`` may stand here.
        :param local_conf: the section's options.
        :raises ConfigError: an option is unknown or can't be read.
        """
        own = {"service_type": (global_conf or {}).get("service_type", ""), **local_conf}
        return cls(options.read(ListSettings, own))

    def mounted(self, mounts: Iterable[Mount]) -> None:
        """Learn the versions from the mounts of the urlmap; called once, when all is built."""
        known = tuple(mounts)
        self._settle(known)
        by_id: dict[str, _Mounted] = {}
        # Of two mounts of one version, the one whose path says so is the version's.
        for version in sorted(_found(known), key=lambda v: not v.path.endswith(f"/{v.info.id}")):
            said = version.info.service_type
            if said and self._service_type and said != self._service_type:
                continue
            by_id.setdefault(version.info.id, version)
        self._versions = tuple(sorted(by_id.values(), key=lambda v: _order(v.info.id)))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a request."""
        path = environ.get("PATH_INFO", "")
        if path in ("", "/"):
            other = self._other_method(environ, start_response)
            if other is not None:
                return other
            listed = [v.info.summary(self._href(v, environ)) for v in self._versions]
            return self._reply(200, {"versions": listed}, environ, start_response)
        rest = quote(path.encode("latin-1"), safe="/~!$&()*+,;=:@")
        choices = [
            {
                "id": v.info.id,
                "status": v.info.status,
                "links": [{"rel": "self", "href": self._href(v, environ, rest)}],
                "media-types": v.info.typed(),
            }
            for v in self._versions
        ]
        return self._reply(300, {"choices": choices}, environ, start_response)


class VersionApp(_Discovery):
    """The application that tells of the one version whose root it stands at."""

    def __init__(self, settings: VersionsSettings | None = None) -> None:
        super().__init__(settings)
        self._version: _Mounted | None = None

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: str) -> VersionApp:
        """Build the application from an INI section (``paste.app_factory``).

        :raises ConfigError: an option is unknown or can't be read.
        """
        return cls(options.read(VersionsSettings, local_conf))

    def mounted(self, mounts: Iterable[Mount]) -> None:
        """Learn the version from the API mounted at the same path (``/v2.1/+``).

        :raises ConfigError: there is none.
        """
        known = tuple(mounts)
        own = self._settle(known)
        if own is None:
            return
        here = [
            v
            for m in known
            if (m.path, m.host, m.port) == (own.path, own.host, own.port)
            for v in _found([m])
        ]
        if not here:
            path = own.path or "/"
            raise ConfigError(
                f"a version document is mounted at '{path}', and no API of that version beside it",
                fix=f"mount the API at '{own.path}/+'",
            )
        self._version = here[0]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a request."""
        if self._version is None or environ.get("PATH_INFO", "") not in ("", "/"):
            return self._faults.reply(RouteNotFound(), environ, start_response)
        other = self._other_method(environ, start_response)
        if other is not None:
            return other
        document = self._version.info.document(self._href(self._version, environ))
        return self._reply(200, {"version": document}, environ, start_response)


def _found(mounts: Iterable[Mount], prefix: str = "") -> Iterator[_Mounted]:
    for mount in mounts:
        path = prefix + mount.path
        host = f"{mount.host}:{mount.port}" if mount.host and mount.port else mount.host
        for application in chain(mount.application):
            info = getattr(application, "version_info", None)
            if info is not None:
                said = _info(info, path)
                if said.id:
                    yield _Mounted(said, host, path)
                break
            inner = getattr(application, "mounts", None)
            if inner is not None:
                for version in _found(inner, path):
                    yield dataclasses.replace(version, host=version.host or host)
                break


def _info(info: Any, path: str) -> VersionInfo:
    said: dict[str, Any] = {f.name: getattr(info, f.name, None) for f in dataclasses.fields(VersionInfo)}
    last = path.rpartition("/")[2]
    said["id"] = said["id"] or (last if _VERSION_ID.fullmatch(last) else "")
    return VersionInfo(**{name: value for name, value in said.items() if value is not None})


def _order(version_id: str) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall("[0-9]+", version_id)], version_id


def _scheme(environ: WSGIEnvironment) -> str:
    return "https" if environ.get("wsgi.url_scheme") == "https" else "http"


def _origin(environ: WSGIEnvironment) -> str:
    """Return scheme and host of a request; a Host that is none is passed over."""
    scheme, host = _scheme(environ), environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        name = environ.get("SERVER_NAME", "localhost")
        host = f"{f'[{name}]' if ':' in name else name}:{environ.get('SERVER_PORT', '')}".rstrip(":")
    default = ":443" if scheme == "https" else ":80"
    return f"{scheme}://{host.removesuffix(default)}"
