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
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, PluginError, clip, safe_text, suggest
from apirouter.extensions import APIExtension
from apirouter.foreign import check_cache

LOG = logging.getLogger(__name__)

#: How long importing a plugin takes, in seconds, when it is told who keeps a service from starting.
_SLOW = 5.0
#: As much of a plugin's own words as an error repeats, in characters.
_TOLD = 500

LOADED, DISABLED, FAILED = "loaded", "disabled", "failed"


@dataclasses.dataclass
class Plugin:
    """One plugin of a service while it loads, and what became of it.

    :param name: its entry point's name.
    :param value: what the entry point names, ``module:Class``.
    :param distribution: the distribution that installs it; empty for one given by code.
    :param distribution_version: its version.
    """

    name: str
    value: str
    distribution: str = ""
    distribution_version: str = ""
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

    def _ask(self, method: str, attributes: Sequence[str]) -> list[Any]:
        where = f"{type(self.extension).__qualname__}.{method}"
        try:
            answer = getattr(self.extension, method)()
            found = list(answer) if answer is not None else []
        except PluginError as error:
            raise error.named(self.label) from error
        except (Exception, SystemExit) as error:
            raise PluginError(f"{where} raised {_told(error)}", plugin=self.label) from error
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


def _told(error: BaseException) -> str:
    # One line, whatever a plugin says: it goes into logs.
    return f"{type(error).__name__}: {clip(' '.join(safe_text(error).split()), _TOLD)}"


class _EntryPoint:
    """An entry point whose ``load`` fails with one kind of error, whatever importing raises.

    ``sys.exit`` at import is a plugin's mistake too, not the service's end.
    """

    def __init__(self, entry_point: importlib.metadata.EntryPoint) -> None:
        self._entry_point = entry_point
        self.name, self.value, self.group = entry_point.name, entry_point.value, entry_point.group

    def load(self) -> Any:
        begun = time.monotonic()
        try:
            found = self._entry_point.load()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"it can't be imported: {_told(error)}",
                fix="the traceback says where; is everything it imports installed?",
                plugin=label_of(self._entry_point),
            ) from error
        taken = time.monotonic() - begun
        if taken > _SLOW:
            LOG.warning("Importing plugin %s took %.1f s", label_of(self._entry_point), taken)
        return found


def label_of(entry_point: importlib.metadata.EntryPoint) -> str:
    """Return ``name = module:Class (distribution 1.0)``."""
    dist = entry_point.dist
    return f"{entry_point.name} = {entry_point.value}" + (f" ({dist.name} {dist.version})" if dist else "")


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
    owners = _Owners()
    chosen: dict[str, importlib.metadata.EntryPoint] = {}
    refused: list[Plugin] = []
    ours = (ep for ep in entry_points if ep.group == namespace)
    for ep in sorted(ours, key=lambda ep: (ep.name, ep.value, owners.of(ep)[0])):
        other = chosen.get(ep.name)
        if other is None:
            chosen[ep.name] = ep
        elif (other.value, owners.of(other)[0]) != (ep.value, owners.of(ep)[0]):
            second = _plugin(ep, owners)
            second.fail(
                PluginError(
                    f"entry point '{ep.name}' of {namespace} is given twice: by {label_of(other)} "
                    f"and by {label_of(ep)}",
                    fix="rename one, or uninstall its distribution",
                    plugin=label_of(ep),
                )
            )
            refused.append(second)
    found = {name: _plugin(ep, owners) for name, ep in chosen.items()}
    for plugin in [*found.values(), *refused]:
        if not wanted(plugin.name):
            plugin.disable()

    class Manager(ExtensionManager[Any]):
        """Loads what the scan found instead of what stevedore's cache says."""

        def list_entry_points(self) -> list[Any]:
            return [_EntryPoint(ep) for ep in chosen.values() if found[ep.name].state == LOADED]

    def failed(manager: Any, entry_point: Any, error: BaseException) -> None:
        found[entry_point.name].fail(error)

    for extension in Manager(namespace, on_load_failure_callback=failed):
        found[extension.name].extension = extension.plugin
    return sorted([*found.values(), *refused], key=lambda plugin: plugin.name)


def given(classes: Iterable[Any]) -> list[Plugin]:
    """Return plugins that code gives instead of entry points.

    :param classes: :class:`.APIExtension` classes or instances.
    """
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
            plugin.fail(PluginError(f"looking at it raised {_told(error)}", plugin=plugin.label))
            plugin.error.__cause__ = error  # type: ignore[union-attr]
    if not any(p.state == FAILED for p in plugins):
        # One that failed may have had any alias.
        _check_names(plugins, settings)
    info.extensions.update((p.alias, p.extension) for p in plugins if p.state == LOADED)
    return list(plugins)


def _alias_is_late(plugin: Plugin) -> bool:
    maker = plugin.extension
    return callable(maker) and not isinstance(inspect.getattr_static(maker, "alias", None), str)


class _Owners:
    """Whose entry points are: a distribution reads its whole METADATA each time that it is asked for its name."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, tuple[str, str]]] = {}

    def of(self, entry_point: importlib.metadata.EntryPoint) -> tuple[str, str]:
        """Return the name and the version of an entry point's distribution; empty texts when it has none."""
        dist = entry_point.dist
        if dist is None:
            return "", ""
        known = self._known.get(id(dist))
        if known is None:
            # Kept with what was read: an id tells it from others as long as it lives.
            known = self._known[id(dist)] = dist, (dist.name, dist.version)
        return known[1]


def _plugin(entry_point: importlib.metadata.EntryPoint, owners: _Owners) -> Plugin:
    return Plugin(entry_point.name, entry_point.value, *owners.of(entry_point))


def _chosen(plugin: Plugin, settings: Settings) -> bool:
    names = {plugin.name, plugin.alias}
    if settings.extensions_enabled and not names & set(settings.extensions_enabled):
        return False
    return not names & set(settings.extensions_disabled)


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
        raise PluginError(
            f"making it raised {_told(error)}",
            fix=f"{plugin.value} is called with one argument, the registry of plugins",
            plugin=plugin.label,
        ) from error


def _verify(plugin: Plugin) -> None:
    extension = plugin.extension
    for method in ("get_resources", "get_controller_extensions"):
        if not callable(getattr(extension, method, None)):
            raise PluginError(
                f"{type(extension).__qualname__} has no method {method}",
                fix=f"derive it from apirouter.extensions.{APIExtension.__name__}",
                plugin=plugin.label,
            )
    for name in ("name", "alias", "version"):
        try:
            value = getattr(extension, name, None)
        except (Exception, SystemExit) as error:
            raise PluginError(f"its {name} raised {_told(error)}", plugin=plugin.label) from error
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
    _ask_whether_valid(plugin)


def _ask_whether_valid(plugin: Plugin) -> None:
    ask = getattr(plugin.extension, "is_valid", None)
    if ask is None:
        return
    try:
        valid = ask()
    except (Exception, SystemExit) as error:
        raise PluginError(f"is_valid raised {_told(error)}", plugin=plugin.label) from error
    if not valid:
        raise PluginError("its own is_valid refuses it", plugin=plugin.label)
