"""A schema as one function of a value, which tells whether the value is valid and nothing else.

jsonschema walks a schema anew for each value, with an object for each part of both; what it says of a whole body
takes milliseconds. Here each schema becomes a function once, for the first value.

1. A yes is what jsonschema says, as :mod:`.keywords` extends it, of any JSON value. A no is asked of jsonschema
   again, which words it: so no verdict and no message is of this module's making.
2. The keywords of draft 2020-12 are known here but for references, ``unevaluated...`` and ``multipleOf``. A part
   that has one of these anywhere in it has no function: jsonschema decides alone.
3. What costs least comes first: the type, then counts and lengths, then the parts. The first no ends it.
4. Nothing costs more than the length of the value times the size of the schema, patterns and formats left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from apirouter.validation.equality import same, unique
from apirouter.validation.formats import Format
from apirouter.validation.walk import walk

Verdict = Callable[[Any], bool]

#: A longer run of digits is read as a float: reading it exactly costs the square of its length.
_EXACT_DIGITS = 200

#: Left to jsonschema; ``multipleOf`` since it has its own rules for fractions.
_LEFT = frozenset(("unevaluatedItems", "unevaluatedProperties", "multipleOf"))
#: Words with a dollar that say nothing of a value; any other makes references of, or to, its part.
_SILENT = frozenset(("$comment", "$defs"))


class _NotKnown(ValueError):
    """The schema has a keyword that is left to jsonschema."""


class Verdicts:
    """The functions of a schema and of each of its parts.

    :param schema: a valid schema of draft 2020-12; it must stay as it is, and alive.
    :param formats: format name -> format.
    :param patterns: each pattern of the schema, compiled.
    """

    def __init__(
        self, schema: Any, formats: Mapping[str, Format], patterns: Mapping[str, re.Pattern[str]]
    ) -> None:
        self._formats, self._patterns = formats, patterns
        self._made: dict[int, Verdict | None] = {}
        self._root = schema
        if self.of(schema) is None:
            for _, part in walk(schema):
                self.of(part)

    def of(self, part: Any) -> Verdict | None:
        """Return the function of the schema or of a part of it; None where jsonschema decides alone."""
        if isinstance(part, bool):
            return _anything if part else nothing
        if id(part) not in self._made:
            try:
                self._made[id(part)] = self._compiled(part)
            except _NotKnown:
                self._made[id(part)] = None
        return self._made[id(part)]

    def _inner(self, part: Any) -> Verdict:
        verdict = self.of(part)
        if verdict is None:
            raise _NotKnown
        return verdict

    def _inners(self, parts: Iterable[Any]) -> tuple[Verdict, ...]:
        return tuple(map(self._inner, parts))

    def _compiled(self, part: Mapping[str, Any]) -> Verdict:
        for word in part:
            silent = word in _SILENT or (word == "$schema" and part is self._root)
            if word in _LEFT or (word.startswith("$") and not silent):
                raise _NotKnown
        kinds = part.get("type")
        first: list[Verdict]
        if isinstance(kinds, str) and kinds in _FAMILIES:
            python, make = _FAMILIES[kinds]
            first = [_only(python, make(self, part))]
        else:
            first = [_type(kinds)] if kinds is not None else []
            made = [(python, make(self, part)) for python, make in _FAMILIES.values()]
            first += [_unless(python, test) for python, test in made if test is not None]
        return _all([*first, *_bounds(part), *self._values(part)])

    def _values(self, part: Mapping[str, Any]) -> Iterable[Verdict]:
        """Yield what the keywords say that speak of values of any type."""
        if "enum" in part:
            yield _one_of_constants(part["enum"])
        if "const" in part:
            yield _one_of_constants([part["const"]])
        if "allOf" in part:
            yield _all(self._inners(part["allOf"]))
        if "anyOf" in part:
            yield _any(self._inners(part["anyOf"]))
        if "oneOf" in part:
            yield _exactly_one(self._inners(part["oneOf"]))
        if "not" in part:
            yield _not(self._inner(part["not"]))
        if "if" in part:
            chosen = (part["if"], part.get("then", True), part.get("else", True))
            yield _if(*self._inners(chosen))

    def _text(self, part: Mapping[str, Any]) -> Verdict | None:
        tests = _counts(part, "minLength", "maxLength")
        if "pattern" in part:
            tests.append(_matching(self._patterns[part["pattern"]].search))
        form = self._formats.get(part.get("format", ""))
        if form is not None:
            tests.append(form.check)
        return _all(tests) if tests else None

    def _object(self, part: Mapping[str, Any]) -> Verdict | None:
        tests = _counts(part, "minProperties", "maxProperties")
        if part.get("required"):
            tests.append(_having(frozenset(part["required"])))
        if "dependentRequired" in part:
            tests.append(_having_also(part["dependentRequired"]))
        if "propertyNames" in part:
            tests.append(_each(self._inner(part["propertyNames"])))
        known = {name: self._inner(inner) for name, inner in part.get("properties", {}).items()}
        patterns = part.get("patternProperties", {})
        by_pattern = [(self._patterns[text].search, self._inner(inner)) for text, inner in patterns.items()]
        rest = self._inner(part.get("additionalProperties", True))
        if by_pattern:
            tests.append(_members_by_pattern(known, by_pattern, rest))
        elif known or rest is not _anything:
            tests.append(_members(known, rest))
        if "dependentSchemas" in part:
            dependent = part["dependentSchemas"].items()
            tests.append(_dependent([(name, self._inner(inner)) for name, inner in dependent]))
        return _all(tests) if tests else None

    def _array(self, part: Mapping[str, Any]) -> Verdict | None:
        tests = _counts(part, "minItems", "maxItems")
        first, rest = self._inners(part.get("prefixItems", ())), self._inner(part.get("items", True))
        if first:
            tests.append(_items_after(first, rest))
        elif rest is not _anything:
            tests.append(_each(rest))
        if part.get("uniqueItems"):
            tests.append(unique)
        if "contains" in part:
            limits = part.get("minContains", 1), part.get("maxContains", math.inf)
            tests.append(_containing(self._inner(part["contains"]), *limits))
        return _all(tests) if tests else None


_FAMILIES: Mapping[str, tuple[type, Callable[[Verdicts, Mapping[str, Any]], Verdict | None]]] = (
    MappingProxyType(
        {
            "string": (str, Verdicts._text),
            "object": (dict, Verdicts._object),
            "array": (list, Verdicts._array),
        }
    )
)


def number(text: str) -> int | float | None:
    """Return the number that a text reads as, by what Python's ``int`` and ``float`` read; None for none."""
    try:
        return int(text) if len(text) <= _EXACT_DIGITS else float(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None


def nothing(value: Any) -> bool:
    """Refuse any value."""
    return False


def _anything(value: Any) -> bool:
    return True


# ------------------------------------------------------------------------------- of any value


def _all(tests: Iterable[Verdict]) -> Verdict:
    every = tuple(test for test in tests if test is not _anything)
    if not every:
        return _anything
    if len(every) == 1:
        return every[0]
    if len(every) == 2:
        one, two = every
        return lambda value: one(value) and two(value)
    if len(every) == 3:
        one, two, three = every
        return lambda value: one(value) and two(value) and three(value)

    def verdict(value: Any) -> bool:
        # A generator would take the time of another test or two; so in the other loops.
        for test in every:  # noqa: SIM110
            if not test(value):
                return False
        return True

    return verdict


def _any(tests: tuple[Verdict, ...]) -> Verdict:
    return lambda value: any(test(value) for test in tests)


def _exactly_one(tests: tuple[Verdict, ...]) -> Verdict:
    return lambda value: sum(1 for test in tests if test(value)) == 1


def _not(test: Verdict) -> Verdict:
    return lambda value: not test(value)


def _if(asked: Verdict, then: Verdict, other: Verdict) -> Verdict:
    return lambda value: then(value) if asked(value) else other(value)


def _only(kind: type, test: Verdict | None) -> Verdict:
    if test is None:
        return lambda value: isinstance(value, kind)
    inner = test
    return lambda value: isinstance(value, kind) and inner(value)


def _unless(kind: type, test: Verdict) -> Verdict:
    return lambda value: not isinstance(value, kind) or test(value)


def _is_integer(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: Mapping[str, Verdict] = MappingProxyType(
    {
        "array": _only(list, None),
        "boolean": _only(bool, None),
        "integer": _is_integer,
        "null": _only(type(None), None),
        "number": _is_number,
        "object": _only(dict, None),
        "string": _only(str, None),
    }
)


def _type(kinds: Any) -> Verdict:
    return _any(tuple(_TYPES[kind] for kind in kinds)) if isinstance(kinds, list) else _TYPES[kinds]


def _one_of_constants(constants: Iterable[Any]) -> Verdict:
    texts = frozenset(one for one in constants if isinstance(one, str))
    others = tuple(one for one in constants if not isinstance(one, str))

    def verdict(value: Any) -> bool:
        return value in texts if isinstance(value, str) else any(same(one, value) for one in others)

    return verdict


# ------------------------------------------------------------------------------- of numbers, texts


def _bounds(part: Mapping[str, Any]) -> list[Verdict]:
    low, high = part.get("minimum", -math.inf), part.get("maximum", math.inf)
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")

    def between(value: Any) -> bool:
        read = number(value) if isinstance(value, str) else value
        if not _is_number(read):
            return True
        # The number that is none, "nan", lies nowhere.
        inside = bool(low <= read <= high)
        return inside and (above is None or read > above) and (below is None or read < below)

    bounded = any(word in part for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
    return [between] if bounded else []


def _counts(part: Mapping[str, Any], lower: str, upper: str) -> list[Verdict]:
    least, most = part.get(lower, 0), part.get(upper, math.inf)
    return [lambda value: least <= len(value) <= most] if lower in part or upper in part else []


def _matching(search: Callable[[str], Any]) -> Verdict:
    return lambda text: search(text) is not None


# ------------------------------------------------------------------------------- of objects


def _having(names: frozenset[str]) -> Verdict:
    return lambda value: bool(value.keys() >= names)


def _having_also(names: Mapping[str, Iterable[str]]) -> Verdict:
    every = tuple((name, tuple(others)) for name, others in names.items())
    return lambda value: all(other in value for name, others in every if name in value for other in others)


def _members(known: Mapping[str, Verdict], rest: Verdict) -> Verdict:
    find = known.get

    def verdict(value: Any) -> bool:
        for key, item in value.items():  # noqa: SIM110
            if not find(key, rest)(item):
                return False
        return True

    return verdict


def _members_by_pattern(
    known: Mapping[str, Verdict], patterns: Iterable[tuple[Callable[[str], Any], Verdict]], rest: Verdict
) -> Verdict:
    by_pattern = tuple(patterns)

    def verdict(value: Any) -> bool:
        for key, item in value.items():
            named = key in known
            if named and not known[key](item):
                return False
            for search, test in by_pattern:
                if search(key):
                    named = True
                    if not test(item):
                        return False
            if not named and not rest(item):
                return False
        return True

    return verdict


def _dependent(tests: Iterable[tuple[str, Verdict]]) -> Verdict:
    every = tuple(tests)
    return lambda value: all(test(value) for name, test in every if name in value)


# ------------------------------------------------------------------------------- of arrays


def _each(test: Verdict) -> Verdict:
    return lambda value: all(map(test, value))


def _items_after(first: tuple[Verdict, ...], rest: Verdict) -> Verdict:
    count, each = len(first), _each(rest)

    def verdict(value: Any) -> bool:
        return all(test(item) for test, item in zip(first, value, strict=False)) and each(value[count:])

    return verdict


def _containing(test: Verdict, least: int, most: float) -> Verdict:
    return lambda value: least <= sum(1 for item in value if test(item)) <= most
