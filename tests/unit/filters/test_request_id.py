import logging
import os
import re
import sys
import threading
import uuid

import pytest

from apirouter.errors import ConfigError
from apirouter.filters.faultwrap import FaultWrapper
from apirouter.filters.logcontext import IDS
from apirouter.filters.noauth2 import NoAuthMiddleware
from apirouter.filters.request_id import (
    ComputeReqIdMiddleware,
    IdPool,
    RequestId,
    RequestIdFilter,
    RequestIdFormatter,
    compute_req_id_factory,
    filter_factory,
    make_ids,
)
from tests.unit.filters.wsgi import Tracked, answering, call, make_environ, ok, raising, tell

GLOBAL = "req-" + str(uuid.UUID(int=7))


def test_an_id_is_a_random_uuid_of_version_4():
    for text in make_ids(500):
        assert text.startswith("req-")
        found = uuid.UUID(text[4:])
        assert found.version == 4
        assert found.variant == uuid.RFC_4122
        assert str(found) == text[4:]


def test_all_122_random_bits_vary():
    together = 0
    apart = (1 << 128) - 1
    for text in make_ids(2000):
        number = uuid.UUID(text[4:]).int
        together |= number
        apart &= number
    fixed = (0xF << 76) | (0x3 << 62)
    assert together | fixed == (1 << 128) - 1
    assert apart & ~fixed == 0


def test_ids_never_repeat():
    pool = IdPool(8)
    seen = [pool.ids.pop() if pool.ids else pool.refill() for _ in range(1000)]
    assert len(set(seen)) == 1000


