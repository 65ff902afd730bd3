"""What is wrong with a schema, told when a service loads.

Errors: it is no JSON Schema of its draft; a draft that isn't known; a pattern that can't be read or that a
client can make run for ever; a reference that leads nowhere, or round in a circle. Warnings: a pattern that
isn't anchored, a format or keyword that nobody knows, ``uniqueItems`` without ``maxItems`` (comparing items
costs the square of their number), an object's property of a query that is no array.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError

from apirouter.errors import clip, suggest
from apirouter.patterns import catastrophic, degree, exponential
from apirouter.validation.formats import Format
from apirouter.validation.keywords import DEFAULT_DRAFT, draft_of, drafts, validator_class
from apirouter.validation.plain import plainly_valid
from apirouter.validation.regexes import anchored, compiled
from apirouter.validation.walk import (
    IN_PLACE_LIST,
    IN_PLACE_MAP,
    IN_PLACE_ONE,
    UnknownReference,
    children,
    resolve,
    walk,
)

#: Steps that a pattern may take at most: some milliseconds.
_MOST_STEPS = 1_000_000

ERROR = "error"
WARNING = "warning"

_IN_PLACE = frozenset((*IN_PLACE_LIST, *IN_PLACE_MAP, *IN_PLACE_ONE))
#: Keywords that the validators don't act on; a keyword that is neither here nor there is a slip or a note.
_NOTES = frozenset(
    (
        "$id",
        "id",
        "$schema",
        "$anchor",
        "$dynamicAnchor",
        "$recursiveAnchor",
        "$vocabulary",
        "$comment",
        "$defs",
        "definitions",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "then",
        "else",
        "minContains",
        "maxContains",
    )
)


def problems(schema: Any, formats: Mapping[str, Format]) -> Iterator[tuple[str, str]]:
    """Yield ``(severity, text)`` for all that is wrong with a schema.

    :param schema: the schema.
    :param formats: format name -> format.
    :returns: severity is ``error`` or ``warning``; each text starts at the place, a JSON path.
    """
    draft = draft_of(schema)
    if draft not in drafts():
        yield ERROR, f"$.$schema: '{clip(draft)}' is no draft that is known; {suggest(draft, drafts())}"
        return
    cls = validator_class(draft)
    try:
        if draft != DEFAULT_DRAFT or not plainly_valid(schema):
            cls.check_schema(schema)
    except SchemaError as error:
        yield ERROR, f"{error.json_path}: the schema is no JSON Schema ({draft}): {clip(error.message)}"
        return
    except RecursionError:
        yield ERROR, "$: the schema nests too deeply"
        return
    keywords = {*cls.VALIDATORS, *_NOTES}
    for place, part in walk(schema):
        yield from _patterns(place, part)
        yield from _reference(place, part, schema)
        yield from _names(place, part, formats, keywords)
        if part.get("uniqueItems") is True and "maxItems" not in part:
            yield (
                WARNING,
                f"{place}: uniqueItems without maxItems: its cost is the square of the items; add maxItems",
            )
    yield from _circles(schema)


def _patterns(place: str, part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(part.get("pattern"), str):
        yield from _pattern(f"{place}.pattern", part["pattern"], ending=True, longest=part.get("maxLength"))
    for text in part.get("patternProperties", ()):
        yield from _pattern(f"{place}.patternProperties", text, ending=False)


def _as_written(text: str) -> str:
    """Return what is wrong with a pattern at its author's own characters; empty where nothing is."""
    try:
        re.compile(text)
    except re.error as error:
        return str(error)
    return ""


def _pattern(place: str, text: str, *, ending: bool, longest: Any = None) -> Iterator[tuple[str, str]]:
    shown = f"{place}: pattern '{clip(text)}'"
    try:
        compiled(text)
        starts, ends = anchored(text)
    except (re.error, RecursionError, OverflowError) as error:
        yield ERROR, f"{shown} is no regular expression: {_as_written(text) or error}"
        return
    reason, power = _cost(text)
    if reason and power and isinstance(longest, int) and longest**power <= _MOST_STEPS:
        yield WARNING, f"{shown} is bounded by maxLength {longest} alone: it {reason}"
    elif reason:
        yield ERROR, f"{shown} can be made to hang: it {reason}"
    if not starts or (ending and not ends):
        yield WARNING, f"{shown} is not anchored: it is sought anywhere in the text; write '^...$'"


@functools.lru_cache(maxsize=512)
def _cost(text: str) -> tuple[str | None, int | None]:
    """Return why a pattern can be made to hang, and the power of the text's length that it then takes."""
    reason = catastrophic(text)
    return reason, None if reason is None or exponential(text) else degree(text)


def _reference(place: str, part: Mapping[str, Any], root: Any) -> Iterator[tuple[str, str]]:
    ref = part.get("$ref")
    if isinstance(ref, str):
        try:
            resolve(root, ref)
        except UnknownReference:
            yield ERROR, f"{place}: $ref '{clip(ref)}' leads nowhere in this schema; nothing is ever fetched"


def _names(
    place: str, part: Mapping[str, Any], formats: Mapping[str, Format], keywords: set[str]
) -> Iterator[tuple[str, str]]:
    form = part.get("format")
    if isinstance(form, str) and form not in formats:
        yield (
            WARNING,
            f"{place}: format '{clip(form)}' is not known and so not checked; {suggest(form, formats)}",
        )
    for word in part:
        if word not in keywords:
            # A schema without a mistake is not to wait for it.
            import difflib

            near = difflib.get_close_matches(str(word), sorted(keywords), n=1, cutoff=0.8)
            if near:
                yield (
                    WARNING,
                    f"{place}: '{clip(word)}' is no keyword and says nothing; did you mean '{near[0]}'?",
                )


def _circles(schema: Any) -> Iterator[tuple[str, str]]:
    """Find the references that lead back to themselves without going into the value."""
    for place, part in walk(schema):
        if "$ref" in part and _returns(part, part, schema, set()):
            yield (
                ERROR,
                f"{place}: $ref '{clip(part['$ref'])}' leads back to itself: no value could ever be checked",
            )


def _returns(start: Any, part: Any, root: Any, seen: set[int]) -> bool:
    if not isinstance(part, Mapping) or id(part) in seen:
        return False
    seen.add(id(part))
    inner = [found for keyword, _, found in children(part) if keyword in _IN_PLACE]
    if isinstance(part.get("$ref"), str):
        try:
            inner.append(resolve(root, part["$ref"]))
        except UnknownReference:
            return False
    return any(found is start or _returns(start, found, root, seen) for found in inner)
