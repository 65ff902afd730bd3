"""Renderers by name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from apirouter.errors import ConfigError, ControllerError, MissingExtra
from apirouter.objectdispatch import ObjectApp, expose
from apirouter.objectdispatch.renderers import JsonRenderer, Renderers
from tests.functional.objects import served


class Shout:
    def __init__(self, path: str, extra_vars: Any) -> None:
        self.extra_vars = extra_vars

    def render(self, template: str, namespace: Any) -> str:
        return f"{template}: {self.extra_vars.make_ns(namespace)}".upper()


def test_a_custom_renderer_is_found_by_name() -> None:
    class Top:
        @expose("shout:x")
        def index(self) -> Any:
            return {"a": 1}

    app = served(Top(), custom_renderers={"shout": Shout}, extra_template_vars={"site": "s"})
    assert app.get("/").text == "X: {'SITE': 'S', 'A': 1}"
    made = Renderers({"shout": Shout("", Renderers().extra_vars)})
    assert made.of("shout:y")({}) == "Y: {}"


class Terse(JsonRenderer):
    def render(self, template: str, namespace: Any) -> str:
        return "" if namespace is None else super().render(template, namespace)


@pytest.mark.parametrize("template", ["json", "json:"])
def test_a_custom_json_renderer_takes_the_place_of_the_own_one(template: str) -> None:
    class Top:
        @expose(template, content_type="application/json")
        def index(self, a: Any = None) -> Any:
            return a

    app = served(Top(), custom_renderers={"json": Terse})
    assert app.get("/", status=204).text == ""
    assert app.get("/?a=1").text == '"1"'
    assert served(Top()).get("/").text == "null"


def test_the_log_names_the_method_whose_reply_can_not_be_made(caplog: pytest.LogCaptureFixture) -> None:
    class Top:
        @expose("json")
        def index(self) -> Any:
            return {"a": object}

    assert served(Top()).get("/", status=500).status_int == 500
    assert f"the reply of {Top.__module__}.{Top.__qualname__}.index can't be made: TypeError: " in caplog.text


def test_an_engine_that_is_not_there_is_refused_at_load() -> None:
    class Top:
        @expose("mako3:x.html")
        def index(self) -> None: ...

    with pytest.raises(ControllerError, match='support for "mako3" was not found'):
        ObjectApp(Top())
    with pytest.raises(ConfigError, match="did you mean 'mako'"):
        Renderers().of("makoo:x")
    assert Renderers().get("nothing") is None
    assert not Renderers().available("nothing")


@pytest.mark.parametrize(("engine", "module"), [("mako", "mako.lookup"), ("jinja", "jinja2")])
def test_an_engine_that_is_not_installed_names_its_extra(
    engine: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r"pip install 'apirouter\[templates\]'"):
        Renderers().of(f"{engine}:x")


def test_escaping_can_be_switched_off(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    (tmp_path / "a").write_text("{{ x }}")
    plain = Renderers(template_path=str(tmp_path), autoescape=False)
    assert plain.of("jinja:a")({"x": "<b>"}) == "<b>"
    assert Renderers(template_path=str(tmp_path)).of("jinja:a")({"x": "<b>"}) == "&lt;b&gt;"
