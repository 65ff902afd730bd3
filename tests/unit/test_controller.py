"""A controller class gathers versions of one name, and is refused when it contradicts itself."""

from __future__ import annotations

import functools
import inspect
import itertools

import pytest
import webob.exc
from hypothesis import assume, given
from hypothesis import strategies as st

from apirouter import errors, policy, validation, wsgi
from apirouter.controller import VersionedMethod, call_expecting, is_expected
from apirouter.errors import ControllerError, VersionNotFoundForAPIMethod
from apirouter.microversion import Version, VersionRange
from apirouter.wsgi import Request

INT = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}


def at(version):
    return Request.blank("/", version=version)


def line_of(func):
    return func.__code__.co_firstlineno


class Versioned(wsgi.Controller):
    @wsgi.api_version("2.1", "2.3")
    def show(self, req, id):
        """The first."""
        return f"old {id}"

    @wsgi.api_version("2.4")
    @wsgi.response(202)
    def show(self, req, id):
        """The second."""
        return f"new {id}"

    @wsgi.api_version("2.2", "2.2")
    def _helper(self, req):
        return "2.2"

    @wsgi.api_version("2.3", "2.5")
    def _helper(self, req):
        return "2.3 to 2.5"

    def index(self, req):
        return self._helper(req)


@pytest.mark.parametrize(
    ("version", "answer"), [("2.1", "old 1"), ("2.3", "old 1"), ("2.4", "new 1"), ("2.99", "new 1")]
)
def test_the_implementation_whose_range_holds_the_version_runs(version, answer):
    assert Versioned().show(at(version), "1") == answer
    assert Versioned().show(req=at(version), id="1") == answer


def test_versioned_private_helpers_work_like_methods():
    assert Versioned().index(at("2.2")) == "2.2"
    assert Versioned().index(at("2.4")) == "2.3 to 2.5"
    with pytest.raises(VersionNotFoundForAPIMethod):
        Versioned().index(at("2.6"))


def test_a_request_of_no_version_gets_the_first():
    assert Versioned().show(at(None), "1") == "old 1"


def test_a_versioned_method_called_without_a_request_says_so():
    with pytest.raises(TypeError, match="Versioned.show has versions: call it with the request first"):
        Versioned().show("1")


def test_a_versioned_method_is_a_bound_method_that_looks_like_its_first_function():
    controller = Versioned()
    assert inspect.ismethod(controller.show)
    assert controller.show == controller.show
    assert controller.show.__name__ == "show"
    assert controller.show.__doc__ == "The first."
    assert list(inspect.signature(controller.show).parameters) == ["req", "id"]
    assert isinstance(Versioned.show, VersionedMethod)
    assert Versioned.show(controller, at("2.4"), "1") == "new 1"


def test_the_code_of_a_checked_method_can_be_read_as_the_ancestors_tests_do():
    class Things(wsgi.Controller):
        @wsgi.response(204)
        @wsgi.expected_errors(404)
        def delete(self, req, id):
            pass

    assert Things().delete.wsgi_code == 204


def test_nothing_of_a_class_is_kept_outside_it():
    class One(wsgi.Controller):
        @wsgi.api_version("2.1")
        def show(self, req):
            return "one"

    class Two(wsgi.Controller):
        @wsgi.api_version("2.1")
        def show(self, req):
            return "two"

    assert (One().show(at("2.1")), Two().show(at("2.1"))) == ("one", "two")
    assert not [name for name in vars(wsgi.Controller) if "version" in name and name != "api_version"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2.1", "2.4"), ("2.4", "2.6")),
        (("2.1", None), ("2.5", None)),
        (("2.1", None), ("2.5", "2.6")),
        ((None, None), ("2.1", "2.2")),
        ((None, "2.5"), (None, "2.1")),
        (("2.5", "2.6"), ("2.1", None)),
    ],
)
def test_overlapping_versions_are_refused_when_the_class_is_made_with_both_lines(first, second):
    lines = []

    def note(func):
        lines.append(line_of(func))
        return func

    with pytest.raises(ControllerError) as caught:

        class Things(wsgi.Controller):
            @wsgi.api_version(*first)
            @note
            def show(self, req):
                pass

            @wsgi.api_version(*second)
            @note
            def show(self, req):
                pass

    text = str(caught.value)
    assert all(f"line {line}" in text for line in lines)
    assert "Things.show" in text
    assert __file__ in text
    assert "api_version" in text


def test_a_stamped_definition_is_not_lost_to_one_without_versions():
    with pytest.raises(ControllerError, match="overlap"):

        class Things(wsgi.Controller):
            @wsgi.action("a")
            def act(self, req):
                pass

            @wsgi.action("b")
            def act(self, req):
                pass


