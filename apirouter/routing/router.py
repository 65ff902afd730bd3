"""The router: plugins in, a WSGI application out; :mod:`.answering` has what a request does."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from apirouter.dispatch.authority import authority_of
from apirouter.dispatch.service import Service
from apirouter.dispatch.settings import Settings
from apirouter.errors import (
    ConfigError,
    MethodNotAllowed,
    PluginError,
    RequestError,
    suggest,
)
from apirouter.fusion import Step
from apirouter.request import Request
from apirouter.routing import plugins as plugin_room
from apirouter.routing.answering import Answering
from apirouter.routing.build import Builder, Mounted, Rejected, Table
from apirouter.routing.index import Index
from apirouter.routing.listing import Extensions, rule_of
from apirouter.routing.mapper import APIMapper, PlainMapper, ProjectMapper
from apirouter.routing.parts import serializer_names, serializers_of
from apirouter.routing.plugins import FAILED, LOADED, ExtensionInfo, Plugin
from apirouter.routing.quiet import collection_paused
from apirouter.routing.strict import unguarded, unreachable
from apirouter.routing.urls import Urls
from apirouter.serving import Serving
from apirouter.versions import VersionInfo

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LOG = logging.getLogger(__name__)

R = TypeVar("R", bound="APIRouter")


class APIRouter(Serving):
    """The WSGI application at the end of a pipeline: finds plugins, routes requests to their controllers.

    Used from an INI as ``paste.app_factory = apirouter.routing.router:APIRouter.factory`` (or
    ``use = egg:apirouter#router``); every option is a field of :class:`.Settings`. A subclass may say an
    option as a class attribute, and the namespace as ``api_extension_namespace()``; the INI's word counts
    more.

    :param settings: the options; None takes the class's own.
    :param plugins: plugin classes or instances, instead of the namespace's entry points.
    :param services: what the plugins find as ``extension_info.services`` and as ``context.services``.
    :param hooks: hooks around every call, beside those that the settings name.
    :raises PluginError: a plugin can't be used, and ``on_load_failure`` is ``fail``.
    :raises ConfigError: a setting makes no sense.
    """

    #: The options: their names, how they are read, their defaults.
    options: ClassVar[type[Settings]] = Settings
    #: What controllers receive; a service's own class may add methods.
    request_class: ClassVar[type[Request]] = Request

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        plugins: Iterable[Any] | None = None,
        services: Mapping[str, Any] | None = None,
        hooks: Iterable[Any] = (),
    ) -> None:
        settings = settings or Settings.from_conf({}, defaults=self._class_defaults())
        self.settings, self.services = settings, dict(services or {})
        # The scan is the dearest part of a small load: a service that names nothing installed goes without.
        wanted = settings.policies or serializer_names(settings) or (plugins is None and settings.namespace)
        entry_points = plugin_room.scan() if wanted else importlib.metadata.EntryPoints(())
        #: The registry that plugins are made with.
        self.extension_info = ExtensionInfo(self.services)
        found: list[Plugin] = []
        warnings: list[str] = []
        if plugins is not None:
            found = plugin_room.given(plugins)
        elif settings.namespace:
            left_out = frozenset(settings.extensions_disabled)
            found = plugin_room.find(entry_points, settings.namespace, lambda name: name not in left_out)
            if not found:
                fix = suggest(settings.namespace, {g for g in entry_points.groups if "." in g})
                problem = f"No installed distribution has entry points of group '{settings.namespace}'"
                warnings.append(f"{problem}; {fix}")
        #: Every plugin, loaded or not, in order.
        self.plugins: list[Plugin] = plugin_room.make(found, settings, self.extension_info)
        if not hasattr(type(self), "extensions_enabled"):
            # Of what its class enables, an INI may leave out some.
            warnings += plugin_room.enabled_and_disabled(self.plugins, settings)
        self._report_failures()
        loaded = {p.distribution for p in self.plugins if p.state == LOADED and p.distribution}
        asked = {rule_of(settings.policy_prefix, p.alias) for p in self.plugins if p.state == LOADED} - {""}
        authority = authority_of(settings, loaded, entry_points, asked)
        self.service = Service.of(
            settings,
            serializers=serializers_of(settings, entry_points),
            authority=authority,
            services=self.services,
            hooks=hooks,
            request_class=self.request_class,
        )
        self._listing = Extensions(self)
        with collection_paused():
            table = self._build()
            self.mapper: APIMapper = table.mapper
            self.resources = table.resources
            #: The live routes, in the mapper's order.
            self.mounted: tuple[Mounted, ...] = tuple(table.mounted)
            #: What is doubtful in the plugins, though they load.
            self.warnings: tuple[str, ...] = (*warnings, *table.warnings)
            self._freeze()
        for warning in self.warnings:
            LOG.warning("%s", warning)
        LOG.info("Loaded extensions: %s", sorted(p.alias for p in self.plugins if p.state == LOADED))

    # ------------------------------------------------------------------ load

    @classmethod
    def factory(cls: type[R], global_config: Mapping[str, Any], **local_config: Any) -> R:
        """Make the router that a section of an INI describes (``paste.app_factory``).

        :param global_config: ``[DEFAULT]``.
        :param local_config: the section's options.
        """
        return cls.from_conf(global_config, local_config)

    @classmethod
    def from_conf(
        cls: type[R],
        global_conf: Mapping[str, Any],
        local_conf: Mapping[str, Any],
        *,
        services: Mapping[str, Any] | None = None,
    ) -> R:
        """Make the router out of an INI section, and give its plugins services.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        :param services: what the plugins find as ``extension_info.services``.
        """
        settings = Settings.from_conf(local_conf, defaults=cls._class_defaults(), inherited=global_conf)
        return cls(settings, services=services)

    @classmethod
    def _class_defaults(cls) -> dict[str, Any]:
        names = [f.name for f in dataclasses.fields(Settings)]
        said = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
        if hasattr(cls, "api_extension_namespace"):
            # The ancestors have it as a static method; a subclass may have it as any other, or as a property.
            namespace = cls.__new__(cls).api_extension_namespace
            said["namespace"] = namespace() if callable(namespace) else namespace
        return said

    @classmethod
    def check(cls, global_conf: Mapping[str, Any], **local_conf: Any) -> list[str | Exception]:
        """Return what is wrong with a section and its plugins, and what is doubtful; nothing is served.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        skips = local_conf.get("on_load_failure", getattr(cls, "on_load_failure", "")).strip() == "skip"
        try:
            router = cls.factory(global_conf, **{**local_conf, "on_load_failure": "skip"})
        except (ConfigError, PluginError) as error:
            return [error]
        return [
            # Where the load goes on without them, they are no reason not to.
            *(
                UserWarning(f"Left out: {p.reason}") if skips else p.reason
                for p in router.plugins
                if p.state == FAILED
            ),
            *(UserWarning(text) for text in router.warnings),
        ]

    def _report_failures(self) -> None:
        for plugin in self.plugins:
            if plugin.state != FAILED or plugin.error is None:
                continue
            if self.settings.on_load_failure == "fail":
                raise plugin.error
            LOG.error("Left out: %s", plugin.reason, exc_info=plugin.error)

    def _new_mapper(self) -> APIMapper:
        # What it would log is among the warnings, with its plugin.
        said = {"strict": self.settings.strict, "logs": False}
        if self.settings.mapper == "plain":
            return PlainMapper(**said)
        return ProjectMapper(project_id_regex=self.settings.project_id_regex, **said)

    def _build(self) -> Table:
        """Build the table; with ``skip``, again without each plugin that does not fit."""
        built_in = Plugin(
            "extensions", f"{Extensions.__module__}:Extensions", built_in=True, extension=self._listing
        )
        while True:
            usable = [p for p in self.plugins if p.state == LOADED]
            try:
                if not any(self._lists_plugins(p) for p in usable):
                    usable.append(built_in)
                absent = list(
                    dict.fromkeys(f"{p.alias} ({p.state})" for p in self.plugins if p.state != LOADED)
                )
                table = Builder(self._new_mapper(), self.service, usable, absent).build()
                self._check_rules(table.mounted)
                self._check_table(table)
                return table
            except Rejected as rejected:
                if self.settings.on_load_failure == "fail" or rejected.plugin is built_in:
                    raise rejected.error from rejected.error.__cause__
                self.extension_info.extensions.pop(rejected.plugin.alias, None)
                rejected.plugin.fail(rejected.error)
                LOG.error("Left out: %s", rejected.error, exc_info=rejected.error)

    @staticmethod
    def _lists_plugins(plugin: Plugin) -> bool:
        """Tell whether a plugin brings the service's own list of plugins."""
        try:
            return any(r.collection == "extensions" and r.parent is None for r in plugin.resources())
        except PluginError as error:
            raise Rejected(plugin, error.named(plugin.label)) from error

    def _check_rules(self, table: Iterable[Mounted]) -> None:
        """Refuse a rule that nobody defined."""
        authority: Any = self.service.authority
        for mounted in {id(m.endpoint): m for m in table}.values():
            for impl in mounted.endpoint.reached:
                for rule in impl.stamp.rules:
                    if authority is None or not authority.defined(rule.rule):
                        known = authority.rules if authority is not None else ()
                        fix = suggest(rule.rule, known)
                        if authority is None:
                            fix = (
                                "give a list of rules as an entry point of oslo.policy.policies, in the "
                                "distribution of the plugin (pip install 'apirouter[policy]')"
                            )
                        error = PluginError(
                            f"its rule '{rule.rule}' is defined by nobody",
                            fix=fix,
                            plugin=impl.plugin,
                            where=impl.where,
                        )
                        owners = (p for p in self.plugins if p.label == impl.plugin)
                        raise Rejected(next(owners, mounted.plugin), error)

    def _check_table(self, table: Table) -> None:
        """Report what the table should not have; in strict mode, refuse it."""
        self._index = Index([m.route for m in table.mounted], placed=table.placed)
        for plugin, error in unreachable(table.mounted, self._index):
            if self.settings.strict:
                raise Rejected(plugin, error)
            table.warnings.append(str(error))
        for plugin, error in unguarded(table.mounted) if self.settings.strict else ():
            raise Rejected(plugin, error)

    def _freeze(self) -> None:
        self._urls = Urls(self.mounted)
        #: The application's hooks, by priority.
        self.hooks = self.service.hooks
        self._answering = Answering(self, self._index, self.mounted, self.service, self.services)
        self.serve = self._answering.serve

    @property
    def is_as_made(self) -> bool:
        """Tell whether its function is the one that was made of the table."""
        return self.serve is self._answering.serve

    def fusion_step(self) -> Step | None:
        """Return what it does with a request, for a function that filters are part of."""
        return self._answering.fusion_step()

    # ------------------------------------------------------------------ what a Request asks

    def best_content_type(self, environ: WSGIEnvironment) -> str:
        """Return the media type of the reply to a request."""
        args = environ.get("wsgiorg.routing_args", ((), {}))[1]
        return self.service.media.of_reply(environ, args.get("format"))

    def fault_headers(self, environ: WSGIEnvironment, error: BaseException) -> Iterable[tuple[str, str]]:
        """Return the version headers of a fault that a filter in front of this router answers with.

        :param environ: the request.
        :param error: what the fault is of.
        """
        return self.service.versions.for_fault(environ, error).headers

    def path_for(self, name: str, environ: WSGIEnvironment, variables: Mapping[str, Any]) -> str:
        """Return the path of a route, below this application's mount.

        :param name: the route's name, or a collection's; with ``id`` the collection's member.
        :param environ: the request whose project is kept.
        :param variables: the route's variables; surplus ones become the query: None is left out, a list is
            said once for each of its items.
        :raises RoutingError: no route has this name and these variables.
        """
        current = environ.get("wsgiorg.routing_args", ((), {}))[1].get("project_id")
        return self._urls.path(name, variables, current)

    def route_of(self, environ: WSGIEnvironment) -> str | None:
        """Return the template of the route that a request is going to take, mount included; None for none.

        :param environ: the request, before it came here: its PATH_INFO is what is below this mount.
        """
        try:
            found = self._answering.find(environ)
        except RequestError:
            return None
        if found is None:
            return None
        return str(environ.get("SCRIPT_NAME", "")) + self._answering.mounted[found[0]].template

    # ------------------------------------------------------------------ what listings ask

    def health(self) -> dict[str, str]:
        """Return what is not as it should be, by name: a broken policy file, plugins left out."""
        found = {f"plugin {p.name}": p.reason for p in self.plugins if p.state == FAILED}
        policy_health = getattr(self.service.authority, "health", None)
        if policy_health is not None:
            well, why = policy_health()
            if not well:
                found["policy"] = why
        return found

    def lookup(self, environ: WSGIEnvironment) -> tuple[Mounted, dict[str, str]]:
        """Return the route that answers a request, and the variables of its path; nothing is called.

        :param environ: the request, its mount moved to SCRIPT_NAME.
        :raises RouteNotFound: no route has its path.
        :raises MethodNotAllowed: no route of its path has its method.
        """
        found = self._answering.find(environ)
        if found is None:
            raise MethodNotAllowed(self._answering.allow(environ).split(", "))
        route, variables = found
        return self._answering.mounted[route], dict(variables)

    @property
    def version_info(self) -> VersionInfo:
        """What a version document says of this API."""
        settings = self.settings
        return VersionInfo(
            id=settings.version_id,
            status=settings.version_status,
            min_version=str(settings.min_version or ""),
            version=str(settings.max_version or ""),
            updated=settings.version_updated,
            media_types=tuple(settings.media_types),
            service_type=settings.service_type,
        )
