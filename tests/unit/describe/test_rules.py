from __future__ import annotations

from typing import Any

from apirouter import wsgi
from apirouter.describe.rules import RuleReader

ROOT = "compute:things:%s"
NAMED = {"show": "compute:things:show"}


class Names:
    DELETE = "compute:things:delete"


def helper(req: Any, action: str) -> None:
    req.context.can(ROOT % action)


class ThingsController(wsgi.Controller):
    def text(self, req):
        req.context.can("compute:things:text")

    def joined(self, req):
        req.context.can(ROOT % "index")
        req.context.can("compute:" + "things:more")
        req.context.can(f"compute:{Names.DELETE}")

    def attribute(self, req):
        req.context.can(Names.DELETE, {"project_id": req.context.project_id})

    def keyword(self, req):
        req.context.can(rule="compute:things:keyword")

    def unknown(self, req, id):
        req.context.can(NAMED[id])
        req.context.can(ROOT % id)

    def through(self, req):
        self._ask(req, "resize")
        helper(req, action="pause")

    def _ask(self, req, action):
        req.context.can(ROOT % action)

    def sometimes(self, req):
        if req.GET.get("all"):
            req.context.can("compute:things:all")
        try:
            pass
        except ValueError:
            req.context.can("compute:things:after")

    def tested(self, req):
        if req.context.can("compute:things:tested"):
            pass

    def both(self, req):
        if req.GET:
            req.context.can("compute:things:both")
        req.context.can("compute:things:both")

    def harmless(self, req):
        return req.context.can("compute:things:field", fatal=False)

    def inner(self, req):
        def later():
            req.context.can("compute:things:later")

        return later

    def authority(self, req):
        self.policy.authorize(req.context, "compute:things:authority", {})

    def circle(self, req):
        self.circle(req)
        req.context.can("compute:things:circle")

    def versioned(self, req):
        self._versioned(req)

    @wsgi.api_version("2.1", "2.3")
    def _versioned(self, req):
        req.context.can("compute:things:old")

    @wsgi.api_version("2.4")
    def _versioned(self, req):
        req.context.can("compute:things:new")


def read(name: str) -> list[tuple[str, str]]:
    rules = RuleReader().rules(vars(ThingsController)[name], ThingsController)
    return [(rule.name, rule.source) for rule in rules]


def test_a_text_is_read() -> None:
    assert read("text") == [("compute:things:text", "code")]


def test_texts_are_joined() -> None:
    assert [name for name, _ in read("joined")] == [
        "compute:things:index",
        "compute:things:more",
        "compute:compute:things:delete",
    ]


def test_names_and_keywords_are_followed() -> None:
    assert read("attribute") == [("compute:things:delete", "code")]
    assert read("keyword") == [("compute:things:keyword", "code")]


def test_what_only_a_request_knows_is_a_star() -> None:
    assert [name for name, _ in read("unknown")] == ["*", "compute:things:*"]


def test_own_methods_and_functions_are_followed_with_what_they_are_given() -> None:
    assert [name for name, _ in read("through")] == ["compute:things:resize", "compute:things:pause"]


def test_what_stands_in_a_condition_is_told_as_such() -> None:
    assert read("sometimes") == [
        ("compute:things:all", "condition"),
        ("compute:things:after", "condition"),
    ]
    assert read("tested") == [("compute:things:tested", "code")]
    assert read("both") == [("compute:things:both", "code")]


def test_what_guards_nothing_is_passed_over() -> None:
    assert read("harmless") == []
    assert read("inner") == []


def test_the_context_comes_before_the_rule_of_authorize() -> None:
    assert read("authority") == [("compute:things:authority", "code")]


def test_a_method_that_calls_itself_ends() -> None:
    assert read("circle") == [("compute:things:circle", "code")]


def test_of_a_versioned_helper_the_latest_is_read() -> None:
    assert read("versioned") == [("compute:things:new", "code")]


def test_a_function_without_source_has_no_rules() -> None:
    names: dict[str, Any] = {}
    exec("def made(self, req):\n    req.context.can('x')\n", names)
    assert RuleReader().rules(names["made"], ThingsController) == ()
    assert RuleReader().rules(len, ThingsController) == ()
