"""The words for what operators mistype: each function returns what is wrong and the likely fix."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from paste.deploy import loadwsgi

from apirouter.deploy.environment import PREFIX, SECTION, NestedDefaultError
from apirouter.errors import ConfigError, InterpolationConfigError, suggest

if TYPE_CHECKING:
    from apirouter.deploy.files import ConfigLoader

#: What names a factory, not a section.
_DOTTED = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")
_PARTED = re.compile(r"(?P<kind>[A-Za-z-]+)[\s./;=]+(?P<name>.+)")
_KINDS = (loadwsgi.APP, loadwsgi.FILTER, loadwsgi.SERVER)


def missing_section(loader: ConfigLoader, wanted: Any, name: str) -> tuple[str, str]:
    """Say why no section of this name makes this kind of object."""
    for kind in _KINDS:
        section = loader.sections(kind).get(name)
        if loadwsgi.SERVER in (kind, wanted) and not loader.trail:
            # Who asks for an application by name has a server of the same name more often than not.
            continue
        if kind is not wanted and section is not None:
            line = loader.ini.line_of(section)
            problem = (
                f"'{name}' is {_a(kind.name)} ([{section}], line {line}); {_a(wanted.name)} is needed here"
            )
            if wanted is loadwsgi.FILTER:
                return problem, "only filters stand before the last name of a pipeline, and in filter-with"
            if kind is loadwsgi.FILTER and wanted is loadwsgi.APP:
                return problem, "name an application, or a pipeline of this filter that ends with one"
            return problem, f"name {_a(wanted.name)}"
    known = loader.sections(wanted)
    if name in loader.parser.sections():
        return f"[{name}] says not what it is", f"write [{wanted.config_prefixes[0][0]}:{name}]"
    bare = [s for s in loader.parser.sections() if s in loadwsgi._flatten(wanted.config_prefixes)]
    if bare and name == "main":
        return f"[{bare[0]}] has no name", f"write [{bare[0]}:main]"
    problem = f"there is no {wanted.name} '{name}' in {loader.filename}"
    prefix = wanted.config_prefixes[0][0]
    if _DOTTED.fullmatch(name):
        return problem, f"to name a factory, write 'call:{name}'"
    for section in loader.parser.sections():
        kind, called = _parted(section)
        if called == name and suggest(kind.lower(), [prefix]).startswith("did you mean"):
            line = loader.ini.line_of(section)
            return problem, f"write [{prefix}:{name}] in place of [{section}] (line {line})"
    bare_name = name.strip("\"'[](),")
    if bare_name and bare_name != name:
        # A list of Python or YAML; here blanks alone part names.
        what = "quotes" if bare_name == name.strip("\"'") else "quotes, commas and brackets"
        return problem, f"leave the {what} out: {bare_name}"
    return problem, suggest(name, known) if known else f"add a section [{prefix}:{name}]"


def _parted(section: str) -> tuple[str, str]:
    """Return type and name of a section, of ``[filter cors]`` and ``[filter.cors]`` too."""
    kind, colon, name = section.partition(":")
    if colon:
        return kind, name.strip()
    found = _PARTED.fullmatch(section)
    return (found["kind"], found["name"]) if found is not None else (section, "")


def interpolation_error(error: configparser.InterpolationError, known: Iterable[str] = ()) -> ConfigError:
    """Say what is wrong with a ``%`` in a value.

    :param error: PasteDeploy's.
    :param known: the names that the value may refer to.
    """
    option = error.option
    if isinstance(error, configparser.InterpolationMissingOptionError):
        name = error.reference
        if name.startswith(PREFIX):
            variable = name.partition(":-")[0][len(PREFIX) :]
            return InterpolationConfigError(
                f"option '{option}': %({name})s: the environment variable {variable} is not set",
                fix=f"set it, write %({name}:-default)s, or put '{name} = default' into [{SECTION}]",
                option=option,
            )
        problem = f"option '{option}': %({name})s refers to nothing: no '{name}' here or in [DEFAULT]"
        meant = suggest(name, (one for one in known if one != option))
        fix = meant if meant.startswith("did you mean") else f"add '{name}', or write %% for a percent sign"
        return InterpolationConfigError(problem, fix=fix, option=option)
    if isinstance(error, configparser.InterpolationDepthError):
        problem = f"option '{option}' refers to itself through %( )s"
        return InterpolationConfigError(problem, fix="let one of the values stand for itself", option=option)
    if isinstance(error, NestedDefaultError):
        return InterpolationConfigError(
            f"option '{option}': the default of an ENV_ name refers to another name, which it can't",
            fix=f"put the default into [{SECTION}], or write it out",
            option=option,
        )
    return InterpolationConfigError(
        f"option '{option}': a percent sign that starts no %(name)s",
        fix="write %% for a percent sign",
        option=option,
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
