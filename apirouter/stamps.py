"""What a decorator leaves on a function: one frozen value, read when tables are built.

Decorators stamp, never wrap: the function an author wrote is the function that is called. A stamp is never
changed, a decorator replaces it by a copy that says more; so a function shared by two classes, or a wrapper
that copied a function's ``__dict__``, never hears of what was said to the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

from apirouter.microversion import Version, VersionRange

F = TypeVar("F", bound=Callable[..., Any])


class Checkable(Protocol):
    """A JSON Schema that can be made into a check (the validation room has the implementations)."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema as its author wrote it."""
        ...  # pragma: no cover

    def problems(self) -> Iterable[tuple[str, str]]:
        """Yield ``(severity, text)`` for all that is wrong with it; severity is ``error`` or ``warning``."""
        ...  # pragma: no cover

    def compile(self, *, relaxed: bool = False, all_errors: bool = False) -> Callable[[Any], Any]:
        """Return the check: a function of the value that raises ValidationError.

        :param relaxed: strip what ``additionalProperties: false`` forbids, instead of refusing it.
        :param all_errors: name every error instead of the most useful one.
        :returns: for ``body`` and ``response`` the check returns the value to go on with; for ``query`` it
            takes name -> list of texts and returns the names to drop.
        """
        ...  # pragma: no cover


#: The attribute that holds a function's :class:`Stamp`.
ATTRIBUTE = "__apirouter__"
#: Stamp field -> the attribute where the ancestors keep it, and their plugins' tests look for it.
_ANCESTORS = {"code": "wsgi_code", "action": "wsgi_action", "extends": "wsgi_extends"}


@dataclasses.dataclass(frozen=True, slots=True)
class SchemaStamp:
    """One JSON Schema and the versions it stands for.

    :param kind: ``body``, ``query`` or ``response``.
    :param schema: the schema with its checks.
    :param versions: the versions of requests that it checks.
    """

    kind: str
    schema: Checkable
    versions: VersionRange


@dataclasses.dataclass(frozen=True, slots=True)
class RuleStamp:
    """One policy rule to pass before the call.

    :param rule: the rule's name.
    :param target: the target: a mapping, a function of the request's arguments, or None for the arguments.
    :param versions: the versions of requests that it guards.
    """

    rule: str
    target: Any
    versions: VersionRange


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """Everything that decorators said of one function.

    :param action: the body key it answers (``wsgi.action``).
    :param extends: method name and action key that it runs after (``wsgi.extends``).
    :param code: the status of its reply (``wsgi.response``).
    :param expected: statuses it may raise (``expected_errors``); None when nothing was said.
    :param versions: the versions it serves (``api_version``); None when nothing was said.
    :param schemas: its JSON Schemas.
    :param rules: its policy rules.
    :param hooks: its hooks.
    :param serializers: serializers of its own, by name.
    :param problems: contradictions between its decorators, found when they ran, told by the class.
    """

    action: str | None = None
    extends: tuple[str, str | None] | None = None
    code: int | None = None
    expected: tuple[int, ...] | None = None
    versions: VersionRange | None = None
    schemas: tuple[SchemaStamp, ...] = ()
    rules: tuple[RuleStamp, ...] = ()
    hooks: tuple[Any, ...] = ()
    serializers: tuple[tuple[str, Any], ...] = ()
    problems: tuple[str, ...] = ()

    def schema_for(self, kind: str, version: Version | None, *, legacy: bool = False) -> Checkable | None:
        """Return the schema of a kind for a version; None when there is none.

        :param kind: ``body``, ``query`` or ``response``.
        :param version: the version of the request; None takes the first schema.
        :param legacy: whether the client is from before microversions: a schema that stands for the minor
            version 0 is made for it.
        """
        mine = [s for s in self.schemas if s.kind == kind]
        if legacy and version is not None:
            before = Version(version.major, 0)
            mine.sort(key=lambda s: before not in s.versions)
            if mine and before in mine[0].versions:
                return mine[0].schema
        for one in mine:
            if version is None or version in one.versions:
                return one.schema
        return None


EMPTY = Stamp()


def stamp_of(func: Any) -> Stamp:
    """Return what decorators said of ``func``; :data:`EMPTY` when none did."""
    found = getattr(func, ATTRIBUTE, EMPTY)
    return found if isinstance(found, Stamp) else EMPTY


def _put(func: F, **said: Any) -> F:
    try:
        if isinstance(func, (type, staticmethod, classmethod, property)):
            raise TypeError(f"it is a {type(func).__name__}")
        setattr(func, ATTRIBUTE, dataclasses.replace(stamp_of(func), **said))
        for field, name in _ANCESTORS.items():
            if field in said:
                setattr(func, name, said[field])
    except (AttributeError, TypeError) as error:
        raise TypeError(
            f"{func!r} can't be decorated: put the decorator on a plain function of the class body"
        ) from error
    return func


def _once(func: F, field: str, value: Any, spelled: str) -> F:
    now = stamp_of(func)
    if getattr(now, field) is not None:
        problem = f"{spelled} stands twice on it"
        return _put(func, problems=(*now.problems, problem))
    return _put(func, **{field: value})


def _spelled(arguments: Iterable[Any]) -> str:
    return ", ".join(map(repr, arguments))


def _refuse_bare(argument: Any, spelled: str, example: str) -> None:
    if callable(argument) and not isinstance(argument, type):
        raise TypeError(f"@{spelled} takes an argument: write @{spelled}({example})")


