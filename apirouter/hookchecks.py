"""What a hook's methods look like, before one is called."""

from __future__ import annotations

import math
from collections.abc import Mapping
from inspect import CO_VARARGS
from types import FunctionType, MappingProxyType
from typing import Any

from apirouter.errors import ConfigError

#: The phases, with what their methods are given.
_PHASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "on_route": ("state",),
        "before": ("state",),
        "after": ("state",),
        "on_error": ("state", "error"),
    }
)


def check_methods(hook: Any, base: type) -> None:
    """Refuse a method of a phase that could not be called, and one whose name has a slip in it.

    :param hook: a hook.
    :param base: the base of hooks, whose methods do nothing.
    :raises ConfigError: such a method is there.
    """
    kind = type(hook)
    for klass in kind.__mro__:
        if klass is base or klass is object:
            continue
        for name, value in vars(klass).items():
            if name in _PHASES:
                _check_parameters(klass, name, value)
            elif isinstance(value, FunctionType) and not name.startswith("_"):
                meant = _phase_meant(name)
                if meant and getattr(kind, meant, None) in (None, getattr(base, meant)):
                    raise ConfigError(
                        f"method '{name}' of the hook {klass.__qualname__} is no phase, and is never called",
                        fix=f"did you mean '{meant}'? (a helper's name starts with _)",
                        option="hooks",
                    )


def _phase_meant(name: str) -> str:
    # Letters are compared first: whoever makes no mistake is not to wait for an import.
    if all(len(set(phase) ^ set(name)) > 2 for phase in _PHASES):
        return ""
    import difflib

    return next(iter(difflib.get_close_matches(name, _PHASES, n=1, cutoff=0.8)), "")


def _check_parameters(klass: type, name: str, value: Any) -> None:
    if not isinstance(value, FunctionType) or hasattr(value, "__wrapped__"):
        return
    given, code = _PHASES[name], value.__code__
    most = math.inf if code.co_flags & CO_VARARGS else code.co_argcount
    least = code.co_argcount - len(value.__defaults__ or ())
    if not least <= 1 + len(given) <= most:
        shown = ", ".join(("self", *given))
        raise ConfigError(
            f"{klass.__qualname__}.{name} at {code.co_filename}:{code.co_firstlineno} does not take what a "
            "hook is given",
            fix=f"write def {name}({shown})",
            option="hooks",
        )
