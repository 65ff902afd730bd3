"""Check INI files: everything that is wrong or doubtful in them, at once, nothing built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from apirouter.deploy.factories import check_factory
from apirouter.deploy.findings import Finding
from apirouter.deploy.records import FileTree, Node
from apirouter.deploy.rules import RULES
from apirouter.deploy.tree import describe_file
from apirouter.errors import ConfigError, InterpolationConfigError

#: What finds something in a described file.
Rule = Callable[[FileTree], Iterable[Finding]]


def check_files(
    paths: Iterable[str],
    *,
    name: str | None = None,
    global_conf: Mapping[str, str] | None = None,
    rules: Iterable[Rule] = (),
) -> list[Finding]:
    """Check several files.

    :param paths: the files; files that they include are checked with them.
    :param name: the application that would be loaded; see :func:`apirouter.deploy.tree.describe_file`.
    :param global_conf: what would be passed to ``loadapp``.
    :param rules: further rules, beside this room's own.
    :returns: what was found, each once, by file and line, errors and warnings.
    """
    found: dict[Finding, None] = {}
    for path in paths:
        found.update(dict.fromkeys(check_file(path, name=name, global_conf=global_conf, rules=rules)))
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.code, finding.message))


def check_file(
    path: str,
    *,
    name: str | None = None,
    global_conf: Mapping[str, str] | None = None,
    rules: Iterable[Rule] = (),
) -> list[Finding]:
    """Check one file; the modules of its factories are imported, no factory is called.

    :param path: the file.
    :param name: the application that would be loaded.
    :param global_conf: what would be passed to ``loadapp``.
    :param rules: further rules, beside this room's own.
    :returns: what was found.
    """
    try:
        tree = describe_file(path, name, global_conf)
    except ConfigError as error:
        return [Finding.of(error, "read")]
    ruled = (finding for rule in (*RULES, *rules) for finding in rule(tree))
    return [*map(Finding.of, tree.problems), *_factories(tree), *ruled]


def _factories(tree: FileTree) -> Iterator[Finding]:
    seen: set[tuple[str, int, str]] = set()
    # What stands in these is not what it is meant to be: no factory is asked what it would build of it.
    unread = {(p.file, p.line) for p in tree.problems if isinstance(p, InterpolationConfigError)}
    nodes: list[Node] = [node for root in (*tree.roots, *tree.others) for node in root.walk()]
    built = {(node.file, node.line, node.reference) for root in tree.roots for node in root.built()}
    for node in nodes:
        key = node.file, node.line, node.reference
        if node.target and not node.problem and key not in seen:
            seen.add(key)
            said = {(value.file, value.line) for value in (*node.options, *node.globals)}
            for finding in check_factory(node, plugins=not said & unread, built=key in built):
                # A section that others use has the same mistake in each of them.
                place = finding.file, finding.line, finding.message
                if place not in seen:
                    seen.add(place)
                    yield finding
