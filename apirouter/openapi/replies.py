"""The replies to requests, and how a client shows who it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apirouter.describe.records import Application, Method
from apirouter.faults import FAULT_NAMES, STATUS_LINES
from apirouter.openapi.bodies import Bodies
from apirouter.openapi.cut import Cut

_EMPTY = frozenset((204, 205, 304))
#: What filters say of how a client shows who it is: a part of their type -> the security scheme.
_SECURITY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "basic_auth",
        "basic",
        {"type": "http", "scheme": "basic"},
    ),
    (
        "noauth2",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "user:project"},
    ),
    (
        "auth_token",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A Keystone token"},
    ),
    (
        "authtoken",
        "token",
        {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A Keystone token"},
    ),
)
#: What every fault looks like.
FAULT = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    },
}


class Replies:
    """Writes replies.

    :param bodies: refers to schemas.
    :param cut: the versions that the document is for.
    """

    def __init__(self, bodies: Bodies, cut: Cut) -> None:
        self._bodies, self._cut = bodies, cut
        #: The security schemes that were met, by name.
        self.schemes: dict[str, Any] = {}

    def responses(self, application: Application, answering: Sequence[tuple[str, Method]]) -> dict[str, Any]:
        """Return the replies of an operation, by status.

        :param application: its media types and its filters count.
        :param answering: what answers, each with the key of the body that chooses it, or an empty text.
        """
        methods = [method for _, method in answering]
        responses: dict[str, Any] = {}
        for status in dict.fromkeys(method.status for method in methods):
            alike = [(key, method) for key, method in answering if method.status == status]
            responses[str(status)] = self._reply(application, status, alike)
        faults = {code for m in methods for code in m.expected_errors or ()}
        if any(s.kind in ("body", "query") for m in methods for s in m.schemas):
            faults.add(400)
        if any(m.rules for m in methods):
            faults.add(403)
        if self.security(application):
            faults.add(401)
        for code in sorted(faults):
            name = FAULT_NAMES.get(code, "")
            responses.setdefault(str(code), fault(f"{STATUS_LINES.get(code, str(code))} {name}".strip()))
        responses["default"] = {"$ref": "#/components/responses/Fault"}
        return responses

    def _reply(
        self, application: Application, status: int, answering: Sequence[tuple[str, Method]]
    ) -> dict[str, Any]:
        """Return the reply of one status: a document has one for all that answer with it."""
        schemas = list(self._cut.schemas([method for _, method in answering], "response"))
        said = [STATUS_LINES.get(status, "").partition(" ")[2] or "OK"]
        silent = [(key, method) for key, method in answering if method.bodiless or status in _EMPTY]
        bodied = dict.fromkeys(key for key, method in answering if key and (key, method) not in silent)
        if silent and bodied:
            said.append(f"With a body for {', '.join(bodied)} only.")
        reply: dict[str, Any] = {"description": ". ".join(said)}
        if schemas or not silent:
            schema = self._bodies.either(schemas) if schemas else {}
            kinds = application.media_types or ("application/json",)
            reply["content"] = {kind: {"schema": schema} for kind in kinds}
        if application.version_header and application.max_version:
            reply["headers"] = {
                application.version_header: {
                    "description": "The microversion of the reply.",
                    "schema": {"type": "string"},
                }
            }
        return reply

    def security(self, application: Application) -> list[dict[str, list[str]]] | None:
        """Return the security requirement of an application's authentication filter; None without one."""
        for one in application.filters:
            for part, name, scheme in _SECURITY:
                if part in one.type.lower():
                    self.schemes.setdefault(name, scheme)
                    return [{name: []}]
        return None


def fault(text: str) -> dict[str, Any]:
    """Return a reply that is a fault.

    :param text: what it is, for people.
    """
    schema = {"$ref": "#/components/schemas/Fault"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
