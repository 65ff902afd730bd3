"""A route whose dearer parts are made when they are asked for.

A table of ten thousand routes is connected at every start of a process, and most of its routes are never
generated from nor looked at one by one: key sets, defaults and expressions wait for their first reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import routes

_SETUP = frozenset(
    (
        "routelist",
        "dotkeys",
        "regpath",
        "req_regs",
        "defaults",
        "maxkeys",
        "minkeys",
        "routebackwards",
        "hardcoded",
        "_default_keys",
    )
)


class Route(routes.route.Route):  # type: ignore[misc]
    """A ``routes.Route`` that sets itself up on first use and shares no dict with its caller.

    :param name: the route's name, or None.
    :param routepath: its path, in Routes' syntax.
    :param kargs: defaults and options, as ``routes.Route`` takes them.
    """

    #: The names that a ``{controller}`` in the path stands for.
    controllers: Sequence[str] = ()
    #: Whether it generates the Location of a redirect.
    redirect_target = False

    def __init__(self, name: str | None, routepath: str, **kargs: Any) -> None:
        if "requirements" in kargs:
            kargs["requirements"] = dict(kargs["requirements"])
        super().__init__(name, routepath, **kargs)

    def _setup_route(self) -> None:
        """Leave the work to the first reader of its results."""

    def __getattr__(self, name: str) -> Any:
        if name in _SETUP and "_kargs" in self.__dict__:
            super()._setup_route()
        elif name in ("regexp", "regmatch") and "_kargs" in self.__dict__:
            self.makeregexp(self.controllers)
        if name in self.__dict__:
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<Route {self.name or ''} {self.routepath}>"

    def forget_expressions(self, controllers: Sequence[str]) -> None:
        """Drop the compiled expressions: ``{controller}`` stands for other names now."""
        self.controllers = controllers
        for name in ("regexp", "regmatch"):
            self.__dict__.pop(name, None)
