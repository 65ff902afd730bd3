"""The controller class: what it is made of, checked when it is made.

1. A name may be defined several times in one class body when each definition has versions
   (``api_version``) and no two of them overlap.
2. A subclass's definitions replace the inherited ones whose versions they cover together, keep those they don't
   touch, and may not cut into one. An inherited definition without versions is replaced whole.
3. A stamp must stand on a plain function of the class body.
4. ``action`` and ``extends`` do not go together, and an ``extends`` method has no ``response`` code and no
   schema of its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, MethodType
from typing import Any, ClassVar

import webob.exc

from apirouter import stamps
from apirouter.errors import (
    ControllerError,
    InvalidAPIVersionString,
    InvalidContentType,
    InvalidGlobalAPIVersion,
    MalformedRequestBody,
    PolicyNotAuthorized,
    RequestError,
    ServiceUnavailable,
    Unauthorized,
    ValidationError,
    VersionNotFoundForAPIMethod,
)
from apirouter.faults import generic_message
from apirouter.microversion import ANY, Version, VersionRange
from apirouter.stamps import api_version, stamp_of


def _line(func: Any) -> str:
    code = getattr(inspect.unwrap(func), "__code__", None)
    return f"line {code.co_firstlineno}" if code else "an unknown line"


class _Same:
    """Definitions of one name in one class body, in order, while the body runs."""

    __slots__ = ("functions",)

    def __init__(self, first: Any) -> None:
        self.functions = [first]


class _Body(dict[str, Any]):
    """The namespace of a class body: a name defined again keeps its former definition when stamped."""

    def __setitem__(self, name: str, value: Any) -> None:
        known = self.get(name)
        if isinstance(known, _Same):
            known.functions.append(value)
            return
        if (
            isinstance(known, FunctionType)
            and isinstance(value, FunctionType)
            and known is not value
            and (stamp_of(known) is not stamps.EMPTY or stamp_of(value) is not stamps.EMPTY)
        ):
            both = _Same(known)
            both.functions.append(value)
            value = both
        super().__setitem__(name, value)


class VersionedMethod:
    """A method of a controller class with several implementations, or with checks around it.

    The router calls the implementation itself; a call through this (a test's, or one method's of another)
    chooses it by the request's version and checks what its decorators say of body, query and errors.

    :param name: the attribute's name.
    :param functions: the implementations, disjoint, lowest versions first.
    :param owner: the class.
    """

    def __init__(self, name: str, functions: tuple[Callable[..., Any], ...], owner: str) -> None:
        # The attributes, stamp included, are those of the first: that of requests which ask for no version.
        functools.update_wrapper(self, functions[0])
        self.__name__, self.functions, self.owner = name, functions, owner

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __call__(self, instance: Any, *args: Any, **kwargs: Any) -> Any:
        return _direct_call(self, instance, *args, **kwargs)

    def implementation(self, version: Version | None) -> Callable[..., Any]:
        """Return the function that serves a version; None takes the first.

        :raises VersionNotFoundForAPIMethod: there is none.
        """
        if version is None:
            return self.functions[0]
        for func in self.functions:
            if version in (stamp_of(func).versions or ANY):
                return func
        raise VersionNotFoundForAPIMethod(str(version))


def _direct_call(method: VersionedMethod, instance: Any, *args: Any, **kwargs: Any) -> Any:
    req = _request_of(method, args, kwargs)
    version = None if req is None or req.api_version_request.is_null() else req.api_version_request
    func = method.implementation(version)
    stamp = stamp_of(func)
    relaxed = hasattr(req, "is_legacy_v2") and bool(req.is_legacy_v2())
    body = stamp.schema_for("body", version, legacy=relaxed)
    if body is not None and "body" in kwargs:
        try:
            kwargs["body"] = body.compile(relaxed=relaxed)(kwargs["body"])
        except TypeError as error:
            # A test may give what no JSON has, as names that are no texts.
            raise ValidationError(f"The body is no JSON: {error}") from error
    query = stamp.schema_for("query", version, legacy=relaxed)
    if query is not None and hasattr(req, "check_query"):
        req.check_query(query.compile(relaxed=relaxed))
    if stamp.expected is None:
        return func(instance, *args, **kwargs)
    return call_expecting(stamp.expected, func, instance, *args, **kwargs)


def _request_of(method: VersionedMethod, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the request among the arguments of a call.

    :raises TypeError: there is none, and the choice depends on it.
    """
    for given in (kwargs.get("req"), *args[:1]):
        if hasattr(given, "api_version_request"):
            return given
    if any(stamp_of(func).versions for func in method.functions):
        raise TypeError(f"{method.owner}.{method.__name__} has versions: call it with the request first")
    return None


