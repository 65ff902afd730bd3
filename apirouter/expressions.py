"""What a regular expression can match, told from its parse tree.

1. A set of characters is an integer: bit ``n`` for the character ``n`` of Latin-1, bit 256 for "some
   character beyond". Two sets meet when their integers do (two sets that meet only beyond Latin-1 are
   taken to meet).
2. An expression is *local* when its answer depends on the text it consumes and on nothing around: no
   anchor, no look-ahead, no reference to a group, no flag for the whole; a look-behind only as far as it
   has consumed.
3. Nothing here runs an expression on text: the cost is that of its length.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

#: The standard library's own parser of expressions; it moved in Python 3.11.
parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

BEYOND = 1 << 256
EVERY = (BEYOND << 1) - 1
#: The control characters: C0, DEL and C1 (Unicode's category Cc).
CONTROL = sum(1 << n for n in (*range(32), *range(127, 160)))

#: What the parser has for a repeat without bound is far beyond this.
_UNBOUNDED = 1 << 16

#: More ways to end than these are none that are worth knowing.
_MANY_ENDINGS = 16

_IGNORECASE = int(re.IGNORECASE)
_DOTALL = int(re.DOTALL)
_ASCII = int(re.ASCII)


def _mask(characters: Iterable[int]) -> int:
    found = 0
    for n in characters:
        found |= 1 << n
    return found


_DIGIT = _mask(n for n in range(256) if chr(n).isdecimal())
_SPACE = _mask(n for n in range(256) if chr(n).isspace())
_WORD = _mask(n for n in range(256) if chr(n).isalnum() or n == 95)
_ASCII_ONLY = (1 << 128) - 1


def _category(name: str, flags: int) -> int:
    base = {"DIGIT": _DIGIT, "SPACE": _SPACE, "WORD": _WORD}[name.rsplit("_", 1)[-1]]
    base = base & _ASCII_ONLY if flags & _ASCII else base | BEYOND
    if "NOT" not in name:
        return base
    # Beyond Latin-1 there are characters on either side of each category.
    return (EVERY & ~base) | BEYOND


def _one(code: int, flags: int) -> int:
    found = 1 << code if code < 256 else BEYOND
    if flags & _IGNORECASE:
        for other in chr(code).lower() + chr(code).upper():
            found |= 1 << ord(other) if ord(other) < 256 else BEYOND
        if code < 128:
            found |= BEYOND
    return found


def _range(low: int, high: int, flags: int) -> int:
    found = BEYOND if high > 255 else 0
    for code in range(low, min(high, 255) + 1):
        found |= _one(code, flags) if flags & _IGNORECASE else 1 << code
    return found


def characters(op: str, value: Any, flags: int) -> int:
    """Return the set of characters that one single-character node matches.

    :param op: the node's name: LITERAL, NOT_LITERAL, ANY, IN, RANGE or CATEGORY.
    :param value: what the parser gives with it.
    :param flags: the flags in force there.
    """
    if op == "LITERAL":
        return _one(value, flags)
    if op == "NOT_LITERAL":
        return (EVERY & ~_one(value, flags)) | BEYOND
    if op == "ANY":
        return EVERY if flags & _DOTALL else EVERY & ~(1 << 10)
    if op == "RANGE":
        return _range(value[0], value[1], flags)
    if op == "CATEGORY":
        return _category(str(value), flags)
    found, negated = 0, False
    for kind, item in value:
        if str(kind) == "NEGATE":
            negated = True
        else:
            found |= characters(str(kind), item, flags)
    return (EVERY & ~found) | BEYOND if negated else found


SINGLE = frozenset(("LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE", "CATEGORY"))
REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))


def parse(pattern: str) -> tuple[Any, int]:
    """Return the parse tree of ``pattern`` and the flags it sets for the whole.

    :raises re.error: it is no regular expression.
    """
    tree = parser.parse(pattern)
    return tree, int(tree.state.flags)


def inside(op: str, value: Any, flags: int) -> Iterator[tuple[Any, int]]:
    """Yield the sub-sequences of a node, each with the flags in force in it."""
    if op == "BRANCH":
        for branch in value[1]:
            yield branch, flags
    elif op == "SUBPATTERN":
        yield value[3], (flags | value[1]) & ~value[2]
    elif op in REPEATS:
        yield value[2], flags
    elif op == "ATOMIC_GROUP":
        yield value, flags
    elif op in ("ASSERT", "ASSERT_NOT"):
        yield value[1], flags
    elif op == "GROUPREF_EXISTS":
        for branch in value[1:]:
            if branch is not None:
                yield branch, flags


@dataclass(frozen=True, slots=True)
class Traits:
    """What an expression can match.

    :param slash: whether it can match text that holds a slash.
    :param control: whether it can match text that holds a control character.
    :param empty: whether it can match the empty text.
    :param local: whether what it matches depends on nothing outside of that text.
    :param named: whether it has named groups of its own.
    :param refers: whether it refers to a group.
    """

    slash: bool
    control: bool
    empty: bool
    local: bool
    named: bool
    refers: bool


def traits(pattern: str) -> Traits:
    """Tell what ``pattern`` can match.

    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    reach, refers, local = _reach(tree, flags, 0)
    local = local and flags in (0, int(re.UNICODE))
    if not local:
        reach = EVERY
    return Traits(
        slash=bool(reach >> 47 & 1),
        control=bool(reach & CONTROL),
        empty=tree.getwidth()[0] == 0,
        local=local,
        named=bool(tree.state.groupdict),
        refers=refers,
    )


