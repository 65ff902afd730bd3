"""A tree of objects -> tables: what of a class is exposed, and which attributes are controllers.

1. Only what ``@expose`` stands on, and instances whose classes have such methods (or lead to such), are in a
   table. The walk looks nowhere else: no name that starts with an underscore, no property, no class, no module.
2. A class's table is made once. The tree below the root is made, and checked, when the application is; an object
   that ``_lookup`` returns gets its class's table, made when the first of its class is seen.
3. Looking never runs anybody's code: attributes are read from ``__dict__``, not asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

from apirouter.controller import VersionedMethod
from apirouter.dispatch.call import Handler
from apirouter.dispatch.resource import Implementation
from apirouter.errors import ControllerError
from apirouter.hooks import Phases, of_class
from apirouter.microversion import ANY
from apirouter.objectdispatch.expose import EMPTY, ROUTES, SPECIAL, Exposure, exposure_of
from apirouter.objectdispatch.secure import CLASS_GUARD, Guard, Mounted, SecureController
from apirouter.objectdispatch.signature import Signature
from apirouter.stamps import stamp_of

#: How a method is called: with its instance, with its class, with neither.
INSTANCE, CLASS, STATIC = "instance", "class", "static"
_HEAP_TYPE = 1 << 9


class Method(Implementation):
    """One implementation of an exposed method, of a class whose instances come and go."""

    __slots__ = ()

    @property
    def owner(self) -> type:
        """The class it was found on."""
        kind: type = self.controller
        return kind

    @property
    def bound(self) -> Callable[..., Any]:
        """The plain function: the dispatcher puts the instance in front."""
        return self.func


@dataclasses.dataclass(eq=False, slots=True)
class Leaf:
    """One exposed method of one class.

    :param name: its attribute.
    :param impls: its implementations, one for each range of versions.
    :param kind: how it is called.
    :param exposure: what decorators said.
    :param guard: who may call it; None for everybody.
    :param signature: the parameters that a request fills.
    :param methods: HTTP method -> handler, where it is generic.
    :param handle: answers a request; made by the application.
    :param hooks: the hooks of the method itself.
    :param offers: its representations.
    :param phases: its hooks by those of the classes above it, the application's included.
    """

    name: str
    impls: tuple[Method, ...]
    kind: str
    exposure: Exposure
    guard: Guard | None
    signature: Signature
    methods: Mapping[str, Leaf]
    handle: Handler
    hooks: tuple[Any, ...] = ()
    offers: Any = None
    phases: dict[tuple[int, ...], Phases | None] = dataclasses.field(default_factory=dict)

    @property
    def func(self) -> Callable[..., Any]:
        """The plain function."""
        return self.impls[0].func

    @property
    def where(self) -> str:
        """``module.Class.method``."""
        return self.impls[0].qualname

    def bound(self, instance: Any) -> Any:
        """Return what a hook sees as the controller."""
        if self.kind is STATIC or instance is None:
            return self.func
        return MethodType(self.func, type(instance) if self.kind is CLASS else instance)


@dataclasses.dataclass(eq=False, slots=True)
class Table:
    """What is exposed of one class.

    :param owner: the class.
    :param leaves: path segment -> method.
    :param named: attribute -> method, whatever its segment.
    :param index: answers the controller's own path.
    :param default: answers what nothing else does.
    :param lookup: finds further controllers.
    :param route: routes instead of the walk.
    :param rest: whether the walk goes by REST's rules.
    :param actions: custom actions of REST, name -> HTTP methods.
    :param guard: what guards the way through; None for nothing.
    :param hooks: the class's hooks.
    :param children: controllers among the class's attributes.
    :param classes: attributes that are classes, for warnings.
    """

    owner: type
    leaves: dict[str, Leaf] = dataclasses.field(default_factory=dict)
    named: dict[str, Leaf] = dataclasses.field(default_factory=dict)
    index: Leaf | None = None
    default: Leaf | None = None
    lookup: Leaf | None = None
    route: Leaf | None = None
    rest: bool = False
    actions: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    guard: Guard | None = None
    hooks: tuple[Any, ...] = ()
    children: Mapping[str, Child] = dataclasses.field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether there is any way on from here."""
        return bool(self.named or self.rest or self.children)


@dataclasses.dataclass(eq=False, slots=True)
class Node:
    """One controller.

    :param controller: the object.
    :param table: its class's.
    :param children: path segment -> controller.
    :param lazy: whether the object's own attributes are looked at only when asked for.
    """

    controller: Any
    table: Table
    children: Mapping[str, Child]
    lazy: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Child:
    """A controller as an attribute of another.

    :param node: the controller.
    :param guard: a guard of its own, instead of the parent's.
    :param guarded: whether the parent's guard stands in front of it.
    """

    node: Node
    guard: Guard | None = None
    guarded: bool = True


