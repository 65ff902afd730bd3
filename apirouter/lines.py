"""Lines that are to be laid into a function (see :mod:`apirouter.fusion`): what of them could not run there."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

#: What has a scope of its own: what stands in it is not run where it stands.
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

#: Names that stand for something everywhere.
BUILTINS = frozenset(dir(builtins))


def misuse(lines: ast.Module) -> tuple[str, str]:
    """Return what is wrong with lines that can be read, and the fix; empty texts where nothing is.

    :param lines: the lines.
    """
    nodes = list(_in_scope(lines))
    places = sum(isinstance(node, ast.Expr) and _is_inside(node.value) for node in nodes)
    if places != sum(map(_is_inside, ast.walk(lines))):
        fix = "let it be a line of its own, and no function's; what the application inside answers is body"
        return "have INSIDE within another line, or in a function", fix
    if places > 1:
        return f"have INSIDE {places} times", "call the application inside in one place"
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes):
        return (
            "have a yield: a function with one answers nothing",
            "yield in a function or a class of its own",
        )
    if not places and not any(isinstance(node, ast.Return) or _sets_body(node) for node in nodes):
        return (
            "have no INSIDE, and set no body",
            "add the line INSIDE, where the application inside is called",
        )
    return "", ""


def unknown(nodes: ast.AST, known: Iterable[str]) -> list[str]:
    """Return the names that are used where nothing sets them, in order.

    :param nodes: statements, or an expression.
    :param known: the names that stand for something beside what the statements set.
    """
    used, bound = set(), {*known, *BUILTINS}
    for node in ast.walk(nodes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.add(node.id)
        else:
            bound.update(_bound_by(node))
    return sorted(used - bound)


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node sets, in whichever scope."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    else:
        # A function, a class, an exception, what a pattern takes: all of them have it as a text.
        for field in ("name", "rest"):
            text = getattr(node, field, None)
            if isinstance(text, str):
                yield text


def compile_error(text: str) -> SyntaxError | None:
    """Return why lines that can be read can't be compiled in a function, as a ``break`` without a loop; or None.

    :param text: the lines.
    """
    whole = ast.parse("def lines(environ, start_response): pass")
    function = whole.body[0]
    if isinstance(function, ast.FunctionDef):
        function.body = ast.parse(text).body
    try:
        compile(whole, "<lines>", "exec")
    except SyntaxError as error:
        return error
    return None


def _in_scope(lines: ast.Module) -> Iterator[ast.AST]:
    todo: list[ast.AST] = [lines]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _SCOPES):
            todo.extend(ast.iter_child_nodes(node))


def _is_inside(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "INSIDE"


def _sets_body(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "body" and isinstance(node.ctx, ast.Store)
