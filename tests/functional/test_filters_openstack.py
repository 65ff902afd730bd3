"""oslo.middleware's, osprofiler's and keystonemiddleware's own filters, from one INI with ours.

They are no dependencies: ``tox -e openstack`` installs them. Keystone is a small server of this test's own.
"""

import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")
for name in ("oslo_middleware", "osprofiler", "keystonemiddleware"):
    pytest.importorskip(name, reason=f"{name} is not installed: tox -e openstack")

from paste.deploy import loadapp  # noqa: E402

from apirouter.filters.identity import IDENTITY  # noqa: E402
from tests.unit.filters.wsgi import call, tell  # noqa: E402

INI = """
[DEFAULT]
service_type = compute

[composite:main]
use = call:apirouter.deploy.pipeline:pipeline_factory
auth_strategy = {strategy}
noauth2 = cors http_proxy_to_wsgi request_id catch_errors faultwrap sizelimit osprofiler noauth2 app
keystone = cors http_proxy_to_wsgi request_id catch_errors faultwrap sizelimit osprofiler {authtoken}
    keystonecontext app

[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
allowed_origin = https://horizon.example

[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory
enable_proxy_headers_parsing = true

[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory

[filter:catch_errors]
paste.filter_factory = oslo_middleware:CatchErrors.factory

[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
max_request_body_size = 100

[filter:osprofiler]
paste.filter_factory = osprofiler.web:WsgiMiddleware.factory
hmac_keys = SECRET_KEY
enabled = yes

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
{auth}

[filter:authtoken_by_us]
paste.filter_factory = apirouter.filters.authtoken:filter_factory
{auth}

[filter:keystonecontext]
paste.filter_factory = apirouter.filters.keystonecontext:filter_factory
require_authtoken = yes
context_key = nova.context

[filter:noauth2]
paste.filter_factory = apirouter.filters.noauth2:filter_factory

[filter:faultwrap]
paste.filter_factory = apirouter.filters.faultwrap:filter_factory

[app:app]
paste.app_factory = tests.functional.test_filters_openstack:app_factory
"""

AUTH = """
auth_type = password
auth_url = {url}/v3
www_authenticate_uri = {url}
username = nova
password = nova
project_name = service
user_domain_id = default
project_domain_id = default
identity_uri_timeout = 5
"""

TOKEN = {
    "token": {
        "methods": ["password"],
        "user": {"id": "alice", "name": "Alice", "domain": {"id": "default", "name": "Default"}},
        "project": {"id": "p1", "name": "P", "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": "r1", "name": "member"}, {"id": "r2", "name": "reader"}],
        "catalog": [],
        "is_domain": False,
        "audit_ids": ["x"],
        "issued_at": "2024-01-01T00:00:00.000000Z",
        "expires_at": "2099-01-01T00:00:00.000000Z",
    }
}


