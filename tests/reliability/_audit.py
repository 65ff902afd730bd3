"""Ask pip-audit for known vulnerabilities of what is installed: ``python -m tests.reliability._audit``.

It needs PyPI's (or OSV's) vulnerability data, which a machine may not reach: then nothing is audited, and said to
be so, which is no failure. A known vulnerability is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_LINE = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "5"]
_WHERE = "run pip-audit where the data of the package index can be reached"


def main() -> int:
    """Run it; return 1 for a known vulnerability."""
    try:
        done = subprocess.run(_LINE, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return _say(f"nothing was audited: the vulnerability data did not come in time; {_WHERE}")
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return _say(f"nothing was audited: {last[:200]}; {_WHERE}")
    return judged(found)


def judged(found: list[dict[str, Any]]) -> int:
    """Tell what pip-audit found; return 1 for a known vulnerability.

    :param found: its ``dependencies``: name, version and ``vulns`` of each, or why it was skipped.
    """
    audited = [one for one in found if "skip_reason" not in one]
    for one in audited:
        for vulnerability in one["vulns"]:
            fixed = ", ".join(vulnerability.get("fix_versions", [])) or "no version yet"
            _say(f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in {fixed}")
    if not audited:
        return _say(f"nothing was audited: there is no vulnerability data here; {_WHERE}")
    _say(f"{len(audited)} of {len(found)} packages audited")
    return int(any(one["vulns"] for one in audited))


def _say(text: str) -> int:
    sys.stdout.write(f"pip-audit: {text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
