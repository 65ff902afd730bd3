"""Trees: what is read, what never is, and how it is listed."""

from __future__ import annotations

import types
from typing import Any

import pytest

from apirouter.errors import ControllerError
from apirouter.hooks import Hook
from apirouter.objectdispatch import ObjectApp, RestController, expose, hook


class Leaf:
    @expose()
    def index(self, *args: str) -> str:
        return "leaf"


def test_looking_runs_nobodys_code() -> None:
    class Nosy:
        leaf = Leaf()

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        @property
        def computed(self) -> Any:
            raise AssertionError("computed")

    paths = [one.path for one in ObjectApp(Nosy()).listing()]
    assert paths == ["/leaf/"]


def test_circles_are_walked_and_listed_once() -> None:
    class Parent:
        @expose()
        def index(self) -> str:
            return "parent"

    class Child:
        @expose()
        def index(self) -> str:
            return "child"

    parent, child = Parent(), Child()
    parent.child, child.parent = child, parent  # type: ignore[attr-defined]
    assert [one.path for one in ObjectApp(parent).listing()] == ["/", "/child/"]


def test_attributes_that_lead_nowhere_are_no_part_of_it() -> None:
    class Top:
        leaf = Leaf()
        number, text, module, function = 1, "x", types, len
        bare = object()

        class Meta:
            index = 1

    app = ObjectApp(Top())
    assert [one.path for one in app.listing()] == ["/leaf/"]
    assert app.warnings == ()


def test_a_class_in_place_of_an_instance_is_warned_of() -> None:
    class Top:
        leaf = Leaf

    assert "Top.leaf is a class" in ObjectApp(Top()).warnings[0]


def test_a_private_name_that_is_exposed_is_warned_of() -> None:
    class Top:
        @expose()
        def _hidden(self) -> None: ...

    app = ObjectApp(Top())
    assert "its name is private" in app.warnings[0]
    assert app.listing() == []


def test_a_way_to_route_that_is_never_called_is_warned_of_once() -> None:
    class Base(RestController):
        def _handle_post(self, method: str, remainder: Any, request: Any = None) -> Any:
            raise AssertionError("called")

        def _handle_errors(self) -> None:
            """A name of one's own."""

    class Things(Base):
        @expose("json")
        def post(self) -> str:
            return "made"

    class Others(Base):
        @expose("json")
        def post(self) -> str:
            return "made"

    class Own(RestController):
        _handle_put = None

        @expose()
        def _route(self, args: Any, request: Any) -> Any: ...

    class Top:
        things, others, own = Things(), Others(), Own()

    (warning,) = ObjectApp(Top()).warnings
    assert "Base._handle_post is never called" in warning
    assert "write and expose _route" in warning


def test_a_listing_has_static_parts_whole_and_dynamic_ones_marked() -> None:
    class Seen(Hook): ...

    class Things(RestController):
        _custom_actions = {"start": ["POST"]}
        leaf = Leaf()

        @expose("json")
        def get_one(self, id: str) -> None: ...

        @expose()
        def start(self, id: str) -> None: ...

    class Top:
        __hooks__ = [Seen()]
        things = Things()

        @expose(generic=True)
        def index(self) -> None: ...

        @index.when(method="POST")
        def write(self, q: str) -> None: ...

        @hook(Seen())
        @expose()
        def page(self, a: str, b: str = "") -> None: ...

        @expose()
        def _lookup(self, *remainder: str) -> None: ...

    listed = [(one.path, one.methods, one.dynamic, one.hooks) for one in ObjectApp(Top()).listing()]
    seen = ("Seen",)
    assert listed == [
        ("/", (), False, seen),
        ("/", ("POST",), False, seen),
        ("/...", (), True, seen),
        ("/page/{a}[/{b}]", (), False, ("Seen", "Seen")),
        ("/things/{id}", ("GET",), False, seen),
        ("/things/{id}/leaf/", (), False, seen),
        ("/things/{id}/start", ("POST",), False, seen),
    ]


def test_classes_made_on_the_fly_do_not_pile_up() -> None:
    class Top:
        @expose()
        def _lookup(self, name: str, *remainder: str) -> Any:
            return type(name, (Leaf,), {})(), remainder

    app = ObjectApp(Top())
    app._tree.KEPT = 3  # type: ignore[misc]
    for n in range(10):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/x{n}/", "SERVER_NAME": "x", "SERVER_PORT": "80"}
        assert app(environ, lambda status, headers: None) == [b"leaf"]  # type: ignore[arg-type,return-value]
    assert len(app._tree._tables) <= 4


def test_a_class_as_root_is_made() -> None:
    with pytest.raises(ControllerError, match="give an instance"):
        ObjectApp(Leaf())._tree.grow(Leaf)
