"""jsonschema-rs in front of jsonschema: it never accepts what jsonschema refuses."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import pytest

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema, fast, parameter_types
from apirouter.validation.formats import FORMATS
from apirouter.validation.keywords import validator
from tests.unit.validation.making import Maker

pytest.importorskip("jsonschema_rs", reason="the fast extra is not installed")

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
#: Random values for each schema.
COUNT = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 2_000
#: How many random schemas.
SCHEMAS = 200


def accepted(accepts, value) -> bool:
    try:
        return accepts(value)
    except (ValueError, TypeError, OverflowError):
        return False


def compare(schema, maker: Maker, count: int) -> tuple[int, int]:
    """Return how many values the engine took, and how many jsonschema takes of as many others."""
    accepts = fast.acceptor(schema, FORMATS)
    if accepts is None:
        return 0, 0
    decides = validator(schema, FORMATS)
    taken = missed = 0
    seen: set[str] = set()
    for number in range(count):
        value = maker.value(schema)
        shown = repr(value)
        if shown in seen:
            continue
        seen.add(shown)
        if accepted(accepts, value):
            taken += 1
            assert decides.is_valid(value), (schema, value)
        elif number % 20 == 0:
            missed += decides.is_valid(value)
    return taken, missed


def test_random_schemas_are_never_read_more_loosely():
    in_front = taken = 0
    for seed in range(SCHEMAS):
        maker = Maker(seed)
        schema = maker.schema()
        found, _ = compare(schema, maker, COUNT)
        taken += found
        in_front += fast.acceptor(schema, FORMATS) is not None
    # The comparison would be empty if the engine stood in front of little, or took little.
    assert in_front > SCHEMAS // 3
    assert taken > SCHEMAS * COUNT // 50


def example_schemas():
    for package in ("compute", "groups"):
        sys.path.insert(0, str(EXAMPLES / package))
        try:
            root = importlib.import_module(f"{package}_api.schemas")
            for module in pkgutil.iter_modules(root.__path__):
                found = importlib.import_module(f"{root.__name__}.{module.name}")
                for name, value in vars(found).items():
                    if isinstance(value, dict) and "type" in value and not name.startswith("__"):
                        yield f"{package}.{module.name}.{name}", value
        finally:
            sys.path.remove(str(EXAMPLES / package))


@pytest.mark.parametrize(("name", "schema"), [pytest.param(n, s, id=n) for n, s in example_schemas()])
def test_the_examples_schemas_are_read_alike(name, schema):
    taken, _ = compare(schema, Maker(7), COUNT)
    assert taken, f"{name} never takes the fast way"


TYPES = {
    n: v
    for n, v in vars(parameter_types).items()
    # An enumeration of objects is left to jsonschema.
    if isinstance(v, parameter_types.ParameterType) and n not in ("pagination_parameters", "none")
}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_parameter_types_are_read_alike(name):
    assert fast.acceptor(TYPES[name], FORMATS) is not None
    compare({"properties": {"a": TYPES[name]}}, Maker(11), COUNT // 4)
    compare({"not": TYPES[name]}, Maker(13), COUNT // 4)


@pytest.mark.parametrize(
    "schema",
    [
        {"multipleOf": 0.1},
        {"multipleOf": 3},
        {"enum": [2**60]},
        {"enum": [0.1]},
        {"const": [1]},
        {"uniqueItems": True},
        {"uniqueItems": True, "items": {"type": "number"}},
        {"unevaluatedProperties": False},
        {"pattern": "(?=a)"},
        {"not": {"pattern": r"^\d$"}},
        {"patternProperties": {r"^\d$": {}}},
        {"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a"}}},
        {"$id": "http://x/y", "$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"maxLength": 3.0},
        {"contentMediaType": "application/json"},
    ],
)
def test_what_the_engines_may_read_differently_goes_to_jsonschema_alone(schema):
    assert fast.acceptor(schema, FORMATS) is None


def test_without_the_extra_everything_is_the_same_but_slower(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    assert fast.acceptor({"type": "string"}, FORMATS) is None
    check = BodySchema({"type": "string"}).compile()
    assert check("a") == "a"
    with pytest.raises(ValidationError, match="1 is not of type 'string'"):
        check(1)


def test_a_lone_surrogate_is_left_to_jsonschema():
    check = BodySchema({"properties": {"a": {"type": "string", "maxLength": 1}}}).compile()
    assert check({"a": "\ud800"}) == {"a": "\ud800"}
    with pytest.raises(ValidationError, match="is too long"):
        check({"a": "\ud800\ud800"})


def test_messages_do_not_depend_on_the_engine(monkeypatch):
    schema = {"properties": {"a": parameter_types.uuid, "b": parameter_types.positive_integer}}
    value = {"a": "x", "b": "0"}
    with pytest.raises(ValidationError) as with_it:
        BodySchema(schema).compile(all_errors=True)(value)
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    with pytest.raises(ValidationError) as without:
        BodySchema(schema).compile(all_errors=True)(value)
    assert str(with_it.value) == str(without.value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"not": {"format": "uuid"}}, "70a599e031e749b7b260868f441e862b"),
        ({"oneOf": [{"format": "uuid"}, {"type": "string"}]}, "70a599e031e749b7b260868f441e862b"),
        ({"if": {"format": "name"}, "then": {"maxLength": 1}}, "\u0531\u0532"),
        ({"not": {"format": "base64"}}, "aGVs\nbG8="),
        ({"contains": {"format": "uuid"}, "maxContains": 1}, ["70a599e031e749b7b260868f441e862b"] * 2),
        ({"not": {"pattern": "^\\d$"}}, "\u0661"),
        ({"patternProperties": {"^\\d$": False}}, {"\u0661": 1}),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"format": "uuid"}}},
            "70a599e031e749b7b260868f441e862b",
        ),
        ({"type": ["integer", "string"], "minimum": 1}, "0"),
        ({"minimum": 1}, "nan"),
        ({"items": {"maximum": 5}}, ["6"]),
        ({"pattern": "^a$"}, "a\n"),
        ({"format": "ipv4"}, "1.2.3.4\n"),
        ({"multipleOf": 0.1}, 0.3),
        ({"enum": [2**53 + 1]}, float(2**53)),
    ],
)
def test_what_tempts_the_fast_engine_is_refused(schema, value):
    assert not validator(schema, FORMATS).is_valid(value)
    with pytest.raises(ValidationError):
        BodySchema(schema).compile()(value)
