"""Who may go where: guards on methods, on classes, on attributes.

1. ``@secure(check)`` guards a method; ``check`` is a function without arguments, or the name of a method of
   the controller.
2. ``SecureController`` guards every method of a class that has no guard of its own, and the way through it to
   other controllers, with ``check_permissions``.
3. ``secure(controller, check)`` guards a controller where it is mounted, instead of the class's guard;
   ``unlocked`` lifts the class's guard from a method or a mounted controller.
4. A guard that says no ends in a 401. What a guard raises is not caught.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from apirouter.errors import Unauthorized
from apirouter.objectdispatch.expose import say


class SecureState:
    """What was said of a method's guard.

    :param description: how it is shown.
    :param guarded: whether there is one.
    """

    __slots__ = ("_guarded", "description")

    def __init__(self, description: str, guarded: bool) -> None:
        self.description, self._guarded = description, guarded

    def __bool__(self) -> bool:
        return self._guarded

    def __repr__(self) -> str:
        return f"<SecureState {self.description}>"


Any_ = SecureState("Any", False)
Protected = SecureState("Protected", True)


class Guard:
    """A check that a method or a mounted controller must pass.

    :param check: a function without arguments, or the name of a method of the controller.
    """

    __slots__ = ("check",)

    def __init__(self, check: Callable[[], Any] | str) -> None:
        self.check = check

    def ask(self, controller: Any) -> None:
        """Ask.

        :param controller: the controller whose method it may name.
        :raises Unauthorized: it says no.
        """
        check = getattr(controller, self.check) if isinstance(self.check, str) else self.check
        if not check():
            raise Unauthorized


#: What an ``@unlocked`` method has for a guard.
OPEN: Any = Any_
#: The guard of a :class:`SecureController`.
CLASS_GUARD = Guard("check_permissions")


class Mounted:
    """A controller as an attribute, with a guard of its own or with none.

    :param controller: the controller.
    :param guard: the guard; None is open.
    """

    __slots__ = ("controller", "guard")

    def __init__(self, controller: Any, guard: Guard | None) -> None:
        self.controller, self.guard = controller, guard

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "controller"), name)


def _is_check(value: Any) -> bool:
    return isinstance(value, (str, FunctionType, MethodType))


def unlocked(func_or_controller: Any) -> Any:
    """Lift the class's guard from a method, or from a controller that is mounted there."""
    if isinstance(func_or_controller, (FunctionType, MethodType)):
        return say(func_or_controller, guard=OPEN)
    return Mounted(func_or_controller, None)


def secure(func_or_controller: Any, check_permissions: Any = None) -> Any:
    """Guard a method (``@secure(check)``) or a mounted controller (``secure(Sub(), check)``).

    :param func_or_controller: the check, for a method; else the controller.
    :param check_permissions: the check, for a controller.
    :raises TypeError: there is no check: a function or the name of a method.
    """
    if check_permissions is None and _is_check(func_or_controller):
        guard = Guard(func_or_controller)
        return lambda func: say(func, guard=guard)
    if not _is_check(check_permissions):
        raise TypeError(
            "secure takes a check (a function, or the name of a method): write @secure(check) on a method, "
            "secure(controller, check) for a controller"
        )
    return Mounted(func_or_controller, Guard(check_permissions))


class SecureController:
    """The base of controllers that only some may reach; a subclass writes :meth:`check_permissions`."""

    @classmethod
    def check_permissions(cls) -> bool:
        """Tell whether the request may come here."""
        return False
