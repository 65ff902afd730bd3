"""One running service as records: made once of the objects that serve, at the first request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from apirouter.describe import Description, describe
from apirouter.describe.guards import Guarded, guarded, rules_of
from apirouter.describe.plugins import Listed, listed
from apirouter.describe.records import Application
from apirouter.describe.rows import ordered
from apirouter.describe.walk import End, ends
from apirouter.page.configuration import Configuration
from apirouter.page.health import Finding, Health, Life, health
from apirouter.page.pipelines import Line, changed, lines, named
from apirouter.policy import Rule
from apirouter.redaction import MASK, mask
from apirouter.routing.router import APIRouter

#: A user and a password in a URL.
_USER = re.compile(r"(\w://)[^/@\s]{1,200}@")


@dataclass(frozen=True, slots=True)
class Version:
    """What one API says of its versions.

    :param mount: where it is mounted.
    :param id: as ``v2.1``; empty when it says none.
    :param status: ``CURRENT`` and so on.
    :param updated: when the API last changed.
    :param application: its record, with the microversions.
    """

    mount: str
    id: str
    status: str
    updated: str
    application: Application


@dataclass(frozen=True, slots=True)
class Moment:
    """What may be another at each request.

    :param health: how the service is.
    :param policies: its policy rules and what they guard.
    """

    health: Health
    policies: tuple[Guarded, ...]


class Survey:
    """What there is to tell of a service.

    :param application: its outermost application.
    :param configuration: the INI that it was loaded from; None when there is none.
    """

    def __init__(self, application: Any, configuration: Configuration | None) -> None:
        self._application = application
        self._ends: tuple[End, ...] = tuple(ends(application))
        known = named(configuration, self._ends)
        described = ordered(describe(application, naming=known.naming), "path")
        self._configuration, self._note = configuration, known.note
        #: The applications, without secrets in what is told of their plugins, and the routes by path.
        self.description = Description(tuple(map(_clean, described.applications)), described.routes)
        self.pipelines: tuple[Line, ...] = lines(self.description.applications, known)
        self.plugins: tuple[Listed, ...] = tuple(listed([self.description]))
        self.versions: tuple[Version, ...] = tuple(_versions(self._ends, self.description.applications))
        self._policies: tuple[dict[str, Rule], tuple[Guarded, ...]] = ({}, ())

    @property
    def note(self) -> str:
        """Why names or strategies are missing, or the INI says otherwise by now; empty when neither is so."""
        return self._note or changed(self._configuration)

    @property
    def services(self) -> tuple[str, ...]:
        """The types of the services, as ``compute``."""
        found = (one.service_type for one in self.description.applications if one.service_type)
        return tuple(dict.fromkeys(found))

    def moment(self, life: Life) -> Moment:
        """Return what is so now.

        :param life: since when the service runs.
        """
        found = health(self._application, self._ends, life)
        findings = tuple(Finding(f.name, f.source, without_secrets(f.problem)) for f in found.findings)
        return Moment(replace(found, findings=findings), self._guarded())

    def _guarded(self) -> tuple[Guarded, ...]:
        """Return the policy rules; what they guard is found anew only when the rules are others."""
        rules = rules_of(self._application)
        known, found = self._policies
        if rules != known:
            found = tuple(
                Guarded(_clean_rule(one.rule), one.routes) for one in guarded(rules, self.description)
            )
            self._policies = (rules, found)
        return found


def without_secrets(text: str) -> str:
    """Return a text that somebody else wrote (an exception's, a check's) without what looks like a secret."""
    return _USER.sub(rf"\1{MASK}@", mask(text))


def _clean(application: Application) -> Application:
    return replace(
        application,
        warnings=tuple(map(without_secrets, application.warnings)),
        plugins=tuple(replace(p, reason=without_secrets(p.reason)) for p in application.plugins),
    )


def _clean_rule(rule: Rule) -> Rule:
    # Not mask(): "token:%(x)s" is a check, and no token.
    default = rule.default if rule.default is None else _USER.sub(rf"\1{MASK}@", rule.default)
    return replace(rule, check=_USER.sub(rf"\1{MASK}@", rule.check), default=default)


def _versions(found: Iterable[End], applications: Iterable[Application]) -> Iterable[Version]:
    for end, application in zip(found, applications, strict=True):
        if isinstance(end.application, APIRouter):
            info = end.application.version_info
            yield Version(application.mount, info.id, info.status, info.updated, application)
