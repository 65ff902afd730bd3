"""The ``version`` parameter of the media types that a request names (RFC 9110, sections 8.3 and 12.5.1).

Only what a dispatcher needs: which versions are asked for, best first. Header values are hostile: each is
read in one pass, and what can't be read names no version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: One member of a comma-separated list; a comma inside a quoted string does not separate.
_MEMBER = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
#: One ``;name=value``; the value is a token or a quoted string.
_PARAMETER = re.compile(r';\s*([^\s;=,"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)')
#: A version that may be a path segment: no slash, no dot segment, nothing to decode.
_VERSION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,30}[0-9A-Za-z])?")


def content_type_version(header: str) -> str | None:
    """Return the ``version`` parameter of a Content-Type.

    :param header: the value of the header, empty when there is none.
    :returns: the version as written, without quotes; None when the header names none that could be a segment.
    """
    return _version(_parameters(header)) if header else None


def accept_versions(header: str) -> list[str]:
    """Return the ``version`` parameters of an Accept header, the most wanted first.

    :param header: the value of the header, empty when there is none.
    :returns: the versions of every media range with a quality above 0; equal qualities keep their order.
    """
    found: list[tuple[float, str]] = []
    for member in _MEMBER.finditer(header):
        parameters = _parameters(member[0])
        version = _version(parameters)
        quality = _quality(parameters.get("q", "1"))
        if version is not None and quality > 0:
            found.append((quality, version))
    found.sort(key=lambda pair: -pair[0])
    return [version for _, version in found]


def _parameters(text: str) -> dict[str, str]:
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for found in _PARAMETER.finditer(text):
        value = found[2]
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        yield found[1].lower(), value


def _version(parameters: dict[str, str]) -> str | None:
    version = parameters.get("version", "")
    return version if _VERSION.fullmatch(version) else None


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
