# ruff: noqa: E501
"""What an author gets wrong in a controller: refused or warned of at load, with the place and the fix."""

from __future__ import annotations

import textwrap

import pytest
from webob import Request

from apirouter import APIRouter, Settings, extensions, wsgi
from apirouter.errors import PluginError
from apirouter.hooks import Hook
from tests.support import ask


def load(body, *, before="", extension="", resource=""):
    """Load a plugin whose controller C has a body, and whose extending controller E has another."""
    source = "from apirouter import extensions, validation, wsgi\nfrom apirouter.hooks import Hook\n"
    source += f"{before}\nclass C(wsgi.Controller):\n{textwrap.indent(body or 'pass', '    ')}\n"
    source += f"class E(wsgi.Controller):\n{textwrap.indent(extension or 'pass', '    ')}\n"
    names: dict[str, object] = {"__name__": "mistaken"}
    exec(compile(source, "mistaken.py", "exec"), names)

    class P(extensions.APIExtension):
        name, alias, version = "P", "p", 1

        def get_resources(self):
            return [eval(f"extensions.ResourceExtension('things', C(){resource})", names)]

        def get_controller_extensions(self):
            return [extensions.ControllerExtension(self, "things", names["E"]())] if extension else []

    return APIRouter(plugins=[P])


INDEX = "def index(self, req): return {}\n"
ACTION = ", member_actions={'action': 'POST'}"
WARNED = {
    "action without a route": ({"body": f"{INDEX}@wsgi.action('go')\ndef _go(self, req, id, body): pass"}, "C._go at mistaken.py:6: no route leads to action 'go'; give 'things' member_actions={'action': 'POST'}"),
    "action beside a method of all": ({"body": "def action(self, req, id, body): return {}\n@wsgi.action('go')\ndef _go(self, req, id, body): pass", "resource": ACTION}, "C._go at mistaken.py:6: no route leads to action 'go'; C.action at mistaken.py:5 answers it, whatever the body's key; take one of the two out"),
    "added action beside a method of all": ({"body": "def action(self, req, id, body): return {}", "resource": ACTION, "extension": "@wsgi.action('go')\ndef _go(self, req, id, body): pass"}, "no route leads to action 'go'; C.action at mistaken.py:5 answers it"),
    "added action without a route": ({"body": INDEX, "extension": "@wsgi.action('go')\ndef _go(self, req, id, body): pass"}, "no route leads to action 'go'; give 'things' member_actions={'action': 'POST'}"),
    "action without a stamp": ({"body": INDEX, "resource": ACTION}, "things names the action 'action', and C has no such method, nor one that @wsgi.action('key') stands on"),
    "slip in an action": ({"body": INDEX + "def reboot(self, req, id): pass", "resource": ", member_actions={'rebot': 'PUT'}"}, "and C has no such method; did you mean 'reboot'?"),
    "no action at all": ({"body": "def lst(self, req): return {}"}, "no route leads to a method of C, the controller of 'things'; write index, show, create"),
    "extension of nothing": ({"body": INDEX, "extension": "def index(self, req, resp_obj): pass"}, "E extends 'things' and adds nothing to it; put @wsgi.extends or @wsgi.action on its methods"),
    "static method": ({"body": "def show(self, req, id): return {}\n@staticmethod\ndef index(req): return {}"}, "C.index at mistaken.py:6: it is a staticmethod, which no route leads to; write a plain method, def index(self, req, ...)"),
}  # fmt: skip
HOOK = "class H(Hook):\n    def before(self, state): pass\n"


def path(text):
    """A route that the plugin connects itself."""
    connected = f"m.connect({text!r}, controller=r, action='show')"
    return {
        "body": "def show(self, req, **given): return given",
        "resource": f", custom_routes_fn=lambda m, r: {connected}",
    }


