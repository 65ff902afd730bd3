"""jsonschema's validators with the field's readings added; it still decides and words every verdict.

1. A text that reads as a number obeys minimum and maximum, exclusive or not, as the number it reads as; one
   that reads as no number at all (``"nan"``) obeys none and is refused.
2. Formats are always checked, by :mod:`.formats`.
3. ``$`` in a pattern is the end of the text (see :mod:`.regexes`).
4. A text that ``maxLength`` refuses is not held against the ``pattern`` beside it.
5. References lead into the schema itself, never to the network.
"""

from __future__ import annotations

import functools
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
from apirouter.validation.formats import Format
from apirouter.validation.regexes import compiled
from apirouter.validation.walk import walk

#: What a schema is read as when it has no ``$schema``.
DEFAULT_DRAFT = "https://json-schema.org/draft/2020-12/schema"

_CLASSES: tuple[Any, ...] = (
    jsonschema.Draft4Validator,
    jsonschema.Draft6Validator,
    jsonschema.Draft7Validator,
    jsonschema.Draft201909Validator,
    jsonschema.Draft202012Validator,
)

#: A longer run of digits is read as a float: reading it exactly costs the square of its length.
_EXACT_DIGITS = 200


def number(text: str) -> int | float | None:
    """Return the number that a text reads as, by what Python's ``int`` and ``float`` read; None for none."""
    try:
        return int(text) if len(text) <= _EXACT_DIGITS else float(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None


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
        "format": _format,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if keyword in base.VALIDATORS:
            extended[keyword] = _bounded(base.VALIDATORS[keyword])
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


def _pattern_properties(validator: Any, by_pattern: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in by_pattern.items():
        search = validator.format_checker.patterns[pattern].search
        for key, value in instance.items():
            if search(key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def extras(validator: Any, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return the keys of an object that neither ``properties`` nor ``patternProperties`` names."""
    known = schema.get("properties", {})
    unknown = [key for key in instance if key not in known]
    if unknown and "patternProperties" in schema:
        patterns = [validator.format_checker.patterns[text] for text in schema["patternProperties"]]
        unknown = [key for key in unknown if not any(p.search(key) for p in patterns)]
    return unknown


def _additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Violation]:
    if not isinstance(instance, dict) or rule is True:
        return
    unknown = extras(validator, instance, schema)
    if not unknown:
        return
    if rule is not False:
        for key in unknown:
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
