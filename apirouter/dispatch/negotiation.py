"""Media type and microversion of a request.

Microversion:

1. ``<version header>: <service type> X.Y``; several services may be named, comma-separated: ours counts, the
   last time it stands there; others' are as if absent.
2. Else the legacy header, which holds just ``X.Y``.
3. ``latest`` is the highest; no header, the default.
4. A text that is no version is a 400, one out of range a 406.

Media type of a reply: the path's suffix, then ``Accept`` by quality (RFC 9110), else JSON (in a service that
has none, the first one). Of equal quality JSON is first, then the settings' order.

Answers are kept by the header's text, a bounded number of them: clients send few.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from webob.acceptparse import create_accept_header

from apirouter.dispatch.settings import Settings
from apirouter.errors import (
    InvalidAPIVersionString,
    InvalidContentType,
    InvalidGlobalAPIVersion,
    RequestError,
)
from apirouter.microversion import Version

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: How many header texts an answer is kept for, and how long a text may be to be kept.
KEPT, KEPT_LENGTH = 512, 200

Headers = tuple[tuple[str, str], ...]


def environ_key(header: str) -> str:
    """Return the CGI name of a header: ``HTTP_X_Y`` for ``X-Y``."""
    return "HTTP_" + header.upper().replace("-", "_")


@dataclasses.dataclass(frozen=True, slots=True)
class Negotiated:
    """The microversion of a request and the headers that a reply carries for it.

    :param version: the microversion; None in a service that has none.
    :param headers: version headers and Vary.
    """

    version: Version | None
    headers: Headers


class VersionNegotiator:
    """Reads the microversion of requests for one service.

    :param settings: the service's.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # One pass, however many services a header names.
        service = re.escape(settings.service_type)
        self._named = re.compile(
            rf"(?:\A|,)[ \t]*{service}(?:[ \t]([^,]*))?(?=,|\Z)", re.IGNORECASE | re.ASCII
        )
        self._names = [n for n in (settings.version_header, settings.legacy_version_header) if n]
        if settings.max_version is None:
            self._names = []
        self.header_key = environ_key(settings.version_header) if self._names else ""
        legacy = settings.legacy_version_header
        self.legacy_key = environ_key(legacy) if self._names and legacy else ""
        self.default = self._negotiated(settings.default_version)
        self._legacy = Negotiated(self.default.version, ())
        self._kept: dict[tuple[str | None, str | None], Negotiated] = {}

    def __call__(self, environ: WSGIEnvironment) -> Negotiated:
        """Return what was negotiated.

        :raises InvalidAPIVersionString: the header holds no version (400).
        :raises InvalidGlobalAPIVersion: the version is out of range (406).
        """
        if not self._names:
            return self.default
        if environ.get("apirouter.legacy"):
            return self._legacy
        asked = (environ.get(self.header_key), environ.get(self.legacy_key))
        if asked == (None, None):
            return self.default
        found = self._kept.get(asked)
        if found is None:
            found = self._read(*asked)
            if len(self._kept) < KEPT and sum(len(text or "") for text in asked) < KEPT_LENGTH:
                self._kept[asked] = found
        return found

    def for_fault(self, environ: WSGIEnvironment, error: BaseException) -> Negotiated:
        """Return what the fault of an error carries, whatever the request asked for.

        :param environ: the request.
        :param error: what went wrong; a version out of range is named back, as the ancestors do.
        """
        try:
            if isinstance(error, InvalidGlobalAPIVersion) and not environ.get("apirouter.legacy"):
                return self._negotiated(Version.parse(error.req_ver))
            return self(environ)
        except RequestError:
            return self.default

    def _read(self, modern: str | None, legacy: str | None) -> Negotiated:
        text = self._ours(modern) if modern is not None else None
        if text is None:
            text = legacy.strip(" \t") if legacy is not None else None
        if text is None:
            return self.default
        return self._negotiated(self._version(text))

    def _ours(self, header: str) -> str | None:
        found = None
        for named in self._named.finditer(header):
            found = (named[1] or "").strip(" \t")
        return found

    def _version(self, text: str) -> Version:
        low, high = self._settings.min_version, self._settings.max_version
        if low is None or high is None:
            raise InvalidAPIVersionString(text)
        if text == "latest":
            return high
        version = Version.parse(text)
        if not low <= version <= high:
            raise InvalidGlobalAPIVersion(text, str(low), str(high))
        return version

    def _negotiated(self, version: Version | None) -> Negotiated:
        if version is None or not self._names:
            return Negotiated(None, ())
        settings = self._settings
        headers = [(settings.version_header, f"{settings.service_type} {version}")]
        if settings.legacy_version_header:
            headers.append((settings.legacy_version_header, str(version)))
        return Negotiated(version, (*headers, ("Vary", ", ".join(self._names))))


