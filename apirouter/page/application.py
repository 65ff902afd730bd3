"""Serves the page, the same as JSON, and the files that the page loads.

1. ``GET`` of the mount itself is the page; ``?q=reboot server`` hides what doesn't hold both words.
2. ``GET data.json`` is what the page shows, for programs.
3. ``page.css``, ``page.js`` and ``icon.svg`` lie beside it. Without the script everything is there but filtering
   while typing.
4. What it shows is that of the live objects of its own process. They are described once, at the first request:
   until then the page costs a service nothing. Health and policy rules are asked at each.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from apirouter import browser, options
from apirouter.errors import ApiRouterError, ConfigError, MethodNotAllowed, RouteNotFound
from apirouter.faults import FaultFormat
from apirouter.page.configuration import Configuration

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from apirouter.page.survey import Survey

#: Nothing but its own files, no script or style in the page itself, no frame around it, no place to send to.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_METHODS = ("GET", "HEAD")
_FILES = ("page.css", "page.js", "icon.svg")
#: A longer question is cut: no word of a table is as long.
_LONGEST = 200


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of the section.

    :param title: what the page calls the service; its types (``compute``) when empty.
    """

    title: str = ""


class Page:
    """The application: the page, its data, its files.

    :param settings: the options.
    :param application: the service to tell of; None for the one that the page is mounted in, which its loader
        or URL map tells when it is built.
    :param configuration: the INI that the service is loaded from.
    """

    def __init__(
        self,
        settings: Options | None = None,
        application: WSGIApplication | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        self.settings = settings or Options()
        self._service = application
        self._configuration = configuration
        self._faults = FaultFormat()
        self._loaded_at, self._load_time = time.time(), 0.0
        self._lock = threading.Lock()
        self._survey: Survey | None = None

    def composed(self, application: WSGIApplication, load_time: float) -> None:
        """Learn which service it is mounted in; whoever builds the service calls this, the outermost last.

        :param application: the service's outermost application.
        :param load_time: how long loading it took, in seconds.
        """
        self._service = application
        self._loaded_at, self._load_time = time.time(), load_time

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        try:
            if environ["REQUEST_METHOD"] not in _METHODS:
                raise MethodNotAllowed(_METHODS)
            return self._answer(environ, start_response)
        except ApiRouterError as error:
            return self._faults.reply(error, environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "" and environ.get("SCRIPT_NAME"):
            return browser.to_directory(environ, start_response)
        name = path.removeprefix("/")
        if name in _FILES:
            body = (resources.files("apirouter.page") / "static" / name).read_bytes()
            kind, etag = browser.type_of(name), browser.etag_of(body)
            return browser.send(environ, start_response, body, kind, policy=POLICY, etag=etag)
        if name not in ("", "data.json"):
            raise RouteNotFound
        # Here, and not at load: it is for those who look at the page.
        from apirouter.page.data import data_of
        from apirouter.page.health import Life
        from apirouter.page.render import document

        survey = self._described()
        moment = survey.moment(Life(self._loaded_at, self._load_time))
        title = self.settings.title or ", ".join(survey.services) or "this service"
        if name == "data.json":
            text, kind = json.dumps(data_of(survey, moment, title), indent=1), browser.type_of(name)
        else:
            text = document(survey, moment, title, _question(environ))
            kind = browser.type_of("index.html")
        # A file's name may hold what no encoding has.
        body = text.encode("utf-8", "backslashreplace")
        return browser.send(environ, start_response, body, kind, policy=POLICY)

    def _described(self) -> Survey:
        """Return the description of the service; made by the first who asks, while others wait for it."""
        if self._survey is None:
            with self._lock:
                if self._survey is None:
                    from apirouter.page.survey import Survey

                    if self._service is None:
                        raise ConfigError(
                            "the page has no service to tell of",
                            fix="load it with apirouter's loadapp, or mount it in apirouter's urlmap",
                        )
                    self._survey = Survey(self._service, self._configuration)
        return self._survey


def _question(environ: WSGIEnvironment) -> str:
    """Return what ``?q=`` asks for, on one line."""
    try:
        asked = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=10).get("q", [""])[0]
    except ValueError:
        return ""
    return " ".join(asked[:_LONGEST].split())


def app_factory(global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> Page:
    """Build the page from an INI section (``paste.app_factory``).

    :param global_conf: ``[DEFAULT]``, with the path of the file.
    :param local_conf: the section's options, see :class:`Options`.
    :raises ConfigError: an option is unknown or can't be read.
    """
    return Page(options.read(Options, local_conf), configuration=Configuration.of(global_conf))


app_factory.options = Options  # type: ignore[attr-defined]
