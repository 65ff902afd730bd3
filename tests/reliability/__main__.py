"""Run every program of this package: ``python -m tests.reliability [--long]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from tests import reliability


def main(argv: list[str]) -> int:
    """Run them one after the other; return the sum of their exit statuses."""
    status = 0
    for module in sorted(m.name for m in pkgutil.iter_modules(reliability.__path__)):
        if not module.startswith(("_", "test_")):
            sys.stdout.write(f"== {module}\n")
            sys.stdout.flush()
            status += importlib.import_module(f"tests.reliability.{module}").main(argv)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
