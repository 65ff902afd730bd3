"""Run every program of this directory, one after the other: ``python -m tests.reliability [--long]``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the programs' names."""
    found = sorted(path.stem for path in HERE.glob("*.py"))
    return [name for name in found if not name.startswith(("_", "test_"))]


def main(argv: list[str]) -> int:
    """Run them all.

    :param argv: passed on to each.
    :returns: how many kept no promise.
    """
    failed = 0
    for name in names():
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        failed += importlib.import_module(f"tests.reliability.{name}").main(argv)
    return failed


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
