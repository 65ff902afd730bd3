"""``apirouter completion``: completions for bash and zsh, made of the commands' own parsers."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apirouter.cmd import _console

PROG = "apirouter completion"

_EXAMPLE = """
source <(apirouter completion bash)
apirouter completion bash > ~/.local/share/bash-completion/completions/apirouter
apirouter completion zsh > "${fpath[1]}/_apirouter"
"""


def build_parser() -> _console.Parser:
    """Return the command's parser."""
    parser = _console.parser(PROG, "Print completions of every command for a shell.", _EXAMPLE)
    parser.add_argument("shell", choices=("bash", "zsh"), help="the shell")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status.
    """
    return _console.run(build_parser, show, argv)


def show(args: argparse.Namespace) -> int:
    """Print the script.

    :param args: the parsed arguments.
    """
    from apirouter.cmd.main import COMMANDS

    parsers = {name: _parser_of(importlib.import_module(module)) for name, (module, _) in COMMANDS.items()}
    summaries = {name: summary for name, (_, summary) in COMMANDS.items()}
    script = bash(parsers) if args.shell == "bash" else zsh(parsers, summaries)
    sys.stdout.write(script)
    return _console.OK


def _parser_of(command: Any) -> argparse.ArgumentParser:
    """Return the parser of a command's module."""
    made: argparse.ArgumentParser = command.build_parser()
    return made


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.help != argparse.SUPPRESS]


def _scripts(parsers: Mapping[str, argparse.ArgumentParser]) -> list[str]:
    """Return the programs that are completed: ``apirouter`` and those that have a name of their own."""
    return ["apirouter", *(p.prog for p in parsers.values() if " " not in p.prog)]


