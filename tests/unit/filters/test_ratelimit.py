import sys
import time
import traceback

import pytest

from apirouter.context import RequestContext
from apirouter.errors import ConfigError, MissingExtra
from apirouter.filters import ratelimit
from apirouter.filters.ratelimit import RateLimit, address_key, filter_factory
from tests.unit.filters.wsgi import call, make_environ, ok

limits = pytest.importorskip("limits")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is moved."""
    now = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def make(application=ok, **conf):
    return filter_factory({}, **{"limit": "2/minute", **conf})(application)


def ask(app, address="192.0.2.1", path="/", user=None, method="GET"):
    environ = make_environ(path, method, REMOTE_ADDR=address)
    if user:
        environ["apirouter.context"] = RequestContext(user, "p")
    return call(app, environ=environ)


def test_who_asks_too_often_gets_429_with_all_that_helps(clock):
    app = make()
    assert [ask(app).status for _ in range(3)] == [200, 200, 429]
    reply = ask(app)
    assert reply.fault[0] == "overLimit"
    assert reply.fault[1]["retryAfter"] == reply.header("Retry-After")
    assert 1 <= int(reply.header("Retry-After")) <= 60
    assert reply.header("RateLimit-Limit") == "2"
    assert reply.header("RateLimit-Remaining") == "0"
    assert reply.header("RateLimit-Reset") == reply.header("Retry-After")
    assert reply.header("RateLimit-Policy") == "2;w=60"


def test_who_comes_back_when_told_is_let_in(clock):
    app = make()
    for _ in range(3):
        reply = ask(app)
    clock[0] += int(reply.header("Retry-After"))
    assert ask(app).status == 200


def test_every_reply_says_how_things_stand(clock):
    app = make()
    assert [ask(app).header("RateLimit-Remaining") for _ in range(2)] == ["1", "0"]


def test_addresses_are_counted_apart(clock):
    app = make(limit="1/minute")
    assert ask(app, "192.0.2.1").status == ask(app, "192.0.2.2").status == 200
    assert ask(app, "192.0.2.1").status == 429


def test_an_ipv6_customer_is_one(clock):
    app = make(limit="1/minute")
    assert ask(app, "2001:db8::1").status == 200
    assert ask(app, "2001:db8::2").status == 429
    assert ask(app, "2001:db8:0:1::1").status == 200
    assert address_key("fe80::1%eth0") == "fe80::/64"
    assert address_key("::not an address") == "::not an address"


def test_users_are_counted_apart_and_strangers_by_address(clock):
    app = make(limit="1/minute", by="user")
    assert ask(app, user="a").status == ask(app, user="b").status == ask(app).status == 200
    assert ask(app, "192.0.2.9", user="a").status == 429
    assert ask(app).status == 429
    assert ask(app, "192.0.2.9").status == 200


def test_routes_are_counted_apart_by_template(clock):
    app = make(limit="1/minute", by="route", routes="/servers/{id} /servers")
    assert ask(app, path="/servers/1").status == 200
    assert ask(app, path="/servers/2").status == 429
    assert ask(app, path="/servers").status == 200
    assert ask(app, path="/servers", method="POST").status == 200
    assert ask(app, path="/invented/1").status == 200
    assert ask(app, path="/invented/2").status == 429


def test_the_router_is_asked_for_its_routes_through_other_filters(clock):
    class Router:
        def route_of(self, environ):
            return "/x/{id}" if environ["PATH_INFO"].startswith("/x/") else None

        def __call__(self, environ, start_response):
            return ok(environ, start_response)

    class Between:
        def __init__(self, application):
            self.application = application

        def __call__(self, environ, start_response):
            return self.application(environ, start_response)

    app = make(Between(Router()), limit="1/minute", by="route")
    assert [ask(app, path=p).status for p in ("/x/1", "/x/2", "/y", "/z")] == [200, 429, 200, 429]


def test_routes_that_nobody_can_say_are_warned_of_at_load(caplog):
    make(ok, limit="1/minute", by="user route")
    assert "all requests count as one route" in caplog.text
    caplog.clear()
    make(ok, limit="1/minute", by="route", routes="/a")
    make(ok, limit="1/minute", by="user")
    assert not caplog.text


def test_several_kinds_are_counted_together(clock):
    app = make(limit="1/minute", by="user, route", routes="/a /b")
    assert ask(app, user="u", path="/a").status == ask(app, user="u", path="/b").status == 200
    assert ask(app, user="v", path="/a").status == 200
    assert ask(app, user="u", path="/a").status == 429


def test_the_tightest_of_several_limits_counts(clock):
    app = make(limit="1/second; 2/minute")
    assert ask(app).header("RateLimit-Remaining") == "0"
    assert ask(app).header("Retry-After") == "1"
    clock[0] += 1
    assert ask(app).status == 200
    clock[0] += 1
    reply = ask(app)
    assert reply.status == 429
    assert reply.header("RateLimit-Policy") == "2;w=60"


def test_two_filters_count_apart(clock):
    one, two = make(limit="1/minute"), make(limit="1/minute")
    assert ask(one).status == ask(two).status == 200


@pytest.mark.parametrize("answer", ["allow", "deny"])
def test_a_storage_that_is_away(answer, caplog):
    app = make(on_storage_error=answer)

    class Away:
        def hit(self, *args):
            raise limits.errors.StorageError(ConnectionError("redis is away"))

    app.filter._limiter = Away()
    assert ask(app).status == (200 if answer == "allow" else 503)
    assert "can't be reached" in caplog.text


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"limit": "often"}, "'often' is no rate; write it as 100/minute"),
        ({"storage": "nowhere://x"}, "option 'storage'"),
        ({"by": "planet"}, "is not one of user, address, route"),
        ({"strategy": "x"}, "is not one of fixed-window"),
        ({"limitt": "1/s"}, "did you mean 'limit'"),
    ],
)
def test_mistakes_are_found_at_load(conf, message):
    with pytest.raises(ConfigError, match=message):
        make(**conf)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redsi://:hunter2@h", "has an unknown scheme 'redsi'; did you mean 'redis'"),
        ("async+memory://", "unknown scheme 'async.memory'"),
        (":hunter2@h", "option 'storage' is no URL; write memory://"),
        ("redis://:hunter2:x@[::1", "can't be read; write it as redis://user:password@host"),
        ("memcached://:hunter2@h:hunter2", "uri memcached://"),
    ],
)
def test_a_storage_that_is_none_is_refused_without_its_password(url, message, monkeypatch):
    monkeypatch.setattr(ratelimit.importlib.util, "find_spec", lambda name: name)
    with pytest.raises(ConfigError, match=message) as caught:
        make(storage=url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_without_redis_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(ratelimit.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtra, match=r"storage redis:// needs redis.*pip install 'apirouter\[ratelimit\]'"
    ):
        make(storage="redis://h")


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "limits", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apirouter\[ratelimit\]'"):
        RateLimit(ok, limit="1/second")


def test_ipv4_clients_of_a_dual_stack_socket_are_counted_apart():
    assert address_key("::ffff:192.0.2.1") == address_key("192.0.2.1") == "192.0.2.1"
    assert address_key("::ffff:192.0.2.2") != address_key("::ffff:192.0.2.1")


def test_counting_by_nothing_is_refused():
    with pytest.raises(ConfigError, match="option 'by' is empty; write user, address or route"):
        filter_factory({}, limit="1/minute", by="")(ok)


@pytest.mark.parametrize("strategy", ["fixed-window", "moving-window"])
def test_addresses_that_asked_long_ago_are_forgotten(clock, strategy):
    app = make(limit="1/second", strategy=strategy)
    storage = app.filter._limiter.storage

    def kept():
        return max(len(storage.events), len(storage.storage))

    for number in range(200):
        ask(app, f"192.0.2.{number}")
    assert kept() > 1
    deadline = time.monotonic() + 30
    while kept() > 1 and time.monotonic() < deadline:
        # Each request has a thread look for what is over.
        clock[0] += 2
        ask(app)
        time.sleep(0.02)
    assert kept() == 1