def test_plain_redefinition_is_python_s_own_business():
    class Things(wsgi.Controller):
        def show(self, req):
            return 1

        def show(self, req):
            return 2

    assert Things().show(None) == 2


def test_a_versioned_name_defined_again_as_something_else_is_refused():
    with pytest.raises(ControllerError, match="defined again as a int"):

        class Things(wsgi.Controller):
            @wsgi.api_version("2.1", "2.2")
            def show(self, req):
                pass

            @wsgi.api_version("2.3")
            def show(self, req):
                pass

            show = 3


bounds = st.integers(min_value=0, max_value=8)


@st.composite
def disjoint(draw):
    """Disjoint ranges of minor versions, some open at an end, in any order."""
    cuts = sorted(draw(st.sets(bounds, min_size=2, max_size=8)))
    if len(cuts) % 2:
        cuts.pop()
    ranges = [(low, high) for low, high in zip(cuts[::2], cuts[1::2], strict=True)]
    if draw(st.booleans()):
        ranges[0] = (None, ranges[0][1])
    if draw(st.booleans()):
        ranges[-1] = (ranges[-1][0], None)
    return draw(st.permutations(ranges))


def text(minor):
    return None if minor is None else f"2.{minor}"


def make(name, ranges, base=wsgi.Controller):
    """A class with one method of several versions, as a class body makes it."""
    body = type(base).__prepare__(name, (base,))
    for low, high in ranges:

        def show(self, req, label=f"{name} {low} {high}"):
            return label

        body["show"] = wsgi.api_version(text(low), text(high))(show)
    return type(base)(name, (base,), body)


def holds(one, minor):
    return (one[0] is None or one[0] <= minor) and (one[1] is None or minor <= one[1])


@given(disjoint(), bounds)
def test_disjoint_definitions_in_any_order_are_chosen_by_version(ranges, minor):
    instance = make("Things", ranges)()
    found = [f"Things {low} {high}" for low, high in ranges if holds((low, high), minor)]
    if found:
        assert instance.show(at(f"2.{minor}")) == found[0]
    else:
        with pytest.raises(VersionNotFoundForAPIMethod):
            instance.show(at(f"2.{minor}"))


@given(disjoint(), disjoint(), bounds)
def test_a_subclass_replaces_what_it_covers_keeps_what_it_does_not_touch_and_cuts_nothing(old, new, minor):
    assume((None, None) not in old)
    base = make("Base", old)

    def span(one):
        return VersionRange.of(text(one[0]), text(one[1]))

    def covers(one):
        low, high = 0 if one[0] is None else one[0], 1000 if one[1] is None else one[1]
        # An open start is before every number; no drawn bound is as high as the end that stands for none.
        opens = one[0] is not None or any(n[0] is None for n in new)
        return opens and all(any(holds(n, minor) for n in new) for minor in range(low, high + 1))

    covered = {o for o in old if covers(o)}
    cut = [o for o in old if o not in covered and any(span(n).overlaps(span(o)) for n in new)]
    if cut:
        with pytest.raises(ControllerError, match="cut into those of the inherited"):
            make("Sub", new, base)
        return
    kept = [o for o in old if o not in covered]
    found = [f"Sub {n[0]} {n[1]}" for n in new if holds(n, minor)]
    found += [f"Base {o[0]} {o[1]}" for o in kept if holds(o, minor)]
    instance = make("Sub", new, base)()
    if found:
        assert [instance.show(at(f"2.{minor}"))] == found
    else:
        with pytest.raises(VersionNotFoundForAPIMethod):
            instance.show(at(f"2.{minor}"))
    before = [f"Base {o[0]} {o[1]}" for o in old if holds(o, minor)]
    if before:
        assert base().show(at(f"2.{minor}")) == before[0]


def test_versions_are_inherited_from_the_class_that_python_would_look_in():
    class Root(wsgi.Controller):
        @wsgi.api_version("2.1", "2.2")
        def show(self, req):
            return "root"

    class Left(Root):
        pass

    class Right(Root):
        @wsgi.api_version("2.1", "2.2")
        def show(self, req):
            return "right"

    class Both(Left, Right):
        @wsgi.api_version("2.3")
        def show(self, req):
            return "both"

    assert Both().show(at("2.1")) == "right"
    assert Both().show(at("2.3")) == "both"


def test_a_definition_without_versions_replaces_all_inherited_ones():
    class Sub(Versioned):
        def show(self, req, id):
            return "any"

    assert Sub().show(at("2.1"), "1") == Sub().show(at("2.9"), "1") == "any"


