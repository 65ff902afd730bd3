"""What an INI calls the filters of a loaded application."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable

from apirouter.describe import class_names
from apirouter.describe.places import type_name
from apirouter.describe.walk import End

_SECTION = re.compile(r"(?:filter|filter-app|app)\s*:\s*(.+)")


def naming(ini: str | None) -> Callable[[End], tuple[str, ...]]:
    """Return what gives the filters in front of an application their names.

    A filter is told by its factory: the section that names it. Of several with one factory, the first in the
    file that is not taken yet is it; one with none keeps the name of its class.

    :param ini: path of the INI; None when there is none.
    """
    if ini is None:
        return class_names
    parser = configparser.RawConfigParser(strict=False)
    parser.read(ini, encoding="utf-8-sig")
    factories: list[tuple[str, str, str]] = []
    for section in parser.sections():
        found = _SECTION.fullmatch(section)
        if found and section.startswith("filter"):
            for option in ("paste.filter_factory", "paste.filter_app_factory", "use"):
                module, _, attribute = (
                    parser.get(section, option, fallback="").removeprefix("call:").partition(":")
                )
                if attribute:
                    factories.append((found[1].strip(), module, attribute))

    def names(end: End) -> tuple[str, ...]:
        taken: list[str] = []
        for number, name in enumerate(class_names(end)):
            taken.append(_named(type_name(end.filters[number]), factories, taken) or name)
        return tuple(taken)

    return names


def _named(kind: str, factories: list[tuple[str, str, str]], taken: list[str]) -> str:
    module, _, qualname = kind.partition(":")
    alike = [f for f in factories if f[1] == module]
    exact = [f for f in alike if qualname in f[2].split(".")]
    free = [name for name, _, _ in exact or alike if name not in taken]
    return free[0] if free else ""
