import sys

import pytest

from apirouter.errors import ConfigError, MissingExtra
from apirouter.filters.tracing import Tracing, filter_factory
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, raising

trace = pytest.importorskip("opentelemetry.trace")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans():
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    exporter = export.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter.get_finished_spans


def routed(application):
    def outer(environ, start_response):
        environ["apirouter.route"] = "/servers/{id}"
        return application(environ, start_response)

    return outer


def test_a_span_is_named_by_route_template_and_has_no_path(spans):
    provider, finished = spans
    environ = make_environ(
        "/servers/secret-id", QUERY_STRING="token=secret-q", headers={"X-Auth-Token": "secret-t"}
    )
    environ["openstack.request_id"] = "req-1"
    call(Tracing(routed(ok), tracer_provider=provider), environ=environ)
    (span,) = finished()
    assert span.name == "GET /servers/{id}"
    assert span.kind is trace.SpanKind.SERVER
    assert span.attributes["http.route"] == "/servers/{id}"
    assert span.attributes["http.request.method"] == "GET"
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["openstack.request_id"] == "req-1"
    assert "secret" not in span.to_json()


def test_the_caller_s_span_is_the_parent(spans):
    provider, finished = spans
    call(Tracing(ok, tracer_provider=provider), headers={"traceparent": PARENT})
    assert f"{finished()[0].parent.span_id:016x}" == "b7ad6b7169203331"
    assert f"{finished()[0].context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("given", ["", "junk", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_malformed_parent_starts_a_trace_of_its_own(spans, given):
    provider, finished = spans
    call(Tracing(ok, tracer_provider=provider), headers={"traceparent": given})
    assert finished()[0].parent is None


@pytest.mark.parametrize("trust", ["yes", "no"])
def test_a_span_within_another_of_the_process_is_its_child(spans, trust):
    provider, finished = spans
    inner = Tracing(answering(Tracked()), tracer_provider=provider, trust_parent=trust)
    call(Tracing(inner, tracer_provider=provider, trust_parent=trust), headers={"traceparent": PARENT})
    within, outer = finished()
    assert within.parent.span_id == outer.context.span_id
    assert (within.kind, outer.kind) == (trace.SpanKind.INTERNAL, trace.SpanKind.SERVER)
    assert (outer.parent is not None) == (trust == "yes")


def test_a_propagator_that_can_t_read_a_header_starts_a_trace_of_its_own(spans, monkeypatch):
    from opentelemetry import propagate

    def extract(carrier):
        raise ValueError(f"invalid literal for int() with base 16: {carrier['uber-trace-id']}")

    monkeypatch.setattr(propagate, "extract", extract)
    provider, finished = spans
    assert call(Tracing(ok, tracer_provider=provider), headers={"uber-trace-id": "x:y"}).body == b"ok"
    assert finished()[0].parent is None


def test_a_parent_that_is_not_trusted_is_not_read(spans):
    provider, finished = spans
    call(Tracing(ok, tracer_provider=provider, trust_parent="no"), headers={"traceparent": PARENT})
    assert finished()[0].parent is None


def test_the_span_is_current_inside_and_not_outside(spans):
    provider, finished = spans
    seen = []

    def application(environ, start_response):
        seen.append(trace.get_current_span().get_span_context().span_id)
        start_response("200 OK", [("Content-Type", "text/plain")])

        def body():
            seen.append(trace.get_current_span().get_span_context().span_id)
            yield b"x"

        return body()

    call(Tracing(application, tracer_provider=provider))
    assert set(seen) == {finished()[0].context.span_id}
    assert not trace.get_current_span().get_span_context().is_valid


def test_an_exception_is_an_error_without_its_text(spans):
    provider, finished = spans
    with pytest.raises(ValueError):
        call(Tracing(raising(ValueError("password=hunter22")), tracer_provider=provider))
    (span,) = finished()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.attributes["error.type"] == "ValueError"
    assert "hunter22" not in span.to_json()


def test_a_lazy_reply_ends_its_span_when_it_is_closed(spans):
    provider, finished = spans
    body = Tracked()
    result = Tracing(answering(body), tracer_provider=provider)(make_environ(), lambda *a: None)
    next(iter(result))
    assert not finished()
    result.close()
    result.close()
    assert len(finished()) == body.closed == 1


def test_an_exception_while_iterating_ends_the_span_once(spans):
    provider, finished = spans
    body = Tracked([b"a"], RuntimeError("x"), after=1)
    with pytest.raises(RuntimeError):
        call(Tracing(answering(body), tracer_provider=provider))
    assert len(finished()) == body.closed == 1
    assert finished()[0].attributes["error.type"] == "RuntimeError"


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apirouter\[tracing\]'"):
        Tracing(ok)
    with pytest.raises(ConfigError, match="did you mean 'trust_parent'"):
        filter_factory({}, trust_parents="no")


def test_a_status_that_is_none_does_not_stop_the_reply():
    def odd(environ, start_response):
        start_response("OK", [("Content-Type", "text/plain")])
        return [b""]

    started = []
    filter_factory({})(odd)(make_environ(), lambda *head: started.append(head))
    assert started[0][0] == "OK"
