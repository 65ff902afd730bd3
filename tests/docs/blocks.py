"""Fenced code blocks of Markdown files, and what they say should happen."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```\s*$", re.M | re.S)
#: What differs from run to run, each replaced by a word in what is shown and in what is printed.
_VARIES = [
    (re.compile(r"req-[0-9a-f]{8}-[0-9a-f-]{27}"), "REQUEST-ID"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"(?i)^date: .*$", re.M), "Date: DATE"),
    (re.compile(r'"adminPass": "[^"]*"'), '"adminPass": "PASSWORD"'),
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"(?:/[\w.+-]+)+/(?=(?:site-packages|apirouter|examples)/)"), ""),
    (re.compile(r"\.(py|ini):\d+"), r".\1:LINE"),
    (re.compile(r"[ \t]+$", re.M), ""),
]


@dataclasses.dataclass(frozen=True)
class Block:
    """One fenced block.

    :param file: where it stands.
    :param line: the line of its fence, from 1.
    :param language: the first word after the fence (``python``, ``console``, ``ini`` ...).
    :param text: what it holds.
    """

    file: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        """``README.md:12``."""
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def files() -> list[Path]:
    """Return every document of the project."""
    readmes = [ROOT / "README.md", *sorted(ROOT.glob("examples/*/README.md"))]
    return [*readmes, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(file: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a file, in order."""
    text = file.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        info = found["info"].split()
        body = re.sub(f"^{found['indent']}", "", found["text"], flags=re.M)
        yield Block(file, text.count("\n", 0, found.start()) + 1, info[0] if info else "", body)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield ``(command, output)`` of a console block: ``$ `` starts a command, a backslash continues it."""
    command, output = "", []
    for line in block.text.splitlines():
        if command.endswith("\\") and not output:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield command, "\n".join(output)
            command, output = line[2:], []
        else:
            output.append(line)
    if command:
        yield command, "\n".join(output)


def steady(text: str) -> str:
    """Return a text with what varies replaced."""
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text.strip()


def same(shown: str, printed: str) -> bool:
    """Tell whether a document shows what was printed; a line ``...`` stands for any lines."""
    shown, printed = steady(shown), steady(printed)
    parts = [re.escape(part) for part in re.split(r"^\.\.\.$", shown, flags=re.M)]
    return re.fullmatch(".*".join(parts), printed, re.S) is not None
