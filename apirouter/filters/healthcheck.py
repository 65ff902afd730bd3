"""Tells a load balancer whether to send requests here.

1. ``/healthcheck/live``: the process answers; 200 always. What fails it should be restarted.
2. ``/healthcheck/ready``, and ``/healthcheck`` itself: every check passes, or 503. What fails it should get
   no requests for a while.
3. Checks are plugins of the entry point group ``apirouter.healthcheck``. Each is a factory, called once at
   load with this filter's options; it returns the check, which returns None when all is well, or says in a
   few words what is not. One that raises is not well, and logged; nor is one that takes longer than
   ``timeout``. They run as :mod:`.probing` says.
4. What the service itself knows to be wrong, and goes on without (a broken policy file, a plugin left out),
   makes it ``DEGRADED``: still 200, for every other process of it reads the same files. The applications
   behind this one tell it, by a method ``health()`` that returns name -> what is wrong.
5. Nobody is asked for a token here: which check failed, and why, is told only with ``detailed``.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import inspect
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apirouter.chain import chain
from apirouter.errors import ConfigError, clip, safe_text, suggest
from apirouter.filters.base import Filter, factory_of, problems_of
from apirouter.filters.probing import Check, Probe, findings
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: The entry point group of checks.
GROUP = "apirouter.healthcheck"

#: What is wrong, by name.
Health = Callable[[], "Mapping[str, str]"]


def _path(text: str) -> str:
    path = text.strip().rstrip("/")
    if not path.startswith("/"):
        raise ValueError("is not a path (/healthcheck)")
    return path


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ValueError("is not a number of seconds, more than 0 and at most 3600")
    return seconds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``healthcheck``.

    :param path: where it answers.
    :param checks: names of entry points of the group ``apirouter.healthcheck``.
    :param timeout: seconds that the checks may take; one that takes longer is not well.
    :param disable_by_file_path: while this file exists, the service is not ready; touched before maintenance.
    :param detailed: whether the reply tells each check's name and finding, to anybody who asks.
    :param oslo_config_project: read by oslo.middleware's filter of this name; no effect here.
    """

    path: str = option("/healthcheck", parse=_path)
    checks: tuple[str, ...] = option((), aliases=("backends",))
    timeout: float = option(5.0, parse=_seconds)
    disable_by_file_path: str = ""
    detailed: bool = False
    oslo_config_project: str = ""


def disable_by_file(options: Options) -> Check:
    """Return the check that fails while ``disable_by_file_path`` exists."""
    path = options.disable_by_file_path

    def check() -> str | None:
        return "DISABLED BY FILE" if path and os.path.exists(path) else None

    return check


def load_checks(options: Options) -> dict[str, Check]:
    """Return the checks that are asked for, by name.

    :raises ConfigError: there is no such check, or it can't be made.
    """
    found: dict[str, Check] = {}
    if options.disable_by_file_path:
        found["disable_by_file"] = disable_by_file(options)
    for name, (value, factory) in _factories(options).items():
        if name in found:
            continue
        try:
            check = factory(options)
        except Exception as error:
            problem = f"Healthcheck: check '{name}' ({value}) can't be made: {error}"
            raise ConfigError(problem, option="checks") from error
        if not callable(check):
            raise ConfigError(f"Healthcheck: check '{name}' ({value}) made no callable", option="checks")
        found[name] = check
    return found


def _factories(options: Options) -> dict[str, tuple[str, Callable[[Options], Any]]]:
    """Return the factories of the checks that are asked for, by name, each behind what its entry point says.

    :raises ConfigError: there is no such check, or its module can't be imported.
    """
    found: dict[str, tuple[str, Callable[[Options], Any]]] = {}
    available = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    for name in options.checks:
        if name not in available:
            problem = f"Healthcheck: there is no check '{name}'"
            raise ConfigError(problem, fix=suggest(name, available), option="checks")
        try:
            found[name] = (available[name].value, available[name].load())
        except Exception as error:
            problem = f"Healthcheck: check '{name}' ({available[name].value}) can't be made: {error}"
            raise ConfigError(problem, option="checks") from error
    return found


