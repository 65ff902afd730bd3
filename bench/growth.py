"""How the cost of a request grows: with resources, with filters, with threads.

    python -m bench.growth [--json FILE] [--sizes 10,100,300,1000,3000] [--short] [--check]

1. Resources: GET of the last one's member, with a project. A lookup may not know how large the table is.
2. Filters: GET with 1, 4, 8 and 16 filters of the noauth2 pipeline around the router; sixteen are the eight
   twice. ``noauth2`` is always among them.
3. Threads: so many threads of one process ask at once; requests a second by the wall's clock. The interpreter
   runs one of them at a time, so that no more is to be had: less is lost in locks and switches.
"""

from __future__ import annotations

import sys
import threading
import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from bench import peers
from bench.harness import Batch, Clock, Figure, Goal, Run, arguments, finish, measure_batches, table
from bench.peers import OURS, ours, work
from bench.whole import serving

SIZES = (10, 100, 300, 1000, 3000)
COUNTS = (1, 4, 8, 16)
THREADS = (1, 4, 16)
#: Falcon takes time by the square of its routes to build its table.
FALCON_LIMIT = 1000
GOAL = 1.10


def pipeline(count: int) -> list[str]:
    """Return a pipeline of so many filters, outermost first; the innermost is ``noauth2``.

    :param count: how many, up to sixteen.
    """
    names = list(ours.FILTERS)
    if count <= len(names):
        return names[len(names) - count :]
    return [*(f"{name}-2" for name in names[: count - len(names)]), *names]


def resources(sizes: Sequence[int], falcon_limit: int, options: Namespace) -> Run:
    """Time a GET of the last resource in tables of several sizes.

    :param sizes: how many resources.
    :param falcon_limit: the largest table that is made for Falcon.
    :param options: the command line's.
    """
    cases: dict[str, Batch] = {}
    for size in sizes:
        for name in (OURS, "falcon"):
            if name == "falcon" and size > falcon_limit:
                continue
            try:
                application = peers.make(name, size)
            except ImportError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                falcon_limit = 0
                continue
            wrong = work.differences(name, application, [work.first(size)])
            if wrong:
                raise SystemExit("\n".join(wrong))
            cases[f"{name}/{size}"] = serving(application, work.first(size))
    return measure_batches(cases, rounds=options.rounds, batch=options.batch)


def filters(counts: Sequence[int], size: int, options: Namespace) -> Run:
    """Time a GET through pipelines of several lengths.

    :param counts: how many filters.
    :param size: how many resources.
    :param options: the command line's.
    """
    case = work.first(size)
    cases = {str(count): serving(ours.application(size, pipeline(count)), case) for count in counts}
    return measure_batches(cases, rounds=options.rounds, batch=options.batch)


def together(batch: Batch, threads: int) -> Batch:
    """Return what does a batch in so many threads at once; the clock runs for all of them.

    :param batch: what one of them does.
    :param threads: how many.
    """

    def run(count: int, clock: Clock) -> float:
        share = max(1, count // threads)
        ready, failed = threading.Barrier(threads + 1), []

        def work_off() -> None:
            ready.wait()
            try:
                batch(share, clock)
            except BaseException as error:
                failed.append(error)
                raise

        running = [threading.Thread(target=work_off) for _ in range(threads)]
        for thread in running:
            thread.start()
        ready.wait()
        start = clock()
        for thread in running:
            thread.join()
        seconds = clock() - start
        if failed:
            raise SystemExit(f"a thread failed: {failed[0]!r}")
        return seconds / (share * threads)

    return run


def in_threads(threads: Sequence[int], size: int, options: Namespace) -> Run:
    """Time requests that several threads send at once, ours beside Falcon's.

    :param threads: how many threads.
    :param size: how many resources.
    :param options: the command line's.
    """
    applications, _ = peers.available(size, without=set(peers.PEERS) - {OURS, "falcon"})
    case = work.first(size)
    cases = {
        f"{name}/{count}": together(serving(application, case), count)
        for name, application in applications.items()
        for count in threads
    }
    batch = max(options.batch, options.thread_batch)
    return measure_batches(cases, rounds=options.rounds, batch=batch, clock=time.perf_counter)


def cell(run: Run, name: str) -> str:
    """Return a figure as tables have it, microseconds and spread; a dash for none."""
    figure: Figure | None = run.figures.get(name)
    return "-" if figure is None else f"{figure.median * 1e6:.1f} ±{figure.spread:.0%}"


def shown(run: Run, what: str, steps: Sequence[int], names: Sequence[str]) -> str:
    """Return one growth as a table.

    :param run: the figures, ``name/step``, or ``step`` alone for one name.
    :param what: what grows.
    :param steps: how many of it.
    :param names: who.
    """
    rows = [[what, *(f"{name}, µs" for name in names), f"{names[0]} / {steps[0]}"]]
    for step in steps:
        keys = [f"{name}/{step}" if f"{name}/{step}" in run.figures else str(step) for name in names]
        base = f"{names[0]}/{steps[0]}"
        ratio = run.ratio(keys[0], base if base in run.figures else str(steps[0]))
        rows.append([str(step), *(cell(run, key) for key in keys), f"{ratio:.2f}"])
    return table(rows)


def collect(options: Namespace) -> tuple[dict[str, Any], list[Goal]]:
    """Measure, print, and return the figures and the goals.

    :param options: the command line's.
    """
    sizes = [int(size) for size in options.sizes.split(",")]
    of_resources = resources(sizes, options.falcon_limit, options)
    print("\nResources: GET of the last, with a project")
    print(shown(of_resources, "resources", sizes, (OURS, "falcon")))
    middle = min(300, sizes[-1])
    of_filters = filters(COUNTS, middle, options)
    print(f"\nFilters, {middle} resources")
    print(shown(of_filters, "filters", COUNTS, (OURS,)))
    of_threads = in_threads(THREADS, middle, options)
    print(f"\nThreads, {middle} resources: the wall's time of a request")
    print(shown(of_threads, "threads", THREADS, (OURS, "falcon")))
    first, last = sizes[0], sizes[-1]
    ratio = of_resources.ratio(f"{OURS}/{last}", f"{OURS}/{first}")
    runs = {"resources": of_resources, "filters": of_filters, "threads": of_threads}
    return {name: run.as_json() for name, run in runs.items()}, [
        Goal(f"{last} resources / {first} resources", ratio, GOAL)
    ]


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    default = ",".join(map(str, SIZES))
    parser.add_argument("--sizes", default=default, help="numbers of resources (default: %(default)s)")
    parser.add_argument(
        "--falcon-limit", type=int, default=FALCON_LIMIT, help="Falcon's largest table (default: %(default)s)"
    )
    parser.add_argument(
        "--batch", type=float, default=0.005, help="seconds of a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--thread-batch", type=float, default=0.05, help="the same with threads (default: %(default)s)"
    )
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    options = parser.parse_args()
    if options.short:
        options.rounds, options.batch, options.thread_batch, options.sizes = 2, 0.0002, 0.001, "3,6"
    results, goals = collect(options)
    return finish(options, results, goals)


if __name__ == "__main__":
    raise SystemExit(main())
