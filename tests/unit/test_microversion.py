"""Versions and ranges are values with the field's algebra."""

from __future__ import annotations

import copy

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apirouter.errors import InvalidAPIVersionString
from apirouter.microversion import ANY, APIVersionRequest, Version, VersionRange, is_supported
from apirouter.wsgi import Request

numbers = st.integers(min_value=0, max_value=30)
versions = st.builds(Version, st.integers(min_value=1, max_value=3), numbers)
ends = st.none() | versions


@st.composite
def ranges(draw):
    low, high = draw(ends), draw(ends)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return VersionRange(low, high)


every = [Version(major, minor) for major in range(1, 4) for minor in range(32)]


@pytest.mark.parametrize("text", ["1.1", "2.10", "12.5", "2.0", "2.200"])
def test_these_are_versions(text):
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "2", "200", "2.1.4", "5.03", "02.1", "2.001", "", " 2.1", "2.1 ", "2. 1", "2 .1", "2.1\n", "+2.1",
        "-2.1", "2.-1", "2_0.1", "2.1_0", "\N{ARABIC-INDIC DIGIT TWO}.1", "2.\N{FULLWIDTH DIGIT ONE}", "0.1",
        ".1", "2.", "latest", "2.1\x00", "2\N{NO-BREAK SPACE}.1", "v2.1", "2,1",
    ],
)  # fmt: skip
def test_these_are_no_versions(text):
    with pytest.raises(InvalidAPIVersionString):
        Version.parse(text)


@given(st.text(alphabet="0123456789.+-_ \u0662\n", max_size=8))
def test_whatever_is_read_as_a_version_is_written_back_the_same(text):
    try:
        version = Version.parse(text)
    except InvalidAPIVersionString as error:
        assert error.code == 400  # noqa: PT017
    else:
        assert str(version) == text
        assert version.major >= 1


@given(versions, versions)
def test_versions_compare_by_number_not_by_text(one, other):
    assert (one < other) == ((one.major, one.minor) < (other.major, other.minor))


@given(ranges(), versions)
def test_a_range_holds_what_lies_between_its_ends(versions_, version):
    low, high = versions_
    assert (version in versions_) == ((low is None or low <= version) and (high is None or version <= high))


@given(ranges(), ranges())
def test_ranges_overlap_exactly_when_a_version_lies_in_both(one, other):
    assert one.overlaps(other) == any(v in one and v in other for v in every)
    assert one.overlaps(other) == other.overlaps(one)


@given(ranges(), ranges())
def test_a_range_covers_another_when_it_holds_all_of_it(one, other):
    if one.covers(other):
        assert all(v in one for v in every if v in other)
    else:
        beyond = [Version(0, 9), Version(9, 9)]
        assert any(v in other and v not in one for v in [*every, *beyond])


def test_shared_ends_and_open_ends_overlap():
    assert VersionRange.of("2.1", "2.4").overlaps(VersionRange.of("2.4"))
    assert VersionRange.of("2.1").overlaps(VersionRange.of("2.5"))
    assert ANY.overlaps(ANY)
    assert not VersionRange.of("2.1", "2.3").overlaps(VersionRange.of("2.4"))


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="empty"):
        VersionRange.of("2.5", "2.4")


@pytest.mark.parametrize(
    ("versions_", "text"),
    [
        (ANY, "any version"),
        (VersionRange.of("2.1"), "2.1 and later"),
        (VersionRange.of(None, "2.1"), "up to 2.1"),
        (VersionRange.of("2.1", "2.1"), "2.1"),
        (VersionRange.of("2.1", "2.5"), "2.1 to 2.5"),
    ],
)
def test_a_range_reads_as_people_say_it(versions_, text):
    assert str(versions_) == text


@given(versions)
def test_the_ancestors_version_is_the_same_value(version):
    theirs = APIVersionRequest(str(version))
    assert theirs == version
    assert hash(theirs) == hash(version)
    assert (theirs.ver_major, theirs.ver_minor) == version
    assert theirs.get_string() == str(version)
    assert not theirs.is_null()
    assert copy.deepcopy(theirs) == theirs


def test_the_null_version_stands_for_none():
    null = APIVersionRequest()
    assert null.is_null()
    assert copy.copy(null).is_null()
    for ask in (null.get_string, lambda: null.matches("2.1")):
        with pytest.raises(ValueError, match="null version"):
            ask()


@given(versions, ends, ends)
def test_matches_takes_versions_texts_null_versions_and_none(version, low, high):
    assume(low is None or high is None or low <= high)
    wanted = version in VersionRange(low, high)
    null = APIVersionRequest()
    assert version.matches(low, high) == wanted
    assert version.matches(str(low) if low else null, str(high) if high else null) == wanted


def test_support_is_asked_of_a_request():
    req = Request.blank("/", version="2.5")
    assert is_supported(req, "2.3")
    assert is_supported(req, max_version="2.5")
    assert not is_supported(req, "2.6")
