"""Load WSGI applications, filters and servers from INI files: PasteDeploy's meaning, better errors.

The classes are PasteDeploy's, subclassed. What they add:

1. Reading: UTF-8, and ``%(ENV_NAME)s`` (see :mod:`apirouter.deploy.environment`).
2. A trail: every loader knows the sections that led to it, so an error can tell them, and a section that
   leads back to itself is an error instead of a RecursionError.
3. Diagnosis, on failure only: a file that loads pays next to nothing for it.

No state outlives a call: a file that failed can be loaded again, and threads may load at once.
"""

from __future__ import annotations

import configparser
import copy
import importlib.metadata
import io
import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from paste.deploy import loadwsgi

from apirouter.deploy.contexts import PROTOCOLS, Context, Place, at_reference
from apirouter.deploy.environment import EnvironmentInterpolation
from apirouter.deploy.imports import explain_distribution, explain_import, near
from apirouter.deploy.ini import IniFile, read_text, scan
from apirouter.deploy.mistakes import interpolation_error, missing_section
from apirouter.errors import ConfigError, suggest

_SCHEMES = ("config", "egg", "call")


def loadapp(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a WSGI application.

    :param uri: ``config:path.ini``, ``config:path.ini#name``, ``egg:Distribution#name`` or
        ``call:package.module:factory``.
    :param name: the section's or the entry point's name; before the one in the URI, ``main`` when neither is.
    :param relative_to: the directory that a relative path starts from.
    :param global_conf: name -> text: what factories get as ``global_conf`` beside ``[DEFAULT]``.
    :returns: the application.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    return _context(loadwsgi.APP, uri, name, relative_to, global_conf).create()


def loadfilter(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a filter: a function that takes an application and returns one.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    return _context(loadwsgi.FILTER, uri, name, relative_to, global_conf).create()


def loadserver(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Load a server: a function that takes an application and serves it.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    return _context(loadwsgi.SERVER, uri, name, relative_to, global_conf).create()


def appconfig(
    uri: str,
    name: str | None = None,
    relative_to: str | None = None,
    global_conf: Mapping[str, str] | None = None,
) -> Any:
    """Return the configuration of an application without building it.

    :param uri: see :func:`loadapp`, as for the other parameters.
    :returns: a dict of all options, with the attributes ``global_conf``, ``local_conf`` and ``context``.
    :raises ConfigError: the file, or what it names, is wrong; a LookupError.
    """
    return _context(loadwsgi.APP, uri, name, relative_to, global_conf).config()


def _context(
    object_type: Any,
    uri: str,
    name: str | None,
    relative_to: str | None,
    global_conf: Mapping[str, str] | None,
    trail: tuple[Frame, ...] = (),
) -> Context:
    """Resolve a URI, as ``loadwsgi.loadcontext`` does."""
    whole = uri
    uri, sharp, fragment = uri.partition("#")
    if name is None:
        name = fragment if sharp else "main"
    scheme, colon, path = uri.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _SCHEMES:
        problem = f"'{whole}' has no scheme" if not colon else f"'{scheme}' is no scheme that is known here"
        raise _at(trail, whole, problem, f"write one of config:, egg:, call: in front of '{path or uri}'")
    if scheme == "egg":
        return EggLoader(path, trail).get_context(object_type, name, global_conf)
    if scheme == "call":
        return FuncLoader(path, trail).get_context(object_type, name, global_conf)
    loader = ConfigLoader(_path(whole, path, relative_to, trail), trail)
    if global_conf:
        loader.update_defaults(global_conf, overwrite=False)
    return loader.get_context(object_type, name, global_conf)


def _path(uri: str, path: str, relative_to: str | None, trail: tuple[Frame, ...]) -> str:
    relative = not os.path.isabs(path)
    path = path.replace("\\", "/")
    if relative:
        if not relative_to:
            problem = f"'{uri}' is relative, to nothing"
            raise _at(trail, uri, problem, "pass relative_to, or write an absolute path")
        path = relative_to.replace("\\", "/").removesuffix("/") + "/" + path
    return unquote(path[2:] if path.startswith("///") else path)


class Frame(NamedTuple):
    """One section on the way, with what decides how it is read."""

    loader: ConfigLoader
    section: str
    conf: Mapping[str, str] | None

    def text(self, reference: str) -> str:
        """Return section, file and line of what it refers to."""
        line = self.loader.line_of_reference(self.section, reference)
        return f"[{self.section}] {os.path.basename(self.loader.filename)}:{line}"


def _chain(trail: tuple[Frame, ...], last: str) -> list[str]:
    if not trail:
        return []
    names = [frame.section.partition(":")[2].strip() or frame.section for frame in trail[1:]] + [last]
    return [frame.text(name) for frame, name in zip(trail, names, strict=True)]


def _at(trail: tuple[Frame, ...], reference: str, problem: str, fix: str) -> ConfigError:
    """Return an error at the last section of the trail, at the line that has ``reference``."""
    return ConfigError(problem, fix=fix).located(**at_reference(trail, reference))


class _Parser(loadwsgi.NicerConfigParser):  # type: ignore[misc]
    """PasteDeploy's parser, with the environment behind its names."""

    def __init__(self, filename: str, defaults: Mapping[str, str]) -> None:
        super().__init__(filename, defaults=defaults, interpolation=EnvironmentInterpolation())

    def optionxform(self, optionstr: str) -> str:
        """Keep the case of options."""
        return optionstr


class ConfigLoader(loadwsgi.ConfigLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one file, with the trail that led to it.

    :param filename: path of the file.
    :param trail: the sections that led here, outermost first.
    :raises ConfigError: the file can't be read.
    """

    def __init__(self, filename: str, trail: tuple[Frame, ...] = ()) -> None:
        self.filename = filename = filename.strip()
        self.trail = trail
        absolute = os.path.abspath(filename)
        own = {"here": os.path.dirname(absolute), "__file__": absolute}
        # A directory may have a percent sign in its name; it refers to nothing.
        self.parser = _Parser(filename, {key: value.replace("%", "%%") for key, value in own.items()})
        try:
            self.text = read_text(filename)
            self.parser.read_file(io.StringIO(self.text), filename)
        except ConfigError as error:
            if error.line or not trail:
                raise error.located(chain=_chain(trail, os.path.basename(filename))) from error.__cause__
            problem = f"{error.file}: {error.problem}"
            raise _at(trail, os.path.basename(filename), problem, error.fix) from error
        except configparser.Error as error:
            raise self._unreadable(error) from error
        self._sections: dict[tuple[str, str | None], list[str]] = {}
        for section in self.parser.sections():
            prefix, colon, name = section.partition(":")
            self._sections.setdefault((prefix, name.strip() if colon else None), []).append(section)

    @property
    def ini(self) -> IniFile:
        """The file by line; read again each time, for errors only."""
        return scan(self.filename, self.text)

    def where(self, section: str, line: int) -> dict[str, Any]:
        """Return what an error at ``line`` says of its place."""
        trail = self.trail[:-1] if self.trail and self.trail[-1].section == section else self.trail
        chain = _chain(trail, section.partition(":")[2].strip() or section)
        return {"file": self.filename, "line": line, "section": section, "chain": chain}

    def line_of_reference(self, section: str, reference: str) -> int:
        """Return the line of the option in a section that refers to ``reference``, else of the section."""
        found = self.ini.sections.get(section)
        if found is None:
            return 0
        near_line = 0
        for option in found.options.values():
            for number, text in option.lines:
                for word in text.split():
                    if word == reference:
                        return number
                    if word.endswith(("#" + reference, "/" + reference)) or reference in word.split("#"):
                        near_line = near_line or number
        return near_line or found.line

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
            problem = f"'{name}' may be any of {', '.join(f'[{section}]' for section in possible)}"
            raise self._at_reference(name or "main", problem, "rename all but one of them")
        raise self._at_reference(name or "main", *missing_section(self, object_type, name or "main"))

    def _at_reference(self, name: str, problem: str, fix: str) -> ConfigError:
        if self.trail:
            return _at(self.trail, name, problem, fix)
        meant = next((s for s in self.parser.sections() if f"'{s.partition(':')[2].strip()}'" in fix), "")
        line = self.ini.line_of(meant) if meant else 1
        return ConfigError(problem, fix=fix, file=self.filename, line=line)

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of a section, or of a URI.

        :raises ConfigError: it, or what it refers to, is wrong.
        """
        if name is not None and self.absolute_name(name):
            directory = os.path.dirname(self.filename)
            return _context(object_type, name, None, directory, global_conf, self.trail)
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
        path = self.parser.get("DEFAULT", "__file__", raw=True)
        times = 0
        for index, frame in enumerate(self.trail):
            if frame.section == section and frame.loader.parser.get("DEFAULT", "__file__", raw=True) == path:
                times += 1
                before = {**frame.loader.parser._defaults, **(frame.conf or {})}
                if before == {**self.parser._defaults, **(conf or {})} or times > 20:
                    loop = [f"[{f.section}]" for f in self.trail[index:]] + [f"[{section}]"]
                    name = section.partition(":")[2].strip() or section
                    problem = f"{' -> '.join(loop)}: a section leads back to itself"
                    raise _at(self.trail, name, problem, "let one of them refer to something else")
        new = copy.copy(self)
        new.trail = (*self.trail, Frame(self, section, dict(conf) if conf is not None else None))
        return new

    def _context_from_use(
        self, object_type: Any, local_conf: Any, global_conf: Any, global_additions: Any, section: str
    ) -> Context:
        self._one_factory(section, ["use", *(option for option in local_conf if option in PROTOCOLS)])
        context = super()._context_from_use(object_type, local_conf, global_conf, global_additions, section)
        context.places = (Place(self, section), *context.places)
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
        try:
            factory = importlib.metadata.EntryPoint(name="", group="", value=expression).load()
        except Exception as error:
            raise self.error(section, given[0], *explain_import(expression, error)) from error
        context = loadwsgi.LoaderContext(factory, object_type, given[0], global_conf, local_conf, self)
        return Context.of(context, Place(self, section), reference=expression)

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
            fix = "add 'pipeline = filter filter application'"
            raise self.error(section, "", "the pipeline section is missing a 'pipeline' setting", fix)
        if extra:
            problem = f"the pipeline section has extra (disallowed) settings: {', '.join(extra)}"
            raise self.error(section, extra[0], problem, near(extra[0], ["pipeline"]) or "remove them")
        if not options["pipeline"].split():
            raise self.error(section, "pipeline", "the pipeline is empty", "name an application")
        context = super()._pipeline_app_context(object_type, section, **confs)
        return Context.of(context, Place(self, section))

    def _unreadable(self, error: configparser.Error) -> ConfigError:
        """Return the first mistake that keeps the file from being read at all."""
        chain = _chain(self.trail, os.path.basename(self.filename))
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
        new = interpolation_error(error)
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


class EggLoader(loadwsgi.EggLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one distribution's entry points, with the trail that led to it."""

    def __init__(self, spec: str, trail: tuple[Frame, ...] = ()) -> None:
        super().__init__(spec)
        self.trail = trail

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of an entry point.

        :raises ConfigError: distribution or entry point are missing, or it can't be loaded.
        """
        if name is not None and self.absolute_name(name):
            return _context(object_type, name, None, None, global_conf, self.trail)
        uri = f"egg:{self.spec}#{name}"
        try:
            context = super().get_context(object_type, name, global_conf)
            return Context.of(context, trail=self.trail, reference=uri)
        except importlib.metadata.PackageNotFoundError as error:
            problem, fix = explain_distribution(self.spec)
            raise _at(self.trail, f"egg:{self.spec}", f"'{uri}': {problem}", fix) from error
        except Exception as error:
            problem, fix = self._explain(object_type, name or "main", error)
            raise _at(self.trail, f"egg:{self.spec}", problem, fix) from error

    def _explain(self, object_type: Any, name: str, error: Exception) -> tuple[str, str]:
        groups = loadwsgi._flatten(object_type.egg_protocols)
        points = list(importlib.metadata.distribution(self.spec).entry_points)
        found = [point for point in points if point.group in groups and point.name == name]
        if found and not isinstance(error, LookupError):
            problem, fix = explain_import(found[0].value, error)
            return f"'egg:{self.spec}#{name}': {problem}", fix
        if found:
            kinds = " and ".join(sorted(point.group for point in found))
            return f"'{name}' of distribution '{self.spec}' is ambiguous: {kinds}", "use 'call:' instead"
        names = {point.name for point in points if point.group in groups}
        known = f"; it has: {', '.join(sorted(names))}" if names else "; it has none of this kind"
        return f"distribution '{self.spec}' has no {object_type.name} '{name}'{known}", near(name, names)


class FuncLoader(loadwsgi.FuncLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one function, with the trail that led to it."""

    def __init__(self, spec: str, trail: tuple[Frame, ...] = ()) -> None:
        # Not PasteDeploy's own: its only act is to refuse a missing colon, which get_context does.
        self.spec, self.trail = spec, trail

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of a function.

        :raises ConfigError: it can't be imported.
        """
        uri = f"call:{self.spec}"
        try:
            _module, _target = self.spec.split(":")
            context = super().get_context(object_type, name, global_conf)
            context = Context.of(context, trail=self.trail, reference=uri)
        except Exception as error:
            problem, fix = self._explain(error)
            raise _at(self.trail, uri, problem, fix) from error
        if not self.trail:
            # Asked for by code, there is no section to say what it makes; the caller has said it.
            context.protocol = f"paste.{'app' if object_type is loadwsgi.APP else object_type.name}_factory"
        return context

    def _explain(self, error: Exception) -> tuple[str, str]:
        module, colon, target = self.spec.partition(":")
        if not colon or not module or not target or ":" in target:
            return (
                f"'call:{self.spec}' is not of the form call:module:function",
                "write 'call:package.module:function'",
            )
        if "." in target:
            fix = f"instead of 'use', write 'paste.app_factory = {self.spec}' (or what the section makes)"
            return f"'call:{self.spec}': Paste Deploy takes no dot after the colon", fix
        return explain_import(self.spec, error)
