"""Names and variables -> paths: what ``url_for`` asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

    What a name stands for is looked up in few routes and kept: a table has thousands, and few are ever named.

    :param mounted: the live routes; of one name the first that fits is taken.
    """

    def __init__(self, mounted: Sequence[Mounted]) -> None:
        self._mounted = mounted
        #: A route's name, a collection's key and the last part of that -> the numbers of routes.
        self._named: dict[str, list[int]] = {}
        self._collected: dict[str, list[int]] = {}
        self._last: dict[str, set[str]] = {}
        self._found: dict[tuple[str, bool], list[Mounted]] = {}
        collection, numbers = "", []
        for number, one in enumerate(mounted):
            name = one.route.name
            if name:
                self._named.setdefault(name, []).append(number)
            if one.collection != collection:
                collection = one.collection
                numbers = self._collected.setdefault(collection, [])
                self._last.setdefault(_last(collection), set()).add(collection)
            numbers.append(number)

    def path(self, name: str, variables: Mapping[str, Any], project_id: str | None = None) -> str:
        """Return the path of a route.

        :param name: the route's name, or a collection's; with ``id`` the collection's member.
        :param variables: the route's variables; surplus ones become the query: None is left out, a list is
            said once for each of its items.
        :param project_id: the project to stay in.
        :raises RoutingError: no route has this name and these variables.
        """
        given = {k: v for k, v in variables.items() if v is not None}
        candidates = ("id" in given and self._of(name, True)) or self._of(name, False)
        if project_id is not None and "project_id" not in given:
            given["project_id"] = project_id
        fitting = [m for m in candidates if _variables(m) <= set(given)]
        if not fitting:
            if not candidates:
                fix = suggest(name, self._names())
            else:
                lacking = min((_variables(m) - set(given) for m in candidates), key=len)
                fix = f"it needs {', '.join(sorted(lacking))}"
            raise RoutingError(name, fix)
        chosen = max(fitting, key=lambda m: len(_variables(m) & set(given)))
        used = _variables(chosen)
        path = chosen.shape.path(given)
        surplus = {k: v for k, v in given.items() if k not in used and k != "project_id"}
        return f"{path}?{urlencode(surplus, doseq=True, errors='replace')}" if surplus else path

    def _of(self, name: str, member: bool) -> list[Mounted]:
        """Return the live routes of a name, in their order; a collection's key is a name too.

        :param name: the name.
        :param member: whether the collection's members are meant.
        """
        found = self._found.get((name, member))
        if found is None:
            numbers = {n for key in {name, *self._last.get(name, ())} for n in self._standing(key, member)}
            if not member:
                numbers.update(self._named.get(name, ()))
            found = [self._mounted[number] for number in sorted(numbers)]
            if found:
                # As many as there are names.
                self._found[name, member] = found
        return found

    def _standing(self, collection: str, member: bool) -> Iterator[int]:
        """Yield the routes at a collection's own path, or at its members'."""
        last = _last(collection)
        for number in self._collected.get(collection, ()) if collection else ():
            above, _, text = self._mounted[number].template.rpartition("/")
            of_member = text == "{id}" and above.endswith(f"/{last}")
            if of_member == member and (of_member or text == last):
                yield number

    def _names(self) -> set[str]:
        """Return all names."""
        known = {*self._named, *self._collected, *self._last}
        return {name for name in known if self._of(name, False) or self._of(name, True)}


def _last(collection: str) -> str:
    return collection.rpartition("/")[2]


def _variables(mounted: Mounted) -> set[str]:
    return set(mounted.shape.names - {"format"})
