"""What ``apirouter-check`` does once its arguments are read."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence

from apirouter.cmd import _console, _told
from apirouter.cmd._servercheck import check_servers
from apirouter.deploy.check import check_files
from apirouter.deploy.draw import ASCII, UNICODE, draw
from apirouter.deploy.findings import Finding
from apirouter.deploy.records import FileTree
from apirouter.deploy.tree import describe_file
from apirouter.errors import one_line


def check(args: argparse.Namespace) -> int:
    """Check the files and print what was found, or draw them.

    :param args: the parsed arguments.
    """
    conf = dict(args.set)
    if args.tree:
        return _print_trees(args.files, args.name, conf, args.format)
    with _told.warnings_kept() as logged:
        findings = check_files(args.files, name=args.name, global_conf=conf, rules=(check_servers,))
    _print_findings(findings, args.files, args.format)
    found = [one_line(finding.message) for finding in findings]
    # A router that is made for its plugins' sake logs what is among the findings.
    for text in dict.fromkeys(logged):
        if not any(message in text for message in found):
            print(f"apirouter-check: {text}", file=sys.stderr)
    return max((2 if finding.severity == "error" else 1 for finding in findings), default=0)


def _print_findings(findings: Sequence[Finding], files: Sequence[str], style: str) -> None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    if style == "json":
        listed = [dataclasses.asdict(finding) for finding in findings]
        told = {"findings": listed, "errors": errors, "warnings": warnings}
        sys.stdout.write(_console.as_json(told, sys.stdout))
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
    out = sys.stdout
    trees = [describe_file(path, name, conf) for path in files]
    if style == "json":
        out.write(_console.as_json([_plain(tree) for tree in trees], out))
    elif style == "svg":
        # Imported where it is asked for: who checks a file is not to wait for it.
        from apirouter.describe.pipeline_picture import pipeline_picture

        out.write(_console.as_markup(pipeline_picture(trees), out))
    else:
        lines = UNICODE if _console.shows_unicode(out) else ASCII
        out.write("\n".join(draw(tree, lines) for tree in trees))
    for tree in trees:
        for problem in tree.problems:
            print(Finding.of(problem), file=sys.stderr)
    return 2 if any(tree.problems for tree in trees) else 0


def _plain(tree: FileTree) -> dict[str, object]:
    plain = dataclasses.asdict(dataclasses.replace(tree, problems=()))
    plain["problems"] = [dataclasses.asdict(Finding.of(problem)) for problem in tree.problems]
    return plain
