"""A plugin as they were written in 2017; nothing in it knows of apirouter."""

import webob
from webob import exc

from acme import exception
from acme.api import validation
from acme.api.openstack import api_version_request, extensions, wsgi
from acme.api.validation import parameter_types

ALIAS = "os-gadgets"

create_schema = {
    "type": "object",
    "properties": {
        "gadget": {
            "type": "object",
            "properties": {"name": parameter_types.name},
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "required": ["gadget"],
    "additionalProperties": False,
}
create_v20 = {
    "type": "object",
    "properties": {
        "gadget": {
            "type": "object",
            "properties": {"name": parameter_types.name_with_leading_trailing_spaces},
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "required": ["gadget"],
    "additionalProperties": False,
}
polish = {
    "type": "object",
    "properties": {"polish": parameter_types.none},
    "required": ["polish"],
    "additionalProperties": False,
}
index_query = {
    "type": "object",
    "properties": {"limit": parameter_types.multi_params(parameter_types.non_negative_integer)},
    "additionalProperties": True,
}


class API(object):
    def __init__(self):
        self.gadgets = {"1": {"id": "1", "name": "crank", "locked": False}}

    def get(self, context, gadget_id):
        try:
            return self.gadgets[gadget_id]
        except KeyError:
            raise exception.GadgetNotFound(gadget_id=gadget_id)


class GadgetController(wsgi.Controller):
    """The gadgets of a service."""

    def __init__(self, *args, **kwargs):
        super(GadgetController, self).__init__(*args, **kwargs)
        self.gadget_api = API()

    def _get(self, req, id):
        gadget = req.get_db_gadget(id)
        if gadget is None:
            try:
                gadget = self.gadget_api.get(req.environ["acme.context"], id)
            except exception.GadgetNotFound as e:
                raise exc.HTTPNotFound(explanation=e.format_message())
            req.cache_db_gadget(gadget)
        return gadget

    @wsgi.Controller.api_version("2.1", "2.4")
    @extensions.expected_errors(())
    @validation.query_schema(index_query)
    def index(self, req):
        return self._index(req)

    @wsgi.Controller.api_version("2.5")  # noqa
    @extensions.expected_errors(())
    @validation.query_schema(index_query)
    def index(self, req):
        return self._index(req, count=True)

    def _index(self, req, count=False):
        gadgets = sorted(self.gadget_api.gadgets.values(), key=lambda g: g["id"])
        if "limit" in req.GET:
            gadgets = gadgets[: int(req.GET["limit"])]
        result = {"gadgets": gadgets}
        if count:
            result["count"] = len(gadgets)
        return result

    @extensions.expected_errors(404)
    def show(self, req, id):
        gadget = dict(self._get(req, id))
        if not api_version_request.is_supported(req, min_version="2.7"):
            gadget.pop("locked")
        return {"gadget": gadget}

    @wsgi.response(201)
    @extensions.expected_errors((400, 409))
    @validation.schema(create_v20, "2.0", "2.0")
    @validation.schema(create_schema, "2.1")
    def create(self, req, body):
        name = body["gadget"]["name"].strip()
        if name in [g["name"] for g in self.gadget_api.gadgets.values()]:
            raise exc.HTTPConflict(explanation="Gadget %s exists." % name)
        new = {"id": str(len(self.gadget_api.gadgets) + 1), "name": name, "locked": False}
        self.gadget_api.gadgets[new["id"]] = new
        return {"gadget": {"id": new["id"], "name": name}}

    @extensions.expected_errors(404)
    def delete(self, req, id):
        self._get(req, id)
        del self.gadget_api.gadgets[id]
        return webob.Response(status_int=202)

    @wsgi.response(204)
    @extensions.expected_errors(404)
    @wsgi.action("lock")
    def _lock(self, req, id, body):
        gadget = self._get(req, id)
        if gadget["locked"]:
            raise exception.GadgetLocked(gadget_id=id)
        gadget["locked"] = True

    @wsgi.Controller.api_version("2.3")
    @wsgi.response(202)
    @extensions.expected_errors((404, 409))
    @wsgi.action("polish")
    @validation.schema(polish)
    def _polish(self, req, id, body):
        self._get(req, id)
        resp = wsgi.ResponseObject({"polished": id})
        resp["Location"] = "/os-gadgets/%s" % id
        return resp


class GadgetColourController(wsgi.Controller):
    """Adds colours to gadgets."""

    @wsgi.extends
    def show(self, req, resp_obj, id):
        resp_obj.obj["gadget"]["OS-GDG:colour"] = "red"

    @wsgi.extends(action="polish")
    def _extend_polish(self, req, resp_obj, id, body):
        resp_obj.obj["shiny"] = True


class Gadgets(extensions.V21APIExtensionBase):
    """Gadgets support."""

    name = "Gadgets"
    alias = ALIAS
    version = 1

    def get_resources(self):
        return [
            extensions.ResourceExtension(
                ALIAS, GadgetController(), member_name="gadget", member_actions={"action": "POST"}
            )
        ]

    def get_controller_extensions(self):
        return []


class GadgetColour(extensions.V21APIExtensionBase):
    """Gadget colours."""

    name = "GadgetColour"
    alias = "OS-GDG"
    version = 1

    def get_resources(self):
        return []

    def get_controller_extensions(self):
        return [extensions.ControllerExtension(self, ALIAS, GadgetColourController())]
