"""What loading an INI costs: beside PasteDeploy on the same file, and beside the ancestor's way of a table.

    python -m bench.load [FILE [NAME]] [--json FILE] [--size 300] [--short] [--check]

1. The file is etc/api-paste.ini, when the example that it names is installed; its factories are imported
   before the clock starts. Two synthetic files, whose factories do nothing, show the loader alone. Ours and
   PasteDeploy's load them in turn, many times over.
2. ``loadapp`` of ``--size`` synthetic resources, their plugins found by entry points, beside the same table
   the ancestor's way (RoutesMiddleware over routes.Mapper), the first request included in both: Routes makes
   its expressions then. Each load is a process of its own that has imported everything before.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import paste.deploy

from apirouter import deploy
from bench import cold
from bench.harness import Goal, Run, arguments, finish, measure

INI = Path(__file__).resolve().parents[1] / "etc" / "api-paste.ini"
#: What the INI's factories are imported from.
EXAMPLE = "compute_api"
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
    lines += ["[composite:main]", "use = call:bench.load:composite"]
    lines += [f"/v{number}: v{number}" for number in range(versions)]
    for number in range(versions):
        lines += [f"[pipeline:v{number}]", f"pipeline = {' '.join(FILTERS)} app{number}"]
        lines += [
            f"[app:app{number}]",
            "paste.app_factory = bench.load:application",
            f"limit = {number}",
            "path = %(state)s/x",
        ]
    for name in FILTERS:
        lines += [
            f"[filter:{name}]",
            "paste.filter_factory = bench.load:passing",
            "colour = red",
            "set own = %(region)s",
        ]
    return "\n".join(lines) + "\n"


def compared(uris: dict[str, str], rounds: int) -> tuple[dict[str, Run], list[Goal]]:
    """Load each file by ours and by PasteDeploy in turn; print, and return the figures and the goals.

    :param uris: label -> what is loaded.
    :param rounds: how many rounds.
    """
    runs, goals = {}, []
    for label, uri in uris.items():
        cases = {"ours": partial(deploy.loadapp, uri), "PasteDeploy": partial(paste.deploy.loadapp, uri)}
        run = runs[label] = measure(cases, rounds=rounds, batch=0.05)
        ratio = run.ratio("ours", "PasteDeploy")
        print(f"{label}: {ratio:.2f} times PasteDeploy's {run.figures['PasteDeploy'].median * 1e3:.2f} ms")
        goals.append(Goal(f"{label} / PasteDeploy", ratio, LIMIT))
    return runs, goals


def main() -> int:
    """Measure, print and judge."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.set_defaults(rounds=15)
    parser.add_argument("file", nargs="?", type=Path, help="another INI than etc/api-paste.ini")
    parser.add_argument("name", nargs="?", help="another application of it than main")
    parser.add_argument("--size", type=int, default=300, help="resources of the table (default: %(default)s)")
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    options = parser.parse_args()
    if options.short:
        options.rounds, options.size = 1, 4
    # What the example's plugins are warned of, they would be warned of at each load.
    logging.getLogger("apirouter").setLevel(logging.ERROR)
    uris = {}
    with tempfile.TemporaryDirectory() as folder:
        for versions in (2,) if options.short else (2, 20):
            path = Path(folder, f"synthetic-{versions}.ini")
            path.write_text(synthetic(versions))
            uris[f"{versions} pipelines of {len(FILTERS)} filters"] = f"config:{path}"
        if options.file or importlib.util.find_spec(EXAMPLE):
            name = f"#{options.name}" if options.name else ""
            uris[str(options.file or "etc/api-paste.ini")] = f"config:{(options.file or INI).resolve()}{name}"
        else:
            print(f"left out: etc/api-paste.ini: {EXAMPLE} is not installed (pip install examples/compute)")
        runs, goals = compared(uris, options.rounds)
    results = {label: run.as_json() for label, run in runs.items()}
    names = [name for name in cold.peers_here() if name != "falcon"]
    loads = cold.loading(names, options.size, max(1, options.rounds // 3))
    results["table"] = loads.as_json()
    for name in names:
        figure = loads.figures[name]
        print(
            f"{options.size} resources and a request, {name}: {figure.median * 1e3:.0f} ms ±{figure.spread:.0%}"
        )
    if "ancestor" in names:
        goals.append(cold.table_goal(loads))
    else:
        print("left out: the ancestor's way: routes, stevedore or webob is not installed", file=sys.stderr)
    return finish(options, results, goals)


if __name__ == "__main__":
    raise SystemExit(main())
