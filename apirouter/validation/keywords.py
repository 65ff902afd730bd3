"""jsonschema's validators with the field's readings added; it still decides and words every verdict.

1. A text that reads as a number obeys minimum and maximum, exclusive or not, as the number it reads as; one
   that reads as no number at all (``"nan"``) obeys none and is refused.
2. Formats are always checked, by :mod:`.formats`.
3. ``$`` in a pattern is the end of the text (see :mod:`.regexes`).
4. A text that ``maxLength`` refuses is not held against the ``pattern`` beside it.
5. References lead into the schema itself, never to the network.
6. Parts of a value that :mod:`.verdicts` finds valid are passed over: what jsonschema does of a value, it does of
   its invalid parts, of at most :data:`MOST` of those that no branch of ``anyOf`` or ``oneOf`` wants.
7. An array that ``maxItems`` refuses is not held against the ``uniqueItems`` beside it.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema
import jsonschema.validators
import referencing
from jsonschema.exceptions import ValidationError as Violation
from referencing.jsonschema import EMPTY_REGISTRY

from apirouter.errors import ECHO_LIMIT, clip
from apirouter.validation.brief import briefly
from apirouter.validation.equality import unique
from apirouter.validation.formats import Format
from apirouter.validation.regexes import compiled
from apirouter.validation.verdicts import Verdict, Verdicts, nothing, number
from apirouter.validation.walk import walk

#: jsonschema's own keywords that write the value into their messages.
_OF_THE_WHOLE = ("type", "enum", "const", "not", "minItems", "maxItems", "minProperties", "maxProperties")

#: How many violations are looked at: a body of a hundred thousand wrong items earns no more.
MOST = 100

#: What jsonschema says of a value where the schema is ``false``, before it writes the value.
NOT_ALLOWED = "False schema does not allow"

#: What a schema is read as when it has no ``$schema``.
DEFAULT_DRAFT = "https://json-schema.org/draft/2020-12/schema"

_CLASSES: tuple[Any, ...] = (
    jsonschema.Draft4Validator,
    jsonschema.Draft6Validator,
    jsonschema.Draft7Validator,
    jsonschema.Draft201909Validator,
    jsonschema.Draft202012Validator,
)


class Checker(jsonschema.FormatChecker):
    """What one schema's formats and patterns are checked by; goes with its validator everywhere.

    :param schema: the schema.
    :param formats: format name -> format.
    """

    def __init__(self, schema: Any, formats: Mapping[str, Format]) -> None:
        super().__init__(formats=())
        self.formats = formats
        self.patterns: dict[str, re.Pattern[str]] = {}
        for _, part in walk(schema):
            texts = [*part.get("patternProperties", ())]
            if isinstance(part.get("pattern"), str):
                texts.append(part["pattern"])
            for text in texts:
                self.patterns[text] = compiled(text)
        self._schema = schema
        self._verdicts: Verdicts | None = None

    def verdict(self, part: Any) -> Verdict | None:
        """Return what tells whether a value is valid; None where jsonschema must be asked.

        Made when it is first asked for: a load asks nothing of a value.

        :param part: the schema or a part of it.
        """
        made = self._verdicts
        if made is None:
            if draft_of(self._schema) != DEFAULT_DRAFT:
                return None
            made = self._verdicts = Verdicts(self._schema, self.formats, self.patterns)
        return made.of(part)


def drafts() -> list[str]:
    """Return the values of ``$schema`` that are known."""
    return [cls.META_SCHEMA.get("$id", cls.META_SCHEMA.get("id", "")).rstrip("#") for cls in _CLASSES]


def draft_of(schema: Any) -> str:
    """Return the ``$schema`` of a schema, :data:`DEFAULT_DRAFT` where it has none."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    return named.rstrip("#") if isinstance(named, str) else DEFAULT_DRAFT


@functools.cache
def validator_class(draft: str) -> Any:
    """Return jsonschema's class for a draft, extended.

    :param draft: one of :func:`drafts`.
    """
    base = _CLASSES[drafts().index(draft)]
    extended = {
        "properties": _properties,
        "format": _format,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": briefly(_unique_items),
        "anyOf": briefly(_any_of),
        "oneOf": briefly(_one_of),
    }
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if keyword in base.VALIDATORS:
            extended[keyword] = _bounded(base.VALIDATORS[keyword])
    for keyword in _OF_THE_WHOLE:
        if keyword in base.VALIDATORS:
            extended[keyword] = briefly(base.VALIDATORS[keyword])
    if draft == DEFAULT_DRAFT:
        extended["items"] = functools.partial(_items, base.VALIDATORS["items"])
        extended |= {"propertyNames": _property_names, "contains": briefly(_contains)}
    extend: Any = jsonschema.validators.extend
    return extend(base, extended)


def validator(schema: Any, formats: Mapping[str, Format]) -> Any:
    """Return jsonschema's validator for a schema, to be kept.

    :param schema: a valid schema.
    :param formats: format name -> format.
    """
    made = validator_class(draft_of(schema))
    registry: referencing.Registry[Any] = EMPTY_REGISTRY
    return made(schema, format_checker=Checker(schema, formats), registry=registry)


def conforms(validator: Any, part: Any, value: Any) -> bool:
    """Tell whether a value satisfies a part of a schema.

    :param validator: the validator of the whole schema.
    :param part: the part.
    :param value: a JSON value.
    """
    verdict = validator.format_checker.verdict(part)
    return verdict(value) if verdict else next(validator.descend(value, part), None) is None


def _surely_valid(validator: Any, part: Any) -> Verdict:
    return validator.format_checker.verdict(part) or nothing


