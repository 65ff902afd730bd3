"""``apirouter-check``: say all that is wrong or doubtful in INI files, or draw what they describe."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence

from apirouter.deploy.check import check_files
from apirouter.deploy.draw import draw
from apirouter.deploy.findings import Finding
from apirouter.deploy.records import FileTree
from apirouter.deploy.tree import describe_file
from apirouter.describe.pipeline_picture import pipeline_picture
from apirouter.errors import ConfigError

_EXAMPLE = """\
example:
  apirouter-check etc/api-paste.ini
  apirouter-check --format json --set auth_strategy=noauth2 etc/*.ini
  apirouter-check --tree etc/api-paste.ini
  apirouter-check --tree --format svg etc/api-paste.ini > pipelines.svg

exit status:
  0  nothing was found      1  warnings only      2  errors
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named on the command line.

    :param argv: the arguments, without the program's name; those of the process when left out.
    :returns: the exit status: 0, 1 (warnings only) or 2 (errors).
    """
    arguments = _parser().parse_args(argv)
    conf = dict(arguments.set)
    if arguments.format == "svg" and not arguments.tree:
        print("apirouter-check: --format svg draws a --tree; add --tree", file=sys.stderr)
        return 2
    try:
        if arguments.tree:
            return _print_trees(arguments.files, arguments.name, conf, arguments.format)
        findings = check_files(arguments.files, name=arguments.name, global_conf=conf)
    except Exception as error:
        # One line for the operator; the traceback is for whoever asks for it.
        if arguments.debug:
            raise
        known = isinstance(error, ConfigError)
        text = str(error) if known else f"{type(error).__name__}: {error} (--debug shows where)"
        print(f"apirouter-check: {' '.join(text.split())}", file=sys.stderr)
        return 2
    _print_findings(findings, arguments.files, arguments.format)
    return max((2 if finding.severity == "error" else 1 for finding in findings), default=0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="apirouter-check",
        description="Say all that is wrong or doubtful in INI files. Builds nothing, opens no database.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="an INI file; what it includes is checked too"
    )
    parser.add_argument("--name", help="the application to start from (default: main, else all)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=TEXT",
        help="what global_conf has",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "svg"), default="text", help="how to print; svg draws the --tree"
    )
    parser.add_argument("--tree", action="store_true", help="draw what the files describe instead")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=TEXT")
    return name, value


def _print_findings(findings: Sequence[Finding], files: Sequence[str], style: str) -> None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    if style == "json":
        listed = [dataclasses.asdict(finding) for finding in findings]
        print(json.dumps({"findings": listed, "errors": errors, "warnings": warnings}, indent=2))
        return
    for finding in findings:
        print(finding)
    if findings:
        print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')} in {_count(len(files), 'file')}")
    else:
        print(f"{', '.join(files)}: nothing found")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_trees(files: Sequence[str], name: str | None, conf: dict[str, str], style: str) -> int:
    trees = [describe_file(path, name, conf) for path in files]
    if style == "json":
        print(json.dumps([_plain(tree) for tree in trees], indent=2))
    elif style == "svg":
        sys.stdout.write(pipeline_picture(trees))
    else:
        print("\n".join(map(draw, trees)), end="")
    for tree in trees:
        for problem in tree.problems:
            print(Finding.of(problem), file=sys.stderr)
    return 2 if any(tree.problems for tree in trees) else 0


def _plain(tree: FileTree) -> dict[str, object]:
    plain = dataclasses.asdict(dataclasses.replace(tree, problems=()))
    plain["problems"] = [dataclasses.asdict(Finding.of(problem)) for problem in tree.problems]
    return plain