class ContentTypes(dict["str | None", "tuple[str, str] | None"]):
    """Accept's text -> the Content-Type header of the reply, or None where its media type is none of some.

    A bounded number of texts that came is kept; None is no Accept at all. One look-up, where asking for the media
    type and then for its header would be two.

    :param media: chooses the media type.
    :param among: the media types that have a header here.
    """

    def __init__(self, media: MediaTypes, among: frozenset[str]) -> None:
        self._media, self._among = media, among

    def __missing__(self, accept: str | None) -> tuple[str, str] | None:
        media_type = self._media.of_reply({"HTTP_ACCEPT": accept})
        header = ("Content-Type", media_type) if media_type in self._among else None
        if accept is None or (len(self) < KEPT and len(accept) < KEPT_LENGTH):
            self[accept] = header
        return header


class MediaTypes:
    """Chooses media types for one service.

    :param types: media type -> name of its serializer; the default one is JSON, or else the first.
    """

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.default = "application/json" if "application/json" in types else next(iter(types))
        self._offers = [self.default, *(t for t in types if t != self.default)]
        self._suffixes = {t.partition("/")[2]: t for t in reversed(self._offers)}
        # Accept's text -> the media type, of a bounded number of texts that came; None is no Accept at all.
        self._known: dict[str | None, str] = {None: self.default}
        self._told: dict[frozenset[str], ContentTypes] = {}

    def of_reply(self, environ: WSGIEnvironment, suffix: str | None = None) -> str:
        """Return the media type of the reply.

        :param environ: the request.
        :param suffix: what the route took from the path's end (``json``).
        """
        if suffix is not None and suffix in self._suffixes:
            return self._suffixes[suffix]
        accept: Any = environ.get("HTTP_ACCEPT")
        found = self._known.get(accept)
        if found is None:
            found = self._accepted(accept)
            if len(self._known) < KEPT and len(accept) < KEPT_LENGTH:
                self._known[accept] = found
        return found

    def content_types(self, among: frozenset[str]) -> ContentTypes:
        """Return what tells the Content-Type of a reply by the request's Accept; one for all who ask alike.

        :param among: the media types that are told.
        """
        return self._told.setdefault(among, ContentTypes(self, among))

    def _accepted(self, accept: str) -> str:
        if len(accept) > 4096:
            return self.default
        # A range's parameters are not looked at: ``version=`` among them chooses a mount, not a type.
        parsed = create_accept_header(accept).parsed or ()
        ranges = {r[0].partition(";")[0].lower(): float(r[1]) for r in reversed(parsed)}
        best, best_quality = self.default, 0.0
        for offer in self._offers:
            for wanted in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
                if wanted in ranges:
                    if ranges[wanted] > best_quality:
                        best, best_quality = offer, ranges[wanted]
                    break
        return best

    def of_body(self, content_type: str) -> str:
        """Return the name of the serializer that reads a body.

        :param content_type: the Content-Type; empty or ``text/plain`` is JSON.
        :raises InvalidContentType: it is none of the service's (415).
        """
        known = self.types.get(content_type)
        if known is not None:
            return known
        media_type = content_type.partition(";")[0].strip().lower()
        if not media_type or media_type == "text/plain":
            return "json"
        try:
            return self.types[media_type]
        except KeyError:
            raise InvalidContentType from None
