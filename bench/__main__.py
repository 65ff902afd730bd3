"""Run the benchmarks: ``python -m bench [NAME ...] [--short] [--json FOLDER] [--markdown FILE] [-- OPTIONS]``.

Each is a program of its own (``python -m bench.match --help``); options after ``--`` go to every one that runs.
``--markdown`` writes what they print into a document: in place of what stands between ``<!-- bench NAME -->``
and ``<!-- /bench NAME -->``.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

#: The benchmarks, and what makes each as short as it gets.
SHORT = {
    "whole": ("--short",),
    "waterfall": ("--short",),
    "growth": ("--short",),
    "cold": ("--short",),
    "sockets": ("--short",),
    "load": ("--short",),
    "match": ("--rounds", "2", "--sizes", "50,100"),
    "filters": ("--rounds", "2"),
    "validation": ("--rounds", "2"),
    "policy": ("--rounds", "2"),
    "objects": ("--rounds", "1", "--calls", "20"),
}
NAMES = tuple(SHORT)
#: The place for what is said of the machine.
MACHINE = "machine"


def run(name: str, options: list[str]) -> tuple[int, str]:
    """Run one benchmark, and show what it prints while it does.

    :param name: which.
    :param options: its options.
    :returns: its exit status and what it printed.
    """
    command = [sys.executable, "-u", "-m", f"bench.{name}", *options]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def machine() -> str:
    """Return what the figures were measured on."""
    cpus = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", cpus.read_text()) if cpus.exists() else None
    model = found[1].strip() if found else platform.machine()
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()}, {os.cpu_count()} processors ({model}){load}\n"


def rewritten(document: str, printed: Mapping[str, str]) -> str:
    """Return a document with what was printed between its markers.

    :param document: the document.
    :param printed: benchmark -> what it printed; what has no markers is left out.
    """
    for name, text in printed.items():
        block = f"<!-- bench {name} -->\n```text\n{text.strip(chr(10))}\n```\n<!-- /bench {name} -->"
        start, end = re.escape(f"<!-- bench {name} -->"), re.escape(f"<!-- /bench {name} -->")
        document = re.sub(f"{start}.*?{end}", lambda _, block=block: block, document, flags=re.DOTALL)
    return document


def main(argv: list[str]) -> int:
    """Run the named benchmarks, or all; return the worst of their exit statuses."""
    split = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="bench", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--short", action="store_true", help="as short as it gets: shows that they run")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="write the figures there, NAME.json each")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables into this document")
    options = parser.parse_args(argv[:split])
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no '{unknown[0]}'; there are {', '.join(NAMES)}")
    if options.json:
        options.json.mkdir(parents=True, exist_ok=True)
    worst = 0
    for name in options.names or NAMES:
        given = [*(SHORT[name] if options.short else ()), *argv[split + 1 :]]
        if options.json:
            given += ["--json", str(options.json / f"{name}.json")]
        print(f"== {name}", flush=True)
        status, text = run(name, given)
        worst = max(worst, abs(status))
        if options.markdown and not status:
            document = options.markdown.read_text(encoding="utf-8")
            printed = {MACHINE: machine(), name: text}
            options.markdown.write_text(rewritten(document, printed), encoding="utf-8")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
