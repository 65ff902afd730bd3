"""Regular expressions of schemas: read as ECMA 262 ends them, told anchored, written for another engine.

1. ``$`` is the end of the text, as ECMA 262 (which JSON Schema names) has it. Python's would also match
   before a last line feed, and let ``"web-1\\n"`` be a host name.
2. Everything else is as Python's ``re`` reads it.
3. A pattern is written for the engine of ``jsonschema-rs`` only where both engines surely agree: literals,
   classes of characters, groups, alternatives, repetitions, ``^`` and ``$``. Classes like ``\\d`` become
   their ASCII characters, which is narrower than what Python matches.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from typing import Any

_PARSER: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)

_ASCII_CLASSES = {
    "CATEGORY_DIGIT": "0-9",
    "CATEGORY_WORD": "0-9A-Za-z_",
    "CATEGORY_SPACE": r"\x{9}-\x{d}\x{20}",
}


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a schema's pattern, its ``$`` meaning the end of the text.

    :raises re.error: it is no regular expression.
    """
    if "$" not in pattern or "(?" in pattern.replace("(?:", ""):
        # Flags and groups that look around are left to mean what Python says.
        return re.compile(pattern)
    return re.compile(_TOKEN.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern))


def anchored(pattern: str) -> tuple[bool, bool]:
    """Tell whether every alternative of a pattern starts at the start, and ends at the end, of the text."""
    tree = _parsed(pattern)
    return _edge(tree, 0, ("AT_BEGINNING", "AT_BEGINNING_STRING")), _edge(
        tree, -1, ("AT_END", "AT_END_STRING")
    )


@functools.lru_cache(maxsize=256)
def _parsed(pattern: str) -> Any:
    return _PARSER.parse(pattern)


def _edge(tree: Any, index: int, marks: tuple[str, ...]) -> bool:
    if not len(tree):
        return False
    op, argument = tree[index]
    name = str(op)
    if name == "AT":
        return str(argument) in marks
    if name == "SUBPATTERN":
        return _edge(argument[-1], index, marks)
    if name == "BRANCH":
        return all(_edge(branch, index, marks) for branch in argument[1])
    return False


class Untranslatable(ValueError):
    """The pattern has what the two engines may read differently."""


def to_rust(pattern: str) -> tuple[str, bool]:
    """Return a pattern for the ``regex`` engine, and whether it matches exactly what Python's matches.

    One that is not exact matches less.

    :raises Untranslatable: it can't be written for that engine with certainty.
    """
    tree = _parsed(pattern)
    if tree.state.flags & ~(re.UNICODE.value):
        raise Untranslatable("flags")
    exact: list[bool] = [True]
    return _sequence(tree, exact), exact[0]


def _sequence(tree: Any, exact: list[bool]) -> str:
    return "".join(_one(str(op), argument, exact) for op, argument in tree)


def _one(op: str, argument: Any, exact: list[bool]) -> str:
    if op == "LITERAL":
        return _char(argument)
    if op == "NOT_LITERAL":
        return f"[^{_char(argument)}]"
    if op == "ANY":
        return r"[^\x{a}]"
    if op == "IN":
        return _class(argument, exact)
    if op == "BRANCH":
        return "(?:" + "|".join(_sequence(branch, exact) for branch in argument[1]) + ")"
    if op == "SUBPATTERN" and not argument[1] and not argument[2]:
        return "(?:" + _sequence(argument[3], exact) + ")"
    if op in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, inner = argument
        most = "" if str(high) == "MAXREPEAT" else str(int(high))
        return f"(?:{_sequence(inner, exact)}){{{int(low)},{most}}}"
    if op == "AT" and str(argument) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return r"\A"
    if op == "AT" and str(argument) == "AT_END":
        return r"\z"
    raise Untranslatable(op)


def _char(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise Untranslatable("a surrogate")
    return f"\\x{{{code:x}}}"


def _class(items: Any, exact: list[bool]) -> str:
    parts, negated = [], False
    for op, argument in items:
        name = str(op)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            parts.append(_char(argument))
        elif name == "RANGE":
            parts.append(f"{_char(argument[0])}-{_char(argument[1])}")
        elif name == "CATEGORY" and not negated and str(argument) in _ASCII_CLASSES:
            exact[0] = False
            parts.append(_ASCII_CLASSES[str(argument)])
        else:
            raise Untranslatable(name)
    return f"[{'^' if negated else ''}{''.join(parts)}]"
