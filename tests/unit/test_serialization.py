"""JSON in is checked, JSON out is ASCII."""

from __future__ import annotations

import datetime
import enum
import json
import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import serialization
from apirouter.errors import MalformedRequestBody
from apirouter.serialization import MAX_DEPTH, MAX_INTEGER_DIGITS, JSONSerializer, dumps, loads

texts = st.text(alphabet=st.characters(blacklist_categories=("Cs",)))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_is_accepted_is_read_as_the_standard_library_does(value, ascii_only):
    document = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert loads(document) == json.loads(document)


@given(
    st.binary(max_size=60)
    | texts.map(str.encode)
    | st.text(alphabet='[]{}",:\\u0dD8e1-. truefalsn').map(str.encode)
)
def test_bytes_are_read_as_the_standard_library_does_or_refused(document):
    try:
        value = loads(document)
    except MalformedRequestBody:
        return
    assert json.loads(document.decode("utf-8")) == value


#: Documents as text, so that a name may stand twice, in whatever spelling.
names = st.sampled_from(['"a"', '"b"', '"a:"', '"\\u0061"', '"\\/"', '"/"', '"\u00e9:"'])
scalars = st.sampled_from(
    [
        *(
            "null",
            "true",
            "1",
            "-0",
            "1.5",
            "1e5",
            "1e999",
            "-1E400",
            "NaN",
            "Infinity",
            '""',
            '":"',
            '"\\u003a"',
        ),
        *(
            '"a:b"',
            '"\\ud800"',
            '"\\ud83d\\ude00"',
            "9" * 18,
            "9" * 19,
            "9" * 41,
            '"' + "9" * 41 + '"',
            "01",
            "1.",
        ),
        *("-9223372036854775809", "18446744073709551616", "0." + "3" * 20, '"\\n"', '"\n"', "[]", "{}"),
    ]
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(names, inner), max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


def read(decode, document, depth):
    try:
        return repr(decode(document, depth))
    except MalformedRequestBody as error:
        return str(error)


@given(
    (documents | st.text(alphabet='[]{}",:\\u0dD8e1-. \n\ufefftruefalsn')).map(str.encode)
    | st.binary(max_size=8),
    st.sampled_from([0, 2, 64]),
)
def test_the_fast_decoder_reads_and_refuses_as_the_standard_one(document, depth):
    standard = serialization._read_standard
    assert read(serialization._fastest_decoder(standard), document, depth) == read(standard, document, depth)


@pytest.mark.parametrize(
    "document",
    [
        b'{"a b": 1, "ab": 2}',
        b'{"a": 12345678901234567890}',
        b'{"a": 123456789012345678901234567890}',
        b'{"a": -0, "b": 1e2, "c": 0.10, "d": 1E400}',
        b'[1.0e+2,\t"\\n"]',
        b'{"a": 1, "a": 1}',
        b'{"a ": 1, "a ": 1}',
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b"[[[[1]]]]",
        b'"[[[["',
        b"nan",
        b" ",
        b"",
    ],
)
def test_the_fast_decoder_reads_what_is_written_unusually_as_the_standard_one(document):
    standard = serialization._read_standard
    assert read(serialization._fastest_decoder(standard), document, 2) == read(standard, document, 2)


@pytest.mark.parametrize(
    "document",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": ":"}, "c": ":"}',
        b'{"a": 1, "a": "\\u003a"}',
        b'{"a/": 1, "a\\/": 2}',
        b'{"a": 1, "\\u0061": 2}',
        b'[{"a": {"a": 1}, "a": {"a": 1}}]',
    ],
)
def test_a_key_that_stands_twice_is_malformed_however_it_is_spelled(document):
    with pytest.raises(MalformedRequestBody, match="twice"):
        loads(document)


@given(values)
def test_what_goes_out_comes_in_again(value):
    document = dumps(value)
    assert document.isascii()
    assert loads(document) == value


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"{", "line 1"),
        (b"", "line 1"),
        (b'{"a": 1} x', "Extra data"),
        (b'"\xff"', "UTF-8"),
        ('"\u00e9"'.encode("latin-1"), "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM|Expecting value"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"1e999", "out of range"),
        (b"-1e999", "out of range"),
        (b"1" * (MAX_INTEGER_DIGITS + 1), "digits"),
        (b"1" * 100_000, "digits"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "twice"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'["\\ud83d", "\\ude00"]', "surrogate"),
        (b'"\\udc00\\ud800"', "surrogate"),
        (b'"a\nb"', "control character"),
        (b"'a'", "Expecting value"),
    ],
)
def test_these_bodies_are_malformed(document, reason):
    with pytest.raises(MalformedRequestBody, match=reason):
        loads(document)


def test_a_surrogate_pair_is_one_character():
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 100_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_a_body_nested_beyond_the_limit_is_malformed_and_no_recursion_error(opening, depth):
    with pytest.raises(MalformedRequestBody):
        loads(opening * depth)


def test_a_body_may_nest_up_to_the_limit():
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(MalformedRequestBody, match="nests more than 3 deep"):
        loads(b"[[[[]]]]", max_depth=3)


