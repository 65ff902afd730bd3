"""The options of a service are coerced, checked and frozen."""

from __future__ import annotations

import dataclasses

import pytest

from apirouter.dispatch.service import Service
from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError
from apirouter.microversion import Version
from apirouter.routing.router import APIRouter


def read(**options):
    return Settings.from_conf(options, section="app:x")


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().debug = True


def test_texts_are_coerced():
    settings = read(
        min_version="2.1",
        max_version="2.90",
        mapper="plain",
        extensions_disabled="a, b",
        on_load_failure="skip",
        max_json_depth="10",
        debug="yes",
        media_types="application/json\n application/xml=xml",
        fault_names="404=notFound",
        exceptions="builtins:KeyError=404",
    )
    assert (settings.min_version, settings.max_version) == (Version(2, 1), Version(2, 90))
    assert settings.default_version == Version(2, 1)
    assert settings.extensions_disabled == ("a", "b")
    assert (settings.mapper, settings.on_load_failure) == ("plain", "skip")
    assert (settings.max_json_depth, settings.debug) == (10, True)
    assert dict(settings.media_types) == {"application/json": "json", "application/xml": "xml"}
    assert dict(settings.fault_names) == {404: "notFound"}
    assert settings.exceptions == ((KeyError, 404),)


def test_texts_given_by_code_are_read_as_the_ini_s_are():
    texts = {
        "min_version": "2.1",
        "policies": "books",
        "hooks": "a, b",
        "debug": "no",
        "max_json_depth": "10",
        "exceptions": "builtins:KeyError=404",
    }
    settings = Settings(**texts)
    assert settings == read(**texts)
    assert (settings.policies, settings.debug, settings.max_json_depth) == (("books",), False, 10)
    # What is text stays as it is.
    assert Settings(context_key=" x ").context_key == " x "


def test_objects_given_by_code_stay_as_they_are():
    settings = Settings(
        min_version=Version(2, 1), policies=("books",), exceptions=((KeyError, 404),), debug=True
    )
    assert (settings.min_version, settings.policies) == (Version(2, 1), ("books",))
    assert (settings.exceptions, settings.debug) == (((KeyError, 404),), True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"min_version": "2"}, "option 'min_version': '2' is no version"),
        (
            {"exceptions": "text"},
            "option 'exceptions': 'text' holds 'text', which is not module:Class=status",
        ),
        ({"mapper": "projects"}, "option 'mapper': 'projects' is not one of project, plain"),
        ({"service_type": "a b"}, "is no service type"),
    ],
)
def test_a_text_given_by_code_that_makes_no_sense_is_refused_by_name(given, says):
    with pytest.raises(ConfigError) as caught:
        Settings(**given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"min_version": "2"}, "option 'min_version': '2' is no version"),
        ({"min_version": "2.5", "max_version": "2.4"}, "min_version 2.5 is above max_version 2.4"),
        (
            {"min_version": "2.1", "max_version": "2.4", "default_version": "2.5"},
            "default_version 2.5 is not within 2.1 to 2.4",
        ),
        ({"version_header": "Open Stack"}, "is no header name"),
        ({"service_type": "a b"}, "is no service type"),
        ({"service_type": ""}, "is no service type"),
        ({"media_types": "json"}, "holds 'json', which is no media type"),
        ({"media_types": ""}, "names no media type"),
        ({"fault_names": "404"}, "which is not status=name"),
        ({"fault_names": "200=ok"}, "no status from 400 to 599"),
        ({"exceptions": "builtins:int=404"}, "no exception class"),
        ({"exceptions": "no_such_module_here:X=404"}, "can't be imported"),
        ({"exceptions": "builtins:KeyError=200"}, "no status from 400 to 599"),
        ({"mapper": "projects"}, "is not one of project, plain"),
        ({"project_id_regex": "("}, "is not a regular expression"),
        ({"on_load_failure": "ignore"}, "is not one of fail, skip"),
        ({"max_json_depth": "0"}, "is not a number of levels"),
        ({"max_json_depth": "-3"}, "is not a number of levels"),
        ({"debug": "maybe"}, "is not a boolean"),
        ({"namspace": "x"}, "unknown option 'namspace'; did you mean 'namespace'?"),
        ({"min_versoin": "2.1"}, "did you mean 'min_version'?"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name_and_section(options, says):
    with pytest.raises(ConfigError) as caught:
        read(**options)
    assert says in str(caught.value)
    assert "[app:x]" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, (None, None, None)),
        ({"min_version": "2.1"}, ("2.1", "2.1", "2.1")),
        ({"max_version": "2.5"}, ("2.5", "2.5", "2.5")),
        ({"default_version": "2.5"}, ("2.5", "2.5", "2.5")),
        ({"min_version": "2.1", "max_version": "2.5"}, ("2.1", "2.5", "2.1")),
        ({"max_version": "2.5", "default_version": "2.2"}, ("2.2", "2.5", "2.2")),
    ],
)
def test_versions_that_are_not_said_follow_from_those_that_are(given, wanted):
    settings = Settings(**given)
    found = (settings.min_version, settings.max_version, settings.default_version)
    assert tuple(None if v is None else str(v) for v in found) == wanted


def test_the_section_beats_default_and_default_beats_the_class():
    def service(local, inherited, defaults):
        return Settings.from_conf(local, inherited=inherited, defaults=defaults).service_type

    assert service({"service_type": "a"}, {"service_type": "b"}, {"service_type": "c"}) == "a"
    assert service({}, {"service_type": "b"}, {"service_type": "c"}) == "b"
    assert service({}, {}, {"service_type": "c"}) == "c"


def test_of_default_only_the_shared_options_are_looked_at():
    settings = Settings.from_conf({}, inherited={"namespace": "x", "unknown": "y", "context_key": "k"})
    assert (settings.namespace, settings.context_key) == ("", "k")


def test_a_media_type_without_its_serializer_is_refused():
    with pytest.raises(ConfigError, match="application/xml wants a serializer 'xml'"):
        Service.of(read(media_types="application/xml=xml"))


def test_a_subclass_of_the_router_says_options_as_class_attributes():
    class Router(APIRouter):
        service_type = "volume"
        min_version = "3.0"
        max_version = "3.27"
        mapper = "plain"

        @staticmethod
        def api_extension_namespace():
            return "volume.v3.extensions"

    router = Router.factory({}, max_version="3.30")
    assert router.settings.namespace == "volume.v3.extensions"
    assert router.settings.service_type == "volume"
    assert (router.settings.min_version, router.settings.max_version) == (Version(3, 0), Version(3, 30))
    assert router.settings.mapper == "plain"
    assert Router().settings.max_version == Version(3, 27)


@pytest.mark.parametrize("wrap", [lambda f: f, classmethod, property])
def test_the_namespace_may_be_any_kind_of_method(wrap):
    class Router(APIRouter):
        @wrap
        def api_extension_namespace(self):
            return "some.namespace"

    assert Router().settings.namespace == "some.namespace"
