"""What describing an application yields: plain values, no application in them.

Every record is frozen and holds text, numbers and further records only; :func:`as_data` makes of it what JSON
can say. Their order is that of the configuration, and of entry points by name: the same on every machine.
"""

from __future__ import annotations

import dataclasses
from typing import Any

#: What an application at the end of a pipeline can be.
ROUTER, OBJECTS, VERSIONS, WSGI = "router", "objects", "versions", "wsgi"
#: What a route's path says of a project.
NONE, OPTIONAL, REQUIRED = "none", "optional", "required"
#: How a rule was found: stamped by a decorator; read in the code of the method; there, but in a condition.
STAMPED, IN_CODE, SOMETIMES = "decorator", "code", "condition"


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """A JSON Schema of a method.

    :param kind: ``body``, ``query`` or ``response``.
    :param name: where it stands, as ``compute.schemas.servers:create``; its title, or empty, when it has no
        name.
    :param min_version: the first version it stands for; empty for no bound.
    :param max_version: the last.
    :param definition: the schema itself, as its author wrote it; not part of :func:`as_data`.
    """

    kind: str
    name: str
    min_version: str = ""
    max_version: str = ""
    definition: Any = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A policy rule that a method asks.

    :param name: the rule; ``*`` in it stands for what only a request knows.
    :param source: ``decorator``; ``code`` when it was read in the method's code; ``condition`` when it stands
        in a condition there.
    :param min_version: the first version it stands for; empty for no bound.
    :param max_version: the last.
    """

    name: str
    source: str = STAMPED
    min_version: str = ""
    max_version: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """One method of a controller, for one range of versions.

    :param controller: ``module:Class``.
    :param name: the method.
    :param file: where it is defined: below the directory of its package, the same wherever it is installed.
    :param line: the line there, from 1.
    :param plugin: alias of the plugin that brings it.
    :param min_version: the first version it serves; empty for no bound.
    :param max_version: the last.
    :param status: the status of its reply; 0 for a method that runs after another.
    :param expected_errors: the statuses it may raise; None when it doesn't say.
    :param schemas: its schemas.
    :param rules: its policy rules.
    :param hooks: its hooks, by name.
    :param summary: the first line of its docstring.
    :param description: the rest of it.
    :param path: the file's full path on this machine.
    :param bodiless: whether it says that it returns nothing (``-> None``).
    """

    controller: str
    name: str
    file: str
    line: int
    plugin: str = ""
    min_version: str = ""
    max_version: str = ""
    status: int = 200
    expected_errors: tuple[int, ...] | None = None
    schemas: tuple[Schema, ...] = ()
    rules: tuple[Rule, ...] = ()
    hooks: tuple[str, ...] = ()
    summary: str = ""
    description: str = dataclasses.field(default="", compare=False)
    path: str = dataclasses.field(default="", compare=False)
    bodiless: bool = dataclasses.field(default=False, compare=False)

    @property
    def protected(self) -> bool:
        """Whether a rule is always asked before it does anything, or by itself."""
        return any(rule.source != SOMETIMES for rule in self.rules)

    @property
    def label(self) -> str:
        """``Class.method``."""
        return f"{self.controller.rpartition(':')[2]}.{self.name}"

    @property
    def versions(self) -> str:
        """The versions, for people: ``2.1-2.5``, ``2.6+``, ``-2.5``; empty for any."""
        return version_text(self.min_version, self.max_version)


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """What one key of a body leads to.

    :param key: the key.
    :param methods: what answers it, one for each range of versions.
    :param extended_by: what runs after it.
    """

    key: str
    methods: tuple[Method, ...]
    extended_by: tuple[Method, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One route of one router, its spellings with a format and with a project together.

    :param mount: the prefix of the router, ``/v2.1``; ``/`` at the root.
    :param methods: HTTP methods; empty for any.
    :param path: below the mount, without the project: ``/servers/{id}``.
    :param project: ``none``, ``optional`` or ``required``: whether ``/{project_id}`` may or must precede.
    :param formats: the suffixes that a path may end in, ``json``; empty for none.
    :param requirements: (variable, regular expression) for those that have one, by name.
    :param name: the route's name.
    :param collection: the collection, ``servers`` or ``servers/metadata``.
    :param action: what the route calls the method: ``show``; ``action`` where the body's key decides.
    :param plugin: alias of the plugin that brings the route.
    :param endpoint: what answers when no controller does: the name of a WSGI application, or ``redirect``.
    :param implementations: the methods that answer, one for each range of versions.
    :param extended_by: what runs after them.
    :param actions: what the keys of a body lead to, by key.
    :param filters: the filters in front, outermost first.
    """

    mount: str
    methods: tuple[str, ...]
    path: str
    project: str
    formats: tuple[str, ...]
    requirements: tuple[tuple[str, str], ...]
    name: str
    collection: str
    action: str
    plugin: str
    endpoint: str = ""
    implementations: tuple[Method, ...] = ()
    extended_by: tuple[Method, ...] = ()
    actions: tuple[Action, ...] = ()
    filters: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The path for people: ``[/{project_id}]/servers/{id}``."""
        prefix = {NONE: "", OPTIONAL: "[/{project_id}]", REQUIRED: "/{project_id}"}[self.project]
        return prefix + self.path

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path below the mount that the record stands for."""
        with_project = "/{project_id}" + self.path
        return {NONE: (self.path,), OPTIONAL: (self.path, with_project), REQUIRED: (with_project,)}[
            self.project
        ]


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """A filter in front of an application.

    :param name: its name in the INI; its class where that is not known.
    :param type: ``module:Class``, or ``module:function``.
    """

    name: str
    type: str