def action(name: str) -> Callable[[F], F]:
    """Mark a method as the one that answers a body with this sole key.

    :param name: the key, as in ``POST /servers/{id}/action`` with ``{"reboot": {...}}``; or ``create``,
        ``delete``, ``update``, ``show`` to give a resource a method that its own controller lacks.
    :raises TypeError: the name is no text.
    """
    _refuse_bare(name, "wsgi.action", "'name'")
    if not isinstance(name, str) or not name:
        raise TypeError(f"wsgi.action takes the key of the body, a text; it got {name!r}")
    return lambda func: _once(func, "action", name, "@wsgi.action")


def extends(*args: Any, action: str | None = None) -> Any:
    """Mark a method as one that runs after the method of its own name, and may change its reply.

    Written ``@wsgi.extends`` or ``@wsgi.extends(action='resize')``.

    :param action: run after this body-keyed action instead.
    """

    def mark(func: F) -> F:
        return _once(func, "extends", (func.__name__, action), "@wsgi.extends")

    if not args:
        return mark
    if len(args) > 1 or not callable(args[0]):
        raise TypeError("wsgi.extends is written @wsgi.extends or @wsgi.extends(action='name')")
    return mark(args[0])


def response(code: int, *more: NoReturn) -> Callable[[F], F]:
    """Give the status of a method's reply when it returns data or None.

    :param code: an HTTP status, 200 to 599.
    :param more: nothing: a status stands for all versions of its definition.
    :raises TypeError: the code is no such number.
    """
    _refuse_bare(code, "wsgi.response", "202")
    if more:
        raise TypeError(
            f"wsgi.response takes a status alone; it got {(code, *more)}: define the method once for each "
            f"status, @wsgi.api_version({_spelled(more)}) and @wsgi.response({code!r}) above it"
        )
    # 1xx are no final replies: a server sends them, an application can't.
    if isinstance(code, bool) or not isinstance(code, int) or not 200 <= code <= 599:
        raise TypeError(f"wsgi.response takes an HTTP status, 200 to 599; it got {code!r}")
    return lambda func: _once(func, "code", int(code), "@wsgi.response")


def expected_errors(errors: int | Iterable[int], *more: NoReturn) -> Callable[[F], F]:
    """List the HTTP errors that a method may raise; any other becomes a logged 500.

    Validation, version and policy errors always pass.

    :param errors: one status or several; ``()`` for none.
    :param more: nothing: several statuses are one argument, and stand for all versions of their definition.
    :raises TypeError: a status is no number.
    """
    _refuse_bare(errors, "expected_errors", "(404, 409)")
    if more:
        shown: tuple[Any, ...] = (errors, *more)
        if any(isinstance(one, (str, Version)) for one in shown):
            raise TypeError(
                f"expected_errors takes no versions; it got {shown}: list the statuses of all versions in one "
                "@expected_errors, or define the method once for each, @wsgi.api_version(...) above it"
            )
        raise TypeError(
            f"expected_errors takes several statuses as one argument: write @expected_errors({shown})"
        )
    codes = tuple(errors) if isinstance(errors, Iterable) else (errors,)
    for code in codes:
        if isinstance(code, bool) or not isinstance(code, int):
            raise TypeError(f"expected_errors takes HTTP statuses, as (400, 404); it got {errors!r}")
    return lambda func: _once(func, "expected", codes, "@expected_errors")


def api_version(
    min_ver: str | Version | None = None, max_ver: str | Version | None = None
) -> Callable[[F], F]:
    """Say which microversions a method serves.

    :param min_ver: the first, as ``"2.1"``; None for no bound.
    :param max_ver: the last, included; None for no bound.
    :raises InvalidAPIVersionString: a bound is no version.
    :raises ValueError: the range is empty.
    """
    _refuse_bare(min_ver, "wsgi.api_version", "'2.1'")
    versions = VersionRange.of(min_ver, max_ver)
    return lambda func: _once(func, "versions", versions, "@wsgi.api_version")


def schema(kind: str, schema: Checkable, versions: VersionRange) -> Callable[[F], F]:
    """Add a JSON Schema of a kind (``body``, ``query``, ``response``) to a function."""
    new = SchemaStamp(kind, schema, versions)

    def mark(func: F) -> F:
        now = stamp_of(func)
        clash = [s for s in now.schemas if s.kind == kind and s.versions.overlaps(versions)]
        if clash:
            problem = (
                f"its {kind} schemas for {clash[0].versions} and for {versions} overlap: "
                "give them disjoint min_version and max_version"
            )
            return _put(func, problems=(*now.problems, problem))
        return _put(func, schemas=(*now.schemas, new))

    return mark


def rule(name: str, target: Any, versions: VersionRange) -> Callable[[F], F]:
    """Add a policy rule to a function."""
    new = RuleStamp(name, target, versions)
    # Decorators run from the lowest up; rules are asked from the top down.
    return lambda func: _put(func, rules=(new, *stamp_of(func).rules))


def hook(*hooks: Any) -> Callable[[F], F]:
    """Add hooks to a function."""
    return lambda func: _put(func, hooks=(*hooks, *stamp_of(func).hooks))


def serializers(**by_name: Any) -> Callable[[F], F]:
    """Give a method serializers of its own, by the names that the service's media types use.

    :param by_name: name -> serializer (see :class:`apirouter.serialization.Serializer`).
    """
    return lambda func: _put(func, serializers=(*stamp_of(func).serializers, *by_name.items()))
