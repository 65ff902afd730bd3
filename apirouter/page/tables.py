"""Tables for people and for those who hear them: captions, headers with a scope, rows that a search can hide.

On a narrow screen each row is a card (the style sheet does that), where a cell's title stands in front of it; the
roles are said, because a browser forgets what a table is once it is laid out as something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apirouter.page.html import Safe, breakable, joined, tag, text_of

#: How many of a cell's lines are shown at once.
_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    :param title: its title.
    :param kind: its class in the style sheet, which gives it its width.
    """

    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    :param cells: a cell for each column; an empty one is left out of a card.
    :param state: ``bad``, ``quiet`` or empty: how it looks.
    """

    cells: tuple[Safe, ...]
    state: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    :param caption: what it shows.
    :param columns: its columns.
    :param rows: its rows.
    :param context: words that all its rows are found by.
    """

    caption: Safe
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    context: str = ""


class Search:
    """What is looked for: every word, in any case, anywhere in a row.

    :param question: the words, between blanks.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self._words = question.casefold().split()

    def finds(self, row: Row, context: str) -> bool:
        """Tell whether a row holds every word.

        :param row: the row.
        :param context: the context of its table.
        """
        if not self._words:
            return True
        text = " ".join([*map(text_of, row.cells), context]).casefold()
        return all(word in text for word in self._words)


def table(shown: Table, search: Search) -> tuple[Safe, int]:
    """Return a table's HTML, and how many of its rows the search finds.

    :param shown: the table.
    :param search: the search.
    """
    rows, found = [], 0
    for row in shown.rows:
        hit = search.finds(row, shown.context)
        found += hit
        cells = [
            tag("td", cell, role="cell", data_label=column.title, class_=f"c-{column.kind}")
            for column, cell in zip(shown.columns, row.cells, strict=True)
        ]
        rows.append(tag("tr", cells, role="row", class_=row.state or None, hidden=not hit))
    heads = [
        tag("th", c.title, scope="col", role="columnheader", class_=f"c-{c.kind}") for c in shown.columns
    ]
    html = tag(
        "table",
        tag("caption", shown.caption),
        tag("thead", tag("tr", heads, role="row"), role="rowgroup"),
        tag("tbody", joined(rows, "\n"), role="rowgroup"),
        role="table",
        data_context=shown.context or None,
        hidden=not found,
    )
    return html, found


# ------------------------------------------------------------------ cells


def plain(text: str) -> Safe:
    """Return a cell of words."""
    return joined([text])


def code(text: str) -> Safe:
    """Return a cell of a name that a program knows; nothing for an empty one."""
    return tag("code", breakable(text)) if text else Safe()


def source(place: str) -> Safe:
    """Return a cell of a place in a file, ``file:line``; nothing for an empty one."""
    return tag("span", breakable(place, "/"), class_="source") if place else Safe()


def lines(*parts: Safe) -> Safe:
    """Return a cell of several lines, the empty ones left out; the second and later ones look quieter."""
    kept = [part for part in parts if part]
    shown = [tag("div", part, class_="more" if number else None) for number, part in enumerate(kept)]
    return joined(shown, "\n")


def listing(items: Sequence[Safe]) -> Safe:
    """Return a cell of equal lines; what is more than a few is folded away."""
    if not items:
        return Safe()
    first, rest = items[:_AT_ONCE], items[_AT_ONCE:]
    parts = [tag("ul", joined((tag("li", item) for item in first), "\n"))]
    if rest:
        more = tag("ul", joined((tag("li", item) for item in rest), "\n"))
        parts.append(tag("details", tag("summary", f"{len(rest)} more"), more))
    return joined(parts, "\n")


def chain(names: Iterable[tuple[str, str]], last: str) -> Safe:
    """Return filters in the order in which a request meets them, and what stands behind them.

    :param names: name and type of each.
    :param last: the application behind.
    """
    items = [tag("li", name, title=kind if kind != name else None) for name, kind in names]
    items.append(tag("li", last, class_="end"))
    return tag("ol", joined(items, "\n"), class_="chain")


def badge(text: str, kind: str) -> Safe:
    """Return a word that stands out.

    :param text: the word.
    :param kind: ``good``, ``bad``, ``doubtful`` or ``quiet``.
    """
    return tag("span", text, class_=f"badge {kind}")
