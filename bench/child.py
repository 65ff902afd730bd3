"""Load one service in this process, ask it once, and tell what that took, as a line of JSON.

    python -m bench.child NAME SIZE FOLDER [--warm] [--trace]

``FOLDER`` holds what :mod:`bench.peers.deployed` wrote, for a service that comes as an INI. ``--warm`` imports
beforehand all that the service imports; ``--trace`` counts what Python's allocator holds, which takes time.
Seconds are of the processor; ``process`` counts from the process's start to the reply, the interpreter's own start
among it. Nothing is imported here that is not asked for: the imports are what is measured.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from importlib import import_module
from pathlib import Path

#: What the services import while they load.
WARM = {
    "apirouter": (
        *("bench.peers.ours", "apirouter.routing.router", "apirouter.versions"),
        *("apirouter.deploy.loader", "apirouter.deploy.urlmap", "apirouter.deploy.pipeline"),
        *(f"apirouter.filters.{name}" for name in ("cors", "faultwrap", "http_proxy_to_wsgi", "noauth2")),
        *(f"apirouter.filters.{name}" for name in ("profiler", "request_id", "request_log", "sizelimit")),
    ),
    "ancestor": ("bench.peers.ancestor", "bench.peers.ancestor_filters"),
    "falcon": ("bench.peers.falcon",),
}


def rss() -> int:
    """Return how many bytes of memory this process holds; 0 where the system doesn't tell."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (ImportError, OSError):
        return 0


def main(argv: list[str]) -> int:
    """Load, ask, tell."""
    name, size, folder, *flags = argv
    sys.path.insert(0, folder)
    if "--warm" in flags:
        for module in WARM[name]:
            import_module(module)
        re.purge()
    if "--trace" in flags:
        import tracemalloc

        gc.collect()
        tracemalloc.start()
    before, start = rss(), time.process_time()
    if name == "apirouter":
        from apirouter import loadapp

        application = loadapp(f"config:{Path(folder, 'api-paste.ini')}")
    elif name == "ancestor":
        application = import_module("bench.peers.ancestor").load(Path(folder, "api-paste.ini"))
    else:
        application = import_module(f"bench.peers.{name}").application(int(size))
    loaded = time.process_time()
    from bench.peers import work

    reply = work.ask(application, work.first(int(size)))
    replied = time.process_time()
    if reply.status != 200:
        raise SystemExit(f"{name} answers {reply.status} {reply.body!r}")
    gc.collect()
    told = {
        "loaded": loaded - start,
        "replied": replied - start,
        "process": replied,
        "rss": rss() - before,
    }
    if "--trace" in flags:
        told["traced"] = tracemalloc.get_traced_memory()[0]
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
