"""The way that led to a section, and the place of a reference in the last section of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from apirouter.errors import ConfigError

if TYPE_CHECKING:
    from apirouter.deploy.files import ConfigLoader


class Frame(NamedTuple):
    """One section on the way, with what decides how it is read."""

    loader: ConfigLoader
    section: str
    conf: Mapping[str, str] | None
    #: Only a composite's factory was taken from it: what its options name is looked up by who uses it.
    used: bool = False

    def text(self, reference: str) -> str:
        """Return section, file and line of what it refers to."""
        line = self.loader.line_of_reference(self.section, reference)
        return f"[{self.section}] {os.path.basename(self.loader.filename)}:{line}"


def chain_of(trail: tuple[Frame, ...], last: str) -> list[str]:
    """Return the texts of a trail, each with the line that refers to the next, the last one to ``last``."""
    if not trail:
        return []
    names = [frame.section.partition(":")[2].strip() or frame.section for frame in trail[1:]] + [last]
    return [frame.text(name) for frame, name in zip(trail, names, strict=True)]


def error_at(trail: tuple[Frame, ...], reference: str, problem: str, fix: str) -> ConfigError:
    """Return an error at the last section of the trail, at the line that has ``reference``."""
    return ConfigError(problem, fix=fix).located(**at_reference(trail, reference))


def at_reference(trail: tuple[Frame, ...], reference: str) -> dict[str, Any]:
    """Return file, line, section and chain of what refers to ``reference`` in the last section of a trail."""
    if not trail:
        return {}
    loader, section = trail[-1].loader, trail[-1].section
    return loader.where(section, loader.line_of_reference(section, reference))
