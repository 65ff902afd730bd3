"""The service's own tests pass on re-exports and settings alone."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """The service, installed for one test."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[acme.api.v21.extensions]\n"
        "gadgets = acme.api.openstack.compute.gadgets:Gadgets\n"
        "gadget_colour = acme.api.openstack.compute.gadgets:GadgetColour\n"
    )
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name == "acme" or name.startswith("acme.")]:
        del sys.modules[name]


def test_a_service_of_2017_moves_by_re_exports_and_settings_alone(acme):
    suite = unittest.defaultTestLoader.loadTestsFromName("acme.gadgets_tests")
    assert suite.countTestCases() >= 25
    result = unittest.TestResult()
    suite.run(result)
    assert [f"{case}: {text}" for case, text in [*result.failures, *result.errors]] == []


def test_the_plugin_knows_nothing_of_apirouter():
    for file in ("gadgets.py",):
        assert "apirouter" not in (HERE / "acme/api/openstack/compute" / file).read_text().replace(
            "nothing in it knows of apirouter", ""
        )
