from collections.abc import Iterable
from typing import Any

from apirouter.serving import Serving, callable_of


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
