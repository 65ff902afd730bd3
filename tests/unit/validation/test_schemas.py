"""What schemas of the same content share, and what of a schema is made when."""

from __future__ import annotations

import collections
import copy

import pytest

from apirouter import validation, wsgi
from apirouter.errors import PluginError, ValidationError
from apirouter.extensions import ResourceExtension
from apirouter.validation import fast, schemas
from apirouter.validation.schemas import BodySchema, QuerySchema, ResponseSchema
from tests.support import ask, fault, plugin, router_of

THING = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}, "required": ["name"]}


def test_schemas_that_say_the_same_have_one_content():
    assert BodySchema(THING).content == BodySchema(copy.deepcopy(THING)).content is not None


@pytest.mark.parametrize(
    "other",
    [
        QuerySchema(THING),
        ResponseSchema(THING),
        BodySchema({**THING, "maxProperties": 1}),
        BodySchema(THING, formats={"even": lambda text: len(text) % 2 == 0}),
    ],
)
def test_schemas_that_say_something_else_have_another(other):
    assert other.content != BodySchema(THING).content


def test_a_truth_and_a_number_are_not_the_same():
    contents = {BodySchema({"const": value}).content for value in (1, True, 1.0, "1", None, [1], {})}
    assert len(contents) == 7


@pytest.mark.parametrize("schema", [collections.OrderedDict(THING), {"default": object()}])
def test_what_is_no_plain_json_has_none(schema):
    assert BodySchema(schema).content is None


def _router(*made):
    def controller(schema):
        class Things(wsgi.Controller):
            @validation.schema(schema)
            def create(self, req, body):
                return {"made": body}

        return Things()

    return router_of(
        *(plugin(f"p{n}", ResourceExtension(f"p{n}", controller(s))) for n, s in enumerate(made))
    )


def test_schemas_that_say_the_same_are_judged_and_compiled_once(monkeypatch):
    judged, compiled = [], []
    problems, validator = schemas.problems, schemas.validator
    monkeypatch.setattr(schemas, "problems", lambda *args: judged.append(args) or problems(*args))
    monkeypatch.setattr(schemas, "validator", lambda *args: compiled.append(args) or validator(*args))
    router = _router(THING, copy.deepcopy(THING), {**THING, "required": []}, copy.deepcopy(THING))
    assert (len(judged), len(compiled)) == (2, 2)
    for number in (0, 1, 3):
        assert "is too long" in fault(ask(router, f"/p{number}", "POST", {"name": "long"}))[2]
        assert "required" in fault(ask(router, f"/p{number}", "POST", {}))[2]
    assert ask(router, "/p2", "POST", {}).json == {"made": {}}


def test_each_owner_of_a_wrong_schema_is_named():
    wrong = {"type": "objekt"}
    for bad, tables in (("p0", (wrong, THING)), ("p1", (THING, wrong))):
        with pytest.raises(PluginError, match=f"^plugin PluginP{bad[1]} .*its body schema is wrong"):
            _router(*tables)


def test_what_tells_valid_values_is_made_for_the_first_value_of_a_schema(monkeypatch):
    made = []
    acceptor = fast.acceptor
    monkeypatch.setattr(fast, "acceptor", lambda *args: made.append(args) or acceptor(*args))
    schema = BodySchema(THING)
    strict, relaxed = schema.compile(), schema.compile(relaxed=True)
    assert not made
    assert strict({"name": "a"}) == relaxed({"name": "a"}) == {"name": "a"}
    with pytest.raises(ValidationError, match="is too long"):
        strict({"name": "long"})
    assert len(made) == 1
