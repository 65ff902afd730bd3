"""Stamps of exposed functions: what is refused when a class is written."""

from __future__ import annotations

from typing import Any

import pytest

from apirouter.objectdispatch.expose import Exposure, accept_noncanonical, expose, exposure_of, route
from apirouter.objectdispatch.secure import Any_, Mounted, Protected, secure, unlocked


def plain(self: Any) -> None: ...


def test_the_function_itself_is_returned_with_a_stamp() -> None:
    def func(self: Any) -> None: ...

    assert expose("json")(func) is func
    assert accept_noncanonical(func) is func
    stamp = exposure_of(func)
    assert (stamp.exposed, stamp.default, stamp.noncanonical) == (True, "application/json", True)
    assert exposure_of(plain) == Exposure()


@pytest.mark.parametrize("name", ["_lookup", "_default", "_route"])
@pytest.mark.parametrize("said", [{"generic": True}, {"route": "x"}])
def test_special_methods_are_neither_generic_nor_routed(name: str, said: dict[str, Any]) -> None:
    def func(self: Any) -> None: ...

    func.__name__ = name
    with pytest.raises(ValueError, match="finds controllers"):
        expose(**said)(func)


def test_parentheses_are_wanted() -> None:
    with pytest.raises(TypeError, match=r"write @expose\(\)"):
        expose(plain)  # type: ignore[arg-type]


@pytest.mark.parametrize("segment", ["/x", ".", "..", "a?b", "a%20", "", "a b"])
def test_a_route_is_one_segment(segment: str) -> None:
    with pytest.raises(ValueError, match="is no path segment"):
        route(type("C", (), {}), segment, object())


@pytest.mark.parametrize("args", [(), ("x",), ("x", plain), (1, 2, 3, 4)])
def test_a_route_has_its_arguments(args: Any) -> None:
    with pytest.raises(TypeError):
        route(*args)


def test_a_handler_has_no_route_of_its_own() -> None:
    @expose(generic=True)
    def index(self: Any) -> None: ...

    with pytest.raises(ValueError, match="the route is that method's"):
        index.when(method="POST", route="x")(lambda self: None)


def test_guards_need_a_check() -> None:
    class Thing: ...

    with pytest.raises(TypeError, match="secure takes a check"):
        secure(Thing())
    with pytest.raises(TypeError, match="secure takes a check"):
        secure(Thing(), 5)
    assert isinstance(unlocked(Thing()), Mounted)
    assert (repr(Any_), bool(Any_), bool(Protected)) == ("<SecureState Any>", False, True)
