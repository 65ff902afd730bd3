"""What a request reads of a tree: methods, classes, controllers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

from apirouter.dispatch.call import Handler
from apirouter.dispatch.resource import Implementation
from apirouter.hooks import Phases
from apirouter.objectdispatch.expose import Exposure
from apirouter.objectdispatch.secure import Guard
from apirouter.objectdispatch.signature import Signature

#: How a method is called: with its instance, with its class, with neither.
INSTANCE, CLASS, STATIC = "instance", "class", "static"


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
    :param where: ``module.Class.method``.
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
    where: str = ""
    phases: dict[tuple[int, ...], Phases | None] = dataclasses.field(default_factory=dict)

    @property
    def func(self) -> Callable[..., Any]:
        """The plain function."""
        return self.impls[0].func

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
    :param plain: whether methods and children are all there is: no code decides, no guard or hook stands
        here.
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
    plain: bool = False

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
