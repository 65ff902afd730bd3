"""The page as a whole: head, search, sections."""

from __future__ import annotations

from apirouter.page.html import Safe, joined, tag
from apirouter.page.sections import Section, sections, status_badge
from apirouter.page.survey import Moment, Survey
from apirouter.page.tables import Search, table


def document(survey: Survey, moment: Moment, title: str, question: str) -> str:
    """Return the page.

    :param survey: the description of the service.
    :param moment: what is so now.
    :param title: what the service is called.
    :param question: the words that are looked for; empty for none.
    """
    search = Search(question)
    shown = list(sections(survey, moment))
    made = [_section(one, search) for one in shown]
    links = [
        tag(
            "li",
            tag("a", one.title, " ", tag("span", _count(one, number), class_="count"), href=f"#{one.name}"),
        )
        for one, (_, number) in zip(shown, made, strict=True)
    ]
    found = sum(number for _, number in made)
    nothing = tag(
        "p",
        "Nothing here has all of these words.",
        id="nothing",
        class_="note",
        hidden=bool(found or not question),
    )
    body = tag(
        "body",
        tag("a", "To the content", href="#content", class_="skip"),
        tag(
            "header",
            tag("h1", title, " ", status_badge(moment.health)),
            _form(search, found),
            tag("nav", tag("ul", joined(links, "\n")), aria_label="Sections"),
        ),
        tag("main", nothing, joined((html for html, _ in made), "\n"), id="content", tabindex="-1"),
        tag(
            "footer",
            tag(
                "p",
                "The objects of process ",
                str(moment.health.process),
                ", described at its first request; health and policies are those of now. The same ",
                tag("a", "as JSON", href="data.json"),
                ".",
            ),
        ),
    )
    return f"<!DOCTYPE html>\n{tag('html', _head(title), body, lang='en')}\n"


def _count(section: Section, number: int) -> str:
    # A section that never has rows has none to count.
    return str(number) if section.tables or section.empty else ""


def _head(title: str) -> Safe:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} - apirouter"),
        tag("link", rel="icon", type="image/svg+xml", href="icon.svg"),
        tag("link", rel="stylesheet", href="page.css"),
        tag("script", src="page.js", defer=True),
    )


def _form(search: Search, found: int) -> Safe:
    said = f"{found} found" if search.question else ""
    return tag(
        "form",
        tag("label", "Search", for_="q"),
        tag(
            "input",
            type="search",
            id="q",
            name="q",
            value=search.question,
            placeholder="a path, a plugin, a rule, POST reboot ...",
            autocomplete="off",
            spellcheck="false",
        ),
        tag("button", "Search", type="submit"),
        tag("output", said, for_="q", id="found"),
        role="search",
        method="get",
        action="./",
    )


def _section(section: Section, search: Search) -> tuple[Safe, int]:
    made = [table(one, search) for one in section.tables if one.rows]
    found = sum(number for _, number in made)
    html = tag(
        "section",
        tag("h2", section.title, id=f"{section.name}-title"),
        section.intro,
        joined((one for one, _ in made), "\n"),
        tag("p", section.empty, class_="note") if section.empty and not made else None,
        id=section.name,
        aria_labelledby=f"{section.name}-title",
        hidden=bool(search.question and not found),
    )
    return html, found
