"""Requests a second over sockets: ours, with and without ``fast``, and Falcon's in turn, under the same servers.

    python -m bench.sockets [--json FILE] [--servers gunicorn-sync,waitress] [--lives 5] [--short] [--check]

1. All three run at once, each in a server of its own with one worker; the client asks one at a time, in turns:
   the idle ones cost nothing.
2. The client is wrk where it is installed, else :mod:`bench.client`; how busy it was itself is told, for near
   100 % of a processor it is the client that is measured.
3. Where other processes are busy too, a second of the wall's clock tells little. So the processor's time that
   the server took for a request is told beside it, where /proc tells it.
4. A process differs from another of the same program by more than a round from the next: where its memory lies,
   how its words hash. So all are ended and started anew, ``--lives`` times.
5. Only this machine is asked, for ``--seconds`` a round, ``--rounds`` rounds a life. A reply that is not 200 ends
   the run.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.cold import children
from bench.harness import Figure, Goal, Run, arguments, finish, table
from bench.peers import OURS, work
from bench.whole import FAST_PACKAGES

APPLICATION = "bench.served:application"
#: As many as there are connections: waitress logs each request that has to wait for a thread.
THREADS = 8
RIVAL = "falcon"
#: Column -> whose application, in which configuration.
CONTENDERS = {OURS: (OURS, "default"), f"{OURS}, fast": (OURS, "fast"), RIVAL: (RIVAL, "default")}


def _gunicorn(*more: str) -> Callable[[int], list[str]]:
    return lambda port: [
        *(sys.executable, "-m", "gunicorn", "--workers", "1", "--bind", f"127.0.0.1:{port}"),
        *("--log-level", "error", *more, APPLICATION),
    ]


def _waitress(port: int) -> list[str]:
    where = [f"--listen=127.0.0.1:{port}", f"--threads={THREADS}"]
    return [sys.executable, "-m", "waitress", *where, APPLICATION]


def _uwsgi(port: int) -> list[str]:
    return [
        *(_script("uwsgi"), "--http-socket", f"127.0.0.1:{port}", "--module", APPLICATION, "--master"),
        *("--processes", "1", "--threads", str(THREADS), "--disable-logging", "--die-on-term", "--need-app"),
        # It closes each connection, and says so only when told to.
        *("--add-header", "Connection: close", "--home", sys.prefix),
    ]


def _granian(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--no-ws"),
        *("--blocking-threads", str(THREADS), "--host", "127.0.0.1", "--port", str(port)),
        *("--log-level", "error", APPLICATION),
    ]


def _script(name: str) -> str:
    """Return the path of a program that pip installed, or its name."""
    path = Path(sysconfig.get_path("scripts"), name)
    return str(path) if path.exists() else name


#: Server -> how it is started on a port, and what has to be installed.
SERVERS: dict[str, tuple[Callable[[int], list[str]], str]] = {
    "gunicorn-sync": (_gunicorn("--worker-class", "sync"), "gunicorn"),
    "gunicorn-gthread": (_gunicorn("--worker-class", "gthread", "--threads", str(THREADS)), "gunicorn"),
    "waitress": (_waitress, "waitress"),
    "uwsgi": (_uwsgi, "uwsgi"),
    "granian": (_granian, "granian"),
}


def installed(need: str) -> bool:
    """Tell whether a server is installed: a module, or a program."""
    return importlib.util.find_spec(need) is not None or shutil.which(_script(need)) is not None


def cases(size: int) -> dict[str, str]:
    """Return what is asked: name -> path.

    :param size: how many resources.
    """
    return {
        "GET member": work.first(size).path,
        "GET list of 50": f"{work.PREFIX}/{work.PROJECT}/things{size // 2}",
    }


@contextlib.contextmanager
def serving(name: str, contender: str, size: int) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process's id when it answers.

    :param name: which server.
    :param contender: of :data:`CONTENDERS`.
    :param size: how many resources.
    :raises SystemExit: it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    peer, configuration = CONTENDERS[contender]
    environ = {
        **os.environ,
        "BENCH_PEER": peer,
        "BENCH_CONFIGURATION": configuration,
        "BENCH_SIZE": str(size),
    }
    # No pipe: a server that has much to say would wait for somebody to read it.
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(SERVERS[name][0](port), env=environ, stdout=said, stderr=said)
        try:
            if not _answers(process, port, work.first(size).path):
                said.seek(0)
                raise SystemExit(f"{name} does not serve {contender}:\n{said.read()[-2000:]}")
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def processor(pid: int) -> float:
    """Return the processor's seconds that a process and its descendants took; 0 where /proc doesn't tell."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        one = int(stat.parent.name)
        parents[one], ticks[one] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {pid}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks.get(one, 0) for one in family) / os.sysconf("SC_CLK_TCK")


