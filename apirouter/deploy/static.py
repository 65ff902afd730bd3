"""The loader without its last step: everything is read and resolved, nothing is imported, nothing raised.

Same classes, same meaning; where the loader would raise, the error is written down and an empty context takes
the place of what is missing. So all mistakes of a file are found in one pass.
"""

from __future__ import annotations

import configparser
import importlib.metadata
import io
import os
from collections.abc import Mapping
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.contexts import Context
from apirouter.deploy.environment import EnvironmentInterpolation
from apirouter.deploy.files import ConfigLoader, Parser
from apirouter.deploy.ini import IniFile, read_text, scan
from apirouter.deploy.makers import Makers
from apirouter.deploy.packages import EggLoader, FuncLoader
from apirouter.deploy.trail import Frame
from apirouter.errors import ConfigError


class Journal:
    """What a pass over files has met.

    Not shared between passes: each makes its own.
    """

    def __init__(self) -> None:
        self.problems: list[ConfigError] = []
        self.reached: set[tuple[str, str]] = set()
        self._seen: set[tuple[str, int, str]] = set()

    def add(self, error: ConfigError) -> None:
        """Write down an error, once: the first way to it counts."""
        key = error.file, error.line, error.problem
        if key not in self._seen:
            self._seen.add(key)
            self.problems.append(error)

    def makers(self) -> Makers:
        """Return makers of loaders that write here."""
        return Makers(
            lambda path, trail, makers: StaticLoader(path, trail, makers, self),
            StaticEggLoader,
            StaticFuncLoader,
        )


class _Tolerant(EnvironmentInterpolation):
    """Interpolation that takes a value as it stands when it refers to nothing."""

    def __init__(self, loader: StaticLoader) -> None:
        self._loader = loader

    def before_get(self, parser: Any, section: str, option: str, value: str, defaults: Any) -> str:
        """Return ``value`` with its references replaced, if they can be."""
        try:
            return super().before_get(parser, section, option, value, defaults)
        except configparser.InterpolationError as error:
            self._loader.journal.add(self._loader.interpolation_error(error))
            return value


class StaticLoader(ConfigLoader):
    """A loader of one file that imports nothing and writes errors down.

    :param journal: where to.
    """

    def __init__(self, filename: str, trail: tuple[Frame, ...], makers: Makers, journal: Journal) -> None:
        self.journal = journal
        super().__init__(filename, trail, makers)

    @property
    def ini(self) -> IniFile:
        """The file by line."""
        return self._ini

    def sections(self, object_type: Any) -> dict[str, str]:
        """Return name -> section of those that can be referred to: a name like a URI can not."""
        found = super().sections(object_type)
        return {name: section for name, section in found.items() if not self.absolute_name(name)}

    def _parser(self, defaults: Mapping[str, str]) -> Parser:
        return Parser(self.filename, defaults, _Tolerant(self))

    def _read(self) -> None:
        try:
            self.text = read_text(self.filename)
        except ConfigError as error:
            if not isinstance(error.__cause__, UnicodeDecodeError):
                raise self._unread(error) from error
            self.journal.add(self._unread(error))
            text = error.__cause__.object.decode(errors="replace")
            self.text = io.StringIO(text, newline=None).read()
        self._ini = scan(self.filename, self.text)
        for mistake in self._ini.mistakes:
            self.journal.add(mistake)
        self.parser.read_file(io.StringIO(_readable(self._ini)), self.filename)

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of a section or of a URI, an empty one when there is none."""
        try:
            return super().get_context(object_type, name, global_conf)
        except ConfigError as error:
            self.journal.add(error)
            nothing = loadwsgi.LoaderContext(None, object_type, None, {}, {}, self)
            blank = Context.of(nothing, trail=self.trail)
            blank.problem, blank.reference = error, name or ""
            return blank

    def _enter(self, section: str, conf: Mapping[str, str] | None) -> ConfigLoader:
        self.journal.reached.add((os.path.abspath(self.filename), section))
        return super()._enter(section, conf)

    def _factory(self, section: str, option: str, expression: str) -> None:
        return None


class StaticEggLoader(EggLoader):
    """A loader of entry points that looks them up and leaves them there."""

    def _context(self, object_type: Any, name: str | None, global_conf: Mapping[str, str] | None) -> Context:
        distribution = importlib.metadata.distribution(self.spec)
        found = []
        for groups in object_type.egg_protocols:
            points = (loadwsgi.find_entry_point(distribution, group, name or "main") for group in groups)
            found += [point for point in points if point is not None][:1]
        if len(found) != 1:
            raise LookupError(name)
        conf = dict(global_conf or {})
        context = Context.of(
            loadwsgi.LoaderContext(None, object_type, found[0].group, conf, {}, self), trail=self.trail
        )
        context.target = found[0].value
        return context


class StaticFuncLoader(FuncLoader):
    """A loader of functions that leaves them where they are."""

    def _context(self, object_type: Any, global_conf: Mapping[str, str] | None) -> Context:
        module, target = self.spec.split(":")
        if not module or not target or "." in target:
            raise LookupError(self.spec)
        conf = dict(global_conf or {})
        context = loadwsgi.LoaderContext(None, object_type, None, conf, {}, self)
        context = Context.of(context, trail=self.trail)
        context.target = self.spec
        return context


def _readable(ini: IniFile) -> str:
    """Return the file without its mistakes: of what is said twice, the first."""
    lines = []
    for section in ini.sections.values():
        lines.append(f"[{section.name}]")
        for option in section.options.values():
            lines.append(f"{option.name} = " + "\n ".join(text for _, text in option.lines))
    return "\n".join(lines) + "\n"
