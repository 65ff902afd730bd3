"""What the programs share: figures, the promises they are held to, and the table that shows both."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a program's table.

    :param name: what was tried or measured.
    :param value: what came of it, as text.
    :param promise: what was promised, where the name does not say it.
    :param kept: whether the promise was kept; None for a figure that says nothing but itself.
    """

    name: str
    value: str
    promise: str = ""
    kept: bool | None = None

    @property
    def verdict(self) -> str:
        """``kept``, ``BROKEN``, or nothing where nothing was promised."""
        if self.kept is None and not self.promise:
            return ""
        return "BROKEN" if self.kept is False else "kept"


class Report(list[Figure]):
    """Figures that a run collects."""

    def tell(self, what: str, value: object) -> None:
        """Add a figure."""
        self.append(Figure(what, _text(value)))

    def promise(self, what: str, kept: bool, value: object = "") -> None:
        """Add what was promised, whether it was kept, and the figure that shows it."""
        self.append(Figure(what, _text(value), kept=kept))

    def examples(self, what: str, found: Iterable[object]) -> None:
        """Add the first few of what should not have been."""
        for one in list(found)[:3]:
            self.append(Figure(f"  {what}", f"{one!s:.2000}"))


def broken(figures: Iterable[Figure]) -> list[Figure]:
    """Return the figures whose promises were not kept."""
    return [figure for figure in figures if figure.kept is False]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as an aligned table."""
    rows = [("FIGURE", "VALUE", "PROMISE", ""), *((f.name, f.value, f.promise, f.verdict) for f in figures)]
    # What went wrong may be told at length, and makes no column wider.
    told = [row for row in rows if not row[0].startswith("  ")]
    widths = [max(len(row[n]) for row in told) for n in range(4)]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def program(
    doc: str | None, run: Callable[[bool], Sequence[Figure]], argv: Sequence[str] | None = None
) -> int:
    """Run a program: print its table; return 1 when a promise was broken.

    :param doc: its module's docstring.
    :param run: makes the figures; its argument says whether to take long.
    :param argv: the arguments; None for those of the process.
    """
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--long", action="store_true", help="the long version; its figures stand in the docs")
    long = parser.parse_args(argv).long
    # What nobody has set up logging for is not to stand between the figures.
    logging.getLogger().addHandler(logging.NullHandler())
    started = time.monotonic()
    figures = run(long)
    sys.stdout.write(f"{table(figures)}\n({time.monotonic() - started:.0f} s)\n")
    sys.stdout.flush()
    return 1 if broken(figures) else 0


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else f"{value}"
