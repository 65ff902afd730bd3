# ruff: noqa: E501
"""Entry points become checked, ordered plugins; whatever is wrong with one is told by name."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import re
import sys

import pytest

from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, PluginError
from apirouter.routing import entries as entry_room
from apirouter.routing import plugins as plugin_room
from apirouter.routing.router import APIRouter
from tests.support import ask

GROUP = "made_up.extensions"

GOOD = '''
from apirouter.extensions import APIExtension, ResourceExtension

class Controller:
    def index(self, req):
        return {{"from": "{alias}"}}

class Plugin(APIExtension):
    """The plugin {alias}."""

    name, alias, version = "{alias}", "{alias}", 1
    {more}

    def get_resources(self):
        return [ResourceExtension("{collection}", Controller())]
'''


def good(alias, collection=None, more=""):
    return GOOD.format(alias=alias, collection=collection or alias, more=more)


def load(**options):
    return APIRouter.factory({}, namespace=GROUP, **options)


def states(router):
    return {p.name: p.state for p in router.plugins}


def test_plugins_are_found_by_namespace_and_serve(distribution):
    distribution(
        "made-up-one", entry_points={GROUP: {"one": "mu_one:Plugin"}}, modules={"mu_one": good("one")}
    )
    distribution("other", entry_points={"other.group": {"no": "mu_no:Plugin"}}, modules={"mu_no": good("no")})
    router = load()
    assert ask(router, "/one").json == {"from": "one"}
    assert states(router) == {"one": "loaded"}
    assert router.plugins[0].label == "one = mu_one:Plugin (made-up-one 1.0)"
    assert "mu_no" not in sys.modules


@pytest.mark.parametrize("names", [["b", "a", "c"], ["c", "b", "a"]])
def test_the_order_is_by_name_whatever_the_order_of_distributions(distribution, names, caplog):
    caplog.set_level(logging.INFO)
    for name in names:
        distribution(
            f"dist-{ord('z') - ord(name)}",
            entry_points={GROUP: {name: f"mu_{name}:Plugin"}},
            modules={f"mu_{name}": good(name)},
        )
    router = load()
    assert [p.name for p in router.plugins] == ["a", "b", "c"]
    assert "Loaded extensions: ['a', 'b', 'c']" in caplog.text


def test_a_service_without_a_namespace_has_no_plugins():
    assert APIRouter.factory({}).plugins == []
    assert ask(APIRouter.factory({}), "/extensions").json == {"extensions": []}


BROKEN = {
    "missing module": (None, "can't be imported: ModuleNotFoundError"),
    "missing class": ("x = 1", "can't be imported: AttributeError"),
    "syntax error": ("def (", "can't be imported: SyntaxError"),
    "exit at import": ("import sys; sys.exit(3)", "can't be imported: SystemExit: 3"),
    "assertion at import": ("assert False, 'no'", "can't be imported: AssertionError: no"),
    "no text": ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "can't be imported: E: <E"),
    "raising constructor": (good("bad", more="def __init__(self, info): raise ValueError('no')"), "making it raised ValueError: no"),
    "exiting constructor": (good("bad", more="def __init__(self, info): raise SystemExit(4)"), "making it raised SystemExit: 4"),
    "odd constructor": (good("bad", more="def __init__(self): pass"), "is called with one argument"),
    "no name": (good("bad", more="name = ''"), "has no name"),
    "no alias": (good("bad", more="alias = None"), "has no alias"),
    "no version": (good("bad", more="version = None"), "has no version"),
    "number for a name": (good("bad", more="name = 5"), "has no name"),
    "raising property": (good("bad", more="name = property(lambda self: 1 / 0)"), "its name raised ZeroDivisionError"),
    "not valid": (good("bad", more="is_valid = lambda self: False"), "its own is_valid refuses it"),
    "raising is_valid": (good("bad", more="is_valid = lambda self: {}['x']"), "is_valid raised KeyError"),
    "no base": ("class Plugin:\n    name = alias = 'bad'; version = 1\n    def __init__(self, info): pass", "has no method get_resources"),
    "raising answer": (good("bad", more="def get_controller_extensions(self): raise ValueError('no')"), "get_controller_extensions raised ValueError: no"),
    "no list": (good("bad", more="get_controller_extensions = lambda self: 5"), "get_controller_extensions raised TypeError"),
    "no resource": (good("bad", more="get_controller_extensions = lambda self: ['x']"), "returned str, which has no 'collection'"),
    "no controller": ("from apirouter.extensions import *\nclass Plugin(APIExtension):\n    name = alias = 'bad'; version = 1\n    def get_resources(self):\n        return [ResourceExtension('bad')]", "collection 'bad' has no controller"),
    "class for a controller": (good("bad").replace("Controller())", "Controller)"), "give an instance"),
    "nameless collection": (good("bad").replace('("bad"', "(None"), "a collection is named None"),
    "half a parent": (good("bad").replace("Controller())", "Controller(), parent={'member_name': 'x'})"), "has no collection_name"),
    "bad action": (good("bad").replace("Controller())", "Controller(), member_actions={'x': 5})"), "bad names the action 'x' with the HTTP method 5, which is no text"),
    "list for a method": (good("bad").replace("Controller())", "Controller(), collection_actions={'x': ['GET', 'PUT']})"), "with the HTTP method ['GET', 'PUT'], which is no text; write actions as {'name': 'GET'}"),
    "any method": (good("bad").replace("Controller())", "Controller(), member_actions={'x': 'any'})"), "bad names the action 'x' with the HTTP method 'any': an action has one; write the method, or connect"),
    "number for a member": (good("bad").replace("Controller())", "Controller(), member_name=7)"), "the member of collection 'bad' is named 7"),
    "number for an action": (good("bad").replace("Controller())", "Controller(), collection_actions={7: 'GET'})"), "collection 'bad' names an action 7"),
    "nameless action": (good("bad").replace("Controller())", "Controller(), member_actions={'': 'GET'})"), "collection 'bad' names an action ''"),
    "numbered parent": (good("bad").replace("Controller())", "Controller(), parent={'collection_name': 'x', 'member_name': '7x'})"), "the parent of collection 'bad' is named 'x' and '7x'"),
    "raising routes": (good("bad").replace("Controller())", "Controller(), custom_routes_fn=lambda m, r: 1 / 0)"), "raised ZeroDivisionError"),
    "exiting routes": (good("bad").replace("Controller())", "Controller(), custom_routes_fn=lambda m, r: exit(1))"), "raised SystemExit"),
    "two lines of reason": ("raise ImportError('one\\r\\nERROR forged')", "it can't be imported: ImportError: one ERROR forged"),
    "two lines of alias": (good("bad", more="alias = 'a\\r\\nERROR forged'"), "holds what can't be printed"),
    "slash in an alias": (good("bad", more="alias = 'b/d'"), "its alias 'b/d' has a slash in it"),
    "routes of one": (good("bad").replace("Controller())", "Controller(), custom_routes_fn=lambda m: 1)"), "it is called with the mapper and the resource"),
    "exiting is_valid": (good("bad", more="is_valid = lambda self: exit(1)"), "is_valid raised SystemExit"),
    "raising attributes": (good("bad", more="def __getattribute__(self, name): return object.__getattribute__(self, name) if name[0] == '_' else {}[1]"), "looking at it raised KeyError"),
    "text for a controller": (good("bad").replace("Controller())", "'Controller')"), "the controller is the str 'Controller'"),
    "number for a collection": (good("bad").replace('ResourceExtension("bad"', "ResourceExtension(7"), "a collection is named 7"),
    "number for a parent": (good("bad").replace("Controller())", "Controller(), inherits=7)"), "it inherits 7, which is no collection's name"),
    "no such parent": (good("bad").replace("Controller())", "Controller(), inherits='nothing')"), "it inherits collection 'nothing', which no loaded plugin brings"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_plugin_that_cannot_be_used_stops_the_boot_by_name_or_is_left_out_and_reported(
    distribution, case, caplog
):
    source, says = BROKEN[case]
    distribution("good", entry_points={GROUP: {"good": "mu_good:Plugin"}}, modules={"mu_good": good("good")})
    distribution(
        "bad-dist",
        "2.0",
        entry_points={GROUP: {"bad": "mu_bad:Plugin"}},
        modules={"mu_bad": source} if source else {},
    )
    with pytest.raises(PluginError) as caught:
        load()
    assert says in str(caught.value)
    assert "bad = mu_bad:Plugin (bad-dist 2.0)" in str(caught.value)

    router = load(on_load_failure="skip")
    assert states(router) == {"bad": "failed", "good": "loaded"}
    assert says in router.plugins[0].reason
    assert says in caplog.text
    assert ask(router, "/good").json == {"from": "good"}
    assert [e["alias"] for e in ask(router, "/extensions").json["extensions"]] == ["good"]
    assert list(router.extension_info.get_extensions()) == ["good"]
    assert APIRouter.check({}, namespace=GROUP) == [router.plugins[0].reason]


def test_one_entry_point_of_two_distributions_is_refused_naming_both(distribution):
    for name in ("dist-a", "dist-b"):
        module = f"mu_{name[-1]}"
        distribution(name, entry_points={GROUP: {"same": f"{module}:Plugin"}}, modules={module: good(name)})
    with pytest.raises(PluginError) as caught:
        load()
    assert "same = mu_a:Plugin (dist-a 1.0)" in str(caught.value)
    assert "same = mu_b:Plugin (dist-b 1.0)" in str(caught.value)
    router = load(on_load_failure="skip")
    assert [p.state for p in router.plugins] == ["loaded", "failed"]
    assert ask(router, "/dist-a").status_int == 200


DUPLICATES = {
    "alias": (good("same", "a"), good("same", "b"), "its alias 'same'"),
    "collection": (good("a", "same"), good("b", "same"), "collection 'same'"),
    "action": (
        good("a", more="")
        .replace("def index(self, req):", "def index(self, req): return {}\n    @wsgi.action('act')\n    def _a(self, req, id, body):")
        .replace("import APIExtension", "import APIExtension, ControllerExtension")
        .replace("Controller())", "Controller(), member_actions={'action': 'POST'})")
        .replace("\nclass Controller", "from apirouter import wsgi\nclass Controller", 1),
        "from apirouter import wsgi\nfrom apirouter.extensions import *\n"
        "class C:\n    @wsgi.action('act')\n    def _b(self, req, id, body): pass\n"
        "class Plugin(APIExtension):\n    name = alias = 'b'; version = 1\n"
        "    def get_controller_extensions(self): return [ControllerExtension(self, 'a', C())]",
        "action 'act' of a",
    ),
    "route": (
        good("a"),
        good("b").replace(
            "Controller())",
            "Controller(), custom_routes_fn=lambda m, r: "
            "m.connect('/a', controller=r, action='index', conditions={'method': ['GET']}))",
        ),
        "route GET /a",
    ),
    "route of other variables": (
        good("a").replace("def index(self, req):", "def show(self, req, id): pass\n    def index(self, req):"),
        good("b").replace(
            "class Controller:",
            "class Controller:\n    def other(self, req, name): pass\n",
        ).replace(
            "Controller())",
            "Controller(), custom_routes_fn=lambda m, r: "
            "m.connect('/a/{name}', controller=r, action='other', conditions={'method': 'GET'}))",
        ),
        "route GET /a/",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DUPLICATES)
def test_duplicates_are_refused_naming_both_distributions(distribution, case):
    first, second, says = DUPLICATES[case]
    distribution("dist-a", "1.1", entry_points={GROUP: {"a": "mu_a:Plugin"}}, modules={"mu_a": first})
    distribution("dist-b", "2.2", entry_points={GROUP: {"b": "mu_b:Plugin"}}, modules={"mu_b": second})
    with pytest.raises(PluginError) as caught:
        load()
    for part in (says, "dist-a 1.1", "dist-b 2.2"):
        assert part in str(caught.value)
    router = load(on_load_failure="skip")
    assert states(router) == {"a": "loaded", "b": "failed"}


def test_a_disabled_plugin_is_not_imported(distribution):
    distribution("left", entry_points={GROUP: {"left": "mu_left:Plugin"}}, modules={"mu_left": good("left")})
    assert states(load(extensions_disabled="left")) == {"left": "disabled"}
    assert "mu_left" not in sys.modules
    assert states(load()) == {"left": "loaded"}
    assert "mu_left" in sys.modules


def test_a_plugin_that_can_not_be_imported_may_be_disabled(distribution):
    distribution(
        "bad", entry_points={GROUP: {"bad": "mu_bad:Plugin"}}, modules={"mu_bad": "raise SystemExit"}
    )
    distribution("good", entry_points={GROUP: {"good": "mu_good:Plugin"}}, modules={"mu_good": good("good")})
    assert states(load(extensions_disabled="bad")) == {"bad": "disabled", "good": "loaded"}
    assert states(load(extensions_enabled="good")) == {"bad": "disabled", "good": "loaded"}


@pytest.mark.parametrize("alias", ["alias = 'os-x'", "alias = property(lambda self: 'os-x')"])
def test_plugins_are_enabled_and_disabled_by_alias_or_entry_point(distribution, alias):
    distribution("x", entry_points={GROUP: {"x": "mu_x:Plugin"}}, modules={"mu_x": good("x", more=alias)})
    distribution("y", entry_points={GROUP: {"y": "mu_y:Plugin"}}, modules={"mu_y": good("y")})
    for options, wanted in (
        ({"extensions_disabled": "os-x"}, {"x": "disabled", "y": "loaded"}),
        ({"extensions_disabled": "x"}, {"x": "disabled", "y": "loaded"}),
        ({"extensions_enabled": "os-x"}, {"x": "loaded", "y": "disabled"}),
        ({"extensions_enabled": "os-x y", "extensions_disabled": "y"}, {"x": "loaded", "y": "disabled"}),
    ):
        assert states(load(**options)) == wanted


@pytest.mark.parametrize("alias", ["alias = 'os-x'", "alias = property(lambda self: 'os-x')", ""])
def test_a_plugin_that_is_enabled_and_disabled_is_left_out_and_told_of(distribution, alias, caplog):
    distribution("x", entry_points={GROUP: {"x": "mu_x:Plugin"}}, modules={"mu_x": good("x", more=alias)})
    distribution("y", entry_points={GROUP: {"y": "mu_y:Plugin"}}, modules={"mu_y": good("y")})
    name = "os-x" if alias else "x"
    options = {"extensions_enabled": f"{name} y", "extensions_disabled": name}
    router = load(**options)
    assert states(router) == {"x": "disabled", "y": "loaded"}
    (told,) = router.warnings
    assert told.startswith(
        f"extensions_enabled names '{name}' and extensions_disabled '{name}': x = mu_x:Plugin"
    )
    assert told.endswith(" is left out; take it out of one of the two")
    assert told in caplog.text
    assert [str(one) for one in APIRouter.check({}, namespace=GROUP, **options)] == [told]


def test_an_ini_may_leave_out_what_a_router_s_class_enables(distribution):
    distribution("x", entry_points={GROUP: {"x": "mu_x:Plugin"}}, modules={"mu_x": good("x")})

    class Both(APIRouter):
        namespace, extensions_enabled = GROUP, ("x",)

    router = Both.factory({}, extensions_disabled="x")
    assert (states(router), router.warnings) == ({"x": "disabled"}, ())


@pytest.mark.parametrize("option", ["extensions_enabled", "extensions_disabled"])
def test_a_name_that_no_plugin_has_is_refused_with_the_nearest(distribution, option):
    distribution("x", entry_points={GROUP: {"servers": "mu_x:Plugin"}}, modules={"mu_x": good("servers")})
    with pytest.raises(ConfigError, match=f"{option} names 'severs', .* did you mean 'servers'"):
        load(**{option: "severs"})


def test_a_hostile_or_stale_stevedore_cache_changes_nothing(distribution, tmp_path, monkeypatch):
    distribution("good", entry_points={GROUP: {"good": "mu_good:Plugin"}}, modules={"mu_good": good("good")})
    distribution("evil", modules={"mu_evil": "raise SystemExit('evil ran')"})
    cache = tmp_path / "cache" / "python-entrypoints"
    cache.mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    from stevedore import _cache

    poison = {
        "groups": {GROUP: [["evil", "mu_evil:Plugin", GROUP]]},
        "path_values": [],
        "sys_prefix": sys.prefix,
    }
    digest, _ = _cache._hash_settings_for_path(tuple(sys.path))
    for name in (digest, "any"):
        (cache / name).write_text(json.dumps(poison))
    before = {f.name: f.read_bytes() for f in cache.iterdir()}
    assert states(load()) == {"good": "loaded"}
    assert {f.name: f.read_bytes() for f in cache.iterdir()} == before
    assert "mu_evil" not in sys.modules


def test_installed_distributions_are_scanned_once(distribution, monkeypatch):
    distribution("good", entry_points={GROUP: {"good": "mu_good:Plugin"}}, modules={"mu_good": good("good")})
    scans, original = [], importlib.metadata.entry_points
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **kw: scans.append(kw) or original(**kw))
    load()
    assert scans == [{}]


def test_what_a_distribution_is_called_is_not_read_anew_for_each_of_its_plugins(distribution, monkeypatch):
    names = [f"many{number}" for number in range(12)]
    distribution(
        "many",
        entry_points={GROUP: {name: f"mu_{name}:Plugin" for name in names}},
        modules={f"mu_{name}": good(name) for name in names},
    )
    reads, original = [], importlib.metadata.PathDistribution.read_text

    def read_text(self, filename):
        reads.append((self._path.name, filename))
        return original(self, filename)

    monkeypatch.setattr(importlib.metadata.PathDistribution, "read_text", read_text)
    router = load()
    assert {p.distribution for p in router.plugins} == {"many"}
    assert len(router.plugins) == 12
    # Its name and its version.
    assert 1 <= reads.count(("many-1.0.dist-info", "METADATA")) <= 2


def test_a_plugin_learns_of_services_and_other_plugins():
    class Info:
        name, alias, version = "Info", "info", 1

        def __init__(self, info):
            self.info = info

        def get_resources(self):
            assert set(self.info.get_extensions()) == {"info"}
            return []

        def get_controller_extensions(self):
            return None

    router = APIRouter(plugins=[Info], services={"database": "db"})
    assert router.plugins[0].extension.info.services == {"database": "db"}


def test_code_may_give_classes_instances_and_factories():
    class Plugin:
        """Needs no base."""

        name, alias, version = "P", "p", 1

        def __init__(self, info=None, alias="p"):
            self.alias = alias

        def get_resources(self):
            return []

        get_controller_extensions = get_resources

    router = APIRouter(plugins=[Plugin, Plugin(alias="q"), lambda info: Plugin(info, "r")])
    assert [p.alias for p in router.plugins] == ["p", "q", "r"]


def test_a_keyboard_interrupt_ends_the_load():
    def maker(info):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plugin_room.make(plugin_room.given([maker]), Settings(), plugin_room.ExtensionInfo())


SERIALIZER = (
    "class XML:\n    def serialize(self, data):\n        return '<data>' + str(data['from']) + '</data>'\n"
)


def test_a_serializer_is_registered_by_name(distribution):
    distribution(
        "good",
        entry_points={GROUP: {"good": "mu_good:Plugin"}, "apirouter.serializers": {"xml": "mu_good:XML"}},
        modules={"mu_good": good("good") + SERIALIZER},
    )
    router = load(media_types="application/json application/xml=xml")
    for path, accept in (("/good.xml", "*/*"), ("/good", "application/xml")):
        reply = ask(router, path, headers={"Accept": accept})
        assert (reply.content_type, reply.text) == ("application/xml", "<data>good</data>")
    assert ask(router, "/good").json == {"from": "good"}
    assert ask(router, "/good", "POST", b"<x/>", content_type="application/xml").status_int == 405


@pytest.mark.parametrize(
    ("value", "says"),
    [("mu_x:Missing", "can't be made: AttributeError"), ("mu_x:thing", "has no method serialize")],
)
def test_a_serializer_that_is_none_is_refused_by_its_distribution(distribution, value, says):
    distribution("x", entry_points={"apirouter.serializers": {"xml": value}}, modules={"mu_x": "thing = 5"})
    with pytest.raises(ConfigError) as caught:
        APIRouter.factory({}, media_types="application/json application/xml=xml")
    assert says in str(caught.value)
    assert f"xml = {value} (x 1.0)" in str(caught.value)


@pytest.mark.parametrize("source", ["raise SystemExit(2)", "def rules(): raise ValueError('no')", "x = 1"])
def test_policy_rules_that_can_not_be_had_refuse_the_boot_by_distribution(distribution, source):
    distribution(
        "ruled",
        entry_points={GROUP: {"one": "mu_one:Plugin"}, "oslo.policy.policies": {"ruled": "mu_rules:rules"}},
        modules={"mu_one": good("one"), "mu_rules": source},
    )
    with pytest.raises(
        PluginError, match=r"plugin ruled = mu_rules:rules \(ruled 1.0\): its policy rules can't be had"
    ):
        load()


def test_a_plugin_that_takes_long_to_import_is_told_by_name(distribution, monkeypatch, caplog):
    monkeypatch.setattr(entry_room, "_SLOW", 0.0)
    distribution("slow", entry_points={GROUP: {"slow": "mu_slow:Plugin"}}, modules={"mu_slow": good("slow")})
    load()
    assert "Importing plugin slow = mu_slow:Plugin (slow 1.0) took" in caplog.text


#: What goes wrong in a plugin -> its entry point, its code, what is said of it.
PLACES = {
    "import": ("mu_bad:Plugin", "x = 1\nimport mu_nowhere", "mu_bad.py:2: it can't be imported: ModuleNotFoundError: No module named 'mu_nowhere'; install what has it, or mend the import"),
    "syntax": ("mu_bad:Plugin", "x = 1\ndef (", "mu_bad.py:2: it can't be imported: SyntaxError"),
    "decorator": ("mu_bad:Plugin", "from apirouter import wsgi\n\n@wsgi.response('202')\ndef f(): pass", "mu_bad.py:3: it can't be imported: TypeError: wsgi.response takes"),
    "class": ("mu_bad:Plugn", good("bad"), "mend the entry point, and install the distribution again: did you mean 'Plugin'?"),
    "module": ("mu_baad:Plugin", good("bad"), "mend the entry point, and install the distribution again: did you mean 'mu_bad'?"),
    "dot": ("mu_bad.Plugin", good("bad"), "install the distribution again: write mu_bad:Plugin"),
    "file": ("mu_bad.py:Plugin", good("bad"), "install the distribution again: write mu_bad:Plugin"),
    "no class": ("mu_bad", good("bad"), "its entry point names a module; write mu_bad:Class, the name of the plugin's class"),
    "no name": ("mu bad:Plugin", good("bad"), "its entry point names nothing that Python can import; write name = package.module:Class"),
    "controller": ("mu_bad:Bad", "from apirouter import wsgi\nclass Bad(wsgi.Controller): pass", "Bad has no method get_resources; name the plugin's class, which brings the controller"),
    "constructor": ("mu_bad:Plugin", good("bad", more="def __init__(self, info): {}['db']"), "making it raised KeyError: 'db'"),
    "resources": ("mu_bad:Plugin", good("bad", more="def get_controller_extensions(self): return 1 / 0"), "get_controller_extensions raised ZeroDivisionError"),
    "one": ("mu_bad:Plugin", good("bad").replace("[ResourceExtension", "ResourceExtension").replace("Controller())]", "Controller())"), "get_resources returned one ResourceExtension; return a list of them"),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_an_author_reads_where_in_the_plugin_it_failed_and_what_to_write(distribution, case):
    value, source, says = PLACES[case]
    distribution("bad-dist", entry_points={GROUP: {"bad": value}}, modules={"mu_bad": source})
    with pytest.raises(PluginError) as caught:
        load()
    assert says in str(caught.value)
    assert "apirouter/" not in str(caught.value)
    if "raised" in says:
        assert re.search(r"mu_bad\.py:\d+: ", str(caught.value))


def test_a_list_of_rules_that_nobody_has_is_refused_with_the_nearest(distribution):
    source = "def rules():\n    return []\n"
    distribution(
        "ruled",
        entry_points={"oslo.policy.policies": {"ruled": "mu_rules:rules"}},
        modules={"mu_rules": source},
    )
    with pytest.raises(ConfigError, match=r"no list of rules 'rulde' .*; did you mean 'ruled'\?"):
        APIRouter.factory({}, policies="rulde")


def test_a_plugin_whose_method_has_a_slip_in_its_name_is_warned_of(distribution):
    source = good("one").replace("def get_resources", "def get_resource")
    distribution("one-dist", entry_points={GROUP: {"one": "mu_one:Plugin"}}, modules={"mu_one": source})
    (warning,) = load().warnings
    assert warning == (
        "plugin one = mu_one:Plugin (one-dist 1.0): it brings nothing, and nobody calls its method "
        "'get_resource'; did you mean 'get_resources'?"
    )
