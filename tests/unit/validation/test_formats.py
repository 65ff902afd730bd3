"""Formats: what has each, what hasn't, and that none ever raises."""

from __future__ import annotations

import functools
import re
import time
import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.validation.formats import COMMON_CHARACTERS, FORMATS
from apirouter.validation.regexes import compiled

UUID = "70a599e0-31e7-49b7-b260-868f441e862b"

GOOD = {
    "date-time": [
        "2014-01-14T01:00:00Z",
        "2014-01-14t01:00:00.123z",
        "2014-01-14T01:00:00+09:00",
        "1990-12-31T23:59:60Z",
        "1990-12-31T15:59:60-08:00",
    ],
    "date": ["2014-01-14", "2024-02-29"],
    "time": ["01:00:00Z", "23:59:60Z", "08:30:06.283185+00:20"],
    "isotime": [
        "2014-01-14",
        "2014-01-14T01:00",
        "2014-01-14T01:00:00",
        "2014-01-14 01:00:00Z",
        "20140114T010000Z",
    ],
    "duration": ["P4DT12H30M5S", "P1Y", "P4W", "PT36H", "P1M", "PT0S"],
    "email": ["joe@example.com", "a+b.c@x", '"joe bloggs"@example.com', "joe@[127.0.0.1]", "joe@[IPv6:::1]"],
    "idn-email": ["실례@실례.테스트", "joe@example.com"],
    "hostname": ["www.example.com", "a", "xn--4gbwdl.xn--wgbh1c", "1host", "a" * 63, "1.2.3.4"],
    "idn-hostname": ["실례.테스트", "www.example.com"],
    "ipv4": ["192.168.0.1", "0.0.0.0", "255.255.255.255"],
    "ipv6": ["::1", "fe80::1", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8"],
    "ip-address": ["192.168.0.1", "::1"],
    "cidr": ["192.168.10.0/24", "192.168.10.5/24", "fe80::/10", "0.0.0.0/0", "10.0.0.0/255.0.0.0"],
    "mac-address": ["52:54:00:12:34:56", "AA:bb:CC:dd:EE:ff"],
    "uri": [
        "http://localhost:8774/v2.1/servers",
        "http://[::1]:8774/v2.1/servers",
        "urn:oasis:names",
        "mailto:John.Doe@example.com",
        "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com",
        "http://foo.bar/?baz=qux#quux",
        "tel:+1-816-555-1212",
    ],
    "uri-reference": [
        "http://foo.bar/?baz=qux#quux",
        "//foo.bar/?baz=qux#quux",
        "/abc",
        "abc",
        "#fragment",
        "",
        "?x",
        "a/b:c",
    ],
    "iri": ["http://ƒøø.ßår/?∂éœ=πîx#πîüx", "http://foo.bar/"],
    "iri-reference": ["/âππ", "âππ"],
    "uri-template": ["http://example.com/dictionary/{term:1}/{term}", "dictionary/{?a,b*}", "plain"],
    "json-pointer": ["/foo/bar~0/baz~1/%a", "", "/", "/foo//bar", "/\n"],
    "relative-json-pointer": ["1", "0/foo/bar", "2/0/baz/1/zip", "0#"],
    "regex": ["^[a-z]+$", "a|b"],
    "uuid": [UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}"],
    "base64": ["aGVsbG8=", "", "aGVs\nbG8=\n", "YQ=="],
    "name": ["m1.small", "my server", "a", "\u0434", "\u0434\u2006\ufffd", ""],
    "name_with_leading_trailing_spaces": ["  abc  abc  ", "\xa0abc", "a"],
    "az_name": ["nova", "a b"],
    "az_name_with_leading_trailing_spaces": [" nova "],
    "description": ["", "any text", " \u0434 "],
}

BAD = {
    "date-time": [
        "bar",
        "1",
        "2014-13-14T01:00:00Z",
        "2014-01-14",
        "2014-01-14T01:00:00",
        "2014-01-14 01:00:00Z",
        "2014-01-14T24:00:00Z",
        "2014-02-30T01:00:00Z",
        "1990-12-31T22:59:60Z",
        "2014-01-14T01:00:00Z\n",
        "\u09e8014-01-14T01:00:00Z",
    ],
    "date": ["2014-02-29", "14-01-14", "2014-1-1", "20140114", "2014-01-14\n"],
    "time": ["01:00:00", "22:59:60Z", "24:00:00Z", "01:00Z"],
    "isotime": ["bar", "2014-13-14", "2014"],
    "duration": ["", "P", "PT", "P1", "4DT12H", "P1D2H", "P2S", "P1Y2W"],
    "email": [
        "joe",
        "@x",
        "joe@",
        "a b@x.com",
        ".a@x.com",
        "a.@x.com",
        "a..b@x.com",
        "joe@-x.com",
        "joe@x.com\n",
        "a@b@c",
    ],
    "idn-email": ["2962", "a b@x"],
    "hostname": ["", "-a", "a-", "a_b", "a..b", ".a", "a" * 64, "a." * 127 + "aa", "host\n", "실례.테스트"],
    "idn-hostname": ["", "-a", "a b"],
    "ipv4": ["", "abc", "localhost", "256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4\n", "::1", "\u0661.2.3.4"],
    "ipv6": ["", "abc", "1.2.3.4", "fe80::1%eth0", "12345::", "::1\n", "1:2:3:4:5:6:7:8:9"],
    "ip-address": ["", "abc", "1.2.3"],
    "cidr": [
        "",
        "bar",
        "192.168.1.0",
        "192.168.1.0 /24",
        "192.168.1.0/33",
        "192.168.1.0/",
        "/24",
        "1.2.3.4/24\n",
    ],
    "mac-address": ["52:54:00:12:34", "52-54-00-12-34-56", "52:54:00:12:34:5g", "52:54:00:12:34:56\n"],
    "uri": [
        "1",
        "abc",
        "http://localhost:8774/v2.1/servers##",
        "http://[fdf8:01]:8774/v2.1/servers",
        "//foo.bar",
        "/abc",
        "",
        "http:// shouldfail.com",
        ":// should fail",
        "http://a%zz/",
        "http://a/\n",
        "http://[::1",
        "http://ex.com/<",
    ],
    "uri-reference": ["\\\\WINDOWS\\fileshare", "#frag\\ment", "1:b", "a b", "http://a:b:c"],
    "iri": ["/abc", "http:// shouldfail.com", "ä:b", "x:%äa", "x://[v1.ä]", "x:\ue000", "x:\x9f", "x:\ufdd0"],
    "iri-reference": ["a b", "ä:b", "//[v1.ä]", "http://ä:b:c"],
    "uri-template": ["{", "a}", "{a", "{!}", "a b"],
    "json-pointer": ["foo", "/foo~", "/~2", "#"],
    "relative-json-pointer": ["", "/foo", "-1/foo", "01/a", "0##"],
    "regex": ["", "(", "[", "*", "(" * 5000],
    "uuid": [
        "",
        "1",
        "abc",
        "70a599e031e749b7b260868f441e862",
        UUID + "\n",
        f"{{{UUID}",
        UUID.replace("a", "g"),
    ],
    "base64": ["Foo, Bar", "A random string", "a", "aGVsbG8", "ä"],
    "name": [
        " ",
        " server",
        "server ",
        "a\xa0",
        "\uffff",
        "\U00010000",
        "a\nb",
        "a\tb",
        "\x00",
        "a\u2028b",
        "\xa0",
    ],
    "name_with_leading_trailing_spaces": [" ", "\xa0", "\uffff", "\U00010000", "", "a\nb"],
    "az_name": ["a:b", " nova", "\uffff"],
    "az_name_with_leading_trailing_spaces": ["a:b", " "],
    "description": ["a\nb", "\x00"],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in GOOD.items() for t in texts])
