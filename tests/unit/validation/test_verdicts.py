"""The function of a schema says what jsonschema says, of every value; and refusing costs little more than a yes."""

from __future__ import annotations

import itertools
import sys

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import extend

from apirouter.errors import ECHO_LIMIT, ValidationError
from apirouter.validation import BodySchema, parameter_types
from apirouter.validation.brief import brief
from apirouter.validation.equality import _identity, unique
from apirouter.validation.formats import FORMATS
from apirouter.validation.keywords import DEFAULT_DRAFT, Checker, validator, validator_class
from apirouter.validation.messages import MOST, failure
from tests.unit.validation.making import Maker

#: What jsonschema is extended by; all else in the oracle is its own.
EXTENDED = [
    *("format", "pattern", "patternProperties", "additionalProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
]


class Alone(Checker):
    """What formats and patterns are checked by, without any function beside jsonschema."""

    def verdict(self, part):
        return None


def few_unique(validator, rule, instance, schema):
    """What jsonschema says of items, unless there are more than there may be."""
    if not isinstance(instance, list) or len(instance) <= schema.get("maxItems", 1000):
        yield from jsonschema.Draft202012Validator.VALIDATORS["uniqueItems"](
            validator, rule, instance, schema
        )


def alone(schema):
    """Return jsonschema's own validator, with this package's keywords and none of its short cuts."""
    ours = validator_class(DEFAULT_DRAFT).VALIDATORS
    keywords = {name: ours[name] for name in EXTENDED}
    made = extend(jsonschema.Draft202012Validator, {**keywords, "uniqueItems": few_unique})
    return made(schema, format_checker=Alone(schema, FORMATS))


def verdict_of(schema):
    return Checker(schema, FORMATS).verdict(schema)


def told(made, value, *, all_errors=False):
    violations = list(itertools.islice(made.iter_errors(value), 1000))
    if not violations:
        return None
    error = failure(violations, FORMATS, query=False, all_errors=all_errors)
    return error.detail, error.path


def test_every_verdict_and_every_message_is_jsonschema_s(monkeypatch):
    compared = valid = 0
    for seed in range(300):
        maker = Maker(seed)
        schema = maker.schema()
        verdict, oracle, ours = (
            verdict_of(schema),
            alone(schema),
            validator(schema, FORMATS),
        )
        for number in range(60):
            value = maker.value(schema)
            with monkeypatch.context() as patched:
                patched.setattr("apirouter.validation.messages.brief", repr)
                expected = told(oracle, value, all_errors=number % 2 == 0)
            assert told(ours, value, all_errors=number % 2 == 0) == expected, (schema, value)
            if verdict is not None:
                assert bool(verdict(value)) is (expected is None), (schema, value)
                compared += 1
                valid += expected is None
    # Empty, if few schemas had a function, or if values were all of one kind.
    assert compared > 9000
    assert compared // 5 < valid < compared * 4 // 5


@pytest.mark.parametrize(
    "name",
    sorted(n for n, v in vars(parameter_types).items() if isinstance(v, parameter_types.ParameterType)),
)
def test_the_vocabulary_of_parameters_has_functions(name):
    kind = getattr(parameter_types, name)
    schema = {"properties": {"a": kind}} if name != "pagination_parameters" else {"properties": kind}
    verdict, oracle, maker = verdict_of(schema), alone(schema), Maker(5)
    for _ in range(100):
        value = maker.value(schema)
        assert bool(verdict(value)) is oracle.is_valid(value), value


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"properties": {"a": {"items": {"multipleOf": 3}}}},
        {"anyOf": [{"unevaluatedProperties": False}, {}]},
        {"properties": {"a": {"$id": "http://x/y"}}},
        {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#"}}},
        {"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a"}}},
    ],
)
def test_what_is_left_to_jsonschema_has_no_function_nor_has_what_contains_it(schema):
    assert verdict_of(schema) is None


def test_beside_a_part_that_is_left_to_jsonschema_others_have_functions():
    other = {"type": "string"}
    verdict = Checker({"properties": {"a": {"$ref": "#"}, "b": other}}, FORMATS).verdict(other)
    assert verdict("x")
    assert not verdict(1)


