"""``examples/objects`` as its README shows it, out of its INI and out of its Python file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apirouter.objectdispatch import ObjectApp, load_app
from tests.functional.objects import client

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "objects"

pytest.importorskip("mako")


@pytest.fixture(scope="module", params=["ini", "python"])
def app(request: Any) -> Iterator[Any]:
    sys.path.insert(0, str(EXAMPLE))
    root, own = logging.getLogger(), logging.getLogger("objects_api")
    level = root.level
    try:
        if request.param == "ini":
            from objects_api.app import app_factory

            made: Any = app_factory({}, errors="404=/error/404", hooks="objects_api.my_hooks:SimpleHook")
            assert isinstance(made, ObjectApp)
        else:
            made = load_app(str(EXAMPLE / "objects_api" / "config.py"))
        yield client(made)
    finally:
        sys.path.remove(str(EXAMPLE))
        root.setLevel(level)
        for logger in (root, own):
            for handler in [h for h in logger.handlers if type(h) is logging.StreamHandler]:
                logger.removeHandler(handler)
        for name in [n for n in sys.modules if n.partition(".")[0] == "objects_api"]:
            del sys.modules[name]


def test_the_tree_answers_as_shown(app: Any) -> None:
    assert "<h1>Objects</h1>" in app.get("/")
    assert app.get("/catalog/").text == "Welcome to the catalog."
    assert app.get("/catalog/books/").text == "Welcome to book section."
    assert app.get("/catalog/books/bestsellers").text == "We have 5 books in the top 10."
    assert app.get("/basemethod/").json == {}
    assert app.post("/basemethod/", {"hello": "world"}).json == {"hello": "world"}
    assert app.get("/look_test/66/name").text == "66"
    assert app.get("/my_restcontroller/13579").text == "13579"
    assert app.post("/", {"q": "x"}, status=302).location.endswith("search.html?q=x")


def test_an_error_has_a_page_of_its_own(app: Any) -> None:
    reply = app.get("/nothing", status=404)
    assert reply.content_type == "text/html"
    assert "<h1>404</h1>" in reply


def test_hooks_say_where_a_request_is(app: Any, caplog: Any) -> None:
    own = logging.getLogger("objects_api.my_hooks")
    own.addHandler(caplog.handler)
    own.propagate, own.disabled = False, False
    try:
        with caplog.at_level(logging.INFO, own.name):
            app.get("/catalog/")
    finally:
        own.removeHandler(caplog.handler)
        own.propagate = True
    said = [r.getMessage() for r in caplog.records if r.name == own.name]
    assert said == ["it is on route", "it is before exec", "it is after exec"]