def test_brackets_in_texts_and_side_by_side_do_not_nest():
    assert loads(json.dumps(["[{" * 1000, '\\"[[['] * 100).encode())
    assert loads(b"[" + b",".join([b"[]"] * 1000) + b"]", max_depth=2)


@pytest.mark.parametrize("document", [b'"' + b"[" * 200_000, b'"\\' * 100_000 + b"[" * 100])
def test_texts_without_an_end_are_refused_in_linear_time(document):
    with pytest.raises(MalformedRequestBody):
        loads(document)


def test_deep_surrogates_are_looked_for_without_recursion():
    depth = 5000
    document = b"[" * depth + b'"\\ud800"' + b"]" * depth
    with pytest.raises(MalformedRequestBody):
        loads(document, max_depth=depth)


def test_tuples_and_sets_are_arrays_and_times_are_texts():
    moment = datetime.datetime(2017, 8, 25, 10, 0, 0, 5)
    data = {
        "t": (1, 2),
        "s": {3},
        "at": moment,
        "utc": moment.replace(tzinfo=datetime.timezone.utc),
        "day": moment.date(),
        "id": uuid.UUID(int=1),
    }
    assert json.loads(dumps(data)) == {
        "t": [1, 2],
        "s": [3],
        "at": "2017-08-25T10:00:00.000005",
        "utc": "2017-08-25T10:00:00.000005+00:00",
        "day": "2017-08-25",
        "id": "00000000-0000-0000-0000-000000000001",
    }


@pytest.mark.parametrize("data", [object(), float("nan"), float("inf"), {"a": b"bytes"}])
def test_what_json_lacks_is_not_written(data):
    with pytest.raises((TypeError, ValueError)):
        dumps(data)


def test_the_json_serializer_writes_and_reads():
    serializer = JSONSerializer()
    assert serializer.deserialize(serializer.serialize({"a": "\u00e9"})) == {"a": "\u00e9"}


class Orjson:
    """One whose reader goes as deep as a document does, until the process ends."""

    JSONDecodeError = JSONEncodeError = ValueError
    dumps = staticmethod(lambda value: b"{}")

    @staticmethod
    def loads(document):
        raise AssertionError("the stack is used up")


@pytest.mark.parametrize("document", [b"[" * 100_000, b'{"a":' * 65 + b"1" + b"}" * 65, b"[{" * 33])
def test_what_may_nest_too_deep_is_not_given_to_orjson(monkeypatch, document):
    monkeypatch.setitem(sys.modules, "orjson", Orjson)
    read = serialization._fastest_decoder(serialization._read_standard)
    with pytest.raises(MalformedRequestBody):
        read(document, MAX_DEPTH)


STANDARD = serialization._standard()
#: With orjson where it is installed; else the same twice.
FASTEST = serialization._fastest(STANDARD)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.uuids()
    | st.datetimes()
    | st.frozensets(st.integers(min_value=0, max_value=9), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=20,
)


def written(encode, data):
    try:
        return json.loads(encode(data))
    except (TypeError, ValueError) as error:
        return type(error)


@given(anything)
def test_the_fast_encoder_writes_what_the_standard_one_does_or_fails_as_it(data):
    assert written(FASTEST, data) == written(STANDARD, data)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("encode", [STANDARD, FASTEST])
def test_a_number_that_is_none_is_refused_beside_a_null_too(encode, number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": None, "b": [1.5, number]})


@pytest.mark.parametrize("encode", [STANDARD, FASTEST])
def test_floats_beside_nulls_are_written(encode):
    data = {"a": None, "b": [1.5, -0.0, 1e308, 5e-324], "c": "g\x7f\x7f"}
    assert json.loads(encode(data)) == data


class First(dict):
    """A dict that shows the first of the values it holds, as a multidict does."""

    def items(self):
        return [(name, values[0]) for name, values in super().items()]


@pytest.mark.parametrize("encode", [STANDARD, FASTEST])
def test_a_dict_with_items_of_its_own_is_written_by_those(encode):
    assert json.loads(encode({"a": [First(b=[1, 2])]})) == {"a": [{"b": 1}]}


class Power(enum.Enum):
    """What orjson writes by itself, and the standard library does not."""

    ON, SINCE, NONE, BROKEN = "on", datetime.date(2017, 8, 25), None, float("nan")


@pytest.mark.parametrize("encode", [STANDARD, FASTEST])
def test_members_of_an_enumeration_are_written_as_their_values(encode):
    assert json.loads(encode([Power.ON, {"a": Power.SINCE}, Power.NONE])) == ["on", {"a": "2017-08-25"}, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": Power.BROKEN})


@pytest.mark.parametrize("encode", [STANDARD, FASTEST])
def test_a_circle_is_refused(encode):
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises((ValueError, RecursionError)):
        encode(circle)


def test_without_the_c_encoder_the_same_is_written(monkeypatch):
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    plain = serialization._standard()
    for data in ({"a": [1, 2.5, None, "\u00e9"]}, [], "x"):
        assert plain(data) == STANDARD(data)
