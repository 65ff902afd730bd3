"""What an operator is told whose logging sections lead nowhere."""

from __future__ import annotations

import configparser

import pytest

from apirouter.cmd._logmistakes import explain

GOOD = """\
[loggers]
keys = root, api
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = INFO
handlers = console
[logger_api]
qualname = apirouter
handlers =
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[handler_console]",
            "[handler_consle]",
            ":4: [handlers] .*no [handler_console]; did you mean 'consle'?",
        ),
        (
            "handlers = console",
            "handlers = consol",
            ":9: [logger_root] .*'consol' .* of [handlers]; did you mean 'console'?",
        ),
        (
            "formatter = plain",
            "formatter = plian",
            ":16: [handler_console] .*'plian' .* of [formatters]; did you mean",
        ),
        ("[logger_api]", "[logger_apy]", ":2: [loggers] .*there is no [logger_api]"),
        ("keys = root, api", "keys = api", ":2: [loggers] .*root"),
        ("qualname = apirouter\n", "", ":10: [logger_api] .*'qualname'"),
        ("class = StreamHandler\n", "", ":13: [handler_console] .*'class'"),
        ("[formatters]\nkeys = plain\n", "", ":1: [loggers] .*there is no [formatters]"),
        ("keys = plain\n", "", ":5: [formatters] .*no 'keys'"),
        ("(sys.stderr,)", "(sys.stdrr,)", ":1: [loggers] .*KeyError: 'x'"),
    ],
)
def test_a_name_in_the_logging_sections_that_leads_nowhere_is_told_with_its_line(old, new, said, tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(GOOD.replace(old, new, 1))
    parser = configparser.ConfigParser()
    parser.read(file)
    text = str(explain(str(file), parser, KeyError("x")))
    rest = text.removeprefix(str(file))
    for part in said.split(".*"):
        assert part in rest, text
    assert "logging can't be set up" in text
