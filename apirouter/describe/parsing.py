"""Parsing Python's own source, while other threads may do so too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_TRIES = 20


def steadily(parse: Callable[[], T]) -> T:
    """Return what a parser of Python's source returns; ask again when the interpreter has lost count.

    CPython counts the depth of a syntax tree in one place for all threads before it was mended (gh-106905): of
    two that parse at once, one may get a SystemError about sources with which nothing is wrong.

    :param parse: calls ``ast.parse``, or what calls it.
    :raises SystemError: it did so every time.
    """
    for _ in range(_TRIES - 1):
        try:
            return parse()
        except SystemError:
            continue
    return parse()
