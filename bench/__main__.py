"""Run the benchmarks: ``python -m bench [NAME ...] [-- OPTIONS]``.

Each is a program of its own (``python -m bench.match --help``); options after ``--`` go to every one that runs.
"""

from __future__ import annotations

import subprocess
import sys

NAMES = ("match", "load", "filters", "validation", "policy", "objects")


def main(argv: list[str]) -> int:
    """Run the named benchmarks, or all; return the worst of their exit statuses."""
    split = argv.index("--") if "--" in argv else len(argv)
    chosen, options = argv[:split] or list(NAMES), argv[split + 1 :]
    unknown = [name for name in chosen if name not in NAMES]
    if unknown:
        print(f"bench: there is no '{unknown[0]}'; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    worst = 0
    for name in chosen:
        print(f"== {name}", flush=True)
        worst = max(worst, subprocess.call([sys.executable, "-m", f"bench.{name}", *options]))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
