"""The decorators: they stamp, and nothing else."""

from __future__ import annotations

import pytest

from apirouter import validation, wsgi
from apirouter.errors import ControllerError, InvalidAPIVersionString, ValidationError
from apirouter.microversion import VersionRange
from apirouter.stamps import stamp_of

OBJECT = {"type": "object", "properties": {"foo": {"type": "string"}}, "additionalProperties": False}


def test_the_function_stays_the_function():
    def create(self, req, body):
        return body

    assert validation.schema(OBJECT, "2.1", "2.3")(create) is create
    (stamp,) = stamp_of(create).schemas
    assert (stamp.kind, stamp.schema.schema, stamp.versions) == (
        "body",
        OBJECT,
        VersionRange.of("2.1", "2.3"),
    )


def test_kinds_and_ranges_stack():
    @validation.schema(OBJECT, "2.1", "2.3")
    @validation.schema(OBJECT, "2.4")
    @validation.query_schema({"type": "object", "properties": {}})
    @validation.response_schema(OBJECT)
    def create(self, req, body):
        return body

    assert sorted(s.kind for s in stamp_of(create).schemas) == ["body", "body", "query", "response"]


def test_overlapping_ranges_of_one_kind_refuse_the_class():
    with pytest.raises(ControllerError, match=r"schemas for 2.1 to 2.3 and for any version overlap|overlap"):

        class Things(wsgi.Controller):
            @validation.schema(OBJECT)
            @validation.schema(OBJECT, "2.1", "2.3")
            def create(self, req, body):
                return body


def test_a_direct_call_checks_the_body_by_the_request_s_version():
    class Things(wsgi.Controller):
        @validation.schema(OBJECT, "2.5")
        def create(self, req, body):
            return body

    class Request:
        api_version_request = None

    from apirouter.microversion import Version

    req = Request()
    req.api_version_request = Version(2, 5)
    assert Things().create(req, body={"foo": "x"}) == {"foo": "x"}
    with pytest.raises(ValidationError):
        Things().create(req, body={"foo": 1})
    req.api_version_request = Version(2, 4)
    assert Things().create(req, body={"foo": 1}) == {"foo": 1}


@pytest.mark.parametrize(
    "decorator", [validation.schema, validation.query_schema, validation.response_schema]
)
def test_what_is_no_schema_is_refused_at_once(decorator):
    with pytest.raises(TypeError, match="a JSON Schema is a dict"):
        decorator(lambda self, req: None)
    with pytest.raises(InvalidAPIVersionString):
        decorator(OBJECT, "2")
    with pytest.raises(ValueError, match="empty"):
        decorator(OBJECT, "2.5", "2.1")


def test_checks_are_compiled_once_for_each_way():
    schema = validation.BodySchema(OBJECT)
    assert schema.compile() is schema.compile()
    assert schema.compile(relaxed=True) is schema.compile(relaxed=True)
    assert schema.compile() is not schema.compile(all_errors=True)


def test_a_service_brings_formats_of_its_own():
    schema = validation.BodySchema(
        {"properties": {"foo": {"format": "even"}}}, formats={"even": lambda text: len(text) % 2 == 0}
    )
    assert list(schema.problems()) == []
    assert schema.compile()({"foo": "ab"}) == {"foo": "ab"}
    with pytest.raises(ValidationError, match="'abc' is not a 'even'"):
        schema.compile()({"foo": "abc"})


def test_a_schema_with_errors_can_t_be_compiled():
    with pytest.raises(ValueError, match=r"\$.type: the schema is no JSON Schema"):
        validation.BodySchema({"type": "strnig"}).compile()
