"""The microversions that a service takes, as a pattern: what a tool makes of it, the service answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apirouter.microversion import Version

#: Any two numbers, in a service whose versions have several majors.
_ANY = r"[1-9][0-9]*\.(0|[1-9][0-9]*)"


def pattern_of(service_type: str, low: str, high: str) -> str:
    """Return the pattern (ECMA 262, anchored) of a version header's value.

    :param service_type: the service's type, which stands first.
    :param low: the lowest version, as text.
    :param high: the highest, likewise.
    """
    first, last = Version.parse(low), Version.parse(high)
    if first.major == last.major:
        versions = rf"{first.major}\.({'|'.join(numbers(first.minor, last.minor))})"
    else:
        versions = _ANY
    return f"^{re.escape(service_type)} ({versions}|latest)$"


def numbers(low: int, high: int) -> Iterator[str]:
    """Yield patterns of the whole numbers from ``low`` to ``high``, both included, without leading zeros.

    :param low: at least 0.
    :param high: at least ``low``.
    """
    while low <= high:
        # As many trailing digits as may be any: 40 to 99 is [4-9][0-9].
        free, step = 0, 1
        while low and low % (step * 10) == 0 and low + step * 10 - 1 <= high:
            free, step = free + 1, step * 10
        last = low // step % 10
        top = min(9, last + (high - low - step + 1) // step)
        digits = str(last) if top == last else f"[{last}-{top}]"
        yield f"{low // step // 10 or ''}{digits}" + "[0-9]" * free
        low += (top - last + 1) * step
