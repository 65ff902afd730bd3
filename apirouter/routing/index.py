# ruff: noqa
"""To be replaced by the index over segments: tries routes one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Index:
    """Finds routes."""

    def __init__(self, routes: Sequence[Any]) -> None:
        self._routes = list(routes)
        for route in self._routes:
            route.makeregexp([])

    def find(self, path: str, method: str, environ: Mapping[str, Any]) -> tuple[Any, dict[str, str]] | None:
        """Find a route."""
        for route in self._routes:
            match = route.match(path, {"REQUEST_METHOD": method})
            if match:
                return route, {
                    k: v for k, v in match.items() if k not in ("controller", "action") and v is not None
                }
        return None

    def methods(self, path: str, environ: Mapping[str, Any]) -> frozenset[str]:
        """Find methods."""
        known = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
        return frozenset(m for m in known if self.find(path, m, environ))
