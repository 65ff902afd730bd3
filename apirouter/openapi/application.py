"""Serves the OpenAPI document of the APIs mounted beside it, and a page that shows it.

1. ``GET openapi.json`` is the document, cut at ``?microversion=2.5`` on request; it is made once and kept.
2. ``GET`` of the mount itself is the page; what it loads lies beside it, from no other host.
3. The page runs no inline script: it stands a Content-Security-Policy that allows only its own files.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from apirouter import browser, options
from apirouter.chain import chain
from apirouter.deploy.urlmap import URLMap
from apirouter.describe import describe
from apirouter.describe.records import Application, Description
from apirouter.errors import ApiRouterError, ConfigError, MethodNotAllowed, RouteNotFound
from apirouter.faults import FaultFormat
from apirouter.openapi.document import document

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_VIEWER = (
    "index.html",
    "start.js",
    "swagger-ui-bundle.js",
    "swagger-ui.css",
    "favicon-32x32.png",
    "LICENSE.txt",
    "swagger-ui-bundle.js.LICENSE.txt",
)


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of the section.

    :param title: the API's title; the services' types when empty.
    :param version: the version of the document; the highest microversion when empty.
    :param page: whether the page is served beside the document.
    """

    title: str = ""
    version: str = ""
    page: bool = True


class OpenAPI:
    """The application: document and page.

    :param settings: the options.
    :param application: the API to describe; None for what is mounted beside it.
    """

    def __init__(self, settings: Options | None = None, application: WSGIApplication | None = None) -> None:
        self.settings = settings or Options()
        self._described = application
        self._faults = FaultFormat()
        self._description: Description | None = None
        self._documents: dict[str, tuple[bytes, str]] = {}

    def mounted(self, mounts: Iterable[Any]) -> None:
        """Learn what is mounted beside it; the URL map calls this when all of it is built.

        :param mounts: the mounts of the URL map.
        """
        if self._described is None:
            others = tuple(m for m in mounts if not _leads_to(m.application, self))
            self._described = URLMap(others)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        try:
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                raise MethodNotAllowed(("GET", "HEAD", "OPTIONS"))
            return self._answer(environ, start_response)
        except ApiRouterError as error:
            return self._faults.reply(error, environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        name = path.removeprefix("/")
        if name == "openapi.json":
            asked = parse_qs(environ.get("QUERY_STRING", "")).get("microversion", [""])[0]
            body, etag = self._document(asked)
            return browser.send(environ, start_response, body, "application/json", policy=_POLICY, etag=etag)
        if not self.settings.page:
            raise RouteNotFound
        if path == "":
            return browser.to_directory(environ, start_response)
        name = name or "index.html"
        if name not in _VIEWER:
            raise RouteNotFound
        body = (resources.files("apirouter.openapi") / "viewer" / name).read_bytes()
        kind, etag = browser.type_of(name), browser.etag_of(body)
        return browser.send(environ, start_response, body, kind, policy=_POLICY, etag=etag)

    def _document(self, microversion: str) -> tuple[bytes, str]:
        made = self._documents.get(microversion)
        if made is None:
            if self._described is None:
                raise ConfigError(
                    "the OpenAPI application has no API to describe", fix="mount it in a urlmap beside one"
                )
            if self._description is None:
                self._description = describe(self._described)
            settings = self.settings
            data = document(
                self._description,
                title=settings.title,
                version=settings.version,
                microversion=microversion,
            )
            body = json.dumps(data, indent=1, ensure_ascii=False).encode()
            made = (body, browser.etag_of(body))
            if microversion in {"", *_versions(self._description.applications)}:
                # Only versions that are a bound of something: a client can't fill the memory.
                self._documents[microversion] = made
        return made


def app_factory(global_conf: Mapping[str, str], **local_conf: str) -> OpenAPI:
    """Build the application from an INI section (``paste.app_factory``).

    :param global_conf: ``[DEFAULT]``; not looked at.
    :param local_conf: the section's options, see :class:`Options`.
    :raises ConfigError: an option is unknown or can't be read.
    """
    return OpenAPI(options.read(Options, local_conf))


app_factory.options = Options  # type: ignore[attr-defined]


def _versions(applications: Iterable[Application]) -> set[str]:
    return {v for a in applications for v in (a.min_version, a.max_version, a.default_version)}


def _leads_to(application: Any, wanted: Any) -> bool:
    return any(one is wanted for one in chain(application))
