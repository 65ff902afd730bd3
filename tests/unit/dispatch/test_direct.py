"""The direct way of a call gives what the general one gives, call for call."""

from __future__ import annotations

import dataclasses
import io
from types import FunctionType, MethodType

import pytest
import webob
import webob.exc
from hypothesis import given
from hypothesis import strategies as st

from apirouter.dispatch.call import Extension, Plan, general_handler
from apirouter.dispatch.direct import direct_handler, make_handler, variables_of
from apirouter.dispatch.implementation import Parameters
from apirouter.dispatch.service import Service
from apirouter.dispatch.settings import Settings
from apirouter.errors import ValidationError, VersionNotFoundForAPIMethod
from apirouter.microversion import ANY
from apirouter.request import ResponseObject
from apirouter.stamps import RuleStamp

SERVICE = Service.of(Settings.from_conf({"media_types": "application/json=json application/vnd.x+json=json"}))


def replying(obj, code=None, **headers):
    reply = ResponseObject(obj, code)
    for name, value in headers.items():
        reply[name] = value
    return reply


def a_stream():
    return io.BytesIO(b"as it comes")


#: What a method does, each time anew.
RESULTS = {
    "a dict": lambda: {"a": 1},
    "an empty dict": dict,
    "none": lambda: None,
    "a list": lambda: [1, "\u00e9"],
    "a text": lambda: "text",
    "bytes": lambda: b"bytes",
    "a reply": lambda: replying({"b": 2}),
    "a reply of its own status": lambda: replying({"b": 2}, 201),
    "a reply with a header": lambda: replying({"b": 2}, X_Own="1"),
    "an empty reply": lambda: replying(None, 204),
    "a stream": a_stream,
    "a response": lambda: webob.Response(b"whole", 203),
    "what is no JSON": lambda: {"a": object()},
}
FAILURES = {
    "not found": lambda: webob.exc.HTTPNotFound("gone"),
    "a conflict": lambda: webob.exc.HTTPConflict("taken"),
    "a mistake": lambda: KeyError("oops"),
    "a validation error": lambda: ValidationError("no"),
    "no such version": lambda: VersionNotFoundForAPIMethod("2.9"),
}


def act(deed, seen, name, given):
    seen.append((name, *given))
    if deed in FAILURES:
        raise FAILURES[deed]()
    return RESULTS[deed]()


def method_of(seen, deed, variables, body):
    """Return a method of the usual shape, bound."""
    names = [*variables, *(["body"] if body else [])]
    code = (
        f"def method(self, {', '.join(['req', *names])}):\n"
        f"    return act(deed, seen, 'method', ({', '.join([*names, ''])}))\n"
    )
    return _bound(code, seen, deed)


def extension_of(seen, deed, variables, body):
    names = [*variables, *(["body"] if body else [])]
    code = (
        f"def method(self, {', '.join(['req', 'resp_obj', *names])}):\n"
        "    if deed == 'adds':\n"
        "        resp_obj.obj = {'was': resp_obj.obj}\n"
        "    if deed == 'tells':\n"
        "        resp_obj['X-Told'] = 'yes'\n"
        "    if deed == 'gives it back':\n"
        "        return resp_obj\n"
        "    return None if deed in ('adds', 'tells') else "
        f"act(deed, seen, 'extension', (resp_obj.code, {', '.join([*names, ''])}))\n"
    )
    return _bound(code, seen, deed)


def _bound(code, seen, deed):
    space = {"act": act, "seen": seen, "deed": deed}
    exec(code, space)  # parameters of any name can't be had otherwise
    func = space["method"]
    assert isinstance(func, FunctionType)
    return MethodType(func, object()), Parameters(func).order


def checked(value):
    if isinstance(value, dict) and "bad" in value:
        raise ValidationError("bad")
    return value


def checked_query(query):
    if "bad" in query:
        raise ValidationError("bad")
    return [name for name in query if name == "surplus"]


def checked_reply(value):
    if isinstance(value, dict) and not value:
        raise ValidationError("empty")


deeds = st.sampled_from([*RESULTS, *FAILURES])
extending = st.sampled_from(["adds", "tells", "gives it back", "none", "a dict", "a reply", *FAILURES])


@dataclasses.dataclass(frozen=True)
class Draft:
    """A plan and a request, in words."""

    deed: str
    variables: tuple[str, ...]
    takes_body: bool
    code: int
    expected: tuple[int, ...] | None
    extensions: tuple[tuple[str, bool], ...]
    body_check: bool
    query_check: bool
    reply_check: bool
    rule: bool
    context: bool
    method: str
    body: bytes
    accept: str | None
    query: str
    args: dict[str, str]
    project: bool


