"""A regular expression's first match of a whole text, in time that grows with the text and not with its
ways.

``re`` tries ways one after the other; on a text that almost matches there can be millions. This gives
the same answer for the long texts where that would hurt; for the short ones ``re`` is faster.

1. A set of places in the text is an integer: bit ``n - p`` for the place before character ``p`` of
   ``n``.
2. *Back*: from where can a node match and end in one of a set of places? A character moves the set by
   one bit and keeps where the character fits; a run of one class of characters floods the set through
   the run, by the carry of one addition. Each is an operation on the whole text at once.
3. *Forth*: knowing for each part where what follows can still match, walk the expression once, at each
   choice taking what ``re`` would try first among what can succeed. There is never anything to take
   back.
4. What is regular can be matched so: characters, classes, groups, alternatives, repeats, the text's
   start and end, and a look-behind at one character. :func:`build` gives None for anything else.
5. A repeat of more than single characters takes an operation for each time round. What would take more
   of them than milliseconds allow raises :class:`TooLongError`: its text is not matched here.
6. The text holds no line end (the index refuses it), so ``$`` is the end and a dot is any character.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apirouter.expressions import REPEATS, SINGLE, inside, parse

_FLAGS = int(re.UNICODE)
#: A repeat with a bound up to here is counted; with a higher one, it has none for any text this is used on.
_COUNTED = 1024
#: How many times round the repeats of a match may go between them; in a long text each counts for more.
_ROUNDS = 500
_LONG = 4096


class TooLongError(Exception):
    """The repeats of an expression would go round a text too often."""


class _IrregularError(Exception):
    """The expression needs more than this module has."""


class _Text:
    """A text, and for each class of characters where it has one."""

    def __init__(self, text: str) -> None:
        self.size = len(text)
        self._text = text
        self._masks: dict[_Chars, int] = {}
        self._left = _ROUNDS
        self._price = 1 + self.size // _LONG
        self._bytes: bytes | None = None
        self._distinct = _ASCII
        if text.isascii():
            self._bytes = text.encode("ascii")
        else:
            self._distinct = "".join(sorted(set(text)))
            if len(self._distinct) <= len(_ASCII) * 2:
                # The distinct characters, numbered: the codec does it without a step in Python for each.
                numbers = codecs.charmap_build(self._distinct.ljust(256, self._distinct[0]))
                self._distinct = self._distinct.ljust(256, self._distinct[0])
                self._bytes = codecs.charmap_encode(text, "strict", numbers)[0]

    def spend(self) -> None:
        """Count one time round a repeat."""
        self._left -= self._price
        if self._left < 0:
            raise TooLongError

    def mask(self, chars: _Chars) -> int:
        """Return the places before a character of the class."""
        found = self._masks.get(chars)
        if found is None:
            bits = "".join("1" if chars.has(each) else "0" for each in self._distinct)
            if self._bytes is not None:
                others = self._bytes.translate(None, bytes(n for n, bit in enumerate(bits) if bit == "1"))
                if (
                    not others
                ):  # a class that all of it is in, as a segment is in "no slash", needs no reading
                    found = self._masks[chars] = ((1 << self.size) - 1) << 1
                    return found
                fitting = self._bytes.translate(bits.encode("ascii").ljust(256, b"0"))
            else:
                fitting = self._text.translate(
                    dict(zip(map(ord, self._distinct), bits, strict=True))
                ).encode()
            found = self._masks[chars] = int(fitting or b"0", 2) << 1
        return found


_ASCII = "".join(map(chr, range(128)))


class _Node:
    """A part of an expression."""

    def back(self, text: _Text, ends: int) -> int:
        """Return the places from which this matches up to one of ``ends``."""
        raise NotImplementedError

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        """Return where the first match from ``place`` to one of ``ends`` ends; there is one."""
        raise NotImplementedError


@dataclass(slots=True, eq=False)
class _Chars(_Node):
    has: Callable[[str], object]

    def back(self, text: _Text, ends: int) -> int:
        return (ends << 1) & text.mask(self)

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        return place - 1


@dataclass(slots=True, eq=False)
class _Where(_Node):
    """An assertion: ``places`` of a text says where it holds."""

    places: Callable[[_Text], int]

    def back(self, text: _Text, ends: int) -> int:
        return ends & self.places(text)

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        return place


@dataclass(slots=True, eq=False)
class _Sequence(_Node):
    parts: list[_Node]

    def _sets(self, text: _Text, ends: int) -> list[int]:
        found = [ends]
        for part in reversed(self.parts):
            found.append(part.back(text, found[-1]))
        return found[::-1]

    def back(self, text: _Text, ends: int) -> int:
        for part in reversed(self.parts):
            if not ends:
                break
            ends = part.back(text, ends)
        return ends

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        for part, after in zip(self.parts, self._sets(text, ends)[1:], strict=True):
            place = part.forth(text, place, after, groups)
        return place


@dataclass(slots=True, eq=False)
class _Branch(_Node):
    parts: list[_Node]

    def back(self, text: _Text, ends: int) -> int:
        found = 0
        for part in self.parts:
            found |= part.back(text, ends)
        return found

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        for part in self.parts:
            if part.back(text, ends) >> place & 1:
                return part.forth(text, place, ends, groups)
        raise AssertionError("no branch matches where one must")


@dataclass(slots=True, eq=False)
class _Group(_Node):
    name: str
    body: _Node

    def back(self, text: _Text, ends: int) -> int:
        return self.body.back(text, ends)

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        end = self.body.forth(text, place, ends, groups)
        groups[self.name] = text.size - place, text.size - end
        return end


@dataclass(slots=True, eq=False)
class _Run(_Node):
    """A repeat of one class of characters; ``high`` is None without a bound."""

    chars: _Chars
    low: int
    high: int | None
    greedy: bool

    def back(self, text: _Text, ends: int) -> int:
        mask = text.mask(self.chars)
        if self.high is None:
            start = (ends << 1) & mask
            ends |= (((mask + start) ^ mask) & mask) | start
        else:
            reached = ends
            for _ in range(self.high - self.low):
                reached = (reached << 1) & mask
                ends |= reached
        for _ in range(self.low):
            ends = (ends << 1) & mask
        return ends

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        # Bit 0 is before no character, so that the run always stops.
        below = ~text.mask(self.chars) & ((1 << (place + 1)) - 1)
        stop = below.bit_length() - 1
        if self.high is not None:
            stop = max(stop, place - self.high)
        width = place - self.low - stop + 1
        possible = (ends >> stop) & ((1 << width) - 1)
        if self.greedy:
            return stop + (possible & -possible).bit_length() - 1
        return stop + possible.bit_length() - 1


@dataclass(slots=True, eq=False)
class _Repeat(_Node):
    body: _Node
    low: int
    high: int | None
    greedy: bool

    def _after(self, text: _Text, ends: int) -> list[int]:
        """Return where the text can still match, by how many more repeats may come; the last is for any."""
        found = [ends]
        while self.high is None or len(found) <= self.high - self.low:
            text.spend()
            more = ends | self.body.back(text, found[-1])
            if more == found[-1]:
                break
            found.append(more)
        return found

    def back(self, text: _Text, ends: int) -> int:
        ends = self._after(text, ends)[-1]
        for _ in range(self.low):
            text.spend()
            ends = self.body.back(text, ends)
        return ends

    def forth(self, text: _Text, place: int, ends: int, groups: dict[str, tuple[int, int]]) -> int:
        after = self._after(text, ends)
        needed = [after[-1]]
        for _ in range(self.low - 1):
            text.spend()
            needed.append(self.body.back(text, needed[-1]))
        if self.low:
            for following in reversed(needed):
                place = self.body.forth(text, place, following, groups)
        left = None if self.high is None else self.high - self.low
        while left is None or left > 0:
            text.spend()
            following = after[-1] if left is None else after[min(left - 1, len(after) - 1)]
            if self.high != 1:
                # A repeat more that takes nothing is none: ``re`` stops there too.
                following &= ~(1 << place)
            can_stop = ends >> place & 1
            can_go = self.body.back(text, following) >> place & 1
            if not can_go or (can_stop and not self.greedy):
                break
            place = self.body.forth(text, place, following, groups)
            left = None if left is None else left - 1
        return place


class Linear:
    """An expression that is matched without trying.

    :param root: its tree.
    :param names: its named groups.
    """

    __slots__ = ("_names", "_root")

    def __init__(self, root: Any, names: Sequence[str]) -> None:
        self._root = root
        self._names = tuple(names)

    def fullmatch(self, text: str) -> dict[str, str | None] | None:
        """Return the named groups of the match of a whole text, as ``re`` would find them, or None.

        :param text: a text without line ends.
        :raises TooLongError: it would take more than milliseconds.
        """
        whole = _Text(text)
        size = whole.size
        if not self._root.back(whole, 1) >> size & 1:
            return None
        found: dict[str, tuple[int, int]] = {}
        self._root.forth(whole, size, 1, found)
        return {name: text[slice(*found[name])] if name in found else None for name in self._names}


def build(pattern: str) -> Linear | None:
    """Return the expression in the form that is matched here, or None when it can't be.

    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    if flags != _FLAGS:
        return None
    names = {number: name for name, number in tree.state.groupdict.items()}
    try:
        return Linear(_Builder(names).sequence(tree), list(tree.state.groupdict))
    except _IrregularError:
        return None


