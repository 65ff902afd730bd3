"""Servers: list, show, make, change, delete, and what may be done to one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from webob import exc

from apirouter import extensions, policy, validation, wsgi
from apirouter.extensions import APIExtension, ResourceExtension
from apirouter.wsgi import Request, ResponseObject
from compute_api.compute import states
from compute_api.controllers.common import count_of, http_errors, id_of, owner_of, page_of, server_of
from compute_api.controllers.server_actions import ServerActionsController, snapshot_of
from compute_api.policies import servers as policies
from compute_api.schemas import servers as schemas
from compute_api.store.servers import SORT_KEYS, Filters, Server
from compute_api.store.tables import now
from compute_api.views import common
from compute_api.views import servers as views

ALIAS = "servers"

#: The most servers that one request makes.
MAX_COUNT = 10

_NEWEST_FIRST = (("created_at", True),)
_FRACTION = re.compile(r"\.[0-9]+")
_FALSE = frozenset(("0", "false", "f", "no", "n", "off"))


class ServersController(ServerActionsController):
    """The servers of a project."""

    @policy.authorize(policies.SERVERS % "index")
    @extensions.expected_errors((400, 403))
    @validation.query_schema(schemas.query, "2.1", "2.4")
    @validation.query_schema(schemas.query_v25, "2.5")
    def index(self, req: Request) -> dict[str, Any]:
        """List servers: id, name and links."""
        return self._list(req, "index")

    @policy.authorize(policies.SERVERS % "detail")
    @extensions.expected_errors((400, 403))
    @validation.query_schema(schemas.query, "2.1", "2.4")
    @validation.query_schema(schemas.query_v25, "2.5")
    def detail(self, req: Request) -> dict[str, Any]:
        """List servers with all there is."""
        return self._list(req, "detail")

    @policy.authorize(policies.SERVERS % "show", owner_of)
    @extensions.expected_errors(404)
    def show(self, req: Request, id: str) -> dict[str, Any]:
        """Show one server."""
        return {"server": views.show(req, server_of(req))}

    @policy.authorize(policies.SERVERS % "create")
    @wsgi.response(202)
    @extensions.expected_errors((400, 403, 409))
    @validation.schema(schemas.create, "2.1", "2.1")
    @validation.schema(schemas.create_v22, "2.2")
    def create(self, req: Request, body: dict[str, Any]) -> ResponseObject:
        """Make a server, or several alike."""
        asked = body["server"]
        password = asked.get("adminPass") or secrets.token_urlsafe(9)
        columns = {"disk_config": "MANUAL", **_columns(asked)}
        names = _names(columns.pop("name"), asked)
        image_id = id_of(asked["imageRef"])
        if any(disk["uuid"] != image_id for disk in asked.get("block_device_mapping_v2", ())):
            raise exc.HTTPBadRequest(explanation="block_device_mapping_v2 names another image than imageRef")
        with http_errors(missing=exc.HTTPBadRequest):
            servers = self.compute_api.create(
                req.context,
                names=names,
                flavor_id=id_of(asked["flavorRef"]),
                image_id=image_id,
                metadata=asked.get("metadata", {}),
                **columns,
            )
        view = {**views.created(req, servers[0]), "adminPass": password}
        reply = ResponseObject({"server": view})
        reply["Location"] = view["links"][0]["href"]
        return reply

    @policy.authorize(policies.SERVERS % "update", owner_of)
    @extensions.expected_errors((400, 404))
    @validation.schema(schemas.update, "2.1", "2.1")
    @validation.schema(schemas.update_v22, "2.2")
    def update(self, req: Request, id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change a server's name, description or addresses."""
        with http_errors():
            server = self.compute_api.update(req.context, id, **_columns(body["server"]))
        return {"server": views.show(req, server)}

    @policy.authorize(policies.SERVERS % "delete", owner_of)
    @wsgi.response(204)
    @extensions.expected_errors((404, 409))
    def delete(self, req: Request, id: str) -> None:
        """Delete a server."""
        with http_errors():
            self.compute_api.delete(req.context, id)

    @policy.authorize(policies.SERVERS % "create_snapshot_test", owner_of)
    @wsgi.response(202)
    @extensions.expected_errors((403, 404, 409))
    @validation.schema(schemas.create_snapshot_test)
    def create_snapshot_test(self, req: Request, id: str, body: Any) -> ResponseObject:
        """Make a snapshot; its name may be left out."""
        asked = (body or {}).get("create_snapshot_test") or {}
        name = asked.get("name") or f"{server_of(req).name[:200]}-{now():%Y%m%dT%H%M%SZ}"
        image = snapshot_of(self.compute_api, req, id, name, asked.get("metadata", {}))
        links = req.links("images", id=image.id)
        reply = ResponseObject({"snapshot": {"id": image.id, "name": image.name, "links": links}})
        reply["Location"] = links[0]["href"]
        return reply

    @policy.authorize(policies.SERVERS % "diagnostics", owner_of)
    @wsgi.api_version("2.1", "2.5")
    @extensions.expected_errors((404, 409))
    def diagnostics(self, req: Request, id: str) -> dict[str, Any]:
        """Show how a server runs."""
        server, uptime = self._running(req, id)
        flavor = self.compute_api.get_flavor(req.context, server.flavor_id)
        return {"memory": flavor.ram * 1024, "uptime": uptime}

    @policy.authorize(policies.SERVERS % "diagnostics", owner_of)  # type: ignore[no-redef]
    @wsgi.api_version("2.6", "2.9")
    @extensions.expected_errors((404, 409))
    def diagnostics(self, req: Request, id: str) -> dict[str, Any]:  # noqa: F811
        """Show how a server runs, with units that are the same everywhere."""
        server, uptime = self._running(req, id)
        flavor = self.compute_api.get_flavor(req.context, server.flavor_id)
        state = states.EXTENDED[server.status][0]
        return {
            "state": "running" if state in ("active", "resized") else state,
            "uptime": uptime,
            "num_cpus": flavor.vcpus,
            "memory_details": {"maximum": flavor.ram},
        }

    def _running(self, req: Request, id: str) -> tuple[Server, int]:
        server = server_of(req)
        if server.started_at is None:
            raise exc.HTTPConflict(explanation=f"Instance {id} is not running")
        return server, int((now() - server.started_at).total_seconds())

    def _list(self, req: Request, action: str) -> dict[str, Any]:
        filters = _filters(req, action)
        page = page_of(req, SORT_KEYS, _NEWEST_FIRST)
        with http_errors():
            servers, more = self.compute_api.get_all(req.context, filters, page)
        view = views.basic if action == "index" else views.show
        return common.collection(req, "servers", [view(req, server) for server in servers], more)


