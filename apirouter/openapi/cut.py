"""Which versions a document is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from apirouter.describe.records import Method, Schema
from apirouter.microversion import Version, VersionRange


class Cut:
    """All versions of an API, or one.

    :param version: the one; None for all.
    :param lowest: the lowest versions of the services: to start there is to start nowhere.
    """

    def __init__(self, version: Version | None, lowest: Iterable[str]) -> None:
        self.version = version
        self._lowest = frozenset(lowest)

    def __contains__(self, record: object) -> bool:
        if self.version is None:
            return True
        if not isinstance(record, (Method, Schema)):
            return False
        return self.version in VersionRange.of(record.min_version or None, record.max_version or None)

    def served(self, methods: Iterable[Method]) -> list[Method]:
        """Return the methods that serve it."""
        return [m for m in methods if m in self]

    def schemas(self, methods: Iterable[Method], kind: str) -> Iterator[Schema]:
        """Yield the schemas of a kind that stand for it.

        :param methods: whose.
        :param kind: ``body``, ``query`` or ``response``.
        """
        for method in methods:
            for schema in method.schemas:
                if schema.kind == kind and schema in self:
                    yield schema

    def extent(self, records: Sequence[Method | Schema]) -> dict[str, Any]:
        """Return what versions records are for, as ``x-`` data: nothing when all, or when it is cut."""
        if self.version is not None or not records:
            return {}
        low = min((r.min_version or "0.0" for r in records), key=number)
        tops = [r.max_version for r in records]
        high = "" if "" in tops else max(tops, key=number)
        found = {} if low == "0.0" or low in self._lowest else {"x-min-version": low}
        return {**found, **({"x-max-version": high} if high else {})}


def number(text: str) -> tuple[int, int]:
    """Return a version as numbers, to compare."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)