def _answers(process: subprocess.Popen[bytes], port: int, path: str, seconds: float = 120) -> bool:
    """Wait for a server's first reply; tell whether it is what was asked for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path, headers={"X-Auth-Token": work.TOKEN})
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return False


def by_wrk(port: int, path: str, options: Namespace) -> tuple[int, float]:
    """Return how many requests were answered and in how many seconds, as wrk counts them.

    :raises SystemExit: a reply was not 2xx, or there was none.
    """
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{max(1, round(options.seconds))}s"]
    command += ["-H", f"X-Auth-Token: {work.TOKEN}", "-H", "Accept: application/json"]
    command.append(f"http://127.0.0.1:{port}{path}")
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, count = re.search(r"Requests/sec:\s+([0-9.]+)", text), re.search(r"(\d+) requests in", text)
    if "Non-2xx" in text or rate is None or count is None or not float(rate[1]):
        raise SystemExit(f"wrk did not get what it asked for, {path}:\n{text}")
    return int(count[1]), int(count[1]) / float(rate[1])


def by_own(port: int, path: str, options: Namespace) -> tuple[int, float]:
    """Return how many requests were answered and in how many seconds, as our own client counts them.

    :raises SystemExit: a reply was not 200, or there was none.
    """
    command = [sys.executable, "-m", "bench.client", str(port), path]
    command += ["--seconds", str(options.seconds), "--connections", str(options.connections)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if told["wrong"] or not told["done"]:
        raise SystemExit(f"of {told['done']} replies {told['wrong']} were not 200, or not whole")
    return told["done"], told["seconds"]


CLIENTS = {"wrk": by_wrk, "own": by_own}


def client_of(options: Namespace) -> str:
    """Return the client that is used: the one that is asked for, or wrk where it is installed."""
    return options.client or ("wrk" if shutil.which("wrk") else "own")


def measured(name: str, options: Namespace) -> dict[str, tuple[Run, dict[str, float]]]:
    """Ask the contenders in turn under one server.

    :param name: the server.
    :param options: the command line's.
    :returns: case -> seconds a request by the wall's clock, and what the server's processes took of the processor
        for one; ``client`` among these is the part of the time that the client had the processor.
    """
    found: dict[str, tuple[Run, dict[str, float]]] = {}
    lives = [_life(name, options) for _ in range(options.lives)]
    for case in lives[0]:
        parts = [life[case] for life in lives]
        rounds = {
            one: tuple(spent for run, _ in parts for spent in run.figures[one].rounds)
            for one in options.contenders
        }
        cost = {one: statistics.fmean(cost[one] for _, cost in parts) for one in parts[0][1]}
        found[case] = Run({one: Figure(one, spent) for one, spent in rounds.items()}), cost
    return found


def _life(name: str, options: Namespace) -> dict[str, tuple[Run, dict[str, float]]]:
    ask = CLIENTS[client_of(options)]
    found: dict[str, tuple[Run, dict[str, float]]] = {}
    with contextlib.ExitStack() as stack:
        servers = {one: stack.enter_context(serving(name, one, options.size)) for one in options.contenders}
        names = list(servers)
        for case, path in cases(options.size).items():
            seconds: dict[str, list[float]] = {one: [] for one in names}
            asked, taken = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
            before, began = children(), time.perf_counter()
            for number in range(options.rounds):
                turn = number % len(names)
                for one in names[turn:] + names[:turn]:
                    port, pid = servers[one]
                    cpu = processor(pid)
                    count, spent = ask(port, path, options)
                    taken[one] += processor(pid) - cpu
                    asked[one] += count
                    seconds[one].append(spent / count)
            run = Run({one: Figure(one, tuple(rounds)) for one, rounds in seconds.items()})
            cost = {one: taken[one] / asked[one] for one in names}
            cost["client"] = (children() - before) / (time.perf_counter() - began)
            found[case] = run, cost
    return found


def rows_of(name: str, case: str, run: Run, cost: dict[str, float]) -> list[str]:
    """Return one line of the table.

    :param name: the server.
    :param case: what was asked.
    :param run: seconds a request.
    :param cost: the processor's, and the client's part.
    """
    cells = [name, case]
    for one, figure in run.figures.items():
        cells.append(f"{1 / figure.median:.0f} ±{figure.spread:.0%}, {cost[one] * 1e6:.0f} µs")
    if RIVAL in run.figures:
        cells += [f"{run.ratio(RIVAL, one):.2f}" for one in run.figures if one != RIVAL]
    return [*cells, f"{cost['client']:.0%}"]


def main() -> int:
    """Run the benchmark."""
    parser = arguments(__doc__.splitlines()[0] if __doc__ else "")
    parser.set_defaults(rounds=6)
    parser.add_argument("--servers", default=",".join(SERVERS), help="which (default: %(default)s)")
    parser.add_argument(
        "--client", choices=CLIENTS, help="wrk, or our own (default: wrk where it is installed)"
    )
    parser.add_argument("--size", type=int, default=300, help="how many resources (default: %(default)s)")
    parser.add_argument(
        "--lives", type=int, default=5, help="how often each server is started (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="of a round (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=8, help="at once (default: %(default)s)")
    parser.add_argument(
        "--short", action="store_true", help="as short as it gets: shows that it runs, no more"
    )
    options = parser.parse_args()
    if options.short:
        options.lives, options.rounds, options.seconds = 1, 1, 0.2
        options.size, options.client = 4, options.client or "own"
    fast = all(importlib.util.find_spec(package) for package in FAST_PACKAGES)
    options.contenders = [one for one, (_, kind) in CONTENDERS.items() if fast or kind != "fast"]
    if not installed(RIVAL):
        print(f"{RIVAL} is left out: it is not installed", file=sys.stderr)
        options.contenders.remove(RIVAL)
    ours = [one for one in options.contenders if RIVAL in options.contenders and one != RIVAL]
    rows = [["server", "", *options.contenders, *(f"{one} / {RIVAL}" for one in ours), "client busy"]]
    results: dict[str, Any] = {"client": client_of(options)}
    goals = []
    for name in options.servers.split(","):
        if not installed(SERVERS[name][1]):
            print(f"{name} is left out: {SERVERS[name][1]} is not installed", file=sys.stderr)
            continue
        results[name] = {}
        for case, (run, cost) in measured(name, options).items():
            results[name][case] = {**run.as_json(), "processor": cost}
            rows.append(rows_of(name, case, run, cost))
            for one in ours:
                text = f"requests/s of {one} / {RIVAL}: {name}, {case}"
                goals.append(Goal(text, run.ratio(RIVAL, one), 1.0, at_least=True))
    print(
        f"\nRequests a second, and the server's processor time for one: one worker each, {options.connections}"
    )
    print(f"connections, {results['client']}, {os.cpu_count()} processors")
    print(table(rows))
    return finish(options, results, goals)


if __name__ == "__main__":
    raise SystemExit(main())
