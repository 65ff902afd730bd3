"""The INI that a service was loaded from, as far as a factory knows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Configuration:
    """An INI file, as it was when the service was loaded.

    :param path: the file's.
    :param variables: what factories were given as ``global_conf``.
    :param state: time of its last change in nanoseconds, and its size in bytes.
    """

    path: str
    variables: Mapping[str, str]
    state: tuple[int, int]

    @classmethod
    def of(cls, global_conf: Mapping[str, str] | None) -> Configuration | None:
        """Return the file that a factory's ``global_conf`` names; None when there is none.

        :param global_conf: as Paste Deploy passes it: ``__file__`` is the path, ``here`` its directory.
        """
        path = (global_conf or {}).get("__file__", "")
        state = _state(path)
        if not state:
            return None
        variables = {k: v for k, v in (global_conf or {}).items() if k not in ("__file__", "here")}
        return cls(path, variables, state)

    @property
    def unchanged(self) -> bool:
        """Whether the file is still what was loaded."""
        return _state(self.path) == self.state


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