def test_another_draft_goes_to_jsonschema_alone():
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"a": {"type": "string"}}}
    assert validator(schema, FORMATS).format_checker.verdict(schema["properties"]["a"]) is None


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"type": "integer"}, True, False),
        ({"type": "integer"}, 1.0, True),
        ({"type": "number"}, False, False),
        ({"enum": [1]}, True, False),
        ({"enum": [1]}, 1.0, True),
        ({"const": [0]}, [False], False),
        ({"const": {"a": 1}}, {"a": 1.0}, True),
        ({"uniqueItems": True}, [1, True, "1", [1], [True], {"a": 1}, {"a": True}], True),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [{"a": [1], "b": 2}, {"b": 2, "a": [1.0]}], False),
        ({"minimum": 1}, "nan", False),
        ({"exclusiveMaximum": 1}, "nan", False),
        ({"minimum": 1}, True, True),
        ({"minLength": 1.0}, "", False),
        ({"format": "made-up"}, "x", True),
        ({"made-up": 1}, "x", True),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a", "b"], False),
    ],
)
def test_values_on_the_edge(schema, value, valid):
    assert bool(verdict_of(schema)(value)) is valid
    assert validator(schema, FORMATS).is_valid(value) is valid


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["", "1", "a", 0.0, -0.0, 1.0, 0.5, 2**60]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=5))
def test_items_are_unique_when_no_two_are_equal(items):
    same = jsonschema.Draft202012Validator
    expected = not any(same({"const": one}).is_valid(two) for one, two in itertools.combinations(items, 2))
    assert unique(items) is expected


# --------------------------------------------------------------------------- what a no costs


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (lambda leaf: {"patternProperties": {"^k": leaf}}, {f"k{n}": "v" for n in range(1000)} | {"k0": 1}),
        (lambda leaf: {"additionalProperties": leaf}, {f"k{n}": "v" for n in range(1000)} | {"k999": 1}),
        (lambda leaf: {"items": leaf}, ["v"] * 1000 + [1]),
        (lambda leaf: {"propertyNames": {**leaf, "maxLength": 4}}, {f"k{n}": 1 for n in range(1001)}),
        (lambda leaf: {"items": {"items": leaf}}, [["v"] * 10] * 100 + [["v", 1]]),
        (lambda leaf: {"anyOf": [{"items": leaf}, {"type": "null"}]}, [1] * 1000),
        (lambda leaf: {"oneOf": [{"items": leaf}, {"type": "null"}]}, [1] * 1000),
        (lambda leaf: {"contains": leaf}, [1] * 1000),
        (lambda leaf: {"items": leaf}, [1] * 1000),
    ],
)
def test_only_invalid_parts_are_walked_by_jsonschema_and_no_more_than_are_told_of(schema, value, monkeypatch):
    walked = []
    made = validator_class(DEFAULT_DRAFT)
    keyword = made.VALIDATORS["type"]

    def counted(*args):
        walked.append(args)
        return keyword(*args)

    monkeypatch.setitem(made.VALIDATORS, "type", counted)
    with pytest.raises(ValidationError):
        BodySchema(schema({"type": "string"})).compile()(value)
    assert len(walked) <= MOST + 2


def test_more_items_than_there_may_be_are_not_compared_with_one_another(monkeypatch):
    compared = []
    monkeypatch.setattr("apirouter.validation.keywords.unique", compared.append)
    with pytest.raises(ValidationError, match="is too long"):
        BodySchema({"type": "array", "maxItems": 50, "uniqueItems": True}).compile()([1] * 60)
    assert not compared


@pytest.mark.parametrize(
    "value", [[1] * 400, [[]] * 400, {f"k{n}": n for n in range(400)}, [{"a": [1, "x"]}] * 99]
)
def test_a_value_is_written_as_far_as_a_message_may_echo_it(value):
    assert repr(value).startswith(brief(value))
    assert ECHO_LIMIT < len(brief(value)) < ECHO_LIMIT + 20


@given(JSON)
def test_a_short_value_is_written_as_it_is(value):
    if len(repr(value)) <= ECHO_LIMIT:
        assert brief(value) == repr(value)


def test_numbers_whose_hashes_are_equal_are_told_apart_by_others():
    modulus = sys.hash_info.modulus
    hashes = {hash(_identity(number * modulus)) for number in range(1000)}
    assert len(hashes) > 990
