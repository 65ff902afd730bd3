"""Run Routes' own test suite on our Mapper (see the README beside this file).

``run.py`` copies this file to the top of the unpacked sdist, as its conftest: it puts ``apirouter``'s
Mapper where the suite looks for Routes', and supplies the few functions of ``nose`` that the suite
imports (nose runs on no Python of today).
"""

from __future__ import annotations

import sys
import types
import unittest
from typing import Any

import pytest
import routes
import routes.base
import routes.mapper

from apirouter.routing.mapper import Mapper

for module in (routes, routes.base, routes.mapper):
    module.Mapper = Mapper

_case = unittest.TestCase()
_tools = types.ModuleType("nose.tools")
_tools.eq_ = _case.assertEqual  # type: ignore[attr-defined]
_tools.assert_raises = _case.assertRaises  # type: ignore[attr-defined]
_tools.assert_is_none = _case.assertIsNone  # type: ignore[attr-defined]
_nose = types.ModuleType("nose")
_nose.tools = _tools  # type: ignore[attr-defined]
sys.modules.setdefault("nose", _nose)
sys.modules.setdefault("nose.tools", _tools)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Refuse to pass for want of tests."""
    if len(items) < 150:
        pytest.exit(f"only {len(items)} tests of Routes were collected", returncode=3)


def pytest_report_header() -> str:
    """Say whose mapper is tested."""
    return f"routes.Mapper is {routes.Mapper.__module__}.{routes.Mapper.__qualname__}"
