"""Signatures: what fills what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import ControllerError
from apirouter.objectdispatch.signature import (
    MissingArgument,
    Signature,
    SurplusArgument,
    SurplusSegment,
)

segments = st.lists(st.text(min_size=1, max_size=5), max_size=6)
values = st.dictionaries(st.sampled_from("abcdxyz"), st.text(max_size=3))


def method(self: Any, a: Any, b: Any = "B", *, c: Any, d: Any = "D", **kw: Any) -> Any:
    return a, b, c, d, kw


def variadic(self: Any, a: Any, *rest: Any) -> Any:
    return a, rest


@given(segments, values)
def test_a_call_gets_what_the_request_has_or_a_client_error(path: list[str], found: dict[str, str]) -> None:
    signature = Signature(method, 1)
    if len(path) > 2:
        with pytest.raises(SurplusSegment) as surplus:
            signature.bind(path, lambda: dict(found))
        assert surplus.value.segment == path[2]
        return
    missing = [name for name in "ac" if name not in found and not (name == "a" and path)]
    if missing:
        with pytest.raises(MissingArgument) as lacking:
            signature.bind(path, lambda: dict(found))
        assert lacking.value.name == missing[0]
        return
    args, rest, keywords = signature.bind(path, lambda: dict(found))
    a, b, c, d, kw = method(None, *args, *rest, **keywords)
    assert a == (path[0] if path else found["a"])
    assert b == (path[1] if len(path) > 1 else found.get("b", "B"))
    assert (c, d) == (found["c"], found.get("d", "D"))
    assert kw == {k: v for k, v in found.items() if k not in "abcd"}


@given(segments.filter(bool))
def test_variable_arguments_take_the_rest(path: list[str]) -> None:
    args, rest, keywords = Signature(variadic, 1).bind(path, dict)
    assert variadic(None, *args, *rest, **keywords) == (path[0], tuple(path[1:]))


def test_values_are_read_only_where_they_are_wanted() -> None:
    def refuse() -> dict[str, Any]:
        raise AssertionError("read")

    assert Signature(variadic, 1).bind(["1"], refuse) == (["1"], [], {})


def test_an_unknown_argument_is_refused_where_asked_for() -> None:
    with pytest.raises(SurplusArgument, match="'z'"):
        Signature(variadic, 1).bind(["1"], lambda: {"z": 1, "a": 2}, strict=True)


def test_a_method_without_request_and_response_is_refused() -> None:
    with pytest.raises(ControllerError, match="it takes 1 arguments, and is called with 3"):
        Signature(lambda self: None, 3)
