"""JSON Schemas of bodies, queries and responses, on a method::

    @validation.schema(schemas.create, "2.1", "2.18")
    @validation.schema(schemas.create_v219, "2.19")
    @validation.query_schema(schemas.create_query)
    def create(self, req, body): ...

Each decorator may stand any number of times, with versions that no other of its kind shares; outside all of
them nothing is checked. They stamp and never wrap: what they say is judged when the service loads, and
checked when the router calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apirouter import stamps
from apirouter.microversion import Version, VersionRange
from apirouter.stamps import F
from apirouter.validation import formats, parameter_types
from apirouter.validation.schemas import BodySchema, QuerySchema, ResponseSchema

__all__ = [
    "BodySchema",
    "QuerySchema",
    "ResponseSchema",
    "formats",
    "parameter_types",
    "query_schema",
    "response_body_schema",
    "response_schema",
    "schema",
]

Formats = Mapping[str, Callable[[str], bool]]


def schema(
    schema: Mapping[str, Any],
    min_version: str | Version | None = None,
    max_version: str | Version | None = None,
    *,
    formats: Formats | None = None,
) -> Callable[[F], F]:
    """Check the bodies of a method's requests.

    :param schema: a JSON Schema.
    :param min_version: the first version it stands for, as ``"2.1"``; None for no bound.
    :param max_version: the last, included; None for no bound.
    :param formats: further formats, name -> a function that tells whether a text has it.
    :raises TypeError: the schema is no dict.
    :raises InvalidAPIVersionString: a bound is no version.
    :raises ValueError: the range is empty.
    """
    return stamps.schema(
        "body", BodySchema(schema, formats=formats), VersionRange.of(min_version, max_version)
    )


def query_schema(
    schema: Mapping[str, Any],
    min_version: str | Version | None = None,
    max_version: str | Version | None = None,
    *,
    formats: Formats | None = None,
) -> Callable[[F], F]:
    """Check the queries of a method's requests, and drop the parameters that the schema doesn't know.

    :param schema: a JSON Schema of an object whose properties are arrays of texts: see
        :func:`.parameter_types.single_param` and :func:`.parameter_types.multi_params`.
    :param min_version: as for :func:`schema`.
    :param max_version: as for :func:`schema`.
    :param formats: as for :func:`schema`.
    :raises TypeError, InvalidAPIVersionString, ValueError: as for :func:`schema`.
    """
    return stamps.schema(
        "query", QuerySchema(schema, formats=formats), VersionRange.of(min_version, max_version)
    )


def response_schema(
    schema: Mapping[str, Any],
    min_version: str | Version | None = None,
    max_version: str | Version | None = None,
    *,
    formats: Formats | None = None,
) -> Callable[[F], F]:
    """Check what a method returns, where the service's settings ask for it.

    :param schema: a JSON Schema of the reply's JSON.
    :param min_version: as for :func:`schema`.
    :param max_version: as for :func:`schema`.
    :param formats: as for :func:`schema`.
    :raises TypeError, InvalidAPIVersionString, ValueError: as for :func:`schema`.
    """
    return stamps.schema(
        "response", ResponseSchema(schema, formats=formats), VersionRange.of(min_version, max_version)
    )


#: :func:`response_schema` under the ancestors' name.
response_body_schema = response_schema
