"""The compute example over HTTP, driven by schemathesis out of its OpenAPI document."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.functional.computeapi import write_ini
from tests.ports import free_port
from tests.reliability._serving import ROOT, Server, apirouter_serve, serving
from tests.reliability._table import Figure

#: Pipelines that believe everybody: each gets an authentication that can say no.
_BELIEVING = re.compile(r"^noauth2 = (.* )noauth2 ", re.MULTILINE)
_SECTIONS = """
[filter:measured]
paste.filter_factory = tests.reliability._measured:filter_factory
[filter:basic_auth]
paste.filter_factory = apirouter.filters.basic_auth:filter_factory
htpasswd = %(here)s/htpasswd
context_key = nova.context
admin_users = root
"""
#: What a valid request may be told that a schema can't say: there is no such image, flavor or sort key.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 413]
"""


def guarded_ini(directory: Path) -> Path:
    """Write the example's INI with users, and without the plugin of a package that is not the example's."""
    import bcrypt

    path = write_ini(directory, options="extensions_disabled = groups\n", sections=_SECTIONS)
    text = path.read_text(encoding="utf-8")
    guarded, count = _BELIEVING.subn(r"noauth2 = measured \1basic_auth ", text)
    # Compute, compute for legacy clients, images.
    assert count == 3
    path.write_text(guarded, encoding="utf-8")
    users = [f"{u}:{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n" for u in ("alice", "root")]
    (directory / "htpasswd").write_text("".join(users))
    return path


def over_http(cases: int) -> list[Figure]:
    """Send at least so many cases over HTTP, all checks on.

    :param cases: how many.
    """
    if not all(map(importlib.util.find_spec, ("schemathesis", "bcrypt"))):
        return [Figure("schemathesis", "not tried: it (or bcrypt) is not installed")]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        port = free_port()
        ini = guarded_ini(directory)
        document(ini, directory / "openapi.json")
        (directory / "schemathesis.toml").write_text(_CONFIG)
        with serving(apirouter_serve(ini, port), port, cwd=directory) as server:
            sent = seed = 0
            while sent < cases:
                seed += 1
                count, said = _drive(server, directory, seed, max(1, min(60, cases // 150)))
                sent += count
                if said:
                    sys.stdout.write(said)
                    return [Figure("schemathesis, cases", str(sent), "no check fails", kept=False)]
            errors = server.said.count("Traceback")
    return [
        Figure("schemathesis, cases", str(sent), "no check fails"),
        Figure("schemathesis, tracebacks in the log", str(errors), "none", kept=not errors),
    ]


def document(ini: Path, path: Path) -> None:
    """Write the OpenAPI document of the example."""
    from apirouter.deploy import loadapp
    from apirouter.describe import describe
    from apirouter.describe.rows import Choice
    from apirouter.openapi import document as made_of

    made = made_of(Choice(mount="/v2.1*").of(describe(loadapp(f"config:{ini}"))))
    path.write_text(json.dumps(made))


def _drive(server: Server, directory: Path, seed: int, examples: int) -> tuple[int, str]:
    """Run schemathesis once; return how many cases it sent, and what it says if a check fails."""
    checks = (
        "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    )
    checks += (
        "response_schema_conformance,positive_data_acceptance,missing_required_header,unsupported_method,"
    )
    checks += "use_after_free,ensure_resource_availability,ignored_auth,negative_data_is_refused,"
    checks += "allow_is_what_the_paths_take,small_refusals,little_processor"
    line = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", server.url]
    line += [
        "--checks",
        checks,
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--auth",
        "alice:secret",
    ]
    line += ["--warnings", "off", "--no-shrink"]
    done = subprocess.run(
        line,
        cwd=directory,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.reliability._http_checks"},
    )
    found = re.search(r"(\d+) generated", done.stdout)
    said = "" if done.returncode == 0 and found else done.stdout + done.stderr
    return int(found[1]) if found else 0, said
