"""Every method that a route or a body's key leads to, checked against what it will be called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from apirouter.controller import Controller
from apirouter.dispatch.call import BODY_METHODS
from apirouter.dispatch.implementation import functions
from apirouter.dispatch.resource import Endpoint, Implementation, Parameters, Resource
from apirouter.dispatch.service import Service
from apirouter.errors import PluginError, suggest
from apirouter.routing.plugins import Plugin
from apirouter.routing.shapes import Shapes
from apirouter.stamps import SchemaStamp, stamp_of

#: The actions that every collection has routes for.
_ACTIONS = ("index", "create", "show", "update", "delete")
#: What a class may hold that is called otherwise than a method.
_OTHER = (staticmethod, classmethod, property)
#: The methods that say what a plugin brings.
_BRINGS = ("get_resources", "get_controller_extensions")
#: The conditions that a route may have, those of ``routes.Mapper``.
_CONDITIONS = ("function", "method", "sub_domain")
#: What a method that extends another is given beside its arguments.
_REPLY = frozenset(("resp_obj",))


class MethodChecks:
    """The checks of one table, as it is built.

    :param shapes: reads what the routes' paths say.
    :param service: what the service's calls share.
    """

    def __init__(self, shapes: Shapes, service: Service) -> None:
        self._shapes, self._service = shapes, service
        self._reached: set[Any] = set()
        self._parameters: dict[Any, Parameters] = {}
        #: What fitted, so that methods of one form under routes of one form are looked at once.
        self._fitting: set[tuple[Any, ...]] = set()

    def endpoint(
        self,
        endpoint: Endpoint,
        resource: Resource,
        route: Any,
        methods: tuple[str, ...],
        variables: frozenset[str],
        always: frozenset[str],
    ) -> None:
        """Refuse what a request of a route may call and would not fit its call.

        :param endpoint: what answers the route.
        :param resource: whose it is.
        :param route: the mapper's.
        :param methods: the route's HTTP methods; empty for any.
        :param variables: what the route may give.
        :param always: what it gives whatever the path.
        :raises PluginError: a method does not fit.
        """
        for impl in endpoint.reached:
            self._parameters_fit(impl, route, methods, variables, always)
            self._reached.add(impl.func)
        names: list[tuple[str | None, str | None]] = [(None, k) for k in endpoint.actions]
        if endpoint.methods:
            names = [(endpoint.name, None if endpoint.name in resource.methods else endpoint.name)]
        for method, key in names:
            for impl in resource.chain(method, key):
                self._parameters_fit(impl, route, methods, variables, always, _REPLY)
                self._reached.add(impl.func)

    def _parameters_fit(
        self,
        impl: Implementation,
        route: Any,
        methods: tuple[str, ...],
        variables: frozenset[str],
        always: frozenset[str],
        given: frozenset[str] = frozenset(),
    ) -> None:
        """Refuse a method that a call by keywords would not fit."""
        takes = self._parameters.get(impl.func)
        if takes is None:
            takes = self._parameters[impl.func] = Parameters(impl.func)
        form = takes.anything, takes.names, takes.required, takes.asynchronous, bool(takes.positional_only)
        schemas = any(s.kind == "body" for s in impl.stamp.schemas)
        case = (*form, schemas, methods, variables, always, given)
        if case in self._fitting:
            return
        shown = f"{'|'.join(methods) or 'ANY'} {self._shapes.of(route).template}"
        misfit = _misfit(takes, shown, schemas, methods, variables, always, given)
        if misfit is not None:
            problem, fix = misfit
            raise PluginError(problem, fix=fix, plugin=impl.plugin, where=impl.where)
        self._fitting.add(case)

    def schemas(self, plugin: Plugin) -> list[str]:
        """Refuse a schema on a method that nothing leads to; return warnings of the others.

        :param plugin: whose controllers are looked at, after all routes were.
        :raises PluginError: a schema is wrong, or checks nothing.
        """
        warnings: list[str] = []
        controllers = [r.controller for r in plugin.resources()] + [
            e.controller for e in plugin.controller_extensions()
        ]
        for controller in controllers:
            if controller is None:
                continue
            for name, func in functions(controller, plugin.label):
                for stamp in stamp_of(func).schemas:
                    self._schema(Implementation.of(controller, name, func, plugin.label), stamp, warnings)
        return warnings

    def unreached(
        self, plugin: Plugin, made: Callable[[Any], Resource], extended: Callable[[Any], Resource]
    ) -> list[str]:
        """Return warnings of what a plugin brings and nothing leads to.

        :param plugin: whose controllers are looked at, after all routes were.
        :param made: returns the resource that a resource extension became.
        :param extended: returns the resource that a controller extension adds to.
        """
        warnings: list[str] = []
        for one in plugin.resources():
            if one.controller is None:
                continue
            warnings += _other_kinds(one, plugin)
            own = list(functions(one.controller, plugin.label))
            if own and not one.inherits and not any(func in self._reached for _, func in own):
                kind = type(one.controller).__qualname__
                warnings.append(
                    f"plugin {plugin.label}: no route leads to a method of {kind}, the controller of "
                    f"'{one.collection}'; write index, show, create, update or delete, or name actions"
                )
            else:
                warnings += self._lost_actions(one, own, plugin, made)
        if not plugin.resources() and not plugin.controller_extensions():
            warnings += _slips(plugin)
        for one in plugin.controller_extensions():
            own = list(functions(one.controller, plugin.label))
            warnings += self._lost_actions(one, own, plugin, extended)
            stamps = [stamp_of(func) for _, func in own]
            if not any(stamp.action or stamp.extends for stamp in stamps):
                kind = type(one.controller).__qualname__
                warnings.append(
                    f"plugin {plugin.label}: {kind} extends '{one.collection}' and adds nothing to it; put "
                    "@wsgi.extends or @wsgi.action on its methods"
                )
        return warnings

    def _lost_actions(
        self, one: Any, own: list[tuple[str, Any]], plugin: Plugin, resource_of: Callable[[Any], Resource]
    ) -> list[str]:
        lost = [
            Implementation.of(one.controller, name, func, plugin.label)
            for name, func in own
            if stamp_of(func).action and func not in self._reached
        ]
        whole = resource_of(one).methods.get("action") if lost else None
        if whole:
            takes = whole[0].where
            why = f"{takes} answers it, whatever the body's key; take one of the two out"
        else:
            why = f"give '{one.collection}' member_actions={{'action': 'POST'}}"
        return [
            f"plugin {plugin.label}: {impl.where}: no route leads to action '{impl.stamp.action}'; {why}"
            for impl in lost
        ]

    def _schema(self, impl: Implementation, stamp: SchemaStamp, warnings: list[str]) -> None:
        for severity, text in self._service.schema(stamp.schema).problems():
            if severity == "error":
                raise PluginError(
                    f"its {stamp.kind} schema is wrong: {text}", plugin=impl.plugin, where=impl.where
                )
            warning = f"plugin {impl.plugin}: {impl.where}: {stamp.kind} schema: {text}"
            if warning not in warnings:
                warnings.append(warning)
        if impl.func not in self._reached:
            raise PluginError(
                f"it has a {stamp.kind} schema, and no route or action leads to it",
                fix="name it in collection_actions or member_actions, stamp it @wsgi.action, "
                "or drop the schema",
                plugin=impl.plugin,
                where=impl.where,
            )


def check_conditions(route: Any) -> None:
    """Refuse a condition that means nothing: without it the route would take every request of its path.

    :param route: the mapper's.
    :raises PluginError: it says which, and the one that was meant.
    """
    for name in route.conditions or ():
        if name not in _CONDITIONS:
            raise PluginError(
                f"route {route.routepath} has the condition '{name}', which there is not",
                fix=suggest(name, _CONDITIONS),
            )


def without_method(key: str, name: str, resource: Resource) -> str:
    """Return what is said of an action that a resource names and its controller has no method for.

    :param key: the resource's name.
    :param name: the action's.
    :param resource: the resource.
    """
    kind = type(resource.controller).__qualname__
    problem = f"{key} names the action '{name}', and {kind} has no such method"
    if name == "action":
        return f"{problem}, nor one that @wsgi.action('key') stands on"
    fix = suggest(name, resource.methods)
    return f"{problem}; {fix}" if fix.startswith("did you mean") else problem


def _slips(plugin: Plugin) -> Iterator[str]:
    """Yield a warning of each method that is one of a plugin's two by a letter or so."""
    for name in vars(type(plugin.extension)):
        fix = "" if name in _BRINGS else suggest(name, _BRINGS, cutoff=0.85)
        if fix.startswith("did you mean"):
            yield f"plugin {plugin.label}: it brings nothing, and nobody calls its method '{name}'; {fix}"


