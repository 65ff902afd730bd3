"""The records that describe an INI file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apirouter.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Value:
    """One value, and where it comes from.

    :param name: the option.
    :param value: what the factory would get.
    :param file: the file it stands in; empty when it came from code.
    :param line: its line, from 1; 0 when it came from code.
    :param source: ``section``, ``get``, ``set``, ``DEFAULT`` or ``global_conf``.
    :param section: the section it stands in; empty when it came from code.
    """

    name: str
    value: str
    file: str
    line: int
    source: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Mounted:
    """One mount of a composite.

    :param expression: the option, as written.
    :param path: the path; empty for the root.
    :param host: the host; empty for any.
    :param port: the port; empty for any.
    :param exact: takes only the path itself.
    :param wildcard: takes only what lies below.
    :param file: the file it stands in.
    :param line: its line.
    :param node: what is mounted.
    """

    expression: str
    path: str
    host: str
    port: str
    exact: bool
    wildcard: bool
    file: str
    line: int
    node: Node


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Filters in the order in which a request meets them, and the application behind them.

    :param strategy: its name; empty when the section has only one.
    :param chosen: whether this one would be built.
    :param file: the file it stands in.
    :param line: its line.
    :param filters: the filters, outermost first.
    :param application: what stands behind them.
    """

    strategy: str
    chosen: bool
    file: str
    line: int
    filters: tuple[Node, ...]
    application: Node


@dataclass(frozen=True, slots=True)
class Node:
    """One application, filter or server.

    :param reference: what refers to it: a name, or a URI.
    :param kind: ``application``, ``filter`` or ``server``.
    :param type: ``app``, ``composite``, ``pipeline``, ``filter-app``, ``filter``, ``server``; for a URI,
        ``egg`` or ``call``.
    :param section: its section as written; empty for a URI.
    :param file: the file of the section, or of the reference.
    :param line: the line of the section, or of the reference.
    :param factory: what makes it: ``module:name`` or ``egg:Distribution#name``; empty for a pipeline.
    :param target: the dotted name of the factory.
    :param protocol: how it is called: ``paste.app_factory`` and so on.
    :param options: its own options.
    :param globals: what it gets as ``global_conf``.
    :param uses: the sections it takes its factory from, nearest first.
    :param mounts: what a urlmap mounts.
    :param pipelines: what a pipeline wraps; one for each strategy of a strategy pipeline.
    :param mentions: what another composite's options name.
    :param filters: the filters that ``filter-with`` puts in front, outermost first.
    :param problem: why it can't be made; empty when it can, as far as the file says.
    :param factory_line: the line that names the factory; 0 for a pipeline.
    :param factory_file: the file of that line.
    :param factory_section: the section of that line: this one, or the last that it uses.
    """

    reference: str
    kind: str
    type: str
    section: str
    file: str
    line: int
    factory: str = ""
    target: str = ""
    protocol: str = ""
    options: tuple[Value, ...] = ()
    globals: tuple[Value, ...] = ()
    uses: tuple[str, ...] = ()
    mounts: tuple[Mounted, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    mentions: tuple[Node, ...] = ()
    filters: tuple[Node, ...] = ()
    problem: str = ""
    factory_line: int = 0
    factory_file: str = ""
    factory_section: str = ""

    def children(self) -> Iterator[Node]:
        """Yield the nodes directly below."""
        yield from self.filters
        for mount in self.mounts:
            yield mount.node
        for pipeline in self.pipelines:
            yield from pipeline.filters
            yield pipeline.application
        yield from self.mentions

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below."""
        yield self
        for child in self.children():
            yield from child.walk()

    def built(self) -> Iterator[Node]:
        """Yield this node and what would be made for it: of a strategy pipeline's lines, the chosen one."""
        yield self
        left = {id(n) for p in self.pipelines if not p.chosen for n in (*p.filters, p.application)}
        for child in self.children():
            if id(child) not in left:
                yield from child.built()


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """One section as it stands in the file.

    :param name: as written between the brackets.
    :param type: the part before the colon.
    :param line: the line of its header.
    :param options: its options, uninterpolated.
    :param reached: whether something that would be loaded leads to it.
    """

    name: str
    type: str
    line: int
    options: tuple[Value, ...]
    reached: bool


@dataclass(frozen=True, slots=True)
class FileTree:
    """An INI file, described.

    :param file: its path.
    :param sections: its sections in their order.
    :param roots: what would be loaded: ``main``, else what nothing refers to; and the servers.
    :param others: what nothing leads to.
    :param problems: what is wrong with it, errors as the loader would raise them.
    """

    file: str
    sections: tuple[SectionRecord, ...]
    roots: tuple[Node, ...]
    others: tuple[Node, ...]
    problems: tuple[ConfigError, ...]
