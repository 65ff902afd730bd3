"""What a controller's method receives, and the reply object that it may return."""

from __future__ import annotations

import io
import json

import pytest

from apirouter import wsgi
from apirouter.errors import InvalidAPIVersionString, InvalidContentType, MalformedRequestBody
from apirouter.extensions import ResourceExtension
from apirouter.filters import Middleware
from apirouter.microversion import Version
from apirouter.objectdispatch import ObjectApp, expose
from apirouter.request import new_request
from apirouter.wsgi import Request, ResponseObject
from tests.support import ask, plugin, router_for, router_of
from tests.unit.filters.wsgi import call


def test_json_is_parsed_once():
    req = Request.blank("/", method="POST")
    req.body = b'{"a": [1]}'
    assert req.json == {"a": [1]}
    assert req.json is req.json
    assert req.json_body is req.json


def test_json_of_an_empty_body_is_none():
    assert Request.blank("/").json is None


def test_json_is_checked_as_a_body_is():
    req = Request.blank("/", method="POST")
    req.body = b'{"a": 1, "a": 2}'
    with pytest.raises(MalformedRequestBody):
        req.json  # noqa: B018


def test_setting_json_sets_the_body():
    req = Request.blank("/", method="POST")
    req.json = {"a": 1}
    assert req.json == {"a": 1}
    req.json = None
    assert req.json is None
    assert req.body == b"null"


def test_another_body_is_parsed_anew():
    req = Request.blank("/", method="POST", POST=b'{"a": 1}')
    assert req.json == {"a": 1}
    copy = req.copy()
    copy.body = b'{"copied": 1}'
    req.body_file = io.BytesIO(b'{"b": 2}')
    assert (req.json, copy.json) == ({"b": 2}, {"copied": 1})
    assert req.copy_get().json is None
    assert req.json is req.json


def test_what_a_controller_is_given_is_not_parsed_again():
    class Things(wsgi.Controller):
        def create(self, req, body):
            return {"same": json.loads(req.body) == body and req.json is body}

    assert ask(router_for(Things()), method="POST", body={"a": 1}).json == {"same": True}


def test_a_filter_that_changes_a_body_it_has_read_changes_what_an_object_is_given():
    class Top:
        @expose("json")
        def index(self, name):
            return {"name": name}

    class Renames(Middleware):
        def process_request(self, req):
            req.body = json.dumps({"name": req.json["name"].upper()}).encode()

    reply = call(Renames(ObjectApp(Top())), "/", "POST", b'{"name": "a"}', CONTENT_TYPE="application/json")
    assert reply.json == {"name": "A"}


def test_a_second_request_on_the_environ_knows_the_same():
    req = Request.blank("/", version="2.5", context="who")
    other = new_request(req.environ)
    assert (other.api_version, other.context) == (Version(2, 5), "who")
    assert other.path == "/"


def test_a_blank_request_has_a_version_a_context_and_webob_s_arguments():
    req = Request.blank("/a?b=c", version="2.5", base_url="http://h/v2", headers={"X-A": "1"}, method="PUT")
    assert (req.method, req.url, req.headers["X-A"]) == ("PUT", "http://h/v2/a?b=c", "1")
    assert req.api_version_request == req.api_version == Version(2, 5)


def test_a_request_before_routing_has_a_null_version():
    req = Request.blank("/")
    assert req.api_version is None
    assert req.api_version_request.is_null()


def test_the_version_is_set_by_text_version_or_null():
    req = Request.blank("/")
    req.api_version = "2.7"
    assert req.api_version_request == Version(2, 7)
    req.api_version_request = Version(2, 8)
    assert req.api_version == Version(2, 8)
    req.api_version_request = wsgi.Request.blank("/").api_version_request
    assert req.api_version is None
    with pytest.raises(InvalidAPIVersionString):
        req.api_version = "2.07"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("application/json; charset=UTF-8", "application/json"),
        ("application/vnd.openstack.compute+json", "application/vnd.openstack.compute+json"),
        ("text/plain", None),
        ("", None),
    ],
)
def test_the_content_type_of_a_body_is_told_without_parameters(header, wanted):
    req = Request.blank("/", method="POST")
    req.headers["Content-Type"] = header
    assert req.get_content_type() == wanted


@pytest.mark.parametrize("header", ["text/html", "application/xml", "application/jsonx"])
def test_a_content_type_that_is_not_read_is_a_415(header):
    req = Request.blank("/", method="POST")
    req.headers["Content-Type"] = header
    with pytest.raises(InvalidContentType):
        req.get_content_type()


def test_the_reply_s_type_is_json_when_nothing_routes():
    req = Request.blank("/", accept="text/html")
    assert req.best_content_type == req.best_match_content_type() == "application/json"


def test_a_legacy_client_is_remembered_in_the_environ():
    req = Request.blank("/")
    assert not req.is_legacy_v2()
    req.set_legacy_v2()
    assert new_request(req.environ).is_legacy_v2()


def test_urls_need_a_router():
    with pytest.raises(RuntimeError, match="a router serves"):
        Request.blank("/").url_for("servers")


class Links(wsgi.Controller):
    """Answers with URLs; the query says which."""

    def index(self, req):
        variables = dict(req.GET)
        name = variables.pop("name", "things")
        return {"url": req.url_for(name, **variables)}

    def show(self, req, id):
        return {"links": req.links("things", id=id)}


