"""One application in the place of another: who answers, who is closed, and when."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from apirouter.cmd._swap import Swappable, close, parts
from apirouter.deploy.mounts import Mount
from apirouter.deploy.urlmap import URLMap
from apirouter.extensions import APIExtension
from apirouter.routing.router import APIRouter
from tests.reliability._server import until
from tests.reliability._wsgi import call, environ_of


class App:
    """Answers with its name, at once or lazily; tells when it is closed."""

    def __init__(self, name: str, log: list[str], *, inner: Any = None) -> None:
        self.name, self.log, self.application = name, log, inner

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self.application is not None:
            return self.application(environ, start_response)
        if environ["PATH_INFO"] == "/raise":
            raise LookupError(self.name)
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/lazy":
            return self._lazily()
        return (self.name.encode(),)

    def _lazily(self) -> Iterator[bytes]:
        yield self.name.encode()
        assert self.name not in self.log
        yield b"!"

    def close(self) -> None:
        self.log.append(self.name)


def body_of(swappable: Swappable, path: str = "/") -> bytes:
    return call(swappable, environ_of("GET", path)).body


def test_the_next_request_is_the_new_application_s_and_the_old_one_is_closed() -> None:
    log: list[str] = []
    swappable = Swappable(App("old", log))
    assert body_of(swappable) == b"old"
    swappable.replace(App("new", log))
    assert (body_of(swappable), log) == (b"new", ["old"])
    swappable.close()
    assert log == ["old", "new"]


def test_a_reply_that_is_not_read_yet_keeps_its_application_open() -> None:
    log: list[str] = []
    swappable = Swappable(App("old", log))
    body: Any = swappable(environ_of("GET", "/lazy"), lambda *_: None)
    swappable.replace(App("new", log))
    assert (list(body), log) == ([b"old", b"!"], [])
    body.close()
    until(lambda: log == ["old"])
    body.close()
    assert log == ["old"]


def test_what_an_application_raises_ends_its_request() -> None:
    log: list[str] = []
    swappable = Swappable(App("old", log))
    with pytest.raises(LookupError, match="old"):
        body_of(swappable, "/raise")
    swappable.replace(App("new", log))
    assert log == ["old"]


def test_filters_are_closed_before_what_is_behind_them_and_mounts_all_of_them() -> None:
    log: list[str] = []
    behind = App("filter", log, inner=App("app", log))
    close(URLMap((Mount(path="/a", application=behind), Mount(path="/b", application=App("other", log)))))
    assert log == ["filter", "app", "other"]


def test_plugins_and_services_are_closed_with_their_router() -> None:
    log: list[str] = []

    class Jobs(APIExtension):
        """Jobs."""

        name, alias, version = "Jobs", "jobs", 1

        def close(self) -> None:
            log.append("plugin")

    close(APIRouter(plugins=[Jobs], services={"database": App("database", log), "limit": 3}))
    assert log == ["plugin", "database"]


def test_what_the_new_application_has_too_stays_open() -> None:
    log: list[str] = []
    shared = App("shared", log)
    swappable = Swappable(App("old filter", log, inner=shared))
    swappable.replace(App("new filter", log, inner=shared))
    assert log == ["old filter"]


def test_one_that_can_t_be_closed_keeps_no_other_from_it(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []

    class Broken(App):
        def close(self) -> None:
            raise OSError("no")

    with caplog.at_level(logging.ERROR):
        close(Broken("filter", log, inner=App("app", log)))
    assert log == ["app"]
    assert "Closing" in caplog.text
    assert [type(one).__name__ for one in parts(Broken("x", log))] == ["Broken"]


def test_nothing_of_the_old_application_is_kept() -> None:
    old = APIRouter(plugins=[])
    gone = weakref.ref(old)
    swappable = Swappable(old)
    del old
    swappable.replace(APIRouter(plugins=[]))
    assert gone() is None
