"""What a lookup costs, by the number of routes: ours beside Routes', Falcon's and Werkzeug's.

    python -m bench.match [--json FILE] [--sizes 50,300,1000,3000,10000] [--check]

The table of ``n`` routes is ``n / 2`` collections and their members, all GET, with and without a leading
``{project_id}``. Ours, Routes' and Falcon's (by a converter, its way of saying it) check that a project id is
hexadecimal; Werkzeug's takes any segment.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import routes

from apirouter.routing.mapper import Mapper
from bench.harness import Goal, Run, arguments, finish, measure, memory, once, table

PROJECT = "0123456789abcdef0123456789abcdef"
MEMBER = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
PROJECT_ID = r"{project_id:[0-9a-f\-]+}"
GET = {"REQUEST_METHOD": "GET"}
POST = {"REQUEST_METHOD": "POST"}

#: Where in the table, and with which method.
REQUESTS = ("first", "middle", "last", "miss", "wrong method")

Find = Callable[[str, str], object]


def paths(size: int, start: str, member: str = "{id}") -> Iterator[str]:
    """Yield the paths of a table."""
    for number in range(size // 2):
        yield f"{start}/things{number}"
        yield f"{start}/things{number}/{member}"


def request(name: str, size: int, start: str) -> tuple[str, str]:
    """Return the path and the method of one of :data:`REQUESTS`."""
    numbers = {"first": 0, "middle": size // 4, "last": size // 2 - 1, "wrong method": size // 2 - 1}
    thing = f"things{numbers[name]}" if name in numbers else "nothings"
    return f"{start}/{thing}/{MEMBER}", "POST" if name == "wrong method" else "GET"


def ours(size: int, project: bool) -> Find:
    """Build our index."""
    mapper = filled(Mapper(register=False), paths(size, "/v2" + (f"/{PROJECT_ID}" if project else "")))
    return mapper.index().find  # type: ignore[no-any-return]


def of_routes(size: int, project: bool) -> Find:
    """Build Routes' mapper."""
    mapper = filled(routes.Mapper(register=False), paths(size, "/v2" + (f"/{PROJECT_ID}" if project else "")))
    environs = {"GET": GET, "POST": POST}
    return lambda path, method: mapper.match(path, environs[method])


def filled(mapper: Any, table_of_paths: Iterable[str]) -> Any:
    """Connect paths."""
    for path in table_of_paths:
        mapper.connect(path, controller="c", action="a", conditions={"method": ["GET"]})
    mapper.create_regs([])
    return mapper


def falcons(size: int, project: bool) -> Find:
    """Build Falcon's compiled router; its method map is read as its application reads it."""
    compiled = importlib.import_module("falcon.routing.compiled").CompiledRouter
    base = importlib.import_module("falcon.routing.converters").BaseConverter
    matches = re.compile(r"[0-9a-f\-]+").fullmatch

    class Project(base):  # type: ignore[misc, valid-type]
        def convert(self, value: str) -> str | None:
            """Return a project id, or None for what is none."""
            return value if matches(value) else None

    class Thing:
        def on_get(self, req: Any, resp: Any, **kwargs: Any) -> None:
            """Answer."""

    router, thing = compiled(), Thing()
    router.options.converters["project"] = Project
    for path in paths(size, "/v2" + ("/{project_id:project}" if project else "")):
        router.add_route(path, thing)

    def find(path: str, method: str) -> object:
        found = router.find(path)
        return None if found is None else found[1][method]

    find("/", "GET")
    return find


def werkzeugs(size: int, project: bool) -> Find:
    """Build Werkzeug's map, bound once."""
    routing = importlib.import_module("werkzeug.routing")
    http = importlib.import_module("werkzeug.exceptions").HTTPException
    start = "/v2" + ("/<project_id>" if project else "")
    rules = [routing.Rule(path, endpoint=path, methods=["GET"]) for path in paths(size, start, member="<id>")]
    adapter = routing.Map(rules).bind("localhost")

    def find(path: str, method: str) -> object:
        try:
            return adapter.match(path, method)
        except http:
            return None

    find("/", "GET")
    return find


MAKERS: dict[str, Callable[[int, bool], Find]] = {
    "apirouter": ours,
    "routes": of_routes,
    "falcon": falcons,
    "werkzeug": werkzeugs,
}


def cases(sizes: list[int], project: bool, limits: dict[str, int]) -> dict[str, Callable[[], object]]:
    """Return what is timed: ``peer/size/request`` -> call."""
    start = "/v2" + (f"/{PROJECT}" if project else "")
    found: dict[str, Callable[[], object]] = {}
    for size in sizes:
        for peer, make in MAKERS.items():
            if size > limits.get(peer, sys.maxsize):
                continue
            try:
                find = make(size, project)
            except ImportError:
                print(f"{peer} is not installed", file=sys.stderr)
                limits[peer] = 0
                continue
            for name in REQUESTS:
                path, method = request(name, size, start)
                found[f"{peer}/{size}/{name}"] = _call(find, path, method)
    return found


def _call(find: Find, path: str, method: str) -> Callable[[], object]:
    return lambda: find(path, method)


