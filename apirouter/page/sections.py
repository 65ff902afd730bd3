"""The sections of the page, each a few tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apirouter.describe.guards import Guarded
from apirouter.describe.plugins import Listed
from apirouter.describe.records import Application, Description
from apirouter.describe.rows import Row as RouteRow
from apirouter.describe.rows import rows_of
from apirouter.page.health import DEGRADED, OK, Health
from apirouter.page.html import Safe, breakable, joined, tag
from apirouter.page.survey import Moment, Survey
from apirouter.page.tables import Column, Row, Table, badge, chain, code, lines, listing, plain, source
from apirouter.routing.plugins import LOADED

_STATUS = {OK: "good", DEGRADED: "doubtful"}
_STATES = {LOADED: "good", "failed": "bad", "disabled": "quiet"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page.

    :param name: its anchor.
    :param title: its heading.
    :param tables: its tables.
    :param intro: what stands in front of them.
    :param empty: what is said when there is nothing to show.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    intro: Safe = Safe()
    empty: str = ""


def sections(survey: Survey, moment: Moment) -> Iterator[Section]:
    """Yield the sections in their order.

    :param survey: the description of the service.
    :param moment: what is so now.
    """
    described = survey.description
    yield _health(moment.health, described.applications)
    yield Section("mounts", "Mounts", (_mounts(described),))
    note = tag("p", survey.note, class_="note") if survey.note else Safe()
    yield Section("pipelines", "Pipelines", (_pipelines(survey),), note)
    yield Section("versions", "Versions", (_versions(survey),), empty="No API here has versions.")
    yield Section("plugins", "Plugins", (_plugins(survey),), empty="No router here has plugins.")
    yield Section("routes", "Routes", tuple(_routes(survey)), empty="No router is mounted here.")
    yield Section(
        "policies", "Policies", (_policies(moment.policies),), empty="No router here has policy rules."
    )


def status_badge(health: Health) -> Safe:
    """Return the badge that tells how the service is."""
    return badge(health.status, _STATUS.get(health.status, "bad"))


# ------------------------------------------------------------------ health


def _health(health: Health, applications: Iterable[Application]) -> Section:
    facts = [
        ("Status", status_badge(health)),
        ("Serving for", plain(duration(health.uptime))),
        ("Loaded at", tag("time", _at(health.started), datetime=health.started)),
        ("Loading took", plain(f"{health.load_time:.2f} s" if health.load_time else "not measured")),
        ("Python", plain(health.python)),
        ("apirouter", plain(health.version)),
        ("Process", plain(str(health.process))),
    ]
    items = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    intro = [tag("dl", joined(items, "\n"), class_="facts")]
    if not health.checked:
        intro.append(
            tag(
                "p",
                "No healthcheck stands in this service: only what it knows by itself is told.",
                class_="note",
            )
        )
    checks = tuple(
        Row(
            (
                plain(finding.name),
                plain("healthcheck" if finding.source == "healthcheck" else "the service"),
                joined([badge("wrong", "bad"), " ", finding.problem])
                if finding.problem
                else badge("OK", "good"),
            ),
            "bad" if finding.problem else "",
        )
        for finding in health.findings
    )
    warnings = tuple(
        Row((code(application.mount), plain(warning)))
        for application in applications
        for warning in application.warnings
    )
    tables = [Table(plain("Checks, run just now"), _CHECKS, checks)] if checks else []
    if warnings:
        tables.append(Table(plain("Warnings while loading"), _WARNINGS, warnings))
    return Section("health", "Health", tuple(tables), joined(intro, "\n"))


_CHECKS = (Column("Check", "name"), Column("Told by", "word"), Column("Finding", "text"))
_WARNINGS = (Column("Mount", "mount"), Column("Warning", "text"))


def _at(moment: str) -> str:
    return moment.replace("T", " ").replace("Z", " UTC")


def duration(seconds: float) -> str:
    """Return a time for people, its two largest units: ``3 d 4 h``, ``12 min 5 s``, ``7 s``."""
    left = int(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number or (unit == "s" and not parts):
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])


# ------------------------------------------------------------------ mounts, pipelines, versions


def _place(host: str, mount: str) -> Safe:
    return lines(code(mount), plain(f"only for {host}" if host else ""))


def _where(file: str, line: int) -> Safe:
    return source(f"{file}:{line}" if file else "")


def _mounts(described: Description) -> Table:
    columns = (
        Column("Mount", "mount"),
        Column("Name", "name"),
        Column("Application", "object"),
        Column("Routes", "number"),
        Column("Filters", "number"),
    )
    rows = tuple(
        Row(
            (
                _place(one.host, one.mount),
                plain(one.name),
                lines(code(one.type), _where(one.file, one.line)),
                plain(str(sum(route.mount == one.mount for route in described.routes) or "")),
                plain(str(len(one.filters) or "")),
            )
        )
        for one in described.applications
    )
    return Table(plain("What answers below which path"), columns, rows)


def _pipelines(survey: Survey) -> Table:
    columns = (
        Column("Mount", "mount"),
        Column("Strategy", "word"),
        Column("Filters", "chain"),
    )
    rows = tuple(
        Row(
            (
                _place(line.host, line.mount),
                lines(
                    plain(line.strategy),
                    badge("in use", "good") if line.in_use else badge("not chosen", "quiet"),
                    source(line.source),
                ),
                chain(((one.name, one.type) for one in line.filters), line.application),
            ),
            "" if line.in_use else "quiet",
        )
        for line in survey.pipelines
    )
    return Table(plain("What a request passes through, in this order"), columns, rows)


def _versions(survey: Survey) -> Table:
    columns = (
        Column("Mount", "mount"),
        Column("Version", "word"),
        Column("Microversions", "word"),
        Column("Asked for by", "object"),
        Column("Media types", "object"),
    )
    rows = []
    for one in survey.versions:
        api = one.application
        spanned = f"{api.min_version} to {api.max_version}" if api.max_version else "none"
        default = f"{api.default_version} by default" if api.default_version else ""
        header = f"{api.version_header}: {api.service_type} {api.max_version}" if api.version_header else ""
        rows.append(
            Row(
                (
                    code(one.mount),
                    lines(
                        joined([one.id or api.service_type, " ", badge(one.status, _stage(one.status))]),
                        plain(f"updated {one.updated[:10]}" if one.updated else ""),
                    ),
                    lines(plain(spanned), plain(default)),
                    code(header),
                    listing([code(kind) for kind in api.media_types]),
                )
            )
        )
    return Table(plain("The versions of each API"), columns, tuple(rows))


def _stage(status: str) -> str:
    return {"CURRENT": "good", "SUPPORTED": "good", "DEPRECATED": "doubtful"}.get(status, "quiet")


# ------------------------------------------------------------------ plugins


def _plugins(survey: Survey) -> Table:
    columns = (
        Column("Plugin", "name"),
        Column("State", "text"),
        Column("Version", "number"),
        Column("Installed by", "object"),
        Column("Brings", "object"),
    )
    rows = []
    for one in survey.plugins:
        plugin = one.plugin
        state = badge(plugin.state, _STATES.get(plugin.state, "quiet"))
        rows.append(
            Row(
                (
                    lines(
                        joined(
                            [
                                tag("strong", plugin.alias),
                                " ",
                                plugin.name if plugin.name != plugin.alias else "",
                            ]
                        ),
                        plain(plugin.description),
                    ),
                    lines(state, plain(plugin.reason)),
                    plain(plugin.version),
                    lines(plain(plugin.distribution), code(plugin.entry_point)),
                    lines(_brought(one), joined(["at ", *_apart(map(code, one.mounts))])),
                ),
                "bad" if plugin.state == "failed" else "",
            )
        )
    return Table(plain("What is installed, and what became of it"), columns, tuple(rows))


def _brought(one: Listed) -> Safe:
    if one.plugin.state != LOADED:
        return plain("nothing")
    return plain(", ".join(one.resources) or "no resource of its own")


def _apart(parts: Iterable[Safe]) -> Iterator[Safe]:
    for number, part in enumerate(parts):
        if number:
            yield Safe(", ")
        yield part


# ------------------------------------------------------------------ routes


_ROUTES = (
    Column("Method", "method"),
    Column("Path", "path"),
    Column("Answered by", "call"),
    Column("Versions", "number"),
    Column("Schemas", "schema"),
    Column("Policy", "policy"),
    Column("Plugin", "word"),
)


def _routes(survey: Survey) -> Iterator[Table]:
    """Yield a table for each mount that has routes: what stands in front is the same for all of them."""
    described = survey.description
    seen = set()
    for application in described.applications:
        routes = tuple(route for route in described.routes if route.mount == application.mount)
        if not routes or application.mount in seen:
            continue
        # Two hosts may have one mount; their routes carry the mount only.
        seen.add(application.mount)
        names = " ".join(one.name for one in application.filters)
        front = (
            joined([" behind ", *_apart(joined([f.name]) for f in application.filters)]) if names else None
        )
        caption = joined([tag("strong", breakable(application.mount)), front])
        rows = tuple(map(_route, rows_of(Description((), routes))))
        yield Table(caption, _ROUTES, rows, f"{application.mount} {names}")


def _route(row: RouteRow) -> Row:
    methods = [tag("span", name, class_=f"method {name.lower()}") for name in row.methods.split(",")]
    after = joined(["then ", code(row.extended_by)]) if row.extended_by else Safe()
    hooks = joined(["hooks ", code(row.hooks)]) if row.hooks else Safe()
    key = joined(["action ", tag("code", row.action, class_="key")]) if row.action else Safe()
    return Row(
        (
            joined(methods, " "),
            lines(code(row.path), key),
            lines(code(row.controller), source(row.source), after, hooks),
            plain(row.versions),
            listing([code(text) for text in row.schema.split(", ") if text]),
            listing([_rule(text) for text in row.policy.split(", ") if text]),
            plain(row.plugin),
        )
    )


def _rule(text: str) -> Safe:
    """Return a policy rule; one in parentheses is asked in a condition only."""
    if not text.startswith("("):
        return code(text)
    return joined([code(text.strip("()")), " ", tag("span", "in a condition", class_="small")])


# ------------------------------------------------------------------ policies


def _policies(found: Iterable[Guarded]) -> Table:
    columns = (
        Column("Rule", "object"),
        Column("Check", "check"),
        Column("Said by", "text"),
        Column("Guards", "object"),
    )
    rows = []
    for one in found:
        rule = one.rule
        differs = rule.default is not None and _bare(rule.default) != _bare(rule.check)
        said = lines(
            tag("span", breakable(rule.origin), class_="small"),
            joined(["its default is ", code(rule.default or "@")]) if differs else Safe(),
            plain(f"for scope {', '.join(rule.scope_types)}" if rule.scope_types else ""),
            joined([badge("deprecated", "doubtful"), " ", rule.deprecated]) if rule.deprecated else Safe(),
        )
        rows.append(
            Row(
                (
                    lines(code(rule.name), plain(rule.description)),
                    code(rule.check or "@"),
                    said,
                    listing([code(route) for route in one.routes]),
                )
            )
        )
    return Table(plain("Who may do what"), columns, tuple(rows))


def _bare(check: str) -> str:
    # oslo.policy puts parentheses around what it has parsed, and "@" for nothing.
    return "".join(c for c in check if c not in "() ") or "@"
