from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import policy, validation, wsgi
from apirouter.deploy.mounts import parse_mount
from apirouter.deploy.urlmap import URLMap
from apirouter.describe import describe
from apirouter.errors import InvalidAPIVersionString, InvalidGlobalAPIVersion
from apirouter.extensions import ResourceExtension, expected_errors
from apirouter.openapi import document
from apirouter.openapi.schemas import Components, example, modern
from tests.support import plugin, router_of

CREATE: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"thing": {"$ref": "#/definitions/thing"}},
    "required": ["thing"],
    "additionalProperties": False,
    "definitions": {
        "thing": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "size": {"type": "integer", "minimum": 3},
            },
            "required": ["name", "size"],
        }
    },
}
CREATE_V25 = {**CREATE, "title": "New"}
SHRINK = {
    "type": "object",
    "properties": {"shrink": {"type": "object", "properties": {"by": {"enum": [2, 3]}}, "required": ["by"]}},
    "required": ["shrink"],
    "additionalProperties": False,
}
QUERY = {
    "type": "object",
    "properties": {
        "limit": {"type": "array", "items": {"type": "integer"}, "maxItems": 1},
        "tag": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["limit"],
}
THING = {"type": "object", "properties": {"thing": {"type": "object"}}}


class ThingsController(wsgi.Controller):
    @validation.query_schema(QUERY)
    def index(self, req):
        """List things.

        The newest come first.

        :param req: the request.
        """

    @expected_errors((404, 409))
    @validation.response_schema(THING)
    def show(self, req, id):
        """Show a thing."""

    @wsgi.response(201)
    @validation.schema(CREATE, "2.1", "2.4")
    @validation.schema(CREATE_V25, "2.5")
    def create(self, req, body):
        """Make a thing."""

    @wsgi.response(204)
    @wsgi.api_version("2.3", "2.6")
    def delete(self, req, id):
        """Forget a thing."""

    @wsgi.response(202)
    @wsgi.action("shrink")
    @validation.schema(SHRINK)
    def _shrink(self, req, id, body):
        """Make it smaller."""

    @wsgi.api_version("2.7")
    @wsgi.action("grow")
    def _grow(self, req, id, body):
        """Make it larger."""


def described(**options: Any) -> Any:
    resource = ResourceExtension(
        "things", ThingsController(), member_name="thing", member_actions={"action": "POST"}
    )
    router = router_of(plugin("things", resource), max_version="2.9", **options)
    return describe(URLMap((_mount("/v2", router),)))


def _mount(path: str, application: Any) -> Any:
    from apirouter.deploy.mounts import Mount

    return Mount.at(parse_mount(path, "api"), application)


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return document(described())


def operation(made: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = made["paths"][path][method]
    return found


def test_it_is_valid_openapi(whole: dict[str, Any]) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(whole)
    validator.validate(document(described(), microversion="2.5"))
    assert json.loads(json.dumps(whole)) == whole


def test_each_route_is_an_operation_without_its_twins(whole: dict[str, Any]) -> None:
    things = {p: sorted(o) for p, o in whole["paths"].items() if "things" in p}
    assert things == {
        "/v2/things": ["get", "post"],
        "/v2/things/{id}": ["delete", "get"],
        "/v2/things/{id}/action": ["post"],
    }
    names = [o["operationId"] for path in whole["paths"].values() for o in path.values()]
    assert len(names) == len(set(names))
    assert "things_show" in names


def test_docstrings_are_summary_and_description(whole: dict[str, Any]) -> None:
    index = operation(whole, "get", "/v2/things")
    assert (index["summary"], index["description"]) == ("List things", "The newest come first.")


def test_plugins_are_tags(whole: dict[str, Any]) -> None:
    assert operation(whole, "get", "/v2/things")["tags"] == ["things"]
    assert {"name": "things", "description": "The plugin things"} in whole["tags"]


def test_query_schemas_are_parameters(whole: dict[str, Any]) -> None:
    limit, tag = [p for p in operation(whole, "get", "/v2/things")["parameters"] if p["in"] == "query"]
    assert limit == {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer"}}
    assert (tag["required"], tag["schema"]["type"], tag["explode"]) == (False, "array", True)


def test_bodies_are_components_whose_references_lead_somewhere(whole: dict[str, Any]) -> None:
    body = operation(whole, "post", "/v2/things")["requestBody"]
    assert body["required"] is True
    old, new = body["content"]["application/json"]["schema"]["anyOf"]
    assert (old["x-max-version"], "x-min-version" in old) == ("2.4", False)
    assert new["x-min-version"] == "2.5"
    component = whole["components"]["schemas"][old["$ref"].rpartition("/")[2]]
    assert "$schema" not in component
    assert component["properties"]["thing"]["$ref"] == f"{old['$ref']}/definitions/thing"


def test_actions_are_one_operation_of_one_key_each(whole: dict[str, Any]) -> None:
    body = operation(whole, "post", "/v2/things/{id}/action")["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": whole["components"]}
    assert len(schema["oneOf"]) == 2
    resolved = json.loads(json.dumps(schema).replace("#/components", "#/components"))
    check = jsonschema.Draft202012Validator(resolved)
    assert check.is_valid({"shrink": {"by": 2}})
    assert check.is_valid({"grow": None})
    assert not check.is_valid({"shrink": {"by": 9}})
    assert not check.is_valid({"shrink": {"by": 2}, "grow": {}})
    assert not check.is_valid({"fly": {}})
    assert not check.is_valid({})
    assert body["examples"]["shrink"]["value"] == {"shrink": {"by": 2}}
    assert body["schema"]["x-openstack"] == {"discriminator": "action", "keys": ["grow", "shrink"]}


def test_replies_have_status_schema_and_faults(whole: dict[str, Any]) -> None:
    show = operation(whole, "get", "/v2/things/{id}")["responses"]
    assert set(show) == {"200", "404", "409", "default"}
    reference = show["200"]["content"]["application/json"]["schema"]["$ref"]
    assert whole["components"]["schemas"][reference.rpartition("/")[2]] == THING
    gone = operation(whole, "delete", "/v2/things/{id}")["responses"]["204"]
    assert "content" not in gone
    assert "OpenStack-API-Version" in gone["headers"]


def test_microversions_are_data_of_the_document(whole: dict[str, Any]) -> None:
    assert whole["info"]["version"] == "2.9"
    (told,) = whole["info"]["x-microversions"]
    assert (told["min"], told["max"], told["default"]) == ("2.1", "2.9", "2.1")
    delete = operation(whole, "delete", "/v2/things/{id}")
    assert (delete["x-min-version"], delete["x-max-version"]) == ("2.3", "2.6")
    assert any(p["name"] == "OpenStack-API-Version" for p in delete["parameters"])


def test_a_cut_has_only_what_serves_the_version() -> None:
    made = document(described(), microversion="2.2")
    assert "delete" not in made["paths"]["/v2/things/{id}"]
    body = operation(made, "post", "/v2/things")["requestBody"]["content"]["application/json"]
    assert set(body["schema"]) == {"$ref"}
    actions = operation(made, "post", "/v2/things/{id}/action")["requestBody"]["content"]["application/json"]
    assert len(actions["schema"]["oneOf"]) == 1
    assert "x-min-version" not in json.dumps(made)
    assert made["info"]["version"] == "2.2"


def test_a_cut_at_no_version_is_refused() -> None:
    with pytest.raises(InvalidAPIVersionString):
        document(described(), microversion="two")
    with pytest.raises(InvalidGlobalAPIVersion):
        document(described(), microversion="3.0")


def test_a_path_with_the_same_shape_is_one_path() -> None:
    class Other(wsgi.Controller):
        def show(self, req, id):
            """Show."""

        def poke(self, req, number):
            """Poke."""

    def routes(mapper: Any, resource: Any) -> None:
        mapper.connect(
            "/others/{number}", controller=resource, action="poke", conditions={"method": ["PATCH"]}
        )

    made = document(
        describe(
            router_of(
                plugin("others", ResourceExtension("others", Other(), custom_routes_fn=routes)),
                mapper="plain",
            )
        )
    )
    (path,) = [p for p in made["paths"] if p.startswith("/others/")]
    assert set(made["paths"][path]) == {"get", "patch"}
    names = {p["name"] for o in made["paths"][path].values() for p in o["parameters"] if p["in"] == "path"}
    assert path == f"/others/{{{names.pop()}}}"
    assert not names


def test_rules_are_data_and_a_403() -> None:
    oslo = pytest.importorskip("oslo_policy.policy")
    del oslo

    class Guarded(wsgi.Controller):
        def index(self, req):
            req.context.can("a:b")

    made = document(describe(router_of(plugin("guarded", ResourceExtension("guarded", Guarded())))))
    index = operation(made, "get", "/guarded")
    assert index["x-policy"] == ["a:b"]
    assert "403" in index["responses"]
    assert policy.authorize("a:b")


def test_draft_4_is_said_in_the_words_of_today() -> None:
    old = {
        "id": "http://example.com/x",
        "type": "array",
        "items": [{"type": "integer", "minimum": 1, "exclusiveMinimum": True}, {"type": "string"}],
        "additionalItems": False,
        "dependencies": {"a": ["b"], "c": {"type": "object"}},
        "default": {"items": [1]},
    }
    new = modern(old)
    jsonschema.Draft202012Validator.check_schema(new)
    assert new == {
        "type": "array",
        "prefixItems": [{"type": "integer", "exclusiveMinimum": 1}, {"type": "string"}],
        "items": False,
        "dependentRequired": {"a": ["b"]},
        "dependentSchemas": {"c": {"type": "object"}},
        "default": {"items": [1]},
    }
    assert "dependencies" in old


def test_one_name_for_two_schemas_gets_a_number() -> None:
    components = Components()
    first = components.reference({"type": "object"}, "a.b:create")
    assert components.reference({"type": "object"}, "a.b:create") == first
    second = components.reference({"type": "string"}, "c.b:create")
    assert (first["$ref"], second["$ref"]) == (
        "#/components/schemas/b.create",
        "#/components/schemas/b.create.2",
    )
    assert components.reference({}, "")["$ref"] == "#/components/schemas/schema"


schemas = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer", "minimum": 5},
            {"type": "boolean"},
            {"type": ["string", "null"], "format": "uuid"},
            {"enum": ["a", 1]},
            {"type": "string", "maxLength": 2},
            {"type": "null"},
        ]
    ),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda p: {"type": "object", "properties": p, "required": sorted(p)}
        ),
        inner.map(lambda s: {"type": "array", "items": s}),
        st.lists(inner, min_size=1, max_size=2).map(lambda s: {"anyOf": s}),
    ),
    max_leaves=6,
)


