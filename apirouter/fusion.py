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
6. Nobody's own way is passed by. Lines count only as long as an application serves by the function that they tell
   of: not where a subclass has another ``serving`` or ``__call__``, or has put another function in its place.
   A filter without lines is asked for its function once, when it is made, and given what is inside fused.
7. Lines that could not run are refused when they are laid, with the class that has them: no syntax of Python, no
   ``INSIDE`` where nothing else answers, more than one, one that is no line of its own, or a name that nothing sets.

``source_of(function)`` is the text of a fused function, for who wants to read it; tracebacks and debuggers show its
lines.
"""

from __future__ import annotations

import ast
import dataclasses
import linecache
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

from apirouter.errors import PluginError
from apirouter.lines import BUILTINS, compile_error, misuse, unknown
from apirouter.serving import Serving, callable_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Step", "fuse", "fused", "has_step", "source_of", "start_adding"]

#: Steps in one function, and the blocks that they may nest: Python nests no more than 20 (``try``, ``for`` and the
#: like, two where a ``try`` has both ``except`` and ``finally``), and indents no more than a hundredfold.
_MOST, _BLOCKS = 12, 18
#: Names that mean the same in all lines.
_SHARED = frozenset({"environ", "start_response", "body"})
#: Names that nobody needs to set: those, the words, and ``types.MethodType``.
_KNOWN = _SHARED | {"START", "INSIDE", "PLAIN", "OUTER", "MORE", "bind"}


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
    try:
        # A new list: an application may send the same one twice.
        headers = headers + more
    except TypeError:
        # Servers take a tuple too, or the items of a dict.
        headers = [*headers, *more]
    if exc_info:
        return start_response(status, headers, exc_info)
    return start_response(status, headers)


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

    :param application: any WSGI application; of one without a step, it is :func:`~apirouter.serving.callable_of` it.
    """
    laid: list[_Words] = []
    blocks = 0
    inner: Any = application
    while len(laid) < _MOST:
        one = _Words.of(inner)
        if one is None or blocks + one.blocks > _BLOCKS:
            break
        laid.append(one)
        blocks += one.blocks
        if not one.has_inside:
            return _Layer(laid, None).function()
        inner = one.owner.application
    return _Layer(laid, fuse(inner)).function() if laid else callable_of(application)


def fused(application: WSGIApplication) -> WSGIApplication:
    """Return the function of :func:`fuse`, with what a filter's own function tells: ``application`` and ``filter``.

    :param application: the outermost of all; what is no filter, or has no step, is returned as it is.
    """
    outermost = _Words.of(application)
    if outermost is None or not outermost.has_inside:
        return application
    function: Any = fuse(application)
    function.application, function.filter = outermost.owner.application, outermost.owner
    return cast("WSGIApplication", function)


def source_of(function: WSGIApplication) -> str:
    """Return the text of a fused function; empty for any other."""
    return str(getattr(function, "source", ""))


def has_step(kind: type[Serving]) -> bool:
    """Tell whether applications of a class have a step: no subclass serves in another way than who wrote it knew.

    :param kind: the class; one with ``fusion_step = None`` wants none.
    """
    if kind.__call__ is not Serving.__call__:
        return False
    for one in kind.__mro__:
        if "fusion_step" in one.__dict__:
            return one.__dict__["fusion_step"] is not None
        if "serving" in one.__dict__:
            return False
    return False


