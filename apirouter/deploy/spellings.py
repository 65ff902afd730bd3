"""The ways in which a path may be spelled that some proxy or file system takes for the same.

Slashes collapsed, dot segments resolved (RFC 3986, 5.2.4), percent-encoding undone, backslashes turned, case folded:
each alone, and one after the other.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from urllib.parse import unquote

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SLASHES = re.compile("//+")
#: How often a path may be percent-encoded over; beyond, there is no end of its spellings.
_DECODINGS = 4


def fold(text: str) -> str:
    """Return a text with the case of its letters folded.

    :param text: a path as in PATH_INFO: bytes in disguise (PEP 3333), whose characters beyond ASCII have no case.
    """
    return text.translate(_FOLD)


def is_suspicious(path: str) -> bool:
    """Tell whether a path may have another spelling; True for some that have none.

    :param path: the path, as in PATH_INFO.
    """
    return "%" in path or "//" in path or "/." in path or "\\" in path or path.lower() != path


def spellings(path: str) -> Iterator[str | None]:
    """Yield what a normaliser somewhere might make of a path, with the case folded.

    :param path: the path, as in PATH_INFO.
    :returns: paths, some of them more than once; None as the last when there is no end of it.
    """
    text = fold(path)
    for _ in range(_DECODINGS):
        text = text.replace("\\", "/")
        yield text
        flat = _SLASHES.sub("/", text)
        if flat != text:
            yield flat
        if "/." in text:
            yield _without_dots(text)
            yield _without_dots(flat)
        decoded = fold(unquote(text, "latin-1")) if "%" in text else text
        if decoded == text:
            return
        text = decoded
    yield None


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