class Tree:
    """Makes tables and nodes for one application.

    :param make_leaf: completes a method: signature and handler.
    :param is_rest: tells a class that goes by REST's rules.
    """

    #: How many classes' tables are kept: those of classes made on the fly must not pile up.
    KEPT = 4096

    def __init__(
        self,
        make_leaf: Callable[[str, tuple[Method, ...], str, Exposure, Guard | None], Leaf],
        is_rest: Callable[[type], bool],
    ) -> None:
        self._make_leaf, self._is_rest = make_leaf, is_rest
        self._tables: dict[type, Table] = {}
        self._nodes: dict[int, Node] = {}
        #: What looks like a mistake and is none.
        self.warnings: list[str] = []

    # ------------------------------------------------------------------ nodes

    def grow(self, controller: Any) -> Node:
        """Return the node of a controller that stays, with all that lies below it.

        :raises ControllerError: a controller can't be used as it is written.
        """
        known = self._nodes.get(id(controller))
        if known is not None:
            return known
        if isinstance(controller, type):
            raise ControllerError(
                f"the controller is the class {controller.__qualname__}",
                fix=f"give an instance: {controller.__qualname__}()",
            )
        table = self.table(type(controller))
        children: dict[str, Child] = dict(table.children)
        node = self._nodes[id(controller)] = Node(controller, table, children)
        for name, value in list(_attributes(controller)):
            child = self._child(value)
            if child is not None:
                children[name] = child
        return node

    def node_of(self, controller: Any) -> Node | None:
        """Return the node of an object that a request's lookup returned; None for what is no controller."""
        known = self._nodes.get(id(controller))
        if known is not None and known.controller is controller:
            return known
        if not _may_be(controller):
            return None
        table = self.table(type(controller))
        if not table.answers and not any(self.child_of(v) for _, v in _attributes(controller)):
            return None
        return Node(controller, table, table.children, lazy=True)

    def find(self, node: Node, segment: str) -> Child | None:
        """Return the controller that a path segment leads to."""
        found = node.children.get(segment)
        if not node.lazy or segment.startswith("_"):
            return found
        own = _vars(node.controller).get(segment)
        return (self.child_of(own) if own is not None else None) or found

    def child_of(self, value: Any) -> Child | None:
        """Return an attribute of a passing controller as a child; None for what is none."""
        if isinstance(value, Mounted):
            node = self.node_of(value.controller)
            return Child(node, value.guard, False) if node is not None else None
        node = self.node_of(value)
        return Child(node) if node is not None else None

    def _child(self, value: Any) -> Child | None:
        """Return an attribute as a child; None for what leads nowhere."""
        mounted = value.controller if isinstance(value, Mounted) else value
        if not _may_be(mounted) or not self._leads_on(mounted, set()):
            return None
        node = self.grow(mounted)
        return Child(node, value.guard, False) if isinstance(value, Mounted) else Child(node)

    def _leads_on(self, value: Any, seen: set[int], depth: int = 8) -> bool:
        """Tell whether an object has exposed methods, or attributes that lead to some."""
        if id(value) in self._nodes:
            return True
        if not _may_be(value) or id(value) in seen or not depth:
            return False
        seen.add(id(value))
        if self._exposes(type(value)):
            return True
        below = [v for _, v in _attributes(value)]
        below += [v for k in type(value).__mro__ for n, v in vars(k).items() if not n.startswith("_")]
        below += [v for k in type(value).__mro__ for v in vars(k).get(ROUTES, {}).values()]
        return any(
            self._leads_on(v.controller if isinstance(v, Mounted) else v, seen, depth - 1) for v in below
        )

    def _exposes(self, kind: type) -> bool:
        known = self._tables.get(kind)
        if known is not None:
            return bool(known.named) or known.rest
        if self._is_rest(kind):
            return True
        return any(
            exposure_of(_function(v)[0]).exposed for klass in kind.__mro__[:-1] for v in vars(klass).values()
        )

    # ------------------------------------------------------------------ tables

    def table(self, kind: type) -> Table:
        """Return the table of a class, made once.

        :raises ControllerError: something of it can't be used as it is written.
        """
        table = self._tables.get(kind)
        if table is None:
            table = Table(kind, rest=self._is_rest(kind), hooks=of_class(kind))
            if issubclass(kind, SecureController):
                table.guard = CLASS_GUARD
            if len(self._tables) < self.KEPT:
                self._tables[kind] = table
            try:
                self._fill(table, kind)
            except Exception:
                self._tables.pop(kind, None)
                raise
        return table

    def _fill(self, table: Table, kind: type) -> None:
        children: dict[str, Child] = {}
        classes = []
        for name, value in _class_attributes(kind):
            functions, how = _implementations(value)
            exposures = [exposure_of(f) for f in functions]
            if any(e.exposed for e in exposures):
                self._expose(table, kind, name, functions, how)
            elif isinstance(value, type) and not name.startswith("_") and self._exposes(value):
                classes.append(name)
            elif not name.startswith("_") and not functions:
                child = self._child(value)
                if child is not None:
                    children[name] = child
        for klass in reversed(kind.__mro__):
            for segment, value in vars(klass).get(ROUTES, {}).items():
                child = self._child(value)
                if child is not None:
                    children[segment] = child
        table.children, table.classes = children, tuple(classes)
        if table.rest:
            self._fill_rest(table, kind)
        for name in classes:
            self.warnings.append(
                f"{kind.__qualname__}.{name} is a class, and no request reaches it: "
                f"give an instance, {name} = {name}()"
            )

    def _expose(self, table: Table, kind: type, name: str, functions: list[Any], how: str) -> None:
        leaf = self._leaf(table, kind, name, functions, how)
        table.named[name] = leaf
        if name in SPECIAL:
            if name == "_route" and table.rest:
                return
            setattr(table, name[1:], leaf)
            return
        if leaf.exposure.handler:
            return
        if name == "index":
            table.index = leaf
        segment = leaf.exposure.route
        if segment is None:
            if name.startswith("_"):
                self.warnings.append(
                    f"{leaf.where} is exposed, and its name is private: no request reaches it; give it a route"
                )
                return
            segment = name
        elif any(segment in vars(k) for k in kind.__mro__):
            raise ControllerError(
                f"its path segment '{segment}' is the name of another attribute of the class",
                fix="choose another route",
                where=leaf.impls[0].where,
            )
        other = table.leaves.setdefault(segment, leaf)
        if other is not leaf:
            raise ControllerError(
                f"its path segment '{segment}' is that of {other.impls[0].where} too",
                fix="choose another route",
                where=leaf.impls[0].where,
            )

    def _leaf(self, table: Table, kind: type, name: str, functions: list[Any], how: str) -> Leaf:
        impls = tuple(
            Method(kind, name, func, stamp_of(func).versions or ANY, f"{kind.__module__}:{kind.__qualname__}")
            for func in functions
        )
        exposure = next(e for e in map(exposure_of, functions) if e.exposed)
        guard = exposure.guard
        if guard is None:
            guard = table.guard
        elif not isinstance(guard, Guard):
            guard = None
        leaf = self._make_leaf(name, impls, how, exposure, guard)
        leaf.hooks = stamp_of(functions[0]).hooks
        if exposure.generic is not None:
            leaf.methods = {
                method: self._leaf(table, kind, func.__name__, [func], INSTANCE)
                for method, func in exposure.generic.handlers
                if _belongs(func, functions[0], kind)
            }
        return leaf

    def _fill_rest(self, table: Table, kind: type) -> None:
        actions = next((vars(k)["_custom_actions"] for k in kind.__mro__ if "_custom_actions" in vars(k)), {})
        made = {}
        for name, methods in actions.items():
            listed = [methods] if isinstance(methods, str) else list(methods)
            made[name] = frozenset(m.upper() for m in listed)
            for method in made[name]:
                if not {f"{method.lower()}_{name}", name} & table.named.keys():
                    self.warnings.append(
                        f"{kind.__qualname__}: the custom action '{name}' has no exposed method for {method}; "
                        f"write and expose {name}, or {method.lower()}_{name}"
                    )
        table.actions = made
        for leaf in table.named.values():
            if leaf.exposure.route is not None:
                raise ControllerError(
                    "a RestController finds its methods by their names: it can't have a route of its own",
                    fix="leave the route out of @expose",
                    where=leaf.impls[0].where,
                )


