import os
import subprocess
import sys
import textwrap

import pytest

from apirouter.errors import ConfigError, MissingExtra
from apirouter.filters.metrics import Metrics, filter_factory
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, raising

prometheus_client = pytest.importorskip("prometheus_client")


@pytest.fixture
def registry():
    return prometheus_client.CollectorRegistry()


def count(registry, method="GET", route="-", status="200"):
    labels = {"method": method, "route": route, "status": status}
    return registry.get_sample_value("apirouter_requests_total", labels)


def routed(application):
    def outer(environ, start_response):
        environ["apirouter.route"] = "/servers/{id}"
        return application(environ, start_response)

    return outer


def test_requests_are_counted_and_timed_by_route_method_and_status(registry):
    app = Metrics(routed(ok), registry=registry)
    for number in range(3):
        call(app, f"/servers/{number}")
    call(app, method="POST")
    assert count(registry, route="/servers/{id}") == 3
    assert count(registry, "POST", "/servers/{id}") == 1
    labels = {"method": "GET", "route": "/servers/{id}", "status": "200"}
    assert registry.get_sample_value("apirouter_request_duration_seconds_count", labels) == 3


def test_nothing_a_client_invents_becomes_a_series(registry):
    app = Metrics(ok, registry=registry)
    for number in range(50):
        call(app, environ=make_environ(f"/nowhere/{number}", REQUEST_METHOD=f"M{number}"), checked=False)
    assert count(registry, "other") == 50
    assert len(prometheus_client.generate_latest(registry)) < 5000


def test_an_escaping_exception_is_a_500(registry):
    with pytest.raises(RuntimeError):
        call(Metrics(raising(RuntimeError()), registry=registry))
    assert count(registry, status="500") == 1


def test_a_lazy_reply_is_counted_once_when_it_is_closed(registry):
    body = Tracked()
    result = Metrics(answering(body), registry=registry)(make_environ(), lambda *a: None)
    next(iter(result))
    assert count(registry) is None
    result.close()
    result.close()
    assert count(registry) == 1
    assert body.closed == 1


def test_the_scraper_is_answered_before_anything_inside(registry):
    app = Metrics(ok, registry=registry)
    call(app)
    reply = call(app, "/metrics")
    assert reply.status == 200
    assert reply.header("Content-Type").startswith("text/plain; version=")
    assert b'apirouter_requests_total{method="GET",route="-",status="200"} 1.0' in reply.body
    assert call(app, "/metrics", method="HEAD").body == b""
    assert call(app, "/metrics", method="POST").status == 405
    assert call(app, "/metricsX").body == b"ok"
    openmetrics = call(app, "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert openmetrics.header("Content-Type").startswith("application/openmetrics-text")


def test_the_path_can_be_moved_and_taken_away(registry):
    assert b"apirouter_requests" in call(Metrics(ok, registry=registry, path="/m"), "/m").body
    assert call(Metrics(ok, registry=registry, path=""), "/metrics").body == b"ok"


def test_two_filters_of_a_process_count_together():
    prefix = "test_two_filters"
    for _ in range(2):
        call(filter_factory({}, prefix=prefix)(ok))
    labels = {"method": "GET", "route": "-", "status": "200"}
    assert prometheus_client.REGISTRY.get_sample_value(f"{prefix}_requests_total", labels) == 2
    with pytest.raises(ConfigError, match="is taken"):
        filter_factory({}, prefix=prefix, buckets="1 2")(ok)


def test_a_request_that_cannot_be_counted_is_answered_all_the_same(registry, caplog):
    app = Metrics(ok, registry=registry)

    class Full:
        def labels(self, *args):
            raise OSError("no space left on device")

    app._count = Full()
    assert call(app).body == b"ok"
    assert "could not be counted" in caplog.text


def test_several_processes_are_told_as_one(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, warnings
            warnings.simplefilter("ignore")
            from apirouter.filters.metrics import Metrics
            from tests.unit.filters.wsgi import call, ok
            app = Metrics(ok)
            for _ in range(int(sys.argv[1])):
                call(app)
            print(call(app, "/metrics").body.decode())
            """
        )
    )
    root = os.getcwd()
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": root}
    for requests, total in ((2, 2.0), (3, 5.0)):
        told = subprocess.run(
            [sys.executable, str(script), str(requests)],
            env=environ,
            check=True,
            capture_output=True,
            text=True,
            cwd=root,
        ).stdout
        assert f'apirouter_requests_total{{method="GET",route="-",status="200"}} {total}' in told


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"buckets": "1 0.5"}, "is not a rising row"),
        ({"buckets": "x"}, "no number"),
        ({"prefix": "a-b"}, "is not a metric's name"),
        ({"path": "metrics"}, "is not a path"),
        ({"pathh": "/m"}, "did you mean 'path'"),
    ],
)
def test_mistakes_are_found_at_load(conf, message):
    with pytest.raises(ConfigError, match=message):
        filter_factory({}, **conf)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apirouter\[metrics\]'"):
        Metrics(ok)


@pytest.mark.parametrize("buckets", ["nan", "inf", "-1 1", "0 1", "1 nan", "inf inf"])
def test_buckets_that_hold_no_times_are_refused(buckets):
    with pytest.raises(ConfigError, match="is not a rising row of seconds"):
        filter_factory({}, buckets=buckets)


def test_the_bucket_of_all_the_rest_may_be_written():
    assert Metrics.read_options({}, {"buckets": "0.1 1 +Inf"}).buckets == (0.1, 1.0)


def test_metrics_at_the_root_are_refused_rather_than_told_nowhere():
    with pytest.raises(ConfigError, match="is not a path"):
        filter_factory({}, path="/")


def test_counting_in_a_directory_that_is_not_there_is_refused_at_load(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="missing', which is no directory; make it"):
        filter_factory({})(ok)


def test_a_load_that_failed_leaves_no_half_of_the_metrics():
    registry = prometheus_client.CollectorRegistry()
    taken = prometheus_client.Gauge("apirouter_request_duration_seconds", "x", registry=registry)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"taken: .*request_duration_seconds"):
            Metrics(ok, registry=registry)
    registry.unregister(taken)
    assert call(Metrics(ok, registry=registry)).status == 200


@pytest.mark.parametrize("version", ["abc", "1.0.0;version=x.y", "9" * 5000, "²", "=", '"1.0"'])
def test_metrics_are_told_whatever_version_a_client_claims_to_accept(registry, version):
    accept = f"application/openmetrics-text;version={version}"
    reply = call(Metrics(ok, registry=registry), "/metrics", headers={"Accept": accept})
    assert reply.status == 200
    assert b"apirouter_requests" in reply.body
