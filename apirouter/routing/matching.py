"""Expressions run on a client's text, in time that a client can't stretch.

1. ``re`` matches while its ways are few: with ``k`` repeats that can share a text of ``n`` characters
   there are about ``n`` over ``k`` of them, and :data:`WAYS` is what fits into a few milliseconds.
2. Beyond that, :mod:`apirouter.routing.linear` gives the same answer.
3. What it can't express (look-ahead, references to groups) and is not known to be linear matches no text
   beyond.
"""

from __future__ import annotations

import math
import re
from typing import Any

from apirouter.expressions import REPEATS, inside, parse
from apirouter.patterns import degree, exponential
from apirouter.routing.linear import Linear, TooLongError, build

#: A control character (Unicode's category Cc) anywhere.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

#: How many ways ``re`` may be left to try.
WAYS = 200_000

#: Up to here a text is short enough for what takes a step for each character of it.
STEPS = 20_000

#: No text is longer.
UNLIMITED = 1 << 62

#: Repeats with a bound up to here are taken for characters.
_FEW = 64


class Expression:
    """An expression with named groups, compiled when it is first needed.

    :param pattern: the regular expression of the whole text.
    """

    __slots__ = ("_compiled", "_irregular", "_limit", "_linear", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled: re.Pattern[str] | None = None
        self._limit = 16
        self._linear: Linear | None = None
        self._irregular = False

    def __call__(self, text: str, start: int = 0) -> dict[str, Any] | None:
        """Return the named groups of a match of ``text[start:]``, or None.

        :param text: what the client sent, without control characters.
        :param start: where to begin.
        """
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = re.compile(self.pattern)
        size = len(text) - start
        if size > self._limit:
            if self._limit == 16 and self._linear is None:
                self._limit = limit(self.pattern)
            if size > self._limit:
                return self._long(text[start:])
        found = compiled.fullmatch(text, start)
        return None if found is None else found.groupdict()

    def _long(self, text: str) -> dict[str, Any] | None:
        if self._linear is None and not self._irregular:
            self._linear = build(self.pattern)
            if self._linear is None:
                self._limit = max(self._limit, _limit_of_ways(self.pattern))
                self._irregular = True
        if self._linear is not None:
            try:
                return self._linear.fullmatch(text)
            except TooLongError:
                pass  # where ``re`` has one way only it is the quicker, else nothing is
        if self._compiled is None or (self._limit != STEPS and len(text) > self._limit):
            return None
        found = self._compiled.fullmatch(text)
        return None if found is None else found.groupdict()

    def check(self, text: str) -> bool | None:
        """Tell whether a segment matches: True, or None when it does not (or holds a control character)."""
        if (not text.isprintable() and CONTROL.search(text)) or self(text) is None:
            return None
        return True


def limit(pattern: str) -> int:
    """Return up to which length of text ``re`` has few ways to match an expression.

    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    repeats, plain = _repeats(tree, flags)
    if repeats == 0:
        return UNLIMITED
    if plain and repeats == 1:
        return UNLIMITED if len(tree) == 1 and str(tree[0][0]) in REPEATS else STEPS
    if not plain:
        if exponential(pattern):
            return 15
        power = degree(pattern)
        if power == 1:
            return STEPS
        repeats = max(repeats, 2) if power is None else power
    return _size(repeats)


def _limit_of_ways(pattern: str) -> int:
    """Return what :func:`limit` does, at more cost: repeats that can't share a text don't count."""
    if exponential(pattern):
        return 15
    power = degree(pattern)
    return 15 if power is None else STEPS if power == 1 else _size(power)


def _size(repeats: int) -> int:
    size = 15
    while math.comb(size + 1, repeats) <= WAYS:
        size += 1
    return size


def _repeats(tree: Any, flags: int) -> tuple[int, bool]:
    """Return how many repeats without bound there are, and whether each is of single characters."""
    count, plain = 0, True
    for node in tree:
        op, value = str(node[0]), node[1]
        if op in ("GROUPREF", "GROUPREF_EXISTS"):
            count, plain = count + 1, False
        many = op in REPEATS and int(value[1]) >= _FEW
        for part, inner in inside(op, value, flags):
            below, simple = _repeats(part, inner)
            count += below
            plain = plain and simple
            if many and part.getwidth() != (1, 1):
                plain = False
        count += many
    return count, plain
