"""Guards: on methods, classes, mounted controllers, and on the way."""

from __future__ import annotations

import pytest

from apirouter.objectdispatch import RestController, SecureController, expose, secure, unlocked
from tests.functional.objects import served


class Open:
    @expose()
    def index(self) -> str:
        return "open"


class Closed(SecureController):
    sub = Open()
    lobby = unlocked(Open())
    vault = secure(Open(), "vault_permissions")

    @expose()
    def index(self) -> str:
        return "closed"

    @unlocked
    @expose()
    def door(self) -> str:
        return "door"

    @secure("vault_permissions")
    @expose()
    def safe(self) -> str:
        return "safe"

    @expose(generic=True)
    @unlocked
    def both(self) -> str:
        return "got"

    @both.when(method="POST")
    def write(self) -> str:
        return "written"

    @expose()
    def _default(self, *args: str) -> str:
        return "default"

    @classmethod
    def check_permissions(cls) -> bool:
        return False

    def vault_permissions(self) -> bool:
        return isinstance(self, Closed)


class Things(SecureController, RestController):
    @expose()
    def get_all(self) -> str:
        return "all"

    @unlocked
    @expose()
    def get_one(self, id: str) -> str:
        return id


class Shared:
    @expose()
    def index(self) -> str:
        return "shared"


class Locked(Shared, SecureController):
    pass


class Root:
    closed = Closed()
    things = Things()
    shared, locked = Shared(), Locked()
    mounted = secure(Open(), lambda: False)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/closed/", 401),
        ("GET", "/closed/sub/", 401),
        ("GET", "/closed/nothing/at/all", 401),
        ("GET", "/closed/lobby/", 200),
        ("GET", "/closed/vault/", 200),
        ("GET", "/closed/door", 200),
        ("GET", "/closed/safe", 200),
        ("GET", "/closed/both", 200),
        ("POST", "/closed/both", 401),
        ("GET", "/things", 401),
        ("GET", "/things/1", 200),
        ("GET", "/mounted/", 401),
        ("GET", "/shared/", 200),
        ("GET", "/locked/", 401),
    ],
)
def test_a_guard_stands_where_it_was_put(method: str, path: str, status: int) -> None:
    assert served(Root()).request(path, method=method, status=status).status_int == status


def test_what_a_guard_raises_is_not_a_no() -> None:
    def broken() -> bool:
        raise RuntimeError("directory is down")

    class Top:
        sub = secure(Open(), broken)

    served(Top()).get("/sub/", status=500)


def test_a_guard_on_the_root_stands_before_everything() -> None:
    class Top(SecureController):
        sub = Open()

        @expose()
        def page(self) -> str:
            return "page"

    app = served(Top())
    app.get("/page", status=401)
    app.get("/sub/", status=401)
