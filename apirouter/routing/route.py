"""A route whose dearer parts are made when they are asked for.

A table of ten thousand routes is connected at every start of a process, and most of its routes are never
generated from nor looked at one by one: key sets, defaults and expressions wait for their first reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlencode

import routes
from routes.util import _str_encode, _url_quote, as_unicode

_SETUP = frozenset(
    (
        "routelist",
        "dotkeys",
        "regpath",
        "req_regs",
        "reqs",
        "defaults",
        "maxkeys",
        "minkeys",
        "routebackwards",
        "hardcoded",
        "_default_keys",
        "_fixed",
    )
)

#: What a route without requirements has; never written to.
_NO_REQUIREMENTS: Mapping[str, str] = MappingProxyType({})

_QUOTED = re.compile(r"[A-Za-z0-9_.~/-]*").fullmatch


def _quote(value: Any, encoding: str | None) -> str:
    """Quote a value for a path; most have nothing to quote."""
    if isinstance(value, str) and _QUOTED(value):
        return value
    return str(_url_quote(value, encoding))


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

    # What routes.Route keeps on each route, here once for the many that have nothing else.
    absolute: bool = False
    collection_name: str | None = None
    conditions: Mapping[str, Any] | None = None
    decode_errors = "replace"
    encoding: str | None = "utf-8"
    explicit: bool = True
    filter: Any = None
    member_name: str | None = None
    minimization: bool = False
    parent_resource: Mapping[str, str] | None = None
    prior: Any = None
    redirect: bool = False
    static: bool = False
    sub_domains: bool = False

    def __init__(self, name: str | None, routepath: str, **kargs: Any) -> None:
        self.name = name
        take = kargs.pop
        conditions = take("conditions", None)
        if conditions is not None:
            self.conditions = conditions
        if not take("_explicit", False):
            self.explicit = False
        if minimize := take("_minimize", False):
            self.minimization = minimize
        if (member := take("_member_name", None)) is not None:
            self.member_name = member
        if (collection := take("_collection_name", None)) is not None:
            self.collection_name = collection
        if (parent := take("_parent_resource", None)) is not None:
            self.parent_resource = parent
        if (encoding := take("_encoding", "utf-8")) != "utf-8":
            self.encoding = encoding
        if (filtering := take("_filter", None)) is not None:
            self.filter = filtering
        if absolute := take("_absolute", False):
            self.absolute = absolute
        if static := take("_static", False):
            self.static = static
            self.external = "://" in routepath
            self.minimization = False
        self._kargs = kargs
        #: What was given; ``reqs`` has the requirements written in the path too.
        self.requirements = kargs.get("requirements") or _NO_REQUIREMENTS
        self.routepath = routepath[1:] if self.minimization and routepath.startswith("/") else routepath

    @classmethod
    def alike(
        cls,
        name: str | None,
        routepath: str,
        kargs: dict[str, Any],
        conditions: Mapping[str, Any],
        names: tuple[str, str, Mapping[str, str] | None],
        explicit: bool,
    ) -> Route:
        """Make one of a resource's many routes, which share what they are given.

        :param name: its name, or None.
        :param routepath: its path, in Routes' syntax.
        :param kargs: controller, action and, if any, requirements; nothing writes to it.
        :param conditions: its ``method``; likewise.
        :param names: the member's, the collection's, and the parent resource.
        :param explicit: whether controller and action have no default.
        """
        # A table has thousands of these: each attribute that is the class's own is left there.
        route = cls.__new__(cls)
        route.name = name
        route.routepath = routepath
        route._kargs = kargs
        route.requirements = kargs.get("requirements") or _NO_REQUIREMENTS
        route.conditions = conditions
        route.member_name, route.collection_name, parent = names
        if parent is not None:
            route.parent_resource = parent
        if not explicit:
            route.explicit = False
        return route

    def _setup_route(self) -> None:
        """Leave the work to the first reader of its results."""

    def __getattr__(self, name: str) -> Any:
        if name in _SETUP and "_kargs" in self.__dict__:
            # The caller's dict stays as it is: this one gets the requirements of the path.
            self.reqs = dict(self.requirements)
            super()._setup_route()
            self._fixed = tuple(
                (key, self.make_unicode(self.defaults[key])) for key in self.maxkeys - self.minkeys
            )
        elif name in ("regexp", "regmatch") and "_kargs" in self.__dict__:
            self.makeregexp(self.controllers)
        if name in self.__dict__:
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def generate(self, _ignore_req_list: bool = False, _append_slash: bool = False, **kargs: Any) -> Any:
        """Return the URL that keywords make of this route, or False, as ``routes.Route.generate`` does.

        :param _ignore_req_list: whether values need not satisfy their requirements.
        :param _append_slash: whether a path without one gets a slash at its end.
        :param kargs: the values; those that are no keys of the route become the query.
        """
        if self.minimization:
            return super().generate(_ignore_req_list, _append_slash, **kargs)
        if not _ignore_req_list:
            for name in self.reqs:
                value = kargs.get(name)
                if value and not self.req_regs[name].match(self.make_unicode(value)):
                    return False
        method = as_unicode(kargs.get("method"), self.encoding)
        if method:
            if self.conditions and method.upper() not in self.conditions.get("method", (method.upper(),)):
                return False
            del kargs["method"]
        for name, default in self._fixed:
            if name not in kargs or self.make_unicode(kargs[name]) != default:
                return False
        values = {name: as_unicode(kargs.get(name), self.encoding) for name in self.minkeys}
        for name, value in values.items():
            if value is None and name not in self.dotkeys:
                return False
        for name, value in values.items():
            if name not in self.dotkeys:
                values[name] = _quote(value, self.encoding)
            elif value:
                values[name] = _quote("." + value, self.encoding)
            elif value is None:
                values[name] = ""
        url = self.regpath % values
        if not url.startswith("/") and not self.static:
            url = "/" + url
        extras = [name for name in kargs if name not in self.maxkeys]
        if _append_slash and not url.endswith("/"):
            url += "/"
        return url + self._query(extras, kargs) if extras else url

    def _query(self, names: list[str], kargs: dict[str, Any]) -> str:
        pairs = []
        for name in names:
            if name not in ("action", "controller"):
                value = kargs[name]
                for item in value if isinstance(value, (tuple, list)) else (value,):
                    pairs.append((name, _str_encode(as_unicode(item, self.encoding), self.encoding)))
        return "?" + urlencode(pairs) if pairs else ""

    def __repr__(self) -> str:
        return f"<Route {self.name or ''} {self.routepath}>"

    def forget_expressions(self, controllers: Sequence[str]) -> None:
        """Drop the compiled expressions: ``{controller}`` stands for other names now."""
        self.controllers = controllers
        for name in ("regexp", "regmatch"):
            self.__dict__.pop(name, None)


def given(route: routes.route.Route) -> Mapping[str, str]:
    """Return the requirements that a route was given beside its path."""
    if type(route) is Route or isinstance(route, Route):
        return route.requirements
    return cast("Mapping[str, str]", route.reqs)
