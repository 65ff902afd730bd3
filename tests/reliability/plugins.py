"""Plugins that misbehave: one clear boot error, or the rest serves and four places name the one left out.

Each misbehaviour is a distribution on disk beside a good one. It is loaded

1. with ``on_load_failure = fail``: the boot ends in one error of :mod:`apirouter.errors`, whose text is one line
   and names the entry point and its distribution; ``apirouter-serve`` says no more than that line;
2. with ``skip``: the good plugin serves; the failed one is named in the log at ERROR, is absent from
   ``/extensions`` (404 by its name), makes the health check ``DEGRADED`` by name, and stands as ``failed``, with the
   reason, in ``apirouter-extensions``.

What a service can live with (slow imports, threads, odd descriptions) is loaded and listed. A plugin that is
uninstalled under a running service is served on, and gone after the next load.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from apirouter.cmd import extensions as extensions_command
from apirouter.cmd import serve as serve_command
from apirouter.deploy import loadapp
from apirouter.errors import ApiRouterError
from tests.reliability import _misbehaviours
from tests.reliability._judge import Reply, send
from tests.reliability._table import Figure, program

#: What the short version tries, beside everything that a service lives with.
_SHORT = (
    *("import error with line ends", "SyntaxError", "SystemExit at import", "a constructor that raises"),
    *(
        "a number for a class",
        "an alias that raises",
        "resources: a list of numbers",
        "two plugins with one name",
    ),
)


def run(long: bool) -> list[Figure]:
    """Load every misbehaving plugin, both ways.

    :param long: let the slow import take twenty seconds instead of one.
    """
    cases = [c for c in _misbehaviours.cases(20.0 if long else 1.0) if long or c.name in _SHORT or c.loads]
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as name, _on_path(name) as threads:
        for number, case in enumerate(cases):
            for how in ("fail", "skip"):
                ini = _misbehaviours.write(case, number, Path(name), how)
                problems = list(_lived_with(ini) if case.loads else _refused(ini, how, case))
                broken += [f"{case.name}, {how}: {problem}" for problem in problems]
        count = len(cases)
        broken += [f"uninstalled: {p}" for p in _uninstalled(count, Path(name))]
        left = [t.name for t in threading.enumerate() if t not in threads and not t.daemon]
        time.sleep(0.1 if left else 0)
    for one in broken:
        sys.stdout.write(f"{one}\n")
    kept = not broken
    return [
        Figure("misbehaviours, on_load_failure = fail", str(count), "one clear error, or it serves", kept),
        Figure(
            "misbehaviours, on_load_failure = skip", str(count), "the rest serves, four places tell", kept
        ),
        Figure("uninstalled while running", "1", "served on, gone after the next load", kept),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    return program(__doc__, run, argv)


@contextlib.contextmanager
def _on_path(directory: str) -> Iterator[list[threading.Thread]]:
    before, modules = list(sys.path), set(sys.modules)
    sys.path.insert(0, directory)
    try:
        yield threading.enumerate()
    finally:
        sys.path[:] = before
        for name in [n for n in sys.modules if n not in modules and n.rpartition("_")[0].endswith("_plugin")]:
            del sys.modules[name]


class _Log(logging.Handler):
    """Keeps the records of the library."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextlib.contextmanager
def _logged() -> Iterator[_Log]:
    log, logger = _Log(), logging.getLogger("apirouter")
    logger.addHandler(log)
    root = logging.getLogger()
    before = logger.propagate, logger.level, root.level, root.handlers[:]
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        logger.removeHandler(log)
        logger.propagate, level, root_level, root.handlers[:] = before
        logger.setLevel(level)
        root.setLevel(root_level)


def _ask(application: Any, path: str, **more: str) -> Reply:
    return send(application, {"PATH_INFO": path, **more})


