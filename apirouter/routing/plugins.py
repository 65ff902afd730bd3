"""Entry points -> checked, ordered plugins.

1. Installed distributions are scanned once, by ``importlib.metadata``; stevedore loads what the scan found.
   Its on-disk cache is neither read nor written: a stale or foreign one changes nothing.
2. The order is by entry-point name, the same on every machine; what inherits comes after what it inherits.
3. Two entry points of one name, two plugins of one alias: the second is refused, both distributions named.
4. A plugin that can't be used stops the boot; with ``on_load_failure = skip`` it is left out and reported.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from apirouter.controller import Controller
from apirouter.deploy.imports import raised_where
from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, PluginError, suggest
from apirouter.extensions import APIExtension
from apirouter.foreign import check_cache
from apirouter.routing.entries import LoadableEntryPoint, label_of, told

LOADED, DISABLED, FAILED = "loaded", "disabled", "failed"


@dataclasses.dataclass
class Plugin:
    """One plugin of a service while it loads, and what became of it.

    :param name: its entry point's name.
    :param value: what the entry point names, ``module:Class``.
    :param distribution: the distribution that installs it; empty for one given by code.
    :param distribution_version: its version.
    :param built_in: whether it is the router's own list of plugins, which stands aside for another of its name.
    """

    name: str
    value: str
    distribution: str = ""
    distribution_version: str = ""
    built_in: bool = False
    extension: Any = None
    state: str = LOADED
    reason: str = ""
    error: BaseException | None = None
    _resources: list[Any] | None = None
    _controller_extensions: list[Any] | None = None

    @property
    def label(self) -> str:
        """How an error names it."""
        dist = f" ({self.distribution} {self.distribution_version})" if self.distribution else ""
        return f"{self.name} = {self.value}{dist}"

    @property
    def alias(self) -> str:
        """Its alias, or its entry point's name while there is none."""
        alias = inspect.getattr_static(self.extension, "alias", "")
        if not isinstance(alias, str) and not isinstance(self.extension, type) and self.state != FAILED:
            # A property, on the instance; one that raises has failed the plugin.
            alias = getattr(self.extension, "alias", "")
        return alias if isinstance(alias, str) and alias else self.name

    def fail(self, error: BaseException) -> None:
        """Take note of why it can't be used."""
        self.state, self.reason, self.error = FAILED, f"{error}", error

    def disable(self) -> None:
        """Take note that the settings leave it out."""
        self.state, self.reason, self.error = DISABLED, "by the settings", None

    def resources(self) -> list[Any]:
        """Return its resource extensions, asked for once.

        :raises PluginError: asking fails, or the answer is something else.
        """
        if self._resources is None:
            self._resources = self._ask("get_resources", ("collection", "controller"))
        return self._resources

    def controller_extensions(self) -> list[Any]:
        """Return its controller extensions, asked for once.

        :raises PluginError: asking fails, or the answer is something else.
        """
        if self._controller_extensions is None:
            self._controller_extensions = self._ask("get_controller_extensions", ("collection", "controller"))
        return self._controller_extensions

    def raised(self, what: str, error: BaseException, fix: str = "") -> PluginError:
        """Return the error of something that raised; it says where in the plugin's code.

        :param what: what raised, as ``making it``.
        :param error: what it raised.
        :param fix: how it is called, which is the fix where the call itself failed.
        """
        where = raised_where(error, self.value)
        # What failed in its own code was called as it should be.
        inside = error.__traceback__ is not None and error.__traceback__.tb_next is not None
        return PluginError(
            f"{what} raised {told(error)}", fix="" if inside else fix, plugin=self.label, where=where
        )

    def _ask(self, method: str, attributes: Sequence[str]) -> list[Any]:
        where = f"{type(self.extension).__qualname__}.{method}"
        try:
            answer = getattr(self.extension, method)()
            if all(hasattr(answer, name) for name in attributes):
                raise PluginError(
                    f"{where} returned one {type(answer).__name__}", fix="return a list of them"
                )
            found = list(answer) if answer is not None else []
        except PluginError as error:
            raise error.named(self.label) from error
        except (Exception, SystemExit) as error:
            raise self.raised(where, error) from error
        for one in found:
            missing = [name for name in attributes if not hasattr(one, name)]
            if missing:
                raise PluginError(
                    f"{where} returned {type(one).__name__}, which has no '{missing[0]}'",
                    fix="return a list of extensions.ResourceExtension (or ControllerExtension)",
                    plugin=self.label,
                )
        return found


class ExtensionInfo:
    """The registry that a plugin is made with.

    :param services: what the service gives its plugins, by name.
    """

    def __init__(self, services: Mapping[str, Any] | None = None) -> None:
        self.services = services or {}
        self.extensions: dict[str, Any] = {}

    def get_extensions(self) -> dict[str, Any]:
        """Return the loaded plugins by alias."""
        return self.extensions


