"""Concurrency of building: ``python -m tests.reliability.building [--long]``.

1. Fresh processes in which sixteen threads call ``loadapp`` at once, the first imports included, and change
   places between any two instructions: whole INIs, small ones and broken ones. Each outcome must be the one
   that a single thread gets afterwards: every route, rule and plugin of it, or the error word for word.
2. The same in a child of each, after fork, in a thread for each INI.
3. All of it in Python's development mode, warnings being errors; in the long run the core's unit tests too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.functional.computeapi import write_ini
from tests.reliability import _marked
from tests.reliability._server import ROOT
from tests.reliability._table import Report, program

THREADS = 16
#: WebOb imports the module ``cgi`` where the standard library still has it.
STRICT = ("-X", "dev", "-W", "error", "-W", "ignore:'cgi' is deprecated:DeprecationWarning")
#: The unit tests of what builds and of what serves.
CORE = (
    "tests/unit/routing",
    "tests/unit/dispatch",
    "tests/unit/deploy",
    "tests/unit/filters",
    "tests/unit/policy",
)


def _inis(home: Path) -> list[Path]:
    whole = home / "whole"
    whole.mkdir()
    marked = _marked.write(home)
    text = marked.read_text()
    broken = [
        ("filter", text.replace("[filter:mark]", "[filter:mrk]")),
        ("option", text.replace("service_type =", "sevice_type =")),
        ("factory", text.replace("marked_api:app_factory", "marked_api:app_fatcory")),
    ]
    found = [write_ini(whole), marked]
    for name, wrong in broken:
        found.append(home / f"{name}.ini")
        found[-1].write_text(wrong)
    return found


def _stress(home: Path, report: Report, *, processes: int, rounds: int) -> None:
    inis = _inis(home)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(home), str(ROOT)))}
    command = [sys.executable, *STRICT, "-m", "tests.reliability._building_worker"]
    command += [str(THREADS), str(rounds), *map(str, inis)]
    different: list[str] = []
    noise: list[str] = []
    outcomes: dict[str, set[str]] = {}
    for _ in range(processes):
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        # The application's own log, which nobody has set up here, is no warning.
        noise += re.findall(r"^.*(?:Warning|Exception ignored|Traceback|Fatal).*$", done.stderr, re.M)
        if done.returncode:
            different.append(f"exit status {done.returncode}: {done.stderr[-500:]}")
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        for ini, alone in told["alone"].items():
            outcomes.setdefault(Path(ini).name, set()).add(alone)
            for where in ("threads", "child"):
                got = told[where].get(ini) if isinstance(told[where], dict) else told[where]
                if got != [alone]:
                    other = [one for one in got or () if one != alone] or got
                    different.append(f"{where}: {Path(ini).name}: {other} instead of {alone}")
    report.tell("fresh processes", processes)
    report.tell("loads in threads", processes * THREADS * rounds)
    report.tell("loads in threads of forked children", processes * len(inis))
    report.promise("outcomes other than a single thread's", not different, len(different))
    report.examples("other", different)
    report.promise("warnings and tracebacks", not noise, len(noise))
    report.examples("noise", noise)
    steady = all(len(found) == 1 for found in outcomes.values()) and len(outcomes) == len(inis)
    report.promise("the same in every process", steady)
    errors = sorted(name for name, found in outcomes.items() if any("Error" in one for one in found))
    report.promise(
        "broken INIs refused", errors == ["factory.ini", "filter.ini", "option.ini"], ", ".join(errors)
    )


def _core(report: Report) -> None:
    command = [sys.executable, *STRICT, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)
    last = (done.stdout.strip().splitlines() or [done.stderr[-300:]])[-1]
    report.promise("unit tests of the core, -X dev -W error", done.returncode == 0, last)
    if done.returncode:
        report.examples("failed", re.findall(r"^(?:FAILED|ERROR).*$", done.stdout, re.M))


def run(long: bool) -> Report:
    """Build at once.

    :param long: the figures for the document, instead of a few seconds.
    """
    report = Report()
    with tempfile.TemporaryDirectory() as home:
        _stress(Path(home), report, processes=12 if long else 1, rounds=3 if long else 1)
    if long:
        _core(report)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


if __name__ == "__main__":
    sys.exit(main())
