"""How one running service is: what its checks find, what it knows to be wrong, since when it runs.

Asked anew at each request, of the objects that serve.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from apirouter._version import __version__
from apirouter.describe.walk import End
from apirouter.filters.healthcheck import Healthcheck, health_of

OK, DEGRADED, UNAVAILABLE = "OK", "DEGRADED", "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check finds.

    :param name: the check.
    :param source: ``healthcheck`` for a plug-in of ``apirouter.healthcheck``, ``service`` for what the service
        itself knows.
    :param problem: what is wrong; empty when all is well.
    """

    name: str
    source: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """Since when a process serves.

    :param loaded_at: when the application was loaded, seconds since the epoch.
    :param load_time: how long loading took, in seconds; 0 when nobody measured.
    """

    loaded_at: float
    load_time: float

    @property
    def uptime(self) -> float:
        """How long it has been serving, in seconds."""
        return max(0.0, time.time() - self.loaded_at)


@dataclass(frozen=True, slots=True)
class Health:
    """How a service is.

    :param status: ``OK``; ``DEGRADED`` when it goes on without something; ``UNAVAILABLE`` when a check fails.
    :param findings: what each check finds.
    :param checked: whether a healthcheck stands in the service at all.
    :param uptime: how long it has been serving, in seconds.
    :param load_time: how long loading took, in seconds; 0 when nobody measured.
    :param started: when the application was loaded, ISO 8601 in UTC.
    :param python: the version of Python, and which.
    :param version: that of apirouter.
    :param process: the process's id.
    """

    status: str
    findings: tuple[Finding, ...]
    checked: bool
    uptime: float
    load_time: float
    started: str
    python: str
    version: str
    process: int


def health(application: Any, ends: Iterable[End], life: Life) -> Health:
    """Return how a service is at this moment.

    :param application: the service's outermost application.
    :param ends: the ends of its pipelines.
    :param life: since when it runs.
    """
    checks = list(healthchecks(ends))
    findings = [
        Finding(name, "healthcheck", problem or "")
        for check in checks
        for name, problem in check.findings().items()
    ]
    failed = any(finding.problem for finding in findings)
    known = {name: why for source in health_of(application) for name, why in source().items()}
    findings += [Finding(name, "service", why) for name, why in known.items()]
    return Health(
        status=UNAVAILABLE if failed else DEGRADED if known else OK,
        findings=tuple(dict.fromkeys(findings)),
        checked=bool(checks),
        uptime=life.uptime,
        load_time=life.load_time,
        started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(life.loaded_at)),
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        version=__version__,
        process=os.getpid(),
    )


def healthchecks(ends: Iterable[End]) -> Iterator[Healthcheck]:
    """Yield the healthchecks of a service, each once: filters, and those that are mounted.

    :param ends: the ends of its pipelines.
    """
    seen: set[int] = set()
    for end in ends:
        for one in (*end.filters, end.application):
            check = one if isinstance(one, Healthcheck) else getattr(one, "filter", None)
            if isinstance(check, Healthcheck) and id(check) not in seen:
                seen.add(id(check))
                yield check
