"""The policy rules that a method's code asks, read from its source: ``context.can("compute:servers:show")``.

What is read, and no more; nothing is run:

1. A call of ``can`` names its rule first, a call of ``authorize`` second (the context comes first there). One
   with ``fatal=False`` guards nothing and is passed over.
2. A rule's name is a text, a name or an attribute of a module that is one, or such texts joined by ``%``,
   ``+`` or an f-string. What only a request knows is ``*``.
3. Calls of the controller's own methods and of the module's functions are followed, with the texts that they
   are given, a few levels deep.
4. What stands in a condition is asked sometimes: it is told, and does not count as protection.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from apirouter.controller import VersionedMethod
from apirouter.describe.parsing import steadily
from apirouter.describe.records import IN_CODE, SOMETIMES, Rule

_DEPTH = 4
#: Stands for what only a request knows.
_UNKNOWN = object()
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_CONDITIONS = (ast.If, ast.IfExp, ast.While, ast.For, ast.BoolOp, ast.ExceptHandler, ast.Match)


class RuleReader:
    """Reads rules in code; keeps the sources it has parsed as long as it lives."""

    def __init__(self) -> None:
        self._functions: dict[str, dict[int, _FunctionNode]] = {}

    def rules(self, func: Any, controller: type) -> tuple[Rule, ...]:
        """Return the rules that a method asks by itself, each once, in the order of the code.

        :param func: the plain function.
        :param controller: the class it is called on.
        """
        found: dict[str, Rule] = {}
        for rule in self._read(func, controller, {}, _DEPTH, False):
            other = found.get(rule.name)
            if other is None or other.source == SOMETIMES:
                found[rule.name] = rule
        return tuple(found.values())

    def _read(
        self, func: Any, controller: type, given: Mapping[str, Any], depth: int, sometimes: bool
    ) -> Iterator[Rule]:
        plain = inspect.unwrap(func)
        if depth == 0 or not isinstance(plain, FunctionType):
            return
        node = self._node(plain)
        if node is None:
            return
        scope = _Scope(plain.__globals__, given)
        for call, conditional in _calls(node.body, sometimes):
            name = _callee(call)
            if name in ("can", "authorize"):
                argument = _rule_argument(call, name)
                if argument is not None:
                    yield Rule(scope.text(argument), SOMETIMES if conditional else IN_CODE)
                continue
            target = _followed(call, controller, plain.__globals__)
            if target is not None:
                bound = _bind(target, call, scope, isinstance(call.func, ast.Attribute))
                yield from self._read(target, controller, bound, depth - 1, conditional)

    def _node(self, func: FunctionType) -> _FunctionNode | None:
        file = func.__code__.co_filename
        if file not in self._functions:
            self._functions[file] = _parsed(file, func.__globals__)
        return self._functions[file].get(func.__code__.co_firstlineno)


def _parsed(file: str, names: dict[str, Any]) -> dict[int, _FunctionNode]:
    source = "".join(linecache.getlines(file, names))
    try:
        tree = steadily(lambda: ast.parse(source))
    except (SyntaxError, ValueError):
        # A file that changed since it was imported; what it said then, nobody knows.
        return {}
    found: dict[int, _FunctionNode] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = [node.lineno, *(d.lineno for d in node.decorator_list)]
            found[min(lines)] = node
    return found


def _calls(body: list[ast.stmt], sometimes: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Yield each call, and whether it stands in a condition; not those of functions defined inside."""
    todo: list[tuple[ast.AST, bool]] = [(node, sometimes) for node in reversed(body)]
    while todo:
        node, conditional = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call):
            yield node, conditional
        below = list(ast.iter_child_nodes(node))
        certain: list[ast.AST] = []
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            certain = [node.test]
        elif isinstance(node, ast.For):
            certain = [node.iter]
        elif isinstance(node, ast.BoolOp):
            certain = [node.values[0]]
        inside = conditional or isinstance(node, _CONDITIONS)
        todo.extend((child, conditional if child in certain else inside) for child in reversed(below))


def _callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _rule_argument(call: ast.Call, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "fatal" and isinstance(keyword.value, ast.Constant) and not keyword.value.value:
            return None
        if keyword.arg in ("rule", "action"):
            return keyword.value
    position = 0 if name == "can" else 1
    return call.args[position] if len(call.args) > position else None


def _followed(call: ast.Call, controller: type, names: Mapping[str, Any]) -> Any:
    """Return the function that a call leads to, when it is the controller's or the module's own."""
    func = call.func
    if isinstance(func, ast.Name):
        found = names.get(func.id)
        return (
            found if isinstance(found, FunctionType) and found.__module__ == names.get("__name__") else None
        )
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self":
        found = inspect.getattr_static(controller, func.attr, None)
        if isinstance(found, VersionedMethod):
            found = found.functions[-1]
        return found if isinstance(found, FunctionType) else None
    return None


def _bind(target: Any, call: ast.Call, scope: _Scope, method: bool) -> dict[str, Any]:
    plain = inspect.unwrap(target)
    code = plain.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional = names[1 if method else 0 : code.co_argcount]
    bound = dict.fromkeys(names, _UNKNOWN)
    for name, argument in zip(positional, call.args, strict=False):
        bound[name] = scope.value(argument)
    for keyword in call.keywords:
        if keyword.arg in bound:
            bound[keyword.arg] = scope.value(keyword.value)
    return bound


class _Scope:
    """What the names of a function's code stand for, as far as that is known without a request."""

    def __init__(self, names: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._globals, self._given = names, given

    def text(self, node: ast.expr) -> str:
        """Return the text that an expression is; ``*`` for what is not known."""
        value = self.value(node)
        return value if isinstance(value, str) and value else "*"

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression, or that it is not known."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._given[node.id] if node.id in self._given else self._globals.get(node.id, _UNKNOWN)
        if isinstance(node, ast.Attribute):
            base = self.value(node.value)
            return vars(base).get(node.attr, _UNKNOWN) if isinstance(base, (ModuleType, type)) else _UNKNOWN
        if isinstance(node, ast.JoinedStr):
            return "".join(self._piece(part) for part in node.values)
        if isinstance(node, ast.BinOp):
            return self._joined(node)
        return _UNKNOWN

    def _piece(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value)
        return self.text(node)

    def _joined(self, node: ast.BinOp) -> Any:
        left = self.value(node.left)
        if isinstance(node.op, ast.Add):
            return f"{left if isinstance(left, str) else '*'}{self.text(node.right)}"
        if not isinstance(node.op, ast.Mod) or not isinstance(left, str):
            return _UNKNOWN
        if isinstance(node.right, ast.Tuple):
            return _filled(left, tuple(self.text(part) for part in node.right.elts))
        if isinstance(node.right, ast.Dict):
            pairs = zip(node.right.keys, node.right.values, strict=True)
            return _filled(left, {self.text(k): self.text(v) for k, v in pairs if k is not None})
        return _filled(left, (self.text(node.right),))


def _filled(template: str, values: Any) -> Any:
    try:
        return template % values
    except (TypeError, ValueError, KeyError):
        # Not a template of texts: a request would fill it in another way.
        return _UNKNOWN