REFUSED = {
    "no self": ({"body": "def index(req): return {}"}, "C.index at mistaken.py:5: route GET /{project_id}/things gives it 'req', which it doesn't take; add self, the first of them"),
    "list of actions": ({"body": INDEX, "resource": ", member_actions=['reboot']"}, "member_actions of 'things' is a list; write {'name': 'GET'}"),
    "hook for a list": ({"before": HOOK, "body": f"__hooks__ = H()\n{INDEX}"}, "C.index at mistaken.py:8: __hooks__ of class C is a H; write __hooks__ = [...], a list of hooks"),
    "class for a hook": ({"before": HOOK, "body": f"@wsgi.hook(H)\n{INDEX}"}, "C.index at mistaken.py:7: the hook H is a class; list an instance: H()"),
    "slip in a phase": ({"before": HOOK.replace("before", "befor"), "body": f"__hooks__ = [H()]\n{INDEX}"}, "method 'befor' of the hook H is no phase, and is never called; did you mean 'before'? (a helper's name starts with _)"),
    "phase without a state": ({"before": HOOK.replace(", state", ""), "body": f"__hooks__ = [H()]\n{INDEX}"}, "H.before at mistaken.py:4 does not take what a hook is given; write def before(self, state)"),
    "condition": ({"body": INDEX, "resource": ", custom_routes_fn=lambda m, r: m.connect('/x', controller=r, action='index', conditions={'methods': ['GET']})"}, "route /x has the condition 'methods', which there is not; did you mean 'method'?"),
    "brace within a requirement": (path(r"/x/{id:[0-9]{4}}"), r"route /x/{id:[0-9]{4}} has a brace too many, or one within a requirement; write '\}' for one within"),
    "brace too many": (path("/x/{id}}"), "route /x/{id}} has a brace too many"),
    "brace that is never closed": (path("/x/{id"), "route /x/{id has no end of its variable 'id'; write '{id}'"),
    "variable without a name": (path("/x/{}"), ": route /x/{} has a variable without a name; write '{name}'"),
    "variable with a requirement and no name": (path("/x/{:[0-9]+}"), "route /x/{:[0-9]+} has the variable '', which is no name of a parameter; write '{name}'"),
    "blank in a variable": (path("/x/{the id}"), "route /x/{the id} has the variable 'the id', which is no name of a parameter"),
    "variable twice": (path("/x/{id}/y/{id}"), "route /x/{id}/y/{id} has the variable 'id' twice; give one of the two another name"),
    "no slash in front": (path("x/{id}"), "route x/{id} has no slash in front, as every request has; write '/x/{id}'"),
    "requirement": (path("/x/{id:[0-9}"), "at the requirement '^[0-9$', raised"),
    "pattern": ({"body": "@validation.schema({'type': 'string', 'pattern': '^[a-$'})\ndef create(self, req, body): pass"}, "pattern '^[a-$' is no regular expression: bad character range a-$ at position 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNED)
def test_what_nothing_leads_to_is_a_warning_with_the_fix(case):
    arguments, says = WARNED[case]
    (warning,) = load(**{"body": "", **arguments}).warnings
    assert warning.startswith("plugin P = ")
    assert says in warning


@pytest.mark.parametrize(
    ("collection", "says"),
    [
        ("a/{x", "collection 'a/{x' has no end of its variable 'x'; write '{x}'"),
        ("a{x/b", "collection 'a{x/b' has no end of its variable 'x/b'"),
        ("a/x}", "collection 'a/x}' has a brace too many"),
        ("a/{x:[0-9]{4}}", "a brace too many, or one within a requirement; write '\\}' for one within"),
        ("a/{}", "collection 'a/{}' has a variable without a name; write '{name}'"),
        ("a/{the x}", "has the variable 'the x', which is no name of a parameter"),
    ],
)
@pytest.mark.parametrize("mapper", ["project", "plain"])
def test_a_collection_whose_braces_do_not_close_is_refused_with_the_plugin_named(collection, says, mapper):
    class C(wsgi.Controller):
        def index(self, req, **given):
            return given

    class P(extensions.APIExtension):
        name, alias, version = "P", "p", 1

        def get_resources(self):
            return [extensions.ResourceExtension(collection, C())]

    with pytest.raises(PluginError) as caught:
        APIRouter(Settings(mapper=mapper), plugins=[P])
    assert says in str(caught.value)
    assert caught.value.plugin


def test_a_variable_of_a_collection_reaches_its_methods():
    class C(wsgi.Controller):
        def index(self, req, x):
            return {"x": x}

    class P(extensions.APIExtension):
        name, alias, version = "P", "p", 1

        def get_resources(self):
            return [extensions.ResourceExtension(r"a/{x:[0-9]{4\}}", C())]

    router = APIRouter(Settings(mapper="plain"), plugins=[P])
    assert Request.blank("/a/2026").get_response(router).json == {"x": "2026"}
    assert Request.blank("/a/26").get_response(router).status_code == 404


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_not_be_called_is_refused_with_the_place_and_the_fix(case):
    arguments, says = REFUSED[case]
    with pytest.raises(PluginError) as caught:
        load(**arguments)
    assert str(caught.value).startswith("plugin P = ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url", "given"),
    [
        (r"/x/{id:[0-9]{4\}}", "/x/1234", {"id": "1234"}),
        (r"/x/{id}\}", "/x/1}", {"id": "1"}),
        ("{rest:.*}", "/x/y", {"rest": "/x/y"}),
        ("/x/:id/:(no)", "/x/1/2", {"id": "1", "no": "2"}),
    ],
)
def test_a_path_that_can_be_read_is_connected(text, url, given):
    assert ask(load(**path(text)), url).json == given


@pytest.mark.parametrize(
    ("text", "sent", "says"),
    [
        ("/x?q={id}", "/x%3Fq=1", "no query leads to it, only a '%3F' in the path does; leave the query out, a method reads it from req.GET"),
        ("/x/{id}#y?z", "/x/1%23y%3Fz", "no fragment leads to it, only a '%23' in the path does; leave it out, no client sends it"),
    ],
)  # fmt: skip
def test_a_query_or_a_fragment_in_a_path_is_told_since_no_request_that_is_meant_has_it(text, sent, says):
    router = load(**path(text))
    (warning,) = router.warnings
    assert warning.startswith("plugin P = ")
    assert (
        f"route {text} has a '{'?' if 'q' in text else '#'}', where the path of a URL ends: {says}" in warning
    )
    assert ask(router, sent).json == {"id": "1"}
    assert ask(router, sent.replace("%3F", "?").partition("%23")[0]).status == "404 Not Found"
    assert load(**path("/x/{id:[?#]}")).warnings == load(**path("/x/{id}")).warnings == ()


def test_what_is_as_it_should_be_is_not_warned_of():
    action = "@wsgi.action('go')\ndef _go(self, req, id, body): pass\n"
    helper = "@staticmethod\ndef view(one): return one\n"
    assert load(INDEX + action + helper, resource=ACTION).warnings == ()
    added = "@wsgi.action('create')\ndef _make(self, req, body): pass"
    assert load(INDEX, extension=added).warnings == ()
    hook = "class H(Hook):\n    def after(self, state): pass\n    def afterwards(self): pass\n    def on_errors(self): pass\n    def on_error(self, *args): pass\n"
    assert load(f"__hooks__ = [H()]\n{INDEX}", before=hook).warnings == ()


@pytest.mark.parametrize(
    ("stamp", "says"),
    [
        (lambda: wsgi.expected_errors(404, 409), r"write @expected_errors\(\(404, 409\)\)"),
        (lambda: wsgi.expected_errors(load), r"write @expected_errors\(\(404, 409\)\)"),
        (lambda: wsgi.api_version(2.1), r"a version is a text, as '2\.1'; this one is 2\.1"),
        (lambda: wsgi.api_version("2.1", 2.9), "this one is 2.9"),
    ],
)
def test_a_decorator_that_is_given_something_else_says_how_it_is_written(stamp, says):
    with pytest.raises(TypeError, match=says):
        stamp()


def test_a_hook_of_an_application_that_could_not_be_called_is_refused_too():
    class Odd(Hook):
        def on_error(self, state):
            raise AssertionError

    with pytest.raises(LookupError, match=r"Odd\.on_error at .* write def on_error\(self, state, error\)"):
        APIRouter(hooks=[Odd()])


def test_one_plugin_where_a_list_belongs_is_told_how_to_write_it():
    class Things(extensions.APIExtension):
        """Things."""

    with pytest.raises(TypeError, match=r"got the class Things; write plugins=\[Things\]"):
        APIRouter(plugins=Things)


@pytest.mark.parametrize("collection", ["things", "things/{x:(a+)+$}"])
def test_a_requirement_that_hangs_is_told_once_and_refused_where_strict_is(collection, caplog):
    class C(wsgi.Controller):
        def index(self, req, **given):
            return given

    def routes(mapper, resource):
        if collection == "things":
            mapper.connect("/things/{x:(a+)+$}", controller=resource, action="index")

    class P(extensions.APIExtension):
        name, alias, version = "P", "p", 1

        def get_resources(self):
            return [extensions.ResourceExtension(collection, C(), custom_routes_fn=routes)]

    (warning,) = APIRouter(Settings(), plugins=[P]).warnings
    assert [record.getMessage() for record in caplog.records] == [warning]
    assert warning.startswith("plugin P = ")
    with pytest.raises(PluginError) as caught:
        APIRouter(Settings(strict=True), plugins=[P])
    said = "the requirement '(a+)+$' of 'x' repeats something"
    assert said in warning
    assert said in str(caught.value)
    assert str(caught.value).endswith("; write it so that no text matches in two ways")
    assert caught.value.plugin