drafts = st.builds(
    Draft,
    deeds,
    st.sampled_from([(), ("id",), ("name",)]),
    st.booleans(),
    st.sampled_from([200, 202, 204]),
    st.sampled_from([None, (), (404,), (404, 409)]),
    st.lists(st.tuples(extending, st.booleans()), max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
    st.sampled_from([b"", b'{"a": 1}', b'{"bad": 1}', b"{", b"[]"]),
    st.sampled_from([None, "application/json", "application/vnd.x+json", "text/html", "*/*"]),
    st.sampled_from(["", "bad=1", "surplus=1&a=2"]),
    st.sampled_from(
        [{}, {"id": "5"}, {"name": "n"}, {"id": "5", "format": "json"}, {"format": "vnd.x+json"}]
    ),
    st.booleans(),
)


def plan_of(draft, seen):
    func, order = method_of(seen, draft.deed, draft.variables, draft.takes_body)
    extensions = []

    def target(req, body, **args):
        seen.append(("target", body, args))
        return {}

    for deed, body in draft.extensions:
        bound, its_order = extension_of(seen, deed, draft.variables, body)
        extensions.append(Extension(bound, draft.expected, "extension", body, its_order, body))
    return Plan(
        func,
        "method",
        takes_body=draft.takes_body,
        needs_body=draft.takes_body,
        code=draft.code,
        expected=draft.expected,
        body_checks=(checked, checked) if draft.body_check else None,
        query_checks=(checked_query, checked_query) if draft.query_check else None,
        response_check=checked_reply if draft.reply_check else None,
        rules=(RuleStamp("a:rule", target, ANY),) if draft.rule else (),
        extensions=tuple(extensions),
        order=order,
    )


def asked(make, draft):
    """Return what a handler answers a draft's request with, and what it called on the way."""
    seen: list[object] = []
    handler = make(plan_of(draft, seen))
    request = webob.Request.blank("/?" + draft.query, method=draft.method)
    environ = request.environ
    if draft.body:
        environ["wsgi.input"] = io.BytesIO(draft.body)
        environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"] = str(len(draft.body)), "application/json"
    if draft.accept is not None:
        environ["HTTP_ACCEPT"] = draft.accept
    environ["apirouter.context"] = object() if draft.context else None
    args = {"project_id": "p", **draft.args} if draft.project else dict(draft.args)
    before = dict(args)
    told: list[object] = []

    def start_response(status, headers, exc_info=None):
        told.append((status, headers))

    try:
        body = handler(environ, start_response, args, SERVICE.versions.default)
        data = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return data, told, seen, environ["QUERY_STRING"]
    except Exception as error:
        return type(error), str(error), type(error.__cause__), told, seen
    finally:
        # They stand in the environ, for whoever looks there.
        assert args == before


@given(drafts)
def test_the_direct_way_answers_as_the_general_one(draft):
    def direct(plan):
        variables = variables_of(plan)
        assert variables == draft.variables
        return direct_handler(plan, SERVICE, variables, general_handler(plan, SERVICE))

    if not set(draft.variables) <= set(draft.args):
        # The table routes no request to a method that wants what its route lacks.
        draft = dataclasses.replace(draft, args=dict.fromkeys(draft.variables, "x"))
    assert asked(direct, draft) == asked(lambda plan: general_handler(plan, SERVICE), draft)


def orders(*functions):
    return [Parameters(f).order for f in functions]


def test_only_parameters_that_have_one_meaning_are_given_by_position():
    assert orders(lambda self, req, id: 0, lambda self, req: 0) == [("req", "id"), ("req",)]
    assert (
        orders(
            lambda self, req, id=None: 0,
            lambda self, req, *more: 0,
            lambda self, req, **more: 0,
            lambda self, req, *, id: 0,
            lambda self, req, id, /: 0,
        )
        == [None] * 5
    )


@pytest.mark.parametrize(
    ("order", "more"),
    [
        (None, {}),
        (("id", "req"), {}),
        (("req", "a", "b"), {}),
        (("req", "body", "id"), {"takes_body": True}),
        (("req", "format"), {}),
        (("req", "project_id"), {}),
        (("req", "id"), {"finish": print}),
        (("req", "id"), {"bind": print}),
        (("req", "id"), {"extensions": (Extension(print, None, "x", False, ("req", "resp_obj", "name")),)}),
        (("req", "id"), {"extensions": (Extension(print, None, "x", False, None),)}),
    ],
)
def test_an_unusual_shape_has_no_direct_way(order, more):
    plan = Plan(lambda *args: None, "x", order=order, **more)
    assert variables_of(plan) is None
    assert "general" in make_handler(plan, SERVICE).__qualname__
