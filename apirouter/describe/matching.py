"""Which route, controller, method, version and arguments answer a request: asked of the code that serves.

Nothing is re-implemented and nothing is run that belongs to the service:

1. Of a URL map, a copy is asked whose applications only take note of the request.
2. Filters are told, in the order in which they run, and not run: what they would refuse or change is not known.
3. The router's own look-up and version negotiation answer for the rest.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from apirouter.chain import inner_application
from apirouter.describe.nearby import NearMiss, mount_misses, near_misses
from apirouter.describe.records import Application, Method, Route
from apirouter.describe.table import RecordMaker, grouped
from apirouter.describe.walk import End, application_of, ends, mounted_below
from apirouter.dispatch.call import read_body
from apirouter.dispatch.resource import Endpoint, served
from apirouter.errors import (
    ConfigError,
    MalformedRequestBody,
    MethodNotAllowed,
    NoSuchAction,
    RequestError,
    VersionNotFoundForAPIMethod,
)
from apirouter.microversion import Version
from apirouter.routing.build import Mounted
from apirouter.routing.router import APIRouter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A request to ask about.

    :param method: its HTTP method.
    :param target: its path, percent-encoded, with or without a query; or a URL.
    :param headers: (name, value) pairs.
    :param body: its body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def parse(cls, text: str, headers: Iterable[str] = (), body: str = "") -> Question:
        """Read ``"GET /v2.1/servers/detail"`` and curl's ``"Name: value"``.

        :raises ConfigError: it is no request.
        """
        method, _, target = text.strip().partition(" ")
        method, target = method.upper(), target.strip()
        if not method.isalpha() or not target.startswith(("/", "http://", "https://")) or " " in target:
            raise ConfigError(f"'{text}' is no request", fix="write METHOD /path, as 'GET /v2.1/servers'")
        pairs = []
        for header in headers:
            name, colon, value = header.partition(":")
            if not colon or not name.strip():
                raise ConfigError(f"'{header}' is no header", fix="write 'Name: value'")
            pairs.append((name.strip(), value.strip()))
        return cls(method, target, tuple(pairs), body.encode())

    def environ(self) -> WSGIEnvironment:
        """Return the environ of the request (PEP 3333)."""
        url = urlsplit(self.target)
        host, _, port = url.netloc.partition(":")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
            "QUERY_STRING": url.query,
            "SERVER_NAME": host or "localhost",
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": url.netloc or "localhost",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.url_scheme": url.scheme or "http",
            "wsgi.input": io.BytesIO(self.body),
        }
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What answers a request.

    :param request: the request, ``GET /v2.1/servers/detail``.
    :param status: the status of the refusal; 0 when something answers.
    :param problem: why nothing answers.
    :param application: the application at the end of the pipeline; None when no mount has the path.
    :param route: the route.
    :param method: the method that is called.
    :param action: the key of the body that chose it.
    :param actions: the keys there are, where a body has yet to say.
    :param version: the microversion; empty for a service without.
    :param arguments: (name, value) that the method is called with, beside the request.
    :param project_id: the project that the path names, or empty.
    :param format: the suffix of the path, ``json``; empty without.
    :param extended_by: what runs after the method.
    :param near_misses: the routes that did not match, and why.
    """

    request: str
    status: int = 0
    problem: str = ""
    application: Application | None = None
    route: Route | None = None
    method: Method | None = None
    action: str = ""
    actions: tuple[str, ...] = ()
    version: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    project_id: str = ""
    format: str = ""
    extended_by: tuple[Method, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()


class _Note:
    """Stands for an application behind a URL map: takes note of the request, does nothing.

    :param notes: where to.
    :param number: which application.
    """

    def __init__(self, notes: list[tuple[int, WSGIEnvironment]], number: int) -> None:
        self._notes, self._number = notes, number

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        self._notes.append((self._number, environ))
        return []


def reach(application: Any, environ: WSGIEnvironment, name: str = "") -> End | None:
    """Follow a request through URL maps and past filters to the application at the end.

    :param application: where it starts.
    :param environ: the request; mounts are moved to its SCRIPT_NAME.
    :param name: what the INI calls the application.
    :returns: the end, or None when no mount has the path.
    """
    end = End("", "", "", name, (), application)
    while True:
        below = list(mounted_below(end.application))
        if below:
            chosen = _mount_of(end.application, environ)
            if chosen is None:
                return None
            prefix, suffix, host, name, mounted = below[chosen]
            end = End(end.prefix + prefix, suffix, host or end.host, name, end.filters, mounted)
            continue
        inner = None if isinstance(end.application, APIRouter) else inner_application(end.application)
        if inner is None:
            return end
        end = dataclasses.replace(end, filters=(*end.filters, end.application), application=inner)


def _mount_of(urlmap: Any, environ: WSGIEnvironment) -> int | None:
    """Return the number of the mount that a URL map hands a request to, by asking a copy of it."""
    if isinstance(urlmap, FunctionType):
        # URLMap.wsgi: the map stands behind its function.
        urlmap = inner_application(urlmap)
    if not dataclasses.is_dataclass(urlmap) or isinstance(urlmap, type):
        raise ConfigError(
            f"{type(urlmap).__module__}:{type(urlmap).__qualname__} can't be asked which mount takes a request",
            fix="compose with apirouter.deploy.urlmap:urlmap_factory",
        )
    notes: list[tuple[int, WSGIEnvironment]] = []
    mounts = tuple(
        dataclasses.replace(mount, application=_Note(notes, number))
        for number, mount in enumerate(getattr(urlmap, "mounts", ()))
    )
    copy: Any = dataclasses.replace(urlmap, mounts=mounts, not_found_application=_Note(notes, -1))
    copy(environ, _start)
    number, _ = notes[0]
    return number if number >= 0 else None


def _start(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
    return lambda data: None


def match(
    application: Any,
    question: Question,
    *,
    name: str = "",
    naming: Callable[[End], tuple[str, ...]],
    explain: bool = False,
) -> Answer:
    """Return what answers a request.

    :param application: the application.
    :param question: the request.
    :param name: what the INI calls the application.
    :param naming: gives filters their names.
    :param explain: find the near misses too.
    """
    environ = question.environ()
    asked = Answer(f"{question.method} {question.target}")
    end = reach(application, environ, name)
    if end is None:
        misses = mount_misses(ends(application, name), None) if explain else ()
        return dataclasses.replace(asked, status=404, problem="no mount has this path", near_misses=misses)
    names = naming(end)
    found = dataclasses.replace(asked, application=application_of(end, names))
    router = end.application
    if not isinstance(router, APIRouter):
        misses = mount_misses(ends(application, name), end) if explain else ()
        return dataclasses.replace(found, near_misses=misses)
    maker = RecordMaker(router)
    mounted: Mounted | None = None
    try:
        mounted, variables = router.lookup(environ)
        found = _routed(found, router, maker, mounted, variables, end, names)
        negotiated = router.service.versions(environ).version
        found = dataclasses.replace(found, version=str(negotiated or ""))
        found = _keyed(found, router, mounted.endpoint, negotiated, environ)
        found = _called(found, maker, mounted.endpoint, negotiated)
    except MethodNotAllowed as error:
        problem = f"{error} The path takes {', '.join(sorted(error.allow))}."
        if question.method == "OPTIONS":
            found = dataclasses.replace(found, problem=f"answered with Allow: {', '.join(error.allow)}")
        else:
            found = dataclasses.replace(found, status=405, problem=problem)
    except RequestError as error:
        found = dataclasses.replace(found, status=error.code, problem=str(error))
    if explain:
        misses = near_misses(router, maker, environ, mounted, end.mount, found.version, found.action)
        found = dataclasses.replace(found, near_misses=misses)
    return found


def _routed(
    answer: Answer,
    router: APIRouter,
    maker: RecordMaker,
    mounted: Mounted,
    variables: Mapping[str, str],
    end: End,
    names: tuple[str, ...],
) -> Answer:
    group = next(g for g in grouped(router.mounted) if mounted in g)
    given = {k: str(v) for k, v in variables.items() if v is not None}
    project_id, suffix = given.pop("project_id", ""), given.pop("format", "")
    return dataclasses.replace(
        answer,
        route=maker.route(group, end.mount, names),
        arguments=tuple(sorted(given.items())),
        project_id=project_id,
        format=suffix,
    )


def _keyed(
    answer: Answer,
    router: APIRouter,
    endpoint: Endpoint,
    version: Version | None,
    environ: WSGIEnvironment,
) -> Answer:
    """Add the action that the body's key chooses, or those there are for a request without a body."""
    if not endpoint.actions:
        return answer
    keys = served(endpoint.actions, version)
    body = read_body(router.service, environ)
    if body is None:
        return dataclasses.replace(answer, actions=tuple(keys))
    if type(body) is not dict or len(body) != 1:
        raise MalformedRequestBody("it must be an object whose sole key is the action")
    (key,) = body
    if key not in endpoint.actions:
        raise NoSuchAction(key, keys)
    return dataclasses.replace(answer, action=key)


def _called(answer: Answer, maker: RecordMaker, endpoint: Endpoint, version: Version | None) -> Answer:
    """Add the method that is called, and what runs after it."""
    route = answer.route
    if route is None or not endpoint.reached or answer.actions:
        return answer
    impls = endpoint.actions[answer.action] if answer.action else endpoint.methods
    after = route.extended_by
    if answer.action:
        after = next(a.extended_by for a in route.actions if a.key == answer.action)
    # A refusal here leaves the action in the answer: the near misses are its other versions.
    serving = next((i for i in impls if version is None or version in i.versions), None)
    if serving is None:
        refused = VersionNotFoundForAPIMethod(str(version))
        return dataclasses.replace(answer, status=refused.code, problem=str(refused))
    return dataclasses.replace(answer, method=maker.method(serving), extended_by=_at(after, version))


def _at(methods: Iterable[Method], version: Version | None) -> tuple[Method, ...]:
    return tuple(
        m for m in methods if version is None or version.matches(m.min_version or None, m.max_version or None)
    )
