"""What is wrong with the logging sections of an INI, where logging itself says ``KeyError: 'handler_x'``."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

from apirouter.deploy.ini import read_text, scan
from apirouter.errors import ConfigError, suggest

_KINDS = ("loggers", "handlers", "formatters")


def explain(file: str, parser: configparser.ConfigParser, error: Exception) -> ConfigError:
    """Return the error of an INI whose logging sections can't be used.

    :param file: its path.
    :param parser: has read it.
    :param error: what ``logging.config.fileConfig`` raised.
    """
    ini = scan(file, read_text(file))
    for section, option, word, problem, fix in _mistakes(parser):
        return ConfigError(
            f"logging can't be set up: {problem}",
            fix=fix,
            section=section,
            option=option,
            file=file,
            line=ini.line_of(section, option, word) or ini.line_of("loggers"),
        )
    return ConfigError(
        f"logging can't be set up: {type(error).__name__}: {error}",
        fix="see its [loggers], [handlers] and [formatters]",
        section="loggers",
        file=file,
        line=ini.line_of("loggers"),
    )


def _mistakes(parser: configparser.ConfigParser) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield section, option, word, problem and fix of each reference that leads nowhere."""
    keys: dict[str, list[str]] = {}
    for kinds in _KINDS:
        if not parser.has_option(kinds, "keys"):
            problem = f"[{kinds}] has no 'keys'" if parser.has_section(kinds) else f"there is no [{kinds}]"
            yield (
                kinds if parser.has_section(kinds) else "loggers",
                "",
                "",
                problem,
                f"add [{kinds}] with 'keys = ...'",
            )
            return
        keys[kinds] = _words(parser.get(kinds, "keys", raw=True))
        prefix = kinds[:-1] + "_"
        there = [name.removeprefix(prefix) for name in parser.sections() if name.startswith(prefix)]
        for key in keys[kinds]:
            if key not in there:
                fix = suggest(key, there) if there else f"add [{prefix}{key}]"
                yield kinds, "keys", key, f"there is no [{prefix}{key}]", fix
    if "root" not in keys["loggers"]:
        yield "loggers", "keys", "", "'keys' does not name the root logger", "add 'root' and [logger_root]"
    for logger in keys["loggers"]:
        yield from _unnamed(parser, f"logger_{logger}", "handlers", keys["handlers"])
        if logger != "root" and not parser.has_option(f"logger_{logger}", "qualname"):
            yield (
                f"logger_{logger}",
                "",
                "",
                "no 'qualname' is said",
                "add 'qualname = ' and the logger's name",
            )
    for handler in keys["handlers"]:
        if not parser.has_option(f"handler_{handler}", "class"):
            yield f"handler_{handler}", "", "", "no 'class' is said", "add 'class = StreamHandler'"
        yield from _unnamed(parser, f"handler_{handler}", "formatter", keys["formatters"])


def _unnamed(
    parser: configparser.ConfigParser, section: str, option: str, known: list[str]
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the names in an option that no ``keys`` has."""
    kinds = option.removesuffix("s") + "s"
    for name in _words(parser.get(section, option, raw=True, fallback="")):
        if name not in known:
            problem = f"'{name}' is not among the 'keys' of [{kinds}]"
            yield section, option, name, problem, suggest(name, known)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
