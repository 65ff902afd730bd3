"""What a factory is called with, and whether it takes that."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from apirouter.deploy.imports import near
from apirouter.errors import ConfigError

#: Protocol -> how many arguments come before the options.
_FIRST = MappingProxyType(
    {
        "paste.app_factory": 1,
        "paste.composite_factory": 2,
        "paste.composit_factory": 2,
        "paste.filter_factory": 1,
        "paste.filter_app_factory": 2,
        "paste.server_factory": 1,
        "paste.server_runner": 2,
    }
)
#: The protocols of composites.
COMPOSITES = ("paste.composite_factory", "paste.composit_factory")
#: The options that name a factory, beside ``use``.
PROTOCOLS = frozenset(_FIRST)


def signature_error(factory: Any, name: str, protocol: str, options: Iterable[str]) -> ConfigError | None:
    """Return the error of a factory that does not take what Paste Deploy would call it with.

    :param factory: the factory; it is not called.
    :param name: what to call it.
    :param protocol: ``paste.app_factory`` and so on.
    :param options: the names of the options.
    :returns: None when it takes them, or when it does not say what it takes.
    """
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):
        # Written in C without a signature: calling it is the only way to know.
        return None
    first = _FIRST.get(protocol, 1)
    try:
        signature.bind(*range(first), **dict.fromkeys(options))
    except TypeError as error:
        return _explain(list(signature.parameters.values()), name, first, list(options), str(error))
    return None


def _explain(
    parameters: list[inspect.Parameter], name: str, first: int, options: list[str], reason: str
) -> ConfigError:
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    taken = [p for p in named if p.kind is p.KEYWORD_ONLY or p not in parameters[:first]]
    known = [p.name for p in taken]
    takes = f"takes: {', '.join(known)}" if known else "takes no options"
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for option in options:
            if option not in known:
                problem = f"factory {name} has no option '{option}'; it {takes}"
                return ConfigError(problem, fix=near(option, known) or f"remove '{option}'", option=option)
    names = [p.name for p in parameters]
    if names[:1] == ["self"]:
        fix = "name a class method, a static method or a function"
        return ConfigError(f"factory {name} is a method of an object that nobody has made", fix=fix)
    if names[:2] == ["loader", "global_conf"] and first == 1:
        fix = "write 'paste.composite_factory' in a [composite:...]"
        return ConfigError(f"factory {name} makes a composite: it wants a loader", fix=fix)
    for parameter in taken:
        if parameter.default is parameter.empty and parameter.name not in options:
            problem = f"factory {name} needs option '{parameter.name}'; it {takes}"
            return ConfigError(problem, fix=f"add '{parameter.name} = ...'")
    called = "(loader, global_conf, **options)" if first == 2 else "(global_conf, **options)"
    return ConfigError(f"factory {name} can't be called with {called}: {reason}", fix="let it take these")