def test_threads_share_no_id():
    app = RequestId(ok)
    seen = [[] for _ in range(4)]

    def work(mine):
        for _ in range(500):
            mine.append(call(app, checked=False).header("X-Openstack-Request-Id"))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id for mine in seen for id in mine}) == 2000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_gives_other_ids():
    pool = IdPool(8)
    pool.refill()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(len(pool.ids)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"0"
    assert len(pool.ids) == 7


def test_the_reply_the_environ_and_the_context_have_the_id():
    seen = {}

    def application(environ, start_response):
        seen["context"] = environ["apirouter.context"].request_id
        return tell("openstack.request_id")(environ, start_response)

    reply = call(RequestId(NoAuthMiddleware(application)), headers={"X-Auth-Token": "u:p"})
    told = reply.header("X-Openstack-Request-Id")
    assert re.fullmatch(r"req-[0-9a-f-]{36}", told)
    assert reply.json == {"openstack.request_id": told}
    assert seen["context"] == told


def test_two_requests_have_two_ids():
    app = filter_factory({})(ok)
    assert call(app).header("X-Openstack-Request-Id") != call(app).header("X-Openstack-Request-Id")


def test_an_environ_that_is_used_again_is_another_request():
    app = filter_factory({})(ok)
    environ = make_environ()
    one, two = (call(app, environ=environ).header("X-Openstack-Request-Id") for _ in range(2))
    assert None not in (one, two)
    assert one != two


def test_a_well_formed_global_id_is_kept_beside_ours_and_told():
    reply = call(
        RequestId(tell("openstack.request_id", "openstack.global_request_id")),
        headers={"X-OpenStack-Request-ID": GLOBAL},
    )
    assert reply.json["openstack.global_request_id"] == GLOBAL
    assert reply.json["openstack.request_id"] == reply.header("X-Openstack-Request-Id") != GLOBAL
    assert reply.header("X-Openstack-Global-Request-Id") == GLOBAL


@pytest.mark.parametrize(
    "given",
    [
        "",
        "req-",
        str(uuid.UUID(int=7)),
        GLOBAL.upper(),
        GLOBAL + "\n",
        GLOBAL + "0",
        " " + GLOBAL,
        "req-x\r\nX: y",
    ],
)
def test_a_malformed_global_id_is_dropped(given):
    reply = call(
        RequestId(tell("openstack.global_request_id")),
        headers={"X-OpenStack-Request-ID": given},
        checked=False,
    )
    assert reply.json == {"openstack.global_request_id": None}
    assert reply.header("X-Openstack-Global-Request-Id") is None


def test_further_headers_are_configured():
    app = filter_factory({}, extra_headers="X-Compute-Request-Id, X-Trace")(ok)
    reply = call(app)
    ids = {reply.header(n) for n in ("X-Openstack-Request-Id", "X-Compute-Request-Id", "X-Trace")}
    assert len(ids) == 1
    assert None not in ids


@pytest.mark.parametrize("further", [(), ("X-One",), ("X-One", "X-Two", "X-Three")])
@pytest.mark.parametrize("given", [{}, {"X-Openstack-Request-Id": GLOBAL}])
def test_every_start_of_a_reply_tells_it_in_each_header_once(further, given):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ValueError("on second thoughts")
        except ValueError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
        return [b""]

    reply = call(filter_factory({}, extra_headers=", ".join(further))(application), headers=given)
    own = reply.environ["openstack.request_id"]
    told = dict(given) and [("X-Openstack-Global-Request-Id", GLOBAL)]
    expected = [("X-Openstack-Request-Id", own), *told, *((name, own) for name in further)]
    assert reply.status == 500
    assert sorted(reply.headerlist) == sorted([("Content-Type", "text/plain"), *expected])


@pytest.mark.parametrize("further", [(), ("X-One",), ("X-One", "X-Two", "X-Three")])
def test_whoever_answers_in_place_of_a_raising_application_finds_each_header(further):
    app = filter_factory({}, extra_headers=", ".join(further))(raising(ValueError("no")))
    environ = make_environ()
    with pytest.raises(ValueError, match="no"):
        app(environ, lambda *head: None)
    own = environ["openstack.request_id"]
    assert environ["apirouter.request_id_headers"] == [
        (name, own) for name in ("X-Openstack-Request-Id", *further)
    ]


def test_compute_req_id_tells_it_in_compute_s_header_too():
    for app in (compute_req_id_factory({})(ok), ComputeReqIdMiddleware.factory({})(ok)):
        reply = call(app)
        assert reply.header("X-Compute-Request-Id") == reply.header("X-Openstack-Request-Id")


def test_a_header_s_name_that_could_end_a_line_is_refused_at_load():
    with pytest.raises(ConfigError, match="is not a header's name"):
        filter_factory({}, header="X-Id: 1\r\nX-Other")


def test_an_id_given_outside_is_kept_and_told_once():
    app = RequestId(ComputeReqIdMiddleware(tell("openstack.request_id")))
    reply = call(app, headers={"X-OpenStack-Request-ID": GLOBAL})
    told = reply.header("X-Openstack-Request-Id")
    assert reply.header("X-Openstack-Global-Request-Id") == GLOBAL
    assert reply.json == {"openstack.request_id": told}
    assert reply.header("X-Compute-Request-Id") == told


@pytest.mark.parametrize("late", [False, True])
def test_faults_have_it_whichever_filter_is_outside(late, caplog):
    inside = call(RequestId(FaultWrapper(raising(RuntimeError("x"), late=late))))
    outside = call(FaultWrapper(RequestId(raising(RuntimeError("x"), late=late))))
    for reply in (inside, outside):
        assert reply.status == 500
        told = reply.header("X-Openstack-Request-Id")
        assert told in reply.fault[1]["message"]
        assert told in caplog.text


@pytest.mark.parametrize(
    "order", [lambda app: RequestId(FaultWrapper(app)), lambda app: FaultWrapper(RequestId(app))]
)
@pytest.mark.parametrize("when", ["at once", "before the first chunk", "after it"])
def test_the_record_of_what_escaped_has_the_ids_whichever_filter_is_outside(order, when, caplog):
    caplog.handler.addFilter(RequestIdFilter())
    environ = make_environ(headers={"X-OpenStack-Request-ID": GLOBAL})
    error = RuntimeError("x")
    if when == "after it":
        with pytest.raises(RuntimeError):
            call(order(answering(Tracked(error=error, after=1))), environ=environ)
    else:
        late = answering(Tracked(error=error))
        assert call(order(raising(error) if when == "at once" else late), environ=environ).status == 500
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.request_id == environ["openstack.request_id"]
    assert record.global_request_id == GLOBAL
    assert IDS.get()[0] == ""


def test_an_application_s_list_of_headers_is_left_alone():
    headers = [("Content-Type", "text/plain")]

    def application(environ, start_response):
        start_response("200 OK", headers)
        return [b""]

    app = RequestId(application)
    call(app)
    call(app)
    assert headers == [("Content-Type", "text/plain")]


def _logging(logger, *, lazily=False):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def body():
            logger.warning("while the body is made")
            yield b"x"

        if lazily:
            return body()
        logger.warning("while the application runs")
        return [b"x"]

    return application


@pytest.fixture
def records():
    """The records of a logger whose handler stood there before the filter was made."""
    found = []

    class Keep(logging.Handler):
        def emit(self, record):
            found.append(record)

    logger = logging.getLogger("test.request_id")
    handler = Keep()
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, found
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.mark.parametrize("lazily", [False, True])
def test_every_log_record_of_a_request_has_its_ids(records, lazily):
    logger, found = records
    reply = call(RequestId(_logging(logger, lazily=lazily)), headers={"X-OpenStack-Request-ID": GLOBAL})
    assert found[0].request_id == reply.header("X-Openstack-Request-Id")
    assert found[0].global_request_id == GLOBAL
    logger.warning("between requests")
    assert found[1].request_id == found[1].global_request_id == "-"


def test_records_can_be_left_alone(records):
    logger, _ = records
    call(RequestId(_logging(logger), log_records=False))
    assert [h.filters for h in logger.handlers if type(h).__name__ == "Keep"] == [[]]


def test_interleaved_generators_log_their_own_ids(records):
    logger, found = records

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def body():
            for _ in range(2):
                logger.warning("%s", environ["openstack.request_id"])
                yield b"x"

        return body()

    app = RequestId(application)
    one, two = (app(make_environ(), lambda *a: None) for _ in range(2))
    for body in (one, two, one, two):
        next(body)
    assert [r.request_id for r in found] == [r.getMessage() for r in found]
    assert len({r.request_id for r in found}) == 2
    assert IDS.get() == ("", None)


def test_what_a_record_says_itself_is_kept(records):
    logger, found = records
    RequestId(ok)
    logger.warning("x", extra={"request_id": "mine"})
    assert found[0].request_id == "mine"


def test_a_handler_made_later_takes_the_filter_or_the_formatter():
    record = logging.LogRecord("n", 30, "", 0, "text", None, None)
    token = IDS.set(("req-1", None))
    try:
        assert (
            RequestIdFormatter("%(request_id)s %(global_request_id)s %(message)s").format(record)
            == "req-1 - text"
        )
    finally:
        IDS.reset(token)
    other = logging.LogRecord("n", 30, "", 0, "text", None, None)
    assert RequestIdFilter().filter(other) is True
    assert other.request_id == "-"


def test_a_handler_is_annotated_once(records):
    logger, _ = records
    for _ in range(3):
        RequestId(ok)
    assert [len(h.filters) for h in logger.handlers if type(h).__name__ == "Keep"] == [1]


def test_an_escaping_exception_leaves_no_id_behind():
    with pytest.raises(RuntimeError):
        call(RequestId(raising(RuntimeError("x"))), checked=False)
    assert IDS.get() == ("", None)


def test_a_client_that_goes_away_closes_what_is_inside():
    body = Tracked([b"1", b"2"])
    result = RequestId(answering(body))(make_environ(), lambda *a: None)
    next(iter(result))
    result.close()
    assert body.closed == 1


def test_a_fault_of_a_lazy_reply_has_the_id_also_where_faultwrap_stands_outside():
    def lazy(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise RuntimeError("late")
        yield b""

    reply = call(FaultWrapper(RequestId(lazy)))
    assert reply.status == 500
    assert reply.header("X-Openstack-Request-Id") == reply.environ["openstack.request_id"]
