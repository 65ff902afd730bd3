"""Pictures: well formed, of text only, the same on every machine; those of the documents are fresh."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.cmd.main import main
from apirouter.deploy.tree import describe_file
from apirouter.describe import Description
from apirouter.describe.pipeline_picture import pipeline_picture
from apirouter.describe.records import Application, Filter, Method, Route
from apirouter.describe.route_picture import route_picture
from apirouter.describe.svg import Picture

ROOT = Path(__file__).resolve().parents[3]
IMAGES = ROOT / "docs" / "images"
SVG = "{http://www.w3.org/2000/svg}"


def words(document: str) -> list[str]:
    """Return the texts of a picture, in the order in which they are drawn."""
    return [one.text or "" for one in ElementTree.fromstring(document).iter(f"{SVG}text")]


@given(st.text())
def test_any_text_is_drawn_and_nothing_but_text(text: str) -> None:
    picture = Picture(text, text)
    picture.text(0, 10, text)
    picture.box(0, 0, 10, 10, "filter", hint=text)
    root = ElementTree.fromstring(picture.render())
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "desc", "style", "rect", "title", "g", "text")
    }
    drawn = next(one.text or "" for one in root.iter(f"{SVG}text"))
    # An XML reader makes one line end of each kind there is.
    assert len(drawn) == len(re.sub("\r\n?", "\n", text))


def test_markup_in_a_name_stays_text() -> None:
    method = Method("m:C", "show", "m.py", 1, plugin='"><script>alert(1)</script>')
    route = Route("/", ("GET",), "/a&b<c>", "none", (), (), "", "", "show", "p", implementations=(method,))
    end = Application("/", "", "main", "router", "m:C", filters=(Filter("<b>", "m:B"),))
    drawn = route_picture(Description((end,), (route,)), "a & b")
    assert "<script" not in drawn
    assert {"/a&b<c>", "<b>", "a & b", '"><script>alert(1)</script>'} <= set(words(drawn))


def test_a_picture_loads_nothing() -> None:
    for document in IMAGES.glob("*.svg"):
        text = document.read_text(encoding="utf-8")
        assert re.findall(r"(?:href|src|url\()\S*", text) == []
        assert "@import" not in text
        assert "prefers-color-scheme:dark" in text


def test_each_mount_has_its_pipelines_and_the_one_that_is_not_taken_is_drawn_faintly(tmp_path: Path) -> None:
    ini = tmp_path / "x.ini"
    ini.write_text(
        "[composite:main]\nuse = egg:apirouter#urlmap\n/: one\n/v2/+: two\n"
        "[app:one]\nuse = egg:apirouter#versions\n"
        "[composite:two]\nuse = egg:apirouter#pipeline\nauth_strategy = a\na = faultwrap one\nb = sizelimit one\n"
        "[filter:faultwrap]\nuse = egg:apirouter#faultwrap\n[filter:sizelimit]\nuse = egg:apirouter#sizelimit\n",
        encoding="utf-8",
    )
    drawn = pipeline_picture([describe_file(str(ini))])
    assert words(drawn)[1:] == [
        *("[composite:main]", "/", "one"),
        *("/v2/+", "a", "faultwrap", "one"),
        *("b", "sizelimit", "one"),
    ]
    kinds = [one.get("class") for one in ElementTree.fromstring(drawn).iter(f"{SVG}rect")]
    assert kinds == ["back", "app", "filter", "app", "off", "off"]


def test_what_cannot_be_made_stands_out(tmp_path: Path) -> None:
    ini = tmp_path / "x.ini"
    ini.write_text("[app:main]\nuse = egg:no-such-thing#app\n", encoding="utf-8")
    drawn = pipeline_picture([describe_file(str(ini))])
    assert 'class="other"' in drawn


def test_a_picture_of_findings_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "svg", str(ROOT / "etc" / "api-paste.ini")]) == 2
    assert "add --tree" in capsys.readouterr().err


#: The pictures of the documents, and how they are made.
PICTURES = {
    "pipelines.svg": ["check", "--tree", "--format", "svg", "etc/api-paste.ini"],
    "routes.svg": ["routes", "etc/api-paste.ini", "--mount", "/v2.1*", "--format", "svg"],
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_of_the_documents_are_fresh(
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    pytest.importorskip("groups_api")
    monkeypatch.chdir(ROOT)
    assert main(PICTURES[name]) == 0
    drawn = capsys.readouterr().out
    if pytestconfig.getoption("--regenerate-golden"):
        (IMAGES / name).write_text(drawn, encoding="utf-8")
    kept = (IMAGES / name).read_text(encoding="utf-8")
    assert drawn == kept, f"apirouter {' '.join(PICTURES[name])} > docs/images/{name}"
