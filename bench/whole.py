"""What a request costs from end to end: the library's whole way beside what one would pick instead.

    python -m bench.whole [--json FILE] [--size 300] [--peers falcon,bare] [--short] [--check]

1. Ours is the whole way, loaded from an INI: urlmap, a strategy pipeline with the eight filters of noauth2,
   microversions, a router with ``--size`` resources, an extension, validation, JSON. A peer is its bare
   application with no middleware; the ancestor has the whole way too. :mod:`bench.peers.work` says what they
   answer; their answers are compared before anything is timed.
2. An application is called as a server calls it: a fresh environ each time, made before the clock starts,
   ``start_response``, the reply iterated and closed.
3. Two columns: ``default`` has none of the packages of the ``fast`` extra (their import is blocked), ``fast``
   has both. Each is a process of its own; every ratio is between figures of one process.
4. The noise is what this machine makes of nothing: one application, measured under two names.
"""

from __future__ import annotations

import importlib.util
import io
import json
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import peers
from bench.harness import Batch, Clock, Goal, Run, arguments, finish, measure_batches, table, undisturbed
from bench.peers import OURS, Application, work

#: The packages that the ``fast`` extra brings.
FAST_PACKAGES = ("orjson", "jsonschema_rs")
CONFIGURATIONS = ("default", "fast")
MEMBERS = tuple(
    f"GET {place}{project}" for place in ("first", "middle", "last") for project in ("", ", project")
)
#: The case whose application is measured under a second name.
NOISE = "GET middle, project"
AGAIN = f"{OURS} again"


@dataclass(frozen=True)
class Aim:
    """A ratio that has a goal: the worst of one or several.

    :param text: what it is.
    :param ratios: our case, the peer, the peer's case; several are judged by the worst.
    :param bounds: configuration -> the most that it should be.
    :param judged: what makes one ratio of several.
    """

    text: str
    ratios: Sequence[tuple[str, str, str]]
    bounds: Mapping[str, float]
    judged: Callable[[list[float]], float] = max


def _same(peer: str, *cases: str) -> list[tuple[str, str, str]]:
    return [(case, peer, case) for case in cases]


AIMS = (
    Aim("GET member / falcon", _same("falcon", *MEMBERS), {"default": 0.70, "fast": 0.50}),
    Aim(
        "GET member / falcon, mean of six",
        _same("falcon", *MEMBERS),
        {"default": 0.70, "fast": 0.50},
        statistics.fmean,
    ),
    Aim("POST action / falcon", _same("falcon", "POST action"), {"default": 0.70, "fast": 0.60}),
    Aim("POST create, validated / falcon without", _same("falcon", "POST create"), {"fast": 0.9}),
    Aim("list of 50 / falcon", _same("falcon", "GET list of 50"), {"default": 1.05, "fast": 0.20}),
    Aim("404 / falcon's 404", _same("falcon", "404"), {"default": 0.7, "fast": 0.7}),
    Aim("405 / falcon's 404", [("405", "falcon", "404")], {"default": 0.7, "fast": 0.7}),
    Aim("GET member / bare callable", _same("bare", *MEMBERS), {"default": 2.4, "fast": 1.7}),
    Aim(
        "GET last with project / the ancestor's way",
        _same("ancestor", "GET last, project"),
        {"default": 1 / 500, "fast": 1 / 500},
    ),
)


# --------------------------------------------------------------------------- one configuration, in a process


def serving(application: Application, case: work.Case, **changes: Any) -> Batch:
    """Return what asks an application many times.

    :param application: it.
    :param case: the request.
    :param changes: what its environ has otherwise.
    """
    environ, data = {**work.environ_of(case), **changes}, case.data

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        pass

    def answer(requests: list[dict[str, Any]]) -> None:
        while requests:
            # Taken out: a server keeps no request that it has answered, nor what an application left in it.
            body = application(requests.pop(), start_response)
            for _ in body:
                pass
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def batch(count: int, clock: Clock) -> float:
        requests = [{**environ, "wsgi.input": io.BytesIO(data)} for _ in range(count + 1)]
        with undisturbed():
            # One more, off the clock: it finds in the processor's caches what another case left there.
            answer([requests.pop()])
            start = clock()
            answer(requests)
            return (clock() - start) / count

    return batch


def collect(options: Namespace) -> dict[str, Any]:
    """Measure one configuration in this process.

    :param options: the command line's.
    :returns: ``figures`` (case -> peer -> figure), ``ratios`` (case -> peer -> ours by theirs), what has goals
        (``aims``), ``noise``, ``left_out``.
    :raises SystemExit: an application does not answer as all do.
    """
    from bench.schemas import VALID

    wanted = set(options.peers.split(",")) if options.peers else set(peers.PEERS)
    applications, left_out = peers.available(options.size, without=set(peers.PEERS) - wanted - {OURS})
    cases = work.cases(options.size, VALID)
    wrong = [text for name, app in applications.items() for text in work.differences(name, app, cases)]
    if wrong:
        raise SystemExit("\n".join(wrong))
    batches = {
        f"{case.name}/{name}": serving(app, case) for case in cases for name, app in applications.items()
    }
    (noisy,) = (case for case in cases if case.name == NOISE)
    batches[f"{NOISE}/{AGAIN}"] = serving(applications[OURS], noisy)
    run = measure_batches(batches, rounds=options.rounds, batch=options.batch)
    return told(run, [case.name for case in cases], list(applications), left_out)


