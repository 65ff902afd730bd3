"""What becomes JSON, and how."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from apirouter.objectdispatch.jsonify import JsonifySerializer, encode, jsonify

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_plain_values_are_what_the_standard_library_says(value: Any) -> None:
    assert encode(value) == json.dumps(value)
    assert JsonifySerializer().serialize(value) == json.dumps(value).encode()


class Kind(enum.Enum):
    ONE = 1


class Own:
    def __json__(self) -> Any:
        return {"own": [Kind.ONE]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.datetime(2020, 1, 2, 3, 4), "2020-01-02 03:04:00"),
        (decimal.Decimal("1.5"), 1.5),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (MultiDict([("a", "1"), ("a", "2")]), {"a": ["1", "2"]}),
        (Own(), {"own": [1]}),
        ((1, (2,)), [1, [2]]),
    ],
)
def test_known_kinds_have_a_form(value: Any, expected: Any) -> None:
    assert json.loads(encode({"value": value})) == {"value": expected}


def test_a_kind_may_be_registered() -> None:
    class Person:
        name = "x"

    @jsonify.when_type(Person)
    def _(person: Person) -> Any:
        return {"name": person.name}

    assert encode([Person()]) == '[{"name": "x"}]'


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan"), float("inf")])
def test_what_json_lacks_is_an_error(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode({"value": value})


def test_what_contains_itself_is_an_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises((RecursionError, ValueError)):
        encode(loop)
