"""Fuzz: no hostile request and no broken INI brings out anything but what is declared.

1. Requests go to three applications: the compute example as it ships; every filter of the library in one
   pipeline; the tree of objects. What is promised of each reply stands in :mod:`._judge`.
2. INI files, grown from the words of such files and from the shipped one with its lines disturbed, either load
   or raise one of :mod:`apirouter.errors`; so does describing and checking them.
3. Inputs come from hypothesis; in the long version also from atheris, guided by the library's own branches,
   where it is installed (it has wheels for Linux only).
4. Over HTTP schemathesis drives the compute example out of its OpenAPI document.
"""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.reliability import _ini, _requests
from tests.reliability._fuzz_http import over_http
from tests.reliability._judge import MILLISECONDS, SMALL, Judge, Seen
from tests.reliability._table import Figure, program

Target = Callable[[], None]


def run(long: bool) -> list[Figure]:
    """Fuzz.

    :param long: take some ten minutes instead of some seconds.
    """
    figures = []
    with quiet(), tempfile.TemporaryDirectory() as name:
        made = applications(Path(name))
        with _settled():
            for made_of, application in made.items():
                figures += _fuzzed(made_of, application, 500 if long else 10)
        figures.append(_inis(Path(name), 500 if long else 15))
    if long:
        figures += _guided(12)
    figures += over_http(20000) if long else []
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


@contextmanager
def quiet() -> Iterator[None]:
    """Take what applications log without writing it: each request is logged some way or other."""
    root, handler = logging.getLogger(), logging.NullHandler()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)


@contextmanager
def _settled() -> Iterator[None]:
    """Keep what the loads left out of the collector's way: it is not a request's to look through."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _default_installation() -> Iterator[None]:
    """Load without the extra that validates faster: the slower way is held to the promise."""
    name = "jsonschema_rs"
    had = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if had is not None:
            sys.modules[name] = had


def applications(directory: Path) -> dict[str, Any]:
    """Return what requests are sent to, by name.

    :param directory: where their INI files and databases go.
    """
    from apirouter.deploy import loadapp

    with _default_installation():
        return {name: loadapp(f"config:{path}") for name, path in _ini.write_all(directory).items()}


def target(judge: Judge, strategy: Any, examples: int) -> Target:
    """Return the property that no request of a strategy breaks a promise.

    :param judge: what sends and judges.
    :param strategy: yields environ and body.
    :param examples: how many are tried.
    """

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def promises_are_kept(request: Any) -> None:
        judge(*request)

    return promises_are_kept


def _fuzzed(name: str, application: Any, examples: int) -> list[Figure]:
    seen = Seen()
    broken = []
    for kind, strategy in _requests.KINDS.items():
        try:
            target(Judge(application, seen), strategy, examples)()
        except Exception as error:
            broken.append(f"{kind}: {type(error).__name__}: {error} {getattr(error, '__notes__', '')}")
    for one in broken:
        sys.stdout.write(f"{name}: {one}\n")
    classes = {n: sum(c for s, c in seen.statuses.items() if s // 100 == n) for n in range(1, 6)}
    told = " ".join(f"{n}xx:{count}" for n, count in classes.items() if count)
    return [
        Figure(f"{name}: requests", f"{seen.requests} ({told})", "no 5xx, nothing raised", not broken),
        Figure(
            f"{name}: largest 4xx",
            f"{seen.largest} B",
            f"at most {SMALL} B",
            seen.largest <= SMALL,
        ),
        Figure(
            f"{name}: most CPU",
            f"{seen.slowest:.0f} ms",
            f"at most {MILLISECONDS:g} ms",
            seen.slowest <= MILLISECONDS,
        ),
    ]


def _inis(directory: Path, examples: int) -> Figure:
    tried = [0]
    said = "loads, or a declared error"
    try:
        _ini.target(directory, examples, tried)()
    except Exception as error:
        sys.stdout.write(f"INI files: {type(error).__name__}: {error} {getattr(error, '__notes__', '')}\n")
        return Figure("INI files", str(tried[0]), said, kept=False)
    return Figure("INI files", str(tried[0]), said)


def _guided(seconds: int) -> list[Figure]:
    """Let atheris look for each kind of input, in a process of its own, for some seconds."""
    if importlib.util.find_spec("atheris") is None:
        return [Figure("atheris", "not tried: it is not installed")]
    with ThreadPoolExecutor(os.cpu_count()) as processes:
        return list(processes.map(lambda kind: _looked(kind, seconds), [*_requests.KINDS, "INI files"]))


def _looked(kind: str, seconds: int) -> Figure:
    line = [sys.executable, "-m", "tests.reliability._guided", kind, str(seconds)]
    done = subprocess.run(line, capture_output=True, text=True, errors="replace", env=os.environ)
    runs = re.search(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    branches, cases = re.findall(r"cov: (\d+)", done.stderr), re.findall(r"^cases: (\d+)", done.stderr, re.M)
    if done.returncode == 0 and runs and branches and cases:
        return Figure(f"atheris, {kind}", f"{cases[-1]} cases, {branches[-1]} branches", "as above", True)
    sys.stdout.write(f"atheris, {kind}:\n{(done.stdout + done.stderr)[-6000:]}\n")
    return Figure(f"atheris, {kind}", f"failed within {seconds} s", "as above", False)


if __name__ == "__main__":
    sys.exit(main())