def told(run: Run, cases: Sequence[str], names: Sequence[str], left_out: Mapping[str, str]) -> dict[str, Any]:
    """Return what a run found, as plain values."""
    plain = run.as_json()
    return {
        "figures": {case: {name: plain[f"{case}/{name}"] for name in names} for case in cases},
        "ratios": {
            case: {name: run.ratio(f"{case}/{OURS}", f"{case}/{name}") for name in names if name != OURS}
            for case in cases
        },
        "aims": {
            aim.text: aim.judged(
                [run.ratio(f"{case}/{OURS}", f"{other}/{peer}") for case, peer, other in aim.ratios]
            )
            for aim in AIMS
            if all(peer in names for _, peer, _ in aim.ratios)
        },
        "noise": {
            "the same twice": run.ratio(f"{NOISE}/{AGAIN}", f"{NOISE}/{OURS}"),
            "median spread": statistics.median(figure.spread for figure in run.figures.values()),
        },
        "left_out": dict(left_out),
    }


def configure(name: str) -> None:
    """Make this process one of the configurations, before anything of the library is imported.

    :param name: without ``fast``, its packages can't be imported from now on, as if they were not installed.
    """
    if name == "default":
        sys.modules.update(dict.fromkeys(FAST_PACKAGES, None))  # type: ignore[arg-type]


# --------------------------------------------------------------------------- both


def measured(module: str, given: Sequence[str]) -> dict[str, Any]:
    """Run a module once for each configuration, a process each; return what each wrote.

    :param module: run with ``--configuration NAME --json FILE``.
    :param given: its other arguments.
    :raises SystemExit: one of the processes failed.
    """
    found: dict[str, Any] = {}
    for name in CONFIGURATIONS:
        missing = [package for package in FAST_PACKAGES if importlib.util.find_spec(package) is None]
        if name == "fast" and missing:
            print(f"fast is left out: {' and '.join(missing)} not installed", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "found.json")
            command = [sys.executable, "-m", module, "--configuration", name, "--json", str(file), *given]
            status = subprocess.call(command)
            if status:
                raise SystemExit(status)
            found[name] = json.loads(file.read_text())
    return found


def write(options: Namespace, found: Any) -> int:
    """Write what one configuration found where :func:`measured` reads it."""
    Path(options.json).write_text(json.dumps(found))
    return 0


def shown(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of both configurations.

    :param found: what :func:`measured` returned.
    """
    (some, *_) = found.values()
    names = list(next(iter(some["figures"].values())))
    lines = []
    for configuration, one in found.items():
        rows = [["microseconds", *names]]
        for case, figures in one["figures"].items():
            cells = [f"{figures[name]['median_ns'] / 1e3:.1f}" for name in names]
            rows.append([case, *cells])
        lines += [f"\n{configuration}", table(rows)]
    rows = [["ours by theirs", "", *(name for name in names if name != OURS)]]
    for case in some["figures"]:
        for configuration, one in found.items():
            ratios = one["ratios"][case]
            rows.append([case, configuration, *(ratio_text(ratios[name]) for name in names if name != OURS)])
    return "\n".join([*lines, "", table(rows)])


def ratio_text(ratio: float) -> str:
    """Return a ratio as tables have it: small ones as a fraction."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"


def goals_of(found: Mapping[str, Mapping[str, Any]]) -> list[Goal]:
    """Return what has a goal.

    :param found: what :func:`measured` returned.
    """
    return [
        Goal(f"{aim.text} ({configuration})", one["aims"][aim.text], aim.bounds[configuration])
        for aim in AIMS
        for configuration, one in found.items()
        if configuration in aim.bounds and aim.text in one["aims"]
    ]


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=300, help="how many resources (default: %(default)s)")
    parser.add_argument(
        "--peers", default="", help="which peers, by commas (default: all that are installed)"
    )
    parser.add_argument(
        "--batch", type=float, default=0.003, help="seconds of a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    parser.add_argument("--configuration", choices=CONFIGURATIONS, help="only this one, without a table")
    options = parser.parse_args()
    if options.short:
        options.size, options.rounds, options.batch = min(options.size, 10), 2, 0.0002
    if options.configuration:
        configure(options.configuration)
        return write(options, collect(options))
    given = ["--size", str(options.size), "--rounds", str(options.rounds), "--batch", str(options.batch)]
    found = measured("bench.whole", [*given, "--peers", options.peers])
    print(shown(found))
    for configuration, one in found.items():
        noise = one["noise"]
        print(
            f"\n{configuration}: the same thing measured twice: {noise['the same twice']:.3f}; "
            f"median spread {noise['median spread']:.1%}"
        )
        for name, reason in one["left_out"].items():
            print(f"{configuration}: {name} is left out: {reason}")
    return finish(options, {"size": options.size, "configurations": found}, goals_of(found))


if __name__ == "__main__":
    raise SystemExit(main())
