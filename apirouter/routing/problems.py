"""Requirements that a client can make hang: told when their routes are connected."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import routes

from apirouter.errors import ConfigError, clip
from apirouter.patterns import catastrophic
from apirouter.routing.route import given
from apirouter.routing.template import Reader

log = logging.getLogger(__name__)

#: What to do about one.
FIX = "write it so that no text matches in two ways"


@dataclass(frozen=True, slots=True)
class Problem:
    """A requirement that a client can make hang.

    :param route: the first route that has it.
    :param name: the variable.
    :param pattern: the requirement.
    :param reason: why, the rest of a sentence that starts at the requirement.
    """

    route: routes.route.Route
    name: str
    pattern: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.route.routepath} ({self.route.name})" if self.route.name else self.route.routepath
        return f"route {where}: the requirement '{clip(self.pattern)}' of '{self.name}' {self.reason}"


class Judge:
    """Looks at the requirements of routes, at each only once.

    :param reader: reads the paths.
    :param strict: whether a requirement that a client can make hang is refused instead of reported.
    :param logs: whether it is logged too.
    """

    def __init__(self, reader: Reader, *, strict: bool, logs: bool) -> None:
        self.problems: list[Problem] = []
        self._reader = reader
        self._strict, self._logs = strict, logs
        self._judged: set[str] = set()
        self._seen: set[str] = set()

    def look(self, route: routes.route.Route) -> None:
        """Report the requirements of a route that a client can make hang.

        :raises re.error: a requirement is no regular expression.
        :raises ConfigError: a client can make one hang, and that is refused.
        """
        judged = self._judged
        for name, pattern in given(route).items():
            if pattern not in judged:
                self._judge(route, name, pattern)
        path = route.routepath
        above, _, last = path.rpartition("/")
        if last in self._seen and above in self._seen:
            return
        for text in path.split("/"):
            if text in self._seen:
                continue
            chunk = self._reader.chunk(text)
            for each in self._reader.chunks(path) if chunk is None else (chunk,):
                for name, pattern in each.reqs.items():
                    if pattern not in judged:
                        self._judge(route, name, pattern)
            # Only now: one that is refused must be refused the next time too.
            self._seen.add(text)
        self._seen.add(above)

    def _judge(self, route: routes.route.Route, name: str, pattern: str) -> None:
        re.compile(f"^{pattern}$")  # raises what Routes would, when it would
        self._judged.add(pattern)
        reason = catastrophic(pattern)
        if reason is None:
            return
        problem = Problem(route, name, pattern, reason)
        if self._strict:
            raise ConfigError(str(problem), fix=FIX)
        if self._logs:
            log.warning("%s; %s", problem, FIX)
        self.problems.append(problem)
