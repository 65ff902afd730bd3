"""Bodies, queries, replies; legacy clients; numbers in texts; drafts."""

from __future__ import annotations

import copy
import datetime
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema, QuerySchema, ResponseSchema, parameter_types
from apirouter.validation.keywords import drafts

CLOSED = {
    "type": "object",
    "properties": {
        "server": {
            "type": "object",
            "properties": {
                "name": parameter_types.name,
                "networks": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"port": {}}, "additionalProperties": False},
                },
                "metadata": parameter_types.metadata,
                "hints": {"type": "object", "properties": {}, "additionalProperties": True},
            },
            "required": ["name"],
            "additionalProperties": False,
        }
    },
    "required": ["server"],
    "additionalProperties": False,
}


def relaxed(schema, value):
    return BodySchema(schema).compile(relaxed=True)(value)


def test_a_legacy_body_loses_its_extras_wherever_they_nest():
    given_ = {"server": {"name": "a", "x": 1, "networks": [{"port": 1, "y": 2}], "hints": {"z": 1}}, "w": 1}
    before = copy.deepcopy(given_)
    assert relaxed(CLOSED, given_) == {"server": {"name": "a", "networks": [{"port": 1}], "hints": {"z": 1}}}
    assert given_ == before


def test_a_body_without_extras_comes_back_itself():
    value = {"server": {"name": "a"}}
    assert relaxed(CLOSED, value) is value


def test_a_legacy_body_is_still_checked():
    with pytest.raises(ValidationError, match="'name' is a required property"):
        relaxed(CLOSED, {"server": {"x": 1}})


def test_the_strict_check_refuses_what_the_relaxed_one_strips():
    with pytest.raises(ValidationError, match="Additional properties are not allowed"):
        BodySchema(CLOSED).compile()({"server": {"name": "a", "x": 1}})


def test_a_wrong_key_of_metadata_is_refused_of_legacy_clients_too():
    with pytest.raises(ValidationError, match="does not match any of the regexes"):
        relaxed(CLOSED, {"server": {"name": "a", "metadata": {"a/b": "c"}}})


ONE = {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}
TWO = {"type": "object", "properties": {"b": {}, "c": {}}, "required": ["b"], "additionalProperties": False}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"a": 1}, {"a": 1}),
        ({"a": 1, "x": 1}, {"a": 1}),
        ({"b": 1, "x": 1}, {"b": 1}),
        ({"a": 1, "b": 1, "c": 1}, {"b": 1, "c": 1}),
    ],
)
def test_of_alternatives_the_one_that_keeps_most_decides_what_is_extra(keyword, value, left):
    assert relaxed({keyword: [ONE, TWO]}, value) == left


@pytest.mark.parametrize(
    ("schema", "value", "left"),
    [
        ({"$ref": "#/$defs/one", "$defs": {"one": ONE}}, {"a": 1, "x": 1}, {"a": 1}),
        ({"allOf": [ONE]}, {"a": 1, "x": 1}, {"a": 1}),
        ({"prefixItems": [ONE], "items": TWO}, [{"a": 1, "x": 1}, {"b": 1, "x": 1}], [{"a": 1}, {"b": 1}]),
        ({"additionalProperties": ONE}, {"k": {"a": 1, "x": 1}}, {"k": {"a": 1}}),
        ({"patternProperties": {"^k$": ONE}}, {"k": {"a": 1, "x": 1}}, {"k": {"a": 1}}),
        ({"if": {"required": ["a"]}, "then": ONE, "else": TWO}, {"b": 1, "x": 1}, {"b": 1}),
        ({"if": {"required": ["a"]}, "then": ONE, "else": TWO}, {"a": 1, "x": 1}, {"a": 1}),
        ({"dependentSchemas": {"a": ONE}}, {"a": 1, "x": 1}, {"a": 1}),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "items": [ONE], "additionalItems": TWO},
            [{"a": 1, "x": 1}, {"b": 1, "x": 1}],
            [{"a": 1}, {"b": 1}],
        ),
    ],
)
def test_extras_are_found_through_every_keyword(schema, value, left):
    assert relaxed(schema, value) == left


