"""Objects -> JSON: ``@jsonify.register(Kind)`` says how, or the object's own ``__json__``.

Without either: dates and times as text, ``Decimal`` as a number, ``UUID`` as text, an enumeration's value,
``MultiDict`` as a dict, and of SQLAlchemy mapped objects their columns, rows as dicts, results as
``{"count": n, "rows": [...]}``. Everything else is a ``TypeError``: a server's mistake.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import uuid
from collections.abc import Callable
from functools import singledispatch
from typing import Any

from webob.multidict import MultiDict


@singledispatch
def jsonify(obj: Any) -> Any:
    """Return an object as what JSON can say.

    :raises TypeError: nobody said how.
    """
    own = getattr(type(obj), "__json__", None)
    if own is not None:
        return own(obj)
    own = getattr(obj, "__json__", None)
    if callable(own):
        return own()
    if hasattr(obj, "_sa_class_manager"):
        return {k: getattr(obj, k) for k in list(vars(obj)) if not k.startswith("_sa_")}
    mapping = getattr(obj, "_mapping", None)
    if mapping is not None and hasattr(obj, "_fields"):
        return dict(mapping)
    if hasattr(obj, "fetchall") and hasattr(obj, "keys"):
        rows = [dict(getattr(row, "_mapping", row)) for row in obj.fetchall()]
        return {"count": len(rows), "rows": rows}
    raise TypeError(
        f"{type(obj).__qualname__} is not JSON serializable; give it __json__, or @jsonify.register it"
    )


#: The registration under the name of the library that generic functions once came from.
jsonify.when_type = jsonify.register  # type: ignore[attr-defined]


@jsonify.register(datetime.date)
@jsonify.register(datetime.time)
@jsonify.register(uuid.UUID)
def _as_text(obj: Any) -> str:
    return str(obj)


@jsonify.register(decimal.Decimal)
def _as_number(obj: decimal.Decimal) -> float:
    return float(obj)


@jsonify.register(enum.Enum)
def _as_value(obj: enum.Enum) -> Any:
    return obj.value


@jsonify.register(MultiDict)
def _as_dict(obj: Any) -> dict[str, Any]:
    mixed: dict[str, Any] = obj.mixed()
    return mixed


_ENCODER = json.JSONEncoder(default=lambda obj: jsonify(obj), allow_nan=False, check_circular=False)


def _encode() -> Callable[[Any], str]:
    """Return the encoder's ``encode``, its C part made once instead of for every document."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.encode
    text = json.encoder.encode_basestring_ascii
    parts = make(None, _ENCODER.default, text, None, ": ", ", ", False, False, False)

    def encode(obj: Any) -> str:
        return text(obj) if type(obj) is str else "".join(parts(obj, 0))

    return encode


_encoded = _encode()


def encode(obj: Any) -> str:
    """Return an object as JSON text, all ASCII.

    :raises TypeError, ValueError: it has what JSON lacks.
    :raises RecursionError: it contains itself.
    """
    return _encoded(obj)


class JsonifySerializer:
    """JSON out of whatever :func:`jsonify` knows."""

    def serialize(self, data: Any) -> bytes:
        """Return ``data`` as JSON."""
        return _encoded(data).encode("ascii")
