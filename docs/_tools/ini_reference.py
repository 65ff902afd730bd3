"""Write ``docs/ini.md``: every factory that an INI may name, its options, their defaults, and what they say.

Nothing is written by hand: names come from the entry points in ``setup.cfg``, options from the dataclasses
that read them, words from the docstrings.

    python docs/_tools/ini_reference.py            write it
    python docs/_tools/ini_reference.py --check    tell whether it is what would be written
"""

from __future__ import annotations

import configparser
import dataclasses
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from apirouter.dispatch.settings import Settings
from apirouter.filters import healthcheck
from apirouter.objectdispatch.settings import ObjectSettings
from apirouter.openapi.application import Options as OpenAPIOptions
from apirouter.versions import VersionsSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ini.md"

#: Entry-point group -> the heading of its part, and what it says of itself.
_PARTS = {
    "paste.composite_factory": ("Composites", "What a `[composite:...]` section may `use`."),
    "paste.app_factory": ("Applications", "What an `[app:...]` section may `use`."),
    "paste.filter_factory": ("Filters", "What a `[filter:...]` section may `use`."),
}
_HEAD = """# The INI, option by option

<!-- Written by docs/_tools/ini_reference.py; what it says stands in the code. -->

This page is made of the code: names of the entry points, options of the dataclasses that read them, words of
their docstrings. A section names its factory as `use = egg:apirouter#NAME`, or by its dotted name as
`paste.filter_factory = MODULE:NAME` (`paste.app_factory`, `paste.composite_factory`). An option that is not
listed is refused at load, and the nearest one named.

Booleans are `true`/`false`, `yes`/`no`, `on`/`off`, `1`/`0`; several words stand between blanks, commas or on
lines of their own. `%(here)s` is the INI's directory, `%(ENV_NAME)s` a variable of the environment
([the loader](loader.md)). An option that `[DEFAULT]` has too is passed over in a section, as Paste Deploy has it;
`set NAME = ...` in the section comes first.
"""


def page() -> str:
    """Return the whole page."""
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    groups = parser["options.entry_points"]
    parts = [_HEAD]
    for group, (heading, about) in _PARTS.items():
        parts.append(f"## {heading}\n\n{about}\n")
        for line in sorted(groups[group].strip().splitlines()):
            name, _, target = (word.strip() for word in line.partition("="))
            parts.append(_section(name, target, group))
    return "\n".join(parts)


def _section(name: str, target: str, group: str) -> str:
    module_name, _, attributes = target.partition(":")
    factory: Any = importlib.import_module(module_name)
    for attribute in attributes.split("."):
        factory = getattr(factory, attribute)
    kind = group.removeprefix("paste.")
    lines = [f"### {name}", "", f"`use = egg:apirouter#{name}`, or `paste.{kind} = {target}`.", ""]
    lines += [_words(_about(factory, target)), ""]
    spec = _spec(factory, module_name)
    rows = list(_rows(spec)) if spec is not None else []
    if spec is ObjectSettings:
        lines += ["Those of the [router](#router), and:", ""]
    if rows:
        lines += ["| option | default | what it says |", "|---|---|---|", *rows, ""]
    elif spec is not None:
        lines += ["It has no options.", ""]
    else:
        lines += [*_parameters(factory), ""]
    return "\n".join(lines)


def _about(factory: Any, target: str) -> str:
    """Return the first sentence of what is made: of the class, or of the module, that the factory stands in."""
    owner = getattr(factory, "__self__", None)
    module_name, _, name = target.partition(":")
    module = sys.modules[module_name]
    text = inspect.getdoc(factory) or ""
    made = re.match(r"Make a :class:`(\w+)` from an INI section\.$", text)
    if inspect.isclass(owner):
        text = inspect.getdoc(owner) or ""
    elif made and name == "filter_factory":
        text = inspect.getdoc(module) or ""
    elif made:
        text = inspect.getdoc(getattr(module, made[1])) or ""
    words = " ".join(text.split("\n\n")[0].split())
    return re.sub(r" \(``paste\.\w+``\)\.$", ".", words)


def _spec(factory: Any, module_name: str) -> Any:
    """Return the dataclass that reads a factory's options; None for one whose options are names of the INI."""
    said = getattr(factory, "options", None) or getattr(getattr(factory, "__self__", None), "options", None)
    if dataclasses.is_dataclass(said):
        return said
    return {
        "apirouter.routing.router": Settings,
        "apirouter.objectdispatch": ObjectSettings,
        "apirouter.openapi": OpenAPIOptions,
        "apirouter.versions": VersionsSettings,
        "apirouter.filters.healthcheck": healthcheck.Options,
    }.get(module_name)


def _rows(spec: Any) -> Iterator[str]:
    said = {}
    for one in reversed(spec.__mro__):
        said.update(parameters(inspect.cleandoc(one.__doc__ or "")))
    hints = typing.get_type_hints(spec)
    others = {f.name for f in dataclasses.fields(Settings)} if spec is ObjectSettings else set()
    for field in dataclasses.fields(spec):
        if field.name in others:
            continue
        if not field.init or getattr(field.metadata.get("parse"), "__name__", "") == "_nothing":
            continue
        former = field.metadata.get("aliases", ())
        text = _words(said.get(field.name, "")).rstrip(".")
        values = typing.get_args(hints[field.name])
        if typing.get_origin(hints[field.name]) is typing.Literal and not all(
            f"`{v}`" in text for v in values
        ):
            text += f" ({', '.join(f'`{value}`' for value in values)})"
        if former:
            text += f" (formerly {', '.join(f'`{alias}`' for alias in former)})"
        yield f"| `{field.name}` | {_default(field)} | {_cell(text)} |"


def parameters(text: str) -> dict[str, str]:
    """Return what a docstring's ``:param name:`` lines say, by name."""
    found = re.findall(r"^:param (\w+): ?(.*?)(?=^:\w|^\S|\Z)", text, re.M | re.S)
    return {name: " ".join(words.split()) for name, words in found}


def _parameters(factory: Any) -> Iterator[str]:
    """Yield what the docstring says of options that are names of the INI's own."""
    text = inspect.getdoc(factory) or ""
    paragraphs = text.split("\n\n")[1:]
    for paragraph in paragraphs:
        if not paragraph.startswith(":"):
            yield _words(" ".join(paragraph.split()))
            yield ""
    said = parameters(text)
    if said.get("local_conf", "the section's options.") != "the section's options.":
        yield f"Its options: {_words(said['local_conf']).rstrip('.')}."
        yield ""
    if "counts" in said.get("global_conf", ""):
        yield f"Of {_words(said['global_conf']).rstrip('.').replace('; its', ', its')}."


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default
    if value is dataclasses.MISSING:
        if field.default_factory is dataclasses.MISSING:
            return "required"
        value = field.default_factory()
    text = _written(value)
    return f"`{_cell(text)}`" if text else ""


def _written(value: Any) -> str:
    """Return a value as an INI would say it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, types.MappingProxyType)):
        return " ".join(f"{key}={one}" for key, one in value.items())
    if isinstance(value, (tuple, frozenset)):
        return " ".join(map(_written, sorted(value) if isinstance(value, frozenset) else value))
    if isinstance(value, re.Pattern):
        return value.pattern
    return str(value)


def _words(text: str) -> str:
    """Return a docstring's words as Markdown: roles and literals in backquotes."""
    text = re.sub(r":\w+:`[.~]?([^`]+)`", lambda found: f"`{found[1].rpartition('.')[2]}`", text)
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            sys.stderr.write(f"{PAGE} is not what the code says: run python {sys.argv[0]}\n")
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
