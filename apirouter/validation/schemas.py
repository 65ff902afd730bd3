"""A schema with its checks: of bodies, of queries, of responses.

Each is made where a decorator stands, costs nothing there, is judged once (:meth:`JSONSchema.problems`) and
compiled once (:meth:`JSONSchema.compile`) when the service loads; of several with the same content, one is (see
:attr:`JSONSchema.content`). What only makes a check faster is made for the first value: it refuses no schema, and
takes ten times as long as the rest.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import marshal
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from apirouter.errors import ValidationError
from apirouter.serialization import dumps
from apirouter.validation import fast
from apirouter.validation.formats import FORMATS, Format
from apirouter.validation.keywords import validator
from apirouter.validation.messages import failure
from apirouter.validation.problems import ERROR, problems
from apirouter.validation.relaxed import stripper
from apirouter.validation.walk import IN_PLACE_LIST, IN_PLACE_MAP, IN_PLACE_ONE, children, resolve

Check = Callable[[Any], Any]

_UNMADE: Any = object()


class JSONSchema:
    """The base of the three.

    :param schema: a JSON Schema, 2020-12 unless its ``$schema`` says draft 4, 6, 7 or 2019-09.
    :param formats: further formats, name -> a function that tells whether a text has it.
    :raises TypeError: the schema is neither a dict nor a boolean.
    """

    #: ``body``, ``query`` or ``response``.
    kind: ClassVar[str] = ""

    def __init__(
        self, schema: Mapping[str, Any], *, formats: Mapping[str, Callable[[str], bool]] | None = None
    ) -> None:
        if not isinstance(schema, (dict, bool)):
            raise TypeError(f"a JSON Schema is a dict; this {self.kind} schema is {schema!r}")
        self._schema: Any = schema
        self._formats: Mapping[str, Format] = FORMATS
        if formats:
            self._formats = {**FORMATS, **{name: Format(check) for name, check in formats.items()}}
        self._checks: dict[tuple[bool, bool], Check] = {}
        self._problems: tuple[tuple[str, str], ...] | None = None
        self._validator: Any = None
        self._acceptor: Any = _UNMADE
        self._content: Any = _UNMADE

    @property
    def content(self) -> Hashable | None:
        """What schemas share that say the same, to tell them by; None when that can't be told."""
        if self._content is _UNMADE:
            self._content = None
            if self._formats is FORMATS:
                with contextlib.suppress(ValueError):  # it holds what is no plain JSON, or nests too deeply
                    # In the second format, what is equal is written alike, whoever else holds parts of it.
                    written = hashlib.blake2b(marshal.dumps(self._schema, 2), digest_size=16)
                    self._content = type(self), written.digest()
        found: Hashable | None = self._content
        return found

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema as its author wrote it."""
        found: Mapping[str, Any] = self._schema
        return found

    def problems(self) -> Iterable[tuple[str, str]]:
        """Yield ``(severity, text)`` for all that is wrong with it; severity is ``error`` or ``warning``."""
        if self._problems is None:
            self._problems = tuple(self._found_problems())
        return self._problems

    def _found_problems(self) -> Iterator[tuple[str, str]]:
        return problems(self._schema, self._formats)

    def compile(self, *, relaxed: bool = False, all_errors: bool = False) -> Check:
        """Return the check, made at the first call and kept.

        :param relaxed: strip what ``additionalProperties: false`` forbids, instead of refusing it.
        :param all_errors: name every error instead of the most useful one.
        :raises ValueError: the schema is no valid schema.
        """
        key = (relaxed, all_errors)
        check = self._checks.get(key)
        if check is None:
            check = self._checks[key] = self._compiled(relaxed, all_errors)
        return check

    def _compiled(self, relaxed: bool, all_errors: bool) -> Check:
        wrong = [text for severity, text in self.problems() if severity == ERROR]
        if wrong:
            raise ValueError(wrong[0])
        if self._validator is None:
            self._validator = validator(self._schema, self._formats)
        engine = _Engine(
            self._schema, self._validator, self._accepts, self._formats, self.kind == "query", all_errors
        )
        return self._check(engine, relaxed)

    def _accepts(self) -> Callable[[Any], bool] | None:
        """Return what tells of most valid values that they are, made at the first call and kept."""
        if self._acceptor is _UNMADE:
            self._acceptor = fast.acceptor(self._schema, self._formats)
        made: Callable[[Any], bool] | None = self._acceptor
        return made

    def _check(self, engine: _Engine, relaxed: bool) -> Check:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._schema!r})"


class _Engine:
    """What the checks of one schema are made of."""

    def __init__(
        self,
        schema: Any,
        made: Any,
        acceptor: Callable[[], Callable[[Any], bool] | None],
        formats: Mapping[str, Format],
        query: bool,
        all_errors: bool,
    ) -> None:
        self.schema, self.validator, self.acceptor, self.formats = schema, made, acceptor, formats
        self.query, self.all_errors = query, all_errors

    def strictly(self) -> Check:
        """Return a check that returns the value or raises."""
        return self._accepting_first(self._deciding())

    def stripping(self) -> Check:
        """Return a check that returns the value without what is forbidden as additional, or raises."""
        strip = stripper(self.schema, self.validator)
        strictly, decide = self.strictly(), self._deciding()

        def check(value: Any) -> Any:
            stripped = strip(value)
            return decide(value) if stripped is value else strictly(stripped)

        # What is valid as it is has nothing to lose.
        return self._accepting_first(check)

    def _deciding(self) -> Check:
        """Return the check that asks jsonschema."""
        iter_errors, refuse = self.validator.iter_errors, self.refuse

        def check(value: Any) -> Any:
            try:
                violations = iter_errors(value)
                first = next(violations, None)
                if first is not None:
                    raise refuse(itertools.chain((first,), violations))
            except RecursionError:
                raise ValidationError("The value nests too deeply") from None
            return value

        return check

    def _accepting_first(self, check: Check) -> Check:
        """Return a check that returns at once what is surely valid, and leaves all else to another one.

        What tells is made for the first value: what is asked most often first.
        """
        acceptor, verdict, schema = self.acceptor, self.validator.format_checker.verdict, self.schema
        tests: tuple[Callable[[Any], bool], ...] | None = None

        def asking(value: Any) -> Any:
            nonlocal tests
            if tests is None:
                tests = tuple(test for test in (acceptor(), verdict(schema)) if test is not None)
            for accepts in tests:
                try:
                    if accepts(value):
                        return value
                except (ValueError, TypeError, OverflowError, RecursionError):
                    # A value that is no JSON, or too deep: what is wrong with it, jsonschema says.
                    continue
            return check(value)

        return asking

    def refuse(self, violations: Iterable[Any]) -> ValidationError:
        """Return the error that tells of violations."""
        return failure(violations, self.formats, query=self.query, all_errors=self.all_errors)


class BodySchema(JSONSchema):
    """A JSON Schema of request bodies; its check returns the body to go on with.

    The relaxed check returns a new value where it strips something; the body it was given stays as it was.
    """

    kind = "body"

    def _check(self, engine: _Engine, relaxed: bool) -> Check:
        return engine.stripping() if relaxed else engine.strictly()


class QuerySchema(JSONSchema):
    """A JSON Schema of queries: an object whose properties are arrays of texts.

    A parameter that is no array is an error: no value could ever pass. Its check takes name -> list of texts
    and returns the names to drop: those that no part of the schema knows. With
    ``additionalProperties: false`` they are refused instead, unless the check is relaxed.
    """

    kind = "query"

    def _found_problems(self) -> Iterator[tuple[str, str]]:
        yield from super()._found_problems()
        for _, place, inner in children(self._schema):
            kind = inner.get("type") if isinstance(inner, Mapping) else None
            kinds = kind if isinstance(kind, list) else [kind]
            if place.startswith((".properties.", ".patternProperties.")) and kind and "array" not in kinds:
                text = f"${place}: a query's parameter is an array of texts, this schema says '{kind}'"
                yield ERROR, f"{text}; wrap it in parameter_types.single_param or multi_params"

    def _check(self, engine: _Engine, relaxed: bool) -> Check:
        names, patterns, keeps = _known(self._schema, self._schema, engine.validator)
        strictly = engine.stripping() if relaxed else engine.strictly()

        def check(query: Mapping[str, list[str]]) -> tuple[str, ...]:
            checked = strictly(query)
            if keeps:
                return tuple(name for name in query if name not in checked)
            return tuple(
                name
                for name in query
                if name not in names and not any(pattern.search(name) for pattern in patterns)
            )

        return check


def _known(schema: Any, root: Any, made: Any) -> tuple[frozenset[str], tuple[Any, ...], bool]:
    """Return the names and patterns that a query schema knows, and whether it keeps all others too."""
    names: set[str] = set()
    patterns: list[Any] = []
    keeps = False
    for part in _in_place(schema, root, set()):
        names.update(part.get("properties", ()))
        patterns += [made.format_checker.patterns[text] for text in part.get("patternProperties", ())]
        rest = part.get("additionalProperties")
        keeps = keeps or (isinstance(rest, Mapping) and bool(rest))
    return frozenset(names), tuple(patterns), keeps


def _in_place(schema: Any, root: Any, seen: set[int]) -> Iterator[Mapping[str, Any]]:
    if not isinstance(schema, Mapping) or id(schema) in seen:
        return
    seen.add(id(schema))
    yield schema
    for keyword, _, inner in children(schema):
        if keyword in (*IN_PLACE_ONE, *IN_PLACE_LIST, *IN_PLACE_MAP):
            yield from _in_place(inner, root, seen)
    if isinstance(schema.get("$ref"), str):
        yield from _in_place(resolve(root, schema["$ref"]), root, seen)


class ResponseSchema(JSONSchema):
    """A JSON Schema of replies; its check takes the data as a controller returned it, and returns it.

    What is checked is the JSON that a client would read: tuples are arrays there, times and UUIDs texts. Data that is
    none passes: the reply's own serializer may know it, and else says so itself.
    """

    kind = "response"

    def _check(self, engine: _Engine, relaxed: bool) -> Check:
        strictly = engine.strictly()

        def check(data: Any) -> Any:
            try:
                text = dumps(data)
            except (TypeError, ValueError, RecursionError):
                return data
            strictly(json.loads(text))
            return data

        return check
