from __future__ import annotations

import functools
import sys
from typing import Any

import pytest

from apirouter import wsgi
from apirouter.chain import chain, inner_application
from apirouter.deploy.mounts import Mount, parse_mount
from apirouter.deploy.urlmap import URLMap
from apirouter.describe import describe
from apirouter.describe.matching import Question, match
from apirouter.describe.places import portable, type_name
from apirouter.describe.walk import ends
from apirouter.errors import ConfigError
from apirouter.extensions import ResourceExtension
from apirouter.filters.cors import CORS
from apirouter.filters.request_id import RequestId
from tests.support import plugin, router_of


def hello(environ: Any, start_response: Any) -> list[bytes]:
    return [b"hello"]


def urlmap(**mounted: Any) -> URLMap:
    return URLMap(tuple(Mount.at(parse_mount(path, "named"), one) for path, one in mounted.items()))


def class_names(end: Any) -> tuple[str, ...]:
    return tuple(type_name(one).rpartition(":")[2] for one in end.filters)


class Attribute:
    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


class Slotted:
    __slots__ = ("_app",)

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


class Trap:
    """An application whose attributes do something when they are asked for."""

    @property
    def application(self) -> Any:
        raise AssertionError("asked")

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return []


def closure(app: Any) -> Any:
    def inner(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)

    return inner


@pytest.mark.parametrize("wrap", [Attribute, Slotted, closure, CORS, RequestId])
def test_filters_of_every_make_are_seen_through(wrap: Any) -> None:
    assert inner_application(wrap(hello)) is hello
    (end,) = ends(wrap(Attribute(hello)))
    assert end.application is hello
    assert len(end.filters) == 2


@pytest.mark.parametrize("application", [hello, Trap(), functools.partial(hello), object])
def test_what_holds_no_application_is_an_end(application: Any) -> None:
    (end,) = ends(application)
    assert end.application is application
    assert end.filters == ()


def test_what_contains_itself_ends() -> None:
    loop = Attribute(None)
    loop.app = loop
    assert len(list(ends(loop))) == 1


def test_mounts_are_joined_and_keep_the_order_of_the_file() -> None:
    inner = urlmap(**{"/b": hello, "/a": Attribute(hello), "/c/+": hello})
    found = list(ends(urlmap(**{"/z": Attribute(inner), "/": hello, "domain example.com /": hello})))
    assert [(e.host, e.mount, len(e.filters)) for e in found] == [
        ("", "/z/b", 1),
        ("", "/z/a", 2),
        ("", "/z/c/+", 1),
        ("", "/", 0),
        ("example.com", "/", 0),
    ]


def wrapping(app: Any) -> Any:
    @functools.wraps(app)
    def named_as_another(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)

    return named_as_another


def wrapping_otherwise(inside: Any) -> Any:
    @functools.wraps(inside)
    def named_as_another(environ: Any, start_response: Any) -> Any:
        return inside(environ, start_response)

    return named_as_another


@pytest.mark.parametrize("wrap", [wrapping, wrapping_otherwise])
def test_a_filter_that_functools_wraps_made_hides_neither_itself_nor_another(wrap: Any) -> None:
    outer = wrap(RequestId(wrap(wrap(urlmap(**{"/a": hello}).wsgi))).wsgi)
    (end,) = ends(outer)
    assert (end.mount, end.application) == ("/a", hello)
    own, ours = f"{__name__}:{wrap.__name__}.named_as_another", "apirouter.filters.request_id:RequestId"
    if sys.version_info < (3, 11):
        own = f"{__name__}:named_as_another"
    assert [type_name(one) for one in end.filters] == [own, ours, own, own]
    assert sum(isinstance(one, RequestId) for one in chain(outer)) == 1
    answer = match(outer, Question.parse("GET /a/b"), naming=class_names)
    assert answer.application is not None
    assert len(answer.application.filters) == 4


def test_the_filters_of_the_house_are_told_by_their_class() -> None:
    assert type_name(RequestId(hello).wsgi) == "apirouter.filters.request_id:RequestId"


@pytest.mark.parametrize(
    ("file", "module", "shown"),
    [
        ("/usr/lib/python3/site-packages/a/b/c.py", "a.b.c", "a/b/c.py"),
        ("/home/x/a/__init__.py", "a", "a/__init__.py"),
        ("/home/x/script.py", "__main__", "script.py"),
    ],
)
def test_a_file_is_told_from_its_package_on(file: str, module: str, shown: str) -> None:
    assert portable(file, module) == shown


class Things(wsgi.Controller):
    def index(self, req):
        return {}

    def show(self, req, id):
        return {}


def api(**options: Any) -> Any:
    return router_of(plugin("things", ResourceExtension("things", Things(), member_name="thing")), **options)


def test_the_same_description_is_made_each_time() -> None:
    application = urlmap(**{"/v2": api(), "/": hello})
    assert describe(application) == describe(application)


def test_a_match_is_what_the_application_does() -> None:
    """Whatever is asked: what match says answers is what answers."""
    application = urlmap(**{"/v2": Attribute(api()), "/": hello})
    for line in (
        "GET /v2/things",
        "GET /v2/abc/things/1.json",
        "PUT /v2/things",
        "GET /v2//things",
        "GET /v2x",
    ):
        question = Question.parse(line)
        answer = match(application, question, naming=class_names)
        status: list[str] = []
        environ = question.environ()
        reply = application(environ, lambda text, headers, exc_info=None, into=status: into.append(text))
        if answer.status:
            assert status[0].startswith(str(answer.status)), line
        elif answer.route is None:
            assert reply == [b"hello"]
        else:
            assert status[0].startswith("200"), line
            assert environ["apirouter.route"].endswith(answer.route.path)


def test_the_host_picks_the_mount() -> None:
    application = urlmap(**{"domain one.example.com /": api(), "/": hello})
    for host, kind in (("one.example.com", "router"), ("two.example.com", "wsgi")):
        question = Question.parse("GET /things", [f"Host: {host}"])
        answer = match(application, question, naming=class_names)
        assert answer.application is not None
        assert answer.application.kind == kind


def test_a_foreign_url_map_says_that_it_can_not_be_asked() -> None:
    class Foreign:
        applications = [(("", "/x"), hello)]

        def __call__(self, environ: Any, start_response: Any) -> Any:
            return []

    assert [e.mount for e in ends(Foreign())] == ["/x"]
    with pytest.raises(ConfigError, match="urlmap_factory"):
        match(Foreign(), Question.parse("GET /x"), naming=class_names)
