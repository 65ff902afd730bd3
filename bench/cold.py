"""What a start costs: from process start to the first reply, ``loadapp``, imports, memory.

    python -m bench.cold [--json FILE] [--size 300] [--rounds 5] [--short] [--check]

Every figure is of fresh processes that take turns, in the processor's time. Ours and the ancestor's way are
the same 300 resources, of the same plugins' number, loaded from an INI and asked once: Routes makes its
expressions at the first request. ``loadapp`` is measured with everything imported before; the whole start is
measured from ``python`` on.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pkgutil
import resource
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.harness import Call, Figure, Goal, Run, arguments, finish, once, table

PEERS = ("apirouter", "ancestor", "falcon")
#: Without which a peer can't be measured.
NEEDS = {"ancestor": ("routes", "stevedore", "webob"), "falcon": ("falcon",)}
NOTHING = "python -c pass"


def children() -> float:
    """Return the processor's seconds that ended child processes took."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime


def _environ(**more: str) -> dict[str, str]:
    # An installation has its modules compiled; where they may not be kept, compiling is all that is measured.
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


def peers_here() -> list[str]:
    """Return which of :data:`PEERS` are installed."""
    return [name for name in PEERS if all(importlib.util.find_spec(need) for need in NEEDS.get(name, ()))]


@contextlib.contextmanager
def written(names: Sequence[str], size: int) -> Iterator[dict[str, Path]]:
    """Write the services that come as an INI; yield their directories by name.

    :param names: whose.
    :param size: how many resources.
    """
    from bench.peers import ancestor, ours

    writers: dict[str, Any] = {"apirouter": ours.write, "ancestor": ancestor.write}
    with tempfile.TemporaryDirectory(prefix="bench-") as top:
        folders = {}
        for name in names:
            folders[name] = Path(top, name)
            folders[name].mkdir()
            if name in writers:
                writers[name](folders[name], size)
        yield folders


def start(name: str, size: int, folder: Path, *flags: str) -> dict[str, float]:
    """Start a process that loads a service and asks it once; return what it tells.

    :param name: which.
    :param size: how many resources.
    :param folder: where it was written.
    :param flags: ``--warm``, ``--trace``.
    """
    command = [sys.executable, "-m", "bench.child", name, str(size), str(folder), *flags]
    # stevedore keeps what it found; not in the home of whoever measures.
    environ = _environ(XDG_CACHE_HOME=str(folder))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def loading(names: Sequence[str], size: int, rounds: int) -> Run:
    """Time load and first reply in processes that have imported all they need.

    :param names: whose.
    :param size: how many resources.
    :param rounds: how many processes each.
    :returns: ``name`` (with the first reply) and ``name, no reply``.
    """
    seconds: dict[str, list[float]] = {}
    with written(names, size) as folders:
        for name, told in _told(names, size, folders, rounds, "--warm"):
            seconds.setdefault(name, []).append(told["replied"])
            seconds.setdefault(f"{name}, no reply", []).append(told["loaded"])
    return Run({name: Figure(name, tuple(found)) for name, found in seconds.items()})


def _told(
    names: Sequence[str], size: int, folders: Mapping[str, Path], rounds: int, *flags: str
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield what processes tell that take turns, a name and what it told."""
    for number in range(rounds):
        turn = number % len(names)
        for name in [*names[turn:], *names[:turn]]:
            yield name, start(name, size, folders[name], *flags)


def starting(names: Sequence[str], size: int, rounds: int) -> Run:
    """Time processes from their start to the first reply.

    :param names: whose.
    :param size: how many resources.
    :param rounds: how many processes each.
    """
    seconds: dict[str, list[float]] = {}
    with written(names, size) as folders:
        if rounds > 1:
            # They find what the first of their kind leave behind: compiled modules, stevedore's cache.
            list(_told(names, size, folders, 1))
        for name, told in _told(names, size, folders, rounds):
            seconds.setdefault(name, []).append(told["process"])
    return Run({name: Figure(name, tuple(found)) for name, found in seconds.items()})


def modules() -> list[str]:
    """Return what is imported: the package, and each command's module."""
    import apirouter.cmd

    found = pkgutil.iter_modules(apirouter.cmd.__path__, "apirouter.cmd.")
    return [
        "apirouter",
        *sorted(m.name for m in found if not m.ispkg and not m.name.startswith("apirouter.cmd._")),
    ]


def importing(names: Sequence[str], rounds: int) -> Run:
    """Time the import of each module in a process of its own, beside one that does nothing.

    :param names: the modules.
    :param rounds: how many processes each.
    """

    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, env=_environ())

    cases: dict[str, Call] = {NOTHING: partial(run, "pass")}
    cases |= {name: partial(run, f"import {name}") for name in names}
    # Compiled modules are found by all but the first.
    for case in cases.values() if rounds > 1 else ():
        case()
    return once(cases, rounds=rounds, clock=children)


