"""The classes that a plugin is made of."""

from __future__ import annotations

import pytest

from apirouter import extensions, wsgi
from apirouter.extensions import APIExtension, ControllerExtension, ResourceExtension


class Good(APIExtension):
    """A plugin."""

    name, alias, version = "Good", "good", 1


def test_the_former_base_class_is_the_same():
    assert extensions.V21APIExtensionBase is APIExtension
    assert extensions.expected_errors is wsgi.expected_errors


def test_a_plugin_brings_nothing_unless_it_says_so():
    good = Good(None)
    assert list(good.get_resources()) == []
    assert list(good.get_controller_extensions()) == []
    assert repr(good) == "<Extension: name=Good, alias=good, version=1>"


@pytest.mark.parametrize("missing", ["name", "alias", "version"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_plugin_without_name_alias_or_version_is_not_valid(missing, value):
    assert Good().is_valid()
    assert not type("Bad", (Good,), {missing: value})().is_valid()


def test_version_zero_is_a_version():
    assert type("Zero", (Good,), {"version": 0})().is_valid()


def test_a_resource_takes_its_arguments_in_the_ancestors_order():
    def routes(mapper, resource):
        pass

    parent = {"collection_name": "servers", "member_name": "server"}
    resource = ResourceExtension(
        "things", "c", parent, {"detail": "GET"}, {"action": "POST"}, routes, "servers", "thing"
    )
    assert vars(resource) == {
        "collection": "things",
        "controller": "c",
        "parent": parent,
        "collection_actions": {"detail": "GET"},
        "member_actions": {"action": "POST"},
        "custom_routes_fn": routes,
        "inherits": "servers",
        "member_name": "thing",
    }


def test_the_actions_of_a_resource_are_its_own():
    actions = {"detail": "GET"}
    resource = ResourceExtension("things", None, collection_actions=actions)
    actions["more"] = "GET"
    assert resource.collection_actions == {"detail": "GET"}
    assert resource.member_actions == {}


def test_a_controller_extension_names_what_it_extends():
    extension = ControllerExtension("plugin", "servers", "controller")
    assert (extension.extension, extension.collection, extension.controller) == (
        "plugin",
        "servers",
        "controller",
    )
    assert repr(extension) == "ControllerExtension('servers', str)"
