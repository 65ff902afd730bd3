"""URLs out of routes, as ``routes.Mapper.generate`` makes them.

1. The answer is Routes': the route by its name, or the first that can take the keys, in Routes' order of
   keys.
2. The cache of URLs is keyed by the values themselves where they are of plain types; Routes' key is
   their text.
3. The tables of keys are made when a URL is first asked for without a route; a route by its name needs
   none.
4. What generates the Location of a redirect makes no scheme-relative one: slashes at its start become
   one.
"""

from __future__ import annotations

from typing import Any

import routes
from routes.util import as_unicode

#: Types whose values are told apart by equality as well as by their text.
_PLAIN = frozenset((str, int, bytes, type(None)))


class Generating(routes.Mapper):  # type: ignore[misc]
    """The half of a mapper that generates."""

    def generate(self, *args: Any, **kargs: Any) -> str | None:
        """Return the URL that a set of keywords makes, or None, as ``routes.Mapper.generate`` does.

        :param args: a route, when it is known.
        :param kargs: the values of variables; others become the query.
        """
        if self.append_slash:
            kargs["_append_slash"] = True
        if not self.explicit:
            kargs.setdefault("controller", "content")
            kargs.setdefault("action", "index")
        own = self.environ
        environ = kargs.pop("_environ", own) or {}
        if "SCRIPT_NAME" in environ:
            script_name = environ["SCRIPT_NAME"]
        else:
            script_name = own.get("SCRIPT_NAME", "") if own else ""
        cache = self.urlcache
        key = _key(args, kargs)
        if cache is not None:
            known = cache.get((script_name, key), self)
            if known is not self:
                return known  # type: ignore[no-any-return]
        for route in args or self._by_keys(kargs):
            if not self._hard(route, kargs):
                continue
            path = route.generate(**kargs)
            if not path:
                continue
            if self.prefix:
                path = self.prefix + path
            if not route.absolute and not (route.static and route.external):
                path = script_name + path
            if getattr(route, "redirect_target", False):
                path = _same_origin(path)
            url = str(path)
            if cache is not None:
                cache.put((script_name, key), url)
            return url
        return None

    def _hard(self, route: Any, kargs: dict[str, Any]) -> bool:
        """Tell whether a route's fixed keys are those that are asked for."""
        for name in route.hardcoded:
            value = kargs.get(name)
            if value:
                default = route.defaults[name]
                if as_unicode(value, self.encoding) != default and not callable(default):
                    return False
        return True

    def _by_keys(self, kargs: dict[str, Any]) -> list[Any]:
        """Return the routes that the keys may generate from, the likeliest first."""
        if not self._created_gens:
            self._create_gens()
        controller = as_unicode(kargs.get("controller"), self.encoding)
        action = as_unicode(kargs.get("action"), self.encoding)
        actions = self._gendict.get(controller) or self._gendict.get("*", {})
        if not actions:
            return []
        known, sorted_by_keys = actions.get(action) or actions.get("*", (None, {}))
        if not known:
            return []
        keys = frozenset(kargs)
        found: list[Any] | None = sorted_by_keys.get(keys)
        if found is None:
            found = [route for route in known if not route.minkeys - route.dotkeys - keys]
            found.sort(key=lambda route: _Nearness(keys, route.maxkeys))
            sorted_by_keys[keys] = found
        return found


class _Nearness:
    """Orders routes by what their keys share with those of a call."""

    __slots__ = ("different", "shared", "size")

    def __init__(self, keys: frozenset[str], own: frozenset[str]) -> None:
        self.different, self.shared, self.size = len(keys ^ own), len(keys & own), len(own)

    def __lt__(self, other: _Nearness) -> bool:
        # No total order: it is Routes' own, and the sort asks nothing but this.
        if not self.different or not other.different:
            return not self.different and bool(other.different)
        if self.different < other.different:
            return True
        if self.shared == other.shared:
            return self.size < other.size
        return other.shared < self.shared


def _key(args: tuple[Any, ...], kargs: dict[str, Any]) -> Any:
    for value in kargs.values():
        if type(value) not in _PLAIN and not callable(value):
            return args, str(kargs)
    try:
        key = args, *kargs.items()
        hash(key)
    except TypeError:
        return args, str(kargs)
    return key


def _same_origin(path: str) -> str:
    if path[:2] in ("//", "/\\"):
        return "/" + path.lstrip("/\\")
    return path
