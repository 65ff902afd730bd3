"""How an expression's cost can grow with the text that it fails on.

1. An expression is seen as its *positions* (single characters of it, each a set of characters) and which
   position may follow which. Looping over an expression adds the steps from its last positions to its
   first.
2. It is *exponential* when one text leads from a position back to itself in two ways: by two loops that
   make the same step (``(a+)+``), by two series of positions (``(a|a.)+``, ``(a|b|ab)+``), or by one
   series beside which two alternatives match nothing (``(a|a)+``, which ``re`` reads as ``(a(?:|))+``).
3. It is *polynomial* when one text leads from a position to itself, from it to another, and from that to
   itself (``.*.*``): the degree is one more than the longest chain of such positions.
4. A repeat with a bound is a loop only from 64 on, or inside a loop: ``(a{1,3})+`` can hang,
   ``(a{1,3}){1,3}`` can't. A fixed count is written out, up to eight times.
5. Anchors, assertions and references consume nothing here; what an assertion holds is judged by itself.
   A possessive repeat or an atomic group never gives back, so nothing inside it is ambiguous.
6. An expression of more than :data:`LIMIT` positions is not judged by the second way of rule 2, nor by
   rule 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apirouter.expressions import REPEATS, SINGLE, characters, inside, parse

#: How many positions are judged in pairs and triples.
LIMIT = 48

#: A repeat with a bound from here on counts as one without.
_MANY = 64
_COPIES = 8


@dataclass(slots=True)
class _Part:
    """An expression's first and last positions, and how it matches.

    :param first: positions that it may start at.
    :param last: positions that it may end at.
    :param empty: whether it may match the empty text.
    :param idle: whether it may match the empty text in two ways.
    :param doubled: whether it may match one text in two ways by the same positions.
    """

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    empty: bool = True
    idle: bool = False
    doubled: bool = False


class _Positions:
    """The positions of an expression and their steps."""

    def __init__(self, tree: Any, flags: int) -> None:
        self.masks: list[int] = []
        self.next: list[set[int]] = []
        self.twice = False
        self.held: list[tuple[Any, int]] = []
        self._sequence(tree, flags, False)

    def _new(self, mask: int) -> _Part:
        self.masks.append(mask)
        self.next.append(set())
        at = [len(self.masks) - 1]
        return _Part(at, list(at), False)

    def _steps(self, start: Iterable[int], end: Iterable[int]) -> None:
        for one in start:
            for other in end:
                if other in self.next[one]:
                    self.twice = True
                self.next[one].add(other)

    def _sequence(self, sequence: Any, flags: int, looped: bool) -> _Part:
        whole = _Part()
        for op, value in sequence:
            whole = self._join(whole, self._node(str(op), value, flags, looped))
        return whole

    def _join(self, one: _Part, other: _Part) -> _Part:
        self._steps(one.last, other.first)
        return _Part(
            one.first + other.first if one.empty else one.first,
            one.last + other.last if other.empty else other.last,
            one.empty and other.empty,
            (one.idle and other.empty) or (one.empty and other.idle),
            one.doubled or other.doubled or bool((one.idle and other.first) or (one.first and other.idle)),
        )

    def _node(self, op: str, value: Any, flags: int, looped: bool) -> _Part:
        if op in SINGLE:
            return self._new(characters(op, value, flags))
        if op in ("ASSERT", "ASSERT_NOT"):
            self.held.extend(inside(op, value, flags))
            return _Part()
        if op in ("BRANCH", "GROUPREF_EXISTS"):
            parts = [self._sequence(part, inner, looped) for part, inner in inside(op, value, flags)]
            return _Part(
                [at for part in parts for at in part.first],
                [at for part in parts for at in part.last],
                any(part.empty for part in parts),
                op == "BRANCH" and (sum(p.empty for p in parts) > 1 or any(p.idle for p in parts)),
                any(part.doubled for part in parts),
            )
        if op == "SUBPATTERN":
            ((part, inner),) = inside(op, value, flags)
            return self._sequence(part, inner, looped)
        if op in ("POSSESSIVE_REPEAT", "ATOMIC_GROUP"):
            self.held.extend(inside(op, value, flags))
            return _Part()
        if op in REPEATS:
            return self._repeat(value, flags, looped)
        return _Part()

    def _repeat(self, value: Any, flags: int, looped: bool) -> _Part:
        low, high, body = int(value[0]), int(value[1]), value[2]
        loops = high >= _MANY or (looped and high > max(low, 1))
        whole = _Part()
        for _ in range(min(low, _COPIES) - 1 if loops else min(low, _COPIES)):
            whole = self._join(whole, self._sequence(body, flags, looped))
        if loops:
            part = self._sequence(body, flags, True)
            self._steps(part.last, part.first)
            self.twice = self.twice or part.doubled
            part.empty = part.empty or low == 0
            return self._join(whole, part)
        if high > low:
            part = self._sequence(body, flags, looped)
            part.empty = True
            whole = self._join(whole, part)
        return whole

    def meets(self, *ats: int) -> bool:
        """Tell whether one character is in the sets of all positions."""
        mask = -1
        for at in ats:
            mask &= self.masks[at]
        return mask != 0


def exponential(pattern: str) -> bool:
    """Tell whether an expression may take exponential time to fail.

    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    return _exponential(tree, flags)


