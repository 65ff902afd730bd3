"""Strict mode, shadows, and what a router knows to be wrong with itself."""

from __future__ import annotations

import json
import logging
import time

import pytest

from apirouter import APIRouter, PluginError, Settings, extensions, policy, wsgi
from apirouter.filters.healthcheck import Healthcheck, app_factory
from apirouter.redaction import is_secret_name


class Things(wsgi.Controller):
    def show(self, req, id):
        return {"thing": id}

    def special(self, req, name):
        return {"special": name}


class Shadowed(extensions.APIExtension):
    """A route of its own that comes after the one that takes its requests."""

    name, alias, version = "Shadowed", "shadowed", 1

    def get_resources(self):
        def custom(mapper, resource):
            mapper.connect(
                "/things/{name:red|blue}",
                controller=resource,
                action="special",
                conditions={"method": ["GET"]},
            )

        return [extensions.ResourceExtension("things", Things(), custom_routes_fn=custom)]


class Guarded(wsgi.Controller):
    @policy.authorize("things:show")
    def show(self, req, id):
        return {"thing": id}


class GuardedThings(extensions.APIExtension):
    """Asks policy."""

    name, alias, version = "Guarded", "guarded", 1

    def get_resources(self):
        return [extensions.ResourceExtension("things", Guarded())]


def test_a_route_that_nothing_reaches_is_told_at_load_with_both_owners(caplog):
    with caplog.at_level(logging.WARNING):
        router = APIRouter(Settings(), plugins=[Shadowed])
    (warning,) = [w for w in router.warnings if "never reached" in w]
    assert "route GET /things/{name}" in warning
    assert "Things.special" in warning
    assert "GET /things/{id}" in warning
    assert "plugin Shadowed" in warning
    assert warning in caplog.text


def test_strict_mode_refuses_a_route_that_nothing_reaches():
    with pytest.raises(PluginError, match="is never reached"):
        APIRouter(Settings(strict=True), plugins=[Shadowed])


def test_strict_mode_with_skip_leaves_the_plugin_out():
    router = APIRouter(Settings(strict=True, on_load_failure="skip"), plugins=[Shadowed])
    assert [(p.state, "never reached" in p.reason) for p in router.plugins] == [("failed", True)]


def test_strict_mode_refuses_a_method_without_a_rule():
    class Plain(Shadowed):
        def get_resources(self):
            return [extensions.ResourceExtension("things", Things())]

    with pytest.raises(PluginError, match=r"route GET .*/things/\{id\} has no policy rule"):
        APIRouter(Settings(strict=True), plugins=[Plain])


def test_strict_mode_takes_a_method_with_a_rule(tmp_path):
    rules = tmp_path / "policy.yaml"
    rules.write_text('"things:show": "@"\n')
    router = APIRouter(Settings(strict=True, policy_file=str(rules)), plugins=[GuardedThings])
    assert not [w for w in router.warnings if "never reached" in w]


def test_a_router_names_the_route_that_a_request_is_going_to_take():
    router = APIRouter(Settings(), plugins=[Shadowed])
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/v1", "PATH_INFO": "/things/7"}
    assert router.route_of(environ) == "/v1/things/{id}"
    assert router.route_of({**environ, "REQUEST_METHOD": "HEAD"}) == "/v1/things/{id}"
    assert router.route_of({**environ, "REQUEST_METHOD": "PATCH"}) is None
    assert router.route_of({**environ, "PATH_INFO": "/nowhere/at/all"}) is None
    assert router.route_of({**environ, "PATH_INFO": "/\xff"}) is None
    assert environ["PATH_INFO"] == "/things/7"


class Broken(extensions.APIExtension):
    """It lacks a version."""

    name, alias = "Broken", "broken"


def _ask(application, path):
    replies = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_ACCEPT": "application/json"}
    body = b"".join(application(environ, lambda status, headers, exc=None: replies.append(status)))
    return replies[0], json.loads(body)


def test_a_plugin_left_out_shows_in_the_health_check():
    router = APIRouter(Settings(on_load_failure="skip"), plugins=[Shadowed, Broken])
    checked = Healthcheck(router, detailed="yes")
    status, document = _ask(checked, "/healthcheck")
    assert (status, document["status"]) == ("200 OK", "DEGRADED")
    assert "has no version" in document["checks"]["plugin Broken"]
    assert _ask(checked, "/healthcheck/live") == ("200 OK", {"status": "OK", "checks": {}})


def test_a_broken_policy_file_shows_in_the_health_check_mounted_beside_the_api(tmp_path):
    rules = tmp_path / "policy.yaml"
    rules.write_text('"things:show": "@"\n')
    router = APIRouter(Settings(policy_file=str(rules)), plugins=[GuardedThings])
    check = app_factory({}, detailed="yes")

    class Mount:
        application = router

    check.mounted((Mount(),))
    assert _ask(check, "/ready")[1]["status"] == "OK"
    rules.write_text('"things:show": [\n')
    deadline = time.monotonic() + 5
    while _ask(check, "/ready")[1]["status"] == "OK" and time.monotonic() < deadline:
        time.sleep(0.05)
    status, document = _ask(check, "/ready")
    assert (status, document["status"]) == ("200 OK", "DEGRADED")
    assert "policy.yaml" in document["checks"]["policy"]


def test_debug_logs_of_a_client_s_error_hold_no_secret(caplog):
    class Echo(wsgi.Controller):
        def show(self, req, id):
            raise ValueError(f"token {req.headers['X-Auth-Token']}")

    class Echoes(Shadowed):
        def get_resources(self):
            return [extensions.ResourceExtension("echoes", Echo())]

    router = APIRouter(Settings(debug=True), plugins=[Echoes])
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/echoes/1",
        "HTTP_X_AUTH_TOKEN": "s3cr3t-t0ken",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "h",
    }
    with caplog.at_level(logging.DEBUG):
        router(environ, lambda status, headers, exc=None: None)
    assert "ValueError" in caplog.text
    assert "s3cr3t-t0ken" not in caplog.text
    assert is_secret_name("X-Auth-Token")
