"""A method's signature, read once -> a function that makes the arguments of a call.

1. Path segments fill the positional parameters, in order; what is left over goes to ``*args``. Without
   ``*args`` a surplus segment is a 404 that names it.
2. A positional parameter that the path leaves open is taken from query, form or JSON body by its name, else
   from its default, else the request is a 400 that names it. So are keyword-only ones.
3. ``**kw`` receives every other parameter of query, form and JSON body; without it they are dropped, or with
   ``strict_arguments`` a 400 that names the first.
4. The path wins over the query, the query over nothing: a name that query and body both have is a list, and
   so is one that is repeated.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apirouter.errors import ControllerError, RequestError, RouteNotFound, clip

_EMPTY = inspect.Parameter.empty


class MissingArgument(RequestError):
    """A request lacks what the method needs.

    :param name: the parameter.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Missing argument '{name}'")


class MissingSegment(RequestError):
    """A path lacks an id that the method needs.

    :param name: the parameter.
    """

    code = 404

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The resource could not be found: the path has no '{name}'.")


class SurplusSegment(RouteNotFound):
    """A path goes on where nothing is.

    :param segment: the first segment that nothing takes.
    """

    def __init__(self, segment: str) -> None:
        self.segment = segment
        RequestError.__init__(self, f"The resource could not be found: nothing takes '{clip(segment)}'.")


class SurplusArgument(RequestError):
    """A request has a parameter that the method does not know.

    :param name: its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Unknown argument '{clip(name)}'")


class Signature:
    """The parameters of one exposed method that a request fills.

    :param func: the plain function.
    :param given: how many leading parameters the dispatcher fills itself: ``self``, and ``req`` and ``resp``
        in explicit mode.
    :param where: the method, for errors.
    :raises ControllerError: it has fewer parameters than that.
    """

    __slots__ = (
        "count",
        "defaults",
        "given",
        "keywords",
        "names",
        "needs_values",
        "required",
        "takes_any",
        "varargs",
    )

    def __init__(self, func: Callable[..., Any], given: int, where: str = "") -> None:
        parameters = list(inspect.signature(func).parameters.values())
        positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.varargs = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        if len(positional) < given and not self.varargs:
            wanted = ", ".join(("self", "req", "resp")[-given:] if given < 3 else ("self", "req", "resp"))
            raise ControllerError(
                f"it takes {len(positional)} arguments, and is called with {given} ({wanted}) before its own",
                fix="add them in front, or set use_context_locals",
                where=where,
            )
        own = positional[given:]
        #: Names of the positional parameters.
        self.names = tuple(p.name for p in own)
        self.given, self.count = given, len(own)
        self.defaults: Mapping[str, Any] = {p.name: p.default for p in own if p.default is not _EMPTY}
        #: Names of the positional parameters without a default.
        self.required = tuple(p.name for p in own if p.default is _EMPTY)
        self.keywords = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        #: Whether a call needs query, form or body whatever the path has.
        self.needs_values = bool(self.keywords) or self.takes_any

    def fits(self, path: Sequence[str]) -> bool:
        """Tell whether a method may be called with these positional arguments and nothing else."""
        return len(self.required) <= len(path) and (self.varargs or len(path) <= self.count)

    def bind(
        self, path: Sequence[str], values: Callable[[], dict[str, Any]], strict: bool = False
    ) -> tuple[list[Any], list[Any], dict[str, Any]]:
        """Make the arguments of a call.

        :param path: the path's segments, none of them empty.
        :param values: reads query, form and body: name -> value, a list where there are several.
        :param strict: refuse a parameter that nothing takes.
        :returns: positional arguments, those of ``*args``, and keywords.
        :raises SurplusSegment: the path is too long (404).
        :raises MissingArgument: something is not given (400).
        :raises SurplusArgument: something is unknown, and ``strict`` is set (400).
        """
        filled, count = len(path), self.count
        rest: list[Any] = []
        if filled >= count:
            if filled > count:
                if not self.varargs:
                    raise SurplusSegment(path[count])
                rest = list(path[count:])
            args = list(path[:count])
            if not self.needs_values and not strict:
                return args, rest, {}
            given = values()
        else:
            args = list(path)
            given = values()
            for name in self.names[filled:]:
                if name in given:
                    args.append(given.pop(name))
                elif name in self.defaults:
                    args.append(self.defaults[name])
                else:
                    raise MissingArgument(name)
        keywords: dict[str, Any] = {}
        for name, default in self.keywords.items():
            if name in given:
                keywords[name] = given.pop(name)
            elif default is _EMPTY:
                raise MissingArgument(name)
        if self.takes_any:
            for name, value in given.items():
                if name not in self.names:
                    keywords[name] = value
        elif strict:
            for name in given:
                if name not in self.names:
                    raise SurplusArgument(name)
        return args, rest, keywords
