"""One fresh process of ``building``: threads that load at once, then children that do; prints one JSON line.

``python -m tests.reliability._building_worker THREADS ROUNDS INI...``: thread n loads INI n modulo their number,
so many times, and the first time is the first import of everything for all of them.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

PATIENCE = 120.0


def built(ini: str, loaded: Callable[[], Any] = lambda: None) -> str:
    """Load an INI; return a digest of all there is of the application, or the error.

    :param ini: the file.
    :param loaded: called between the load and the rest, of which the imports are not the load's.
    """
    from apirouter import loadapp

    try:
        application = loadapp(f"config:{ini}")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        loaded()
    from apirouter.describe import as_data, describe
    from tests.reliability._wsgi import call, environ_of

    root, versioned = (call(application, environ_of("GET", path)) for path in ("/", "/v2.1/extensions"))
    told = [
        as_data(describe(application)),
        root.status,
        versioned.status,
        versioned.body.decode().replace(str(os.getpid()), ""),
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def at_once(threads: int, rounds: int, inis: Sequence[str]) -> dict[str, list[str]]:
    """Load in so many threads; return INI -> the different outcomes."""
    barrier, lock = threading.Barrier(threads), threading.Lock()
    found: dict[str, set[str]] = {}

    def work(number: int) -> None:
        barrier.wait()
        ini = inis[number % len(inis)]
        for _ in range(rounds):
            try:
                outcome = built(ini, barrier.wait)
            except Exception:
                outcome = traceback.format_exc()
            with lock:
                found.setdefault(ini, set()).add(outcome)

    workers = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        if worker.is_alive():
            return {"stuck": ["a thread hangs"]}
    return {ini: sorted(outcomes) for ini, outcomes in found.items()}


def in_child(work: Callable[[], Any]) -> str:
    """Fork; return the JSON of what the child's work returned, or what became of it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            text = json.dumps(work())
        except BaseException:
            text = json.dumps(traceback.format_exc())
        with os.fdopen(write, "w") as stream:
            stream.write(text)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    deadline = time.monotonic() + PATIENCE
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, 9)
            return '"the child hangs"'
        time.sleep(0.01)
    return text


def main(argv: list[str]) -> int:
    """Print what came of it."""
    threads, rounds, inis = int(argv[0]), int(argv[1]), argv[2:]
    # Threads change places between any two instructions.
    sys.setswitchinterval(1e-6)
    found = at_once(threads, rounds, inis)
    sys.setswitchinterval(0.005)
    again = {ini: built(ini) for ini in inis}
    child = json.loads(in_child(lambda: at_once(len(inis), 1, inis)))
    gc.collect()
    sys.stdout.write(json.dumps({"threads": found, "alone": again, "child": child}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
