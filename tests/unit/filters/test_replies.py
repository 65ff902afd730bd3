"""What filters make of the replies that they pass on."""

from apirouter.filters.replies import Body, GuardedBody
from tests.unit.filters.wsgi import Tracked


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
