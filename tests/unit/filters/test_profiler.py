import hashlib
import hmac
import re

from apirouter.filters.profiler import Profiler, filter_factory
from tests.unit.filters.wsgi import Tracked, answering, call, ok


def signed(key, info="trace"):
    return {
        "X-Trace-Info": info,
        "X-Trace-HMAC": hmac.new(key.encode(), info.encode(), hashlib.sha256).hexdigest(),
    }


def test_switched_off_it_is_the_application_itself():
    assert filter_factory({})(ok) is ok
    assert filter_factory({}, enabled="no", hmac_keys="k")(ok) is ok


def test_switched_on_it_tells_the_time():
    told = call(filter_factory({}, enabled="yes")(ok)).header("Server-Timing")
    assert re.fullmatch(r"app;dur=\d+\.\d{3}", told)


def test_with_keys_only_a_signed_request_is_told():
    app = filter_factory({}, hmac_keys="one two")(ok)
    for key in ("one", "two"):
        assert call(app, headers=signed(key)).header("Server-Timing")
    for headers in (
        {},
        signed("three"),
        {**signed("one"), "X-Trace-Info": "other"},
        {"X-Trace-Info": "\xff", "X-Trace-HMAC": "\xff"},
    ):
        assert call(app, headers=headers).header("Server-Timing") is None


def test_a_lazy_body_is_handed_on_as_it_is():
    body = Tracked()
    assert Profiler(answering(body), enabled=True)({}, lambda *a: None) is body
