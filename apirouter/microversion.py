"""Microversions: values only.

A version is ``MAJOR.MINOR``, two numbers without leading zeros (``2.10`` comes after ``2.9``).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from apirouter.errors import InvalidAPIVersionString

#: ASCII digits only: ``\d`` would take any alphabet's. At most nine: no one counts further.
_VERSION = re.compile(r"([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", re.ASCII)


class Version(NamedTuple):
    """One microversion; compares as the tuple it is.

    :param major: the first number, from 1.
    :param minor: the second number, from 0.
    """

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read ``"2.14"``.

        :raises InvalidAPIVersionString: for anything but two numbers without sign, space or leading zero.
        """
        found = _VERSION.fullmatch(text)
        if found is None:
            raise InvalidAPIVersionString(text)
        return cls(int(found[1]), int(found[2]))

    @property
    def ver_major(self) -> int:
        """The first number, under the ancestors' name."""
        return self.major

    @property
    def ver_minor(self) -> int:
        """The second number, under the ancestors' name."""
        return self.minor

    def matches(
        self, min_version: Version | str | None = None, max_version: Version | str | None = None
    ) -> bool:
        """Tell whether this version lies between two others, both included.

        :param min_version: the lower end; None or a null version is an open one.
        :param max_version: the upper end, likewise.
        :raises ValueError: this is a null version, which lies nowhere.
        """
        if self.is_null():
            raise ValueError("a null version lies in no range")
        return self in VersionRange(_version(min_version), _version(max_version))

    def is_null(self) -> bool:
        """Tell whether this is the null version, which stands for none."""
        return self == (0, 0)

    def get_string(self) -> str:
        """Return the text form, as the ancestors spell it.

        :raises ValueError: this is a null version, which has none.
        """
        if self.is_null():
            raise ValueError("a null version has no text")
        return str(self)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class VersionRange(NamedTuple):
    """The versions from ``min`` to ``max``, both included; None is an open end.

    :param min: the first version, or None.
    :param max: the last version, or None.
    """

    min: Version | None = None
    max: Version | None = None

    @classmethod
    def of(cls, low: Version | str | None = None, high: Version | str | None = None) -> VersionRange:
        """Make a range from versions or their texts.

        :raises InvalidAPIVersionString: a text is no version.
        :raises TypeError: a bound is neither a version nor a text: 2.10 is the number 2.1.
        :raises ValueError: the range is empty.
        """
        new = cls(_version(low), _version(high))
        if new.min is not None and new.max is not None and new.min > new.max:
            raise ValueError(f"the range {new} is empty: its end is before its start")
        return new

    def __contains__(self, version: object) -> bool:
        return (self.min is None or self.min <= version) and (  # type: ignore[operator]
            self.max is None or version <= self.max  # type: ignore[operator]
        )

    def overlaps(self, other: VersionRange) -> bool:
        """Tell whether a version lies in both."""
        return (self.min is None or other.max is None or self.min <= other.max) and (
            other.min is None or self.max is None or other.min <= self.max
        )

    def covers(self, other: VersionRange) -> bool:
        """Tell whether every version of ``other`` lies in this one."""
        return (self.min is None or (other.min is not None and self.min <= other.min)) and (
            self.max is None or (other.max is not None and other.max <= self.max)
        )

    def __str__(self) -> str:
        if self.min is None and self.max is None:
            return "any version"
        if self.max is None:
            return f"{self.min} and later"
        if self.min is None:
            return f"up to {self.max}"
        return str(self.min) if self.min == self.max else f"{self.min} to {self.max}"


ANY = VersionRange()


class APIVersionRequest(Version):
    """A version made from its text, as the ancestors make one; equal to the :class:`Version` of its numbers.

    :param version_string: ``"2.14"``; None makes the null version, which stands for none.
    :raises InvalidAPIVersionString: the text is no version.
    """

    __slots__ = ()

    def __new__(cls, version_string: str | None = None) -> APIVersionRequest:
        """Make one."""
        numbers = (0, 0) if version_string is None else Version.parse(version_string)
        return tuple.__new__(cls, numbers)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (None,) if self.is_null() else (str(self),)


def is_supported(
    req: Any, min_version: Version | str | None = None, max_version: Version | str | None = None
) -> bool:
    """Tell whether a request's version lies between two, both included.

    :param req: a request; it has ``api_version_request``.
    :param min_version: the first version, or its text; None for no bound.
    :param max_version: the last, likewise.
    """
    version: Version = req.api_version_request
    return version.matches(min_version, max_version)


def _version(value: Version | str | None) -> Version | None:
    if value is None or value == "":
        return None
    if not isinstance(value, (str, tuple)):
        raise TypeError(f"a version is a text, as '2.1'; this one is {value!r}")
    version = Version.parse(value) if isinstance(value, str) else Version(*value)
    return None if version.is_null() else version
