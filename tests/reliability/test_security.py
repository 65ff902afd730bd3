"""Each line of the threat model, by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability import _audit, security


@pytest.mark.parametrize("check", security.CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_security(check: Callable[[Path], None], tmp_path: Path) -> None:
    for package in ("compute_api", "oslo_policy"):
        pytest.importorskip(package)
    check(tmp_path)


def test_a_known_vulnerability_fails_the_lint_and_data_that_is_not_there_does_not() -> None:
    fine = {"name": "webob", "version": "1.8.9", "vulns": []}
    bad = {"name": "old", "version": "0.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2"]}]}
    skipped = {"name": "mine", "skip_reason": "not found"}
    assert _audit.judged([fine, skipped]) == 0
    assert _audit.judged([skipped]) == 0
    assert _audit.judged([fine, bad]) == 1
