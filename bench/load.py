"""What loading an INI costs, as a ratio to PasteDeploy's own time for the same file, in one run.

Usage: python bench/load.py [--check] [FILE [NAME]]

The file is etc/api-paste.ini, when there is one; its factories are imported before the clock starts. Both
load it in turn, many times over; the ratio is the median of rounds that stand side by side. Two synthetic
files, whose factories do nothing, show the loader alone. ``--check`` exits with 1 above the limit.
"""

from __future__ import annotations

import os
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import paste.deploy

from apirouter import deploy

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIMIT = 1.2
FILTERS = ("cors", "http_proxy", "request_id", "faultwrap", "sizelimit", "profiler", "authtoken", "context")


def application(global_conf: dict[str, str], **local_conf: str) -> object:
    """Make nothing to speak of: what is measured is the loading."""
    return object()


def passing(global_conf: dict[str, str], **local_conf: str) -> Callable[[object], object]:
    """Make a filter that is not there."""
    return lambda inner: inner


def composite(loader: object, global_conf: dict[str, str], **local_conf: str) -> list[object]:
    """Build what every option names."""
    return [loader.get_app(name, global_conf=global_conf) for name in local_conf.values()]  # type: ignore[attr-defined]


def synthetic(versions: int) -> str:
    """Return an INI with a pipeline of eight filters for each of many versions."""
    lines = ["[DEFAULT]", "region = north", "state = %(here)s/state"]
    lines += ["[composite:main]", "use = call:load:composite"]
    lines += [f"/v{number}: v{number}" for number in range(versions)]
    for number in range(versions):
        lines += [f"[pipeline:v{number}]", f"pipeline = {' '.join(FILTERS)} app{number}"]
        lines += [
            f"[app:app{number}]",
            "paste.app_factory = load:application",
            f"limit = {number}",
            "path = %(state)s/x",
        ]
    for name in FILTERS:
        lines += [
            f"[filter:{name}]",
            "paste.filter_factory = load:passing",
            "colour = red",
            "set own = %(region)s",
        ]
    return "\n".join(lines) + "\n"


def seconds(load: Callable[..., object], uri: str, times: int) -> float:
    """Return the time of some loads."""
    start = time.perf_counter()
    for _ in range(times):
        load(uri)
    return time.perf_counter() - start


def ratio(uri: str, rounds: int = 15) -> tuple[float, float]:
    """Return our time by PasteDeploy's, and PasteDeploy's for one load in seconds."""
    loads = (paste.deploy.loadapp, deploy.loadapp)
    times = max(1, round(0.05 / min(seconds(loads[0], uri, 1) for _ in range(3))))
    pairs = []
    for number in range(rounds):
        order = loads if number % 2 else loads[::-1]
        took = {load: seconds(load, uri, times) for load in order}
        pairs.append((took[loads[0]] / times, took[loads[1]] / times))
    return statistics.median(ours / theirs for theirs, ours in pairs), statistics.median(p[0] for p in pairs)


def main(arguments: list[str]) -> int:
    """Measure, print and judge."""
    check = "--check" in arguments
    files = [argument for argument in arguments if argument != "--check"]
    uris = {}
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        for versions in (2, 20):
            path = pathlib.Path(folder, f"synthetic-{versions}.ini")
            path.write_text(synthetic(versions))
            uris[f"{versions} pipelines of {len(FILTERS)} filters"] = f"config:{path}"
        given = pathlib.Path(files[0]) if files else ROOT / "etc" / "api-paste.ini"
        if files or given.exists():
            name = f"#{files[1]}" if files[1:] else ""
            uris[str(given)] = f"config:{given.resolve()}{name}"
        worst = 0.0
        for label, uri in uris.items():
            found, theirs = ratio(uri)
            worst = max(worst, found)
            print(f"{label}: {found:.2f} times PasteDeploy's {theirs * 1000:.2f} ms (limit {LIMIT})")
    return 1 if check and worst > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
