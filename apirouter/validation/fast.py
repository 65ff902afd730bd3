"""jsonschema-rs, where it is installed, may accept a value first; it never refuses one.

1. What it accepts, jsonschema accepts: a schema is rewritten into one that says the same in both engines, or
   less there. What it doesn't accept goes to jsonschema, which decides.
2. Saying less is no option where less becomes more: under ``not``, ``if``, ``oneOf``, ``contains``, in the
   keys of ``patternProperties``, and in a schema with references. There a part must say exactly the same.
3. A schema with anything else than the keywords below goes to jsonschema alone: ``multipleOf`` (binary and
   decimal fractions differ), ``uniqueItems`` of anything but texts, numbers too large for a double in
   ``enum`` and ``const``, ``unevaluated...``, ``$dynamicRef``, other drafts.
4. A lone surrogate, which that engine can't read, goes to jsonschema too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from apirouter.validation.formats import Format
from apirouter.validation.keywords import DEFAULT_DRAFT, draft_of
from apirouter.validation.regexes import Untranslatable, to_rust
from apirouter.validation.verdicts import number

_NOTES = frozenset(
    (
        "$schema",
        "$comment",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
    )
)
_COUNTS = frozenset(
    (
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    )
)
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_PLAIN = frozenset(("type", "required", "dependentRequired", *_COUNTS))
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_MAPS = frozenset(("properties", "$defs", "definitions", "dependentSchemas"))
_ONES = frozenset(("additionalProperties", "items", "propertyNames", "then", "else", "not", "if", "contains"))
#: Keywords under which a part that says less makes the whole say more.
_STRICT = frozenset(("not", "if", "oneOf", "contains"))
_EXACT_INTEGER = 2**53


class _Unlike(ValueError):
    """The two engines may read this differently."""


def acceptor(schema: Any, formats: Mapping[str, Format]) -> Callable[[Any], bool] | None:
    """Return a function that says yes only to values that jsonschema accepts; None when there is none.

    :param schema: a valid schema.
    :param formats: format name -> format.
    """
    try:
        import jsonschema_rs
    except ImportError:
        return None
    if draft_of(schema) != DEFAULT_DRAFT:
        return None
    writer = _Writer(formats, exact=_refers(schema))
    try:
        written = writer.schema(schema, writer.exact)
        engine = jsonschema_rs.Draft202012Validator(
            written,
            formats=writer.functions,
            validate_formats=True,
            ignore_unknown_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(),
            offline=True,
        )
    except (_Unlike, Untranslatable, re.error, ValueError, jsonschema_rs.ReferencingError):
        # Whatever that engine can't make of the schema, jsonschema can.
        return None
    is_valid: Callable[[Any], bool] = engine.is_valid
    return is_valid


def _refers(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return "$ref" in schema or any(_refers(value) for value in schema.values())
    return isinstance(schema, (list, tuple)) and any(map(_refers, schema))


class _Writer:
    def __init__(self, formats: Mapping[str, Format], *, exact: bool) -> None:
        self.formats, self.exact = formats, exact
        self.functions: dict[str, Callable[[str], bool]] = {}

    def schema(self, schema: Any, exact: bool) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise _Unlike("no schema")
        new: dict[str, Any] = {}
        more: list[Any] = []
        for keyword, value in schema.items():
            self._keyword(keyword, value, schema, exact, new, more)
        if any(bound in schema for bound in _BOUNDS) and _may_be_text(schema):
            more.append({"format": self._function(_range_check(schema))})
        for extra in more:
            ((keyword, value),) = extra.items()
            if keyword in new:
                new.setdefault("allOf", []).append(extra)
            else:
                new[keyword] = value
        return new

    def _keyword(
        self,
        keyword: str,
        value: Any,
        schema: Mapping[str, Any],
        exact: bool,
        new: dict[str, Any],
        more: list[Any],
    ) -> None:
        if keyword in _NOTES:
            return
        strict = exact or keyword in _STRICT
        if keyword in _PLAIN:
            if keyword in _COUNTS and (isinstance(value, bool) or not isinstance(value, int)):
                raise _Unlike(keyword)
            new[keyword] = _plain(value)
        elif keyword in _BOUNDS:
            new[keyword] = value
        elif keyword in _LISTS:
            new[keyword] = [self.schema(inner, strict) for inner in value]
        elif keyword in _MAPS:
            new[keyword] = {name: self.schema(inner, strict) for name, inner in value.items()}
        elif keyword in _ONES:
            new[keyword] = self.schema(value, strict)
        elif keyword == "pattern":
            more.append({"pattern": _pattern(value, exact)})
        elif keyword == "patternProperties":
            new[keyword] = {_pattern(text, True): self.schema(inner, exact) for text, inner in value.items()}
            if len(new[keyword]) != len(value):
                raise _Unlike(keyword)
        elif keyword == "format":
            self._format(value, exact, more)
        elif keyword in ("enum", "const"):
            _check_constants(value if keyword == "enum" else [value])
            new[keyword] = _plain(value)
        elif keyword == "uniqueItems":
            if value and _types(schema.get("items")) != ["string"]:
                raise _Unlike(keyword)
            new[keyword] = value
        elif keyword == "$ref" and _is_pointer(value):
            new[keyword] = value
        else:
            raise _Unlike(keyword)

    def _format(self, name: Any, exact: bool, more: list[Any]) -> None:
        form = self.formats.get(name)
        if form is None:
            return
        if form.native and not exact:
            more.append({"format": form.native})
        elif form.pattern or (form.narrow and not exact):
            more.append({"pattern": _pattern(form.pattern or form.narrow, True)})
        else:
            more.append({"format": self._function(form.check)})

    def _function(self, check: Callable[[str], bool]) -> str:
        for name, known in self.functions.items():
            if known is check:
                return name
        name = f"check-{len(self.functions)}"
        self.functions[name] = check
        return name


def _is_pointer(ref: Any) -> bool:
    return isinstance(ref, str) and (ref == "#" or ref.startswith("#/"))


def _pattern(text: str, exact: bool) -> str:
    written, same = to_rust(text)
    if exact and not same:
        raise _Unlike(text)
    return written


def _types(schema: Any) -> list[Any]:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return kind if isinstance(kind, list) else [kind]


def _may_be_text(schema: Mapping[str, Any]) -> bool:
    return "type" not in schema or "string" in _types(schema)


def _range_check(schema: Mapping[str, Any]) -> Callable[[str], bool]:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")

    def check(text: str) -> bool:
        read = number(text)
        return read is None or (
            read == read
            and (low is None or read >= low)
            and (high is None or read <= high)
            and (above is None or read > above)
            and (below is None or read < below)
        )

    return check


def _check_constants(values: Any) -> None:
    for value in values:
        if value is None or isinstance(value, (str, bool)):
            continue
        if not isinstance(value, int) or abs(value) > _EXACT_INTEGER:
            raise _Unlike("constant")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