def bash(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return the completions for bash.

    :param parsers: the parser of each command.
    """
    lines = [
        "# bash completion of apirouter; written by 'apirouter completion bash'",
        "_apirouter() {",
        '    local cur="${COMP_WORDS[COMP_CWORD]}" prev="" name="${COMP_WORDS[0]##*/}" options="" words=""',
        '    ((COMP_CWORD > 0)) && prev="${COMP_WORDS[COMP_CWORD-1]}"',
        "    # Readline takes --format=json for three words.",
        '    if [[ "$cur" == "=" ]]; then',
        '        cur=""',
        '    elif [[ "$prev" == "=" ]]; then',
        '        prev="${COMP_WORDS[COMP_CWORD-2]}"',
        "    fi",
        "    COMPREPLY=()",
        '    if [[ "$name" == apirouter ]]; then',
        "        if ((COMP_CWORD == 1)); then",
        f"            COMPREPLY=($(compgen -W '{' '.join(parsers)} --help --version' -- \"$cur\"))",
        "            return",
        "        fi",
        '        name="${COMP_WORDS[1]}"',
        "    else",
        '        name="${name#apirouter-}"',
        "    fi",
        '    case "$name $prev" in',
    ]
    for name, parser in parsers.items():
        lines += _bash_values(name, parser)
    lines += ["    esac", '    case "$name" in']
    for name, parser in parsers.items():
        options = [option for action in _actions(parser) for option in action.option_strings]
        words = [str(c) for a in _actions(parser) if not a.option_strings for c in a.choices or ()]
        lines.append(f"        {name}) options='{' '.join(options)}' words='{' '.join(words)}';;")
    lines += [
        "    esac",
        '    if [[ "$cur" == -* ]]; then',
        '        COMPREPLY=($(compgen -W "$options" -- "$cur"))',
        "    else",
        '        COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur"))',
        "    fi",
        "}",
        f"complete -o filenames -F _apirouter {' '.join(_scripts(parsers))}",
    ]
    return "\n".join(lines) + "\n"


def _bash_values(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in _actions(parser):
        if not action.option_strings or action.nargs == 0:
            continue
        pattern = "|".join(f'"{name} {option}"' for option in action.option_strings)
        if action.choices:
            words = " ".join(map(str, action.choices))
            yield f"        {pattern}) COMPREPLY=($(compgen -W '{words}' -- \"$cur\")); return;;"
        elif _takes_file(action):
            yield f'        {pattern}) COMPREPLY=($(compgen -f -- "$cur")); return;;'
        else:
            yield f"        {pattern}) return;;"


def _takes_file(action: argparse.Action) -> bool:
    metavar = str(action.metavar or action.dest).lower()
    return any(word in metavar for word in ("file", "dir", ".json", ".yaml", "target", "path"))


def zsh(parsers: Mapping[str, argparse.ArgumentParser], summaries: Mapping[str, str]) -> str:
    """Return the completions for zsh.

    :param parsers: the parser of each command.
    :param summaries: what each does.
    """
    lines = [
        f"#compdef {' '.join(_scripts(parsers))}",
        "# zsh completion of apirouter; written by 'apirouter completion zsh'",
        "_apirouter() {",
        "    local name=${words[1]:t}",
        "    if [[ $name == apirouter ]]; then",
        "        if ((CURRENT == 2)); then",
        "            local -a commands=(",
        *(f"                '{name}:{_quoted(summaries[name])}'" for name in parsers),
        "            )",
        "            local -a options=(",
        "                '--help:show how it is used'",
        "                '--version:show its version'",
        "            )",
        "            if [[ $PREFIX == -* ]]; then",
        "                _describe -o option options",
        "            else",
        "                _describe command commands",
        "            fi",
        "            return",
        "        fi",
        "        name=${words[2]}",
        "        shift words",
        "        ((CURRENT--))",
        "    else",
        "        name=${name#apirouter-}",
        "    fi",
        "    case $name in",
    ]
    for name, parser in parsers.items():
        lines += [f"        {name})", "            _arguments -s -S \\"]
        lines += [f"                {spec} \\" for spec in _zsh_specs(parser)]
        lines += ["            ;;"]
    # A file on fpath is the function itself when it is first asked; one that is sourced only defines it.
    lines += [
        "    esac",
        "}",
        "if [[ $funcstack[1] == _apirouter ]]; then",
        '    _apirouter "$@"',
        "else",
        f"    compdef _apirouter {' '.join(_scripts(parsers))}",
        "fi",
    ]
    return "\n".join(lines).replace(" \\\n            ;;", "\n            ;;") + "\n"


def _zsh_specs(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield what ``_arguments`` is told of each option and argument (zshcompsys(1))."""
    for action in _actions(parser):
        help_text = _quoted(" ".join((action.help or "").replace("%%", "%").split()))
        values = "".join(f":{name}:{_zsh_words(action) or ' '}" for name in _value_names(action))
        if not action.option_strings:
            yield f"'{'*' if action.nargs in ('*', '+') else ''}{values}'"
            continue
        again = "*" if isinstance(action, argparse._AppendAction) else ""
        names = " ".join(action.option_strings)
        # Who has said one spelling is not offered the other.
        others = f"({names})" if not again and len(action.option_strings) > 1 else ""
        for option in action.option_strings:
            # --format json and --format=json, -H x and -Hx.
            joined = (
                ("" if not values else "=" if option.startswith("--") else "+")
                if action.nargs is None
                else ""
            )
            yield f"'{others}{again}{option}{joined}[{help_text}]{values}'"


def _value_names(action: argparse.Action) -> list[str]:
    """Return what an action's values are called, one name for each."""
    if action.nargs == 0:
        return []
    names = action.metavar or action.dest
    if isinstance(names, str):
        names = (names,) * (action.nargs if isinstance(action.nargs, int) else 1)
    return [_quoted(name).replace('"', "") for name in names]


def _zsh_words(action: argparse.Action) -> str:
    if action.choices:
        return f"({' '.join(map(str, action.choices))})"
    return "_files" if _takes_file(action) else ""


def _quoted(text: str) -> str:
    """Return a text that zsh's completion takes as it is, between single quotes."""
    for special in "\\[]:":
        text = text.replace(special, f"\\{special}")
    return text.replace("'", "'\\''")
