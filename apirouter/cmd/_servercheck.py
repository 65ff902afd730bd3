"""The options of an INI's ``[server:...]`` sections, looked at without listening anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from apirouter.cmd._listen import addresses
from apirouter.cmd._server import installed
from apirouter.deploy.findings import Finding, Severity
from apirouter.deploy.records import FileTree, Node
from apirouter.errors import ConfigError, suggest

#: What waitress's own entry point names.
_WAITRESS = "waitress:serve_paste"
#: The options that say where to listen, waitress's and others'.
_ADDRESS = frozenset(("host", "port", "listen", "bind", "unix_socket"))


def check_servers(tree: FileTree) -> Iterator[Finding]:
    """Find what waitress would refuse in the server sections of a file; other servers check themselves.

    An address in quotes no server can listen on, but one might take them off: of others than waitress it is doubtful.
    """
    unread = {(problem.file, problem.line) for problem in tree.problems}
    for node in (*tree.roots, *tree.others):
        if node.kind != "server" or node.problem:
            continue
        options = {v.name: v.value for v in node.options if (v.file, v.line) not in unread}
        ours = node.target == _WAITRESS
        for name in [name for name in options if name in _ADDRESS]:
            bare = options[name].strip("\"'")
            if bare != options[name]:
                del options[name]
                quoted = ConfigError(
                    f"the quotes are part of option '{name}'", fix=f"write {name} = {bare}", option=name
                )
                yield _finding(node, quoted, "error" if ours else "warning")
        if ours and installed("waitress"):
            for error in _refused(options):
                yield _finding(node, error)


def _refused(options: Mapping[str, str]) -> Iterable[ConfigError]:
    from waitress.adjustments import Adjustments

    casts = dict(Adjustments._params)
    for option, text in options.items():
        if option not in casts:
            yield ConfigError(f"waitress has no option '{option}'", fix=suggest(option, casts), option=option)
            continue
        try:
            casts[option](text)
        except (ValueError, TypeError) as error:
            yield ConfigError(f"waitress can't read option '{option}': {error}", option=option)
            return
    for address in addresses(options):
        port = address.rpartition(":")[2]
        if not address.startswith("unix:") and not (port.isascii() and port.isdigit() and int(port) < 65536):
            said = "listen" if options.get("listen") else "port"
            problem = f"{address} is no address to listen on"
            yield ConfigError(problem, fix="write HOST:PORT, a port of at most 65535", option=said)


def _finding(node: Node, error: ConfigError, severity: Severity = "error") -> Finding:
    at = next((value for value in node.options if value.name == error.option), None)
    file, line, section = (at.file, at.line, at.section) if at else (node.file, node.line, node.section)
    return Finding(severity, "option", file, line, section, error.problem, error.fix)
