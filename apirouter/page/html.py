"""HTML of parts: a text becomes HTML by being escaped, or not at all.

1. Only :func:`tag` and :func:`joined` make :class:`Safe`; every other text among the parts is escaped.
2. Names of tags and attributes are written in the code, never data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

#: Elements without content (HTML, 13.1.2).
_VOID = frozenset(("col", "input", "link", "meta", "wbr"))
#: What HTML has no way to hold: control characters but tab and line end (HTML, 13.2.3.5).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TAG = re.compile(r"<[^>]*>")


class Safe(str):
    """A text that is HTML already."""

    __slots__ = ()


#: Something to put into an element.
Part = str | Safe | None


def tag(name: str, /, *parts: Part | Iterable[Part], **attributes: str | bool | None) -> Safe:
    """Return an element.

    :param name: its name.
    :param parts: what it holds; what is no :class:`Safe` is escaped, None is nothing.
    :param attributes: its attributes; ``_`` in a name is ``-``, one at its end is left out (``class_``). True
        is an attribute without a value; False and None are none at all.
    """
    said = []
    for key, value in attributes.items():
        key = key.rstrip("_").replace("_", "-")
        if value is True:
            said.append(f" {key}")
        elif value is not None and value is not False:
            said.append(f' {key}="{_escaped(value)}"')
    start = f"<{name}{''.join(said)}>"
    return Safe(start) if name in _VOID else Safe(f"{start}{joined(parts)}</{name}>")


def joined(parts: Iterable[Part | Iterable[Part]], between: str = "") -> Safe:
    """Return parts one after the other.

    :param parts: as for :func:`tag`.
    :param between: a text to put between them.
    """
    found: list[str] = []
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, str):
            found.append(joined(part))
        else:
            found.append(part if isinstance(part, Safe) else _escaped(part))
    return Safe(_escaped(between).join(found))


def breakable(text: str, separators: str = "/.:_") -> Safe:
    """Return a path or a dotted name that may be broken behind its separators.

    :param text: the name.
    :param separators: the characters behind which it may be.
    """
    at = f"(?<=[{re.escape(separators)}])(?=[^{re.escape(separators)}])"
    return Safe("<wbr>".join(map(_escaped, re.split(at, text))))


def text_of(html: Safe) -> str:
    """Return the text of HTML that :func:`tag` made, its elements apart by blanks."""
    return unescape(_TAG.sub(" ", html.replace("<wbr>", "")))


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text))
