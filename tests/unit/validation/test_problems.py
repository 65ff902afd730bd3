"""What is told of a schema when a service loads."""

from __future__ import annotations

import pytest

from apirouter.validation import BodySchema, QuerySchema, parameter_types
from apirouter.validation.keywords import drafts
from apirouter.validation.plain import plainly_valid


def errors(schema, kind=BodySchema):
    return [text for severity, text in kind(schema).problems() if severity == "error"]


def warnings(schema, kind=BodySchema):
    return [text for severity, text in kind(schema).problems() if severity == "warning"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "strnig"}, "$.type"),
        ({"properties": {"a": {"minimum": "1"}}}, "$.properties.a.minimum"),
        ({"required": "name"}, "$.required"),
        ({"items": [{}, {}]}, "$.items"),
        ({"minLength": -1}, "$.minLength"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "required": []}, "$.required"),
    ],
)
def test_what_the_metaschema_refuses_is_an_error_with_its_place(schema, said):
    (text,) = errors(schema)
    assert text.startswith(f"{said}: the schema is no JSON Schema")


def test_an_unknown_draft_is_an_error_that_names_the_known_ones():
    (text,) = errors({"$schema": "https://json-schema.org/draft/2020-13/schema"})
    assert "did you mean 'https://json-schema.org/draft/2020-12/schema'?" in text
    assert errors({"$schema": "http://json-schema.org/draft-03/schema#"})


@pytest.mark.parametrize("draft", drafts())
def test_drafts_4_to_2020_are_known(draft):
    assert errors({"$schema": draft, "type": "object"}) == []
    assert errors({"$schema": f"{draft}#", "type": "object"}) == []


@pytest.mark.parametrize("pattern", ["[a-z]+", "^[a-z]+", "[a-z]+$", "^a$|b", "(^a|b$)", ""])
def test_an_unanchored_pattern_is_a_warning(pattern):
    (text,) = warnings({"properties": {"a": {"pattern": pattern}}})
    assert text.startswith(f"$.properties.a.pattern: pattern '{pattern}' is not anchored")


@pytest.mark.parametrize("pattern", ["^[a-z]+$", "^a$|^b$", "^(?:a|b)$", "(^a$|^b$)", r"\A[0-9]\Z"])
def test_an_anchored_pattern_is_none(pattern):
    assert warnings({"pattern": pattern}) == []


def test_a_key_pattern_must_be_anchored_at_its_start_only():
    assert warnings({"patternProperties": {"^x-": {}}}) == []
    assert len(warnings({"patternProperties": {"x-": {}}})) == 1


@pytest.mark.parametrize("pattern", ["^[a-z$", "(", "*"])
def test_a_pattern_that_can_t_be_read_is_an_error(pattern):
    (text,) = errors({"properties": {"a": {"pattern": pattern}}})
    assert text.startswith("$.properties.a.pattern") or "pattern" in text


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(\\w+\\s?)*$", "^([a-z]*)*$", "^.*a.*b.*$"])
def test_a_pattern_that_a_client_can_make_hang_is_an_error(pattern):
    (text,) = errors({"properties": {"a": {"pattern": pattern}}})
    assert text.startswith(f"$.properties.a.pattern: pattern '{pattern}' can be made to hang: it ")
    assert len(errors({"patternProperties": {pattern: {}}})) == 1


def test_a_bounded_length_makes_a_slow_pattern_a_warning_and_an_exponential_one_none():
    slow = "^[a-z]+[a-z-]*[a-z]+$"
    assert errors({"pattern": slow, "maxLength": 63}) == []
    (text,) = warnings({"pattern": slow, "maxLength": 63})
    assert "is bounded by maxLength 63 alone" in text
    assert len(errors({"pattern": slow, "maxLength": 4000})) == 1
    assert len(errors({"pattern": "^(a+)+$", "maxLength": 63})) == 1


def test_unique_items_without_a_limit_is_a_warning():
    (text,) = warnings({"properties": {"a": {"type": "array", "uniqueItems": True}}})
    assert text.startswith("$.properties.a: uniqueItems without maxItems")
    assert warnings({"uniqueItems": True, "maxItems": 5}) == []
    assert warnings({"uniqueItems": False}) == []


def test_an_unknown_format_is_a_warning_with_the_nearest_one():
    (text,) = warnings({"format": "uuidd"})
    assert text == "$: format 'uuidd' is not known and so not checked; did you mean 'uuid'?"


def test_a_misspelt_keyword_is_a_warning_with_the_right_one():
    (text,) = warnings({"additionalPropertys": False})
    assert text.endswith("did you mean 'additionalProperties'?")
    assert warnings({"x-openstack": {}, "example": 1}) != ["x"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/b", "$defs": {"a": {}}},
        {"$ref": "http://example.com/schema"},
        {"$ref": "other.json#/a"},
        {"$ref": "#nowhere"},
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error(schema):
    (text,) = errors(schema)
    assert "leads nowhere in this schema" in text


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}},
    ],
)
def test_a_reference_in_a_circle_is_an_error(schema):
    assert any("leads back to itself" in text for text in errors(schema))


def test_a_recursive_schema_that_goes_into_the_value_is_fine():
    schema = {"$defs": {"n": {"items": {"$ref": "#/$defs/n"}, "type": "array"}}, "$ref": "#/$defs/n"}
    assert errors(schema) == []
    assert BodySchema(schema).compile()([[[]]]) == [[[]]]


def test_a_query_s_parameter_must_be_an_array():
    (text,) = errors({"properties": {"limit": {"type": "string"}}}, QuerySchema)
    assert "single_param" in text
    assert errors({"properties": parameter_types.pagination_parameters}, QuerySchema) == []


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"type": ["string", "null"], "enum": [], "const": None, "minLength": 0},
        {"properties": {"a": {"items": False, "maximum": 1.5}}, "required": [], "allOf": [{}]},
        dict(parameter_types.links),
    ],
)
def test_plain_schemas_are_told_without_the_metaschema(schema):
    assert plainly_valid(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": []},
        {"type": ["string", "string"]},
        {"allOf": []},
        {"minLength": True},
        {"minLength": 1.5},
        {"required": ["a", "a"]},
        {"properties": []},
        {"$id": "x"},
        {"items": {"type": 1}},
        None,
        [],
    ],
)
def test_anything_else_is_left_to_the_metaschema(schema):
    assert not plainly_valid(schema)


def test_every_parameter_type_is_a_schema_without_problems():
    found = {n: v for n, v in vars(parameter_types).items() if isinstance(v, parameter_types.ParameterType)}
    found.pop("pagination_parameters")
    assert len(found) > 30
    for name, schema in found.items():
        assert list(BodySchema(schema).problems()) == [], name