def _other_kinds(one: Any, plugin: Plugin) -> Iterator[str]:
    """Yield a warning of each static method or property where an action's method should be."""
    kind = type(one.controller)
    # Hundreds of controllers have none: only what is one is looked up.
    for klass in kind.__mro__:
        for name, value in vars(klass).items() if klass is not Controller and klass is not object else ():
            if not isinstance(value, _OTHER) or inspect.getattr_static(kind, name) is not value:
                continue
            if name in _ACTIONS or name in one.collection_actions or name in one.member_actions:
                func = value.fget if isinstance(value, property) else value.__func__
                where = Implementation.of(one.controller, name, func or (lambda: None), plugin.label).where
                yield (
                    f"plugin {plugin.label}: {where}: it is a {type(value).__name__}, which no route leads "
                    f"to; write a plain method, def {name}(self, req, ...)"
                )


def _misfit(
    takes: Parameters,
    shown: str,
    schemas: bool,
    methods: tuple[str, ...],
    variables: frozenset[str],
    always: frozenset[str],
    given: frozenset[str],
) -> tuple[str, str] | None:
    """Return what keeps a method from being called by keywords, and the fix; None when nothing does.

    :param takes: the method's parameters.
    :param shown: the route, for people.
    :param schemas: whether the method has a schema of the body.
    :param methods: the route's HTTP methods; empty for any.
    :param variables: what the route may give.
    :param always: what it gives whatever the path.
    :param given: what else the method is given.
    """
    if takes.asynchronous:
        return "it is asynchronous, and is called as a plain method", "write def instead of async def"
    if takes.positional_only:
        problem = f"its parameter '{takes.positional_only[0]}' is positional-only"
        return problem, "methods are called by keywords: take the / out"
    reserved = sorted({"req", "body", "resp_obj", "self"} & variables)
    if reserved:
        problem = f"route {shown} has a variable '{reserved[0]}', which means something else to a method"
        return problem, "give the variable another name"
    for name in sorted({"req", *variables, *given}):
        if not takes.takes(name):
            fix = f"add {name} to its parameters"
            if name == "req" and takes.first == "req":
                fix = "add self, the first of them"
            return f"route {shown} gives it '{name}', which it doesn't take", fix
    carries = not methods or bool(BODY_METHODS & set(methods))
    if not carries and schemas:
        problem = f"it has a body schema, and {shown} has no body"
        return problem, "drop the schema; a query's is @validation.query_schema"
    for name in sorted(takes.required - {"req", *always, *given}):
        if name != "body":
            problem = f"it wants '{name}', which route {shown} doesn't give"
        elif not carries:
            problem = f"it wants a body, and {shown} has none"
        else:
            continue
        return problem, f"take '{name}' out, or give it a default"
    return None
