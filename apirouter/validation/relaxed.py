"""What a legacy client sends, less what ``additionalProperties: false`` forbids.

1. Stripping makes a new value; what was given is never changed, and parts that lose nothing are shared.
2. An object loses the keys that neither ``properties`` nor ``patternProperties`` of a schema with
   ``additionalProperties: false`` names; one with ``patternProperties`` loses none, for there the keys
   themselves are the input, and a wrong one is refused.
3. Of alternatives (``anyOf``, ``oneOf``) the first that the value satisfies as it is decides; else the one
   that it satisfies with the fewest keys lost; if there is none, nothing is lost.
4. The stripped value is then checked as strictly as any other.
5. Each part of a schema becomes a function when the service loads; one that forbids nothing anywhere below has
   none, and the values that it speaks of are not walked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from apirouter.validation.keywords import conforms
from apirouter.validation.walk import resolve

Strip = Callable[[Any], Any]


def stripper(schema: Any, validator: Any) -> Strip:
    """Return a function that returns a JSON value without what a schema forbids as additional.

    :param schema: the whole schema.
    :param validator: its validator.
    """
    return _Strippers(schema, validator).of(schema) or _same


def _same(value: Any) -> Any:
    return value


class _Strippers:
    def __init__(self, root: Any, validator: Any) -> None:
        self._root, self._validator = root, validator
        self._made: dict[int, Strip | None] = {}

    def of(self, part: Any) -> Strip | None:
        """Return the function of a part; None for one that forbids nothing."""
        if not isinstance(part, Mapping):
            return None
        key = id(part)
        if key not in self._made:
            # A reference may lead back here before the function is made.
            self._made[key] = lambda value: (self._made[key] or _same)(value)
            self._made[key] = self._compiled(part)
        return self._made[key]

    def _compiled(self, part: Mapping[str, Any]) -> Strip | None:
        found: list[Strip | None] = []
        if isinstance(part.get("$ref"), str):
            found.append(self.of(resolve(self._root, part["$ref"])))
        found += map(self.of, part.get("allOf", ()))
        found += [self._alternative(part[word]) for word in ("anyOf", "oneOf") if word in part]
        if "if" in part:
            found.append(self._condition(part["if"], part.get("then"), part.get("else")))
        found += [self._dependent(key, inner) for key, inner in part.get("dependentSchemas", {}).items()]
        found += [self._object(part), self._array(part)]
        steps = tuple(step for step in found if step is not None)
        if not steps:
            return None

        def strip(value: Any) -> Any:
            if value and isinstance(value, (dict, list)):
                for step in steps:
                    value = step(value)
            return value

        return strip

    def _alternative(self, branches: Any) -> Strip | None:
        strips = [(self.of(branch) or _same, branch) for branch in branches]
        if all(strip is _same for strip, _ in strips):
            return None
        validator = self._validator

        def step(value: Any) -> Any:
            stripped = [(strip(value), branch) for strip, branch in strips]
            fitting = [new for new, branch in stripped if conforms(validator, branch, new)]
            return value if all(new is value for new in fitting) else max(fitting, key=_size)

        return step

    def _condition(self, asked: Any, then: Any, other: Any) -> Strip | None:
        fits, fails = self.of(then), self.of(other)
        if fits is None and fails is None:
            return None
        validator = self._validator

        def step(value: Any) -> Any:
            chosen = fits if conforms(validator, asked, value) else fails
            return chosen(value) if chosen is not None else value

        return step

    def _dependent(self, key: str, part: Any) -> Strip | None:
        strip = self.of(part)
        if strip is None:
            return None
        return lambda value: strip(value) if isinstance(value, dict) and key in value else value

    def _object(self, part: Mapping[str, Any]) -> Strip | None:
        known = {name: self.of(inner) for name, inner in part.get("properties", {}).items()}
        search = self._validator.format_checker.patterns
        patterns = [
            (search[text].search, self.of(inner)) for text, inner in part.get("patternProperties", {}).items()
        ]
        rest = self.of(part.get("additionalProperties"))
        loses = part.get("additionalProperties") is False and not patterns
        if not loses and not any((rest, *known.values(), *(strip for _, strip in patterns))):
            return None

        def member(key: str, item: Any) -> Any:
            strips = [known[key]] if key in known else []
            strips += [strip for search, strip in patterns if search(key)]
            for strip in strips or (rest,):
                item = strip(item) if strip is not None else item
            return item

        def step(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            new: dict[str, Any] = {}
            changed = False
            for key, item in value.items():
                if loses and key not in known:
                    changed = True
                    continue
                new[key] = member(key, item) if item and isinstance(item, (dict, list)) else item
                changed = changed or new[key] is not item
            return new if changed else value

        return step

    def _array(self, part: Mapping[str, Any]) -> Strip | None:
        listed, other = part.get("prefixItems", ()), part.get("items")
        if isinstance(other, list):
            listed, other = other, part.get("additionalItems")
        first, rest = [self.of(inner) or _same for inner in listed], self.of(other)
        if rest is None and all(strip is _same for strip in first):
            return None
        others = rest or _same

        def step(value: Any) -> Any:
            if not isinstance(value, list):
                return value
            new = [strip(item) for strip, item in zip(first, value, strict=False)]
            new += map(others, value[len(first) :])
            return value if all(map(operator.is_, new, value)) else new

        return step


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value))
    return 0
