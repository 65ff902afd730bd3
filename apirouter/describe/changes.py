"""What changed between two descriptions: operations added, removed, changed.

1. An operation is a method, a mount, a path and, where the body's key decides, an action.
2. Where a method or a file stands is no change to a client, nor is a docstring.
3. An operation whose versions no longer hold all that they held is changed *and* counts as removed: clients lose
   something.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from apirouter.errors import ConfigError
from apirouter.microversion import Version

#: What is compared of an operation.
_COMPARED = ("controller", "versions", "status", "schemas", "rules", "hooks", "plugin", "filters")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    :param kind: ``added``, ``removed`` or ``changed``.
    :param operation: ``POST /v2.1/servers/{id}/action {reboot}``.
    :param details: for what changed, ``versions: 2.1+ -> 2.5+``, one text each.
    :param lossy: whether clients lose something.
    """

    kind: str
    operation: str
    details: tuple[str, ...] = ()
    lossy: bool = False


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the differences between two descriptions, as :func:`.as_data` makes them.

    :param old: the former.
    :param new: the present one.
    :raises ConfigError: the former is no description.
    """
    before, after = dict(_operations(old)), dict(_operations(new))
    found = [Change("removed", name, lossy=True) for name in sorted(before.keys() - after.keys())]
    found += [Change("added", name) for name in sorted(after.keys() - before.keys())]
    for name in sorted(before.keys() & after.keys()):
        details = tuple(
            f"{field}: {before[name][field] or 'none'} -> {after[name][field] or 'none'}"
            for field in _COMPARED
            if before[name][field] != after[name][field]
        )
        if details:
            lossy = not _covers(after[name]["ranges"], before[name]["ranges"])
            found.append(Change("changed", name, details, lossy))
    return found


def _operations(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for application in data["applications"]:
            if application["kind"] != "router":
                yield f"ANY {application['host']}{_joined(application['mount'], '/*')}", _plain(application)
        for route in data["routes"]:
            for path in route["paths"]:
                for method in route["methods"] or ["ANY"]:
                    name = f"{method} {_joined(route['mount'], path)}"
                    if route["implementations"] or route["endpoint"]:
                        yield name, _operation(route, route["implementations"])
                    for action in route["actions"]:
                        yield f"{name} {{{action['key']}}}", _operation(route, action["methods"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"it is no list of routes ({type(error).__name__}: {error})",
            fix="make one with apirouter-routes --format json",
        ) from error


def _joined(mount: str, path: str) -> str:
    prefix: str = mount.removesuffix("/+").removesuffix("/")
    return prefix + path


def _plain(application: Mapping[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_COMPARED, "")
    filters = " > ".join(f["name"] for f in application["filters"])
    return {**empty, "controller": application["type"], "filters": filters, "ranges": []}


def _operation(route: Mapping[str, Any], methods: list[Mapping[str, Any]]) -> dict[str, Any]:
    def joined(texts: Iterator[str]) -> str:
        return ", ".join(dict.fromkeys(filter(None, texts)))

    return {
        "controller": joined(f"{m['controller']}.{m['name']}" for m in methods) or route["endpoint"],
        "versions": joined(_range(m) for m in methods),
        "status": joined(str(m["status"]) for m in methods),
        "schemas": joined(
            f"{s['kind']} {s['name']} {_range(s)}".strip() for m in methods for s in m["schemas"]
        ),
        "rules": joined(r["name"] for m in methods for r in m["rules"]),
        "hooks": joined(h for m in methods for h in m["hooks"]),
        "plugin": joined(m["plugin"] for m in methods) or route["plugin"],
        "filters": " > ".join(route["filters"]),
        "ranges": [(m["min_version"], m["max_version"]) for m in methods],
    }


def _range(record: Mapping[str, Any]) -> str:
    low, high = record["min_version"], record["max_version"]
    if not low and not high:
        return ""
    return low if low == high else f"{low}-{high}" if high else f"{low}+"


def _covers(new: list[tuple[str, str]], old: list[tuple[str, str]]) -> bool:
    """Tell whether every version that was served still is."""
    merged = _merged(new)
    return all(any(low <= lo and hi <= high for low, high in merged) for lo, hi in _merged(old))


def _merged(ranges: list[tuple[str, str]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return ranges of versions as few intervals; a minor version's successor starts where it ends."""
    top = (10**10, 10**10)
    spans = sorted(
        (
            tuple(Version.parse(low)) if low else (0, 0),
            tuple(Version.parse(high)) if high else top,
        )
        for low, high in ranges
    )
    merged: list[Any] = []
    for low, high in spans:
        if merged and low <= (merged[-1][1][0], merged[-1][1][1] + 1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged
