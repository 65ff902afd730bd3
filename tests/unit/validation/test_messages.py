"""What clients are told, word for word."""

from __future__ import annotations

import pytest

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema, QuerySchema, parameter_types
from apirouter.validation.messages import MOST


def body(schema, *, required=(), **more):
    return BodySchema(
        {
            "type": "object",
            "properties": {"foo": schema},
            "required": list(required),
            "additionalProperties": False,
            **more,
        }
    )


def told(schema, value, **options):
    with pytest.raises(ValidationError) as caught:
        schema.compile(**options)(value)
    assert caught.value.code == 400
    return str(caught.value)


def test_a_missing_key_is_named():
    assert told(body({}, required=["foo"]), {}) == "'foo' is a required property"


def test_an_unexpected_key_is_named():
    assert told(body({}), {"ext": 1}) == "Additional properties are not allowed ('ext' was unexpected)"


def test_unexpected_keys_are_named_in_order():
    assert (
        told(body({}), {"b": 1, "a": 1}) == "Additional properties are not allowed ('a', 'b' were unexpected)"
    )


@pytest.mark.parametrize(("value", "shown"), [(1, "1"), (1.5, "1.5"), (True, "True")])
def test_a_wrong_type_names_field_value_and_type(value, shown):
    assert (
        told(body({"type": "string"}), {"foo": value})
        == f"Invalid input for field/attribute foo. Value: {shown}. {shown} is not of type 'string'"
    )


@pytest.mark.parametrize("more", [{}, {"$schema": "http://json-schema.org/draft-07/schema"}])
def test_a_key_that_is_not_allowed_at_all_is_named(more):
    says = "Invalid input for field/attribute foo. Value: x. False schema does not allow 'x'"
    assert told(body(False, **more), {"foo": "x"}) == says
    inner = {"type": "object", "patternProperties": {"^foo$": False}, **more}
    assert told(BodySchema(inner), {"foo": "x"}) == says
    assert (
        told(BodySchema({"type": "object", "properties": {"bar": body(False).schema}}), {"bar": {"foo": "x"}})
        == says
    )


@pytest.mark.parametrize(
    "schema", [False, {"allOf": [False]}, {"if": True, "then": False}, {"dependentSchemas": {"k": False}}]
)
@pytest.mark.parametrize("value", [["x" * 100] * 100, {"k": ["x" * 100] * 100}, "x" * 9000])
def test_what_is_not_allowed_at_all_is_not_echoed_at_length(schema, value):
    if schema == {"dependentSchemas": {"k": False}} and not isinstance(value, dict):
        value = {"k": value}
    assert len(told(body(schema), {"foo": value})) < 256 + 100


def test_a_pattern_is_quoted():
    assert (
        told(body({"type": "string", "pattern": "^[0-9]+$"}), {"foo": "abc"})
        == "Invalid input for field/attribute foo. Value: abc. 'abc' does not match '^[0-9]+$'"
    )


@pytest.mark.parametrize(
    "name", ["uuid", "date-time", "cidr", "ipv4", "ipv6", "uri", "base64", "date", "email"]
)
def test_a_format_is_named(name):
    assert (
        told(body({"type": ["string", "null"], "format": name}), {"foo": "b r"})
        == f"Invalid input for field/attribute foo. Value: b r. 'b r' is not a '{name}'"
    )


@pytest.mark.parametrize("value", [0, "0"])
def test_numeric_texts_obey_the_minimum_with_the_number_s_words(value):
    assert (
        told(body({"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1}), {"foo": value})
        == "Invalid input for field/attribute foo. Value: 0. 0 is less than the minimum of 1"
    )


@pytest.mark.parametrize("value", [11, "11"])
def test_numeric_texts_obey_the_maximum(value):
    assert (
        told(body({"type": ["integer", "string"], "maximum": 10}), {"foo": value})
        == "Invalid input for field/attribute foo. Value: 11. 11 is greater than the maximum of 10"
    )


NAME = "An invalid 'name' value was provided. The name must be: "


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("name", " server", "printable characters. Can not start or end with whitespace."),
        ("name", "a\xa0", "printable characters. Can not start or end with whitespace."),
        ("name", "\U00010000", "printable characters. Can not start or end with whitespace."),
        ("az_name", "a:b", "printable characters except :.Can not start or end with whitespace."),
        (
            "name_with_leading_trailing_spaces",
            " ",
            "printable characters with at least one non space character",
        ),
        (
            "az_name_with_leading_trailing_spaces",
            "a:b",
            "printable characters except :, with at least one non space character",
        ),
    ],
)
def test_names_have_messages_of_their_own(kind, value, reason):
    assert told(body(getattr(parameter_types, kind)), {"foo": value}) == NAME + reason


def test_an_empty_name_is_too_short_rather_than_badly_spelt():
    assert "'' should be non-empty" in told(body(parameter_types.name), {"foo": ""})


def test_the_key_nearest_to_the_value_is_the_field_and_the_whole_path_goes_along():
    schema = body({"type": "array", "items": {"type": "object", "properties": {"port": {"type": "string"}}}})
    with pytest.raises(ValidationError) as caught:
        schema.compile()({"foo": [{"port": "x"}, {"port": 7}]})
    assert (
        caught.value.detail == "Invalid input for field/attribute port. Value: 7. 7 is not of type 'string'"
    )
    assert caught.value.path == "$.foo[1].port"


def test_the_branch_that_was_meant_explains_a_failed_alternative():
    schema = body(
        {
            "oneOf": [
                {"type": "array", "items": {"type": "object", "properties": {"uuid": parameter_types.uuid}}},
                {"type": "string", "enum": ["none", "auto"]},
            ]
        }
    )
    assert "'x' is not a 'uuid'" in told(schema, {"foo": [{"uuid": "x"}]})


def test_a_query_s_parameter_is_named_not_its_index():
    schema = QuerySchema(
        {"type": "object", "properties": {"limit": parameter_types.single_param({"pattern": "^[0-9]*$"})}}
    )
    assert (
        told(schema, {"limit": ["abc"]})
        == "Invalid input for query parameters limit. Value: abc. 'abc' does not match '^[0-9]*$'"
    )


@pytest.mark.parametrize(
    "value", ["x" * 5000, ["x" * 5000], {"k": "x" * 5000}, {"x" * 5000: 1}, {"x" * 5000: {"x" * 5000: 1}}]
)
@pytest.mark.parametrize("all_errors", [False, True])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"maxLength": 3, "maxItems": 0, "maxProperties": 0, "additionalProperties": False},
        {"not": {}},
        {"enum": [1]},
        {"oneOf": [{}, {}]},
        {"anyOf": [{"type": "null"}, {"type": "integer"}]},
        {
            "unevaluatedProperties": False,
            "unevaluatedItems": False,
            "items": False,
            "type": ["array", "object"],
        },
        {
            "propertyNames": {"maxLength": 3},
            "items": {"maxLength": 3},
            "maxLength": 3,
            "additionalProperties": {"type": "null"},
        },
        {"patternProperties": {"^a$": {}}, "additionalProperties": False, "maxLength": 1, "maxItems": 0},
        {"contains": {"const": 1}, "maxLength": 1, "maxProperties": 0},
        {"format": "uuid", "maxItems": 0, "maxProperties": 0},
    ],
)
def test_no_more_than_256_characters_of_a_value_are_echoed(schema, value, all_errors):
    text = told(BodySchema({"properties": {"foo": schema}}), {"foo": value}, all_errors=all_errors)
    for one in text.split("; "):
        assert one.count("x") <= 256 + 256 * all_errors, one


def test_256_characters_are_echoed_whole():
    assert "k" * 256 in told(body({"maxLength": 255}), {"foo": "k" * 256})


def test_control_characters_are_escaped():
    assert "\n" not in told(body({"type": "integer"}), {"foo": "a\nb\x00"})


def test_all_errors_come_each_with_its_path_when_asked_for():
    schema = BodySchema({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["c"]})
    assert told(schema, {"a": 1, "b": 2}, all_errors=True) == (
        "$.a: Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'; "
        "$.b: Invalid input for field/attribute b. Value: 2. 2 is not of type 'string'; "
        "$: 'c' is a required property"
    )


def test_one_error_is_told_by_default_and_it_is_the_nearest_to_the_root():
    schema = BodySchema({"properties": {"a": {"type": "string"}}, "required": ["c"]})
    assert told(schema, {"a": 1}) == "'c' is a required property"


def test_a_flood_of_errors_is_cut():
    schema = body({"type": "array", "items": {"type": "string"}})
    text = told(schema, {"foo": [1] * 5000}, all_errors=True)
    assert text.count("is not of type") == MOST
    assert text.endswith(f"and more than {MOST} in all")


def test_messages_are_the_same_every_time():
    schema = body({"additionalProperties": {"type": "string"}}, minProperties=1)
    value = {"foo": {chr(97 + n): n for n in range(20)}}
    assert len({told(schema, value) for _ in range(20)}) == 1


def test_a_value_nested_beyond_reason_is_refused():
    value = "too long"
    for _ in range(3000):
        value = [value]
    schema = BodySchema({"items": {"$ref": "#"}, "maxLength": 1})
    assert told(schema, value) == "The value nests too deeply"
    assert schema.compile()([["x"]]) == [["x"]]
