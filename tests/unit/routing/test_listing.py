"""``GET /extensions`` lists what is loaded, as far as the caller may see it."""

from __future__ import annotations

import pytest

from apirouter import wsgi
from apirouter.errors import PluginError
from apirouter.extensions import ResourceExtension
from tests.support import ask, context, fault, plugin, router_of


class Discoverable:
    """A policy that hides one alias from all, and another from strangers."""

    rules = ("compute:hidden:discoverable", "compute:members:discoverable")

    def defined(self, rule):
        return rule in self.rules

    def authorize(self, asking, rule, target):
        return "member" in asking.roles and "hidden" not in rule


def listing(authority=None, **options):
    router = router_of(
        plugin("zeta", namespace="http://z", updated="2017-08-25T00:00:00Z"),
        plugin("alpha", __doc__="First line.\n\n    Second paragraph.\n    "),
        plugin("hidden"),
        plugin("members"),
        extensions_disabled="",
        **options,
    )
    object.__setattr__(router.service, "authority", authority)
    return router


def aliases(reply):
    return [e["alias"] for e in reply.json["extensions"]]


def test_exactly_these_fields_are_listed():
    reply = ask(listing(), "/extensions")
    assert aliases(reply) == ["alpha", "hidden", "members", "zeta"]
    assert reply.json["extensions"][3] == {
        "name": "Zeta",
        "alias": "zeta",
        "description": "The plugin zeta.",
        "namespace": "http://z",
        "updated": "2017-08-25T00:00:00Z",
        "links": [],
    }
    assert reply.json["extensions"][0]["description"] == "First line.\n\nSecond paragraph."


def test_one_is_shown_by_its_alias_or_is_a_404():
    assert ask(listing(), "/extensions/zeta").json["extension"]["name"] == "Zeta"
    assert ask(listing(), "/abc/extensions/zeta.json").json["extension"]["name"] == "Zeta"
    for alias in ("none", "Zeta", "extensions"):
        assert fault(ask(listing(), f"/extensions/{alias}"))[:2] == ("itemNotFound", 404)


@pytest.mark.parametrize(
    ("roles", "seen"), [(["member"], ["alpha", "members", "zeta"]), ([], ["alpha", "zeta"])]
)
def test_what_policy_hides_is_absent(roles, seen):
    router = listing(Discoverable(), policy_prefix="compute")
    who = context(roles=roles)
    assert aliases(ask(router, "/extensions", context=who)) == seen
    assert ask(router, "/extensions/hidden", context=who).status_int == 404


def test_without_a_context_what_policy_guards_is_hidden():
    assert aliases(ask(listing(Discoverable(), policy_prefix="compute"), "/extensions")) == ["alpha", "zeta"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_list_is_only_read(method):
    assert ask(listing(), "/extensions", method).status_int == 405


def test_a_service_may_bring_a_list_of_its_own():
    class Own(wsgi.Controller):
        def index(self, req):
            return {"own": True}

    router = router_of(plugin("info", ResourceExtension("extensions", Own())))
    assert ask(router, "/extensions").json == {"own": True}


def test_what_a_plugin_says_of_itself_is_listed_as_text_whatever_it_is():
    router = router_of(plugin("odd", __doc__=7, updated=2026, namespace=["x"]))
    (entry,) = ask(router, "/extensions").json["extensions"]
    assert (entry["description"], entry["updated"], entry["namespace"]) == ("7", "2026", "['x']")


def test_a_route_of_a_plugins_own_in_the_lists_place_is_refused_with_how_to_take_it():
    class Own(wsgi.Controller):
        def index(self, req):
            return {"own": True}

    def connect(mapper, resource):
        mapper.connect("/extensions", controller=resource, action="index", conditions={"method": ["GET"]})

    own = plugin("own", ResourceExtension("things", Own(), custom_routes_fn=connect))
    with pytest.raises(PluginError) as caught:
        router_of(own)
    said = str(caught.value)
    assert said.startswith("plugin PluginOwn = ")
    assert "bring it as ResourceExtension('extensions', ...), in the built-in's place" in said
    # It is the plugin that gives way, so where others may be left out, this one is.
    router = router_of(own, on_load_failure="skip")
    assert aliases(ask(router, "/extensions")) == []