def _owner(application: Any) -> Any:
    """Return the object whose function is all that an application does, or None."""
    owner = application
    if isinstance(application, FunctionType):
        owner = vars(application).get("filter")
    # Of its type alone: what passes for an instance of another class may raise when it is asked.
    if not issubclass(type(owner), Serving):
        return None
    # What wraps the function may have taken its attributes over (functools.wraps).
    return owner if owner is application or owner.serve is application else None


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

    :param chained: the steps, outermost first.
    :param last: what is called behind them; None where the last step is that of an application.
    """

    def __init__(self, chained: list[_Words], last: WSGIApplication | None) -> None:
        self._chained = chained
        self._names: dict[str, Any] = {
            "__name__": __name__,
            "bind": MethodType,
            "start_adding": start_adding,
            "last": last,
        }

    def function(self) -> WSGIApplication:
        """Return the function.

        :raises PluginError: it can't be compiled.
        """
        body = [*self._lay(0, "start_response", "start_response", ""), *ast.parse("return body").body]
        module = ast.parse("def function(environ, start_response): pass")
        cast(ast.FunctionDef, module.body[0]).body = body
        text = ast.unparse(module)
        called = ", ".join(type(words.owner).__name__ for words in self._chained)
        # Its own name, for no other's lines are to be shown: nothing else has the identity while the names live.
        filename = f"<fused: {called}; {id(self._names):x}>"
        try:
            code: CodeType = compile(text, filename, "exec")
        except SyntaxError as error:
            for words in self._chained:
                words.check_compiles()
            raise PluginError(f"the lines of {called} can't be compiled as one: {error.msg}") from error
        # The names are the function's globals: found as fast as what it closes over, and not copied at each call.
        # All lines stand in the modules of this package and of its filters: nothing that anybody typed is among them.
        exec(code, self._names)  # nosec B102
        function: Any = self._names.pop("function")
        function.source = text
        _show_lines(function, filename, text)
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
        words = self._chained[at]
        step = words.step
        words.place(at, START=start, OUTER=outer, MORE=more or "()")
        if "PLAIN" in words.used:
            self._names[words.renamed("PLAIN")] = _plain(words.owner)
        self._names.update((words.renamed(name), value) for name, value in step.names.items())
        if step.adds:
            adds = words.renamed(step.adds)
            start, more = f"bind(start_adding, ({start}, {adds}))", f"{adds} + {more}" if more else adds
        elif step.start:
            start = outer = words.expression(step.start)
            more = ""
        laid = words.statements(partial(self._lay, at + 1, start, outer, more))
        return laid if words.has_inside else [*laid, *_return_list()]


def _show_lines(function: FunctionType, filename: str, text: str) -> None:
    """Have tracebacks and debuggers show the lines of a function that no file has, as long as there is one.

    They look there for lines first; without a time of modification they don't look for a file.
    """
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    weakref.finalize(function, linecache.cache.pop, filename, None).atexit = False


def _return_list() -> list[ast.stmt]:
    return ast.parse("if type(body) is list:\n    return body").body


def _where(owner: Any) -> str:
    return f"{type(owner).__module__}:{type(owner).__qualname__}.fusion_step"


class _Words(ast.NodeTransformer):
    """A step's lines: read once, then its words and names put in their places.

    :param owner: the application whose step it is.
    :param step: the step.
    :raises PluginError: the lines could not run.
    """

    def __init__(self, owner: Any, step: Step) -> None:
        self.owner, self.step = owner, step
        self._lines = self._read()
        own = {*step.names, "PLAIN"}
        #: All names that stand in the lines.
        self.used: set[str] = set()
        #: How many blocks the lines nest at most.
        self.blocks = 0
        for node in ast.walk(self._lines):
            if isinstance(node, ast.Name):
                self.used.add(node.id)
                if isinstance(node.ctx, ast.Store):
                    own.add(node.id)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                own.add(node.name)
            elif isinstance(node, ast.Try):
                self.blocks += bool(node.handlers) + bool(node.finalbody)
            elif isinstance(node, (ast.For, ast.While, ast.With)):
                self.blocks += 1
        self.has_inside = "INSIDE" in self.used
        self._own = own - _SHARED
        self._check_names()
        self._suffix = ""
        self._words: Mapping[str, str] = {}
        self._inside: Callable[[], list[ast.stmt]] = list

    @classmethod
    def of(cls, application: Any) -> _Words | None:
        """Return the step of an application; None where it has none, or another way to serve than it tells of."""
        owner = _owner(application)
        if owner is None or not has_step(type(owner)) or not owner.is_as_made:
            return None
        step = owner.fusion_step()
        if step is None:
            return None
        if not isinstance(step, Step):
            raise PluginError(
                f"it returned {step!r:.80}", fix="let it return a Step, or None", where=_where(owner)
            )
        return cls(owner, step)

    def _read(self) -> ast.Module:
        """Return the lines, read."""
        try:
            lines = ast.parse(self.step.lines)
        except SyntaxError as error:
            raise self._unfit(error) from error
        problem, fix = misuse(lines)
        if problem:
            raise PluginError(f"its lines {problem}", fix=fix, where=_where(self.owner))
        return lines

    def _check_names(self) -> None:
        """Refuse lines with a name that stands for nothing, which the first request would find."""
        known = self._own | _KNOWN
        lines: list[tuple[str, ast.AST]] = []
        # Each load asks for each filter: most have no name that would have to be looked for.
        if not self.used <= known | BUILTINS:
            lines.append(("lines use", self._lines))
        if self.step.start:
            lines.append(("start uses", ast.parse(self.step.start, mode="eval")))
        for where, nodes in lines:
            names = unknown(nodes, known)
            if names:
                raise PluginError(
                    f"its {where} {names[0]!r}, which stands for nothing",
                    fix="add it to its names",
                    where=_where(self.owner),
                )
        if self.step.adds and self.step.adds not in self._own:
            raise PluginError(
                f"it adds {self.step.adds!r}, which its lines don't set",
                fix="set it to the list of headers",
                where=_where(self.owner),
            )

    def check_compiles(self) -> None:
        """Refuse lines that can be read and not compiled, as a ``break`` outside of a loop.

        :raises PluginError: they are such lines.
        """
        error = compile_error(self.step.lines)
        if error is not None:
            raise self._unfit(error) from error

    def _unfit(self, error: SyntaxError) -> PluginError:
        shown = f": {error.text.strip()}" if error.text else ""
        problem = f"its lines can't be compiled: {error.msg}, in line {error.lineno}{shown}"
        return PluginError(problem, where=_where(self.owner))

    def place(self, number: int, **words: str) -> None:
        """Say where the step stands, before anything of it is put there.

        :param number: tells its names from those of other steps.
        :param words: expressions for its words.
        """
        self._suffix, self._words = f"_{number}", words

    def renamed(self, name: str) -> str:
        """Return what a name of the step's is called in the function."""
        return name + self._suffix if name in self._own else name

    def expression(self, text: str) -> str:
        """Return an expression of the step's in the function's words."""
        return ast.unparse(self.visit(ast.parse(text, mode="eval")))

    def statements(self, inside: Callable[[], list[ast.stmt]]) -> list[ast.stmt]:
        """Return the lines in the function's words; once, for they are changed in place.

        :param inside: returns the statements of what is inside.
        """
        self._inside = inside
        return cast(ast.Module, self.visit(self._lines)).body

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Rename what is the step's own."""
        if node.id in self._words:
            return ast.parse(self._words[node.id], mode="eval").body
        node.id = self.renamed(node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Rename what an exception is called."""
        if node.name:
            node.name = self.renamed(node.name)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """Put what is inside in its place."""
        if isinstance(node.value, ast.Name) and node.value.id == "INSIDE":
            return self._inside()
        return self.generic_visit(node)
