"""Serves clients from before microversions: they neither ask for a version nor are told one.

1. The version headers are removed from the request: it gets the default version.
2. ``apirouter.legacy`` in the environ tells the router to strip surplus properties from bodies rather than
   refuse them.
3. The version headers are removed from the reply, and their names from its ``Vary``.
4. Version documents list the API behind it as a version of its own, without microversions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from apirouter.chain import chain
from apirouter.filters.base import Filter, factory_of
from apirouter.filters.headers import environ_key, header_name
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``legacy_v2_compatible``.

    :param version_header: the header of microversions, as the router has it.
    :param legacy_version_header: the one before it.
    :param version_id: the id of this API in version documents.
    :param version_status: its status there.
    """

    version_header: str = option("OpenStack-API-Version", parse=header_name)
    legacy_version_header: str = option("X-OpenStack-Nova-API-Version", parse=header_name)
    version_id: str = "v2.0"
    version_status: Literal["CURRENT", "SUPPORTED", "DEPRECATED"] = "SUPPORTED"


class LegacyV2CompatibleWrapper(Filter):
    """Hide microversions from a client (see the module)."""

    __slots__ = ("_keys", "_names")
    options = Options
    #: Filters in front answer without version headers too.
    hides_versions = True

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        names = (self.settings.version_header, self.settings.legacy_version_header)
        self._keys = tuple(environ_key(name) for name in names)
        self._names = frozenset(name.lower() for name in names)

    @property
    def version_info(self) -> Any:
        """What version documents say of the API behind this filter; None when it says nothing itself."""
        application = next((one for one in chain(self.application) if hasattr(one, "version_info")), None)
        if application is None:
            return None
        settings = self.settings
        return dataclasses.replace(
            application.version_info,
            id=settings.version_id,
            status=settings.version_status,
            min_version="",
            version="",
        )

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def legacy_v2_compatible(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ["apirouter.legacy"] = True
            for key in self._keys:
                environ.pop(key, None)
            names = self._names

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                kept = _without(headers, names)
                return start_response(status, kept, exc_info) if exc_info else start_response(status, kept)

            return inner(environ, start)

        return legacy_v2_compatible


def _without(headers: list[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str]]:
    kept = []
    for key, value in headers:
        name = key.lower()
        if name in names:
            continue
        if name == "vary":
            words = [word.strip() for word in value.split(",")]
            value = ", ".join(word for word in words if word.lower() not in names)
            if not value:
                continue
        kept.append((key, value))
    return kept


filter_factory = factory_of(LegacyV2CompatibleWrapper)
