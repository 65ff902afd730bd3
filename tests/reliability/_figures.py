"""What the programs share: a figure, the promise it is held to, and the table that shows both."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a program's table.

    :param name: what was tried or measured.
    :param value: what came of it, as text.
    :param promise: what was promised; empty for a figure that says nothing but itself.
    :param kept: whether the promise was kept.
    """

    name: str
    value: str
    promise: str = ""
    kept: bool = True


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as an aligned table."""
    rows = [("FIGURE", "VALUE", "PROMISE", "")]
    rows += [
        (f.name, f.value, f.promise, ("kept" if f.kept else "BROKEN") * bool(f.promise)) for f in figures
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
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
    started = time.monotonic()
    figures = run(parser.parse_args(argv).long)
    sys.stdout.write(table(figures) + "\n")
    sys.stdout.write(f"({time.monotonic() - started:.0f} s)\n")
    return int(not all(f.kept for f in figures))