def _said(command: Any, *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; return exit status, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command.main(list(arguments))
    return status, out.getvalue(), err.getvalue()


def _refused(ini: Path, how: str, case: _misbehaviours.Case) -> Iterator[str]:
    # Of two with one name the first serves.
    yield from _boot_error(ini) if how == "fail" else _left_out(ini, ["bad"] if case.second else [])


def _boot_error(ini: Path) -> Iterator[str]:
    """Load, and expect one clear error."""
    importlib.invalidate_caches()
    with _logged():
        try:
            loadapp(f"config:{ini}")
        except ApiRouterError as error:
            text = str(error)
        except BaseException as error:
            yield f"{type(error).__name__} leaves the load: {error!r}"
            return
        else:
            yield "it loads"
            return
        status, _, err = _said(serve_command, str(ini), "--bind", "127.0.0.1:0", "--log-level", "critical")
    if "bad = " not in text or "plugin" not in text:
        yield f"the error names no plugin: {text!r}"
    if text.splitlines() != [text] or not text.isprintable():
        yield f"the error is no line: {text!r}"
    lines = [line for line in err.splitlines() if line.startswith("apirouter-serve: ")]
    if status != 2 or len(lines) != 1 or "Traceback" in err or "bad = " not in lines[0]:
        yield f"apirouter-serve: {status} {err!r}"


def _left_out(ini: Path, others: list[str]) -> Iterator[str]:
    """Load without it, and look into the four places."""
    with _logged() as log:
        try:
            application = loadapp(f"config:{ini}")
        except BaseException as error:
            yield f"it does not load: {error!r}"
            return
    reply = _ask(application, "/good")
    if (reply.status, reply.body) != (200, b'{"good": []}'):
        yield f"the good one answers {reply.status} {reply.body!r}"
    errors = [r.getMessage() for r in log.records if r.levelno >= logging.ERROR]
    if len(errors) != 1 or "bad" not in errors[0] or not errors[0].isprintable():
        yield f"the log says {errors}"
    listed = json.loads(_ask(application, "/extensions").body)["extensions"]
    missing = _ask(application, "/extensions/bad").status == 404
    if [one["alias"] for one in listed] != [*others, "good"] or missing is bool(others):
        yield f"/extensions says {listed}"
    health = _ask(application, "/healthcheck", HTTP_ACCEPT="application/json")
    told = json.loads(health.body)
    if (health.status, told["status"]) != (200, "DEGRADED") or "plugin bad" not in told["checks"]:
        yield f"the health check says {health.status} {told}"
    with _logged():
        status, out, err = _said(extensions_command, str(ini), "--format", "json", "--exit-code")
    try:
        states = {(p["entry_point"], p["state"]): p["reason"] for p in json.loads(out[out.index("[") :])}
    except ValueError:
        states = {}
    failed = [reason for (point, state), reason in states.items() if state == "failed" and "bad" in point]
    if status != 1 or len(failed) != 1 or not failed[0]:
        yield f"apirouter-extensions: {status} {states} {err}"


def _lived_with(ini: Path) -> Iterator[str]:
    """Load, and expect both to be there."""
    importlib.invalidate_caches()
    with (
        _logged() as log,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        try:
            application = loadapp(f"config:{ini}")
        except BaseException as error:
            yield f"it does not load: {error!r}"
            return
    reply = _ask(application, "/extensions")
    if reply.status != 200 or [e["alias"] for e in json.loads(reply.body)["extensions"]] != ["bad", "good"]:
        yield f"/extensions says {reply.status} {reply.body!r}"
    errors = [r.getMessage() for r in log.records if r.levelno >= logging.ERROR]
    if errors:
        yield f"the log says {errors}"


def _uninstalled(number: int, directory: Path) -> Iterator[str]:
    """Take a plugin's files away under a running service."""
    module = _misbehaviours.GOOD.replace("good", "bad").replace("Good", "Bad")
    ini = _misbehaviours.write(_misbehaviours.Case("", module), number, directory, "fail")
    importlib.invalidate_caches()
    with _logged():
        application = loadapp(f"config:{ini}")
        _misbehaviours.uninstall(number, directory)
        importlib.invalidate_caches()
        for path, status in (("/bad", 200), ("/extensions/bad", 200), ("/bad/1", 404), ("/healthcheck", 200)):
            if _ask(application, path).status != status:
                yield f"{path} answers {_ask(application, path).status}"
        again = loadapp(f"config:{ini}")
    for path, status in (("/bad", 404), ("/extensions/bad", 404), ("/good", 200)):
        if _ask(again, path).status != status:
            yield f"after the next load {path} answers {_ask(again, path).status}"


if __name__ == "__main__":
    sys.exit(main())
