from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from apirouter.page.html import Safe, breakable, joined, tag, text_of

#: What a page can hold: everything but surrogates, control characters, and what HTML makes one line end of.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")))


class Reader(HTMLParser):
    """Reads HTML as a browser does: which elements there are, and which text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((name, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(TEXTS, TEXTS)
def test_whatever_a_text_is_it_is_shown_and_makes_no_element(text: str, title: str) -> None:
    read = Reader(tag("p", text, title=title))
    assert read.tags == [("p", {"title": title})]
    assert read.text == text


@given(TEXTS)
def test_a_name_that_may_be_broken_reads_as_before(text: str) -> None:
    html = breakable(text)
    assert Reader(html).text == text
    assert text_of(html) == text


def test_what_html_can_not_hold_is_escaped() -> None:
    assert tag("p", "a\x00b\x1b[1m\x85") == "<p>a\\x00b\\x1b[1m\\x85</p>"
    assert tag("p", "a\tb\nc") == "<p>a\tb\nc</p>"


def test_elements_are_put_together() -> None:
    inner = tag("b", "<&>")
    assert inner == "<b>&lt;&amp;&gt;</b>"
    assert tag("p", inner, " & ", None, [inner, "'"]) == f"<p>{inner} &amp; {inner}&#x27;</p>"
    assert tag("input", type="search", data_x='"', hidden=True, value=None, checked=False) == (
        '<input type="search" data-x="&quot;" hidden>'
    )
    assert tag("label", "x", for_="q") == '<label for="q">x</label>'
    assert joined(["a", "b"], " & ") == "a &amp; b"
    assert isinstance(joined(["a"]), Safe)


def test_names_are_broken_behind_their_separators() -> None:
    assert breakable("/servers/{id}") == "/<wbr>servers/<wbr>{id}"
    assert breakable("a.b/c.py:3", "/") == "a.b/<wbr>c.py:3"


def test_the_text_of_elements_is_apart() -> None:
    assert text_of(tag("td", tag("b", "a"), tag("i", "<b>"), title="x>y")).split() == ["a", "<b>"]