@given(schemas)
def test_an_example_satisfies_its_schema(schema: dict[str, Any]) -> None:
    value = example(schema, depth=20)
    assert jsonschema.Draft202012Validator(schema).is_valid(value), value


class JobsController(wsgi.Controller):
    @wsgi.response(202)
    @wsgi.action("halt")
    def _halt(self, req, id, body) -> None:
        """Halt it."""

    @wsgi.response(202)
    @wsgi.api_version("2.1", "2.4")
    @wsgi.action("snapshot")
    def _snapshot(self, req, id, body) -> None:
        """Make an image of it; the reply's Location is its URL."""

    @wsgi.response(202)
    @wsgi.api_version("2.5")
    @wsgi.action("snapshot")
    @validation.response_schema(THING)
    def _snapshot(self, req, id, body) -> dict[str, Any]:
        """Make an image of it."""

    @wsgi.response(204)
    @wsgi.action("wipe")
    def _wipe(self, req, id, body) -> None:
        """Wipe it."""


def test_the_replies_of_actions_are_told_for_each_key_with_what_their_methods_declare() -> None:
    resource = ResourceExtension(
        "jobs", JobsController(), member_name="job", member_actions={"action": "POST"}
    )
    router = router_of(plugin("jobs", resource), max_version="2.9")
    made = document(describe(URLMap((_mount("/v2", router),))))
    action = operation(made, "post", "/v2/jobs/{id}/action")
    accepted = action["responses"]["202"]
    assert accepted["description"] == "Accepted. With a body for snapshot only."
    assert {"$ref", "x-min-version"} >= set(accepted["content"]["application/json"]["schema"]) >= {"$ref"}
    assert action["responses"]["204"]["description"] == "No Content"
    assert "content" not in action["responses"]["204"]
    assert action["x-actions"] == {
        "halt": [{"summary": "Halt it", "status": 202}],
        "snapshot": [
            {
                "summary": "Make an image of it; the reply's Location is its URL",
                "status": 202,
                "x-max-version": "2.4",
            },
            {"summary": "Make an image of it", "status": 202, "x-min-version": "2.5"},
        ],
        "wipe": [{"summary": "Wipe it", "status": 204}],
    }
    early = document(describe(URLMap((_mount("/v2", router),))), microversion="2.4")
    assert "content" not in operation(early, "post", "/v2/jobs/{id}/action")["responses"]["202"]
