"""The loader of one INI file: PasteDeploy's, with places, a trail and errors that tell them."""

from __future__ import annotations

import configparser
import importlib.metadata
import io
import os
from collections.abc import Mapping
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.contexts import Context, Place
from apirouter.deploy.environment import EnvironmentInterpolation
from apirouter.deploy.imports import explain_distribution, explain_import, near
from apirouter.deploy.ini import MERGE_MARK, IniFile, read_text, scan
from apirouter.deploy.makers import Makers
from apirouter.deploy.mistakes import interpolation_error, missing_section
from apirouter.deploy.signatures import COMPOSITES, PROTOCOLS
from apirouter.deploy.trail import Frame, chain_of, error_at
from apirouter.errors import ConfigError, suggest


class Parser(loadwsgi.NicerConfigParser):  # type: ignore[misc]
    """PasteDeploy's parser, with the environment behind its names."""

    def __init__(
        self, filename: str, defaults: Mapping[str, str], interpolation: EnvironmentInterpolation
    ) -> None:
        super().__init__(filename, defaults=defaults, interpolation=interpolation)

    def optionxform(self, optionstr: str) -> str:
        """Keep the case of options."""
        return optionstr

    def get(self, section: str, option: str, **kw: Any) -> Any:
        """Return a value, as configparser does; one that refers to nothing without its detours."""
        own = self._defaults if section == self.default_section else self._sections.get(section, {})
        value = own.get(option)
        if kw or type(value) is not str or "%" in value:
            return super().get(section, option, **kw)
        return value


#: The options whose value is the name of one section.
_NAMING = ("use", "filter-with", "next")


def _loop(frames: list[Frame]) -> str:
    """Return the sections that lead back to the first, with their files where there are several."""
    several = len({frame.loader.path for frame in frames}) > 1
    return " -> ".join(
        f"[{frame.section}]" + (f" of {os.path.basename(frame.loader.path)}" if several else "")
        for frame in frames
    )