def _bounded(base: Callable[..., Any]) -> Callable[..., Iterator[Violation]]:
    def check(validator: Any, limit: Any, instance: Any, schema: Any) -> Iterator[Violation]:
        if isinstance(instance, str):
            read = number(instance)
            if read is None:
                return
            if math.isnan(read):
                yield Violation(f"{instance!r} is not a number")
                return
            instance = read
        yield from base(validator, limit, instance, schema) or ()

    return check


def _format(validator: Any, name: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if isinstance(instance, str):
        form = validator.format_checker.formats.get(name)
        if form is not None and not form.check(instance):
            yield Violation(f"{instance!r} is not a {name!r}")


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, str):
        return
    longest = schema.get("maxLength")
    if longest is not None and len(instance) > longest:
        # maxLength refuses it; and bounds what a pattern may cost.
        return
    if not validator.format_checker.patterns[pattern].search(instance):
        yield Violation(f"{instance!r} does not match {pattern!r}")


def _descend(validator: Any, value: Any, inner: Any, key: str, schema_path: str) -> Iterator[Violation]:
    """Yield what a part of an object violates, its key in the path, also where the part is not allowed at all."""
    if inner is False:
        yield Violation(NOT_ALLOWED, instance=value, schema=False, path=(key,))
    else:
        yield from validator.descend(value, inner, path=key, schema_path=schema_path)


def _properties(validator: Any, properties: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if isinstance(instance, dict):
        for key, inner in properties.items():
            if key in instance:
                yield from _descend(validator, instance[key], inner, key, key)


def _pattern_properties(validator: Any, by_pattern: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in by_pattern.items():
        search = validator.format_checker.patterns[pattern].search
        is_valid = _surely_valid(validator, inner)
        for key, value in instance.items():
            if search(key) and not is_valid(value):
                yield from _descend(validator, value, inner, key, pattern)


def extras(validator: Any, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return the keys of an object that neither ``properties`` nor ``patternProperties`` names."""
    known = schema.get("properties", {})
    unknown = [key for key in instance if key not in known]
    for text in schema.get("patternProperties", ()):
        search = validator.format_checker.patterns[text].search
        unknown = [key for key in unknown if not search(key)]
    return unknown


def _additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, dict) or rule is True:
        return
    unknown = extras(validator, instance, schema)
    if not unknown:
        return
    if rule is not False:
        is_valid = _surely_valid(validator, rule)
        for key in unknown:
            if not is_valid(instance[key]):
                yield from validator.descend(instance[key], rule, path=key)
        return
    names = clip(", ".join(repr(key) for key in sorted(unknown, key=str)), ECHO_LIMIT // 2)
    if "patternProperties" in schema:
        verb = "does" if len(unknown) == 1 else "do"
        patterns = ", ".join(repr(text) for text in sorted(schema["patternProperties"]))
        yield Violation(f"{names} {verb} not match any of the regexes: {patterns}")
    else:
        verb = "was" if len(unknown) == 1 else "were"
        yield Violation(f"Additional properties are not allowed ({names} {verb} unexpected)")


def _items(
    base: Callable[..., Any], validator: Any, rule: Any, instance: Any, schema: Any
) -> Iterator[Violation]:
    if isinstance(rule, bool):
        yield from base(validator, rule, instance, schema)
    elif isinstance(instance, list):
        is_valid = _surely_valid(validator, rule)
        for index in range(len(schema.get("prefixItems", ())), len(instance)):
            if not is_valid(instance[index]):
                yield from validator.descend(instance[index], rule, path=index)


def _property_names(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if isinstance(instance, dict):
        is_valid = _surely_valid(validator, rule)
        for name in instance:
            if not is_valid(name):
                yield from validator.descend(name, rule)


def _unique_items(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    counted = rule and isinstance(instance, list) and len(instance) <= schema.get("maxItems", math.inf)
    if counted and not unique(instance):
        yield Violation(f"{instance!r} has non-unique elements")


def _contains(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, list):
        return
    least, most = schema.get("minContains", 1), schema.get("maxContains", len(instance))
    found = sum(1 for item in instance if conforms(validator, rule, item))
    if found > most:
        text = f"Too many items match the given schema (expected at most {most})"
        yield Violation(text, validator="maxContains", validator_value=most)
    elif found < least:
        if not found:
            yield Violation(f"{instance!r} does not contain items matching the given schema")
            return
        text = f"Too few items match the given schema (expected at least {least} but only {found} matched)"
        yield Violation(text, validator="minContains", validator_value=least)


def _any_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if any(_surely_valid(validator, branch)(instance) for branch in branches):
        return
    context: list[Violation] = []
    for index, branch in enumerate(branches):
        violations = _some(validator, instance, branch, index)
        if not violations:
            return
        context += violations
    yield Violation(f"{instance!r} is not valid under any of the given schemas", context=context)


def _one_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    context: list[Violation] = []
    valid: list[Any] = []
    for index, branch in enumerate(branches):
        surely = _surely_valid(validator, branch)(instance)
        violations = [] if surely else _some(validator, instance, branch, index)
        context += violations
        if not violations:
            valid.append(branch)
    if not valid:
        yield Violation(f"{instance!r} is not valid under any of the given schemas", context=context)
    elif len(valid) > 1:
        # jsonschema names the first one last.
        schemas = ", ".join(map(repr, [*valid[1:], valid[0]]))
        yield Violation(f"{instance!r} is valid under each of {schemas}")


def _some(validator: Any, instance: Any, branch: Any, index: int) -> list[Violation]:
    return list(itertools.islice(validator.descend(instance, branch, schema_path=index), MOST))