class Healthcheck(Filter):
    """Answer for the process's health (see the module)."""

    __slots__ = ("_checks", "_live", "_path", "_ready", "_sources")
    options = Options

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        self._path: str = self.settings.path
        self._live, self._ready = f"{self._path}/live", f"{self._path}/ready"
        seconds = self.settings.timeout
        self._checks = [Probe(name, check, seconds) for name, check in load_checks(self.settings).items()]
        self._sources: tuple[Health, ...] = tuple(health_of(self.application))

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what is wrong with a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _factories, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def healthcheck(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            if not path.startswith(self._path) or path not in (self._path, self._live, self._ready):
                return inner(environ, start_response)
            return self.answer(path, environ, start_response)

        return healthcheck

    def findings(self) -> dict[str, str | None]:
        """Run every check; return name -> what is wrong, None where all is well."""
        return findings(self._checks)

    def answer(self, path: str, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a question for the health of the process.

        :param path: which of the three.
        """
        method = environ.get("REQUEST_METHOD", "GET")
        if method not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
            return []
        found = {} if path == self._live else self.findings()
        failed = [finding for finding in found.values() if finding is not None]
        wrong = {} if path == self._live else {k: v for health in self._sources for k, v in health().items()}
        found.update(wrong)
        wants_json = "application/json" in environ.get("HTTP_ACCEPT", "")
        detailed = self.settings.detailed
        word = "DEGRADED" if wrong else "OK"
        if failed:
            word = failed[0] if failed[0] == "DISABLED BY FILE" else "UNAVAILABLE"
        if wants_json:
            document: dict[str, Any] = {"status": word}
            if detailed:
                document["checks"] = {name: finding or "OK" for name, finding in found.items()}
            body, kind = json.dumps(document).encode(), "application/json"
        else:
            lines = [f"{name}: {finding or 'OK'}" for name, finding in found.items()] if detailed else []
            body, kind = "\n".join([word, *lines]).encode(), "text/plain; charset=UTF-8"
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("503 Service Unavailable" if failed else "200 OK", headers)
        return [] if method == "HEAD" else [body]


def health_of(application: Any) -> Iterator[Health]:
    """Yield what tells the ``health`` of every application behind one: through filters and mounts.

    :param application: the outermost.
    """
    followed: Any = None
    for one in chain(application):
        health = getattr(one, "health", None)
        if callable(health) and _asks_nothing(health):
            yield _fallible(type(one).__name__, health)
        mounts = getattr(one, "mounts", None)
        if not isinstance(mounts, tuple) or mounts is followed:
            continue
        # The function that a URL map answers through has the map's own mounts.
        followed = mounts
        for mount in mounts:
            yield from health_of(getattr(mount, "application", None))


def _asks_nothing(health: Callable[..., Any]) -> bool:
    # Another's application may have a method of that name for something else, a view for one.
    try:
        inspect.signature(health).bind()
    except (TypeError, ValueError):
        return False
    return True


def _fallible(name: str, health: Callable[[], Any]) -> Health:
    """Return a ``health`` that never raises.

    :param name: what to call whoever can't tell his own.
    :param health: may raise, and return anything; what is no mapping is no answer to this question.
    """

    def told() -> Mapping[str, str]:
        try:
            found = health()
        except Exception:
            LOG.exception("The health of %s can't be told", name)
            return {name: "its health can't be told"}
        if not isinstance(found, Mapping):
            return {}
        return {clip(safe_text(k)): clip(safe_text(v), 1024) for k, v in found.items()}

    return told


filter_factory = factory_of(Healthcheck)


def app_factory(global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> WSGIApplication:
    """Make an application that answers for the process's health wherever it is mounted.

    :param global_conf: ``[DEFAULT]``.
    :param local_conf: the section's options, as the filter's; ``path`` has no meaning here.
    """
    settings = Healthcheck.read_options(global_conf, local_conf)

    def mounted(mounts: Iterable[Any]) -> None:
        """Learn of the applications mounted beside this one (the urlmap calls it)."""
        beside = (m.application for m in mounts if getattr(m, "application", None) is not application)
        answerer._sources = tuple(health for one in beside for health in health_of(one))

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        rest = environ.get("PATH_INFO", "")
        if rest not in ("", "/", "/live", "/ready"):
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        return answerer.answer(settings.path + rest.rstrip("/"), environ, start_response)

    answerer = Healthcheck(application, settings)
    application.mounted = mounted  # type: ignore[attr-defined]
    application.filter = answerer  # type: ignore[attr-defined]
    return application


app_factory.options = Options  # type: ignore[attr-defined]
app_factory.check = Healthcheck.check  # type: ignore[attr-defined]
