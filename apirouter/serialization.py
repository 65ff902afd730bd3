"""JSON text <-> values, checked; and serializers of other media types by name.

What a controller receives is plain JSON. Refused before it sees anything, each as a malformed body:

1. bytes that are not UTF-8 (a UTF-16 or UTF-32 document, which RFC 8259 no longer allows between systems,
   is no UTF-8 either); a byte order mark;
2. ``NaN``, ``Infinity`` and numbers too large to be one (``1e999``);
3. integers of more than :data:`MAX_INTEGER_DIGITS` digits;
4. an object that says a key twice;
5. nesting beyond the limit;
6. a lone surrogate (``"\\ud800"``), which no UTF-8 reply could carry.
"""

from __future__ import annotations

import datetime
import enum
import json
import json.encoder
import marshal
import math
import re
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from apirouter.errors import MalformedRequestBody

#: The digits an integer may have: any 128-bit number fits.
MAX_INTEGER_DIGITS = 40
#: The nesting that a body may have unless a setting says otherwise.
MAX_DEPTH = 64

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# A string that never ends reaches to the end, so that no byte is looked at twice.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_AS_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


class Serializer(Protocol):
    """What turns data into the bytes of one media type; one that reads them has ``deserialize`` too."""

    def serialize(self, data: Any) -> bytes | str:
        """Return ``data`` as bytes or text of the media type."""
        ...  # pragma: no cover


class JSONSerializer:
    """JSON (RFC 8259): ASCII out, everything checked in."""

    def serialize(self, data: Any) -> bytes:
        """Return ``data`` as JSON."""
        return encode(data)

    def deserialize(self, body: bytes) -> Any:
        """Return the value of a JSON document.

        :raises MalformedRequestBody: for anything else.
        """
        return loads(body)


def dumps(data: Any) -> bytes:
    """Return ``data`` as JSON, all ASCII.

    Tuples and sets are arrays; times, dates and UUIDs their texts; members of enumerations their values.

    :raises TypeError, ValueError: the data has what JSON lacks, ``NaN`` included.
    """
    return encode(data)


