"""What a tree exposes, as records: static parts whole, what only a request can tell marked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from apirouter.objectdispatch.tables import Leaf, Node


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """One way into a tree.

    :param path: its path, with ``{name}`` for arguments and ``*`` for the rest of it; ``...`` stands for what
        only a request can tell.
    :param methods: HTTP methods, sorted; empty for any.
    :param leaf: the method that answers; its ``impls`` have file and line.
    :param dynamic: whether code decides what answers below.
    :param hooks: the hooks of the classes on the way and of the method, by name.
    :param guarded: whether a guard stands in front.
    :param representations: media types and templates.
    """

    path: str
    methods: tuple[str, ...]
    leaf: Leaf
    dynamic: bool = False
    hooks: tuple[str, ...] = ()
    guarded: bool = False
    representations: tuple[tuple[str | None, str | None], ...] = ()


#: Method of a REST controller -> HTTP method, and what its path ends in.
_REST = {
    **dict.fromkeys(("get_all", "get_one", "get"), ("GET", "")),
    "new": ("GET", "/new"),
    "edit": ("GET", "/edit"),
    "get_delete": ("GET", "/delete"),
    **{name: (name.upper(), "") for name in ("post", "put", "patch", "delete", "head", "options", "trace")},
    "post_delete": ("DELETE", ""),
    "post_options": ("OPTIONS", ""),
}


def listing(root: Node) -> list[Listed]:
    """Return everything that a tree exposes, by path.

    :param root: where the tree starts.
    """
    found = list(_below(root, "", 0, (), False, ()))
    return sorted(found, key=lambda one: (one.path, one.methods, one.leaf.where))


def _below(
    node: Node,
    prefix: str,
    routing: int,
    hooks: tuple[str, ...],
    guarded: bool,
    above: tuple[int, ...],
) -> Iterator[Listed]:
    table = node.table
    hooks += tuple(type(h).__name__ for h in table.hooks)
    if table.rest:
        yield from _rest(node, prefix, routing, hooks, guarded)
    for segment, leaf in () if table.rest else table.leaves.items():
        if leaf is not table.index:
            yield from _methods(leaf, f"{prefix}/{segment}", hooks, guarded)
    if table.index is not None and not table.rest:
        yield from _methods(table.index, f"{prefix}/", hooks, guarded, index=True)
    for special, shown in ((table.default, "*"), (table.lookup, "..."), (table.route, "...")):
        if special is not None and not (special is table.route and table.rest):
            yield _listed(special, f"{prefix}/{shown}", (), hooks, guarded, special is not table.default)
    own = (table.named.get("get_one") or table.named.get("get")) if table.rest else None
    taken = [] if own is None else list(own.signature.names[routing:])
    for segment, child in node.children.items():
        if id(child.node) in above or child.node is node:
            continue
        ids = "".join(f"/{{{name}}}" for name in taken)
        yield from _below(
            child.node,
            f"{prefix}{ids}/{segment}",
            routing + len(taken),
            hooks,
            guarded or child.guard is not None,
            (*above, id(node)),
        )


def _methods(
    leaf: Leaf, path: str, hooks: tuple[str, ...], guarded: bool, index: bool = False
) -> Iterator[Listed]:
    """Yield a method and its handlers; an index's arguments come from query and body."""
    yield _listed(leaf, path + ("" if index else _arguments(leaf, 0)), (), hooks, guarded)
    for method, handler in leaf.methods.items():
        own = path if index else path + _arguments(handler, 0)
        yield _listed(handler, own, (method,), hooks, guarded)


def _rest(node: Node, prefix: str, routing: int, hooks: tuple[str, ...], guarded: bool) -> Iterator[Listed]:
    table = node.table
    for name, leaf in table.named.items():
        if name not in _REST:
            continue
        method, tail = _REST[name]
        path = prefix + _arguments(leaf, routing, required=True) + tail
        yield _listed(leaf, path or "/", (method,), hooks, guarded)
    for name, methods in table.actions.items():
        for method in sorted(methods):
            found = table.named.get(f"{method.lower()}_{name}") or table.named.get(name)
            if found is None:
                continue
            ids = _arguments(found, routing, required=True)
            path = f"{prefix}/{name}{ids}" if method in ("PUT", "DELETE") else f"{prefix}{ids}/{name}"
            yield _listed(found, path, (method,), hooks, guarded)


def _arguments(leaf: Leaf, routing: int, required: bool = False) -> str:
    """Return a method's path arguments; those that a form may give as well are not shown for REST."""
    signature = leaf.signature
    names = signature.required if required else signature.names
    shown = "".join(
        f"/{{{name}}}" if name in signature.required else f"[/{{{name}}}]" for name in names[routing:]
    )
    return shown + ("/*" if signature.varargs else "")


def _listed(
    leaf: Leaf,
    path: str,
    methods: tuple[str, ...],
    hooks: tuple[str, ...],
    guarded: bool,
    dynamic: bool = False,
) -> Listed:
    own = tuple(type(h).__name__ for h in leaf.hooks)
    return Listed(
        path,
        methods,
        leaf,
        dynamic,
        (*hooks, *own),
        guarded or leaf.guard is not None,
        leaf.exposure.representations,
    )


__all__ = ["Listed", "listing"]