@dataclasses.dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin of a router.

    :param alias: its alias.
    :param name: its name for people.
    :param version: its version.
    :param entry_point: ``name = module:Class``.
    :param distribution: the distribution that installs it, with its version; empty for one given by code.
    :param state: ``loaded``, ``disabled`` or ``failed``.
    :param reason: why it is not loaded.
    :param description: the first line of its docstring.
    """

    alias: str
    name: str
    version: str
    entry_point: str
    distribution: str
    state: str
    reason: str = ""
    description: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """One application at the end of a pipeline, and the way there.

    :param mount: its prefix, ``/v2.1``; ``/`` at the root; ``/v2.1/+`` for what lies below only.
    :param host: the host that it answers for, with its port if one is given; empty for any.
    :param name: what the INI calls what is mounted there; empty when that is not known.
    :param kind: ``router``, ``objects``, ``versions`` or ``wsgi``.
    :param type: ``module:Class``, or ``module:function``.
    :param filters: the filters in front, outermost first.
    :param plugins: its plugins, when it is a router.
    :param min_version: the lowest microversion; empty without.
    :param max_version: the highest.
    :param default_version: that of a request that asks for none.
    :param service_type: the service's type in version headers; empty for what is no router.
    :param version_header: the header that asks for a microversion.
    :param media_types: the media types it reads and writes.
    :param warnings: what its router warned of while loading.
    :param file: where its class or function is defined, below the directory of its package.
    :param line: the line there; 0 when it is not known.
    """

    mount: str
    host: str
    name: str
    kind: str
    type: str
    filters: tuple[Filter, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    min_version: str = ""
    max_version: str = ""
    default_version: str = ""
    service_type: str = ""
    version_header: str = ""
    media_types: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Description:
    """Everything there is to say of a loaded application.

    :param applications: the applications, in the order of the configuration.
    :param routes: the routes of all routers: by application, then in the order in which they are tried.
    """

    applications: tuple[Application, ...]
    routes: tuple[Route, ...]


def version_text(low: str, high: str) -> str:
    """Return a range of versions for people: ``2.1-2.5``, ``2.6+``, ``-2.5``, ``2.6``; empty for any."""
    if not low and not high:
        return ""
    if low == high:
        return low
    return f"{low}-{high}" if high else f"{low}+"


def as_data(record: Any) -> Any:
    """Return a record as dicts, lists, texts and numbers.

    :param record: any record of this module, or a tuple of them.
    """
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        data = {f.name: as_data(getattr(record, f.name)) for f in dataclasses.fields(record) if f.compare}
        if isinstance(record, Route):
            data["paths"] = list(record.paths)
            data["requirements"] = dict(record.requirements)
        return data
    if isinstance(record, tuple):
        return [as_data(one) for one in record]
    return record
