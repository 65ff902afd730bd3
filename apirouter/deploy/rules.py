"""What is doubtful in an INI that would load: one function, one rule."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence

from paste.deploy import loadwsgi

from apirouter.deploy.composites import is_pipeline
from apirouter.deploy.environment import SECTION as ENVIRONMENT
from apirouter.deploy.findings import Finding
from apirouter.deploy.ini import DEFAULT
from apirouter.deploy.pipeline import OPTION, VARIABLE
from apirouter.deploy.records import FileTree, Node, SectionRecord, Value
from apirouter.deploy.renames import renamed

_PREFIXES = tuple(
    prefix
    for kind in (loadwsgi.APP, loadwsgi.FILTER, loadwsgi.SERVER)
    for prefix in loadwsgi._flatten(kind.config_prefixes)
)
_URI = re.compile(r"[a-zA-Z]+:")
_APPS = frozenset(loadwsgi._flatten(loadwsgi.APP.config_prefixes))
_OWN = ("here", "__file__")
_COMMENT = re.compile(r"(?:^|\s)[#;](?:\s|\w)")
#: ``${NAME}``, ``${NAME:-default}``, ``${env:NAME}``.
_FOREIGN = re.compile(r"\$\{(?:env:)?([A-Za-z_]\w*)((?::-[^}]*)?)\}", re.IGNORECASE)
#: Roles of filters, by the words that their names and factories are made of.
_ROLES = {
    "request id": re.compile(r"req(uest)?_?id", re.IGNORECASE),
    "faultwrap": re.compile(r"fault_?wrap", re.IGNORECASE),
    "size limit": re.compile(r"size_?limit", re.IGNORECASE),
    "body reader": re.compile(r"json|xml|deseriali|body_?(read|pars|valid|log)|schema", re.IGNORECASE),
    "context": re.compile(r"context", re.IGNORECASE),
    "auth": re.compile(r"auth|keystone(?!\w*context)", re.IGNORECASE),
    "cors": re.compile(r"cors\b|cors[_:.]", re.IGNORECASE),
}
#: The filter that takes identity headers as they stand.
_OUR_CONTEXT = re.compile(r"\bapirouter\.filters\.keystonecontext\b")
_NO = ("no", "false", "off", "n", "f", "0")
#: (what must come first, what must come later, why).
_ORDER = (
    ("request id", "faultwrap", "faults would have no request id"),
    ("size limit", "body reader", "a body would be read whole before its size is limited"),
    ("auth", "context", "the context would be made before anyone is authenticated"),
    ("cors", "auth", "a preflight request carries no token and would be refused"),
)


def section_types(tree: FileTree) -> Iterator[Finding]:
    """Find sections that are no section of Paste Deploy's by a letter or two, or have no name."""
    for section in tree.sections:
        prefix, colon, name = section.name.partition(":")
        if section.name in (DEFAULT, ENVIRONMENT):
            continue
        if prefix in _PREFIXES:
            if not colon:
                message = f"[{section.name}] has no name: nothing but code that asks for no name finds it"
                yield _at(tree, section, "unnamed-section", message, f"write [{section.name}:main]")
            elif _URI.match(name.strip()):
                message = f"nothing can refer to '{name.strip()}': it reads as a URI"
                yield _at(tree, section, "section-name", message, "leave out the colon in the name")
            continue
        near = difflib.get_close_matches(prefix.lower(), _PREFIXES, n=1, cutoff=0.75)
        if colon and near:
            message = f"'{prefix}' is no type of section that Paste Deploy reads"
            yield _at(tree, section, "section-type", message, f"did you mean [{near[0]}:{name}]?")


def nothing_to_load(tree: FileTree) -> Iterator[Finding]:
    """Find files that hold nothing to load: neither an application nor a section that one could use."""
    if not tree.roots and not tree.others and not tree.problems:
        message = "there is no application in it: nothing would be loaded"
        yield Finding("warning", "no-application", tree.file, 1, "", message, "add a section [app:main]")


def mistyped_main(tree: FileTree) -> Iterator[Finding]:
    """Find an application that is called nearly ``main``, in a file whose server looks for that one."""
    kinds = [(section, *section.name.partition(":")[::2]) for section in tree.sections]
    names = {name.strip() for _, prefix, name in kinds if prefix in _APPS}
    if "main" in names or not any(section.name == "server:main" for section in tree.sections):
        return
    for section, prefix, name in kinds:
        if prefix in _APPS and difflib.get_close_matches(name.strip(), ["main"], n=1, cutoff=0.7):
            message = "no application is called 'main', which is served unless a name is given"
            yield _at(tree, section, "no-main", message, f"did you mean [{prefix}:main]?")


