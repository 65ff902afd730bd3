"""jsonschema's violations -> the one error that a client sees.

1. One violation, the most useful by jsonschema's own judgement (``best_match``), or all of them.
2. Of a body, ``Invalid input for field/attribute <last key>. Value: <value>. <message>``; of a query,
   ``Invalid input for query parameters <name>. ...``; of the whole value, the message alone.
3. A format may have a message of its own, which then is all.
4. No more than 256 characters of any value are echoed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from jsonschema.exceptions import ValidationError as Violation
from jsonschema.exceptions import best_match

from apirouter.errors import ECHO_LIMIT, ValidationError, clip
from apirouter.validation.brief import brief
from apirouter.validation.formats import Format
from apirouter.validation.keywords import MOST, NOT_ALLOWED

#: How many parts of a value a message may echo: path, key, value, and the value within its own words.
_ECHOES = 4

#: Keywords whose messages name parts of the value, and nothing of the schema but their own words.
_NAMES_PARTS = frozenset(("unevaluatedProperties", "unevaluatedItems", "items", "additionalItems"))


def failure(
    violations: Iterable[Violation], formats: Mapping[str, Format], *, query: bool, all_errors: bool
) -> ValidationError:
    """Return the error that tells a client of violations.

    :param violations: at least one.
    :param formats: format name -> format.
    :param query: whether the value is a query, name -> list of texts.
    :param all_errors: tell all of them (at most :data:`MOST`), each after its JSON path.
    """
    found = list(itertools.islice(violations, MOST + 1))
    best = best_match(iter(found[:MOST]))
    # For the type checker: there is a violation, or this would not be called.
    assert best is not None  # nosec B101
    path = clip(_short(best.json_path))
    if not all_errors:
        return ValidationError(_worded(best, formats, query), path=path)
    texts = []
    for violation in found[:MOST]:
        inner = best_match(iter([violation])) or violation
        texts.append(f"{clip(_short(inner.json_path))}: {_worded(inner, formats, query)}")
    if len(found) > MOST:
        texts.append(f"and more than {MOST} in all")
    return ValidationError("; ".join(texts), path=path)


def _worded(violation: Violation, formats: Mapping[str, Format], query: bool) -> str:
    if violation.validator == "format" and isinstance(violation.validator_value, str):
        own = formats[violation.validator_value].message
        if own:
            return own
    written = brief(violation.instance)
    message = _message(violation, written)
    path = violation.absolute_path
    if not path:
        return message
    value = clip(_short(violation.instance if isinstance(violation.instance, str) else written))
    where = "query parameters" if query else "field/attribute"
    key = clip(_short(str(path[0] if query else path[-1])))
    return f"Invalid input for {where} {key}. Value: {value}. {message}"


def _short(text: str) -> str:
    """Return a text, cut when it is long, so that all a message echoes is no more than may be echoed."""
    return text if len(text) <= ECHO_LIMIT else f"{text[: ECHO_LIMIT // _ECHOES - 3]}..."


def _message(violation: Violation, written: str) -> str:
    message, value = violation.message, violation.instance
    short = repr(_short(value)) if isinstance(value, str) else _short(written)
    if violation.schema is False:
        return f"{NOT_ALLOWED} {short}"
    if short != written:
        message = message.replace(written, short)
    return clip(message, ECHO_LIMIT // 2) if violation.validator in _NAMES_PARTS else message
