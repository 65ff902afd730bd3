"""Filters and the application behind them as one function, made at load.

A request that passes eight filters is handed on eight times, and its reply's headers come back through each of them
that adds some: together a quarter of a small request's time. So an application that can says as a :class:`Step`
what it does with a request, in a few lines of Python, and :func:`fuse` lays the lines of those that follow one
another into one function. That is all: nothing is left out, reordered, or done differently.

1. Lines are what the application's own function does (``serving``), with four words: ``environ``; ``START``, the
   ``start_response`` at this place; ``INSIDE``, a line of its own, where the application inside is called; and
   ``body``, what it, or the lines, answer with.
2. What lines needn't say, since few requests want it, ``PLAIN(environ, START)`` does: the application's own function
   around the rest.
3. A reply's body that is a list is returned from the innermost place: no filter does anything with one. Any other
   goes through the lines behind ``INSIDE``.
4. A filter that only adds headers to the reply names the list of them (``adds``). Where the application takes such
   lists (``OUTER`` and ``MORE``), no ``start_response`` is made for it.
5. The applications stay as they are, and whole: they are what a description, a check or another filter sees, and
   what a fused function is compared with (``tests/unit/test_fusion.py``).

``source_of(function)`` is the text of a fused function, for who wants to read it.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

from apirouter.serving import Serving, callable_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Step", "fuse", "fused", "source_of", "start_adding"]

#: Steps in one function; Python nests no more than 20 ``try`` in one another.
_MOST = 12
#: Names that mean the same in all lines.
_SHARED = frozenset({"environ", "start_response", "body"})


def start_adding(
    bound: tuple[StartResponse, list[tuple[str, str]]],
    status: str,
    headers: list[tuple[str, str]],
    exc_info: Any = None,
) -> Any:
    """Start a reply with further headers after the application's.

    Bound by ``types.MethodType`` it is a ``start_response``, made for a request at half of what a function takes that
    closes over the same.

    :param bound: the server's ``start_response``, and pairs of name and value.
    """
    start_response, more = bound
    # A new list: an application may send the same one twice.
    if exc_info:
        return start_response(status, headers + more, exc_info)
    return start_response(status, headers + more)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """What one application does with a request, in lines.

    :param lines: Python statements; see the module for their words.
    :param names: what the other names in them stand for. A name that they set is theirs alone.
    :param adds: the name of a list of headers that the lines add to the reply, and do nothing else with it.
    :param start: an expression for the ``start_response`` inside, where it is another than ``START``.
    """

    lines: str
    names: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    adds: str = ""
    start: str = ""


def fuse(application: WSGIApplication) -> WSGIApplication:
    """Return a function that does what an application and the filters in it do, and is cheapest to call.

    :param application: any WSGI application; of one without steps, it is :func:`~apirouter.serving.callable_of` it.
    """
    chained: list[tuple[Any, Step]] = []
    inner: Any = application
    while inner is not None and len(chained) < _MOST:
        owner = _owner(inner)
        step = None if owner is None else _step_of(owner)
        if step is None:
            break
        chained.append((owner, step))
        inner = getattr(owner, "application", None)
    if not chained:
        return _around(application)
    last = None if inner is None else fuse(inner)
    return _Layer(chained, last).function()


def fused(application: WSGIApplication) -> WSGIApplication:
    """Return the function of :func:`fuse`, with what a filter's own function tells: ``application`` and ``filter``.

    :param application: the outermost of all; what has no steps is returned as it is.
    """
    owner = _owner(application)
    if owner is None or _step_of(owner) is None or not hasattr(owner, "application"):
        return application
    function: Any = fuse(application)
    function.application, function.filter = owner.application, owner
    return cast("WSGIApplication", function)


def source_of(function: WSGIApplication) -> str:
    """Return the text of a fused function; empty for any other."""
    return str(getattr(function, "source", ""))


def _owner(application: Any) -> Any:
    """Return the object whose ``serve`` is all that an application does, or None."""
    owner = application
    if isinstance(application, FunctionType):
        owner = vars(application).get("filter")
        # What wraps the function may have taken its attributes over (functools.wraps).
        if getattr(owner, "serve", None) is not application:
            return None
    if not isinstance(owner, Serving) or type(owner).__call__ is not Serving.__call__:
        return None
    return owner


def _step_of(owner: Any) -> Step | None:
    """Return the step of an application, unless a subclass serves in another way than who wrote the step knew."""
    for kind in type(owner).__mro__:
        if "fusion_step" in kind.__dict__:
            return cast("Step | None", owner.fusion_step())
        if "serving" in kind.__dict__:
            return None
    return None


def _around(application: WSGIApplication) -> WSGIApplication:
    """Return what is cheapest to call of an application that has no step itself; what is behind it may have."""
    owner = _owner(application)
    if owner is not None and hasattr(owner, "serving"):
        inside = fuse(owner.application)
        if inside != callable_of(owner.application):
            return cast("WSGIApplication", owner.serving(inside))
    return callable_of(application)


def _plain(owner: Any) -> WSGIApplication:
    """Return an application's own function around the rest, made by the first request that wants it."""
    made: list[WSGIApplication] = []

    def plain(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not made:
            made.append(owner.serving(fuse(owner.application)))
        return made[0](environ, start_response)

    return plain


class _Layer:
    """Steps laid into one another.

    :param chained: applications and their steps, outermost first.
    :param last: what is called behind them; None where the last step is that of an application.
    """

    def __init__(self, chained: list[tuple[Any, Step]], last: WSGIApplication | None) -> None:
        self._chained, self._last = chained, last
        self._names: dict[str, Any] = {"bind": MethodType, "start_adding": start_adding, "last": last}

    def function(self) -> WSGIApplication:
        """Return the function."""
        body = [*self._lay(0, "start_response", "start_response", ""), *ast.parse("return body").body]
        module = ast.parse("def function(environ, start_response): pass")
        cast(ast.FunctionDef, module.body[0]).body = body
        text = ast.unparse(ast.fix_missing_locations(module))
        called = ", ".join(type(owner).__name__ for owner, _ in self._chained)
        code: CodeType = compile(text, f"<fused: {called}>", "exec")
        # The names are the function's globals: found as fast as what it closes over, and not copied at each call.
        # All lines stand in the modules of this package and of its filters: nothing that anybody typed is among them.
        exec(code, self._names)  # nosec B102
        function: Any = self._names.pop("function")
        function.source = text
        return cast("WSGIApplication", function)

    def _lay(self, at: int, start: str, outer: str, more: str) -> list[ast.stmt]:
        """Return the statements of a step and of all that is inside.

        :param at: the step's number.
        :param start: an expression for its ``start_response``.
        :param outer: one for that of which ``more`` is what it does not add.
        :param more: an expression for a list of headers; empty where there are none.
        """
        if at == len(self._chained):
            return [*ast.parse(f"body = last(environ, {start})").body, *_return_list()]
        owner, step = self._chained[at]
        lines = ast.parse(step.lines)
        words = _Words(
            f"_{at}", lines, {**step.names, "PLAIN": None}, START=start, OUTER=outer, MORE=more or "()"
        )
        if "PLAIN" in words.used:
            self._names[words.renamed("PLAIN")] = _plain(owner)
        self._names.update((words.renamed(name), value) for name, value in step.names.items())
        if step.adds:
            adds = words.renamed(step.adds)
            start, more = f"bind(start_adding, ({start}, {adds}))", f"{adds} + {more}" if more else adds
        elif step.start:
            start = outer = words.expression(step.start)
            more = ""
        words.inside = partial(self._lay, at + 1, start, outer, more)
        laid = cast(ast.Module, words.visit(lines)).body
        return laid if words.has_inside else [*laid, *_return_list()]


def _return_list() -> list[ast.stmt]:
    return ast.parse("if type(body) is list:\n    return body").body


class _Words(ast.NodeTransformer):
    """Puts a step's words and names in their places.

    :param suffix: what tells the step's names from those of others.
    :param lines: the step's.
    :param names: what its names stand for.
    :param words: expressions for words.
    """

    def __init__(self, suffix: str, lines: ast.AST, names: Mapping[str, Any], **words: str) -> None:
        self._suffix, self._words = suffix, words
        found = [node for node in ast.walk(lines) if isinstance(node, ast.Name)]
        caught = {node.name for node in ast.walk(lines) if isinstance(node, ast.ExceptHandler)}
        stored = {node.id for node in found if isinstance(node.ctx, ast.Store)}
        #: All names that stand in the lines.
        self.used = frozenset(node.id for node in found)
        self.has_inside = "INSIDE" in self.used
        self._own = (stored | caught | {*names}) - _SHARED
        #: Returns the statements of what is inside.
        self.inside: Callable[[], list[ast.stmt]] = list

    def renamed(self, name: str) -> str:
        """Return what a name of the step's is called in the function."""
        return name + self._suffix if name in self._own else name

    def expression(self, text: str) -> str:
        """Return an expression of the step's in the function's words."""
        return ast.unparse(self.visit(ast.parse(text, mode="eval")))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Rename what is the step's own."""
        if node.id in self._words:
            return ast.parse(self._words[node.id], mode="eval").body
        return ast.Name(self.renamed(node.id), node.ctx)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Rename what an exception is called."""
        if node.name:
            node.name = self.renamed(node.name)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """Put what is inside in its place."""
        if isinstance(node.value, ast.Name) and node.value.id == "INSIDE":
            return self.inside()
        return self.generic_visit(node)
