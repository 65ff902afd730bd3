"""Plugins -> resources -> routes -> endpoints: one try at a whole table.

1. Resources are made in order: what inherits after what it inherits, else by plugin.
2. Then other plugins' controllers are added to them, in the plugins' order.
3. Then routes are connected, in the resources' order: the seven of Routes' ``resource`` and the named
   actions, with and without a project; then each plugin's own.
4. A standard route whose method the controller lacks is no route. A named one without a method is warned of.
   A route that a plugin connected itself must lead to a method.
5. Every method that a route or a body's key leads to is checked: its parameters against the route's
   variables, its body against the HTTP methods.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from apirouter.deploy.imports import raised_where
from apirouter.dispatch.resource import Endpoint, Implementation, Resource
from apirouter.dispatch.service import Service
from apirouter.errors import ConfigError, PluginError, suggest
from apirouter.routing.alone import placed
from apirouter.routing.checks import MethodChecks, check_conditions, without_method
from apirouter.routing.declared import check_methods, check_names, check_parent
from apirouter.routing.duplicates import duplicates
from apirouter.routing.endpoints import forwarding, redirecting
from apirouter.routing.mounted import Mounted, Rejected, Table
from apirouter.routing.paths import check_path, check_segments, doubtful
from apirouter.routing.plugins import Plugin
from apirouter.routing.problems import FIX
from apirouter.routing.resources import Block
from apirouter.routing.shapes import Shape, Shapes, methods_of

__all__ = ["Builder", "Mounted", "Rejected", "Table", "key_of"]

LOG = logging.getLogger(__name__)

#: What a route may hold beside a method's own arguments.
_NOT_ARGUMENTS = frozenset(("controller", "action", "format", "project_id"))
#: How many plugins that are not loaded an error names.
_ABSENT = 8

#: The arguments that a route may give a method, and those that it gives whatever the path.
_Gives = tuple[frozenset[str], frozenset[str]]
#: A route of a block and how many-eth of the kind's dicts it has, its methods, what it gives.
_Case = tuple[int, int, tuple[str, ...], _Gives]
#: For each route of a block the number of its dict and its methods; and those routes that ask different things.
_Form = tuple[tuple[tuple[int, tuple[str, ...]], ...], tuple[_Case, ...]]


def key_of(resource_extension: Any) -> str:
    """Return what names a collection: ``servers``, or ``servers/metadata`` below a parent."""
    parent = resource_extension.parent
    return (
        f"{parent['collection_name']}/{resource_extension.collection}"
        if parent
        else str(resource_extension.collection)
    )


class Builder:
    """Makes one table out of plugins.

    :param mapper: an empty mapper.
    :param service: what the service's calls share.
    :param plugins: the plugins, in order.
    :param absent: names of those that are not loaded, for errors of what they would have brought.
    """

    def __init__(
        self, mapper: Any, service: Service, plugins: Sequence[Plugin], absent: Sequence[str] = ()
    ) -> None:
        self.table = Table(mapper)
        self.service, self.plugins, self._absent = service, plugins, absent
        self._owners: dict[str, Plugin] = {}
        self._extensions: dict[str, tuple[Plugin, Any]] = {}
        self._shapes = Shapes()
        self._checks = MethodChecks(self._shapes, service)
        self._checked: set[tuple[Any, ...]] = set()
        self._forms: dict[tuple[int, str, str], _Form] = {}
        self._cases: dict[tuple[_Case, ...], tuple[_Case, ...]] = {}
        self._asked: tuple[Any, dict[int, Endpoint]] = None, {}
        self._blocks: list[tuple[int, Block]] = []
        self._given: dict[tuple[Any, ...], _Gives] = {}

    def build(self) -> Table:
        """Return the table.

        :raises Rejected: a plugin can't be used; it says which and why.
        """
        for plugin in self.plugins:
            self._with(plugin, self._gather)
        for key in self._ordered():
            plugin, extension = self._extensions[key]
            self._with(plugin, self._resource, key, extension)
        for plugin in self.plugins:
            self._with(plugin, self._extend)
        for key, resource in self.table.resources.items():
            self._with(self._owners[key], self._check_extensions, key, resource)
        for key in self.table.resources:
            plugin, extension = self._extensions[key]
            self._with(plugin, self._route, key, extension)
        for plugin in self.plugins:
            self._with(plugin, self._check_schemas)
        self.table.placed = placed(self._blocks, [one.route for one in self.table.mounted])
        self._check_duplicates()
        return self.table

    def _with(self, plugin: Plugin, step: Any, *args: Any) -> None:
        problems = self.table.mapper.problems
        known = len(problems)
        try:
            step(plugin, *args)
        except PluginError as error:
            raise Rejected(plugin, error.named(plugin.label)) from error
        self.table.warnings += [f"plugin {plugin.label}: {problem}; {FIX}" for problem in problems[known:]]

    # ------------------------------------------------------------------ resources

    def _gather(self, plugin: Plugin) -> None:
        for extension in plugin.resources():
            if not isinstance(extension.collection, str) or not extension.collection.strip("/"):
                raise PluginError(
                    f"a collection is named {extension.collection!r}", fix="name it as in its URL: 'servers'"
                )
            check_parent(extension)
            check_names(extension)
            key = key_of(extension)
            other = self._owners.setdefault(key, plugin)
            if key in self._extensions:
                raise PluginError(
                    f"collection '{key}' is brought by {other.label} too",
                    fix="rename one collection, or add to the other's with a ControllerExtension",
                )
            self._extensions[key] = (plugin, extension)

    def _ordered(self) -> list[str]:
        """Return the collections' keys, what inherits after what it inherits."""
        done: dict[str, None] = {}
        for key in self._extensions:
            self._visit(key, done, ())
        return list(done)

    def _visit(self, key: str, done: dict[str, None], path: tuple[str, ...]) -> None:
        plugin, extension = self._extensions[key]
        if key in path:
            cycle = " -> ".join((*path[path.index(key) :], key))
            problem, fix = f"collections inherit in a circle: {cycle}", "take inherits out of one of them"
            raise Rejected(plugin, PluginError(problem, fix=fix, plugin=plugin.label))
        if key in done:
            return
        if extension.inherits:
            self._visit(self._lookup(plugin, extension.inherits, "inherits"), done, (*path, key))
        done[key] = None

    def _lookup(self, plugin: Plugin, name: Any, what: str) -> str:
        """Return the key of a collection named in full or by its last part."""
        if not isinstance(name, str):
            problem = f"it {what} {name!r}, which is no collection's name"
            raise Rejected(
                plugin, PluginError(problem, fix="name it as its plugin does", plugin=plugin.label)
            )
        if name in self._extensions:
            return name
        near = [key for key in self._extensions if key.rpartition("/")[2] == name]
        if len(near) == 1:
            return near[0]
        problem = f"it {what} collection '{name}', which " + (
            f"could be any of {', '.join(near)}" if near else "no loaded plugin brings"
        )
        fix = suggest(name, self._extensions)
        if self._absent and not near:
            more = ", ..." if len(self._absent) > _ABSENT else ""
            fix += f"; not loaded: {', '.join(self._absent[:_ABSENT])}{more}"
        raise Rejected(plugin, PluginError(problem, fix=fix, plugin=plugin.label))

    def _resource(self, plugin: Plugin, key: str, extension: Any) -> None:
        inherits = None
        if extension.inherits:
            inherits = self.table.resources[self._lookup(plugin, extension.inherits, "inherits")]
        controller = extension.controller
        if controller is None:
            if inherits is None:
                raise PluginError(f"collection '{key}' has no controller", fix="give it one, an instance")
            controller = inherits.controller
        self.table.resources[key] = Resource(
            controller, self.service, name=key, plugin=plugin.label, inherits=inherits
        )

    def _extend(self, plugin: Plugin) -> None:
        for extension in plugin.controller_extensions():
            key = self._lookup(plugin, extension.collection, "extends")
            self.table.resources[key].register(extension.controller, plugin.label)

    def _check_extensions(self, plugin: Plugin, key: str, resource: Resource) -> None:
        for (method, action), impls in resource.extensions.items():
            known = resource.actions if action else {**resource.methods, **resource.actions}
            name = action or method or ""
            if name in known:
                continue
            what = "action" if action else "method"
            raise Rejected(
                self._plugin(impls[0], plugin),
                PluginError(
                    f"it extends {what} '{name}' of {key}, which has none of this name",
                    fix=suggest(name, known),
                    plugin=impls[0].plugin,
                    where=impls[0].where,
                ),
            )

    def _plugin(self, impl: Implementation, otherwise: Plugin) -> Plugin:
        return next((p for p in self.plugins if p.label == impl.plugin), otherwise)

    # ------------------------------------------------------------------ routes

    def _route(self, plugin: Plugin, key: str, extension: Any) -> None:
        for actions in (extension.collection_actions, extension.member_actions):
            check_methods(key, actions)
        check_segments(key, extension)
        resource, mapper = self.table.resources[key], self.table.mapper
        start, blocks = len(mapper.matchlist), len(mapper.blocks)
        kwargs: dict[str, Any] = {
            "controller": resource,
            "collection": dict(extension.collection_actions),
            "member": dict(extension.member_actions),
        }
        if extension.parent:
            kwargs["parent_resource"] = dict(extension.parent)
        try:
            mapper.resource(
                extension.member_name or extension.collection,
                extension.collection,
                answered=resource.has,
                **kwargs,
            )
        except ConfigError as error:
            raise PluginError(error.problem, fix=error.fix) from error
        except Exception as error:
            raise PluginError(
                f"the routes of {key} can't be made: {type(error).__name__}: {error}",
                fix="write actions as {'name': 'GET'}, a name and an HTTP method each",
            ) from error
        named = {*extension.collection_actions, *extension.member_actions}
        for name in sorted(n for n in named if not resource.has(n)):
            self.table.warnings.append(f"plugin {plugin.label}: {without_method(key, name, resource)}")
        routes, made = mapper.matchlist[start:], mapper.blocks[blocks:]
        if routes == [route for block in made for route in block.routes]:
            for block in made:
                self._mount_block(plugin, block, resource, key)
        else:
            for route in routes:
                # Routes' own resource() connects these: the action is among what it was given.
                if resource.has(route._kargs["action"]):
                    self._mount(plugin, route, resource, key)
        if extension.custom_routes_fn is not None:
            self._custom(plugin, extension, resource, key)

    def _mount_block(self, plugin: Plugin, block: Block, resource: Resource, key: str) -> None:
        """Mount the routes of one resource, each of which is answered."""
        # A collection's own path may have variables too.
        alike = block.kind.pattern, block.prefix, "" if block.plain else block.name
        form = self._forms.get(alike)
        if form is None:
            form = self._forms[alike] = self._form(block)
        rows, cases = form
        asked = resource, block.kind, cases
        if asked != self._asked[0]:
            # With a project and without, the same is asked of the same methods.
            self._asked = asked, self._endpoints(block, resource, cases)
        endpoints, shapes = self._asked[1], self._shapes
        self._blocks.append((len(self.table.mounted), block))
        self.table.mounted += [
            Mounted(route, shapes, methods, endpoints[number], key, plugin)
            for route, (number, methods) in zip(block.routes, rows, strict=True)
        ]

    def _endpoints(self, block: Block, resource: Resource, cases: Iterable[_Case]) -> dict[int, Endpoint]:
        """Return what answers each of the kind's dicts, checked."""
        endpoints: dict[int, Endpoint] = {}
        for at, number, methods, gives in cases:
            endpoint = endpoints[number] = resource.endpoint(block.kind.given[number][0])
            self._check(endpoint, resource, block.routes[at], methods, gives)
        return endpoints

    def _form(self, block: Block) -> _Form:
        """Return what mounting the routes of a block takes, for all that are like it."""
        rows: list[tuple[int, tuple[str, ...]]] = []
        cases: dict[tuple[Any, ...], _Case] = {}
        names = self._names(block)
        for at, (row, route) in enumerate(zip(block.kind.rows, block.routes, strict=True)):
            methods = tuple(row.conditions["method"])
            rows.append((row.given, methods))
            case = row.given, methods, self._gives(names[at], tuple(route._kargs))
            cases.setdefault(case, (at, *case))
        asked = tuple(cases.values())
        return tuple(rows), self._cases.setdefault(asked, asked)

    def _names(self, block: Block) -> list[frozenset[str]]:
        """Return the variables of each route of a block."""
        if not block.kind.plain:
            return [self._shapes.of(route).names for route in block.routes]
        above = self._shapes.at(f"{block.prefix}/{block.name}").names
        return [above | self._shapes.at(row.path).names for row in block.kind.rows]

    def _custom(self, plugin: Plugin, extension: Any, resource: Resource, key: str) -> None:
        mapper = self.table.mapper
        start = len(mapper.matchlist)
        try:
            extension.custom_routes_fn(mapper, resource)
        except PluginError:
            raise
        except ConfigError as error:
            # What a strict mapper says of a requirement.
            raise PluginError(
                error.problem, fix=error.fix, where=raised_where(error, plugin.value)
            ) from error
        except (Exception, SystemExit) as error:
            name = getattr(extension.custom_routes_fn, "__qualname__", repr(extension.custom_routes_fn))
            if isinstance(error, re.error):
                name += f", at the requirement {error.pattern!r},"
            raise plugin.raised(name, error, "it is called with the mapper and the resource") from error
        for route in list(mapper.matchlist[start:]):
            check_path(route)
            self.table.warnings += [f"plugin {plugin.label}: {text}" for text in doubtful(route)]
            check_conditions(route)
            controller = route._kargs.get("controller", resource)
            self._mount(plugin, route, controller, key)

    def _mount(self, plugin: Plugin, route: Any, controller: Any, key: str) -> None:
        shape, methods = self._shapes.of(route), methods_of(route)
        if getattr(route, "redirect", False):
            redirect = redirecting(self.table.mapper, route, shape.template, shape.names)
            endpoint = Endpoint("redirect", lambda: redirect)
        elif isinstance(controller, Resource):
            endpoint = self._endpoint(route, controller, shape, methods)
        elif callable(controller):
            name = getattr(controller, "__name__", type(controller).__name__)
            endpoint = Endpoint(name, partial(forwarding, controller))
        else:
            raise PluginError(
                f"route {shape.template} leads to controller {controller!r}",
                fix="connect it to the resource that custom_routes_fn is given, or to a WSGI application",
            )
        self.table.mounted.append(Mounted(route, self._shapes, methods, endpoint, key, plugin))

    def _endpoint(self, route: Any, resource: Resource, shape: Shape, methods: tuple[str, ...]) -> Endpoint:
        given = route._kargs
        action = given.get("action")
        if not action or "action" in shape.names:
            raise PluginError(
                f"route {shape.template} leaves the action to the URL",
                fix="name it: mapper.connect(..., controller=resource, action='name')",
            )
        endpoint = resource.endpoint(action)
        self._check(endpoint, resource, route, methods, self._gives(shape.names, tuple(given)))
        return endpoint

    def _check(
        self, endpoint: Endpoint, resource: Resource, route: Any, methods: tuple[str, ...], gives: _Gives
    ) -> None:
        # The routes of one action with and without project and format ask the same of its method.
        case = (id(endpoint), methods, gives)
        if case not in self._checked:
            self._checked.add(case)
            self._checks.endpoint(endpoint, resource, route, methods, *gives)

    def _gives(self, names: frozenset[str], given: tuple[str, ...]) -> _Gives:
        """Return the arguments that a route may give a method, and those it gives whatever the path.

        :param names: the variables of its path.
        :param given: the names of what it was connected with.
        """
        found = self._given.get((names, given))
        if found is None:
            constants = {str(name) for name in given if name != "requirements"}
            variables = frozenset((names | constants) - _NOT_ARGUMENTS)
            found = self._given[names, given] = variables, frozenset(variables - (names & constants))
        return found

    def _check_schemas(self, plugin: Plugin) -> None:
        def made(extension: Any) -> Resource:
            return self.table.resources[key_of(extension)]

        def extended(extension: Any) -> Resource:
            return self.table.resources[self._lookup(plugin, extension.collection, "extends")]

        found = (*self._checks.schemas(plugin), *self._checks.unreached(plugin, made, extended))
        self.table.warnings.extend(w for w in found if w not in self.table.warnings)

    def _check_duplicates(self) -> None:
        for method, one, other in duplicates(self.table, self._shapes):
            if other.plugin is one.plugin:
                warning = f"plugin {one.plugin.label} has route {method} {one.template} twice"
                self.table.warnings.append(f"{warning}: the first answers")
                continue
            fix = "give one of them another path"
            if one.plugin.built_in:
                # It comes after all others, and stands aside for a collection of its name.
                one, other = other, one
                fix = f"bring it as ResourceExtension('{other.plugin.name}', ...), in the built-in's place"
            raise Rejected(
                one.plugin,
                PluginError(
                    f"route {method} {one.template} is brought by {other.plugin.label} too",
                    fix=fix,
                    plugin=one.plugin.label,
                ),
            )
