"""Look at the factories that an INI names, without calling one.

A factory, or the class that has it, may state its options as a frozen dataclass in the attribute ``options``
(read by :mod:`apirouter.options`), and may have a class method ``check(global_conf, **local_conf)`` that
returns what is wrong with what it would build: texts or exceptions; a ``Warning`` is what is only doubtful.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from apirouter.deploy.findings import Finding, Severity
from apirouter.deploy.imports import explain_import, own_factory
from apirouter.deploy.records import Node, Value
from apirouter.deploy.signatures import signature_error
from apirouter.errors import ConfigError, MissingExtra
from apirouter.options import read


def check_factory(node: Node, plugins: bool = True, built: bool = True) -> Iterator[Finding]:
    """Find what is wrong with a node's factory and options.

    :param node: a node with a target.
    :param plugins: whether the factory is asked what it would build.
    :param built: whether it would be called; what only another strategy needs may be missing here.
    """
    try:
        factory, owner = _load(node.target)
    except (Exception, SystemExit) as error:
        yield _finding(node, "import", *explain_import(node.target, error))
        return
    if not callable(factory):
        problem = f"factory '{node.target}' is a {type(factory).__name__}, which is not callable"
        yield _finding(node, "import", problem, "name a function or a class")
        return
    own = own_factory(factory, node.target)
    if own:
        problem = f"'{node.target}' is a class that has a factory of its own"
        severity: Severity = "warning" if _takes_conf(node, factory) else "error"
        yield _finding(node, "class-for-factory", problem, f"write '{own}'", severity=severity)
        return
    spec = getattr(factory, "options", None) or getattr(owner, "options", None)
    found = list(
        _check_spec(node, spec)
        if isinstance(spec, type) and dataclasses.is_dataclass(spec)
        else _check_signature(node, factory)
    )
    yield from found
    if plugins and not found:
        yield from _check_plugins(node, factory, owner, built)


def _takes_conf(node: Node, factory: type) -> bool:
    """Tell whether a class may be meant as a factory itself: it takes the options, and a ``global_conf`` first."""
    options = [value.name for value in node.options]
    if signature_error(factory, node.target, node.protocol, options) is not None:
        return False
    try:
        parameters = list(inspect.signature(factory).parameters.values())
    except (TypeError, ValueError):
        return True
    first = parameters[0]
    return first.kind is first.VAR_POSITIONAL or "conf" in first.name or first.name.startswith("_")


def _load(target: str) -> tuple[Any, Any]:
    """Return a factory and what has it: a class, or the module."""
    module_name, _, attributes = target.partition("[")[0].strip().partition(":")
    owner: Any = importlib.import_module(module_name.strip())
    found = owner
    for name in attributes.strip().split(".") if attributes.strip() else ():
        owner, found = found, getattr(found, name)
    return found, owner


def _check_spec(node: Node, spec: type) -> Iterator[Finding]:
    left = {value.name: value.value for value in node.options}
    while True:
        try:
            read(spec, left)
        except ConfigError as error:
            place = _option(node, error.option)
            yield _finding(node, "option", error.problem, error.fix, place)
            if left.pop(error.option, None) is None:
                return
        else:
            return


def _check_signature(node: Node, factory: Any) -> Iterator[Finding]:
    left = [value.name for value in node.options]
    while True:
        error = signature_error(factory, node.target, node.protocol, left)
        if error is None:
            return
        yield _finding(node, "option", error.problem, error.fix, _option(node, error.option))
        if error.option not in left:
            return
        left.remove(error.option)


def _check_plugins(node: Node, factory: Any, owner: Any, built: bool) -> Iterator[Finding]:
    check = _check_of(factory, owner)
    if check is None:
        return
    try:
        problems: Iterable[Any] = check(
            {value.name: value.value for value in node.globals},
            **{value.name: value.value for value in node.options},
        )
        listed = list(problems or ())
    except (Exception, SystemExit) as error:
        listed = [error]
    for problem in listed:
        if isinstance(problem, Finding):
            yield problem
            continue
        if isinstance(problem, ConfigError) and problem.option and not problem.file:
            place = _option(node, problem.option)
            yield _finding(node, "option", problem.problem, problem.fix, place)
            continue
        if isinstance(problem, MissingExtra):
            if built:
                yield _finding(node, "import", str(problem), "")
            continue
        text = f"{type(problem).__name__}: {problem}" if _foreign(problem) else str(problem)
        severity: Severity = "warning" if isinstance(problem, Warning) else "error"
        yield _finding(node, "plugin", text, "", severity=severity)


def _check_of(factory: Any, owner: Any) -> Any:
    """Return the check that belongs to a factory.

    Many things have an attribute of this name; one that starts with ``global_conf`` is meant for us.
    """
    for holder in (factory, owner):
        check = getattr(holder, "check", None)
        if callable(check):
            try:
                parameters = list(inspect.signature(check).parameters)
            except (TypeError, ValueError):
                continue
            if parameters[:1] == ["global_conf"]:
                return check
    return None


def _foreign(problem: Any) -> bool:
    if isinstance(problem, Warning) or not isinstance(problem, (Exception, SystemExit)):
        return False
    return not type(problem).__module__.startswith("apirouter.")


def _option(node: Node, name: str) -> Value | None:
    said = (*node.options, *(value for value in node.globals if value.file))
    return next((value for value in said if value.name == name), None)


def _finding(
    node: Node, code: str, message: str, fix: str, place: Value | None = None, severity: Severity = "error"
) -> Finding:
    file, line, section = node.factory_file, node.factory_line, node.factory_section
    if place is not None:
        file, line, section = place.file, place.line, place.section
    return Finding(severity, code, file, line, section, message, fix)