def loads(body: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of a JSON document.

    :param body: the document, UTF-8.
    :param max_depth: how deep arrays and objects may nest.
    :raises MalformedRequestBody: for each of the reasons at the head of this module.
    """
    return decode(body, max_depth)


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise MalformedRequestBody("a number has too many digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedRequestBody("a number is out of range")
    return number


def _constant(name: str) -> Any:
    raise MalformedRequestBody(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    new = dict(pairs)
    if len(new) != len(pairs):
        raise MalformedRequestBody("a key stands twice in one object")
    return new


def _check_depth(body: bytes, max_depth: int) -> None:
    brackets = _STRING.sub(b"", body).translate(_AS_BRACKETS, _NO_BRACKETS)
    for _ in range(max_depth):
        # Takes away the innermost arrays and objects of all: as many rounds as it nests deep.
        left = brackets.replace(b"[]", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    if b"[]" in brackets or brackets.count(b"[") > max_depth:
        raise MalformedRequestBody(f"it nests more than {max_depth} deep")


def _check_surrogates(value: Any) -> None:
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if not value.isascii() and _SURROGATE.search(value):
                raise MalformedRequestBody("a text holds a lone surrogate")
        elif isinstance(value, dict):
            todo.extend(value)
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def _other(value: Any) -> Any:
    """Return what JSON has for a value that it lacks."""
    if isinstance(value, datetime.datetime):
        # oslo.serialization's form: clients parse these six digits.
        if value.tzinfo is not None:
            return value.isoformat()
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, enum.Enum):
        # As orjson has it.
        return value.value
    raise TypeError(f"a {type(value).__name__} is no JSON")


def _standard() -> Callable[[Any], bytes]:
    """Return the encoder that the standard library has."""
    coder = json.JSONEncoder(allow_nan=False, default=_other)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda data: coder.encode(data).encode("ascii")
    # What JSONEncoder.encode does, but for making this very object each time, which is a third of its cost.
    # Without markers a circle ends as a RecursionError.
    pieces = make(
        None,
        _other,
        json.encoder.encode_basestring_ascii,
        None,
        coder.key_separator,
        coder.item_separator,
        False,
        False,
        False,
    )
    return lambda data: "".join(pieces(data, 0)).encode("ascii")


#: A NaN or an infinity, as marshal writes a float. Other bytes may look so: the standard encoder then tells.
_NOT_FINITE = re.compile(rb"g.{6}[\xf0-\xff][\x7f\xff]", re.DOTALL)


def _fastest(standard: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Return what encodes as the standard library does, but for blanks: with orjson, where it is installed.

    What orjson can't encode, or would not as the standard library does, is left to that: other types, and subclasses
    of its own; keys that are no texts, integers beyond 64 bits; what is not ASCII; ``NaN``, which it takes for null.
    """
    try:
        import orjson
    except ImportError:
        return standard
    dump, finite = orjson.dumps, _finite
    # A subclass of dict may have other items than those it was made of.
    option = (
        orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
    )

    def fast(data: Any) -> bytes:
        try:
            made: bytes = dump(data, None, option)
        except TypeError:
            return standard(data)
        # rfind() takes two thirds of what find() does, which takes half of what "in" does.
        if made.isascii() and (made.rfind(b"null") < 0 or finite(data)):
            return made
        return standard(data)

    return fast


def _finite(data: Any) -> bool:
    """Tell whether data certainly holds no NaN and no infinity."""
    try:
        return _NOT_FINITE.search(marshal.dumps(data, 2)) is None
    except ValueError:
        return False


#: What :func:`dumps` calls; a hot path may save the call.
encode = _fastest(_standard())
_checks: dict[str, Any] = {
    "parse_float": _float,
    "parse_constant": _constant,
    "object_pairs_hook": _object,
}


def _reader(**checks: Any) -> Callable[[str], Any]:
    """Return a function that reads a document."""
    decoder: Any = json.JSONDecoder(**checks)
    scan, decode = decoder.scan_once, decoder.decode

    def read(text: str) -> Any:
        # What decode() does for a document without blanks around it; it tells what is wrong with others.
        try:
            value, end = scan(text, 0)
        except StopIteration:
            return decode(text)
        return value if end == len(text) else decode(text)

    return read


_read = _reader(**_checks)
#: The same, looking at each integer.
_read_long = _reader(parse_int=_integer, **_checks)

#: Makes each digit a 1, and everything else none: to find a run of digits, at a tenth of what an expression takes.
_DIGITS = bytes(ord("1") if chr(code).isdigit() and code < 128 else 0 for code in range(256))
_TOO_MANY_DIGITS = b"1" * (MAX_INTEGER_DIGITS + 1)
#: No 64-bit integer has as many.
_LONG_DIGITS = b"1" * 19


def _read_standard(body: bytes, max_depth: int) -> Any:
    """Read a document with the standard library's scanner; do what :func:`loads` says."""
    try:
        # Texts are searched at a fifth of what bytes take.
        text = body.decode("utf-8")
        if len(text) > max_depth and text.count("[") + text.count("{") > max_depth:
            _check_depth(body, max_depth)
        # A number of too many digits, if it isn't in a text.
        long = len(body) > MAX_INTEGER_DIGITS and body.translate(_DIGITS).find(_TOO_MANY_DIGITS) >= 0
        value = _read_long(text) if long else _read(text)
        if "\\" in text and _ESCAPED_SURROGATE.search(body):
            _check_surrogates(value)
        return value
    except MalformedRequestBody:
        raise
    except UnicodeDecodeError:
        raise MalformedRequestBody("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedRequestBody(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise MalformedRequestBody("it nests too deeply") from None


def _fastest_decoder(standard: Callable[[bytes, int], Any]) -> Callable[[bytes, int], Any]:
    """Return what reads as the standard library's does: with orjson, where it is installed.

    What orjson read is written again, and the two texts are compared:

    1. But for blanks they are the same: so are the values, member for member and digit for digit.
    2. They have as many colons, and no long number and no escaped character is in question: no member was lost.
       orjson takes the last of two members of one name; every member has a colon of its own, and so has each
       colon in a text.
    3. Everything else the standard library reads, or says what is wrong.
    """
    try:
        import orjson
    except ImportError:
        return standard
    load, dump = orjson.loads, orjson.dumps

    def fast(body: bytes, max_depth: int) -> Any:
        # First of all: what may nest too deep is not for code in another language to find out the hard way.
        if len(body) > max_depth and body.count(b"[") + body.count(b"{") > max_depth:
            return standard(body, max_depth)
        try:
            value = load(body)
            written = dump(value)
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return standard(body, max_depth)
        if body.replace(b" ", b"") == written.replace(b" ", b""):
            return value
        if written.count(b":") == body.count(b":") and not (
            b"\\u" in body or body.translate(_DIGITS).find(_LONG_DIGITS) >= 0
        ):
            return value
        return standard(body, max_depth)

    return fast


#: What :func:`loads` calls; a hot path may save the call.
decode = _fastest_decoder(_read_standard)