class _Distributions:
    """Names and versions of distributions, each read once: whoever asks importlib.metadata has a file parsed."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[Any, str, str]] = {}

    def of(self, entry_point: importlib.metadata.EntryPoint) -> tuple[str, str]:
        """Return name and version of the distribution of an entry point, both empty when it has none."""
        dist = entry_point.dist
        if dist is None:
            return "", ""
        read = self._read.get(id(dist))
        if read is None:
            # The object is kept: what takes the place of one that is gone may have its id.
            read = self._read[id(dist)] = (dist, dist.name, dist.version)
        return read[1:]


def scan() -> importlib.metadata.EntryPoints:
    """Return all entry points of all installed distributions: one pass over the disk."""
    found: Any = importlib.metadata.entry_points()
    if isinstance(found, importlib.metadata.EntryPoints):
        return found
    # Python 3.10 and 3.11 return a mapping by group, and warn of who asks it for its values.
    return importlib.metadata.EntryPoints([ep for group in dict.values(found) for ep in group])


def find(
    entry_points: Iterable[importlib.metadata.EntryPoint],
    namespace: str,
    wanted: Callable[[str], bool] = lambda name: True,
) -> list[Plugin]:
    """Return the plugins of a namespace, imported, in order of their names; the broken ones are marked.

    :param entry_points: what :func:`scan` found.
    :param namespace: the entry-point group.
    :param wanted: tells by its name whether a plugin is to be imported at all.
    :raises ConfigError: others can write the cache of entry points that plugins may read.
    """
    from stevedore.extension import ExtensionManager

    check_cache()
    chosen: dict[str, importlib.metadata.EntryPoint] = {}
    refused: list[Plugin] = []
    dists = _Distributions()

    def known_by(ep: importlib.metadata.EntryPoint) -> tuple[str, str, str]:
        return ep.name, ep.value, dists.of(ep)[0]

    def plugin_of(ep: importlib.metadata.EntryPoint) -> Plugin:
        return Plugin(ep.name, ep.value, *dists.of(ep))

    for ep in sorted((e for e in entry_points if e.group == namespace), key=known_by):
        other = chosen.get(ep.name)
        if other is None:
            chosen[ep.name] = ep
        elif known_by(other) != known_by(ep):
            second = plugin_of(ep)
            second.fail(
                PluginError(
                    f"entry point '{ep.name}' of {namespace} is given twice: by {label_of(other)} "
                    f"and by {label_of(ep)}",
                    fix="rename one, or uninstall its distribution",
                    plugin=label_of(ep),
                )
            )
            refused.append(second)
    found = {name: plugin_of(ep) for name, ep in chosen.items()}
    for plugin in [*found.values(), *refused]:
        if not wanted(plugin.name):
            plugin.disable()

    class Manager(ExtensionManager[Any]):
        """Loads what the scan found instead of what stevedore's cache says."""

        def list_entry_points(self) -> list[Any]:
            return [LoadableEntryPoint(ep) for ep in chosen.values() if found[ep.name].state == LOADED]

    def failed(manager: Any, entry_point: Any, error: BaseException) -> None:
        found[entry_point.name].fail(error)

    for extension in Manager(namespace, on_load_failure_callback=failed):
        found[extension.name].extension = extension.plugin
    return sorted([*found.values(), *refused], key=lambda plugin: plugin.name)


def given(classes: Iterable[Any]) -> list[Plugin]:
    """Return plugins that code gives instead of entry points.

    :param classes: :class:`.APIExtension` classes or instances.
    :raises TypeError: it is one class, and no list.
    """
    if isinstance(classes, type):
        name = classes.__name__
        raise TypeError(f"plugins is a list of classes, and got the class {name}; write plugins=[{name}]")
    plugins = []
    for one in classes:
        kind = one if isinstance(one, type) else type(one)
        plugins.append(Plugin(kind.__name__, f"{kind.__module__}:{kind.__qualname__}", extension=one))
    return plugins


def make(plugins: Sequence[Plugin], settings: Settings, info: ExtensionInfo) -> list[Plugin]:
    """Make the plugins' instances and verify them; the failed and the disabled are marked.

    :param plugins: their classes.
    :param settings: says which are enabled.
    :param info: what each is made with.
    :returns: all of them, in order.
    :raises ConfigError: ``extensions_enabled`` or ``extensions_disabled`` names one that isn't there.
    """
    by_alias: dict[str, Plugin] = {}
    for plugin in plugins:
        if plugin.state == FAILED and not _chosen(plugin, settings):
            plugin.disable()
        if plugin.state != LOADED:
            continue
        try:
            # The class may say its alias, or only its instance.
            if not _chosen(plugin, settings) and not _alias_is_late(plugin):
                plugin.disable()
                continue
            _instantiate(plugin, info)
            _verify(plugin)
            if not _chosen(plugin, settings):
                plugin.disable()
                continue
            other = by_alias.setdefault(plugin.alias, plugin)
            if other is not plugin:
                raise PluginError(
                    f"its alias '{plugin.alias}' is that of {other.label} too",
                    fix="give each plugin an alias of its own",
                    plugin=plugin.label,
                )
        except PluginError as error:
            plugin.fail(error.named(plugin.label))
        except (Exception, SystemExit) as error:
            plugin.fail(plugin.raised("looking at it", error))
            plugin.error.__cause__ = error  # type: ignore[union-attr]
    if not any(p.state == FAILED for p in plugins):
        # One that failed may have had any alias.
        _check_names(plugins, settings)
    info.extensions.update((p.alias, p.extension) for p in plugins if p.state == LOADED)
    return list(plugins)