@dataclass(slots=True)
class _Builder:
    """Makes nodes of a parse tree; a class of characters that comes again is the same node."""

    names: dict[int, str]
    classes: dict[str, _Chars] = field(default_factory=dict)

    def sequence(self, tree: Any) -> _Node:
        parts = [self.node(str(op), value) for op, value in tree]
        return parts[0] if len(parts) == 1 else _Sequence(parts)

    def node(self, op: str, value: Any) -> _Node:
        if op in SINGLE:
            key = f"{op} {value}"
            return self.classes.setdefault(key, _Chars(_membership(op, value)))
        if op == "BRANCH":
            return _Branch([self.sequence(part) for part in value[1]])
        if op == "SUBPATTERN":
            number, added, removed, body = value
            if added or removed:
                raise _IrregularError
            inner = self.sequence(body)
            return _Group(self.names[number], inner) if number in self.names else inner
        if op in REPEATS and op != "POSSESSIVE_REPEAT":
            low, high, body = int(value[0]), int(value[1]), self.sequence(value[2])
            bound = None if high > _COUNTED else high
            if low > _COUNTED:
                raise _IrregularError
            if high > 1 and value[2].getwidth()[0] == 0 and _has_groups(value[2]):
                raise _IrregularError
            if isinstance(body, _Chars):
                return _Run(body, low, bound, op == "MAX_REPEAT")
            return _Repeat(body, low, bound, op == "MAX_REPEAT")
        if op == "AT":
            return _Where(_anchor(str(value)))
        if op in ("ASSERT", "ASSERT_NOT") and value[0] < 0:
            return _Where(_behind(self.sequence(value[1]), op == "ASSERT"))
        raise _IrregularError


