"""Random tables, requests to them, and the two mappers that answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import routes
from hypothesis import assume
from hypothesis import strategies as st

from apirouter.routing.mapper import Mapper

# --------------------------------------------------------------------------- tables

REQUIREMENTS = (
    r"[0-9a-f\-]+",
    r"\d+",
    r"[^/]+",
    r"[^\/]+(?<!\\)",
    r"json|xml",
    r"(a|b)+",
    r"(?:a|ab)(?:c|bcd)?",
    r"(?P<inner>a)b?",
    r"[^.]+",
    r".+",
    r".*",
    r"\w*",
    r"a*?",
    r"(?i:ab)+",
    r"a/b",
    r"(?!a)\w+",
    r"\w+\b",
    r"(a)?b",
    r"^a$",
    r"a$",
    r"é+",
)
LITERALS = ("a", "b", "ab", "a.b", "a-b", "detail", "é", "a.", "", "x")
NAMES = ("id", "p", "q", "format", "action", "controller", "path_info")

names = st.sampled_from(NAMES)
braced_requirements = st.sampled_from([req for req in REQUIREMENTS if not set(req) & set(":{}\\")])


@st.composite
def variables(draw: st.DrawFn) -> str:
    name = draw(names)
    form = draw(st.integers(0, 6))
    if form == 0:
        return f":({name})"
    if form == 1:
        return "{" + name + ":" + draw(braced_requirements) + "}"
    if form == 2:
        return f"*({name})" if draw(st.booleans()) else f":{name}"
    return "{" + name + "}"


@st.composite
def chunks(draw: st.DrawFn) -> str:
    form = draw(st.integers(0, 9))
    if form < 4:
        return draw(st.sampled_from(LITERALS))
    if form < 7:
        return draw(variables())
    pieces = draw(
        st.lists(st.one_of(variables(), st.sampled_from(("-", ".", "v", "a"))), min_size=1, max_size=4)
    )
    return "".join(pieces)


@st.composite
def paths(draw: st.DrawFn) -> str:
    path = "/".join(draw(st.lists(chunks(), min_size=0, max_size=4)))
    if draw(st.integers(0, 9)):
        path = "/" + path
    ending = draw(st.sampled_from(("", "", "", "{.format}", ".:(format)", "/", "/*path_info")))
    return path + ending


def even(environ: dict[str, Any], found: dict[str, Any]) -> bool:
    found["seen"] = len(found)
    return len(str(found.get("id"))) % 2 == 0


def never(environ: dict[str, Any], found: dict[str, Any]) -> bool:
    return False


conditions = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from((["GET"], ["POST", "PUT"], "GET", "DELETE")),
        "function": st.sampled_from((even, never)),
        "sub_domain": st.sampled_from((True, False, ["www", "api"], [])),
    },
)

options = st.fixed_dictionaries(
    {"controller": st.sampled_from(("c", "d")), "action": st.sampled_from(("index", "show"))},
    optional={
        "requirements": st.dictionaries(names, st.sampled_from(REQUIREMENTS), max_size=2),
        "conditions": st.one_of(
            st.none(),
            st.fixed_dictionaries({"method": st.sampled_from((["GET"], ["PUT"], "GET"))}),
            conditions,
        ),
        "id": st.sampled_from((None, "7", "")),
        "p": st.sampled_from(("0", "")),
        "format": st.sampled_from((None, "json")),
        "extra": st.sampled_from((None, 3, "é")),
        "_minimize": st.sampled_from((False, False, True)),
        "_explicit": st.booleans(),
    },
)
plain_options = st.just({"controller": "c", "action": "index"})

connects = st.tuples(paths(), st.one_of(plain_options, options))

mapper_settings = st.fixed_dictionaries(
    {},
    optional={
        "minimization": st.sampled_from((False, False, True)),
        "prefix": st.sampled_from(("/pre", "/p.e", "/(v1|v2)")),
        "sub_domains": st.booleans(),
        "sub_domains_ignore": st.sampled_from(([], ["www"], ["www", None])),
    },
)
controllers = st.sampled_from(([], ["c"], ["admin/a", "c", "a"]))

# --------------------------------------------------------------------------- URLs

TEXTS = (
    "a",
    "b",
    "ab",
    "aab",
    "a.b",
    "detail",
    "é",
    "12",
    "0f-3",
    "x.json",
    "a.xml",
    "",
    "a-b",
    "a\\",
    "AB",
    "v1-a",
    "abcd",
)
urls = st.builds(
    lambda start, segments: start + "/".join(segments),
    st.sampled_from(("/", "/", "/", "/", "", "/pre/", "/v1/")),
    st.lists(
        st.one_of(st.sampled_from(TEXTS), st.sampled_from(LITERALS), st.text("ab./-é1\\", max_size=6)),
        max_size=5,
    ),
)
VARIABLE = re.compile(r"\{[^}]*\}|[:*](?:\(\w+\)|\w+)")
VALUES = ("a", "b", "ab", "12", "0f-3", "json", "a.b", "a-b", "é", "", "abcd", "x.xml", "a/b", "c", "admin/a")


@st.composite
def near_urls(draw: st.DrawFn, rows: list[Any]) -> str:
    """A URL that one of the routes may match: its path with values for its variables."""
    path = draw(st.sampled_from(rows))[0]
    url = VARIABLE.sub(lambda _: draw(st.sampled_from(VALUES)), path)
    if not url.startswith("/") and draw(st.booleans()):
        url = "/" + url
    return (
        draw(st.sampled_from(("", "", "", "", "/pre", "/v1")))
        + url
        + draw(st.sampled_from(("", "", "", "", "", "/", ".json", "/a")))
    )


@st.composite
def cases(draw: st.DrawFn) -> Any:
    """A table, and requests to it."""
    rows = draw(st.lists(connects, min_size=1, max_size=8))
    requests = st.tuples(st.one_of(near_urls(rows), near_urls(rows), near_urls(rows), urls), environs)
    setup, names = draw(mapper_settings), draw(controllers)
    return rows, setup, names, draw(st.lists(requests, min_size=1, max_size=12))


environs = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"REQUEST_METHOD": st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH"))},
        optional={"HTTP_HOST": st.sampled_from(("www.example.com", "api.example.com:80", "example.com"))},
    ),
)


def table_of(make: Callable[[], Any], rows: list[Any], setup: dict[str, Any], names: list[str]) -> Any:
    mapper = make()
    for name, value in setup.items():
        setattr(mapper, name, value)
    for number, (path, kargs) in enumerate(rows):
        mine = {key: dict(value) if isinstance(value, dict) else value for key, value in kargs.items()}
        mapper.connect(f"r{number}", path, **mine)
    mapper.create_regs(names)
    return mapper


def answer(mapper: Any, url: str, environ: dict[str, Any] | None) -> tuple[str, dict[str, Any]] | None:
    found = mapper.routematch(url, None if environ is None else dict(environ))
    return None if found is None else (found[1].name, found[0])


def build(rows: list[Any], setup: dict[str, Any], names: list[str]) -> tuple[Any, Any]:
    try:
        theirs = table_of(lambda: routes.Mapper(register=False), rows, setup, names)
    except (re.error, IndexError, KeyError):
        assume(False)
        raise
    return theirs, table_of(lambda: Mapper(register=False), rows, setup, names)


def fresh(value: Any) -> Any:
    return {key: fresh(item) for key, item in value.items()} if isinstance(value, dict) else value


def pair_of(fill: Callable[[Any], None]) -> tuple[Any, Any]:
    pair = routes.Mapper(register=False), Mapper(register=False)
    for mapper in pair:
        fill(mapper)
        mapper.create_regs([])
    return pair


def url_of(mapper: Any, named: str | None, values: dict[str, Any]) -> Any:
    generator = routes.URLGenerator(mapper, {"SCRIPT_NAME": "/s", "HTTP_HOST": "www.example.com"})
    try:
        return generator(named, **values) if named is not None else generator(**values)
    except (routes.util.GenerationException, TypeError) as error:
        return type(error)
