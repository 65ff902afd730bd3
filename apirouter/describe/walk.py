"""A loaded application -> the applications at the ends of its pipelines.

1. What has ``mounts`` (a URL map) is followed mount by mount; so is what has Paste's ``applications``.
2. A router is an end; so is a tree of objects.
3. What holds another application (as ``application``, ``app`` and their like, or a function's closure) is a
   filter in front of it.
4. Everything else is an end: a WSGI application of somebody's own.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from apirouter.chain import inner_application, own
from apirouter.describe.places import definition_of, short_name, type_name
from apirouter.describe.records import OBJECTS, ROUTER, VERSIONS, WSGI, Application, Filter, Plugin
from apirouter.errors import safe_text
from apirouter.routing.router import APIRouter


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """One application at the end of a pipeline.

    :param prefix: the path in front of it, without a slash at its end.
    :param suffix: ``/+`` for what is mounted below its prefix only.
    :param host: the host it is mounted for, or empty.
    :param name: the name in the INI of what is mounted, or empty.
    :param filters: the filters in front, outermost first.
    :param application: the application.
    """

    prefix: str
    suffix: str
    host: str
    name: str
    filters: tuple[Any, ...]
    application: Any

    @property
    def mount(self) -> str:
        """The mount for people: ``/v2.1``, ``/``, ``/v2.1/+``."""
        return (self.prefix + self.suffix) or "/"


def ends(application: Any, name: str = "") -> Iterator[End]:
    """Yield every application at the end of a pipeline, in the order of the configuration.

    :param application: a WSGI application.
    :param name: what the INI calls it.
    """
    yield from _ends(End("", "", "", name, (), application), frozenset())


def _ends(end: End, above: frozenset[int]) -> Iterator[End]:
    """Follow one application; what contains itself is an end."""
    application = end.application
    if id(application) in above:
        yield end
        return
    above |= {id(application)}
    below = list(mounted_below(application))
    if below:
        for prefix, suffix, host, name, mounted in below:
            yield from _ends(
                End(end.prefix + prefix, suffix, host or end.host, name, end.filters, mounted), above
            )
        return
    inner = None if isinstance(application, APIRouter) else inner_application(application)
    if inner is None:
        yield end
        return
    yield from _ends(dataclasses.replace(end, filters=(*end.filters, application), application=inner), above)


def mounted_below(application: Any) -> Iterator[tuple[str, str, str, str, Any]]:
    """Yield prefix, suffix, host, name and application of each mount of a URL map, if this is one."""
    if isinstance(application, FunctionType):
        mounts = own(application).get("mounts")
    else:
        mounts = getattr(application, "mounts", None)
    if isinstance(mounts, tuple):
        for mount in mounts:
            host = f"{mount.host}:{mount.port}" if mount.host and mount.port else mount.host
            yield mount.path, "/+" if mount.wildcard else "", host, mount.name, mount.application
        return
    pairs = getattr(application, "applications", None)
    if isinstance(pairs, list):
        # Paste's own URL map.
        for (host, path), mounted in pairs:
            yield path or "", "", host or "", "", mounted


def application_of(end: End, names: tuple[str, ...], *, placed: bool = True) -> Application:
    """Return the record of an end.

    :param end: the end.
    :param names: the filters' names.
    :param placed: whether to look up where its class is defined: that reads its source.
    """
    application = end.application
    filters = tuple(
        Filter(name or short_name(one), type_name(one)) for name, one in zip(names, end.filters, strict=True)
    )
    kind = ROUTER if isinstance(application, APIRouter) else WSGI
    if is_tree(application):
        kind = OBJECTS
    if kind is WSGI and type_name(application).startswith("apirouter.versions:"):
        kind = VERSIONS
    more: dict[str, Any] = {}
    if isinstance(application, APIRouter):
        settings = application.settings
        more = {
            "plugins": tuple(plugin_of(p) for p in application.plugins),
            "service_type": settings.service_type,
            "version_header": settings.version_header if settings.max_version else "",
            "media_types": tuple(settings.media_types),
            "warnings": application.warnings,
            **{
                f"{which}_version": str(getattr(settings, f"{which}_version") or "")
                for which in ("min", "max", "default")
            },
        }
    file, line = definition_of(application) if placed else ("", 0)
    return Application(
        end.mount, end.host, end.name, kind, type_name(application), filters, file=file, line=line, **more
    )


def is_tree(application: Any) -> bool:
    """Tell whether an application is a tree of objects.

    It is none as long as nobody has imported them: most services don't, and needn't for being described.
    """
    room = sys.modules.get("apirouter.objectdispatch.app")
    return room is not None and isinstance(application, room.ObjectApp)


def plugin_of(plugin: Any) -> Plugin:
    """Return the record of a router's plugin."""
    extension = plugin.extension
    made = extension is not None and not isinstance(extension, type)
    doc = type(extension).__doc__ if made else _said(extension, "__doc__")
    return Plugin(
        alias=plugin.alias,
        name=_said(extension, "name"),
        version=_said(extension, "version"),
        entry_point=f"{plugin.name} = {plugin.value}",
        distribution=f"{plugin.distribution} {plugin.distribution_version}".strip(),
        state=plugin.state,
        reason=plugin.reason,
        description=first_line(doc) if isinstance(doc, str) else "",
    )


def _said(extension: Any, name: str) -> str:
    """Return what a plugin says of itself as text; one that failed may raise when it is asked."""
    try:
        return safe_text(getattr(extension, name, "") or "")
    except Exception as error:
        return f"<{type(error).__name__}>"


def first_line(doc: str | None) -> str:
    """Return the first line of a docstring, without its full stop."""
    lines = (doc or "").strip().splitlines()
    return lines[0].strip().removesuffix(".") if lines else ""


def rest_of(doc: str | None) -> str:
    """Return a docstring without its first line and its fields (``:param x:``)."""
    body = inspect.cleandoc(doc or "").partition("\n")[2]
    return re.split(r"^:\w+", body, maxsplit=1, flags=re.MULTILINE)[0].strip()
