"""Runs hooks around a call: the one place that knows their order of events."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from inspect import Arguments, unwrap
from typing import TYPE_CHECKING, Any

import webob

from apirouter import options
from apirouter.dispatch.reply import close
from apirouter.errors import ConfigError, PluginError, suggest
from apirouter.hooks import Phases, State, made_of, of_class
from apirouter.request import new_request
from apirouter.stamps import stamp_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: The entry-point group whose names the option ``hooks`` may list.
GROUP = "apirouter.hooks"
#: Where the :class:`.State` of a request with hooks stands in its environ.
STATE = "apirouter.state"

#: Headers that the reply itself says.
_OWN = frozenset(("content-type", "content-length"))


def load(names: Sequence[str]) -> tuple[Any, ...]:
    """Return the hooks that a setting names, in its order.

    :param names: entry-point names of group ``apirouter.hooks``, or ``module:Class``.
    :raises ConfigError: a name leads to nothing, or to no hook.
    """
    if not names:
        return ()
    found = {ep.name: ep for ep in importlib.metadata.entry_points(group=GROUP)}
    return tuple(made_of(_loaded(name, found), name) for name in names)


def _loaded(name: str, found: dict[str, importlib.metadata.EntryPoint]) -> Any:
    if ":" in name:
        try:
            return options.dotted(name)
        except ValueError as error:
            raise ConfigError(f"hook '{name}' {error}", option="hooks") from error
    if name not in found:
        raise ConfigError(
            f"there is no hook '{name}' among the entry points of group '{GROUP}'",
            fix=suggest(name, found) if found else "write module:Class",
            option="hooks",
        )
    try:
        return found[name].load()
    except ImportError as error:
        raise ConfigError(f"hook '{name}' can't be imported: {error}", option="hooks") from error


def phases_of(func: Callable[..., Any], owner: type, application: Iterable[Any]) -> Phases | None:
    """Return the hooks of a method: its own, its class's, the application's; None if there are none.

    :param func: the plain function.
    :param owner: the controller's class.
    :param application: the application's hooks.
    :raises PluginError: what the method or its class lists is no hook.
    """
    try:
        hooks = (*stamp_of(func).hooks, *of_class(owner), *application)
        return Phases.of(hooks) if hooks else None
    except ConfigError as error:
        # Those of the application were looked at before: it is nothing that an INI says.
        code = unwrap(func).__code__
        where = f"{owner.__qualname__}.{func.__name__} at {code.co_filename}:{code.co_firstlineno}"
        raise PluginError(error.problem, fix=error.fix, where=where) from error


def find(environ: WSGIEnvironment, phases: Phases, controller: Any, request: Any) -> None:
    """Tell the state what will be called: its hooks hear from now on what becomes of the request.

    :param environ: the request.
    :param phases: the call's hooks.
    :param controller: the bound method.
    :param request: its request.
    """
    state = environ.get(STATE)
    if state is None:
        state = environ[STATE] = State(environ, None, new_request, webob.Response)
    state.request, state.controller, state.phases = request, controller, phases


def enter(environ: WSGIEnvironment, phases: Phases, args: dict[str, Any]) -> None:
    """Tell the state what the method that was found is called with, by keywords, and run ``before``.

    :param environ: the request.
    :param phases: the call's hooks.
    :param args: the keywords, which a hook may change.
    """
    state = environ[STATE]
    state.arguments = Arguments([], [], args)  # type: ignore[arg-type]
    for before in phases.before:
        before(state)


class Captured:
    """A ``start_response`` that keeps what it is told."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, list(headers)
        return self.written.append


def run(
    state: State,
    phases: Phases,
    answer: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]],
    fail: Callable[[Exception, WSGIEnvironment, StartResponse], Iterable[bytes]],
    start_response: StartResponse,
    passing: type[Exception] | tuple[type[Exception], ...] = (),
) -> Iterable[bytes]:
    """Answer a request with its hooks around it.

    :param state: the request's; it stands in its environ.
    :param phases: the application's hooks; those of the call itself are found in the state.
    :param answer: routes and calls; raises what ends in a fault.
    :param fail: makes a fault; raises where an error should pass.
    :param start_response: called once.
    :param passing: exceptions that are no error, and pass every hook.
    """
    environ = state.environ
    captured = Captured()
    try:
        for on_route in phases.on_route:
            on_route(state)
        body = started(answer(environ, captured), captured)
    except passing:
        raise
    except Exception as error:
        body = _failed(state, phases, error, fail, captured)
    after = (state.phases or phases).after
    if after:
        try:
            body = _after(state, after, captured, body)
        except Exception as error:
            close(body)
            captured = Captured()
            body = _final(state, fail(error, environ, captured), captured)
    else:
        _merge(state, captured)
    start_response(captured.status, captured.headers)
    return body


def _failed(
    state: State,
    phases: Phases,
    error: Exception,
    fail: Callable[[Exception, WSGIEnvironment, StartResponse], Iterable[bytes]],
    captured: Captured,
) -> Iterable[bytes]:
    """Ask ``on_error`` for an answer, else make the fault; ``after`` still runs where the error passes on."""
    environ = state.environ
    try:
        for on_error in (state.phases or phases).on_error:
            answered = on_error(state, error)
            if isinstance(answered, webob.Response):
                state.response = webob.Response()
                return started(answered(environ, captured), captured)
    except Exception as raised:
        error = raised
    state.response = None
    try:
        return started(fail(error, environ, captured), captured)
    except Exception as passed:
        state.response = webob.Response(status=500)
        _each((state.phases or phases).after, state)
        raise passed from passed.__cause__


def _each(after: Iterable[Callable[..., Any]], state: State) -> None:
    """Run every ``after``; raise what the first that failed raised, when all have run."""
    failed: Exception | None = None
    for method in after:
        try:
            method(state)
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed


def _after(
    state: State, after: Iterable[Callable[..., Any]], captured: Captured, body: Iterable[bytes]
) -> Iterable[bytes]:
    """Give the reply to ``after`` as ``state.response``; return what came of it."""
    _merge(state, captured)
    response = webob.Response(status=captured.status, headerlist=captured.headers, app_iter=body)
    state.response = response
    _each(after, state)
    return _final(state, state.response(state.environ, captured), captured)


def _final(state: State, body: Iterable[bytes], captured: Captured) -> Iterable[bytes]:
    if state.environ["REQUEST_METHOD"] == "HEAD":
        close(body)
        return []
    return body


def _merge(state: State, captured: Captured) -> None:
    """Add to a reply the headers that a hook set on ``state.response`` before there was one."""
    early = state._response
    if early is None:
        return
    more = [(n, v) for n, v in early.headerlist if n.lower() not in _OWN]
    names = {n.lower() for n, _ in more if n.lower() != "set-cookie"}
    captured.headers = [(n, v) for n, v in captured.headers if n.lower() not in names] + more


def started(body: Iterable[bytes], captured: Captured) -> Iterable[bytes]:
    """Return a body whose application has called ``start_response``: a generator does at its first item.

    :param body: what the application returned.
    :param captured: its ``start_response``.
    """
    if captured.status and not captured.written:
        return body
    items = iter(body)
    first = list(itertools.islice(items, 0 if captured.status else 1))
    return _Resumed(itertools.chain(captured.written, first, items), body)


class _Resumed:
    """A body whose first items were taken already; closes the original."""

    def __init__(self, items: Iterator[bytes], body: Iterable[bytes]) -> None:
        self._items, self._body = items, body

    def __iter__(self) -> Iterator[bytes]:
        return self._items

    def close(self) -> None:
        close(self._body)