def show(run: Run, sizes: list[int]) -> None:
    """Print the figures, in microseconds."""
    rows = [["routes", "request", *MAKERS]]
    for size in sizes:
        for name in REQUESTS:
            cells = []
            for peer in MAKERS:
                figure = run.figures.get(f"{peer}/{size}/{name}")
                cells.append("-" if figure is None else f"{figure.median * 1e6:.2f} ±{figure.spread:4.0%}")
            rows.append([str(size), name, *cells])
    print(table(rows))


def goals_of(run: Run, sizes: list[int], what: str) -> list[Goal]:
    """Return the goals of one table."""
    low, high = f"apirouter/{sizes[0]}", f"apirouter/{sizes[-1]}"
    found = [
        Goal(
            f"{what}: last of {sizes[-1]} / last of {sizes[0]}",
            run.ratio(f"{high}/last", f"{low}/last"),
            1.15,
        ),
        Goal(f"{what}: miss / last of {sizes[-1]}", run.ratio(f"{high}/miss", f"{high}/last"), 1.0),
        Goal(
            f"{what}: wrong method / last of {sizes[-1]}",
            run.ratio(f"{high}/wrong method", f"{high}/last"),
            1.0,
        ),
    ]
    for size in sizes:
        if f"falcon/{size}/last" in run.figures:
            ratio = run.ratio(f"apirouter/{size}/last", f"falcon/{size}/last")
            found.append(Goal(f"{what}: last of {size} / Falcon's", ratio, 1.0))
    return found


# --------------------------------------------------------------------------- building and generating


def resources(kind: Any, count: int = 300) -> Any:
    """Build the table that resources make, with and without project, and match once."""
    mapper = kind(register=False)
    for number in range(count):
        for prefix in (f"{PROJECT_ID}/", ""):
            mapper.resource(
                f"thing{number}",
                f"things{number}",
                controller=f"c{number}",
                path_prefix=prefix,
                collection={"detail": "GET"},
                member={"action": "POST"},
            )
    mapper.create_regs([])
    assert mapper.match(f"/{PROJECT}/things{count - 1}/{MEMBER}", GET) is not None
    return mapper


def cold(kind: Any) -> Callable[[], object]:
    """Return a build that finds no compiled expression in the cache of ``re``."""

    def build() -> object:
        re.purge()
        return resources(kind)

    return build


def generation() -> Run:
    """Time the generation of URLs."""
    found: dict[str, Callable[[], object]] = {}
    for peer, kind in (("apirouter", Mapper), ("routes", routes.Mapper)):
        mapper: Any = resources(kind, 30)
        url = routes.URLGenerator(mapper, {"SCRIPT_NAME": "/v2", "HTTP_HOST": "example.com"})
        numbers = iter(range(1 << 40))
        found[f"{peer}/by name"] = lambda url=url: url("thing7", id=MEMBER)
        found[f"{peer}/by name, new values"] = lambda url=url, n=numbers: url("thing7", id=next(n))
        found[f"{peer}/by keys"] = lambda m=mapper: m.generate(controller="c7", action="show", id=MEMBER)
        found[f"{peer}/by keys, new values"] = lambda m=mapper, n=numbers: m.generate(
            controller="c7", action="show", id=next(n)
        )
    return measure(found)


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--sizes", default="50,300,1000,3000,10000", help="numbers of routes (default: %(default)s)"
    )
    parser.add_argument(
        "--falcon-limit",
        type=int,
        default=3000,
        help="leave Falcon out beyond so many routes; it takes time by their square (default: %(default)s)",
    )
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    limits = {"falcon": options.falcon_limit}
    results: dict[str, Any] = {}
    goals: list[Goal] = []
    # First, as at the start of a process: what else is in memory slows the collector.
    run = once({"apirouter": cold(Mapper), "routes": cold(routes.Mapper)}, rounds=3)
    sizes_of = {name: memory(cold(kind)) for name, kind in (("apirouter", Mapper), ("routes", routes.Mapper))}
    print("\nBuilding the table of 300 resources, with and without project, and the first match")
    for name, figure in run.figures.items():
        print(f"  {name:10} {figure.median * 1e3:8.0f} ms  {sizes_of[name] / 1e6:6.1f} MB")
    results["build"] = {"time": run.as_json(), "bytes": sizes_of}
    goals.append(Goal("build and first match: time / Routes'", run.ratio("apirouter", "routes"), 0.1))
    goals.append(
        Goal("build and first match: memory / Routes'", sizes_of["apirouter"] / sizes_of["routes"], 0.5)
    )

    for project in (True, False):
        what = "with {project_id}" if project else "without {project_id}"
        run = measure(cases(sizes, project, limits), rounds=options.rounds)
        print(f"\nMatching {what}: microseconds, median and spread")
        show(run, sizes)
        results[f"match, {what}"] = run.as_json()
        goals += goals_of(run, sizes, what)

    run = generation()
    print("\nGenerating: microseconds, median and spread")
    for name, figure in run.figures.items():
        print(f"  {name:34} {figure.median * 1e6:8.2f} ±{figure.spread:4.0%}")
        if name.startswith("apirouter/"):
            peer = name.replace("apirouter/", "routes/")
            goals.append(Goal(f"generate {name.partition('/')[2]} / Routes'", run.ratio(name, peer), 1.0))
    results["generate"] = run.as_json()
    return finish(options, results, goals)


if __name__ == "__main__":
    raise SystemExit(main())
