"""What ``apirouter-extensions`` does once its arguments are read."""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from apirouter import options
from apirouter.cmd import _console, _load, _told
from apirouter.cmd.extensions import PROG
from apirouter.deploy.records import Node
from apirouter.deploy.tree import describe_file
from apirouter.describe import Description, as_data, describe
from apirouter.describe.plugins import Listed, listed
from apirouter.errors import ApiRouterError, one_line
from apirouter.routing.plugins import FAILED, LOADED
from apirouter.routing.router import APIRouter

_COLUMNS = ("alias", "name", "version", "distribution", "entry_point", "resources", "state")


def show(args: argparse.Namespace) -> int:
    """Load the application and print its plugins."""
    target = _load.target_of(args.target, args.app)
    variables = _load.variables_of(args.variables)
    if target.kind == _load.INI:
        _load.check_file(target.location)
    with _told.warnings_told(PROG), _told.progress(f"Loading {target.text}"):
        try:
            found = listed([describe(_load.load(target, variables), name=target.name or "")])
        except ApiRouterError as error:
            # A plugin that stops the boot is what this command is asked about.
            found = listed(_tolerant(target, variables)) if target.kind == _load.INI else []
            if not any(one.plugin.state == FAILED for one in found):
                raise
            print(f"{PROG}: the service does not start: {one_line(str(error))}", file=sys.stderr)
    chosen = [
        one
        for one in found
        if fnmatch.fnmatchcase(one.plugin.alias, args.plugin) and args.state in (None, one.plugin.state)
    ]
    if not chosen and args.plugin != "*":
        print(f"{PROG}: no plugin is like that", file=sys.stderr)
    _print(chosen, args.format)
    failed = any(one.plugin.state == FAILED for one in found)
    return _console.FOUND if failed and args.exit_code else _console.OK


def _tolerant(target: _load.Target, variables: dict[str, str]) -> Iterator[Description]:
    """Describe the routers of an INI, each made without the plugins that can't be used."""
    tree = describe_file(target.location, target.name, variables)
    seen: set[str] = set()
    for node in (found for root in tree.roots for found in _nodes(root)):
        if node.section in seen or node.protocol != "paste.app_factory" or not node.target:
            continue
        seen.add(node.section)
        router = _router(node)
        if router is not None:
            yield describe(router, name=node.reference)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from _nodes(child)


def _router(node: Node) -> Any:
    """Make the router of a section with ``on_load_failure = skip``; None when the section makes something else."""
    factory = options.dotted(node.target)
    kind = getattr(factory, "__self__", None)
    if not (isinstance(kind, type) and issubclass(kind, APIRouter)):
        return None
    local = {value.name: value.value for value in node.options}
    try:
        return factory({v.name: v.value for v in node.globals}, **{**local, "on_load_failure": "skip"})
    except ApiRouterError:
        # Something else is wrong with it, which the load itself tells better.
        return None


def _print(found: Sequence[Listed], form: str) -> None:
    out, style = sys.stdout, _console.Style(sys.stdout)
    if form == "json":
        data = [
            {**as_data(one.plugin), "resources": list(one.resources), "mounts": list(one.mounts)}
            for one in found
        ]
        out.write(_console.as_json(data, out))
        return
    rows = [[name.upper().replace("_", " ") for name in _COLUMNS]]
    for one in found:
        values = {**as_data(one.plugin), "resources": ", ".join(one.resources)}
        rows.append([str(values[name]) for name in _COLUMNS])
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    for number, row in enumerate(rows):
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            out.write(f"{style(line, 'bold')}\n")
            continue
        plugin = found[number - 1].plugin
        out.write(
            f"{line if plugin.state == LOADED else style(line, 'red' if plugin.state == FAILED else 'dim')}\n"
        )
        if plugin.reason:
            out.write(f"    {one_line(plugin.reason)}\n")
