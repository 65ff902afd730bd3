"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apirouter.errors import ConfigError, one_line

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or doubtful, in an INI.

    :param severity: ``error`` (it would not load) or ``warning``.
    :param code: the rule, as ``filter-twice``.
    :param file: the file.
    :param line: the line, from 1; 0 when there is none.
    :param section: the section as written; empty when there is none.
    :param message: what is wrong, with the references that led there.
    :param fix: the likely fix.
    """

    severity: Severity
    code: str
    file: str
    line: int
    section: str
    message: str
    fix: str = ""

    @classmethod
    def of(cls, error: ConfigError, code: str = "load") -> Finding:
        """Return the finding of an error that the loader would raise."""
        message = error.problem
        if error.chain:
            message += f" (reached by {' -> '.join(error.chain)})"
        return cls("error", code, error.file, error.line, error.section, message, error.fix)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        section = f"[{self.section}] " if self.section else ""
        fix = f"; {self.fix}" if self.fix else ""
        return one_line(f"{place}: {self.severity}: {section}{self.message}{fix} ({self.code})")
