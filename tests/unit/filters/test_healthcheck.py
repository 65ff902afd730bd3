import importlib.metadata
import json
import logging
import threading

import pytest

from apirouter.deploy.urlmap import urlmap_factory
from apirouter.errors import ConfigError
from apirouter.filters import healthcheck
from apirouter.filters.healthcheck import app_factory, filter_factory
from apirouter.filters.logcontext import RequestIdFilter
from apirouter.filters.request_id import filter_factory as request_id_factory
from tests.unit.filters.wsgi import call, ok


def good(options):
    return lambda: None


def bad(options):
    return lambda: "the database is away"


def broken(options):
    def check():
        raise RuntimeError("password=hunter22")

    return check


def unmakeable(options):
    raise RuntimeError("no")


def no_check(options):
    return None


#: What the check ``hanging`` waits for; set by each test.
HANGING = {}


def hanging(options):
    return lambda: HANGING["end"].wait(60) and None


def strange(options):
    return lambda: {"database": object()}


@pytest.fixture
def hung():
    HANGING["end"] = threading.Event()
    yield
    go_on()


def runs():
    return [thread for thread in threading.enumerate() if thread.name == "healthcheck hanging"]


def go_on():
    HANGING["end"].set()
    for thread in runs():
        thread.join()


@pytest.fixture(autouse=True)
def plugins(monkeypatch):
    points = [
        importlib.metadata.EntryPoint(name, f"{__name__}:{name}", healthcheck.GROUP)
        for name in ("good", "bad", "broken", "unmakeable", "no_check", "hanging", "strange")
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)


def make(**conf):
    return filter_factory({}, **conf)(ok)


@pytest.mark.parametrize("path", ["/healthcheck", "/healthcheck/live", "/healthcheck/ready"])
def test_all_is_well(path):
    reply = call(make(checks="good"), path)
    assert (reply.status, reply.body) == (200, b"OK")
    assert reply.header("Cache-Control") == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/healthchecks", "/healthcheck/other", "/v2.1/healthcheck", "/healthcheck/live/x"]
)
def test_any_other_path_goes_inside(path):
    assert call(make(), path).body == b"ok"


@pytest.mark.parametrize("check", ["bad", "broken"])
def test_a_failing_check_is_not_ready_but_alive_and_tells_nothing(check, caplog):
    app = make(checks=f"good {check}")
    for path in ("/healthcheck", "/healthcheck/ready"):
        reply = call(app, path)
        assert (reply.status, reply.body) == (503, b"UNAVAILABLE")
    assert call(app, "/healthcheck/live").status == 200
    assert ("raised" in caplog.text) == (check == "broken")


def test_details_are_told_where_that_is_wanted():
    app = make(checks="good bad broken", detailed="yes")
    text = call(app, "/healthcheck").body.decode()
    assert "bad: the database is away" in text
    assert "good: OK" in text
    assert "hunter22" not in text
    found = json.loads(call(app, "/healthcheck", headers={"Accept": "application/json"}).body)
    assert found["status"] == "UNAVAILABLE"
    assert found["checks"]["bad"] == "the database is away"
    assert json.loads(call(make(), "/healthcheck", headers={"Accept": "application/json"}).body) == {
        "status": "OK"
    }


def test_a_file_takes_the_service_out_of_rotation(tmp_path):
    path = tmp_path / "disabled"
    app = make(disable_by_file_path=str(path))
    assert call(app, "/healthcheck").status == 200
    path.touch()
    reply = call(app, "/healthcheck/ready")
    assert (reply.status, reply.body) == (503, b"DISABLED BY FILE")
    assert call(app, "/healthcheck/live").status == 200
    path.unlink()
    assert call(app, "/healthcheck").status == 200


def test_a_head_has_no_body_and_other_methods_are_refused():
    assert call(make(), "/healthcheck", method="HEAD").body == b""
    reply = call(make(), "/healthcheck", method="POST")
    assert (reply.status, reply.header("Allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"checks": "goood"}, "there is no check 'goood'; did you mean 'good'"),
        ({"checks": "unmakeable"}, "check 'unmakeable' .* can't be made: no"),
        ({"checks": "no_check"}, "made no callable"),
        ({"path": "health"}, "is not a path"),
        ({"timeout": "0"}, "is not a number of seconds"),
        ({"timeout": "nan"}, "is not a number of seconds"),
        ({"timeout": "soon"}, "is not a number of seconds"),
    ],
)
def test_mistakes_are_found_at_load(conf, message):
    with pytest.raises(ConfigError, match=message):
        make(**conf)