def unreached(tree: FileTree) -> Iterator[Finding]:
    """Find sections that nothing leads to; while the way to the application is broken, all of them would be."""
    if any(root.problem for root in tree.roots if root.kind == "application"):
        return
    for section in tree.sections:
        prefix, colon, _ = section.name.partition(":")
        if colon and prefix in _PREFIXES and not section.reached:
            message = f"nothing leads to [{section.name}]"
            yield _at(tree, section, "unreached-section", message, "remove it, or name it where it is wanted")


def swallowed_options(tree: FileTree) -> Iterator[Finding]:
    """Find options of sections that Paste Deploy passes over because ``[DEFAULT]`` has them too."""
    default = next((s for s in tree.sections if s.name == DEFAULT), None)
    lines = {value.name: f"line {value.line}" for value in default.options} if default else {}
    lines.update(dict.fromkeys(_OWN, "Paste Deploy's own"))
    for section in tree.sections:
        if section.type not in _PREFIXES:
            continue
        for option in section.options:
            if option.name in lines:
                message = (
                    f"option '{option.name}' is passed over: [DEFAULT] has it too ({lines[option.name]})"
                )
                fix = f"write 'set {option.name} = ...' to change it for this section, or rename it"
                yield _on(section, option, "swallowed-option", message, fix)


def inline_comments(tree: FileTree) -> Iterator[Finding]:
    """Find comments that are part of a value: only whole lines are comments."""
    for section in tree.sections:
        for option in section.options:
            found = _COMMENT.search(option.value)
            if found is not None and (section.type in _PREFIXES or section.name in (DEFAULT, ENVIRONMENT)):
                text = option.value[found.start() :].strip().splitlines()[0]
                message = f"option '{option.name}': '{text:.40}' is part of the value, not a comment"
                yield _on(section, option, "inline-comment", message, "put the comment on a line of its own")


def foreign_variables(tree: FileTree) -> Iterator[Finding]:
    """Find variables as shells and other readers of INI files have them: here they are text, a password too."""
    for section in tree.sections:
        for option in section.options:
            found = _FOREIGN.search(option.value)
            if found is not None and (section.type in _PREFIXES or section.name == DEFAULT):
                message = f"option '{option.name}': '{found[0]:.40}' is text, and no variable"
                fix = f"write '%(ENV_{found[1]}{found[2]})s' for the environment's, '%({found[1]})s' for [DEFAULT]'s"
                yield _on(section, option, "foreign-variable", message, fix)


def renamed_factories(tree: FileTree) -> Iterator[Finding]:
    """Find factories under a name of a former version."""
    for section in tree.sections:
        for option in section.options:
            if option.name == "use" or option.name.startswith("paste."):
                present = renamed(option.value.removeprefix("call:"))
                if present:
                    message = f"'{option.value}' is a former name of its factory"
                    yield _on(section, option, "renamed-factory", message, f"write '{present}'")


def undecided(tree: FileTree) -> Iterator[Finding]:
    """Find strategy pipelines of which none is chosen here."""
    for node in _nodes(tree):
        stated = any(value.name == OPTION and value.value.strip() for value in (*node.options, *node.globals))
        if stated or node.problem or os.environ.get(VARIABLE):
            # Then it is unknown, and an error; or what was meant is not known.
            continue
        if node.pipelines and is_pipeline(node.factory) and not any(p.chosen for p in node.pipelines):
            message = f"no strategy is chosen; there are: {', '.join(p.strategy for p in node.pipelines)}"
            fix = f"set '{OPTION}' in the section or in [DEFAULT], or {VARIABLE} where it is served"
            if not node.target.startswith("apirouter."):
                # It may be this library's under another name, or one that asks the service's configuration.
                fix += (
                    f"; where {node.target} takes it from the service's own configuration, nothing is amiss"
                )
            yield Finding("warning", "no-strategy", node.file, node.line, node.section, message, fix)