def memory(names: Sequence[str], small: int, large: int) -> dict[str, dict[str, float]]:
    """Return what one resource takes, in bytes: ``traced`` by Python's allocator, ``rss`` of the process.

    :param names: whose.
    :param small: one number of resources.
    :param large: a larger one; what both have in common cancels out.
    """
    found: dict[str, dict[str, float]] = {}
    for size in (small, large):
        with written(names, size) as folders:
            for name in names:
                plain = start(name, size, folders[name], "--warm")
                traced = start(name, size, folders[name], "--warm", "--trace")
                sign = 1 if size == large else -1
                one = found.setdefault(name, {"traced": 0.0, "rss": 0.0})
                one["traced"] += sign * traced["traced"] / (large - small)
                one["rss"] += sign * plain["rss"] / (large - small)
    return found


def table_goal(loads: Run) -> Goal:
    """Return the goal of a load and the first reply.

    :param loads: of :func:`loading`, the ancestor's among them.
    """
    return Goal("loadapp and first reply / the ancestor's way", loads.ratio("apirouter", "ancestor"), 0.1)


def goals_of(loads: Run, imports: Run) -> list[Goal]:
    """Return what has a goal.

    :param loads: of :func:`loading`.
    :param imports: of :func:`importing`.
    """
    goals = [table_goal(loads)] if "ancestor" in loads.figures else []
    for name in imports.figures:
        if name != NOTHING:
            goals.append(Goal(f"import {name} / {NOTHING}", imports.ratio(name, NOTHING), 4.0))
    return goals


def milliseconds(runs: Mapping[str, Run], names: Sequence[str], peer: str) -> str:
    """Return runs as a table: a row each, milliseconds, and the first name's ratio to a peer.

    :param runs: row -> run.
    :param names: the columns.
    :param peer: one of them.
    """
    rows = [["milliseconds", *names, f"/ {peer}"]]
    for row, run in runs.items():
        cells = [f"{run.figures[name].median * 1e3:.0f} ±{run.figures[name].spread:.0%}" for name in names]
        rows.append([row, *cells, f"{run.ratio(names[0], peer):.3f}" if peer in run.figures else "-"])
    return table(rows)


def collect(options: Namespace) -> tuple[dict[str, Any], list[Goal]]:
    """Measure, print, and return the figures and the goals.

    :param options: the command line's.
    """
    few, size = options.short, options.size
    names = [name for name in peers_here() if not few or name != "falcon"]
    loads = loading(names, size, options.rounds)
    starts = starting(names, size, options.rounds)
    imports = importing(modules()[:2] if few else modules(), options.rounds if few else options.rounds * 3)
    held = memory(names[:1] if few else names, *((1, size) if few else (10, 100)))
    print(f"\n{size} resources: a start, and what is part of it")
    loaded = Run({name: loads.figures[f"{name}, no reply"] for name in names})
    runs = {"process start to first reply": starts, "loadapp and first reply": loads, "loadapp alone": loaded}
    print(milliseconds(runs, names, "ancestor"))
    print("\nImports")
    for name, figure in imports.figures.items():
        ratio = imports.ratio(name, NOTHING)
        print(f"  {name:26} {figure.median * 1e3:6.0f} ms ±{figure.spread:4.0%}  {ratio:5.2f} x {NOTHING}")
    print("\nMemory of one resource, kB")
    for name, one in held.items():
        print(f"  {name:10} {one['traced'] / 1e3:8.1f} allocated  {one['rss'] / 1e3:8.1f} resident")
    results = {
        "size": size,
        "start": starts.as_json(),
        "load": loads.as_json(),
        "import": imports.as_json(),
        "memory": held,
    }
    return results, goals_of(loads, imports)


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.set_defaults(rounds=5)
    parser.add_argument("--size", type=int, default=300, help="how many resources (default: %(default)s)")
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    options = parser.parse_args()
    if options.short:
        options.size, options.rounds = 4, 1
    results, goals = collect(options)
    return finish(options, results, goals)


if __name__ == "__main__":
    raise SystemExit(main())
