"""Rows laid out: for people on a terminal or in a file, as CSV, as Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from apirouter.cmd._console import Style
from apirouter.describe.rows import COLUMNS, Row

#: What a column is called.
TITLES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name.upper().replace("_", " ") for name in COLUMNS},
        "controller": "CONTROLLER.METHOD",
        "source": "FILE:LINE",
    }
)
#: Columns that go first when a terminal is too narrow for all.
_DISPENSABLE = (
    "filters",
    "hooks",
    "extended_by",
    "schema",
    "policy",
    "versions",
    "source",
    "plugin",
    "mount",
)
_METHOD_STYLES = MappingProxyType(
    {"GET": "green", "POST": "yellow", "PUT": "blue", "PATCH": "blue", "DELETE": "red", "ANY": "magenta"}
)
_GAP = "  "
#: Below this a column says nothing any more.
_LEAST = 12


def chosen_columns(rows: Sequence[Row], wanted: Sequence[str] | None = None) -> list[str]:
    """Return the columns to show: those asked for, else those that any row has something in.

    :param rows: the rows.
    :param wanted: names of columns.
    """
    if wanted:
        return list(wanted)
    always = ("methods", "path", "mount", "controller", "source", "plugin")
    return [name for name in COLUMNS if name in always or any(getattr(row, name) for row in rows)]


def table(
    rows: Sequence[Row], columns: Sequence[str], style: Style, width: int | None, unicode: bool
) -> tuple[list[str], list[str]]:
    """Lay rows out in aligned columns.

    An action stands below its route: its key takes the place of the path.

    :param rows: the rows.
    :param columns: the columns.
    :param style: colours them.
    :param width: the terminal's width; None when nothing need be cut.
    :param unicode: whether the output can show more than ASCII.
    :returns: the lines, and the columns that were left out to fit.
    """
    merged = [name for name in columns if name != "action" or "path" not in columns]
    rows = list(_headed(rows)) if "path" in columns else rows
    cells = [dict(_cells(row, merged)) for row in rows]
    titles = {name: TITLES[name] for name in merged}
    widths = {name: max(len(titles[name]), *(len(c[name]) for c in cells), 0) for name in merged}
    left_out = []
    for name in _DISPENSABLE:
        if width is None or _total(widths) <= width:
            break
        if name in widths and len(widths) > 2:
            del widths[name]
            left_out.append(name)
    if width is not None:
        _shrink(widths, width)
    ellipsis = "…" if unicode else "..."
    lines = [_line(titles, widths, lambda name, text: style(text, "bold"), ellipsis)]
    for row, cell in zip(rows, cells, strict=True):
        lines.append(_line(cell, widths, lambda n, text, row=row: _styled(n, text, row, style), ellipsis))
    return lines, left_out


def _headed(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows, with one for the route itself in front of its actions."""
    route: tuple[str, str, str] | None = None
    for row in rows:
        this = (row.mount, row.path, row.methods)
        if row.action and route != this:
            yield Row(
                row.methods, row.path, "", row.mount, "(by the key of the body)", "", filters=row.filters
            )
        route = this
        yield row


def _cells(row: Row, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the cells of a row; the path of an action is its key: it stands below its route."""
    for name in columns:
        yield name, f"  action {row.action}" if name == "path" and row.action else getattr(row, name)


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _shrink(widths: dict[str, int], width: int) -> None:
    """Take from the widest column until the line fits, as long as that makes sense."""
    while _total(widths) > width:
        widest = max(widths, key=lambda name: widths[name])
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def _line(cell: Mapping[str, str], widths: Mapping[str, int], styled: object, ellipsis: str) -> str:
    parts = []
    names = list(widths)
    for name in names:
        text = cut(cell[name], widths[name], ellipsis)
        padding = " " * (widths[name] - len(text)) if name != names[-1] else ""
        parts.append(styled(name, text) + padding)  # type: ignore[operator]
    return _GAP.join(parts).rstrip()


def cut(text: str, width: int, ellipsis: str) -> str:
    """Return a text cut to a width, in its middle: its start and its end tell most."""
    if len(text) <= width:
        return text
    keep = width - len(ellipsis)
    return text[: (keep + 1) // 2] + ellipsis + text[len(text) - keep // 2 :]


def _styled(name: str, text: str, row: Row, style: Style) -> str:
    if name == "methods":
        return style(text, _METHOD_STYLES.get(row.methods.partition(",")[0], "bold"))
    if name == "path" and row.action:
        return style(text, "cyan")
    if name in ("source", "filters"):
        return style(text, "dim")
    return text


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Lay rows out as CSV (RFC 4180), with a line of names in front."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(getattr(row, name)) for name in columns] for row in rows)
    return stream.getvalue()


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def as_markdown(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Lay rows out as a Markdown table."""
    lines = [
        f"| {' | '.join(TITLES[name].capitalize() for name in columns)} |",
        f"|{'|'.join(' --- ' for _ in columns)}|",
    ]
    code = ("path", "action", "controller", "source", "policy", "schema")
    for row in rows:
        cells = (getattr(row, name).replace("|", "\\|") for name in columns)
        marked = (f"`{c}`" if c and n in code else c for n, c in zip(columns, cells, strict=True))
        lines.append(f"| {' | '.join(marked)} |")
    return "\n".join(lines) + "\n"
