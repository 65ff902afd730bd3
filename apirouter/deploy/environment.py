"""``%(ENV_NAME)s`` in an INI's values reads the environment variable NAME.

Rules:

1. Only where Paste Deploy would refuse the name: what the file, or ``global_conf``, calls ``ENV_NAME`` wins.
2. Then the variable; then the default. ``%(ENV_NAME:-text)s`` has it in place and takes it for an empty
   variable too; an option ``ENV_NAME`` of the section ``[environment]`` has it for every place.
3. The variable's text is taken as it is: a ``%`` in it means nothing.
4. Nothing but the value that asks for it sees the variable: no factory, no other name.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from apirouter.deploy.ini import read_text, scan

#: What such a name starts with.
PREFIX = "ENV_"
#: The section that may hold defaults; Paste Deploy passes over sections it does not know.
SECTION = "environment"
_NESTED = re.compile(r"(?<!%)(?:%%)*%\(ENV_[^):]*:-[^)]*%\(")
_REFERENCE = re.compile(r"%%|%\((ENV_[^)]+)\)s")


def lookup(name: str, defaults: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """Return what a name in ``%( )s`` reads from the environment, ready for interpolation.

    :param name: ``ENV_NAME`` or ``ENV_NAME:-text``.
    :param defaults: ``ENV_NAME`` -> value, as ``[environment]`` has them.
    :param environment: ``NAME`` -> value.
    :returns: None when the name does not start with ``ENV_``, or is not set and has no default.
    """
    variable, separator, text = name.partition(":-")
    if not variable.startswith(PREFIX) or variable == PREFIX:
        return None
    value = environment.get(variable[len(PREFIX) :])
    if separator and not value:
        value = text
    return defaults.get(variable) if value is None else value.replace("%", "%%")


class NestedDefaultError(configparser.InterpolationSyntaxError):
    """A default in place refers to another name: it would end at that name's parenthesis."""


class _Names(Mapping[str, str]):
    """The names that a value may refer to: the file's, then the environment's."""

    def __init__(self, own: Mapping[str, str], parser: Any) -> None:
        self._own, self._parser = own, parser

    def __getitem__(self, name: str) -> str:
        if name in self._own:
            return self._own[name]
        plain = name.partition(":-")[0]
        if plain.startswith(PREFIX) and plain in self._own:
            return self._own[plain]
        found = lookup(name, self._defaults(), os.environ)
        if found is None:
            raise KeyError(name)
        return found

    def _defaults(self) -> dict[str, str]:
        if not self._parser.has_section(SECTION):
            return {}
        return {name: self._parser.get(SECTION, name, raw=True) for name in self._parser.options(SECTION)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


class EnvironmentInterpolation(configparser.BasicInterpolation):
    """configparser's interpolation, with the environment behind the file's own names."""

    def before_get(
        self,
        parser: MutableMapping[str, Mapping[str, str]],
        section: str,
        option: str,
        value: str,
        defaults: Mapping[str, str],
    ) -> str:
        """Return ``value`` with its references replaced."""
        if isinstance(value, str) and "%" not in value:
            return value
        if isinstance(value, str) and _NESTED.search(value):
            raise NestedDefaultError(option, section, f"a default with a reference of its own: {value!r}")
        return super().before_get(parser, section, option, value, _Names(defaults, parser))


def environment_conf(path: str, *, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what to pass as ``global_conf`` so that plain ``paste.deploy.loadapp`` reads the file as we do.

    Those names then reach every factory in its ``global_conf``: that is Paste Deploy's way.

    :param path: the INI file.
    :param environ: the variables; those of the process when left out.
    :returns: each ``ENV_`` name that a value of the file refers to and that is set or has a default.
    :raises ConfigError: the file can't be read.
    """
    ini = scan(path, read_text(path))
    own = ini.sections.get(SECTION)
    defaults = {name: option.value for name, option in own.options.items()} if own else {}
    values = (o.value for s in ini.sections.values() for o in s.options.values())
    names = {found[1] for value in values for found in _REFERENCE.finditer(value) if found[1]}
    read = {name: lookup(name, defaults, os.environ if environ is None else environ) for name in names}
    return {name: value for name, value in sorted(read.items()) if value is not None}