def test_it_can_be_mounted_as_an_application():
    app = app_factory({}, checks="bad")
    assert call(app, "").status == call(app, "/").status == call(app, "/ready").status == 503
    assert call(app, "/live").status == 200
    assert call(app, "/other").status == 404


def test_the_path_is_an_option():
    assert call(make(path="/health/"), "/health").body == b"OK"
    assert call(make(path="/health"), "/healthcheck").body == b"ok"


def test_what_a_service_knows_to_be_wrong_is_told_through_a_filter_of_somebody_else():
    class Service:
        def __call__(self, environ, start_response):
            return ok(environ, start_response)

        def health(self):
            return {"policy": "policy.yaml can't be read"}

    class Foreign:
        def __init__(self, app):
            self._app = app

        def __call__(self, environ, start_response):
            return self._app(environ, start_response)

    checked = filter_factory({}, detailed="yes")(Foreign(Service()))
    reply = call(checked, path="/healthcheck")
    assert reply.status == 200
    assert reply.body.splitlines() == [b"DEGRADED", b"policy: policy.yaml can't be read"]


def test_a_check_that_hangs_is_not_well_and_keeps_no_thread_of_the_server(hung):
    app = make(checks="hanging", detailed="yes", timeout="0.05")
    reply = call(app, "/healthcheck")
    assert reply.status == 503
    assert reply.body.splitlines() == [b"UNAVAILABLE", b"hanging: no answer within 0.05 s"]
    assert call(app, "/healthcheck/live").status == 200


def test_of_a_check_that_hangs_a_few_are_begun_and_no_more_and_one_that_comes_back_is_believed(hung):
    app = make(checks="hanging", timeout="0.05")
    assert [call(app, "/healthcheck").status for _ in range(6)] == [503] * 6
    assert len(runs()) == 4
    go_on()
    # On a busy machine a thread may need more than that to come back.
    assert 200 in (call(app, "/healthcheck").status for _ in range(100))


def test_a_check_that_returns_what_is_no_text_is_not_well_and_no_crash():
    reply = call(
        make(checks="strange", detailed="yes"), "/healthcheck", headers={"Accept": "application/json"}
    )
    assert reply.status == 503
    assert reply.json["checks"]["strange"].startswith("the check returned {'database': ")


def test_what_a_check_logs_has_the_request_s_id(caplog):
    app = request_id_factory({}, log_records="no")(make(checks="broken"))
    caplog.handler.addFilter(RequestIdFilter())
    reply = call(app, "/healthcheck")
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.request_id == reply.header("X-Openstack-Request-Id")


def _health_of_something_else(self, request):
    return "a view of that name"


def _health_that_is_no_mapping(self):
    return True


def _health_that_raises(self):
    raise RuntimeError("password=hunter22")


@pytest.mark.parametrize(
    ("health", "word"),
    [
        (_health_of_something_else, b"OK"),
        (_health_that_is_no_mapping, b"OK"),
        (_health_that_raises, b"DEGRADED\nForeign: its health can't be told"),
    ],
)
def test_another_s_application_with_a_health_of_its_own_does_not_take_the_service_down(health, word):
    body = {"__call__": lambda self, environ, start_response: ok(environ, start_response), "health": health}
    checked = filter_factory({}, detailed="yes")(type("Foreign", (), body)())
    reply = call(checked, "/healthcheck")
    assert (reply.status, reply.body) == (200, word)


def test_what_is_mounted_is_asked_for_its_health_once():
    asked = []

    class Ailing:
        def __call__(self, environ, start_response):
            return ok(environ, start_response)

        def health(self):
            asked.append(1)
            return {"policy": "broken"}

    class Loader:
        def get_app(self, name, global_conf=None):
            return Ailing()

    app = filter_factory({})(urlmap_factory(Loader(), {}, **{"/v2": "api"}))
    assert call(app, "/healthcheck").body == b"DEGRADED"
    assert asked == [1]