VALUES = st.recursive(
    st.sampled_from([1, "a", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcx"), inner, max_size=4),
    max_leaves=8,
)


@given(
    VALUES,
    st.sampled_from([CLOSED, ONE, {"oneOf": [ONE, TWO]}, {"additionalProperties": ONE}, {"items": TWO}]),
)
def test_what_the_relaxed_check_lets_pass_the_strict_one_does_and_the_input_stays(value, schema):
    before = copy.deepcopy(value)
    try:
        left = relaxed(schema, value)
    except ValidationError:
        with pytest.raises(ValidationError):
            BodySchema(schema).compile()(value)
    else:
        assert BodySchema(schema).compile()(left) == left
    assert value == before


# --------------------------------------------------------------------------- queries


def query(**more):
    return QuerySchema({"type": "object", "properties": parameter_types.pagination_parameters, **more})


def test_unknown_parameters_are_dropped():
    assert query().compile()({"limit": ["1"], "foo": ["x"], "bar": []}) == ("foo", "bar")
    assert query(additionalProperties=True).compile()({"foo": ["x"]}) == ("foo",)


def test_a_schema_may_forbid_unknown_parameters_but_not_to_legacy_clients():
    closed = query(additionalProperties=False)
    with pytest.raises(
        ValidationError, match="Additional properties are not allowed \\('foo' was unexpected\\)"
    ):
        closed.compile()({"foo": ["x"]})
    assert closed.compile(relaxed=True)({"foo": ["x"], "limit": ["1"]}) == ("foo",)


def test_parameters_known_by_a_pattern_a_reference_or_a_branch_are_kept():
    schema = query(
        patternProperties={"^x-": parameter_types.multi_params({})},
        allOf=[{"properties": {"sort": parameter_types.multi_params({})}}, {"$ref": "#/$defs/more"}],
        **{"$defs": {"more": {"properties": {"page": parameter_types.multi_params({})}}}},
    )
    assert schema.compile()({"x-a": [""], "sort": [""], "page": [""], "y": [""]}) == ("y",)


def test_parameters_that_a_schema_of_the_others_checks_are_kept():
    schema = query(additionalProperties=parameter_types.single_param({"pattern": "^[a-z]+$"}))
    assert schema.compile()({"other": ["abc"]}) == ()
    with pytest.raises(ValidationError):
        schema.compile()({"other": ["1"]})


# --------------------------------------------------------------------------- replies


def test_a_reply_is_checked_as_the_json_that_clients_read():
    check = ResponseSchema({"properties": {"a": {"type": "array"}, "1": {"type": "string"}}}).compile()
    data = {"a": (1, 2), 1: "x"}
    assert check(data) is data
    with pytest.raises(ValidationError):
        check({"a": {}})


def test_a_reply_may_have_all_that_json_replies_are_made_of():
    text = {"type": "string"}
    check = ResponseSchema({"properties": {"at": {**text, "format": "date-time"}, "id": text}}).compile()
    data = {"at": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), "id": uuid.UUID(int=7)}
    assert check(data) is data
    with pytest.raises(ValidationError):
        check({**data, "id": 7})


def test_a_reply_that_is_no_json_is_left_to_its_serializer():
    check = ResponseSchema({"properties": {"a": {"type": "string"}}}).compile()
    for value in (object(), float("nan")):
        data = {"a": value}
        assert check(data) is data


# --------------------------------------------------------------------------- numbers in texts


@pytest.mark.parametrize(
    "text", ["11", "1e5", "10.5", " 11", "1_1", "inf", "9" * 5000, "nan", "+11", "\u0661\u0661"]
)
def test_a_text_that_reads_as_a_number_obeys_the_maximum_however_it_is_written(text):
    with pytest.raises(ValidationError):
        BodySchema({"maximum": 10}).compile()(text)


@pytest.mark.parametrize("text", ["10", "abc", "", "0x10", "-5", "1e1", "9.99"])
def test_other_texts_do_not(text):
    assert BodySchema({"maximum": 10}).compile()(text) == text


def test_exclusive_bounds_hold_for_texts_too():
    check = BodySchema({"exclusiveMinimum": 1, "exclusiveMaximum": 3}).compile()
    assert check("2") == "2"
    for text in ("1", "3", "nan"):
        with pytest.raises(ValidationError):
            check(text)


# --------------------------------------------------------------------------- drafts


@pytest.mark.parametrize("draft", drafts())
def test_every_draft_reads_its_own_keywords(draft):
    check = BodySchema({"$schema": draft, "properties": {"a": {"type": "integer", "maximum": 5}}}).compile()
    assert check({"a": 5}) == {"a": 5}
    with pytest.raises(ValidationError):
        check({"a": 6})


def test_draft_4_has_its_own_exclusive_bounds():
    check = BodySchema(
        {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    ).compile()
    assert check("2") == "2"
    for value in (1, "1"):
        with pytest.raises(ValidationError):
            check(value)


def test_without_a_draft_a_schema_is_read_as_2020_12():
    check = BodySchema({"prefixItems": [{"type": "string"}], "items": False}).compile()
    assert check(["a"]) == ["a"]
    with pytest.raises(ValidationError):
        check(["a", "b"])


def test_formats_are_checked_whatever_is_installed():
    with pytest.raises(ValidationError, match="'bar' is not a 'date-time'"):
        BodySchema({"format": "date-time"}).compile()("bar")
    with pytest.raises(ValidationError, match="'bar' is not a 'uri'"):
        BodySchema({"format": "uri"}).compile()("bar")
