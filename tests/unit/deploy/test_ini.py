"""The scan of an INI file by line agrees with configparser."""

from __future__ import annotations

import configparser
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apirouter.deploy.ini import read_text, scan
from apirouter.deploy.loader import open_file
from apirouter.errors import ConfigError

HEADERS = ["[a]", "[b]", "[DEFAULT]", "[c d]]"]
OPTIONS = [
    "x = 1",
    "y: 2",
    "x=",
    "z : a = b",
    " x = 1",
    "x = a ; b",
    "é = ü",
    "\x0cx = 1",
    "x = a\x0bb",
    "a b = %(c)s",
]
OTHERS = ["  more", "\tmore", "", "  ", "# c", "  # c", "; c", "junk", "= 1", "x"]
LINES = st.sampled_from(HEADERS + OPTIONS + OTHERS)


def parse(text):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read_file(io.StringIO(text))
    return parser


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_sections_options_and_values_are_configparsers(text):
    found = scan("x.ini", text)
    try:
        parser = parse(text)
    except configparser.Error as error:
        assert found.mistakes
        assert all(mistake.line and mistake.fix for mistake in found.mistakes)
        line = getattr(error, "lineno", None)
        if line is not None:
            assert line in [mistake.line for mistake in found.mistakes]
        return
    assert not found.mistakes
    sections = {name: dict(parser._sections[name]) for name in parser.sections()}
    own = {
        name: {option.name: option.value for option in section.options.values()}
        for name, section in found.sections.items()
    }
    defaults = own.pop("DEFAULT", {})
    assert own == sections
    assert defaults == dict(parser._defaults)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_the_line_of_an_option_is_where_it_stands(text):
    lines = text.split("\n")
    for section in scan("x.ini", text).sections.values():
        assert f"[{section.name}]" in lines[section.line - 1]
        for option in section.options.values():
            assert lines[option.line - 1].strip().startswith(option.name)
            for number, value in option.lines:
                assert value in lines[number - 1]


def test_a_word_of_a_value_has_its_own_line():
    ini = scan("x.ini", "[DEFAULT]\nd = 1\n[p]\npipeline = a\n  b\n\n  # c\n  c\n")
    assert [ini.line_of("p", "pipeline", word) for word in ("a", "b", "c", "?")] == [4, 5, 8, 4]
    assert ini.line_of("p") == 3
    assert ini.line_of("p", "d") == 2
    assert ini.line_of("q", "d") == 2
    assert ini.line_of("q") == 0


def test_every_mistake_is_listed():
    ini = scan("x.ini", "a = 1\n[s]\nx = 1\nx = 2\njunk\n[s]\n= 3\n")
    assert [mistake.line for mistake in ini.mistakes] == [1, 4, 5, 6, 7]
    assert ini.sections["s"].options["x"].value == "1"


def test_a_header_that_is_not_closed_is_no_option():
    ini = scan("x.ini", "[DEFAULT]\nx = 1\n[app:main\nuse = y\n[z:1]0 = 2\n[1-9]+ = 3\n")
    assert [(mistake.line, mistake.fix) for mistake in ini.mistakes] == [(3, "write '[app:main]'")]


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_any_newline_ends_a_line(tmp_path, newline):
    file = tmp_path / "x.ini"
    file.write_bytes(newline.join(["[s]", "x = 1", "y = é"]).encode())
    assert scan("", read_text(str(file))).line_of("s", "y") == 3


@given(st.binary(max_size=80))
def test_any_bytes_are_text_or_an_error_with_a_place(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "bytes.ini"
    file.write_bytes(content)
    if _is_text(content):
        scan("", read_text(str(file)))
    else:
        with pytest.raises(ConfigError) as caught:
            read_text(str(file))
        assert caught.value.line
        assert caught.value.fix


def _is_text(content):
    try:
        return not content.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


def test_a_header_without_its_end_is_told_so_at_the_top_of_a_file_too():
    (first, *_) = scan("x.ini", "[app:main\nuse = api\n").mistakes
    assert (first.line, first.problem, first.fix) == (
        1,
        "'[app:main' is a header without its end",
        "write '[app:main]'",
    )


def test_every_mark_of_a_merge_is_told_and_what_looks_like_one_is_a_value():
    text = "[a]\n<<<<<<< HEAD\nx = 1\n||||||| base: 1\n=======\ny = =======\n  =======\n>>>>>>> b: c\n"
    found = scan("x.ini", text)
    assert [mistake.line for mistake in found.mistakes] == [2, 4, 5, 8]
    assert found.sections["a"].options["y"].value == "=======\n======="


SLIPS = ["[a]", "[a", "]", "x", "=", ":", " ", "\n", "\n  ", *(mark * 7 for mark in "<>=|")]


@given(st.lists(st.sampled_from(SLIPS), max_size=12).map("".join))
@example("[a]\n>>>>>>>=x")
@example("[a]\n>>>>>>>: x")
@example("[a]\n  <<<<<<< x: y")
def test_a_file_is_refused_with_a_line_wherever_it_holds_a_mistake(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "slips.ini"
    file.write_text(text, encoding="utf-8")
    if scan("", text).mistakes:
        with pytest.raises(ConfigError) as caught:
            open_file(str(file))
        assert caught.value.line
    else:
        assert open_file(str(file)).text == text