def test_texts_that_have_a_format(name, text):
    assert FORMATS[name].check(text)


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in BAD.items() for t in texts])
def test_texts_that_have_it_not(name, text):
    assert not FORMATS[name].check(text)


def test_every_format_is_shown_here():
    assert set(FORMATS) == set(GOOD) | {"host-name"}
    assert set(GOOD) == set(BAD)


@given(st.text() | st.text(alphabet="0123456789abcdefx:./-[]{}@%#TZP+ \n\ud800", max_size=60))
def test_no_format_ever_raises(text):
    for form in FORMATS.values():
        assert form.check(text) in (True, False)


@pytest.mark.parametrize(
    "unit", ["a", "0", ":", ".", "a.", "-", "%", "@", "/", "1:", "{", "{a,", " ", "=", "P1", "\\"]
)
def test_no_format_can_be_made_to_hang(unit):
    text = unit * 5_000
    for name, form in FORMATS.items():
        began = time.process_time()
        form.check(text)
        form.check(f"http://{text}\x00")
        form.check(f"{text}\n")
        assert time.process_time() - began < 1.0, name


@given(st.uuids())
def test_any_uuid_is_a_uuid(value: uuid.UUID):
    assert FORMATS["uuid"].check(str(value))
    assert FORMATS["uuid"].check(value.hex)
    assert FORMATS["uuid"].check(value.urn)


