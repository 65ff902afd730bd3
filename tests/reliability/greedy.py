"""Slow and greedy clients: memory stays bounded, they get a 4xx, and the others are served meanwhile.

1. The compute example runs behind ``apirouter-serve`` (waitress, as it comes) and behind its ``--workers``
   (gunicorn); its own limit of a body is 1 MB.
2. Others are a client that asks for a flavor, request after request, each on a connection of its own. The 99th
   percentile of what it waits during an attack is held to three times that of before it (at least 50 ms: what a
   machine's scheduler does is no attack's work).
3. Every greedy request is answered by a 4xx, or its connection is ended; no server process grows by more than
   64 MB, whatever it was sent.
4. gunicorn's threads each read one client's headers: it asks for a proxy in front that buffers, and so do the
   documents. Slowloris is tried against waitress, and against gunicorn behind nginx.
"""

from __future__ import annotations

import collections
import importlib.util
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.functional.computeapi import write_ini
from tests.ports import free_port
from tests.reliability import _attacks
from tests.reliability._serving import Server, apirouter_serve, serving
from tests.reliability._table import Figure, program
from tests.servers.kinds import nginx_configuration

_ASK = b"GET /v2.1/flavors/1 HTTP/1.1\r\nX-Auth-Token: alice:demo\r\nHost: a.example\r\nConnection: close\r\n\r\n"
#: What a process may grow by, in bytes, and what a request may always take, in seconds.
GROWTH, FLOOR = 64 << 20, 0.05
TIMES = 3.0
_LIMIT = "[filter:sizelimit]\n"


def run(long: bool) -> list[Figure]:
    """Attack.

    :param long: measure what others wait for, with hundreds of requests; else only that they are answered.
    """
    figures = []
    servers: dict[str, tuple[list[str], list[str]]] = {
        "waitress": ([], [*_attacks.requests(), _attacks.SLOWLORIS])
    }
    if long:
        servers["gunicorn"] = (["--workers", "1"], [*_attacks.requests()])
        servers["gunicorn behind nginx"] = (["--workers", "1"], [_attacks.SLOWLORIS])
    for name, (more, attacks) in servers.items():
        server, _, proxy = name.partition(" behind ")
        if importlib.util.find_spec(server) is None or (proxy and shutil.which(proxy) is None):
            figures.append(Figure(f"{name}: attacks", "not tried: it is not installed"))
            continue
        with tempfile.TemporaryDirectory() as directory, _running(Path(directory), more, proxy) as running:
            figures += _attacked(name, running, attacks, long)
    return figures


@contextmanager
def _running(home: Path, more: Sequence[str], proxy: str) -> Iterator[Server]:
    """Serve the compute example, its bodies limited to 1 MB; with nginx in front where a proxy is asked for."""
    port = free_port()
    ini = write_ini(home)
    text = ini.read_text(encoding="utf-8")
    ini.write_text(text.replace(_LIMIT, f"{_LIMIT}max_request_body_size = 1m\n"), encoding="utf-8")
    with serving(apirouter_serve(ini, port, *more), port, cwd=home) as server:
        if not proxy:
            yield server
            return
        front = free_port()
        command = nginx_configuration(home, front, "", f"    server 127.0.0.1:{port};")
        conf = home / "nginx.conf"
        # As many as its packages say; more slow clients than that keep everybody out.
        conf.write_text(conf.read_text().replace("worker_connections 256", "worker_connections 1024"))
        with serving(command, front, cwd=home) as before:
            yield before


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


def _attacked(name: str, server: Server, attacks: Sequence[str], long: bool) -> list[Figure]:
    count = 300 if long else 5
    figures = []
    _others(server, 10)
    before = server.memory()
    for attack in attacks:
        if long or attack == _attacks.SLOWLORIS:
            quiet = _others(server, count)
            with _attacks.attacking(server, attack) as told:
                # Slow clients take their time to be told.
                waited = _others(server, 5 * count if attack == _attacks.SLOWLORIS else count)
            # Before and after: what else the machine does changes meanwhile.
            quiet += _others(server, count)
        else:
            quiet, waited = [], _others(server, count)
            told = collections.Counter([_attacks.once(server.port, _attacks.requests()[attack])])
        figures += _figures(f"{name}, {attack}", told, quiet if long else [], waited)
    grown = server.memory() - before
    kept = 0 <= grown <= GROWTH
    figures.append(
        Figure(f"{name}: most memory gained", f"{grown / 1e6:.1f} MB", f"at most {GROWTH / 1e6:.0f} MB", kept)
    )
    if "Traceback" in server.said:
        sys.stdout.write(server.said[-3000:])
        figures.append(Figure(f"{name}: the log", "has a traceback", "has none", kept=False))
    return figures


def _others(server: Server, count: int) -> list[float]:
    """Ask as any client does; return how long each request took, in seconds: infinity for one not answered."""
    waited = []
    for _ in range(count):
        begun = time.perf_counter()
        try:
            status = _attacks.once(server.port, _ASK)
        except OSError:
            status = 0
        waited.append(time.perf_counter() - begun if status == 200 else float("inf"))
    return waited


def _figures(
    name: str, statuses: collections.Counter[int], quiet: list[float], waited: list[float]
) -> list[Figure]:
    told = " ".join(f"{status or 'closed'}:{count}" for status, count in sorted(statuses.items()))
    refused = all(status == 0 or 400 <= status < 500 for status in statuses)
    figures = [Figure(f"{name}: told", told or "nothing", "a 4xx, or the end", refused)]
    if quiet:
        limit = max(TIMES * _p99(quiet), FLOOR)
        value = f"{_p99(waited) * 1e3:.1f} ms (quiet {_p99(quiet) * 1e3:.1f} ms)"
        figures.append(
            Figure(f"{name}: others, p99", value, f"at most {limit * 1e3:.0f} ms", _p99(waited) <= limit)
        )
    else:
        served = sum(one < float("inf") for one in waited)
        value = f"{served} of {len(waited)}"
        figures.append(Figure(f"{name}: others", value, "all are served", served == len(waited)))
    return figures


def _p99(waited: list[float]) -> float:
    if float("inf") in waited:
        return float("inf")
    return statistics.quantiles(waited, n=100, method="inclusive")[98] if len(waited) > 1 else waited[0]


if __name__ == "__main__":
    sys.exit(main())