class ConfigLoader(loadwsgi.ConfigLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one file, with the trail that led to it.

    :param filename: path of the file.
    :param trail: the sections that led here, outermost first.
    :param makers: make the loaders of what it refers to.
    :raises ConfigError: the file can't be read.
    """

    def __init__(self, filename: str, trail: tuple[Frame, ...], makers: Makers) -> None:
        self.filename = filename = filename.strip()
        self.trail, self.makers = trail, makers
        self.path = absolute = os.path.abspath(filename)
        own = {"here": os.path.dirname(absolute), "__file__": absolute}
        # A directory may have a percent sign in its name; it refers to nothing.
        self.parser = self._parser({key: value.replace("%", "%%") for key, value in own.items()})
        self.text = ""
        self._read()
        self._sections: dict[tuple[str, str | None], list[str]] = {}
        for section in self.parser.sections():
            prefix, colon, name = section.partition(":")
            self._sections.setdefault((prefix, name.strip() if colon else None), []).append(section)

    def _parser(self, defaults: Mapping[str, str]) -> Parser:
        return Parser(self.filename, defaults, EnvironmentInterpolation())

    def _read(self) -> None:
        try:
            self.text = read_text(self.filename)
            self.parser.read_file(io.StringIO(self.text), self.filename)
            self._refuse_false_options()
        except ConfigError as error:
            raise self._unread(error) from error
        except configparser.Error as error:
            raise self._unreadable(error) from error

    def _refuse_false_options(self) -> None:
        """Refuse ``[app:main`` and ``>>>>>>> 1a2b: theirs``, which configparser takes for options.

        :raises configparser.ParsingError: there is one.
        """
        parser: Any = self.parser
        for options in (parser._defaults, *parser._sections.values()):
            for name in options:
                if (name.startswith("[") and "]" not in name) or MERGE_MARK.match(name):
                    raise configparser.ParsingError(self.filename)

    def _unread(self, error: ConfigError) -> ConfigError:
        """Return the error of a file that can't be opened: the place of the reference, when there is one."""
        name = os.path.basename(self.filename)
        if error.line or not self.trail:
            return error.located(chain=chain_of(self.trail, name))
        return error_at(self.trail, name, f"{error.file}: {error.problem}", error.fix)

    @property
    def ini(self) -> IniFile:
        """The file by line; read again each time, for errors only."""
        return scan(self.filename, self.text)

    def where(self, section: str, line: int) -> dict[str, Any]:
        """Return what an error at ``line`` says of its place."""
        trail = self.trail[:-1] if self.trail and self.trail[-1].section == section else self.trail
        chain = chain_of(trail, section.partition(":")[2].strip() or section)
        return {"file": self.filename, "line": line, "section": section, "chain": chain}

    def line_of_reference(self, section: str, reference: str) -> int:
        """Return the line of the option in a section that refers to ``reference``, else of the section."""
        found = self.ini.sections.get(section)
        if found is None:
            return 0
        near_line = 0
        for option in found.options.values():
            if not reference and option.name in _NAMING and not any(text.split() for _, text in option.lines):
                return option.line
            for number, text in option.lines:
                for word in text.split():
                    if word == reference:
                        return number
                    file, _, name = word.partition("#")
                    if reference in (file, name) or file.endswith((f":{reference}", f"/{reference}")):
                        near_line = near_line or number
        return near_line or self.factory_line(section)

    def factory_line(self, section: str) -> int:
        """Return the line of the option that names a section's factory, else of the section."""
        found = self.ini.sections[section]
        return next(
            (o.line for o in found.options.values() if o.name == "use" or o.name in PROTOCOLS), found.line
        )

    def sections(self, object_type: Any) -> dict[str, str]:
        """Return name -> section of those that make this kind of object and have a name."""
        prefixes = loadwsgi._flatten(object_type.config_prefixes)
        return {n: found[0] for (prefix, n), found in self._sections.items() if n and prefix in prefixes}

    def find_config_section(self, object_type: Any, name: str | None = None) -> str:
        """Return the section of a name, among those that make this kind of object.

        :raises ConfigError: there is none, or more than one.
        """
        possible: list[str] = []
        for prefixes in object_type.config_prefixes:
            for prefix in prefixes:
                found = list(self._sections.get((prefix, None), ())) if name is None else []
                found += self._sections.get((prefix, "main" if name is None else name), ())
                if found:
                    possible += found
                    break
        if len(possible) == 1:
            return possible[0]
        if possible:
            problem = f"'{name}' is ambiguous: {', '.join(f'[{section}]' for section in possible)}"
            raise self._at_reference(name or "main", problem, "rename all but one of them", possible[-1])
        if name == "" and self.trail:
            raise self._empty_reference()
        raise self._at_reference(name or "main", *missing_section(self, object_type, name or "main"))

    def _empty_reference(self) -> ConfigError:
        """Return the error of ``use =``: a reference without a name, in the last section of the trail."""
        loader, section = self.trail[-1].loader, self.trail[-1].section
        line = loader.line_of_reference(section, "")
        options = loader.ini.sections[section].options.values()
        option = next((option.name for option in options if option.line == line), "an option of it")
        return error_at(self.trail, "", f"'{option}' is empty", "write a name, or remove it")

    def _at_reference(self, name: str, problem: str, fix: str, section: str = "") -> ConfigError:
        """Return an error at what refers to a name; asked for by code, at the section that is meant."""
        if self.trail:
            last = self.trail[-1]
            if last.used and last.loader.path != self.path:
                user = next(frame.section for frame in reversed(self.trail) if not frame.used)
                file = os.path.basename(self.filename)
                fix += f" ([{user}] uses this section, so its names are looked up in {file})"
            return error_at(self.trail, name, problem, fix)
        named = (s for s in self.parser.sections() if f"'{s.partition(':')[2].strip()}'" in fix)
        meant = section or next(named, "")
        line = self.ini.line_of(meant) if meant else 1
        return ConfigError(problem, fix=fix, file=self.filename, line=line)

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of a section, or of a URI.

        :raises ConfigError: it, or what it refers to, is wrong.
        """
        if name is not None and self.absolute_name(name):
            directory = os.path.dirname(self.filename) or "."
            return self.makers.context(object_type, name, None, directory, global_conf, self.trail)
        section = self.find_config_section(object_type, name)
        entered = self._enter(section, global_conf)
        try:
            context = super(ConfigLoader, entered).get_context(object_type, name, global_conf)
        except ConfigError:
            raise
        except configparser.InterpolationError as error:
            raise entered.interpolation_error(error) from error
        except Exception as error:
            raise entered.option_error(section, global_conf, error) from error
        if isinstance(context, Context):
            return context
        return Context.of(context, Place(entered, section))

    def _enter(self, section: str, conf: Mapping[str, str] | None) -> ConfigLoader:
        """Return this loader one section further on.

        :raises ConfigError: the way leads back to the section.
        """
        times = 0
        for index, frame in enumerate(self.trail):
            if frame.section == section and frame.loader.path == self.path and not frame.used:
                times += 1
                before = {**frame.loader.parser._defaults, **(frame.conf or {})}
                if before == {**self.parser._defaults, **(conf or {})} or times > 20:
                    loop = _loop([*self.trail[index:], Frame(self, section, None)])
                    name = section.partition(":")[2].strip() or section
                    problem = f"{loop}: a section leads back to itself"
                    raise error_at(self.trail, name, problem, "let one of them refer to something else")
        return self._on((*self.trail, Frame(self, section, dict(conf) if conf is not None else None)))

    def _on(self, trail: tuple[Frame, ...]) -> ConfigLoader:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.trail = trail
        return new

    def _context_from_use(
        self, object_type: Any, local_conf: Any, global_conf: Any, global_additions: Any, section: str
    ) -> Context:
        self._one_factory(section, ["use", *(option for option in local_conf if option in PROTOCOLS)])
        context = super()._context_from_use(object_type, local_conf, global_conf, global_additions, section)
        context.places = (Place(self, section), *context.places)
        if context.protocol in COMPOSITES and len(context.places) > 1:
            # The names stand in the section that names the factory: an error is told there.
            used = context.places[-1].loader.trail[len(self.trail) :]
            context.loader = self._on((*self.trail, *(frame._replace(used=True) for frame in used)))
        return context  # type: ignore[no-any-return]

    def _context_from_explicit(
        self, object_type: Any, local_conf: Any, global_conf: Any, global_addition: Any, section: str
    ) -> Context:
        given = [option for option in local_conf if option in PROTOCOLS]
        self._one_factory(section, given)
        known = loadwsgi._flatten(object_type.egg_protocols)
        if not given or given[0] not in known:
            raise self._no_factory(section, object_type, list(local_conf), given, known)
        expression = local_conf.pop(given[0])
        factory = self._factory(section, given[0], expression)
        context = loadwsgi.LoaderContext(factory, object_type, given[0], global_conf, local_conf, self)
        found = Context.of(context, Place(self, section), reference=expression)
        found.target = expression
        return found

    def _factory(self, section: str, option: str, expression: str) -> Any:
        try:
            return importlib.metadata.EntryPoint(name="", group="", value=expression).load()
        except Exception as error:
            raise self.error(section, option, *explain_import(expression, error)) from error

    def _one_factory(self, section: str, given: list[str]) -> None:
        if len(given) > 1:
            raise self.error(section, given[-1], f"two factories: {' and '.join(given)}", "keep one of them")

    def _no_factory(
        self, section: str, object_type: Any, options: list[str], given: list[str], known: list[str]
    ) -> ConfigError:
        if given:
            problem = f"'{given[0]}' makes no {object_type.name}, and one is needed here"
            return self.error(section, given[0], problem, f"write {' or '.join(known)}")
        for option in options:
            meant = near(option, ["use", *known])
            if meant:
                return self.error(section, option, f"no factory: '{option}' names none", meant)
        return self.error(
            section, "", "no factory is named", f"add 'use = ...' or '{known[0]} = module:factory'"
        )

    def _filter_app_context(self, object_type: Any, section: str, **confs: Any) -> Context:
        if "next" not in confs["local_conf"]:
            fix = "add 'next = ' and the name of the application behind the filter"
            raise self.error(section, "", "the filter-app section is missing a 'next' setting", fix)
        context = super()._filter_app_context(object_type, section, **confs)
        return Context.of(context, Place(self, section))

    def _pipeline_app_context(self, object_type: Any, section: str, **confs: Any) -> Context:
        options = confs["local_conf"]
        extra = [option for option in options if option != "pipeline"]
        if "pipeline" not in options:
            slip = next((option for option in extra if near(option, ["pipeline"])), "")
            fix = f"write 'pipeline' for '{slip}'" if slip else "add 'pipeline = filter filter application'"
            raise self.error(section, slip, "the pipeline section is missing a 'pipeline' setting", fix)
        if extra:
            problem = f"the pipeline section has extra (disallowed) settings: {', '.join(extra)}"
            raise self.error(section, extra[0], problem, near(extra[0], ["pipeline"]) or "remove them")
        if not options["pipeline"].split():
            raise self.error(section, "pipeline", "the pipeline is empty", "name an application")
        context = super()._pipeline_app_context(object_type, section, **confs)
        return Context.of(context, Place(self, section))

    def _unreadable(self, error: configparser.Error) -> ConfigError:
        """Return the first mistake that keeps the file from being read at all."""
        chain = chain_of(self.trail, os.path.basename(self.filename))
        for mistake in self.ini.mistakes:
            return mistake.located(chain=chain)
        line = getattr(error, "lineno", None) or next((n for n, _ in getattr(error, "errors", ())), 0)
        return ConfigError(f"can't be read: {error.message}", file=self.filename, line=line, chain=chain)

    def error(self, section: str, option: str, problem: str, fix: str = "") -> ConfigError:
        """Return an error at an option of a section, or at its header."""
        line = self.ini.line_of(section, option) if section else 0
        return ConfigError(problem, fix=fix, option=option).located(**self.where(section, line))

    def interpolation_error(self, error: configparser.InterpolationError) -> ConfigError:
        """Return the error of a ``%`` in a value."""
        section = self.ini.sections.get(error.section)
        # Not defaults(): PasteDeploy would read the values, the broken one among them.
        known = {*self.parser._defaults, *(section.options if section is not None else ())}
        new = interpolation_error(error, known)
        place = self.where(error.section, self.ini.line_of(error.section, error.option))
        return new.located(**place)

    def option_error(
        self, section: str, global_conf: Mapping[str, Any] | None, error: Exception
    ) -> ConfigError:
        """Return the error of an option that PasteDeploy itself reads: ``get``, ``require``, ``set``."""
        for name, value in (global_conf or {}).items():
            if not isinstance(value, str):
                problem = f"'{name}' of global_conf is {value!r:.80}, not text"
                return self.error(section, "", problem, "pass strings, as a file has them")
        found = self.ini.sections[section]
        if isinstance(error, KeyError):
            known = {*self.parser.defaults(), *(global_conf or {})}
            for name, option in found.options.items():
                if name.startswith("get ") and option.value not in known:
                    problem = f"'{name}': there is no '{option.value}' in [DEFAULT] or global_conf"
                    return self.error(section, name, problem, suggest(option.value, known))
        if isinstance(error, importlib.metadata.PackageNotFoundError):
            return self.error(section, "require", *explain_distribution(str(error.name)))
        return self.error(section, "", f"{type(error).__name__}: {error}")