@given(st.datetimes(timezones=st.timezones()).filter(lambda when: when.year >= 1000))
def test_python_s_own_times_are_date_times_when_their_offset_has_no_seconds(when):
    offset = when.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60 == 0:
        assert FORMATS["date-time"].check(when.isoformat())


@functools.cache
def iri_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return RFC 3987's rules IRI and irelative-ref as patterns, the group ``literal`` left to be judged."""
    wide = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"
    unreserved, delims, encoded = rf"A-Za-z0-9._~{wide}\-", "!$&'()*+,;=", "%[0-9A-Fa-f]{2}"
    pchar = rf"(?:[{unreserved}{delims}:@]|{encoded})"
    no_colon = rf"(?:[{unreserved}{delims}@]|{encoded})"
    name = rf"(?:[{unreserved}{delims}]|{encoded})*"
    user = rf"(?:(?:[{unreserved}{delims}:]|{encoded})*@)?"
    authority = rf"//{user}(?:\[(?P<literal>[^\[\]]*)\]|{name})(?::[0-9]*)?(?:/{pchar}*)*"
    absolute, tail = rf"/(?:{pchar}+(?:/{pchar}*)*)?", rf"(?:\?(?:{pchar}|[/?])*)?(?:#(?:{pchar}|[/?])*)?"
    rootless, relative = rf"{pchar}+(?:/{pchar}*)*", rf"{no_colon}+(?:/{pchar}*)*"
    iri = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:{authority}|{absolute}|{rootless}|){tail}")
    return iri, re.compile(rf"(?:{authority}|{absolute}|{relative}|){tail}")


@given(
    st.text(alphabet="ab:/?#[]@%~.v1-+f\xe4\x9f\xa0\ud7ff\ud800\ue000\ufdd0\U00010000\U000efffe", max_size=14)
    | st.from_regex(r"(x:)?//(b@)?\[(v1\.[aä]?|::1|ä)\](/[ä:%4])*", fullmatch=True)
)
def test_references_are_what_the_grammar_of_the_rfc_says(text):
    iri, relative = (pattern.fullmatch(text) for pattern in iri_patterns())

    def stands(found):
        literal = found["literal"] if found else None
        future = literal is not None and re.fullmatch(
            r"[vV][0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+", literal, re.ASCII
        )
        return found is not None and (literal is None or FORMATS["ipv6"].check(literal) or bool(future))

    assert FORMATS["iri"].check(text) == stands(iri)
    assert FORMATS["iri-reference"].check(text) == (stands(iri) or stands(relative))
    assert FORMATS["uri"].check(text) == (text.isascii() and stands(iri))
    assert FORMATS["uri-reference"].check(text) == (text.isascii() and (stands(iri) or stands(relative)))


def test_the_common_characters_of_names_are_all_printable():
    ranges = COMMON_CHARACTERS
    position = 0
    while position < len(ranges):
        low, high = ranges[position], ranges[position + 2]
        position += 3
        for code in range(ord(low), ord(high) + 1):
            assert unicodedata.category(chr(code))[0] not in "CZ", hex(code)


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from(" ab:\u0434\u3042 "), max_size=12))
def test_what_stands_for_a_format_in_the_fast_engine_says_no_more_than_the_format(text):
    for name, form in FORMATS.items():
        if form.pattern:
            assert bool(compiled(form.pattern).search(text)) == form.check(text), name
        if form.narrow and compiled(form.narrow).search(text):
            assert form.check(text), name
