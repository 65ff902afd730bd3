"""An INI as a described tree: what would be built of it, and where every value comes from.

Nothing is imported and nothing built. What is wrong with the file stands in the tree: a node has its
``problem``, the tree all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.composites import Branch, expand
from apirouter.deploy.contexts import Context
from apirouter.deploy.environment import SECTION as ENVIRONMENT
from apirouter.deploy.ini import DEFAULT, IniFile
from apirouter.deploy.mounts import Address
from apirouter.deploy.records import FileTree, Mounted, Node, Pipeline, SectionRecord, Value
from apirouter.deploy.static import Journal, StaticLoader


def describe_file(
    path: str, name: str | None = None, global_conf: Mapping[str, str] | None = None
) -> FileTree:
    """Describe what an INI file would build, without importing a factory.

    :param path: the file.
    :param name: the application to start from; left out: ``main``, or when there is none, every application
        that nothing refers to, and the servers.
    :param global_conf: what would be passed to ``loadapp``.
    :raises ConfigError: the file can't be read at all.
    """
    journal = Journal()
    loader = StaticLoader(path, (), journal.makers(), journal)
    if global_conf:
        loader.update_defaults(global_conf, overwrite=False)
    roots = _roots(loader, journal, name, dict(global_conf or {}))
    reached = set(journal.reached)
    others = tuple(_others(loader, reached, dict(global_conf or {})))
    absolute = os.path.abspath(loader.filename)
    sections = tuple(
        SectionRecord(
            section.name,
            section.name.partition(":")[0],
            section.line,
            tuple(
                Value(o.name, o.value, path, o.line, "section", section.name)
                for o in section.options.values()
            ),
            section.name in (DEFAULT, ENVIRONMENT) or (absolute, section.name) in reached,
        )
        for section in loader.ini.sections.values()
    )
    return FileTree(path, sections, roots, others, tuple(journal.problems))


def _roots(
    loader: StaticLoader, journal: Journal, name: str | None, conf: dict[str, str]
) -> tuple[Node, ...]:
    servers = [(loadwsgi.SERVER, n) for n in loader.sections(loadwsgi.SERVER)]
    if name is not None:
        return tuple(_root(loader, kind, n, conf) for kind, n in [(loadwsgi.APP, name), *servers])
    applications = loader.sections(loadwsgi.APP)
    if "main" in applications:
        return tuple(_root(loader, kind, n, conf) for kind, n in [(loadwsgi.APP, "main"), *servers])
    absolute, led_to, nodes = os.path.abspath(loader.filename), set(), {}
    for candidate, section in applications.items():
        before, journal.reached = journal.reached, set()
        nodes[candidate] = _root(loader, loadwsgi.APP, candidate, conf)
        led_to |= journal.reached - {(absolute, section)}
        journal.reached |= before
    found = [node for n, node in nodes.items() if (absolute, applications[n]) not in led_to]
    # None of them: they all refer to one another, and that is among the problems.
    found = found or list(nodes.values())
    return tuple(found + [_root(loader, kind, n, conf) for kind, n in servers])


def _root(loader: StaticLoader, kind: Any, name: str, conf: dict[str, str]) -> Node:
    return Describer(conf).node(loader.get_context(kind, name, dict(conf) or None), name)


def _others(loader: StaticLoader, reached: set[tuple[str, str]], conf: dict[str, str]) -> Iterator[Node]:
    """Describe the sections that nothing leads to: their mistakes count too."""
    absolute = os.path.abspath(loader.filename)
    for kind in (loadwsgi.APP, loadwsgi.FILTER, loadwsgi.SERVER):
        for name, section in loader.sections(kind).items():
            if (absolute, section) not in reached:
                yield _root(loader, kind, name, conf)


class Describer:
    """Makes nodes of contexts.

    :param conf: what was passed to the load.
    """

    def __init__(self, conf: Mapping[str, str]) -> None:
        self._conf = conf

    def node(self, context: Context, reference: str) -> Node:
        """Return the node of a context, with all below it."""
        if context.object_type is loadwsgi.FILTER_WITH:
            inner = self.node(context.next_context, reference)
            front = self.node(context.filter_context, context.filter_context.reference)
            return replace(inner, filters=(front, *inner.filters))
        where = context.where("")
        section, file, line = "", where.get("file", ""), where.get("line", 0)
        if context.places:
            loader, section = context.places[0]
            file, line = loader.filename, loader.ini.line_of(section)
        kind = context.object_type
        return Node(
            reference=reference,
            kind={loadwsgi.FILTER: "filter", loadwsgi.SERVER: "server"}.get(kind, "application"),
            type=section.partition(":")[0] or reference.partition(":")[0],
            section=section,
            file=file,
            line=line,
            factory=context.reference,
            target=context.target,
            protocol=context.protocol or "",
            options=tuple(self._options(context)),
            globals=tuple(self._globals(context)),
            uses=tuple(place.section for place in context.places[1:]),
            factory_line=where.get("line", 0),
            factory_file=where.get("file", ""),
            factory_section=where.get("section", ""),
            problem=context.problem.problem if context.problem else "",
            **self._below(context),
        )

    def _below(self, context: Context) -> dict[str, Any]:
        kind = context.object_type
        if kind is loadwsgi.PIPELINE:
            words = _said(context, "pipeline").split()
            filters = zip(context.filter_contexts, words, strict=False)
            branch = Branch("", True, [*filters], (context.app_context, words[-1]), "pipeline")
            return {"pipelines": (self._pipeline(context, branch),)}
        if kind is loadwsgi.FILTER_APP:
            name = _said(context, "next")
            front = (context.filter_context, context.filter_context.reference)
            branch = Branch("", True, [front], (context.next_context, name), "next")
            return {"pipelines": (self._pipeline(context, branch),)}
        found = expand(context)
        return {
            "mounts": tuple(self._mounted(context, *mount) for mount in found.mounts),
            "pipelines": tuple(self._pipeline(context, branch) for branch in found.branches),
            "mentions": tuple(self.node(child, name) for child, name in found.mentions),
        }

    def _pipeline(self, context: Context, branch: Branch) -> Pipeline:
        where = context.where(branch.option)
        filters = tuple(self.node(child, name) for child, name in branch.filters)
        application = self.node(*branch.application)
        return Pipeline(branch.strategy, branch.chosen, where["file"], where["line"], filters, application)

    def _mounted(self, context: Context, address: Address, child: Context) -> Mounted:
        where = context.where(address.option)
        return Mounted(
            address.option,
            address.path,
            address.host,
            address.port,
            address.exact,
            address.wildcard,
            where["file"],
            where["line"],
            self.node(child, address.name),
        )

    def _options(self, context: Context) -> Iterator[Value]:
        for name, value in context.local_conf.items():
            for loader, section in context.places:
                found = _option(loader.ini, section, name)
                if found is not None:
                    yield Value(name, value, loader.filename, *found, section)
                    break

    def _globals(self, context: Context) -> Iterator[Value]:
        frames = [(loader, section) for loader, section in context.places]
        trail = context.places[0].loader.trail if context.places else context.trail
        frames += [(frame.loader, frame.section) for frame in reversed(trail)]
        for name, value in context.global_conf.items():
            yield self._global(name, value, frames)

    def _global(self, name: str, value: str, frames: list[tuple[Any, str]]) -> Value:
        for loader, section in frames:
            line = _line_of_set(loader.ini, section, name)
            if line:
                return Value(name, value, loader.filename, line, "set", section)
        if name in self._conf:
            return Value(name, value, "", 0, "global_conf")
        for loader, _ in reversed(frames):
            default = loader.ini.sections.get(DEFAULT)
            if default is not None and name in default.options:
                return Value(name, value, loader.filename, default.options[name].line, DEFAULT, DEFAULT)
        return Value(name, value, "", 0, "global_conf")


def _said(context: Context, option: str) -> str:
    """Return what the section that has an option says: the first, or one that it takes its factory from."""
    for loader, section in context.places:
        if loader.parser.has_option(section, option):
            return str(loader.parser.get(section, option))
    raise context.error(f"no '{option}' is said", option=option)


def _option(ini: IniFile, section: str, name: str) -> tuple[int, str] | None:
    for option in ini.sections[section].options.values():
        if option.name == name:
            return option.line, "section"
        if option.name.startswith("get ") and option.name[4:].strip() == name:
            return option.line, "get"
    return None


def _line_of_set(ini: IniFile, section: str, name: str) -> int:
    options = ini.sections[section].options.values()
    return next((o.line for o in options if o.name.startswith("set ") and o.name[4:].strip() == name), 0)