def _exponential(tree: Any, flags: int) -> bool:
    found = _Positions(tree, flags)
    if found.twice or _two_ways(found):
        return True
    return any(_exponential(part, inner) for part, inner in found.held)


def _two_ways(found: _Positions) -> bool:
    """Tell whether a text leads from a position back to itself by two series of positions."""
    size = len(found.masks)
    if size > LIMIT:
        return False
    for at in range(size):
        if not _leads(found, (at,), (at,)):
            continue
        ahead = _reached(found, [(at, at)])
        for pair in ahead:
            if pair[0] < pair[1] and (at, at) in _reached(found, [pair]):
                return True
    return False


def _reached(found: _Positions, start: list[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Return what positions, side by side, may lead to on one text."""
    seen: set[tuple[int, ...]] = set()
    todo = list(start)
    while todo:
        ats = todo.pop()
        ahead: list[tuple[int, ...]] = [()]
        for at in ats:
            ahead = [(*before, step) for before in ahead for step in found.next[at]]
        for new in ahead:
            if new not in seen and found.meets(*new):
                seen.add(new)
                todo.append(new)
    return seen


def _leads(found: _Positions, start: tuple[int, ...], end: tuple[int, ...]) -> bool:
    return end in _reached(found, [start])


def degree(pattern: str) -> int | None:
    """Return the power of the text's length that an expression may take to fail; an exponential one has none.

    :returns: 1 for linear; None when it is not known.

    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    found = _Positions(tree, flags)
    size = len(found.masks)
    if size > LIMIT or found.twice or any(part.getwidth()[1] > _MANY for part, _ in found.held):
        return None
    loops = [at for at in range(size) if _leads(found, (at,), (at,))]
    after: dict[int, list[int]] = {}
    for one in loops:
        after[one] = [
            other
            for other in loops
            if other != one
            and found.meets(one, other)
            and _leads(found, (one, one, other), (one, other, other))
        ]
    longest: dict[int, int] = {}

    def chain(at: int, above: frozenset[int]) -> int:
        if at not in longest:
            rest = [chain(other, above | {at}) for other in after[at] if other not in above]
            longest[at] = 1 + max(rest, default=0)
        return longest[at]

    return max((chain(at, frozenset()) for at in loops), default=1)


def catastrophic(pattern: str) -> str | None:
    """Say why an expression can be made to hang, or return None.

    :param pattern: a regular expression of the standard library's ``re``.
    :returns: the rest of a sentence that starts at the pattern; None for one that no text can make hang.
    :raises re.error: it is no regular expression.
    """
    if exponential(pattern):
        return (
            "repeats something that repeats the same text: its time doubles with each character it fails on"
        )
    power = degree(pattern)
    if power is not None and power > 2:
        return (
            f"has {power} repeats in a row that can share one text: "
            f"its time grows with the power {power} of the length it fails on"
        )
    return None