@pytest.mark.parametrize(
    ("decorators", "says"),
    [
        ([wsgi.action("a"), wsgi.extends], "both action 'a' and an extension"),
        ([wsgi.extends, wsgi.response(201)], "@wsgi.response on an extension"),
        ([wsgi.extends, validation.schema(INT)], "a schema on an extension"),
        ([wsgi.extends, policy.authorize("compute:rule")], "a policy rule on an extension"),
        ([wsgi.extends, wsgi.serializers(xml=1)], "@wsgi.serializers on an extension"),
        ([wsgi.action("a"), wsgi.action("b")], "@wsgi.action stands twice"),
        ([wsgi.response(201), wsgi.response(202)], "@wsgi.response stands twice"),
        ([wsgi.expected_errors(404), wsgi.expected_errors(409)], "@expected_errors stands twice"),
        ([wsgi.api_version("2.1", "2.2"), wsgi.api_version("2.3")], "@wsgi.api_version stands twice"),
        ([validation.schema(INT), validation.schema(INT, "2.1")], "schemas for .* overlap"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_decorators_that_make_no_sense_together_are_refused_with_their_place(decorators, says, turned):
    with pytest.raises(ControllerError, match=says) as caught:

        class Things(wsgi.Controller):
            def show(self, req, body):
                pass

            for decorator in reversed(decorators) if turned else decorators:
                show = decorator(show)

    assert f"Things.show at {__file__}:" in str(caught.value)


def test_decorators_stack_in_any_order_that_makes_sense():
    stack = [
        wsgi.action("act"),
        wsgi.response(202),
        wsgi.expected_errors(404),
        wsgi.api_version("2.1", "2.3"),
        validation.schema(INT),
    ]
    seen = set()
    for order in itertools.permutations(stack):

        class Things(wsgi.Controller):
            def act(self, req, body):
                return body

            for decorator in order:
                act = decorator(act)

        stamp = wsgi_stamp(Things.act.functions[0])
        seen.add((stamp.action, stamp.code, stamp.expected, stamp.versions, len(stamp.schemas)))
    assert seen == {("act", 202, (404,), VersionRange.of("2.1", "2.3"), 1)}


def wsgi_stamp(func):
    from apirouter.stamps import stamp_of

    return stamp_of(func)


def test_a_decorator_below_staticmethod_is_refused():
    with pytest.raises(ControllerError, match="stands on a staticmethod"):

        class Things(wsgi.Controller):
            @staticmethod
            @wsgi.response(202)
            def show(req):
                pass


def test_a_decorator_on_a_special_method_is_refused():
    with pytest.raises(ControllerError, match="special method"):

        class Things(wsgi.Controller):
            @wsgi.action("make")
            def __init__(self):
                pass


def test_a_direct_call_checks_the_body_by_its_schema_for_the_version():
    class Things(wsgi.Controller):
        @validation.schema(INT, "2.1", "2.4")
        @validation.schema({"type": "string"}, "2.5", "2.6")
        def create(self, req, body):
            return body

    things = Things()
    assert things.create(at("2.1"), body={"n": 1}) == {"n": 1}
    assert things.create(at("2.5"), body="text") == "text"
    assert things.create(at("2.7"), body=[]) == []
    with pytest.raises(errors.ValidationError):
        things.create(at("2.1"), body={"n": "x"})
    with pytest.raises(errors.ValidationError):
        things.create(req=at("2.6"), body={"n": 1})


def test_a_direct_call_of_a_legacy_client_strips_what_is_too_much():
    class Things(wsgi.Controller):
        @validation.schema(INT)
        def create(self, req, body):
            return body

    req = at("2.1")
    req.set_legacy_v2()
    assert Things().create(req, body={"n": 1, "more": 2}) == {"n": 1}


def test_a_direct_call_checks_the_query_and_drops_what_is_unknown():
    query = {"type": "object", "properties": {"n": {"type": "array", "maxItems": 1}}}

    class Things(wsgi.Controller):
        @validation.query_schema(query)
        def index(self, req):
            return dict(req.GET)

    assert Things().index(Request.blank("/?n=1&m=2", version="2.1")) == {"n": "1"}
    with pytest.raises(errors.ValidationError):
        Things().index(Request.blank("/?n=1&n=2", version="2.1"))


def test_a_direct_call_turns_what_is_not_expected_into_a_500():
    class Things(wsgi.Controller):
        @wsgi.expected_errors(404)
        def show(self, req, error):
            raise error

    show = Things().show
    with pytest.raises(webob.exc.HTTPNotFound):
        show(at("2.1"), webob.exc.HTTPNotFound())
    with pytest.raises(webob.exc.HTTPInternalServerError) as caught:
        show(at("2.1"), webob.exc.HTTPConflict())
    assert isinstance(caught.value.__cause__, webob.exc.HTTPConflict)


class Own(Exception):
    """A service's own exception."""


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (webob.exc.HTTPNotFound(), True),
        (webob.exc.HTTPConflict(), False),
        (wsgi.Fault(webob.exc.HTTPNotFound()), True),
        (wsgi.Fault(webob.exc.HTTPConflict()), False),
        (webob.exc.HTTPFound(location="/x"), True),
        (webob.exc.HTTPInternalServerError(), False),
        (errors.ValidationError("d"), True),
        (errors.PolicyNotAuthorized("r"), True),
        (errors.Unauthorized(), True),
        (errors.ServiceUnavailable(), True),
        (errors.VersionNotFoundForAPIMethod("2.1"), True),
        (errors.MalformedRequestBody(), True),
        (errors.RouteNotFound(), True),
        (errors.MethodNotAllowed(["GET"]), False),
        (errors.RequestError("other"), False),
        (ValueError("x"), False),
        (Own(), False),
    ],
)
def test_listed_http_errors_and_validation_version_and_policy_errors_pass(error, passes):
    assert is_expected(error, (404,)) is passes


@pytest.mark.parametrize(("status", "passes"), [(404, True), (409, False), (403, True), (401, True)])
def test_a_service_s_own_exception_passes_by_the_status_it_is_given(status, passes):
    assert is_expected(Own(), (404,), [(Own, status)]) is passes


def test_call_expecting_lets_results_through():
    assert call_expecting((), lambda a: a + 1, 1) == 2


@pytest.mark.parametrize(
    ("body", "valid"),
    [({"foo": {}}, True), (None, False), ({}, False), ({"bar": {}}, False), ({"foo": "bar"}, False)],
)
def test_a_valid_body_holds_an_object_under_its_name(body, valid):
    assert wsgi.Controller.is_valid_body(body, "foo") is valid


def test_a_view_builder_is_made_of_its_class_or_given():
    class Views:
        pass

    class Things(wsgi.Controller):
        _view_builder_class = Views

    assert isinstance(Things()._view_builder, Views)
    given_ = Views()
    assert Things(given_)._view_builder is given_
    assert wsgi.Controller()._view_builder is None


def test_a_method_wrapped_by_somebody_s_decorator_keeps_its_versions():
    def traced(func):
        @functools.wraps(func)
        def outer(self, req):
            return f"traced {func(self, req)}"

        return outer

    class Things(wsgi.Controller):
        @traced
        @wsgi.api_version("2.1", "2.2")
        def show(self, req):
            return "old"

        @wsgi.api_version("2.3")
        @traced
        def show(self, req):
            return "new"

    assert Things().show(at("2.1")) == "traced old"
    assert Things().show(at("2.3")) == "traced new"


def test_a_name_can_be_given_again_under_another_one():
    class Things(wsgi.Controller):
        @wsgi.api_version("2.1", "2.2")
        def show(self, req):
            return "old"

        @wsgi.api_version("2.3")
        def show(self, req):
            return "new"

        detail = show

    assert Things().detail(at("2.3")) == "new"


def test_versions_are_compared_by_number():
    assert Versioned().show(at("2.10"), "1") == "new 1"
    assert Version(2, 10) in VersionRange.of("2.4")


def test_several_definitions_of_a_subclass_cover_an_inherited_one_together():
    class Base(wsgi.Controller):
        @wsgi.api_version("2.1")
        def show(self, req):
            return "base"

    class Sub(Base):
        @wsgi.api_version("2.1", "2.4")
        def show(self, req):
            return "sub"

        @wsgi.api_version("2.5")
        def show(self, req):
            raise VersionNotFoundForAPIMethod("2.5")

    assert Sub().show(at("2.4")) == "sub"
    with pytest.raises(VersionNotFoundForAPIMethod):
        Sub().show(at("2.5"))

    with pytest.raises(ControllerError, match="by one definition or several"):

        class Gap(Base):
            @wsgi.api_version("2.1", "2.3")
            def show(self, req):
                return "sub"

            @wsgi.api_version("2.5")
            def show(self, req):
                return "sub"


@pytest.mark.parametrize("key", [None, 7])
def test_a_direct_call_with_names_that_are_no_texts_is_refused_as_its_client_would_be(key):
    class Things(wsgi.Controller):
        @validation.schema({"type": "object", "patternProperties": {"^[a-z]+$": {"type": "string"}}})
        def create(self, req, body):
            return body

    with pytest.raises(errors.ValidationError, match="The body is no JSON: "):
        Things().create(at("2.1"), body={key: "value"})