def _names(name: str, asked: dict[str, Any]) -> list[str]:
    low = count_of(asked.get("min_count", 1), MAX_COUNT + 1)
    high = count_of(asked.get("max_count", low), MAX_COUNT + 1)
    if low > high:
        raise exc.HTTPBadRequest(explanation="min_count must be <= max_count")
    if low > MAX_COUNT:
        raise exc.HTTPForbidden(explanation=f"At most {MAX_COUNT} servers can be made at once")
    count = min(high, MAX_COUNT)
    return [name] if count == 1 else [f"{name[:250]}-{number}" for number in range(1, count + 1)]


def _columns(asked: dict[str, Any]) -> dict[str, Any]:
    """Return column -> value for what the body says of a server and may say of it later too."""
    columns = {
        "name": "name",
        "description": "description",
        "accessIPv4": "access_ip_v4",
        "accessIPv6": "access_ip_v6",
        "OS-DCF:diskConfig": "disk_config",
    }
    return {column: asked[key] for key, column in columns.items() if key in asked}


def _filters(req: Request, action: str) -> Filters:
    query, context = req.GET, req.context
    project_id = context.project_id or ""
    if "all_tenants" in query and query["all_tenants"].strip().lower() not in _FALSE:
        context.can(policies.SERVERS % f"{action}:get_all_tenants")
        project_id = query.get("project_id") or query.get("tenant_id")
    statuses = [status.upper() for status in query.getall("status")]
    return Filters(
        project_id=project_id,
        user_id=query.get("user_id"),
        name=query.get("name"),
        statuses=statuses or None,
        flavor_id=id_of(query["flavor"]) if "flavor" in query else None,
        image_id=id_of(query["image"]) if "image" in query else None,
        access_ip_v4=query.get("access_ip_v4"),
        access_ip_v6=query.get("access_ip_v6"),
        changed_since=_changed_since(req),
    )


def _changed_since(req: Request) -> datetime | None:
    text = req.GET.get("changes-since")
    if text is None or req.api_version < (2, 5):
        return None
    # Python 3.10 reads neither "Z" nor fractions of any length; a second is exact enough.
    plain = _FRACTION.sub("", text.upper()).replace("Z", "+00:00")
    try:
        time = datetime.fromisoformat(plain)
        return time.astimezone(timezone.utc).replace(tzinfo=None) if time.tzinfo else time
    except (ValueError, OverflowError):
        raise exc.HTTPBadRequest(explanation="changes-since is no ISO 8601 time") from None


class Servers(APIExtension):
    """Servers."""

    name = "Servers"
    alias = ALIAS
    version = 1
    updated = "2026-11-01T00:00:00Z"

    def get_resources(self) -> Iterable[ResourceExtension]:
        """Return the collection ``servers``."""
        return [
            ResourceExtension(
                ALIAS,
                ServersController(),
                member_name="server",
                collection_actions={"detail": "GET"},
                member_actions={"action": "POST", "create_snapshot_test": "POST", "diagnostics": "GET"},
            )
        ]
