"""What stands behind a filter is found, whoever wrote the filter."""

from __future__ import annotations

from typing import Any

from apirouter.chain import chain
from apirouter.deploy import loadapp
from apirouter.filters.healthcheck import health_of
from tests.unit.filters.wsgi import call, ok

INI = """
[composite:main]
use = egg:apirouter#urlmap
/v2 = version
/v2/+ = api
/healthcheck = health

[app:health]
use = egg:apirouter#healthcheck
detailed = yes

[app:version]
use = egg:apirouter#version

[pipeline:api]
pipeline = plain router

[filter:plain]
paste.filter_factory = tests.unit.test_chain:plain_factory

[app:router]
use = egg:apirouter#router
namespace = tests.nobody.fills.it
max_version = 2.9
"""


def plain_factory(global_conf: Any, **local_conf: Any) -> Any:
    """A filter as somebody else writes one: a function that says nothing of what it wraps."""

    def wrap(inside: Any) -> Any:
        app = inside

        def passing(environ: Any, start_response: Any) -> Any:
            return app(environ, start_response)

        return passing

    return wrap


class Keeper:
    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


class Sick:
    def __call__(self, environ: Any, start_response: Any) -> Any:
        return ok(environ, start_response)

    def health(self) -> dict[str, str]:
        return {"plugin x": "left out"}


def test_functions_methods_and_objects_are_looked_through() -> None:
    sick = Sick()
    outermost = plain_factory({})(Keeper(Keeper(sick).__call__))
    assert sick in list(chain(outermost))


def test_what_contains_itself_ends() -> None:
    keeper = Keeper(None)
    keeper._app = keeper
    assert list(chain(keeper)) == [keeper]


def test_a_plugin_left_out_degrades_the_service_behind_somebody_elses_filter_too() -> None:
    (health,) = health_of(plain_factory({})(Keeper(Sick())))
    assert health() == {"plugin x": "left out"}


def test_somebody_elses_filter_in_front_of_the_api_does_not_hide_its_version(tmp_path: Any) -> None:
    (tmp_path / "api.ini").write_text(INI)
    app = loadapp(f"config:{tmp_path}/api.ini")
    assert call(app, "/v2").json["version"]["id"] == "v2"