class Parts(wsgi.Controller):
    """Below things."""

    def index(self, req, thing_id):
        return {"url": req.url_for("parts", thing_id=thing_id, id="7")}

    def show(self, req, thing_id, id):
        return {"url": req.url_for("things/parts", thing_id=thing_id)}


def links_router():
    def routes(mapper, resource):
        mapper.connect("detail", "/things/detail/all", controller=resource, action="index")

    parent = {"collection_name": "things", "member_name": "thing"}
    return router_of(
        plugin(
            "things",
            ResourceExtension("things", Links(), member_name="thing", custom_routes_fn=routes),
            ResourceExtension("parts", Parts(), parent=parent, member_name="part"),
        )
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/things", "http://localhost/things"),
        ("/things?id=5", "http://localhost/things/5"),
        ("/abc/things", "http://localhost/abc/things"),
        ("/abc/things?id=5", "http://localhost/abc/things/5"),
        ("/things?marker=a%26b&limit=2", "http://localhost/things?marker=a%26b&limit=2"),
        ("/things?project_id=def", "http://localhost/def/things"),
        ("/things?name=detail", "http://localhost/things/detail/all"),
        ("/things?name=parts&thing_id=1", "http://localhost/things/1/parts"),
        ("/things?name=extensions", "http://localhost/extensions"),
        ("/things/1/parts", "http://localhost/things/1/parts/7"),
        ("/abc/things/1/parts/2", "http://localhost/abc/things/1/parts"),
        ("/things?id=a%2Fb%3F%23%20%25", "http://localhost/things/a%2Fb%3F%23%20%25"),
        ("/things?id=%C3%A9", "http://localhost/things/%C3%A9"),
        ("/things?id=..", "http://localhost/things/%2E%2E"),
        ("/things?id=.", "http://localhost/things/%2E"),
        ("/things?id=%0D%0ALocation:x", "http://localhost/things/%0D%0ALocation%3Ax"),
    ],
)
def test_a_url_is_made_by_name_and_variables(path, wanted):
    assert ask(links_router(), path).json["url"] == wanted


def test_a_url_is_right_behind_mounts_and_proxies():
    environ = {
        "SCRIPT_NAME": "/compute/v2.1",
        "HTTP_HOST": "api.example:8443",
        "wsgi.url_scheme": "https",
    }
    reply = ask(links_router(), "/things?id=5", environ=environ)
    assert reply.json["url"] == "https://api.example:8443/compute/v2.1/things/5"


@pytest.mark.parametrize(
    ("script_name", "bookmark"),
    [
        ("", "http://localhost/things/5"),
        ("/v2.1", "http://localhost/things/5"),
        ("/compute/v2.1", "http://localhost/compute/things/5"),
        ("/a b/v2", "http://localhost/a%20b/things/5"),
    ],
)
def test_links_are_self_and_a_bookmark_without_the_version(script_name, bookmark):
    reply = ask(links_router(), "/things/5", environ={"SCRIPT_NAME": script_name})
    itself, mark = reply.json["links"]
    assert itself == {
        "rel": "self",
        "href": f"http://localhost{script_name.replace(' ', '%20')}/things/5",
    }
    assert mark == {"rel": "bookmark", "href": bookmark}


def test_none_is_left_out_of_a_query_and_a_list_is_said_item_by_item():
    class Things(wsgi.Controller):
        def index(self, req):
            return {"url": req.url_for("things", marker=None, tag=["a", "b"], limit=3)}

    assert ask(router_for(Things())).json["url"] == "http://localhost/things?tag=a&tag=b&limit=3"


@pytest.mark.parametrize("name", ["thnigs", "detail2"])
def test_a_name_of_no_route_is_a_server_s_mistake(name):
    reply = ask(links_router(), f"/things?name={name}")
    assert reply.status_int == 500


def test_a_url_without_its_variables_names_them(caplog):
    assert ask(links_router(), "/things?name=parts").status_int == 500
    assert "it needs thing_id" in caplog.text


def test_best_content_type_is_the_reply_s():
    class Things(wsgi.Controller):
        def index(self, req):
            return {"type": req.best_content_type}

    vendor = "application/vnd.openstack.compute+json"
    reply = ask(router_for(Things()), headers={"Accept": vendor})
    assert reply.json["type"] == reply.content_type == vendor


# --------------------------------------------------------------------------- ResponseObject


def test_a_reply_s_own_code_beats_the_default():
    reply = ResponseObject({})
    assert reply.code == 200
    reply._default_code = 202
    assert reply.code == 202
    assert ResponseObject({}, code=404).code == 404
    reply.code = 201
    assert reply.code == 201


def test_headers_are_set_read_and_deleted_whatever_their_case():
    reply = ResponseObject({}, headers={"X-One": 1})
    reply["Header"] = "foo"
    assert reply["hEADER"] == "foo"
    assert "HEADER" in reply
    assert reply.headers == {"x-one": 1, "header": "foo"}
    del reply["hEADER"]
    assert "header" not in reply
    with pytest.raises(KeyError):
        reply["header"]


def test_the_headers_property_is_a_copy():
    reply = ResponseObject({})
    reply["Header"] = "foo"
    reply.headers["header"] = "bar"
    assert reply["header"] == "foo"


def test_a_reply_serializes_itself_as_the_ancestors_do():
    reply = ResponseObject({"a": (1,)}, code=202, headers={"X-N": 5})
    made = reply.serialize(None, "application/json")
    assert (made.status_int, made.json, made.headers["X-N"]) == (202, {"a": [1]}, "5")
    assert made.content_type == "application/json"
    assert ResponseObject(None).serialize().body == b""
