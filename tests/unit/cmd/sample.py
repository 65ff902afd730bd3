"""A small service for the commands' tests: one resource with rules, and one plugin that fails."""

from __future__ import annotations

import webob.exc

from apirouter import extensions, policy, wsgi
from apirouter.dispatch.settings import Settings
from apirouter.routing.router import APIRouter


def owner_of(id, **rest):
    """Return the target of a thing."""
    if id == "missing":
        raise webob.exc.HTTPNotFound
    return {"project_id": id}


class Things(wsgi.Controller):
    """Things, guarded."""

    @policy.authorize("things:index")
    def index(self, req):
        """List them."""
        return {"things": []}

    @policy.authorize("things:show", target=owner_of)
    def show(self, req, id):
        """Show one."""
        return {"thing": {"id": id}}

    def delete(self, req, id):
        """Delete one, if that is allowed."""
        req.context.can("things:delete")

    def create(self, req, body):
        """Make one: nothing guards it."""
        return body

    @wsgi.action("start")
    @policy.authorize("things:start", min_version="2.2")
    def start(self, req, id, body):
        """Start one."""

    @wsgi.action("stop")
    @policy.authorize("things:stop")
    def stop(self, req, id, body):
        """Stop one."""


class ThingsPlugin(extensions.APIExtension):
    """Things."""

    name, alias, version = "Things", "things", 1

    def get_resources(self):
        """Return them."""
        return [
            extensions.ResourceExtension(
                "things", Things(), member_name="thing", member_actions={"action": "POST"}
            )
        ]


class Broken(extensions.APIExtension):
    """A plugin without a version."""

    name, alias = "Broken", "broken"


class Router(APIRouter):
    """The service; its policy is set by hand, as no distribution brings one."""

    def __init__(self) -> None:
        settings = Settings.from_conf(
            {
                "min_version": "2.1",
                "max_version": "2.5",
                "mapper": "project",
                "project_id_regex": "[a-z0-9]+",
                "on_load_failure": "skip",
                "policy_file": POLICY,
            }
        )
        super().__init__(settings, plugins=[ThingsPlugin, Broken])


POLICY = __file__.replace("sample.py", "sample_policy.yaml")