def _reach(sequence: Any, flags: int, before: int) -> tuple[int, bool, bool]:
    """Return the characters a sequence may consume, whether it refers to a group, whether it is local."""
    reach, refers, local = 0, False, True
    for node in sequence:
        op, value = str(node[0]), node[1]
        if op in SINGLE:
            reach |= characters(op, value, flags)
            before += 1
            continue
        if op in ("AT", "GROUPREF", "GROUPREF_EXISTS"):
            reach, refers, local = EVERY, refers or op != "AT", False
            continue
        if op in ("ASSERT", "ASSERT_NOT"):
            inner = [_reach(part, inner_flags, 0) for part, inner_flags in inside(op, value, flags)]
            width = value[1].getwidth()[1]
            refers = refers or any(referring for _, referring, _ in inner)
            local = local and value[0] < 0 and width <= before and all(known for _, _, known in inner)
            continue
        for part, inner_flags in inside(op, value, flags):
            more, referring, known = _reach(part, inner_flags, before)
            reach, refers, local = reach | more, refers or referring, local and known
        before += _least(op, value)
    return reach, refers, local


def _least(op: str, value: Any) -> int:
    if op == "BRANCH":
        return min(int(branch.getwidth()[0]) for branch in value[1])
    if op == "SUBPATTERN":
        return int(value[3].getwidth()[0])
    if op in REPEATS:
        return int(value[0] * value[2].getwidth()[0])
    return int(value.getwidth()[0]) if op == "ATOMIC_GROUP" else 0


def ascii_run(pattern: str) -> bytes:
    """Return the characters of an expression that is one or more of a class of ASCII; else nothing."""
    tree, flags = parse(pattern)
    if len(tree) != 1 or str(tree[0][0]) not in ("MAX_REPEAT", "MIN_REPEAT"):
        return b""
    low, high, body = tree[0][1]
    if low != 1 or high < _UNBOUNDED or len(body) != 1 or str(body[0][0]) not in SINGLE:
        return b""
    found = characters(str(body[0][0]), body[0][1], flags)
    if found >> 127 or found & CONTROL:
        return b""
    return bytes(n for n in range(127) if found >> n & 1)


def endings(pattern: str) -> tuple[str, ...]:
    """Return texts with one of which everything ends that an expression matches.

    :param pattern: an expression that is matched against a whole text.
    :returns: the texts; just the empty one where nothing can be told.
    :raises re.error: it is no regular expression.
    """
    tree, flags = parse(pattern)
    found = {("", False)} if flags & _IGNORECASE else _endings(tree)
    return tuple(sorted({text for text, _ in found}))


def _endings(sequence: Any) -> set[tuple[str, bool]]:
    """Return how matches of a sequence end, each with whether that is the whole match."""
    found = {("", True)}
    for node in reversed(sequence):
        op, value = str(node[0]), node[1]
        if op == "LITERAL":
            before = {(chr(value), True)}
        elif op == "SUBPATTERN" and not value[1] & _IGNORECASE:
            before = _endings(value[3])
        elif op == "BRANCH":
            before = set().union(*map(_endings, value[1]))
        else:
            before = {("", False)}
        found = {
            (start + end, all_of_it) if whole else (end, False)
            for end, whole in found
            for start, all_of_it in before
        }
        if len(found) > _MANY_ENDINGS:
            return {("", False)}
        if not any(whole for _, whole in found):
            break
    return found
