"""Expressions run on a client's text."""

from __future__ import annotations

import re
from typing import Any

#: A control character (Unicode's category Cc) anywhere.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Expression:
    """An expression with named groups, compiled when it is first needed.

    :param pattern: the regular expression of the whole text.
    """

    __slots__ = ("_compiled", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled: re.Pattern[str] | None = None

    def __call__(self, text: str, start: int = 0) -> dict[str, Any] | None:
        """Return the named groups of a match of ``text[start:]``, or None.

        :param text: what the client sent.
        :param start: where to begin.
        """
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = re.compile(self.pattern)
        found = compiled.fullmatch(text, start)
        return None if found is None else found.groupdict()
