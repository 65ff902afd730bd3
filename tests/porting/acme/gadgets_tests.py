"""The plugin's unit tests, as they were written in 2017."""

import unittest

import webob
from webob import exc

from acme import exception, fakes
from acme.api.openstack import wsgi
from acme.api.openstack.compute import gadgets


class GadgetsTestV21(unittest.TestCase):
    def setUp(self):
        super(GadgetsTestV21, self).setUp()
        self.controller = gadgets.GadgetController()
        self.req = fakes.HTTPRequest.blank("")

    def test_index(self):
        self.assertEqual(["crank"], [g["name"] for g in self.controller.index(self.req)["gadgets"]])

    def test_index_v25(self):
        req = fakes.HTTPRequest.blank("", version="2.5")
        self.assertEqual(1, self.controller.index(req)["count"])
        self.assertNotIn("count", self.controller.index(self.req))

    def test_index_invalid_limit(self):
        req = fakes.HTTPRequest.blank("/os-gadgets?limit=-9")
        self.assertRaises(exception.ValidationError, self.controller.index, req)

    def test_index_additional_query_parameters(self):
        req = fakes.HTTPRequest.blank("/os-gadgets?limit=1&sort=9")
        self.controller.index(req)
        self.assertEqual({"limit": "1"}, dict(req.GET))

    def test_show(self):
        self.assertEqual({"gadget": {"id": "1", "name": "crank"}}, self.controller.show(self.req, "1"))

    def test_show_v27(self):
        req = fakes.HTTPRequest.blank("", version="2.7")
        self.assertFalse(self.controller.show(req, "1")["gadget"]["locked"])

    def test_show_not_found(self):
        self.assertRaises(exc.HTTPNotFound, self.controller.show, self.req, "9")

    def test_show_unexpected(self):
        def fail(*args, **kwargs):
            raise exc.HTTPConflict()

        self.controller.gadget_api.get = fail
        self.assertRaises(exc.HTTPInternalServerError, self.controller.show, self.req, "1")

    def test_create(self):
        body = {"gadget": {"name": "lever"}}
        self.assertEqual("lever", self.controller.create(self.req, body=body)["gadget"]["name"])
        self.assertEqual(201, self.controller.create.wsgi_code)

    def test_create_exists(self):
        body = {"gadget": {"name": "crank"}}
        self.assertRaises(exc.HTTPConflict, self.controller.create, self.req, body=body)

    def test_create_bad_name(self):
        for name in ("", " lever", "a" * 256, 5, None):
            body = {"gadget": {"name": name}}
            self.assertRaises(exception.ValidationError, self.controller.create, self.req, body=body)

    def test_create_empty_body(self):
        self.assertRaises(exception.ValidationError, self.controller.create, self.req, body={})

    def test_create_legacy_v2(self):
        self.req.set_legacy_v2()
        body = {"gadget": {"name": " lever ", "more": 1}}
        self.assertEqual("lever", self.controller.create(self.req, body=body)["gadget"]["name"])

    def test_delete(self):
        self.assertEqual(202, self.controller.delete(self.req, "1").status_int)

    def test_lock(self):
        self.controller._lock(self.req, "1", body={"lock": None})
        self.assertEqual(204, self.controller._lock.wsgi_code)

    def test_polish_not_before_its_version(self):
        self.assertRaises(
            exception.VersionNotFoundForAPIMethod,
            self.controller._polish,
            self.req,
            "1",
            body={"polish": None},
        )

    def test_polish(self):
        req = fakes.HTTPRequest.blank("", version="2.3")
        resp = self.controller._polish(req, "1", body={"polish": None})
        self.assertIsInstance(resp, wsgi.ResponseObject)
        self.assertEqual("/os-gadgets/1", resp["location"])

    def test_colour(self):
        resp_obj = wsgi.ResponseObject({"gadget": {}})
        gadgets.GadgetColourController().show(self.req, resp_obj, "1")
        self.assertEqual({"OS-GDG:colour": "red"}, resp_obj.obj["gadget"])

    def test_cache(self):
        self.controller.show(self.req, "1")
        self.assertEqual("crank", self.req.get_db_gadget("1")["name"])


class GadgetsOverHTTP(unittest.TestCase):
    def setUp(self):
        super(GadgetsOverHTTP, self).setUp()
        self.app = fakes.wsgi_app_v21()

    def _request(self, method, path, body=None, version=None):
        req = webob.Request.blank("/fade" + path, method=method)
        if body is not None:
            req.json_body = body
        req.content_type = "application/json"
        if version:
            req.headers[wsgi.API_VERSION_REQUEST_HEADER] = "compute " + version
        return req.get_response(self.app)

    def test_show(self):
        res = self._request("GET", "/os-gadgets/1")
        self.assertEqual({"id": "1", "name": "crank", "OS-GDG:colour": "red"}, res.json["gadget"])

    def test_create(self):
        res = self._request("POST", "/os-gadgets", {"gadget": {"name": "lever"}})
        self.assertEqual(201, res.status_int)
        res = self._request("POST", "/os-gadgets", {"gadget": {"name": "crank"}})
        self.assertEqual("Gadget crank exists.", res.json["conflictingRequest"]["message"])

    def test_lock_twice(self):
        self.assertEqual(204, self._request("POST", "/os-gadgets/1/action", {"lock": None}).status_int)
        res = self._request("POST", "/os-gadgets/1/action", {"lock": None})
        self.assertEqual(403, res.status_int)
        self.assertEqual("Gadget 1 is locked.", res.json["forbidden"]["message"])

    def test_polish(self):
        self.assertEqual(404, self._request("POST", "/os-gadgets/1/action", {"polish": None}).status_int)
        res = self._request("POST", "/os-gadgets/1/action", {"polish": None}, version="2.3")
        self.assertEqual((202, {"polished": "1", "shiny": True}), (res.status_int, res.json))

    def test_delete(self):
        self.assertEqual(202, self._request("DELETE", "/os-gadgets/1").status_int)
        self.assertEqual(404, self._request("GET", "/os-gadgets/1").status_int)

    def test_not_mine(self):
        res = webob.Request.blank("/abc/os-gadgets").get_response(self.app)
        self.assertEqual(400, res.status_int)

    def test_extensions(self):
        res = self._request("GET", "/extensions")
        self.assertEqual(["OS-GDG", "os-gadgets"], [e["alias"] for e in res.json["extensions"]])
