import functools
from collections.abc import Iterable
from typing import Any

from apirouter.serving import Serving, callable_of, passing


def hello(environ: Any, start_response: Any) -> Iterable[bytes]:
    return [b"hello"]


class Plain(Serving):
    def __init__(self) -> None:
        self.serve = hello


class Loud(Plain):
    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        return [chunk.upper() for chunk in super().__call__(environ, start_response)]


def test_a_serving_application_is_called_by_its_function() -> None:
    made = Plain()
    assert callable_of(made) is hello
    assert made({}, None) == [b"hello"]


def test_a_subclass_with_a_call_of_its_own_is_called_by_that() -> None:
    assert callable_of(Loud())({}, None) == [b"HELLO"]


def test_any_other_application_is_called_as_it_is() -> None:
    assert callable_of(hello) is hello


def test_what_only_passes_on_is_passed_by_and_does_what_is_inside_does() -> None:
    on = passing(passing(hello))
    assert on({}, None) == [b"hello"]
    assert callable_of(on) is hello
    made = Plain()
    made.serve = on
    assert callable_of(made) is hello


def test_what_wraps_a_function_that_passes_on_is_not_passed_by() -> None:
    @functools.wraps(passing(hello))
    def wrapped(environ: Any, start_response: Any) -> Iterable[bytes]:
        return [b"wrapped"]

    assert callable_of(wrapped) is wrapped
