"""Names and variables -> paths: what ``url_for`` asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from apirouter.errors import ApiRouterError, suggest
from apirouter.routing.build import Mounted


class RoutingError(ApiRouterError, LookupError):
    """No route has a name and these variables.

    :param name: the name asked for.
    :param fix: the likely fix.
    """

    def __init__(self, name: str, fix: str) -> None:
        super().__init__(f"no route '{name}' can be made; {fix}")


class Urls:
    """The live routes by name.

    :param mounted: the live routes; of one name the first that fits is taken.
    """

    def __init__(self, mounted: Iterable[Mounted]) -> None:
        self._by_name = _names(mounted)

    def path(self, name: str, variables: Mapping[str, Any], project_id: str | None = None) -> str:
        """Return the path of a route.

        :param name: the route's name, or a collection's; with ``id`` the collection's member.
        :param variables: the route's variables; surplus ones become the query: None is left out, a list is
            said once for each of its items.
        :param project_id: the project to stay in.
        :raises RoutingError: no route has this name and these variables.
        """
        given = {k: v for k, v in variables.items() if v is not None}
        candidates = self._by_name.get((name, "id" in given)) or self._by_name.get((name, False), [])
        if project_id is not None and "project_id" not in given:
            given["project_id"] = project_id
        fitting = [m for m in candidates if _variables(m) <= set(given)]
        if not fitting:
            if not candidates:
                fix = suggest(name, {n for n, _ in self._by_name})
            else:
                lacking = min((_variables(m) - set(given) for m in candidates), key=len)
                fix = f"it needs {', '.join(sorted(lacking))}"
            raise RoutingError(name, fix)
        chosen = max(fitting, key=lambda m: len(_variables(m) & set(given)))
        used = _variables(chosen)
        path = chosen.shape.path(given)
        surplus = {k: v for k, v in given.items() if k not in used and k != "project_id"}
        return f"{path}?{urlencode(surplus, doseq=True, errors='replace')}" if surplus else path


def _variables(mounted: Mounted) -> set[str]:
    return set(mounted.shape.names - {"format"})


def _names(mounted: Iterable[Mounted]) -> dict[tuple[str, bool], list[Mounted]]:
    """Return (name, whether of a member) -> live routes; a collection's key is a name too."""
    names: dict[tuple[str, bool], list[Mounted]] = {}
    for one in mounted:
        keys = {(one.route.name, False)} if one.route.name else set()
        plain = one.template.rpartition("/")
        if one.collection:
            last = one.collection.rpartition("/")[2]
            if plain[2] == "{id}" and plain[0].endswith(f"/{last}"):
                keys |= {(one.collection, True), (last, True)}
            elif plain[2] == last:
                keys |= {(one.collection, False), (last, False)}
        for key in keys:
            names.setdefault(key, []).append(one)
    return names
