"""A tree of objects -> tables: what of a class is exposed, and which attributes are controllers.

1. Only what ``@expose`` stands on, and instances whose classes have such methods (or lead to such), are in a
   table. The walk looks nowhere else: no name that starts with an underscore, no property, no class, no
   module.
2. A class's table is made once. The tree below the root is made, and checked, when the application is; an
   object that ``_lookup`` returns gets its class's table, made when the first of its class is seen.
3. Looking never runs anybody's code: attributes are read from ``__dict__``, not asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apirouter.errors import ControllerError
from apirouter.hooks import of_class
from apirouter.objectdispatch.attributes import (
    attributes,
    belongs,
    class_attributes,
    function,
    implementations,
    may_be,
    own,
)
from apirouter.objectdispatch.expose import ROUTES, SPECIAL, Exposure, exposure_of
from apirouter.objectdispatch.secure import CLASS_GUARD, Guard, Mounted, SecureController
from apirouter.objectdispatch.tables import INSTANCE, Child, Leaf, Method, Node, Table
from apirouter.stamps import stamp_of

#: What a subclass of Pecan's RestController may route by.
_OTHERS_ROUTING = frozenset(
    [f"_handle_{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "options")]
    + ["_handle_custom_action", "_handle_unknown_method", "_find_sub_controllers"]
)


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
        for name, value in list(attributes(controller)):
            child = self._child(value)
            if child is not None:
                children[name] = child
        return node

    def node_of(self, controller: Any) -> Node | None:
        """Return the node of an object that a request's lookup returned; None for what is no controller."""
        known = self._nodes.get(id(controller))
        if known is not None and known.controller is controller:
            return known
        if not may_be(controller):
            return None
        table = self.table(type(controller))
        if not table.answers and not any(self.child_of(v) for _, v in attributes(controller)):
            return None
        return Node(controller, table, table.children, lazy=True)

    def find(self, node: Node, segment: str) -> Child | None:
        """Return the controller that a path segment leads to."""
        found = node.children.get(segment)
        if not node.lazy or segment.startswith("_"):
            return found
        value = own(node.controller).get(segment)
        return (self.child_of(value) if value is not None else None) or found

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
        if not may_be(mounted) or not self._leads_on(mounted, set()):
            return None
        node = self.grow(mounted)
        return Child(node, value.guard, False) if isinstance(value, Mounted) else Child(node)

    def _leads_on(self, value: Any, seen: set[int], depth: int = 8) -> bool:
        """Tell whether an object has exposed methods, or attributes that lead to some."""
        if id(value) in self._nodes:
            return True
        if not may_be(value) or id(value) in seen or not depth:
            return False
        seen.add(id(value))
        if self._exposes(type(value)):
            return True
        below = [v for _, v in attributes(value)]
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
            exposure_of(function(v)[0]).exposed for klass in kind.__mro__[:-1] for v in vars(klass).values()
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
        for name, value in class_attributes(kind):
            functions, how = implementations(value)
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
        table.children = children
        if table.rest:
            self._fill_rest(table, kind)
        table.plain = not (
            table.rest or table.default or table.lookup or table.route or table.guard or table.hooks
        )
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
                    f"{leaf.where} is exposed, and its name is private: no request reaches it, give it a "
                    "route"
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
            Method.of(kind, name, func, f"{kind.__module__}:{kind.__qualname__}") for func in functions
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
                if belongs(func, functions[0], kind)
            }
        return leaf

    def _fill_rest(self, table: Table, kind: type) -> None:
        actions: dict[str, Any] = next(
            (vars(k)["_custom_actions"] for k in kind.__mro__ if "_custom_actions" in vars(k)), {}
        )
        made = {}
        for name, methods in actions.items():
            listed = [methods] if isinstance(methods, str) else list(methods)
            made[name] = frozenset(m.upper() for m in listed)
            for method in made[name]:
                if not {f"{method.lower()}_{name}", name} & table.named.keys():
                    self.warnings.append(
                        f"{kind.__qualname__}: the custom action '{name}' has no method for {method}; "
                        f"write and expose {name}, or {method.lower()}_{name}"
                    )
        table.actions = made
        for klass in kind.__mro__:
            for name in _OTHERS_ROUTING & vars(klass).keys():
                warning = (
                    f"{klass.__qualname__}.{name} is never called: a RestController here is routed by the "
                    "names of its methods; name them get_one, post, put ..., or write and expose _route"
                )
                if warning not in self.warnings:
                    self.warnings.append(warning)
        for leaf in table.named.values():
            if leaf.exposure.route is not None:
                raise ControllerError(
                    "a RestController finds its methods by their names: it can't have a route of its own",
                    fix="leave the route out of @expose",
                    where=leaf.impls[0].where,
                )
