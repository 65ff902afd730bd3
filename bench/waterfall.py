"""What each layer of a request costs, by adding one layer at a time.

    python -m bench.waterfall [--json FILE] [--size 300] [--short]

1. A layer's cost is the difference between two applications that differ in this layer alone, measured in one
   run, by the least rounds; what is a function of its own (the lookup, the method's own work, JSON) is called
   as such. No profiler is on.
2. From the inside out: a router whose method returns nothing, one that returns a document, one with an
   extension of it; then the filters one by one; then urlmap. The last is the whole way of a GET.
3. What a request has beside that, a microversion or a body, is told as what it adds to the same request without.
4. The two configurations are processes of their own, as in :mod:`bench.whole`.
"""

from __future__ import annotations

import importlib
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from bench.harness import Call, Run, arguments, finish, measure_batches, repeated, table
from bench.peers import Application, work
from bench.whole import CONFIGURATIONS, configure, measured, serving, write

LAST = "urlmap"
TOTALS = ("the whole way", "the bare callable")


def trivial(environ: Any, start_response: Any) -> list[bytes]:
    """Answer with nothing."""
    start_response("204 No Content", [])
    return []


class _Loader:
    """What a composite asks for applications.

    :param applications: name -> application.
    """

    def __init__(self, applications: dict[str, Application]) -> None:
        self._applications = applications

    def get_app(self, name: str, global_conf: Any = None) -> Application:
        """Return an application."""
        return self._applications[name]


def filter_of(name: str) -> Callable[[Application], Application]:
    """Return one of the pipeline's filters, with the options that the INI gives.

    :param name: its name in the INI.
    """
    from bench.peers import ours

    module, _, path = ours.FILTERS[name].partition(":")
    factory: Any = importlib.import_module(f"apirouter.filters.{module}")
    for part in path.split("."):
        factory = getattr(factory, part)
    made: Callable[[Application], Application] = factory(
        {"service_type": work.SERVICE, "context_key": "nova.context"}
    )
    return made


def applications(router: Any) -> dict[str, Application]:
    """Return the whole way's layers from the inside out: the router, each filter, urlmap.

    :param router: the router.
    """
    from apirouter.deploy.urlmap import urlmap_factory
    from bench.peers import ours

    found: dict[str, Application] = {"router": router}
    application: Application = router
    for name in reversed(ours.FILTERS):
        application = found[name] = filter_of(name)(application)
    loader = _Loader({"api": application, "other": trivial})
    found[LAST] = urlmap_factory(loader, {}, **{"/": "other", "/v2.1": "other", "/v2.1/+": "api"})
    return found


def collect(options: Namespace) -> dict[str, dict[str, float]]:
    """Measure one configuration in this process.

    :param options: the command line's.
    :returns: ``way`` (layer -> microseconds, the whole as ``the whole way``) and ``more``.
    """
    from apirouter.context import RequestContext
    from apirouter.fusion import fuse
    from apirouter.serialization import dumps, loads
    from bench.peers import bare, layers
    from bench.schemas import VALID

    router = layers.router(options.size)
    context = RequestContext("user", work.PROJECT, roles=["member", "reader"])
    within: dict[str, Any] = {"SCRIPT_NAME": work.PREFIX, "nova.context": context}

    def asked(collection: str, method: str = "GET", body: Any = None, **headers: str) -> work.Case:
        tail = f"/{work.MEMBER}" if method == "GET" else ""
        path = f"{work.PREFIX}/{work.PROJECT}/{collection}{tail}"
        return work.Case(collection, method, path, body=body, headers=headers)

    # As a URL map calls them: what follows one another as one function.
    routed = fuse(router)

    def inside(case: work.Case) -> Any:
        return serving(routed, case, PATH_INFO=case.path.removeprefix(work.PREFIX), **within)

    extended, plain = asked("extended"), asked("plain")
    later = asked("later", HTTP_OPENSTACK_API_VERSION=f"{work.SERVICE} 2.30")
    creating, checked = asked("plain", "POST", VALID), asked("checked", "POST", VALID)
    batches = {
        "nothing": serving(trivial, plain),
        **{f"router: {name}": inside(asked(name)) for name in ("empty", "plain", "extended")},
        "router: later version": inside(later),
        "router: unchecked": inside(creating),
        "router: checked": inside(checked),
    }
    for name, application in applications(router).items():
        if name == LAST:
            batches[name] = serving(application, extended)
        elif name != "router":
            batches[name] = serving(
                fuse(application),
                extended,
                SCRIPT_NAME=work.PREFIX,
                PATH_INFO=extended.path.removeprefix(work.PREFIX),
            )
    batches["bare"] = serving(bare.application(options.size), work.first(options.size))
    index, path = router.mapper.index(), plain.path.removeprefix(work.PREFIX)
    document, data = work.extend(work.shown("plain", work.MEMBER)), checked.data
    functions: dict[str, Call] = {
        "match": lambda: index.find(path, "GET", {}),
        "the method's own work": lambda: work.extend(work.shown("plain", work.MEMBER)),
        "JSON out": lambda: dumps(document),
        "JSON in": lambda: loads(data),
    }
    batches |= {name: repeated(call) for name, call in functions.items()}
    run = measure_batches(batches, rounds=options.rounds, batch=options.batch)
    return {name: {k: v * 1e6 for k, v in part.items()} for name, part in told(run).items()}


