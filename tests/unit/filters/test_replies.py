"""What filters make of the replies that they pass on."""

import pytest

from apirouter.errors import RequestTooLarge
from apirouter.filters import cors, faultwrap, request_id, request_log, sizelimit
from apirouter.filters.replies import Body, GuardedBody, restarting
from apirouter.fusion import fuse
from tests.unit.filters.wsgi import Tracked, answering, make_environ, raising


def test_a_lazy_body_stays_lazy_and_is_closed_once():
    source = Tracked([b"1", b"2", b"3"])
    body = Body(source)
    assert source.given == 0
    assert next(body) == b"1"
    assert source.given == 1
    body.close()
    body.close()
    assert source.closed == 1


def test_a_guarded_body_answers_once():
    errors = []

    def answer(error):
        errors.append(error)
        return [b"fault"]

    body = GuardedBody(Tracked([b""], RuntimeError("x"), after=1), answer)
    assert list(body) == [b"", b"fault"]
    assert len(errors) == 1


class Spit:
    """A server that takes a reply in place of another and, as uWSGI does, leaves the exception set."""

    def __init__(self):
        self.status = ""
        self.headers = []

    def start(self, status, headers, exc_info=None):
        self.status, self.headers = status, headers
        if exc_info:
            raise SystemError(
                "<built-in function uwsgi_spit> returned a result with an exception set"
            ) from exc_info[1]
        return


@pytest.mark.parametrize(
    ("guard", "application", "status", "name"),
    [
        (faultwrap, raising(ValueError("x")), "500", b"apiFault"),
        (faultwrap, raising(ValueError("x"), late=True), "500", b"apiFault"),
        (faultwrap, answering(Tracked(error=ValueError("x"))), "500", b"apiFault"),
        (sizelimit, raising(RequestTooLarge(3)), "413", b"overLimit"),
        (sizelimit, answering(Tracked(error=RequestTooLarge(3))), "413", b"overLimit"),
    ],
)
def test_a_server_that_leaves_the_exception_set_sends_the_whole_fault(
    guard, application, status, name, caplog
):
    caplog.set_level("INFO", "apirouter.request")
    for module, options in (
        (cors, {"allowed_origin": "https://a.example"}),
        (request_id, {}),
        (request_log, {}),
    ):
        whole = module.filter_factory({}, **options)(guard.filter_factory({})(application))
        for one in (whole, fuse(whole)):
            server = Spit()
            body = b"".join(one(make_environ(), server.start))
            assert server.status.split()[0] == status
            assert name in body
            assert dict(server.headers)["Content-Length"] == str(len(body))


def test_a_write_that_the_server_did_not_give_says_so():
    error = ValueError("x")
    write = restarting(Spit().start, error)("500 Oops", [])
    with pytest.raises(RuntimeError, match="gave no write"):
        write(b"")


def test_another_error_of_a_server_s_own_is_raised():
    def start(status, headers, exc_info=None):
        raise SystemError("of its own")

    with pytest.raises(SystemError, match="of its own"):
        restarting(start, ValueError("x"))("500 Oops", [])
