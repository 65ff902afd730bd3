"""An INI section's strings become one frozen dataclass, or one error that names the option."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
from collections.abc import MutableSequence, Sequence, Set
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import ConfigError
from apirouter.microversion import Version
from apirouter.options import boolean, dotted, option, read, words


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """Some options of each kind."""

    name: str = "n"
    flag: bool = False
    count: int = 1
    rate: float = 1.0
    names: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    listed: list[str] = dataclasses.field(default_factory=list)
    unique: frozenset[int] = frozenset()
    ordered: Sequence[float] = ()
    readable: Set[str] = frozenset()
    writable: MutableSequence[int] = dataclasses.field(default_factory=list)
    pair: tuple[int, str] = (0, "")
    bare: tuple = ()
    either: int | str = 0
    mode: Literal["fail", "skip"] = "fail"
    level: Literal[1, 2] = 1
    colour: Colour = Colour.RED
    pattern: re.Pattern[str] | None = None
    path: Path | None = None
    folder: PurePosixPath = PurePosixPath("/srv")
    version: Version | None = None
    size: int | None = None
    renamed: str = option("", aliases=("old_name",))
    table: MappingProxyType = option(MappingProxyType({}), parse=lambda text: MappingProxyType({text: 1}))


@dataclasses.dataclass(frozen=True)
class Needs:
    """One option without a default."""

    path: str


@pytest.mark.parametrize("word", ["true", "Yes", "ON", "y", "t", "1", " true "])
def test_these_words_are_true(word):
    assert boolean(word) is True


@pytest.mark.parametrize("word", ["false", "No", "OFF", "n", "f", "0"])
def test_these_words_are_false(word):
    assert boolean(word) is False


@given(st.text())
def test_any_other_word_is_no_boolean(word):
    if word.strip().lower() in {"true", "yes", "on", "y", "t", "1", "false", "no", "off", "n", "f", "0"}:
        return
    with pytest.raises(ValueError, match="is not a boolean"):
        boolean(word)


def test_lists_split_at_commas_blanks_and_line_ends():
    assert words("a, b\n  c,,d") == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("name", "  x ", "x"),
        ("flag", "on", True),
        ("count", " -12 ", -12),
        ("rate", "0.5", 0.5),
        ("names", "a, b", ("a", "b")),
        ("sizes", "1 2", (1, 2)),
        ("listed", "a, b", ["a", "b"]),
        ("unique", "1 2 1", frozenset({1, 2})),
        ("ordered", "1 2.5", (1.0, 2.5)),
        ("readable", "a b a", frozenset({"a", "b"})),
        ("writable", "1 2", [1, 2]),
        ("pair", "1, a", (1, "a")),
        ("bare", "a b", ("a", "b")),
        ("either", "5", 5),
        ("either", "five", "five"),
        ("either", "", ""),
        ("mode", "skip", "skip"),
        ("level", "2", 2),
        ("colour", "blue", Colour.BLUE),
        ("version", "2.10", Version(2, 10)),
        ("size", "", None),
        ("size", "5", 5),
        ("table", "k", MappingProxyType({"k": 1})),
    ],
)
def test_each_option_is_read_as_its_annotation_says(name, text, value):
    assert getattr(read(Spec, {name: text}), name) == value


def test_a_pattern_is_compiled():
    assert read(Spec, {"pattern": "a+"}).pattern.fullmatch("aaa")


@given(st.integers())
def test_whole_numbers_of_any_size_are_read(number):
    assert read(Spec, {"count": str(number)}).count == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_exactly(number):
    assert read(Spec, {"rate": repr(number)}).rate == number


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("count", "1_000", "is not a whole number"),
        ("count", "\N{ARABIC-INDIC DIGIT TWO}", "is not a whole number"),
        ("count", "1.5", "is not a whole number"),
        ("pair", "1 a b", "is not 2 values"),
        ("pair", "a 1", "is not a whole number"),
        ("rate", "nan", "is not a number"),
        ("rate", "inf", "is not a number"),
        ("rate", "x", "is not a number"),
        ("mode", "ignore", "is not one of fail, skip"),
        ("colour", "green", "is not one of red, blue"),
        ("flag", "maybe", "is not a boolean"),
        ("pattern", "(", "is not a regular expression"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_by_option_and_value(name, text, says):
    with pytest.raises(ConfigError) as caught:
        read(Spec, {name: text}, section="app:x")
    assert str(caught.value).startswith(f"[app:x] option '{name}': '{text}' {says}")
    assert caught.value.option == name


def test_an_unknown_option_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match=r"unknown option 'nmaes'; did you mean 'names'\?"):
        read(Spec, {"nmaes": "a"})


def test_a_former_name_is_read():
    assert read(Spec, {"old_name": "x"}).renamed == "x"


def test_an_option_under_both_of_its_names_is_refused():
    with pytest.raises(ConfigError, match="option 'renamed' says again what 'renamed' said"):
        read(Spec, {"old_name": "x", "renamed": "y"})


def test_what_is_no_text_is_taken_as_it_is():
    assert read(Spec, {"count": 5, "version": Version(2, 1)}) == Spec(count=5, version=Version(2, 1))


def test_a_required_option_that_is_missing_is_named():
    with pytest.raises(ConfigError, match="option 'path' is required"):
        read(Needs, {})


def test_dotted_names_reach_attributes_of_attributes():
    assert dotted("json:JSONDecoder.decode") is json.JSONDecoder.decode


@pytest.mark.parametrize(
    ("text", "says"),
    [("no_such_module_here:x", "can't be imported"), ("json:nothing", "names 'nothing', which json")],
)
def test_a_dotted_name_that_leads_nowhere_says_where_it_ends(text, says):
    with pytest.raises(ValueError, match=says):
        dotted(text)


def test_a_path_is_read_as_one():
    made = read(Spec, {"path": " etc/api-paste.ini ", "folder": "/var/lib"})
    assert (made.path, made.folder) == (Path("etc/api-paste.ini"), PurePosixPath("/var/lib"))
    assert read(Spec, {"path": ""}).path is None