def app_factory(global_conf, **local_conf):
    def application(environ, start_response):
        context = environ["apirouter.context"]
        environ["who"] = [context.user_id, context.project_id, context.roles, context.is_admin]
        environ["identity"] = sorted(IDENTITY & set(environ))
        return tell("who", "identity", "REMOTE_ADDR", "HTTP_X_ROLES", "openstack.request_id")(
            environ, start_response
        )

    return application


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def keystone():
    """The URL of a Keystone that knows one token, ``good``."""

    def application(environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        headers = [("Content-Type", "application/json")]
        status, body = "404 Not Found", {"error": {"code": 404, "message": "no", "title": "Not Found"}}
        if path.rstrip("/") in ("", "/v3"):
            version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{url}/v3/"}]}
            status, body = "200 OK", {"version": version}
        elif path == "/v3/auth/tokens" and method == "POST":
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            catalog = [
                {
                    "type": "identity",
                    "id": "i",
                    "name": "k",
                    "endpoints": [
                        {"id": "e", "interface": i, "region": "r", "region_id": "r", "url": f"{url}/v3"}
                        for i in ("public", "internal", "admin")
                    ],
                }
            ]
            headers.append(("X-Subject-Token", "service"))
            status, body = "201 Created", {"token": {**TOKEN["token"], "catalog": catalog}}
        elif path == "/v3/auth/tokens" and environ.get("HTTP_X_SUBJECT_TOKEN") == "good":
            status, body = "200 OK", TOKEN
        data = json.dumps(body).encode()
        start_response(status, [*headers, ("Content-Length", str(len(data)))])
        return [data]

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def load(tmp_path, url="http://127.0.0.1:1", strategy="keystone", authtoken="authtoken"):
    path = tmp_path / "api-paste.ini"
    path.write_text(INI.format(strategy=strategy, authtoken=authtoken, auth=AUTH.format(url=url)))
    return loadapp(f"config:{path}")


FORGED = {"X-Roles": "admin", "X-User-Id": "root", "X-User_Id": "root", "X-Is-Admin-Project": "True"}


@pytest.mark.parametrize("authtoken", ["authtoken", "authtoken_by_us"])
def test_a_token_is_checked_with_keystone_and_becomes_a_context(tmp_path, keystone, authtoken):
    app = load(tmp_path, keystone, authtoken=authtoken)
    reply = call(app, headers={**FORGED, "X-Auth-Token": "good"}, checked=False)
    assert reply.status == 200, reply.body
    assert reply.json["who"] == ["alice", "p1", ["member", "reader"], False]
    assert reply.json["HTTP_X_ROLES"] == "member,reader"
    assert reply.json["openstack.request_id"] == reply.header("X-Openstack-Request-Id")
    assert reply.environ["nova.context"] is reply.environ["apirouter.context"]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Auth-Token": "bad"}, {**FORGED, "X-Identity-Status": "Confirmed"}]
)
def test_anything_else_is_401(tmp_path, keystone, headers):
    reply = call(load(tmp_path, keystone), headers=headers, checked=False)
    assert reply.status == 401
    assert reply.header("WWW-Authenticate").startswith("Keystone uri=")


def test_disowned_identity_is_401_behind_authtoken_too(tmp_path, keystone):
    headers = {"X-Auth-Token": "good", "Connection": "X-Roles"}
    assert call(load(tmp_path, keystone), headers=headers, checked=False).status == 401


def test_delayed_decisions_do_not_let_anybody_in(tmp_path, keystone):
    path = tmp_path / "api-paste.ini"
    text = INI.format(
        strategy="keystone",
        authtoken="authtoken",
        auth=AUTH.format(url=keystone) + "delay_auth_decision = yes",
    )
    path.write_text(text)
    app = loadapp(f"config:{path}")
    for headers in ({}, {"X-Auth-Token": "bad"}, {**FORGED, "X-Identity-Status": "Confirmed"}):
        assert call(app, headers=headers, checked=False).status == 401
    assert call(app, headers={"X-Auth-Token": "good"}, checked=False).status == 200


def test_oslo_s_filters_work_around_ours(tmp_path):
    app = load(tmp_path, strategy="noauth2")
    headers = {"X-Auth-Token": "u:p", "Origin": "https://horizon.example", "X-Forwarded-For": "198.51.100.7"}
    reply = call(app, headers=headers, checked=False)
    assert reply.status == 200
    assert reply.header("Access-Control-Allow-Origin") == "https://horizon.example"
    assert reply.json["REMOTE_ADDR"] == "198.51.100.7"
    assert reply.json["identity"] == []
    assert reply.header("X-Openstack-Request-Id") == reply.json["openstack.request_id"]
    assert call(app, method="POST", body=b"x" * 101, headers=headers, checked=False).status == 413


def test_osprofiler_s_own_filter_traces_a_signed_request(tmp_path):
    from osprofiler import _utils, notifier

    app = load(tmp_path, strategy="noauth2")
    seen = []
    before = notifier.get()
    notifier.set(lambda payload, **kwargs: seen.append(payload["name"]))
    try:
        data, digest = _utils.signed_pack({"base_id": "1", "parent_id": "2"}, "SECRET_KEY")
        headers = {
            "X-Auth-Token": "u:p",
            "X-Trace-Info": data.decode() if isinstance(data, bytes) else data,
            "X-Trace-HMAC": digest,
        }
        assert call(app, headers=headers, checked=False).status == 200
        assert seen == ["wsgi-start", "wsgi-stop"]
        call(app, headers={"X-Auth-Token": "u:p"}, checked=False)
        assert len(seen) == 2
    finally:
        notifier.set(before)


def test_only_the_pipeline_in_use_is_made(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keystonemiddleware", None)
    assert (
        call(load(tmp_path, strategy="noauth2"), headers={"X-Auth-Token": "u:p"}, checked=False).status == 200
    )
