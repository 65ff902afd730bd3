"""Run PasteDeploy's own tests, its public functions replaced by ours.

Given to pytest as a plugin, for the tests of PasteDeploy's source distribution (``tox -e pastedeploy``). No
conftest.py: our own tests, which compare with PasteDeploy's functions, must never find them replaced. The
replacement is this one run's, before a test imports a name: apirouter itself patches nothing.
"""

from __future__ import annotations

import paste.deploy
import pytest
from paste.deploy import loadwsgi

from apirouter import deploy

NAMES = ("loadapp", "loadfilter", "loadserver", "appconfig")

for _name in NAMES:
    setattr(loadwsgi, _name, getattr(deploy, _name))
    setattr(paste.deploy, _name, getattr(deploy, _name))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse to pass for the wrong reason: every test module must hold our functions."""
    for item in items:
        held = vars(item.module) if isinstance(item, pytest.Function) else {}
        for name in NAMES:
            if name in held and held[name] is not getattr(deploy, name):
                raise pytest.UsageError(f"{item.nodeid} would test PasteDeploy's own {name}")
