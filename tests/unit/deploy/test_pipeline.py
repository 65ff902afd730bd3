"""Pipelines: which strategy is built, and in which order."""

from __future__ import annotations

import pytest

from apirouter.deploy.pipeline import pipeline_factory, pipeline_factory_v21
from apirouter.errors import ConfigError


class Loader:
    def __init__(self):
        self.confs = []

    def get_filter(self, name, global_conf=None):
        self.confs.append(global_conf)
        return None if name == "broken" else lambda application: f"{name}({application})"

    def get_app(self, name, global_conf=None):
        self.confs.append(global_conf)
        return name


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    monkeypatch.delenv("APIROUTER_AUTH_STRATEGY", raising=False)


TWO = {"noauth2": "cors noauth api", "keystone": "cors token context api"}


def build(factory=pipeline_factory, conf=None, **options):
    return factory(Loader(), conf or {}, **options)


def test_the_first_name_is_outermost():
    assert build(keystone="a b\n  c app") == "a(b(c(app)))"


def test_every_name_is_made_with_the_global_conf():
    loader, conf = Loader(), {"x": "y"}
    pipeline_factory(loader, conf, only="a b app")
    assert loader.confs == [conf, conf, conf]


def test_the_section_comes_before_the_defaults_and_those_before_the_environment(monkeypatch):
    monkeypatch.setenv("APIROUTER_AUTH_STRATEGY", "keystone")
    assert build(**TWO) == "cors(token(context(api)))"
    assert build(conf={"auth_strategy": "noauth2"}, **TWO) == "cors(noauth(api))"
    conf = {"auth_strategy": "keystone"}
    assert build(conf=conf, auth_strategy="noauth2", **TWO) == "cors(noauth(api))"
    assert build(conf={"auth_strategy": ""}, auth_strategy=" ", **TWO) == "cors(token(context(api)))"


def test_the_only_strategy_needs_no_naming():
    assert build(keystone="api") == "api"


def test_of_several_strategies_none_is_taken_unless_it_is_named():
    with pytest.raises(ConfigError, match=r"known ones are: keystone, noauth2; set 'auth_strategy'"):
        build(**TWO)


@pytest.mark.parametrize("options", [TWO, {"keystone": "api"}])
@pytest.mark.parametrize("factory", [pipeline_factory, pipeline_factory_v21])
def test_an_unknown_strategy_names_the_known_ones(factory, options, monkeypatch):
    monkeypatch.setenv("APIROUTER_AUTH_STRATEGY", "keystoen")
    with pytest.raises(ConfigError) as caught:
        build(factory, **options)
    for word in ("'keystoen'", "APIROUTER_AUTH_STRATEGY", *options, "did you mean 'keystone'?"):
        assert word in str(caught.value)


def test_the_ancestors_factory_takes_keystone_when_nothing_is_said():
    assert build(pipeline_factory_v21, **TWO) == "cors(token(context(api)))"
    assert build(pipeline_factory_v21, conf={"auth_strategy": "noauth2"}, **TWO) == "cors(noauth(api))"
    with pytest.raises(ConfigError, match="no strategy is chosen"):
        build(pipeline_factory_v21, a="x", b="y")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no strategy is given"),
        ({"only": "  "}, "pipeline 'only' is empty"),
        ({"only": "a broken api"}, "'broken' in pipeline 'only' is no filter but NoneType"),
    ],
)
def test_a_pipeline_that_can_not_be_built_says_why(options, words):
    with pytest.raises(ConfigError, match=words):
        build(**options)
