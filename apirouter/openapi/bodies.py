"""The bodies of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apirouter.describe.records import Action, Application, Method, Schema
from apirouter.openapi.cut import Cut
from apirouter.openapi.schemas import Components, example


class Bodies:
    """Writes bodies, their schemas as components.

    :param components: the document's.
    :param cut: the versions it is for.
    """

    def __init__(self, components: Components, cut: Cut) -> None:
        self._components, self._cut = components, cut

    def body(
        self,
        application: Application,
        methods: Sequence[Method],
        actions: Sequence[tuple[Action, list[Method]]],
    ) -> dict[str, Any] | None:
        """Return the body of an operation; None when nothing is said of it.

        :param application: whose media types it may have.
        :param methods: what answers.
        :param actions: what answers by the body's key.
        """
        if actions:
            alternatives = [self._action(action, served) for action, served in actions]
            schema: Any = {
                "oneOf": alternatives,
                # No `discriminator`: that is by a property's value, this by which property there is.
                "x-openstack": {"discriminator": "action", "keys": [a.key for a, _ in actions]},
            }
            examples = {a.key: {"value": self._action_example(a, served)} for a, served in actions}
            return self._content(application, schema, required=True, examples=examples)
        found = list(self._cut.schemas(methods, "body"))
        if not found:
            return None
        schema = self.either(found)
        value = example(found[-1].definition)
        examples = {} if value is None else {"example": {"value": value}}
        return self._content(application, schema, required=_needs_body(found), examples=examples)

    def _content(
        self, application: Application, schema: Any, *, required: bool, examples: dict[str, Any]
    ) -> dict[str, Any]:
        kinds = [t for t in application.media_types if t.endswith("json")] or ["application/json"]
        said: dict[str, Any] = {"schema": schema, **({"examples": examples} if examples else {})}
        return {
            "required": required,
            "content": {kinds[0]: said, **{k: {"schema": schema} for k in kinds[1:]}},
        }

    def _action(self, action: Action, served: Sequence[Method]) -> dict[str, Any]:
        found = list(self._cut.schemas(served, "body"))
        summary = served[-1].summary
        if found and all(_requires_only(s.definition, action.key) for s in found):
            schema = self.either(found)
            return schema if "$ref" in schema else {"title": action.key, **schema}
        inner = {"properties": {action.key: {}}, "required": [action.key], "additionalProperties": False}
        wrapped: dict[str, Any] = {"title": action.key, "type": "object", **inner}
        if summary:
            wrapped["description"] = summary
        if found:
            wrapped["allOf"] = [self.either(found)]
        return {**wrapped, **self._cut.extent(served)}

    def _action_example(self, action: Action, served: Sequence[Method]) -> Any:
        for schema in reversed(list(self._cut.schemas(served, "body"))):
            value = example(schema.definition)
            if isinstance(value, dict) and set(value) == {action.key}:
                return value
        return {action.key: None}

    def either(self, schemas: Sequence[Schema]) -> dict[str, Any]:
        """Return a reference to a schema, or to any of several.

        :param schemas: at least one.
        """
        unique = {(s.name, s.min_version, s.max_version): s for s in schemas}
        found = []
        for one in unique.values():
            reference = self._components.reference(one.definition, one.name)
            versions = self._cut.extent([one])
            # 2020-12 lets other keywords stand beside a reference.
            found.append({**reference, **versions})
        return found[0] if len(found) == 1 else {"anyOf": found}


def _requires_only(schema: Any, key: str) -> bool:
    """Tell whether a schema takes nothing but an object with this one key."""
    return (
        isinstance(schema, dict)
        and schema.get("type") == "object"
        and set(schema.get("properties", ())) == {key}
        and list(schema.get("required", ())) == [key]
        and schema.get("additionalProperties") is False
    )


def _needs_body(schemas: Sequence[Schema]) -> bool:
    def takes_null(definition: Any) -> bool:
        kinds = definition.get("type", ()) if isinstance(definition, dict) else ()
        return "null" in ((kinds,) if isinstance(kinds, str) else kinds)

    return not any(takes_null(s.definition) for s in schemas)
