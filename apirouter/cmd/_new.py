"""What ``apirouter new`` does once its arguments are read."""

from __future__ import annotations

import argparse
import dataclasses
import keyword
import re
import shlex
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from apirouter.cmd import _console
from apirouter.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_GROUP = re.compile(r"\w+(\.\w+)*", re.ASCII)
#: Names that a package would hide something under.
_TAKEN = frozenset(("apirouter", "tests", "test", "setuptools", "pytest", "webob", "routes", "paste"))


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """What differs from one new distribution to the next.

    :param distribution: its name, ``my-widgets``.
    :param package: the package it installs, ``my_widgets``.
    :param plural: the noun of its collection, ``widgets``.
    :param singular: that of a member, ``widget``.
    :param namespace: the entry-point group it registers its plugin in.
    :param service: whether it is a service of its own.
    """

    distribution: str
    package: str
    plural: str
    singular: str
    namespace: str
    service: bool

    @classmethod
    def of(cls, name: str, *, noun: str = "", namespace: str = "", service: bool = False) -> Names:
        """Make the names out of one.

        :param name: the distribution's.
        :param noun: the collection's noun; made of the name when empty.
        :param namespace: the entry-point group; ``<package>.extensions`` when empty.
        :raises ConfigError: a name is none that Python can import.
        """
        package = name.replace("-", "_")
        plural = noun or plural_of(package.rpartition("_")[2])
        if not noun and _is_name(name) and not _is_name(plural):
            raise ConfigError(f"'{plural}', made of '{name}', is no noun", fix="say --noun widgets")
        for what, word in (("name", name), ("noun", plural)):
            if not _is_name(word):
                raise ConfigError(
                    f"'{word}' is no {what} that a module can have",
                    fix="write small letters, digits and dashes, a letter first: my-widgets",
                )
        if package in sys.stdlib_module_names or package in _TAKEN:
            raise ConfigError(
                f"a package '{package}' would hide the module of that name", fix=f"call it my-{name}"
            )
        if namespace and not _GROUP.fullmatch(namespace):
            raise ConfigError(
                f"'{namespace}' is no entry-point group",
                fix="write names with dots between: compute.v21.extensions",
            )
        plural = plural.replace("-", "_")
        return cls(name, package, plural, singular_of(plural), namespace or f"{package}.extensions", service)

    @property
    def words(self) -> dict[str, str]:
        """What stands for each ``${name}`` in the templates."""
        camel = "".join(word.capitalize() for word in self.plural.split("_"))
        return {
            **{f.name: str(getattr(self, f.name)) for f in dataclasses.fields(self)},
            "plural_dashed": self.plural.replace("_", "-"),
            "class_plural": camel,
            "title": self.plural.replace("_", " ").capitalize(),
            "service_type": self.distribution,
            "variable": f"{self.package.upper()}_INI",
            "extras": "serve,policy" if self.service else "policy",
            "package_data": "",
        }


def _is_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None and not keyword.iskeyword(word.replace("-", "_"))


def plural_of(word: str) -> str:
    """Return the plural of a noun, ``libraries`` of ``library``; a word in s is one already."""
    if word.endswith("s"):
        return word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("x", "ch", "sh")) else f"{word}s"


def singular_of(word: str) -> str:
    """Return the singular of a plural, ``library`` of ``libraries``."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        return word[:-1]
    return f"{word}_item"


def create(args: argparse.Namespace) -> int:
    """Write the files, and print their names and what to do next.

    :param args: the parsed arguments.
    """
    names = Names.of(args.name, noun=args.noun, namespace=args.namespace, service=args.service)
    directory = Path(args.directory or names.distribution)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigError(f"{directory} is there already", fix="choose another name, or --directory")
    written = []
    for path, text in sorted(files(names)):
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    # Not one by one: who reads them may stop at the first (`| head`), and the rest would be missing.
    for target in written:
        print(target)
    style = _console.Style(sys.stdout)
    steps = f"cd {shlex.quote(str(directory))} && pip install -e '.[test]' && pytest"
    print(f"\nNext: {style(steps, 'bold')}")
    if names.service:
        print(f"Then: {style('apirouter-serve etc/api-paste.ini', 'bold')}")
    else:
        print(f"Services whose router has namespace = {names.namespace} load it once it is installed.")
    return _console.OK


def files(names: Names) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file of a new distribution.

    :param names: what differs.
    """
    root = Path(__file__).parent / "templates"
    kinds = ("plugin", "service") if names.service else ("plugin",)
    for kind in kinds:
        for template in (root / kind).rglob("*.txt"):
            path = template.relative_to(root / kind).as_posix()
            name = path.removesuffix(".txt").replace("package/", f"{names.package}/")
            name = name.replace("noun.py", f"{names.plural}.py").replace("gitignore", ".gitignore")
            yield name, string.Template(template.read_text(encoding="utf-8")).substitute(names.words)
