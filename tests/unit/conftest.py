"""Installed distributions, made up: entry points as pip writes them, on the path of one test."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Install a distribution: ``distribution(name, version, entry_points=..., modules=...)``.

    :returns: the directory it stands in.
    """
    made = []

    def install(name, version="1.0", *, entry_points=None, modules=None):
        site = tmp_path / f"site-{len(made)}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        lines = []
        for group, points in (entry_points or {}).items():
            lines.append(f"[{group}]")
            lines += [f"{key} = {value}" for key, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, source in (modules or {}).items():
            (site / f"{module}.py").write_text(source)
            made.append(module)
        made.append(name)
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        return site

    yield install
    for module in made:
        sys.modules.pop(module, None)
