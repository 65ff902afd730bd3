"""Sources are read while other threads read others."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest

from apirouter import wsgi
from apirouter.describe.parsing import steadily
from apirouter.describe.places import definition_of
from apirouter.describe.rules import RuleReader


class Things(wsgi.Controller):
    def show(self, req: Any) -> None:
        req.context.can("compute:things:show")


class LosesCount:
    """A parser that fails as CPython's does when two threads parse at once."""

    def __init__(self, parse: Any) -> None:
        self._parse, self.calls = parse, 0

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls < 4:
            raise SystemError("AST constructor recursion depth mismatch (before=54, after=52)")
        return self._parse(*args, **named)


def test_rules_and_lines_are_found_though_the_interpreter_lost_count(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = definition_of(Things)
    monkeypatch.setattr(ast, "parse", LosesCount(ast.parse))
    assert [rule.name for rule in RuleReader().rules(Things.show, Things)] == ["compute:things:show"]
    monkeypatch.setattr(inspect, "getsourcelines", LosesCount(inspect.getsourcelines))
    assert definition_of(Things) == expected


def test_a_system_error_that_stays_is_raised() -> None:
    def parse() -> None:
        raise SystemError("really")

    with pytest.raises(SystemError, match="really"):
        steadily(parse)