def told(run: Run) -> dict[str, dict[str, float]]:
    """Return the seconds of each layer.

    :param run: the applications and the functions.
    """
    from bench.peers import ours

    cost = {name: figure.least for name, figure in run.figures.items()}
    way = {"the server's call": run.figures["nothing"].least, "match": cost["match"]}
    way["request, dispatch, headers"] = run.difference("router: empty", "nothing") - cost["match"]
    way["the method's own work"], way["JSON"] = cost["the method's own work"], cost["JSON out"]
    handed = run.difference("router: plain", "router: empty")
    way["the document's reply"] = handed - cost["the method's own work"] - cost["JSON out"]
    way["an extension"] = run.difference("router: extended", "router: plain")
    inner = "router: extended"
    for name in (*reversed(ours.FILTERS), LAST):
        way[name], inner = run.difference(name, inner), name
    way |= dict(zip(TOTALS, (run.figures[LAST].least, run.figures["bare"].least), strict=True))
    more = {
        "a microversion that is asked for": run.difference("router: later version", "router: plain"),
        "JSON of a body": cost["JSON in"],
        "a body and its checks": run.difference("router: checked", "router: plain"),
        "the checks alone": run.difference("router: checked", "router: unchecked"),
    }
    return {"way": way, "more": more}


def shown(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return both configurations as one table.

    :param found: configuration -> what :func:`collect` returned.
    """
    (some, *_) = found.values()
    rows = [["microseconds", *(text for name in found for text in (name, "sum"))]]
    sums = dict.fromkeys(found, 0.0)
    for layer in some["way"]:
        total = layer in TOTALS
        cells = []
        for name, one in found.items():
            sums[name] += 0 if total else one["way"][layer]
            cells += [f"{one['way'][layer]:.2f}", "" if total else f"{sums[name]:.2f}"]
        rows.append([layer, *cells])
    more = [["beside these", *found]]
    more += [[layer, *(f"{one['more'][layer]:.2f}" for one in found.values())] for layer in some["more"]]
    return f"{table(rows)}\n\n{table(more)}"


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.set_defaults(rounds=120)
    parser.add_argument("--size", type=int, default=300, help="how many resources (default: %(default)s)")
    parser.add_argument(
        "--batch", type=float, default=0.001, help="seconds of a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    parser.add_argument("--configuration", choices=CONFIGURATIONS, help="only this one, without a table")
    options = parser.parse_args()
    if options.short:
        options.size, options.rounds, options.batch = 4, 2, 0.0002
    if options.configuration:
        configure(options.configuration)
        return write(options, collect(options))
    given = ["--size", str(options.size), "--rounds", str(options.rounds), "--batch", str(options.batch)]
    found = measured("bench.waterfall", given)
    print(shown(found))
    return finish(options, {"size": options.size, "configurations": found}, [])


if __name__ == "__main__":
    raise SystemExit(main())
