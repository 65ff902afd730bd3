"""Routes that almost match a request, and why they do not.

1. *order*: it matches too, but another is tried first.
2. *method*: its path matches, its methods do not.
3. *requirement*: its path has the right shape, a variable's value is not what it asks for.
4. *version*: it matches, and no implementation serves the version.
5. *path*: one segment of its path is a letter or two from the request's.
6. *mount*: another application, whose mount the path is not of.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from apirouter.describe.places import type_name
from apirouter.describe.records import Route
from apirouter.describe.table import RecordMaker, grouped, requirements_of
from apirouter.describe.walk import End
from apirouter.errors import RequestError, clip
from apirouter.microversion import Version
from apirouter.routing.build import Mounted
from apirouter.routing.index import Index
from apirouter.routing.mapper import path_info
from apirouter.routing.router import APIRouter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ORDER, METHOD, REQUIREMENT, VERSION, PATH = "order", "method", "requirement", "version", "path"
MOUNT = "mount"
#: How many are told.
MOST = 12
_RANKS = (VERSION, METHOD, REQUIREMENT, ORDER, PATH)


@dataclasses.dataclass(frozen=True, slots=True)
class NearMiss:
    """A route that did not answer.

    :param route: its methods and path, ``POST [/{project_id}]/servers``.
    :param controller: what would have answered, ``Class.method``.
    :param kind: ``order``, ``method``, ``requirement``, ``version``, ``path`` or ``mount``.
    :param reason: why it did not.
    """

    route: str
    controller: str
    kind: str
    reason: str


def near_misses(
    router: APIRouter,
    maker: RecordMaker,
    environ: WSGIEnvironment,
    winner: Mounted | None,
    mount: str,
    version: str,
    action: str = "",
) -> tuple[NearMiss, ...]:
    """Return the routes that almost match, the nearest first.

    :param router: the router.
    :param maker: makes the records of its routes.
    :param environ: the request, its mount moved to SCRIPT_NAME.
    :param winner: the route that answers, if one does.
    :param mount: the router's prefix, for people.
    :param version: the microversion of the request.
    :param action: the key of its body, where that decides.
    """
    try:
        path = path_info(environ)
    except RequestError:
        return ()
    found = list(_found(router, maker, environ, path, winner, mount))
    if winner is not None and version:
        group = next(g for g in grouped(router.mounted) if winner in g)
        found += _versions(maker.route(group, mount, ()), version, action)
    found.sort(key=lambda miss: _RANKS.index(miss.kind))
    return tuple(found[:MOST])


def mount_misses(found: Iterable[End], chosen: End | None) -> tuple[NearMiss, ...]:
    """Return the mounts that a request did not reach.

    :param found: every application.
    :param chosen: the one that it reached, if any.
    """
    return tuple(
        NearMiss(end.host + end.mount, type_name(end.application), MOUNT, "the path is not of this mount")
        for end in found
        if chosen is None or (end.host, end.mount) != (chosen.host, chosen.mount)
    )[:MOST]


def _found(
    router: APIRouter,
    maker: RecordMaker,
    environ: WSGIEnvironment,
    path: str,
    winner: Mounted | None,
    mount: str,
) -> Iterator[NearMiss]:
    for group in grouped(router.mounted):
        if winner in group:
            continue
        for mounted in group:
            why = _why(mounted, path, environ)
            if why is not None:
                record = maker.route(group, mount, ())
                if why[0] == ORDER and winner is not None:
                    why = (ORDER, f"it matches too, and {_shown(winner)} is tried first")
                yield NearMiss(_label(record), _controller(record), *why)
                break


def _versions(record: Route, version: str, action: str) -> Iterator[NearMiss]:
    """Yield the implementations of the route that answers which are not those of the version."""
    asked = Version.parse(version)
    keyed = [m for a in record.actions if a.key == action for m in a.methods]
    for method in keyed or record.implementations:
        if not asked.matches(method.min_version or None, method.max_version or None):
            yield NearMiss(
                _label(record), method.label, VERSION, f"it serves {method.versions}, not {version}"
            )


def _why(mounted: Mounted, path: str, environ: WSGIEnvironment) -> tuple[str, str] | None:
    method = environ["REQUEST_METHOD"]
    segments, wanted = path.split("/"), mounted.template.split("/")
    if len(segments) == len(wanted):
        fits = [_fits(w, s) for w, s in zip(wanted, segments, strict=True)]
        if all(fits):
            alone = Index([mounted.route])
            if alone.find(path, method, environ) is not None:
                return ORDER, ""
            if alone.methods(path, environ):
                return METHOD, f"it takes {', '.join(mounted.methods)}, not {method}"
            return _requirement(mounted, wanted, segments)
        if fits.count(False) == 1:
            at = fits.index(False)
            close = difflib.SequenceMatcher(None, wanted[at], segments[at]).ratio() >= 0.75
            if "{" not in wanted[at] and close:
                return PATH, f"its path says '{wanted[at]}', not '{clip(segments[at], 40)}'"
    if path.endswith("/") and len(segments) == len(wanted) + 1:
        fits = [_fits(w, s) for w, s in zip(wanted, segments, strict=False)]
        return (PATH, "its path has no slash at its end") if all(fits) else None
    return None


def _fits(wanted: str, segment: str) -> bool:
    return bool(segment) if wanted.startswith("{") and wanted.endswith("}") else wanted == segment


def _requirement(mounted: Mounted, wanted: Iterable[str], segments: Iterable[str]) -> tuple[str, str] | None:
    requirements = requirements_of(mounted.route)
    for template, segment in zip(wanted, segments, strict=True):
        name = template.strip("{}")
        expression = requirements.get(name)
        if template.startswith("{") and expression and re.fullmatch(expression, segment) is None:
            return REQUIREMENT, f"{name} must match {expression}, and '{clip(segment, 40)}' does not"
    function = (mounted.route.conditions or {}).get("function")
    if function is not None:
        return REQUIREMENT, f"its condition {getattr(function, '__qualname__', function)} does not hold"
    return None


def _label(record: Route) -> str:
    return f"{','.join(record.methods) or 'ANY'} {record.shown}"


def _shown(mounted: Mounted) -> str:
    return f"{','.join(mounted.methods) or 'ANY'} {mounted.template}"


def _controller(record: Route) -> str:
    if record.implementations:
        return record.implementations[0].label
    return record.endpoint or "the body's key decides"