def _belongs(func: Callable[..., Any], generic: Callable[..., Any], kind: type) -> bool:
    """Tell whether a handler of a generic method is one for this class, not only for some subclass.

    It is, when both were written in one class body, or the class (or a base) has it.
    """
    prefix = generic.__qualname__.rpartition(".")[0]
    if func.__qualname__.rpartition(".")[0] == prefix and func.__module__ == generic.__module__:
        return True
    return any(func is value for klass in kind.__mro__ for value in vars(klass).values())


def _function(value: Any) -> tuple[Any, str]:
    if isinstance(value, staticmethod):
        return value.__func__, STATIC
    if isinstance(value, classmethod):
        return value.__func__, CLASS
    return value, INSTANCE


def _implementations(value: Any) -> tuple[list[Any], str]:
    """Return the plain functions of a class attribute, and how they are called; none for anything else."""
    if isinstance(value, VersionedMethod):
        return list(value.functions), INSTANCE
    func, how = _function(value)
    return ([func], how) if isinstance(func, FunctionType) else ([], how)


def _class_attributes(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a class and its bases, each name once, as they stand in the classes."""
    seen: set[str] = set()
    for klass in kind.__mro__[:-1]:
        for name, value in list(vars(klass).items()):
            if name not in seen:
                seen.add(name)
                if not (name.startswith("__") and name.endswith("__")):
                    yield name, value


def _vars(thing: Any) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield an instance's own public attributes."""
    for name, value in list(_vars(thing).items()):
        if isinstance(name, str) and not name.startswith("_"):
            yield name, value


def _may_be(value: Any) -> bool:
    """Tell whether a value can be a controller at all: an instance of a class written in Python."""
    kind = type(value)
    return bool(kind.__flags__ & _HEAP_TYPE) and not isinstance(
        value, (type, ModuleType, FunctionType, MethodType, staticmethod, classmethod, property, Mounted)
    )


__all__ = ["CLASS", "EMPTY", "INSTANCE", "STATIC", "Child", "Leaf", "Method", "Node", "Table", "Tree"]