def _has_groups(tree: Any) -> bool:
    return any(
        (str(op) == "SUBPATTERN" and value[0] is not None)
        or any(_has_groups(part) for part, _ in inside(str(op), value, 0))
        for op, value in tree
    )


def _anchor(where: str) -> Callable[[_Text], int]:
    if where in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return lambda text: 1 << text.size
    if where in ("AT_END", "AT_END_STRING"):
        return lambda text: 1
    raise _IrregularError


def _behind(body: _Node, wanted: bool) -> Callable[[_Text], int]:
    if not isinstance(body, _Chars):
        raise _IrregularError
    chars = body

    def places(text: _Text) -> int:
        after = text.mask(chars) >> 1
        return after if wanted else ((1 << (text.size + 1)) - 1) & ~after

    return places


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda each: each.isalnum() or each == "_",
}


def _membership(op: str, value: Any) -> Callable[[str], bool]:
    if op == "LITERAL":
        return lambda each: ord(each) == value
    if op == "NOT_LITERAL":
        return lambda each: ord(each) != value
    if op == "ANY":
        return lambda each: each != "\n"
    if op == "RANGE":
        low, high = value
        return lambda each: low <= ord(each) <= high
    if op == "CATEGORY":
        known = _CATEGORIES[str(value).rsplit("_", 1)[-1]]
        if "NOT" in str(value):
            return lambda each: not known(each)
        return known
    items = [_membership(str(kind), item) for kind, item in value if str(kind) != "NEGATE"]
    if any(str(kind) == "NEGATE" for kind, _ in value):
        return lambda each: not any(item(each) for item in items)
    return lambda each: any(item(each) for item in items)