def filter_order(tree: FileTree) -> Iterator[Finding]:
    """Find filters twice on one way, and filters in a doubtful order."""
    for root in tree.roots:
        for way in _ways(root, ()):
            yield from _twice(way)
            yield from _disorder(way)
    for node in _nodes(tree):
        yield from _behind(tree, node)


def _behind(tree: FileTree, owner: Node) -> Iterator[Finding]:
    names = {s.name.partition(":")[2].strip() for s in tree.sections if s.type in _APPS}
    for pipeline in owner.pipelines:
        application = ""
        for node in (*pipeline.filters, pipeline.application):
            if application and node.reference not in names and _role(node) == "auth":
                name, place = node.reference, (pipeline.file, pipeline.line, owner.section)
                message = f"'{name}' (auth) stands behind the application '{application}': it guards nothing"
                yield Finding("warning", "filter-order", *place, message, f"put '{name}' in front of it")
            elif node.reference in names:
                application = application or node.reference


def _twice(way: Sequence[tuple[Node, Node]]) -> Iterator[Finding]:
    for index, (node, owner) in enumerate(way):
        first = next((o for n, o in way[:index] if n.section == node.section and n.section), None)
        if first is not None:
            where = "" if first is owner else f", already in [{first.section}]"
            message = f"filter '{node.reference}' is twice on the way of a request{where}"
            yield _in(owner, "filter-twice", message, "remove one of the two")


def _disorder(way: Sequence[tuple[Node, Node]]) -> Iterator[Finding]:
    roles = [(_role(node), node, owner) for node, owner in way]
    for first, later, why in _ORDER:
        before: Node | None = None
        for role, node, owner in roles:
            if role == later:
                before = before or node
            elif role == first and before is not None:
                message = f"'{node.reference}' ({first}) stands behind '{before.reference}' ({later}): {why}"
                yield _in(owner, "filter-order", message, f"put '{node.reference}' in front")


def unguarded_context(tree: FileTree) -> Iterator[Finding]:
    """Find contexts made of identity headers that nobody in front has checked: then they are a client's words."""
    for root in tree.roots:
        for way in _ways(root, ()):
            for index, (node, owner) in enumerate(way):
                if not _OUR_CONTEXT.search(node.target):
                    continue
                required = next((o.value for o in node.options if o.name == "require_authtoken"), "no")
                if required.strip().lower() in _NO and all(_role(n) != "auth" for n, _ in way[:index]):
                    message = (
                        f"nothing in front of '{node.reference}' checks who is asking: it believes clients"
                    )
                    fix = "put authtoken in front of it, or set 'require_authtoken = yes'"
                    yield _in(owner, "unguarded-context", message, fix)


def _role(node: Node) -> str:
    text = f"{node.section.partition(':')[2] or node.reference} {node.target or node.factory}"
    return next((role for role, words in _ROLES.items() if words.search(text)), "")


def _ways(node: Node, way: tuple[tuple[Node, Node], ...]) -> Iterator[tuple[tuple[Node, Node], ...]]:
    """Yield, for every way from a root to an application, the filters on it, each with what names it."""
    way += tuple((child, node) for child in node.filters)
    below = [(way + tuple((f, node) for f in p.filters), p.application) for p in node.pipelines]
    below += [(way, mount.node) for mount in node.mounts]
    below += [(way, child) for child in node.mentions if child.kind == "application"]
    if not below:
        yield way
    for filters, child in below:
        yield from _ways(child, filters)


def _nodes(tree: FileTree) -> Iterator[Node]:
    for root in tree.roots:
        yield from root.walk()


def _at(tree: FileTree, section: SectionRecord, code: str, message: str, fix: str) -> Finding:
    return Finding("warning", code, tree.file, section.line, section.name, message, fix)


def _on(section: SectionRecord, option: Value, code: str, message: str, fix: str) -> Finding:
    return Finding("warning", code, option.file, option.line, section.name, message, fix)


def _in(owner: Node, code: str, message: str, fix: str) -> Finding:
    line = owner.pipelines[0].line if len(owner.pipelines) == 1 else owner.line
    return Finding("warning", code, owner.file, line, owner.section, message, fix)


#: All of them, in the order in which they report.
RULES = (
    section_types,
    nothing_to_load,
    mistyped_main,
    unreached,
    swallowed_options,
    inline_comments,
    foreign_variables,
    renamed_factories,
    undecided,
    filter_order,
    unguarded_context,
)