def _alias_is_late(plugin: Plugin) -> bool:
    maker = plugin.extension
    return callable(maker) and not isinstance(inspect.getattr_static(maker, "alias", None), str)


def _chosen(plugin: Plugin, settings: Settings) -> bool:
    names = {plugin.name, plugin.alias}
    if settings.extensions_enabled and not names & set(settings.extensions_enabled):
        return False
    return not names & set(settings.extensions_disabled)


def enabled_and_disabled(plugins: Iterable[Plugin], settings: Settings) -> Iterator[str]:
    """Yield, for each plugin that settings both enable and disable, that it is left out."""
    for plugin in plugins:
        names = {plugin.name, plugin.alias}
        enabled, disabled = (
            names & set(settings.extensions_enabled),
            names & set(settings.extensions_disabled),
        )
        if enabled and disabled:
            yield (
                f"extensions_enabled names '{min(enabled)}' and extensions_disabled '{min(disabled)}': "
                f"{plugin.label} is left out; take it out of one of the two"
            )


def _check_names(plugins: Sequence[Plugin], settings: Settings) -> None:
    known = {p.name for p in plugins} | {p.alias for p in plugins}
    for option in ("extensions_enabled", "extensions_disabled"):
        for name in getattr(settings, option):
            if name not in known:
                raise ConfigError(
                    f"{option} names '{name}', and no plugin has this alias",
                    fix=suggest(name, known),
                    option=option,
                )


def _instantiate(plugin: Plugin, info: ExtensionInfo) -> None:
    maker = plugin.extension
    if not isinstance(maker, type):
        if callable(maker) and not hasattr(maker, "get_resources"):
            plugin.extension = _called(maker, plugin, info)
        return
    plugin.extension = _called(maker, plugin, info)


def _called(maker: Callable[..., Any], plugin: Plugin, info: ExtensionInfo) -> Any:
    try:
        return maker(info)
    except PluginError as error:
        raise error.named(plugin.label) from error
    except (Exception, SystemExit) as error:
        fix = f"{plugin.value} is called with one argument, the registry of plugins"
        raise plugin.raised("making it", error, fix) from error


def _verify(plugin: Plugin) -> None:
    extension = plugin.extension
    if isinstance(extension, ModuleType):
        fix = f"write {plugin.value}:Class, the name of the plugin's class"
        raise PluginError("its entry point names a module", fix=fix, plugin=plugin.label)
    for method in ("get_resources", "get_controller_extensions"):
        if not callable(getattr(extension, method, None)):
            raise PluginError(
                f"{type(extension).__qualname__} has no method {method}",
                fix=_base_fix(extension),
                plugin=plugin.label,
            )
    for name in ("name", "alias", "version"):
        try:
            value = getattr(extension, name, None)
        except (Exception, SystemExit) as error:
            raise plugin.raised(f"its {name}", error) from error
        if value is None or value == "" or (name != "version" and not isinstance(value, str)):
            raise PluginError(
                f"{type(extension).__qualname__} has no {name}",
                fix=f"give the class {name} = ...",
                plugin=plugin.label,
            )
        if isinstance(value, str) and not value.isprintable():
            raise PluginError(
                f"its {name} {value!r} holds what can't be printed",
                fix="it stands in URLs and logs: write it in one line",
                plugin=plugin.label,
            )
    if "/" in extension.alias:
        fix = "it is one segment of /extensions/{alias}: write a dash"
        raise PluginError(f"its alias '{extension.alias}' has a slash in it", fix=fix, plugin=plugin.label)
    _ask_whether_valid(plugin)


def _base_fix(extension: Any) -> str:
    if isinstance(extension, Controller):
        return "name the plugin's class, which brings the controller"
    return f"derive it from apirouter.extensions.{APIExtension.__name__}"


def _ask_whether_valid(plugin: Plugin) -> None:
    ask = getattr(plugin.extension, "is_valid", None)
    if ask is None:
        return
    try:
        valid = ask()
    except (Exception, SystemExit) as error:
        raise plugin.raised("is_valid", error) from error
    if not valid:
        raise PluginError("its own is_valid refuses it", plugin=plugin.label)
