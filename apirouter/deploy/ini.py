"""An INI file read twice: by configparser, for its meaning, and by line, for its places.

:func:`scan` follows configparser's rules (delimiters ``=`` and ``:``, full-line comments, indented
continuation lines) and remembers on which line everything stands. Unlike configparser it does not stop at the
first mistake: it lists them all.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from apirouter.errors import ConfigError

_HEADER = re.compile(r"\[(?P<header>.+)\]")
#: What version control leaves at the start of a line, also where a delimiter makes it the name of an option.
MERGE_MARK = re.compile(r"(<{7}|>{7}|\|{7})([\s=:]|$)|={7}(\s|$)")
_OPTION = re.compile(r"(?P<option>.*?)\s*(?:(?P<vi>=|:)\s*(?P<value>.*))$")
#: The section whose options are every section's.
DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Option:
    """One option as it stands in a file.

    :param name: the text before the delimiter.
    :param line: the line it starts on, from 1.
    :param lines: the lines of the value, each with its number; blank ones are kept, comments left out.
    """

    name: str
    line: int
    lines: tuple[tuple[int, str], ...]

    @property
    def value(self) -> str:
        """Return the value before interpolation, lines joined."""
        return "\n".join(text for _, text in self.lines).rstrip()

    def line_of(self, word: str) -> int:
        """Return the line of the value that has ``word`` between blanks, else the option's own."""
        return next((number for number, text in self.lines if word in text.split()), self.line)


@dataclass(frozen=True, slots=True)
class Section:
    """One section as it stands in a file.

    :param name: the text between the brackets.
    :param line: the line of the header.
    :param options: name -> option; the first of several with one name.
    """

    name: str
    line: int
    options: dict[str, Option] = field(default_factory=dict)

    def line_of(self, option: str, word: str = "") -> int:
        """Return the line of an option (of a word of its value), else the header's."""
        found = self.options.get(option)
        if found is None:
            return self.line
        return found.line_of(word) if word else found.line


@dataclass(frozen=True, slots=True)
class IniFile:
    """A file by section, option and line.

    :param path: where it was read.
    :param sections: name -> section, ``DEFAULT`` among them when the file has it.
    :param mistakes: what configparser would refuse, and headers without their end, in the order of the file.
    """

    path: str
    sections: dict[str, Section]
    mistakes: tuple[ConfigError, ...]

    def line_of(self, section: str, option: str = "", word: str = "") -> int:
        """Return the line of a section, of an option in it (or in DEFAULT), of a word in its value.

        :returns: from 1; 0 when there is nothing of that name.
        """
        found, default = self.sections.get(section), self.sections.get(DEFAULT)
        if (
            default is not None
            and option in default.options
            and option not in (found.options if found else ())
        ):
            found = default
        return found.line_of(option, word) if found is not None else 0


def read_text(path: str) -> str:
    """Return the text of an INI file.

    :raises ConfigError: it is missing, a directory, not readable or not UTF-8; it says which.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except FileNotFoundError as error:
        raise ConfigError("there is no such file", fix="check the path", file=path) from error
    except IsADirectoryError as error:
        raise ConfigError("is a directory, not an INI file", fix="name a file in it", file=path) from error
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
        raise ConfigError(problem, fix="check the permissions", file=path) from error
    except ValueError as error:
        raise ConfigError(f"is no path: {error}", file=repr(path)) from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigError(
            f"byte {data[error.start]:#04x} in column {column} is not UTF-8",
            fix="save the file as UTF-8",
            file=path,
            line=line,
            section=_section_before(data[: error.start]),
        ) from error
    if text.startswith("\ufeff"):
        raise ConfigError(
            "starts with a byte order mark", fix="save it as UTF-8 without one", file=path, line=1
        )
    return io.StringIO(text, newline=None).read()


def _section_before(data: bytes) -> str:
    """Return the section that bytes at the end of ``data`` would stand in."""
    sections = scan("", data.decode(errors="replace")).sections
    return list(sections)[-1] if sections else ""


class _Scanner:
    """The state of one scan."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sections: dict[str, Section] = {}
        self.mistakes: list[ConfigError] = []
        self.section: Section | None = None
        self.option = ""
        self.start = 0
        self.lines: list[tuple[int, str]] = []
        self.indent = 0

    def feed(self, number: int, line: str) -> None:
        value = line.strip()
        if not value or value[0] in "#;":
            if not value and self.option:
                self.lines.append((number, ""))
            return
        indent = len(line) - len(line.lstrip())
        if self.section is not None and self.option and indent > self.indent:
            self.lines.append((number, value))
            return
        self.indent = indent
        self.end_option()
        header = _HEADER.match(value)
        if header is not None:
            self.start_section(number, header["header"])
        elif MERGE_MARK.match(value):
            problem = f"'{value:.60}' is the mark of a merge that met a conflict"
            self.mistake(number, problem, "keep one of the two sides, and remove the marks")
        elif value.startswith("[") and "]" not in value:
            self.mistake(number, f"'{value:.60}' is a header without its end", f"write '{value:.60}]'")
        elif self.section is None:
            self.mistake(
                number, f"'{value:.60}' stands before any section", "put a [section] header above it"
            )
        else:
            self.start_option(number, value, self.section)

    def start_section(self, number: int, name: str) -> None:
        new = Section(name, number)
        first = self.sections.get(name)
        if first is not None and name != DEFAULT:
            self.section = first
            problem = f"section [{name}] is already on line {first.line}"
            self.mistake(number, problem, "merge the two, or rename one", section=name)
        self.section = self.sections.setdefault(name, new)

    def start_option(self, number: int, value: str, section: Section) -> None:
        found = _OPTION.match(value)
        name = found["option"].rstrip() if found is not None else ""
        if found is None or not name:
            problem = f"'{value:.60}' is neither a section nor an option"
            self.mistake(number, problem, "write 'name = value', or indent it to continue a value")
            return
        if name in section.options:
            problem = f"option '{name}' is already on line {section.options[name].line}"
            self.mistake(number, problem, "remove one of the two", option=name)
        self.option, self.start, self.lines = name, number, [(number, found["value"].strip())]

    def end_option(self) -> None:
        if self.option and self.section is not None:
            new = Option(self.option, self.start, tuple(self.lines))
            self.section.options.setdefault(self.option, new)
        self.option = ""

    def mistake(self, number: int, problem: str, fix: str, *, option: str = "", section: str = "") -> None:
        section = section or (self.section.name if self.section is not None else "")
        self.mistakes.append(
            ConfigError(problem, fix=fix, option=option, section=section, file=self.path, line=number)
        )


def scan(path: str, text: str) -> IniFile:
    """Read an INI file by line.

    :param path: what to call the file.
    :param text: what is in it.
    :returns: its sections and options with their lines, and what configparser would refuse.
    """
    scanner = _Scanner(path)
    for number, line in enumerate(_lines(text), 1):
        scanner.feed(number, line)
    scanner.end_option()
    return IniFile(path, scanner.sections, tuple(scanner.mistakes))


def _lines(text: str) -> Iterator[str]:
    # As a file iterates: only at line feeds, where str.splitlines knows a dozen more characters.
    return iter(text.split("\n"))