def call_expecting(expected: tuple[int, ...], func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a method that may raise only the HTTP errors it lists.

    :param expected: the statuses it lists.
    :param func: called with the rest.
    :raises webob.exc.HTTPInternalServerError: it raised something else; that is the cause.
    """
    try:
        return func(*args, **kwargs)
    except Exception as error:
        if is_expected(error, expected):
            raise
        raise webob.exc.HTTPInternalServerError(explanation=generic_message(None)) from error


#: What always passes: the client's mistakes that apirouter itself finds, in the body, the version, the rights;
#: and that the service is out of order, which is no method's doing.
_ALWAYS = (
    ServiceUnavailable,
    ValidationError,
    PolicyNotAuthorized,
    Unauthorized,
    MalformedRequestBody,
    InvalidContentType,
    InvalidAPIVersionString,
    InvalidGlobalAPIVersion,
    VersionNotFoundForAPIMethod,
)


def is_expected(
    error: Exception,
    expected: tuple[int, ...],
    exceptions: Iterable[tuple[type[BaseException], int]] = (),
) -> bool:
    """Tell whether ``expected_errors(expected)`` lets an exception pass.

    Validation, version and policy errors, and :class:`.ServiceUnavailable`, always pass; other exceptions pass
    when they are HTTP errors with one of the statuses, or redirections.

    :param error: what was raised.
    :param expected: the statuses.
    :param exceptions: the service's own classes that are HTTP errors, each with its status; those that refuse
        the caller (401, 403) always pass.
    """
    if isinstance(error, _ALWAYS):
        return True
    if isinstance(error, (RequestError, webob.exc.HTTPException)):
        code = getattr(error, "status_int", None) or getattr(error, "code", None)
        return code in expected or (isinstance(code, int) and code < 400)
    for kind, code in exceptions:
        if isinstance(error, kind):
            return code in expected or code in (401, 403)
    return False


def _problem(owner: str, name: str, func: Any, problem: str, fix: str = "") -> ControllerError:
    code = getattr(inspect.unwrap(func), "__code__", None)
    place = f" at {code.co_filename}:{code.co_firstlineno}" if code else ""
    return ControllerError(problem, fix=fix, where=f"{owner}.{name}{place}")


def _check_stamp(owner: str, name: str, func: Any) -> None:
    stamp = stamp_of(func)
    if stamp.problems:
        raise _problem(owner, name, func, stamp.problems[0])
    if stamp.extends and stamp.action:
        raise _problem(
            owner,
            name,
            func,
            f"it is both action '{stamp.action}' and an extension",
            f"keep @wsgi.action, or write @wsgi.extends(action='{stamp.action}') alone",
        )
    what = (
        "@wsgi.response"
        if stamp.code is not None
        else "a schema"
        if stamp.schemas
        else "a policy rule"
        if stamp.rules
        else "@wsgi.serializers"
    )
    if stamp.extends and (stamp.code is not None or stamp.schemas or stamp.rules or stamp.serializers):
        raise _problem(
            owner, name, func, f"{what} on an extension has no meaning", "put it on the method it extends"
        )
    if name.startswith("__"):
        raise _problem(owner, name, func, "a decorator stands on a special method", "decorate another method")


def _merged(owner: str, name: str, functions: list[Any], inherited: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the implementations of one name: those of this body and the inherited ones they leave."""
    ranges: list[tuple[VersionRange, Any]] = []
    for func in functions:
        if not isinstance(func, FunctionType):
            raise _problem(
                owner,
                name,
                functions[0],
                f"it is defined again as a {type(func).__name__}",
                "give one of the two another name",
            )
        versions = stamp_of(func).versions or ANY
        for other_versions, other in ranges:
            if versions.overlaps(other_versions):
                raise _problem(
                    owner,
                    name,
                    func,
                    f"its versions ({versions}, {_line(func)}) overlap those of the definition before it "
                    f"({other_versions}, {_line(other)})",
                    "give each definition of a name @wsgi.api_version(min, max) that no other shares",
                )
        ranges.append((versions, func))
    own = list(ranges)
    for func in inherited:
        versions = stamp_of(func).versions or ANY
        cut = [r for r in own if r[0].overlaps(versions)]
        if versions == ANY or _covered(versions, [r[0] for r in own]):
            continue
        if cut:
            raise _problem(
                owner,
                name,
                cut[0][1],
                f"its versions ({cut[0][0]}, {_line(cut[0][1])}) cut into those of the inherited definition "
                f"({versions}, {_line(func)})",
                "cover the inherited versions whole, by one definition or several, or none of them; one that only "
                "raises VersionNotFoundForAPIMethod takes versions away",
            )
        ranges.append((versions, func))
    ranges.sort(key=lambda r: r[0].min or (0, 0))
    return tuple(func for _, func in ranges)


def _covered(versions: VersionRange, by: list[VersionRange]) -> bool:
    """Tell whether every version of a range lies in one of others, which may follow one another without a gap."""
    start = versions.min
    for one in sorted(by, key=lambda r: r.min or (0, 0)):
        if one.min is not None and (start is None or one.min > start):
            return False
        if one.max is None or (versions.max is not None and one.max >= versions.max):
            return True
        after = Version(one.max.major, one.max.minor + 1)
        start = after if start is None else max(start, after)
    return False


def _inherited(ancestors: Iterable[type], name: str) -> tuple[Any, ...]:
    for klass in ancestors:
        found = klass.__dict__.get(name)
        if isinstance(found, VersionedMethod):
            return found.functions
        if found is not None:
            return (found,) if isinstance(found, FunctionType) else ()
    return ()


def _ancestors(bases: tuple[type, ...]) -> list[type]:
    """Return the classes behind one of these bases, in the order that Python looks through them (C3).

    Bases that Python refuses give any order: making the class says so.
    """
    rows = [*([*base.__mro__] for base in bases), [*bases]]
    found: list[type] = []
    while rows := [row for row in rows if row]:
        heads = [row[0] for row in rows]
        free = [head for head in heads if not any(head in row[1:] for row in rows)]
        found.append(free[0] if free else heads[0])
        for row in rows:
            if found[-1] in row:
                row.remove(found[-1])
    return found


class ControllerMeta(type):
    """Makes a controller class: gathers versions of one name, refuses contradictions."""

    @classmethod
    def __prepare__(mcs, name: str, bases: tuple[type, ...], /, **kwds: Any) -> _Body:
        return _Body()

    def __new__(
        mcs, owner: str, bases: tuple[type, ...], body: dict[str, Any], **kwds: Any
    ) -> ControllerMeta:
        namespace: dict[str, Any] = {}
        ancestors = _ancestors(bases)
        for name, value in body.items():
            namespace[name] = mcs._attribute(owner, ancestors, name, value)
        return super().__new__(mcs, owner, bases, namespace, **kwds)

    @staticmethod
    def _attribute(owner: str, ancestors: list[type], name: str, value: Any) -> Any:
        inner = getattr(value, "__func__", None) or getattr(value, "fget", None)
        if inner is not None and stamp_of(inner) is not stamps.EMPTY:
            raise _problem(
                owner,
                name,
                inner,
                f"a decorator stands on a {type(value).__name__}",
                "decorate a plain method that takes self and req",
            )
        if isinstance(value, _Same):
            functions = value.functions
        elif isinstance(value, FunctionType) and stamp_of(value) is not stamps.EMPTY:
            functions = [value]
        else:
            return value
        for func in functions:
            _check_stamp(owner, name, func)
        merged = _merged(owner, name, functions, _inherited(ancestors, name))
        stamp = stamp_of(merged[0])
        plain = not (stamp.versions or stamp.schemas) and stamp.expected is None
        return merged[0] if len(merged) == 1 and plain else VersionedMethod(name, merged, owner)


class Controller(metaclass=ControllerMeta):
    """The base of a controller: its methods answer a resource's actions.

    A method is called with keywords: ``req``, the route's variables, and ``body`` where the HTTP method
    carries one. What it returns (a dict, None, a :class:`ResponseObject`, text, bytes, or a
    ``webob.Response``) is the reply.
    """

    #: The decorator under the ancestors' name: ``@wsgi.Controller.api_version("2.1", "2.3")``.
    api_version: ClassVar[Callable[..., Any]] = staticmethod(api_version)

    #: What makes the views of this controller, if anything does; called with no arguments.
    _view_builder_class: ClassVar[Any] = None

    def __init__(self, view_builder: Any = None) -> None:
        if view_builder is None and self._view_builder_class is not None:
            view_builder = self._view_builder_class()
        self._view_builder = view_builder

    @staticmethod
    def is_valid_body(body: Any, entity_name: str) -> bool:
        """Tell whether a body is an object that holds another under a name.

        :param body: the body.
        :param entity_name: the name, as ``server``.
        """
        return isinstance(body, Mapping) and isinstance(body.get(entity_name), Mapping)
