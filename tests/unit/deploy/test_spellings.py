"""What a path may be taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.deploy.spellings import fold, is_suspicious, spellings
from tests.unit.deploy import paths


@given(paths.PATHS)
def test_each_spelling_is_told(path):
    told = {*spellings(path)} - {None}
    assert told <= paths.spellings(path)
    if None not in {*spellings(path)}:
        assert told == paths.spellings(path)


@given(st.one_of(paths.PATHS, st.text(alphabet="/.%2eEfFvV1aA\\;~ ", max_size=30).map("/".__add__)))
def test_a_path_that_is_not_suspicious_has_no_other_spelling(path):
    if not is_suspicious(path):
        assert {*spellings(path)} == {path}


@pytest.mark.parametrize("path", ["/a%2f", "/a//b", "/a/../b", "/a/.", "/a\\b", "/A"])
def test_what_has_another_spelling_is_suspicious(path):
    assert is_suspicious(path)
    assert {*spellings(path)} != {path}


def test_a_path_that_is_encoded_over_and_over_has_no_end_of_spellings():
    assert [*spellings("/%" + "25" * 10 + "2e")][-1] is None
    assert None not in spellings("/%25252e")


def test_only_ascii_has_a_case():
    assert fold("/V1/\xc3\x84") == "/v1/\xc3\x84"
