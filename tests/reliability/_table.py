"""How the programs tell their figures, and whether their promises were kept."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable


def quiet() -> None:
    """Keep logging that nobody has set up off the figures."""
    logging.getLogger().addHandler(logging.NullHandler())


class Report:
    """Figures and promises of one run.

    :param title: what was done.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._rows: list[tuple[str, str]] = []
        self._broken: list[str] = []

    def tell(self, what: str, value: object) -> None:
        """Add a figure."""
        text = f"{value:,}" if isinstance(value, int) else f"{value}"
        self._rows.append((what, text))

    def promise(self, what: str, kept: bool, value: object = "") -> None:
        """Add a promise, whether it was kept, and the figure that shows it."""
        text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else f"{value}"
        self._rows.append((what, f"{text}  {'kept' if kept else 'BROKEN'}".strip()))
        if not kept:
            self._broken.append(f"{what}: {text}")

    def examples(self, what: str, found: Iterable[object]) -> None:
        """Add the first few of what should not have been."""
        self._rows += [(f"  {what}", f"{one!s:.2000}") for one in list(found)[:3]]

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        return list(self._broken)

    def print(self) -> int:
        """Print the table; return the exit status."""
        width = max(len(what) for what, _ in self._rows)
        lines = [self.title, *(f"  {what:{width}}  {value}" for what, value in self._rows)]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        return 1 if self._broken else 0


def program(run: Callable[..., Report], argv: list[str]) -> int:
    """Run a program; return its exit status.

    :param run: makes the report; ``long`` says whether to take long.
    :param argv: the arguments: ``--long``, or none.
    """
    quiet()
    return run(long="--long" in argv).print()
