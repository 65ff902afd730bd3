"""Log records that are made from one of logging's own."""

import asyncio
import copy
import io
import logging
import multiprocessing
import os
import threading

import pytest

from apirouter.filters.logrecord import record_maker


@pytest.fixture
def logger():
    return logging.Logger("some.place", logging.INFO)


def maker(logger):
    return record_maker(logger, logging.INFO, "%s and %d", path="/a/b/place.py", function="work")


def by_logging(logger, args):
    return logger.makeRecord(logger.name, logging.INFO, "/a/b/place.py", 0, "%s and %d", args, None, "work")


#: What two records that are made one after the other may differ in.
TIMES = {"created", "msecs", "relativeCreated"}


def fields(record):
    return {name: value for name, value in vars(record).items() if name not in TIMES}


def test_a_record_is_what_logging_makes(logger):
    make = maker(logger)
    made, other = make(("a", 1)), by_logging(logger, ("a", 1))
    assert type(made) is type(other)
    assert list(vars(made)) == list(vars(other))
    assert fields(made) == fields(other)
    assert made.getMessage() == "a and 1"


def test_its_time_is_the_clock_s(logger):
    make = maker(logger)
    for _ in range(200):
        before, made, after = by_logging(logger, ()), make(()), by_logging(logger, ())
        assert before.created <= made.created <= after.created
        # Where logging counts from is known to a microsecond: it is worked out of another record.
        assert before.relativeCreated - 1e-3 <= made.relativeCreated <= after.relativeCreated + 1e-3
        assert made.msecs == int((made.created % 1) * 1000)
        assert type(made.msecs) is type(before.msecs)


def test_a_record_shares_nothing_with_the_next(logger):
    make = maker(logger)
    one = make(("a", 1))
    one.request_id, one.msg = "req-1", "another"
    two = make(("b", 2))
    assert not hasattr(two, "request_id")
    assert two.getMessage() == "b and 2"
    assert copy.copy(one).request_id == "req-1"


def test_a_record_names_the_thread_that_made_it(logger):
    make, seen = maker(logger), []
    thread = threading.Thread(target=lambda: seen.append((make(()), by_logging(logger, ()))), name="another")
    thread.start()
    thread.join()
    [(made, other)] = seen
    assert fields(made) == fields(other)
    assert made.threadName == "another"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_record_names_the_forked_child_that_made_it(logger):
    make = maker(logger)
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe()

    def work():
        made = make(())
        send.send((made.process, made.processName, fields(made) == fields(by_logging(logger, ()))))

    child = context.Process(target=work, name="a child")
    child.start()
    assert receive.poll(20)
    assert receive.recv() == (child.pid, "a child", True)
    child.join()


def test_a_record_names_the_task_that_made_it(logger):
    make = maker(logger)

    async def work():
        made, other = make(()), by_logging(logger, ())
        return fields(made) == fields(other)

    assert asyncio.run(work())


def test_a_record_made_outside_names_no_task_that_the_load_ran_in(logger):
    async def load():
        return maker(logger)

    make = asyncio.run(load())
    assert fields(make(())) == fields(by_logging(logger, ()))


def test_a_record_factory_that_is_set_later_makes_the_records(logger):
    make = maker(logger)
    original = logging.getLogRecordFactory()

    def factory(*args, **kwargs):
        record = original(*args, **kwargs)
        record.mark = "its own"
        return record

    logging.setLogRecordFactory(factory)
    try:
        assert make(()).mark == "its own"
    finally:
        logging.setLogRecordFactory(original)
    assert not hasattr(make(()), "mark")


def test_a_logger_class_of_somebody_s_makes_its_own_records():
    class Own(logging.Logger):
        def makeRecord(self, *args, **kwargs):
            record = super().makeRecord(*args, **kwargs)
            record.mark = "its own"
            return record

    assert maker(Own("own"))(()).mark == "its own"


def test_what_logging_was_told_to_leave_out_is_left_out(logger, monkeypatch):
    monkeypatch.setattr(logging, "logThreads", False)
    assert maker(logger)(()).threadName is None


def test_a_formatter_shows_every_field(logger):
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        logging.Formatter(
            "%(name)s %(levelname)s %(filename)s %(module)s %(funcName)s %(process)d %(message)s"
        )
    )
    logger.addHandler(handler)
    logger.handle(maker(logger)(("a", 1)))
    assert out.getvalue() == f"some.place INFO place.py place work {os.getpid()} a and 1\n"
