"""Decorators stamp functions, refuse what makes no sense, and never wrap."""

from __future__ import annotations

import functools

import pytest

from apirouter import extensions, wsgi
from apirouter.errors import InvalidAPIVersionString
from apirouter.stamps import EMPTY, stamp_of


def method(self, req):
    """Some method."""


def fresh():
    return type(method)(method.__code__, {}, "method")


DECORATORS = [
    wsgi.action("reboot"),
    wsgi.extends,
    wsgi.extends(action="reboot"),
    wsgi.response(202),
    wsgi.expected_errors((404,)),
    wsgi.api_version("2.1", "2.3"),
    wsgi.Controller.api_version("2.1"),
    wsgi.serializers(xml=object()),
    extensions.expected_errors(404),
]


@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_decorator_returns_the_function_that_it_was_given(decorator):
    func = fresh()
    assert decorator(func) is func
    assert stamp_of(func) is not EMPTY


def test_a_stamp_is_replaced_never_changed():
    first = wsgi.response(202)(fresh())
    before = stamp_of(first)
    second = fresh()
    second.__dict__.update(first.__dict__)
    wsgi.action("x")(second)
    assert stamp_of(first) is before
    assert stamp_of(first).action is None
    assert stamp_of(second).code == 202


def test_a_wrapper_made_by_functools_wraps_keeps_the_stamp():
    func = wsgi.response(202)(fresh())

    @functools.wraps(func)
    def outer(*args, **kwargs):
        return func(*args, **kwargs)

    assert stamp_of(outer).code == 202


def test_ancestors_attributes_are_there_for_their_tests():
    func = wsgi.response(202)(wsgi.action("reboot")(fresh()))
    assert (func.wsgi_code, func.wsgi_action) == (202, "reboot")
    assert wsgi.extends(action="resize")(fresh()).wsgi_extends == ("method", "resize")
    assert wsgi.extends(fresh()).wsgi_extends == ("method", None)


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda f: wsgi.action(f), r"write @wsgi.action\('name'\)"),
        (lambda f: wsgi.response(f), r"write @wsgi.response\(202\)"),
        (lambda f: wsgi.api_version(f), r"write @wsgi.api_version\('2.1'\)"),
    ],
)
def test_a_decorator_that_wants_an_argument_says_so(use, says):
    with pytest.raises(TypeError, match=says):
        use(fresh())


@pytest.mark.parametrize("name", ["", None, 3, ["a"]])
def test_an_action_is_named_by_a_text(name):
    with pytest.raises(TypeError, match="the key of the body"):
        wsgi.action(name)


@pytest.mark.parametrize("code", [True, "202", 99, 100, 199, 600, None, 2.5])
def test_a_response_code_is_the_status_of_a_final_reply(code):
    with pytest.raises(TypeError, match="200 to 599"):
        wsgi.response(code)


@pytest.mark.parametrize("errors", ["404", (404, "409"), (True,), None, 4.5])
def test_expected_errors_are_numbers(errors):
    with pytest.raises(TypeError):
        wsgi.expected_errors(errors)


def test_expected_errors_take_one_several_or_none():
    assert stamp_of(wsgi.expected_errors(404)(fresh())).expected == (404,)
    assert stamp_of(wsgi.expected_errors([404, 409])(fresh())).expected == (404, 409)
    assert stamp_of(wsgi.expected_errors(())(fresh())).expected == ()


def test_a_wrong_version_is_refused_where_it_is_written():
    with pytest.raises(InvalidAPIVersionString):
        wsgi.api_version("2.01")
    with pytest.raises(ValueError, match="empty"):
        wsgi.api_version("2.5", "2.4")


@pytest.mark.parametrize(
    "thing", [staticmethod(method), classmethod(method), property(method), type, 3, None]
)
def test_only_a_plain_function_is_decorated(thing):
    with pytest.raises(TypeError, match="plain function"):
        wsgi.response(202)(thing)


def test_extends_is_written_in_two_ways_only():
    with pytest.raises(TypeError, match="wsgi.extends is written"):
        wsgi.extends("resize")


def test_versions_beside_a_status_are_refused_with_what_to_write():
    with pytest.raises(
        TypeError, match=r"@wsgi.api_version\('2.0', '2.1'\) and @wsgi.response\(200\) above it"
    ):
        wsgi.response(200, "2.0", "2.1")
    for more in (("2.1", "2.57"), ("2.58",), (None, "2.3")):
        with pytest.raises(TypeError, match="list the statuses of all versions in one @expected_errors"):
            wsgi.expected_errors((400, 404), *more)
    with pytest.raises(TypeError, match=r"write @expected_errors\(\(400, 404\)\)"):
        wsgi.expected_errors(400, 404)
