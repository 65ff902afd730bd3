"""Errors write their own messages, and say what becomes of them."""

from __future__ import annotations

import ast
import configparser
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import errors
from apirouter.errors import ECHO_LIMIT, ConfigError, PluginError, clip, suggest


@given(st.text(), st.integers(min_value=4, max_value=400))
def test_clipped_text_is_printable_and_no_longer_than_its_limit(text, limit):
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped.isprintable()


def test_a_long_value_is_cut_with_dots():
    assert clip("x" * 1000) == "x" * (ECHO_LIMIT - 3) + "..."


def test_control_characters_are_escaped_in_what_is_echoed():
    assert clip("a\r\nb") == "a\\r\\nb"


def test_the_nearest_word_is_suggested():
    assert suggest("namspace", ["namespace", "debug"]) == "did you mean 'namespace'?"


def test_all_known_words_are_named_when_none_is_near():
    assert suggest("zzz", ["b", "a"]) == "known: a, b"
    assert suggest("zzz", []) == "there are none"


def test_a_config_error_names_file_line_section_fix_and_chain():
    error = ConfigError(
        "no filter 'corz'",
        fix="did you mean 'cors'?",
        section="pipeline:main",
        file="api.ini",
        line=7,
        chain=("app:main", "pipeline:main"),
    )
    assert str(error) == (
        "api.ini:7: [pipeline:main] no filter 'corz'; did you mean 'cors'? "
        "(reached by app:main -> pipeline:main)"
    )


def test_a_located_config_error_keeps_the_places_that_it_has():
    located = ConfigError("wrong", section="app:x").located(section="app:y", file="f", line=3)
    assert str(located) == "f:3: [app:x] wrong"


def test_a_plugin_error_names_the_plugin_the_place_and_the_fix():
    error = PluginError("no such method", fix="write one", where="C.show at c.py:3").named("x = m:X (d 1.0)")
    assert str(error) == "plugin x = m:X (d 1.0): C.show at c.py:3: no such method; write one"


def test_a_plugin_error_that_names_a_plugin_keeps_it():
    assert PluginError("p", plugin="a").named("b").plugin == "a"


def test_clients_mistakes_are_safe_4xx_and_servers_mistakes_are_not_safe():
    for kind in vars(errors).values():
        if not inspect.isclass(kind) or not issubclass(kind, errors.ApiRouterError):
            continue
        if issubclass(kind, errors.RequestError):
            # A database that is out of order is nobody's mistake, and no secret.
            assert 400 <= kind.code < 500 or kind is errors.ServiceUnavailable, kind
            assert kind.safe, kind
        else:
            assert (kind.code, kind.safe) == (500, False), kind


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            errors.InvalidAPIVersionString("2.1.3"),
            400,
            "API Version String 2.1.3 is of invalid format. Must be of format MajorNum.MinorNum.",
        ),
        (
            errors.InvalidGlobalAPIVersion("3.7", "2.1", "3.5"),
            406,
            "Version 3.7 is not supported by the API. Minimum is 2.1 and maximum is 3.5.",
        ),
        (errors.InvalidContentType(), 415, "Unsupported Content-Type"),
        (errors.NoSuchAction("X"), 400, "There is no such action: X"),
        (
            errors.NoSuchAction("X", ["b", "a"]),
            400,
            "There is no such action: X. Actions here: a, b",
        ),
        (errors.MalformedRequestBody(), 400, "Malformed request body"),
        (errors.MalformedRequestBody("two keys"), 400, "Malformed request body"),
        (
            errors.PolicyNotAuthorized("compute:show"),
            403,
            "Policy doesn't allow compute:show to be performed.",
        ),
    ],
)
def test_clients_read_the_messages_they_know(error, code, message):
    assert (error.code, error.format_message()) == (code, message)


def test_the_log_reads_why_a_body_is_malformed():
    assert str(errors.MalformedRequestBody("it is not UTF-8")) == "Malformed request body: it is not UTF-8"


def test_a_405_lists_the_methods_in_order():
    error = errors.MethodNotAllowed({"PUT", "GET"})
    assert error.headers == {"Allow": "GET, PUT"}


def test_a_missing_extra_says_what_to_install():
    assert "pip install 'apirouter[policy]'" in str(errors.MissingExtra("policy", "oslo.policy", "policy"))


def test_the_extras_that_messages_name_are_there_as_every_pip_spells_them():
    root = Path(__file__).parents[2]
    setup = configparser.RawConfigParser()
    setup.read(root / "setup.cfg", encoding="utf-8")
    extras = set(setup["options.extras_require"])
    # PEP 685: before 23.3 pip didn't install what it wasn't given as the wheel spells it.
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", extra) for extra in extras)
    named = {
        call.args[2].value
        for path in (root / "apirouter").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "MissingExtra"
    }
    assert {"basic-auth", "keystone", "serve"} <= named <= extras
